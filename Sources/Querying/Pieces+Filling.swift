// Finds the pieces of a column: from its own runs, or from the parent's column over the parents'
// rows.

import Bytes
import Columns
import Segments
import Store

extension Pieces {
  /// Takes the runs of a run-length column; false if they are too many.
  mutating func fill(from column: IntegerColumn) -> Bool {
    removeAll()
    guard let runs = column.runMap, runs.runCount <= Self.countMax,
      runs.runCount * 16 <= column.rowCount
    else { return false }
    forEachRun(of: column, runs, in: 0..<column.rowCount) { append(start: $0, value: $1) }
    return true
  }

  /// Takes what the rows' parents say, and the rows' own values as exceptions; false if the pieces
  /// are too many or the parent's value follows from something else.
  mutating func fill(
    inheriting field: Int, _ view: SegmentView, parent registryPlan: RegistryPlan,
    in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Bool {
    removeAll()
    let plan = view.plan
    guard let parentTable = plan.parent else { return false }
    do throws(Corruption) {
      try view.open(plan.linkColumn)
    } catch { throw .corruption(error) }
    let link = view.positionalParents
    let first = link.value(at: 0)
    let last = link.value(at: view.rowCount - 1)
    guard first >= 0, last >= first, Int(last) >> 16 < snapshot.segmentCount(table: parentTable)
    else { return false }
    let parentField = plan.inherited[field]
    for segment in Int(first) >> 16...Int(last) >> 16 {
      let low = max(Int(first) - segment << 16, 0)
      let high = min(Int(last) - segment << 16, 0xFFFF)
      let isFew = try append(
        parents: low...high, of: segment, parentTable, parentField, link, in: snapshot)
      guard isFew else { return false }
    }
    return try fillExceptions(view, field, parentTable, parentField, in: snapshot)
  }

  private mutating func append(
    parents rows: ClosedRange<Int>, of segment: Int, _ table: Int, _ field: Int,
    _ link: IntegerColumn, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Bool {
    let base = segment << 16
    if let constant = FieldZone(try snapshot.zones(segment, table: table), field: field).constant {
      append(parent: base + rows.lowerBound, value: constant, link)
      return true
    }
    let view = try snapshot.segment(segment, table: table)
    do throws(Corruption) {
      try view.open(field)
    } catch { throw .corruption(error) }
    guard rows.upperBound < view.rowCount, let column = view.direct(field) else { return false }
    if let runs = column.runMap {
      guard runs.runCount <= Self.countMax else { return false }
      forEachRun(of: column, runs, in: rows.lowerBound..<rows.upperBound + 1) { row, value in
        append(parent: base + row, value: value, link)
      }
      return true
    }
    let values = Scratch<Int64>(count: Selection.rowCount)
    for block in rows.lowerBound >> 10...rows.upperBound >> 10 {
      _ = column.decode(block: block, into: values.view)
      let low = max(rows.lowerBound - block << 10, 0)
      let high = min(rows.upperBound - block << 10, Selection.rowCount - 1)
      var previous = lastValue
      for row in low...high where values.view[row] != previous {
        previous = values.view[row]
        append(parent: base + block << 10 + row, value: values.view[row], link)
      }
      guard starts.count <= Self.countMax else { return false }
    }
    return true
  }

  /// Adds the children of the parents from a row on.
  private mutating func append(parent row: Int, value: Int64, _ link: IntegerColumn) {
    guard value != lastValue else { return }
    let start = starts.isEmpty ? 0 : link.lowerBound(of: Int64(row))
    guard start < link.rowCount else { return }
    append(start: start, value: value)
  }

  private mutating func fillExceptions(
    _ view: SegmentView, _ field: Int, _ parentTable: Int, _ parentField: Int,
    in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Bool {
    let own = view.derivedColumn(field)
    let ownCount = own?.exceptionCount ?? 0
    var next = 0
    func takeOwn(before row: Int, _ pieces: inout Pieces) {
      guard let own, let values = own.exceptionValues else { return }
      while next < ownCount, own.exceptionRow(next) < row {
        pieces.exceptionRows.append(own.exceptionRow(next))
        pieces.exceptionValues.append(values.value(at: next))
        next += 1
      }
    }
    if let moved = view.linkExceptions, let parents = moved.exceptionValues {
      for index in 0..<moved.exceptionCount {
        let row = moved.exceptionRow(index)
        takeOwn(before: row, &self)
        if let own, next < ownCount, own.exceptionRow(next) == row { continue }
        let parent = parents.value(at: index)
        guard let value = try Self.value(parent, parentTable, parentField, in: snapshot) else {
          return false
        }
        exceptionRows.append(row)
        exceptionValues.append(value)
      }
    }
    takeOwn(before: Int.max, &self)
    return true
  }

  /// The value of a parent's field; nil if it follows from something else.
  private static func value(
    _ row: Int64, _ table: Int, _ field: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Int64? {
    guard row != absentValue else { return absentValue }
    guard row >= 0, Int(row) >> 16 < snapshot.segmentCount(table: table) else { return nil }
    let view = try snapshot.segment(Int(row) >> 16, table: table)
    do throws(Corruption) {
      try view.open(field)
    } catch { throw .corruption(error) }
    guard let column = view.direct(field), Int(row) & 0xFFFF < column.rowCount else { return nil }
    return column.value(at: Int(row) & 0xFFFF)
  }
}

/// Calls `body` with the first row and the value of each run that has one of some rows; a run that
/// begins before them counts from the first of them.
private func forEachRun(
  of column: IntegerColumn, _ runs: RunMap, in rows: Range<Int>, _ body: (Int, Int64) -> Void
) {
  let starts = Scratch<UInt16>(count: Selection.rowCount + 8)
  let values = Scratch<Int64>(count: Selection.rowCount)
  var run = runs.run(ofRow: rows.lowerBound)
  body(rows.lowerBound, column.value(ofRun: run))
  for block in rows.lowerBound >> 10...(rows.upperBound - 1) >> 10 {
    let count = runs.starts(ofBlock: block, into: starts.view)
    var index = 0
    while index < count, Int(starts.view[index]) <= rows.lowerBound { index += 1 }
    guard index < count else { continue }
    column.decodeRuns(first: run + 1, count: count - index, into: values.view)
    let first = index
    while index < count, Int(starts.view[index]) < rows.upperBound {
      body(Int(starts.view[index]), values.view[index - first])
      index += 1
    }
    run += count - first
  }
}
