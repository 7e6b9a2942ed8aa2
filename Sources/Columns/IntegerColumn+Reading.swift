// One value of a column, and one row of many columns.
//
// A call per value from another module costs about 2 ns on top of the value; `gather` and
// `prefetchAll` pay it once a row.

import Bytes

extension IntegerColumn {
  /// The value of one row, or `absentValue`.
  package func value(at row: Int) -> Int64 {
    assert(row >= 0 && row < rowCount)
    return read(row)
  }

  @inline(__always) private func read(_ row: Int) -> Int64 {
    switch outer {
    case .none:
      return flat.value(at: row)
    case .runs, .listedRuns:
      return flat.value(at: marks.count(through: row) &- 1)
    case .presence, .listedPresence:
      let marks = marks
      guard marks.isMarked(row) else { return absentValue }
      return flat.value(at: marks.count(through: row) &- 1)
    }
  }

  /// Asks for the line or lines that `value(at:)` reads first.
  package func prefetch(row: Int) { ask(row) }

  @inline(__always) private func ask(_ row: Int) {
    if outer == .none { flat.prefetch(row: row) } else { marks.prefetch(row: row) }
  }

  /// The values of one row of `count` columns; all of them have that row.
  package static func gather(
    _ columns: UnsafePointer<IntegerColumn>, count: Int, row: Int,
    into values: UnsafeMutablePointer<Int64>
  ) {
    // Columns that share runs mostly stand side by side; their run is found once.
    var lastMarks = unsafe UnsafeRawPointer(columns)
    var lastRun = 0
    for index in 0..<count {
      let column = unsafe columns + index
      assert(unsafe row >= 0 && row < column.pointee.rowCount)
      if unsafe column.pointee.outer == .none {
        unsafe values[index] = column.pointee.flat.value(at: row)
      } else if unsafe column.pointee.encoding == .runLength {
        if unsafe column.pointee.marksAddress != lastMarks {
          unsafe lastMarks = unsafe column.pointee.marksAddress
          lastRun = unsafe column.pointee.marks.count(through: row) &- 1
        }
        unsafe values[index] = column.pointee.flat.value(at: lastRun)
      } else {
        let marks = unsafe column.pointee.marks
        unsafe values[index] =
          marks.isMarked(row)
          ? unsafe column.pointee.flat.value(at: marks.count(through: row) &- 1) : absentValue
      }
    }
  }

  /// Asks for the lines that `gather` reads first.
  package static func prefetchAll(
    _ columns: UnsafePointer<IntegerColumn>, count: Int, row: Int
  ) {
    for index in 0..<count { unsafe columns[index].ask(row) }
  }

  /// Asks for the second lines of run-length and presence columns, whose first have come meanwhile.
  package static func prefetchNested(
    _ columns: UnsafePointer<IntegerColumn>, count: Int, row: Int
  ) {
    var lastMarks = unsafe UnsafeRawPointer(columns)
    var lastPlace = 0
    for index in 0..<count {
      let column = unsafe columns + index
      guard unsafe column.pointee.outer != .none else { continue }
      if unsafe column.pointee.marksAddress != lastMarks {
        unsafe lastMarks = unsafe column.pointee.marksAddress
        lastPlace = unsafe column.pointee.marks.count(through: row) &- 1
      }
      unsafe column.pointee.flat.prefetch(row: max(0, lastPlace))
    }
  }

  /// The first row whose value is at least `value`, in a column that never falls; the row count if
  /// there is none.
  package func lowerBound(of value: Int64) -> Int {
    guard encoding == .runLength else { return flatLowerBound(of: value, presumably: rowCount) }
    let run = flatLowerBound(of: value, presumably: Int(flat.rowCount))
    return run == Int(flat.rowCount) ? rowCount : marks.row(ofMark: run)
  }

  private func flatLowerBound(of value: Int64, presumably count: Int) -> Int {
    var lower = 0
    var upper = count
    if flat.encoding == .delta, flat.exceptionCount == 0, flat.slope > 0, !flat.has(.blockBases),
      flat.width < 48
    {
      // The codes move a value by less than 2^width, so the line itself says nearly where.
      let (distance, overflow) = value.subtractingReportingOverflow(flat.base)
      if !overflow {
        let reach = Int64(1) << Int64(flat.width)
        if distance <= 0 { upper = min(count, 1) }
        if distance > reach { lower = Int(min(Int64(count), (distance - reach) / flat.slope)) }
        if distance > 0 { upper = Int(min(Int64(count), distance / flat.slope &+ 1)) }
        if upper < 0 { upper = count }
        lower = min(lower, upper)
      }
    }
    while lower < upper {
      let middle = (lower &+ upper) >> 1
      let found = encoding == .runLength ? flat.value(at: middle) : read(middle)
      if found < value { lower = middle &+ 1 } else { upper = middle }
    }
    return lower
  }
}
