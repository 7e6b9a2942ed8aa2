// Compares the entries of one index run with the keys that its segments have.
//
// Each entry is a number mixed from its bucket, fingerprint and row; a partition's numbers are
// added up, so that their order does not matter. Computed once from the stored entries and once
// from the columns, the sums are equal if the entries are, and else differ but for one chance in
// 2^64.

import Bytes
import Segments

/// What is known of one run while it is verified.
final class RunVerification: @unchecked Sendable {
  let run: Catalog.RunState
  let shape: IndexRunShape
  let place: String
  /// The report's order of what is found in the run.
  let order: Int
  /// By partition: buckets, or `unreadable`.
  private let bucketCounts: Scratch<UInt32>
  private let storedSums: Scratch<UInt64>
  private let expectedSums: Scratch<UInt64>
  private let monitor = Monitor()
  private var entryCount = 0
  private var isWhole = true

  static let unreadable = UInt32.max

  init(_ run: Catalog.RunState, place: String, order: Int) {
    self.run = run
    self.place = place
    self.order = order
    shape = IndexRunShape(
      keyKind: IndexKeyKind(rawValue: run.keyBits) ?? .wide,
      partitionBits: Int(run.partitionBits), rowBits: 32)
    bucketCounts = Scratch(count: shape.partitionCount)
    storedSums = Scratch(count: shape.partitionCount)
    expectedSums = Scratch(count: shape.partitionCount)
  }

  /// Reads a partition: verifies it, counts its entries and adds them up.
  func read(
    _ number: Int, in snapshot: borrowing Snapshot, table: Int, _ log: VerificationLog
  ) {
    do throws(StoreError) {
      guard let found = try snapshot.freshPartition(number, of: run, shape) else { return }
      let partition = found.partition
      var sum: UInt64 = 0
      partition.forEach { bucket, fingerprint, row in
        sum &+= Self.entry(UInt64(bucket), UInt64(fingerprint), row)
      }
      bucketCounts.view[number] = UInt32(partition.buckets)
      storedSums.view[number] = sum
      monitor.withLock { entryCount += partition.entryCount }
      log.count {
        $0.bytes += found.bytes.bytes.count
        $0.tables[table].entries += partition.entryCount
      }
    } catch {
      bucketCounts.view[number] = Self.unreadable
      monitor.withLock { isWhole = false }
      log.note(error, order: order)
    }
  }

  @inline(__always)
  private static func entry(_ bucket: UInt64, _ fingerprint: UInt64, _ row: UInt32) -> UInt64 {
    mix((bucket << 40) ^ (fingerprint << 32) ^ UInt64(row))
  }

  /// Adds keys to sums by partition, which one thread gathers.
  func add(
    hashes: ScratchView<UInt64>, rows: ScratchView<UInt32>, count: Int,
    to sums: ScratchView<UInt64>
  ) {
    let (shape, buckets) = (shape, bucketCounts.view)
    let partitionBits = UInt64(shape.partitionBits)
    for index in 0..<count {
      let hash = hashes[index]
      let partition = shape.partition(of: hash)
      let (bucket, fingerprint) = IndexRunPartition.place(
        hash, partitionBits: partitionBits, bucketCount: UInt64(buckets[partition]))
      sums[partition] =
        sums[partition]
        &+ Self.entry(UInt64(truncatingIfNeeded: bucket), fingerprint, rows[index])
    }
  }

  /// Adds one key, or takes it away with `count` being the greatest number.
  func adjust(hash: UInt64, row: Int, by count: UInt64) {
    let partition = shape.partition(of: hash)
    let (bucket, fingerprint) = IndexRunPartition.place(
      hash, partitionBits: UInt64(shape.partitionBits),
      bucketCount: UInt64(bucketCounts.view[partition]))
    let entry = Self.entry(
      UInt64(truncatingIfNeeded: bucket), fingerprint, UInt32(truncatingIfNeeded: row))
    expectedSums.view[partition] = expectedSums.view[partition] &+ entry &* count
  }

  /// Takes the sums of one thread.
  func take(_ sums: ScratchView<UInt64>) {
    monitor.withLock {
      for partition in 0..<shape.partitionCount {
        expectedSums.view[partition] = expectedSums.view[partition] &+ sums[partition]
      }
    }
  }

  /// Compares what the run has with what its segments have; `isExpectedWhole` is false when keys of
  /// some segments could not be read.
  func compare(isExpectedWhole: Bool, _ log: VerificationLog) {
    if isWhole, UInt64(entryCount) != run.entryCount {
      log.note(.entriesCounted, .indexRun, place, order: order)
    }
    guard isExpectedWhole else {
      log.skip("\(place): keys of its rows cannot be read, so they were not compared")
      return
    }
    for partition in 0..<shape.partitionCount
    where bucketCounts.view[partition] != Self.unreadable
      && storedSums.view[partition] != expectedSums.view[partition]
    {
      log.note(.entriesComplete, .partition, "\(place) partition \(partition)", order: order)
    }
  }
}

/// The runs of one index while they are verified.
final class IndexVerification: @unchecked Sendable {
  let name: String
  let runs: [RunVerification]
  /// By segment: the run that covers it, or -1.
  let runOfSegment: [Int]
  private let monitor = Monitor()
  private var brokenRuns: Set<Int> = []
  /// The keys of segments that no run covers, added up; those beside the runs are taken away.
  private var uncovered: UInt64 = 0

  init(name: String, runs: [RunVerification], segmentCount: Int) {
    self.name = name
    self.runs = runs
    var covering = [Int](repeating: -1, count: segmentCount)
    for (position, run) in runs.enumerated() {
      for segment in run.run.segments.clamped(to: 0..<segmentCount) {
        covering[segment] = position
      }
    }
    runOfSegment = covering
  }

  /// Notes that keys of a segment cannot be read.
  func lose(segment: Int) {
    let run = runOfSegment[segment]
    if run >= 0 { monitor.withLock { _ = brokenRuns.insert(run) } }
  }

  /// Adds up keys of a segment that no run covers.
  func addUncovered(hashes: ScratchView<UInt64>, rows: ScratchView<UInt32>, count: Int) {
    var sum: UInt64 = 0
    for index in 0..<count { sum &+= Self.entry(hashes[index], rows[index]) }
    monitor.withLock { uncovered = uncovered &+ sum }
  }

  private static func entry(_ hash: UInt64, _ row: UInt32) -> UInt64 {
    mix(hash ^ mix(UInt64(row)))
  }

  /// Adds a key beside the runs to what they are compared with, or takes it away with `count` being
  /// the greatest number; false where a run should have it and none covers its row.
  func adjust(hash: UInt64, row: Int, by count: UInt64) -> Bool {
    let segment = row >> 16
    let run = segment < runOfSegment.count ? runOfSegment[segment] : -1
    if run >= 0 {
      runs[run].adjust(hash: hash, row: row, by: count)
      return true
    }
    let entry = Self.entry(hash, UInt32(truncatingIfNeeded: row))
    monitor.withLock { uncovered = uncovered &+ entry &* count }
    return count != 1
  }

  func compare(_ log: VerificationLog) {
    let rest = monitor.withLock { uncovered }
    if rest != 0 {
      log.note(.entriesComplete, .freshKey, name, order: VerificationOrder.changes)
    }
    for (position, run) in runs.enumerated() {
      run.compare(isExpectedWhole: !brokenRuns.contains(position), log)
    }
  }
}
