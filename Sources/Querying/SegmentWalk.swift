// Goes through the segments and blocks of a scan, and tells which rows of each are wanted.

import Bytes
import Columns
import Segments
import Store

/// What a scan did, for explanations.
struct ScanStatistics: Equatable, Sendable {
  var segmentCount = 0
  /// Segments in which zones left no row.
  var skippedSegmentCount = 0
  /// Segments all of whose rows are wanted, as zones say.
  var wholeSegmentCount = 0
  var skippedBlockCount = 0
  var wholeBlockCount = 0
  /// Blocks whose rows were asked one by one.
  var askedBlockCount = 0
  var foundRowCount: UInt64 = 0
  /// How many segments took each path to a field, by field and path.
  var pathCounts: [Int] = []

  mutating func add(_ other: ScanStatistics) {
    skippedSegmentCount += other.skippedSegmentCount
    wholeSegmentCount += other.wholeSegmentCount
    skippedBlockCount += other.skippedBlockCount
    wholeBlockCount += other.wholeBlockCount
    askedBlockCount += other.askedBlockCount
    foundRowCount += other.foundRowCount
    addPaths(other.pathCounts)
  }

  mutating func addPaths(_ other: [Int]) {
    if pathCounts.isEmpty { pathCounts = Array(repeating: 0, count: other.count) }
    for index in other.indices { pathCounts[index] += other[index] }
  }
}

/// Walks over segments and blocks; used by one thread.
final class SegmentWalk {
  /// Which rows of a block are wanted.
  enum Rows {
    case none
    case all
    case some(Selection)
  }

  let tree: ConditionTree
  private let table: Int
  private var opened: SegmentFields?
  private let passed = PassedPlaces()
  private var removed: LentBytes? { passed.bits }
  private(set) var decision = Decision.all
  private(set) var rowCount = 0
  private(set) var segment = -1
  private(set) var statistics = ScanStatistics()

  init(_ scan: Scan, plan: RegistryPlan) {
    table = scan.table
    tree = ConditionTree(scan.condition, plan: plan, table: scan.table)
  }

  /// Asks the zones of a segment.
  func decide(_ segment: Int, in snapshot: borrowing Snapshot) throws(StoreError) -> Decision {
    if case .constant(true) = tree.kind { return .all }
    return tree.decide(try snapshot.zones(segment, table: table))
  }

  /// Goes to a segment.
  func begin(_ segment: Int, in snapshot: borrowing Snapshot) throws(StoreError) {
    self.segment = segment
    let zones = try snapshot.zones(segment, table: table)
    decision = tree.decide(zones)
    rowCount = zones.rowCount
    try passed.begin(segment, table: table, in: snapshot)
    if decision == .all { statistics.wholeSegmentCount += 1 }
  }

  var blockCount: Int { (rowCount + Selection.rowCount - 1) / Selection.rowCount }

  /// The fields of the segment.
  func fields(in snapshot: borrowing Snapshot) throws(StoreError) -> SegmentFields {
    guard let opened else {
      let made = try SegmentFields(table: table, segment: segment, in: snapshot)
      opened = made
      return made
    }
    try opened.begin(segment, in: snapshot)
    return opened
  }

  /// Which rows of a block are wanted.
  func rows(
    ofBlock block: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Rows {
    let count = min(Selection.rowCount, rowCount - block * Selection.rowCount)
    var decided = decision
    if decided == .some {
      decided = tree.decide(try snapshot.zones(segment, table: table), block: block)
    }
    switch decided {
    case .none:
      statistics.skippedBlockCount += 1
      return .none
    case .all:
      statistics.wholeBlockCount += 1
      guard removed != nil else {
        statistics.foundRowCount += UInt64(count)
        return .all
      }
      let present = presentRows(block, count)
      statistics.foundRowCount += UInt64(present.count)
      return .some(present)
    case .some:
      statistics.askedBlockCount += 1
      let found = try tree.select(
        block: block, within: presentRows(block, count), fields(in: snapshot), in: snapshot)
      let foundCount = found.count
      statistics.foundRowCount += UInt64(foundCount)
      if foundCount == 0 { return .none }
      return foundCount == count ? .all : .some(found)
    }
  }

  /// Counts the wanted rows of the segment.
  func count(in snapshot: borrowing Snapshot) throws(StoreError) -> UInt64 {
    if removed == nil {
      if decision == .all {
        statistics.foundRowCount += UInt64(rowCount)
        return UInt64(rowCount)
      }
      if let comparison = tree.onlyUndecided,
        let (column, range) = try comparison.countColumn(fields(in: snapshot), in: snapshot)
      {
        return try count(column, range, in: snapshot)
      }
    }
    let before = statistics.foundRowCount
    for block in 0..<blockCount { _ = try rows(ofBlock: block, in: snapshot) }
    return statistics.foundRowCount - before
  }

  /// Counts the rows of a range of one narrow column, whose codes need not be marked.
  private func count(
    _ column: IntegerColumn, _ range: ClosedRange<Int64>, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> UInt64 {
    let zones = try snapshot.zones(segment, table: table)
    var total = 0
    for block in 0..<blockCount {
      switch tree.decide(zones, block: block) {
      case .none: statistics.skippedBlockCount += 1
      case .all:
        statistics.wholeBlockCount += 1
        total += column.rowCount(ofBlock: block)
      case .some:
        statistics.askedBlockCount += 1
        total += countRange(column, block: block, range)
      }
    }
    statistics.foundRowCount += UInt64(total)
    return UInt64(total)
  }

  private func presentRows(_ block: Int, _ count: Int) -> Selection {
    var selection = Selection(first: count)
    if let removed { selection.remove(removed, block: block) }
    return selection
  }

  /// What was done, with the paths that were taken.
  func finish() -> ScanStatistics {
    if let opened { statistics.addPaths(opened.pathCounts) }
    return statistics
  }
}

extension ConditionTree {
  /// The one comparison that zones left open in the current segment, if the rest is decided.
  var onlyUndecided: ValueComparison? {
    guard decision == .some else { return nil }
    switch kind {
    case .values(let comparison): return comparison
    case .all, .any:
      let open = parts.filter { $0.decision == .some }
      return open.count == 1 ? open[0].onlyUndecided : nil
    case .constant, .text, .not: return nil
    }
  }
}

extension Selection {
  /// Takes out the rows of a block whose bits are set in those of its segment.
  mutating func remove(_ bits: LentBytes, block: Int) {
    for index in 0..<16 {
      let gone = bits.load(block * 128 + index * 8, as: UInt64.self)
      setWord(index, to: word(index) & ~gone)
    }
  }
}
