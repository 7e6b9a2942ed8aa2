// One value of a column.
//
// A call from another module costs about 2 ns on top of the value; `RowGather` reads one row of
// many columns.

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
  package func prefetch(row: Int) {
    if outer == .none { flat.prefetch(row: row) } else { marks.prefetch(row: row) }
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
