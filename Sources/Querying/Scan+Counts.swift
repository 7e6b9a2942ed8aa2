// Counts by one to three dimensions, and how many different keys of one go with each of another.

import Bytes
import Columns
import Rows
import Segments
package import Store

extension Scan {
  /// Counts the rows that satisfy the condition by one to three dimensions.
  package func counts(
    by dimensions: [Dimension], in snapshot: borrowing Snapshot
  ) throws(QueryError) -> Counts {
    try countCells(by: dimensions, in: snapshot).counts
  }

  /// For each key of one dimension, how many different keys of another occur with it; absent is no
  /// key of the other.
  package func distinctCounts(
    of other: Dimension, by dimension: Dimension, in snapshot: borrowing Snapshot
  ) throws(QueryError) -> Counts {
    try countCells(by: [dimension, other], in: snapshot).distinct
  }

  func countCells(
    by dimensions: [Dimension], in snapshot: borrowing Snapshot
  ) throws(QueryError) -> CellAnswer {
    guard (1...3).contains(dimensions.count) else { throw QueryError(.dimensionCount) }
    for dimension in dimensions { try dimension.check(table: table, in: snapshot) }
    var statistics = ScanStatistics()
    let segments = try survivors(&statistics, in: snapshot)
    let (spaces, isOuter) = try slotSpaces(of: dimensions, segments, in: snapshot)
    let layout = CellLayout(slotCounts: spaces.map(\.slotCount), isOuter: isOuter)
    let scan = self
    let parts = try scanSegments(segments, threadCount: threadCount, in: snapshot) {
      (queue, snapshot) throws(QueryError) in
      layout.innerCount <= 65_536
        ? try scan.count(
          queue, CellCounter<UInt16>(layout, spaces: spaces, dimensions: dimensions), in: snapshot)
        : try scan.count(
          queue, CellCounter<UInt32>(layout, spaces: spaces, dimensions: dimensions), in: snapshot)
    }
    for part in parts { statistics.add(part.statistics) }
    let fresh = try freshCells(dimensions, spaces, in: snapshot)
    statistics.foundRowCount += fresh.sparse.values.reduce(0, +)
    var labels: [DimensionLabels] = []
    for (dimension, space) in zip(dimensions, spaces) {
      labels.append(DimensionLabels(dimension, space: space, table: table, in: snapshot))
    }
    return CellAnswer(
      dimensions: dimensions, spaces: spaces, labels: labels, layout: layout,
      parts: parts.map(\.counts) + [fresh], statistics: statistics)
  }

  private func count<Cell: CellNumber>(
    _ queue: SegmentQueue, _ counter: CellCounter<Cell>, in snapshot: borrowing Snapshot
  ) throws(QueryError) -> (counts: CellCounts, statistics: ScanStatistics) {
    let walk = SegmentWalk(self, plan: snapshot.plan)
    while let segment = queue.take() {
      let fields: SegmentFields
      do throws(StoreError) {
        try walk.begin(segment, in: snapshot)
        guard walk.decision != .none else { continue }
        fields = try walk.fields(in: snapshot)
        try counter.begin(fields, in: snapshot)
      } catch { throw QueryError(error) }
      for block in 0..<walk.blockCount {
        let rows: SegmentWalk.Rows
        do throws(StoreError) {
          rows = try walk.rows(ofBlock: block, in: snapshot)
        } catch { throw QueryError(error) }
        switch rows {
        case .none: break
        case .all: try counter.count(block: block, where: nil, fields, in: snapshot)
        case .some(let selection):
          try counter.count(block: block, where: selection, fields, in: snapshot)
        }
      }
    }
    return (counter.finish(), walk.finish())
  }

  /// Numbers the keys of each dimension, and says which dimensions stay equal over many rows.
  private func slotSpaces(
    of dimensions: [Dimension], _ segments: [Int], in snapshot: borrowing Snapshot
  ) throws(QueryError) -> (spaces: [SlotSpace], isOuter: [Bool]) {
    var spaces: [SlotSpace] = []
    var isOuter: [Bool] = []
    let plan = snapshot.plan.tables[table]
    do throws(StoreError) {
      for dimension in dimensions {
        let isCode =
          snapshot.registry.schema.codeList(of: plan.table.fields[dimension.field]) != nil
        let zone = isCode ? .unknown : try wholeZone(dimension.field, segments, in: snapshot)
        spaces.append(SlotSpace.numbering(dimension, zone: zone, table: table, in: snapshot))
        isOuter.append(try staysEqual(dimension.field, segments, in: snapshot))
      }
    } catch { throw QueryError(error) }
    return (spaces, isOuter)
  }

  /// Whether the values of a field stay equal over many rows, as a few segments show.
  private func staysEqual(
    _ field: Int, _ segments: [Int], in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Bool {
    guard let first = segments.first, let last = segments.last else { return false }
    for segment in [first, segments[segments.count / 2], last] {
      let fields = try SegmentFields(table: table, segment: segment, in: snapshot)
      let path = try fields.source(field, in: snapshot).path
      guard path == .pieces || path == .constant else { return false }
    }
    return true
  }

  /// A zone that covers a field in all of some segments.
  private func wholeZone(
    _ field: Int, _ segments: [Int], in snapshot: borrowing Snapshot
  ) throws(StoreError) -> FieldZone {
    var whole = FieldZone(least: 1, greatest: 0, mayBeAbsent: false, isKnown: true)
    for segment in segments {
      let zone = FieldZone(try snapshot.zones(segment, table: table), field: field)
      guard zone.isKnown else { return .unknown }
      whole.mayBeAbsent = whole.mayBeAbsent || zone.mayBeAbsent
      guard zone.least <= zone.greatest else { continue }
      let isFirst = whole.least > whole.greatest
      whole.least = isFirst ? zone.least : min(whole.least, zone.least)
      whole.greatest = isFirst ? zone.greatest : max(whole.greatest, zone.greatest)
    }
    return whole
  }
}
