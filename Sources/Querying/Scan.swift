// A question about all rows of a table: how many, how many by what, which.

import Bytes
import Columns
import Rows
import Segments
package import Store

/// A scan of one table for rows that satisfy a condition.
///
/// Segments and blocks in which zones leave no row are not read. The answer does not depend on the
/// number of threads.
package struct Scan: Sendable {
  /// The position of the table in the schema.
  package var table: Int
  package var condition: Condition
  /// The most threads that may scan; few segments are scanned by the calling one alone.
  package var threadCount: Int

  package init(table: Int, condition: Condition = .everything, threadCount: Int = 1) {
    self.table = table
    self.condition = condition
    self.threadCount = threadCount
  }

  /// How many rows satisfy the condition.
  package func count(in snapshot: borrowing Snapshot) throws(QueryError) -> UInt64 {
    try countWithStatistics(in: snapshot).count
  }

  func countWithStatistics(
    in snapshot: borrowing Snapshot
  ) throws(QueryError) -> (count: UInt64, statistics: ScanStatistics) {
    var statistics = ScanStatistics()
    let segments = try survivors(&statistics, in: snapshot)
    let scan = self
    let parts = try scanSegments(segments, threadCount: threadCount, in: snapshot) {
      (queue, snapshot) throws(QueryError) in
      let walk = SegmentWalk(scan, plan: snapshot.plan)
      var count: UInt64 = 0
      do throws(StoreError) {
        while let segment = queue.take() {
          try walk.begin(segment, in: snapshot)
          count += try walk.count(in: snapshot)
        }
      } catch { throw QueryError(error) }
      return (count: count, statistics: walk.finish())
    }
    for part in parts { statistics.add(part.statistics) }
    let freshCount = UInt64(try freshRows(in: snapshot).count)
    statistics.foundRowCount += freshCount
    return (parts.reduce(freshCount) { $0 + $1.count }, statistics)
  }

  /// The numbers of the first `limit` rows that satisfy the condition, ascending.
  package func rows(
    limit: Int = .max, in snapshot: borrowing Snapshot
  ) throws(QueryError) -> [Int] {
    precondition(limit >= 0, "a limit is not negative")
    var statistics = ScanStatistics()
    let segments = try survivors(&statistics, in: snapshot)
    var rows: [Int] = []
    var start = 0
    // Wave by wave, each wider than the last, so that a small limit reads little.
    var width = 1
    while start < segments.count, rows.count < limit {
      let wave = Array(segments[start..<min(start + width, segments.count)])
      rows += try self.rows(of: wave, limit: limit - rows.count, in: snapshot)
      start += width
      width = min(width * 2, 256)
    }
    let fresh = try freshRows(in: snapshot)
    if !fresh.isEmpty { rows = (rows + fresh).sorted() }
    return Array(rows.prefix(limit))
  }

  private func rows(
    of segments: [Int], limit: Int, in snapshot: borrowing Snapshot
  ) throws(QueryError) -> [Int] {
    let scan = self
    let parts = try scanSegments(segments, threadCount: threadCount, in: snapshot) {
      (queue, snapshot) throws(QueryError) in
      let walk = SegmentWalk(scan, plan: snapshot.plan)
      var found: [(segment: Int, rows: [Int])] = []
      do throws(StoreError) {
        while let segment = queue.take() {
          try walk.begin(segment, in: snapshot)
          found.append((segment, try walk.rows(limit: limit, in: snapshot)))
        }
      } catch { throw QueryError(error) }
      return found
    }
    return parts.flatMap { $0 }.sorted { $0.segment < $1.segment }.flatMap(\.rows)
  }

  // MARK: Before the scan

  /// The segments in which zones leave rows.
  func survivors(
    _ statistics: inout ScanStatistics, in snapshot: borrowing Snapshot
  ) throws(QueryError) -> [Int] {
    try check(in: snapshot)
    let segmentCount = snapshot.segmentCount(table: table)
    statistics.segmentCount = segmentCount
    if condition == .everything { return Array(0..<segmentCount) }
    let walk = SegmentWalk(self, plan: snapshot.plan)
    var segments: [Int] = []
    do throws(StoreError) {
      for segment in 0..<segmentCount where try walk.decide(segment, in: snapshot) != .none {
        segments.append(segment)
      }
    } catch { throw QueryError(error) }
    statistics.skippedSegmentCount = segmentCount - segments.count
    return segments
  }

  /// Throws unless the table has the condition's fields and their types allow what it asks.
  private func check(in snapshot: borrowing Snapshot) throws(QueryError) {
    precondition(table >= 0)
    precondition(table < snapshot.plan.tables.count)
    try check(condition, snapshot.plan.tables[table].isText)
  }

  private func check(_ condition: Condition, _ isText: [Bool]) throws(QueryError) {
    switch condition {
    case .everything: break
    case .isIn(let field, _), .isInRange(let field, _):
      guard isText.indices.contains(field) else {
        throw QueryError(.unknownField, name: "\(field)")
      }
      guard !isText[field] else { throw QueryError(.wrongType, name: "\(field)") }
    case .isAbsent(let field), .isPresent(let field):
      guard isText.indices.contains(field) else {
        throw QueryError(.unknownField, name: "\(field)")
      }
    case .isText(let field, _), .hasPrefix(let field, _):
      guard isText.indices.contains(field) else {
        throw QueryError(.unknownField, name: "\(field)")
      }
      guard isText[field] else { throw QueryError(.wrongType, name: "\(field)") }
    case .all(let parts), .any(let parts):
      for part in parts { try check(part, isText) }
    case .not(let part): try check(part, isText)
    }
  }
}

extension SegmentWalk {
  /// The numbers of the first `limit` wanted rows of the segment.
  func rows(limit: Int, in snapshot: borrowing Snapshot) throws(StoreError) -> [Int] {
    var found: [Int] = []
    for block in 0..<blockCount {
      guard found.count < limit else { break }
      let first = segment << 16 + block * Selection.rowCount
      switch try rows(ofBlock: block, in: snapshot) {
      case .none: break
      case .all: found += first..<first + min(Selection.rowCount, rowCount - (first & 0xFFFF))
      case .some(let selection):
        var next = selection.first
        while let row = next {
          found.append(first + row)
          next = selection.next(from: row + 1)
        }
      }
    }
    return Array(found.prefix(limit))
  }
}
