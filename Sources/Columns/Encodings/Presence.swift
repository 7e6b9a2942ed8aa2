// One bit a row says which rows have a value; only those values are stored.
//
//   OFFSET  SIZE  FIELD
//       24     4  offset of the nested flat column that holds the present values
//       28     4  its byte count
//       64        the rows that have a value: bits with ranks, see `RankedBits`, or with the flag
//                 `listedMarks` a list, see `ExceptionRows` (without values)
//
// At least one row has a value. Width, base, slope and exceptions are zero.

import Bytes

enum Presence {
  static func check(_ header: ColumnHeader) throws(Corruption) {
    guard header.width == 0 else { throw Corruption(.column, at: 1) }
    try header.expect(flags: [.listedMarks])
    guard header.rowCount > 0 else { throw Corruption(.column, at: 4) }
    guard header.base == 0 else { throw Corruption(.column, at: 8) }
    guard header.slope == 0 else { throw Corruption(.column, at: 16) }
    try header.expectNone(exceptions: true)
  }

  static func presentRows(_ values: ScratchView<Int64>, count: Int) -> [Int32] {
    unsafe [Int32](unsafeUninitializedCapacity: count + 1) { buffer, written in
      var at = 0
      for row in 0..<values.count {
        // One element more than there are values, so that an absent row may write too.
        unsafe buffer[at] = Int32(truncatingIfNeeded: row)
        at &+= values[row] != absentValue ? 1 : 0
      }
      written = at
    }
  }

  /// The bytes of the column besides the nested one.
  static func overheadByteCount(rowCount: Int, presentCount: Int) -> Int {
    padded(ColumnHeader.size + RowMarks.byteCount(rowCount: rowCount, count: presentCount))
  }

  static func encode(presentRows: [Int32], rowCount: Int, nested: [UInt8]) -> [UInt8] {
    var header = ColumnHeader(.presence, rowCount: rowCount)
    if RowMarks.isListed(rowCount: rowCount, count: presentRows.count) {
      header.flags.insert(.listedMarks)
    }
    header.secondOffset = overheadByteCount(rowCount: rowCount, presentCount: presentRows.count)
    header.secondByteCount = nested.count
    var bytes = header.written(byteCount: header.secondOffset)
    RowMarks.write(presentRows, rowCount: rowCount, into: &bytes)
    bytes.append(contentsOf: nested)
    return bytes
  }
}
