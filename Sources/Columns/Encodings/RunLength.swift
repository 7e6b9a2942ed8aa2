// One value for each run of equal rows.
//
//   OFFSET  SIZE  FIELD
//       24     4  offset of the nested flat column that holds one value for each run
//       28     4  its byte count
//       64        the rows that begin a run: bits with ranks, see `RankedBits`, or with the flag
//                 `listedMarks` a list, see `ExceptionRows` (without values)
//
// Row 0 begins a run. Flag `sharedRuns`: nothing is stored at 64, the runs are those of another
// column of the segment, and the nested column has one value for each of them. Width, base, slope
// and exceptions are zero.

import Bytes

enum RunLength {
  static func check(_ header: ColumnHeader) throws(Corruption) {
    guard header.width == 0 else { throw Corruption(.column, at: 1) }
    try header.expect(flags: [.sharedRuns, .listedMarks])
    guard !header.flags.isSuperset(of: [.sharedRuns, .listedMarks]) else {
      throw Corruption(.column, at: 2)
    }
    guard header.rowCount > 0 else { throw Corruption(.column, at: 4) }
    guard header.base == 0 else { throw Corruption(.column, at: 8) }
    guard header.slope == 0 else { throw Corruption(.column, at: 16) }
    try header.expectNone(exceptions: true)
  }

  /// The rows that differ from the row before, row 0 first.
  static func starts(_ values: ScratchView<Int64>, count: Int) -> [Int32] {
    unsafe [Int32](unsafeUninitializedCapacity: count + 1) { buffer, written in
      var previous = values[0] &+ 1
      var at = 0
      for row in 0..<values.count {
        let value = values[row]
        // One element more than there are runs, so that a row that begins none may write too.
        unsafe buffer[at] = Int32(truncatingIfNeeded: row)
        at &+= value != previous ? 1 : 0
        previous = value
      }
      written = at
    }
  }

  /// The bytes of a column of runs besides the nested column.
  static func overheadByteCount(rowCount: Int, runCount: Int) -> Int {
    padded(ColumnHeader.size + RowMarks.byteCount(rowCount: rowCount, count: runCount))
  }

  static func encode(starts: [Int32], rowCount: Int, nested: [UInt8]) -> [UInt8] {
    var header = ColumnHeader(.runLength, rowCount: rowCount)
    if RowMarks.isListed(rowCount: rowCount, count: starts.count) {
      header.flags.insert(.listedMarks)
    }
    header.secondOffset = overheadByteCount(rowCount: rowCount, runCount: starts.count)
    header.secondByteCount = nested.count
    var bytes = header.written(byteCount: header.secondOffset)
    RowMarks.write(starts, rowCount: rowCount, into: &bytes)
    bytes.append(contentsOf: nested)
    return bytes
  }

  /// A column whose runs are those of another column.
  static func encodeShared(rowCount: Int, nested: [UInt8]) -> [UInt8] {
    var header = ColumnHeader(.runLength, rowCount: rowCount)
    header.flags = .sharedRuns
    header.secondOffset = ColumnHeader.size
    header.secondByteCount = nested.count
    return header.written(byteCount: ColumnHeader.size) + nested
  }
}
