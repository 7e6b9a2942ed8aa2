// What the machine takes to bring cache lines of a file's pages: the limit beside a look-up's time.

import Bytes
import Glibc

/// Reads lines here and there of a file that is in memory.
@safe struct MemoryBench {
  /// About as many as a row and what it takes from its parent lie in.
  private static let lineCount = 48
  private static let roundCount = 100_000
  private static let chaseCount = 1_000_000

  private let start: UnsafeRawPointer
  private let lines: UInt64
  /// Of what was read first, so that it was.
  private let sum: UInt8

  /// Maps a file and reads all of its pages once.
  init(_ path: String) throws {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw BenchError.unreadable(path) }
    defer { close(descriptor) }
    let byteCount = Int(lseek(descriptor, 0, SEEK_END))
    let mapped = unsafe mmap(nil, max(64, byteCount), PROT_READ, MAP_SHARED, descriptor, 0)
    guard byteCount >= 64, unsafe mapped != MAP_FAILED, let mapped = unsafe mapped else {
      throw BenchError.unreadable(path)
    }
    unsafe madvise(mapped, byteCount, MADV_RANDOM)
    unsafe start = UnsafeRawPointer(mapped)
    lines = UInt64(byteCount / 64)
    var sum: UInt8 = 0
    for offset in stride(from: 0, to: byteCount, by: 4_096) {
      sum ^= unsafe start.load(fromByteOffset: offset, as: UInt8.self)
    }
    self.sum = sum
  }

  /// Nanoseconds for a line whose address is known only when the line before has come.
  func lineAfterLine() -> Double {
    var place = UInt64(sum) | 1
    let begun = nanoseconds()
    for _ in 0..<Self.chaseCount {
      let offset = Int(truncatingIfNeeded: place % lines) &* 64
      place = mix(place ^ (unsafe start.load(fromByteOffset: offset, as: UInt64.self)) | 1)
    }
    let taken = Double(nanoseconds() - begun) / Double(Self.chaseCount)
    return place == 0 ? 0 : taken
  }

  /// Nanoseconds for lines that are asked for together, in as many pages.
  func linesTogether() -> Double {
    var sum: UInt64 = 0
    let begun = nanoseconds()
    for round in 0..<Self.roundCount {
      let first = UInt64(round &* Self.lineCount)
      for line in 0..<Self.lineCount {
        unsafe prefetch(LentBytes(start, count: 0), at: offset(first &+ UInt64(line)))
      }
      for line in 0..<Self.lineCount {
        sum ^= unsafe start.load(
          fromByteOffset: offset(first &+ UInt64(line)), as: UInt64.self)
      }
    }
    let taken = Double(nanoseconds() - begun) / Double(Self.roundCount)
    return sum == 1 ? 0 : taken
  }

  @inline(__always)
  private func offset(_ number: UInt64) -> Int {
    Int(truncatingIfNeeded: mix(number) % lines) &* 64
  }
}
