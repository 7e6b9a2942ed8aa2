// Times of many operations: percentiles, and how they are shown.

import Bytes
import Glibc

/// Nanoseconds of the monotonic clock.
@inline(__always)
func nanoseconds() -> UInt64 {
  var time = timespec()
  unsafe clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
}

/// Nanoseconds that this thread has had a processor, which others that share it do not add to.
func processorNanoseconds() -> UInt64 {
  var time = timespec()
  unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
}

/// One result: a name and what was measured under it.
struct BenchResult {
  let name: String
  private(set) var figures: [(name: String, value: Double)] = []

  init(_ name: String) { self.name = name }

  /// A result that is one figure.
  init(_ name: String, _ value: Double) { (self.name, figures) = (name, [("", value)]) }

  func adding(_ name: String, _ value: Double) -> BenchResult {
    var result = self
    result.figures.append((name, value))
    return result
  }

  func adding(_ name: String, _ value: Int) -> BenchResult { adding(name, Double(value)) }

  /// The median and the percentiles that the tail is judged by; sorts the times.
  func adding(times: inout [UInt32]) -> BenchResult {
    times.sort()
    guard let last = times.last else { return self }
    func percentile(_ share: Int) -> Double {
      Double(times[min(times.count * share / 1000, times.count - 1)])
    }
    return adding("median_ns", percentile(500)).adding("p99_ns", percentile(990))
      .adding("p999_ns", percentile(999)).adding("max_ns", Double(last))
  }

  var json: String {
    if figures.count == 1, figures[0].name.isEmpty { return Self.shown(figures[0].value) }
    let parts = figures.map { "\"\($0.name)\": \(Self.shown($0.value))" }
    return "{" + parts.joined(separator: ", ") + "}"
  }

  var line: String {
    let parts = figures.map {
      $0.name.isEmpty ? Self.shown($0.value) : "\($0.name) \(Self.shown($0.value))"
    }
    return name + String(repeating: " ", count: max(1, 16 - name.count))
      + parts.joined(separator: "  ")
  }

  /// Whole numbers without a fraction, others with three digits of it.
  private static func shown(_ value: Double) -> String {
    let thousandths = (value * 1000).rounded()
    if thousandths.truncatingRemainder(dividingBy: 1000) == 0 {
      return "\(Int(thousandths / 1000))"
    }
    return "\(thousandths / 1000)"
  }
}
