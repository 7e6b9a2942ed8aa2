// One bit a row, in plain order.
//
//   OFFSET  SIZE        FIELD
//        1     1        width: 1
//        8     8        base: what a clear bit means; a set bit means one more
//       64        bit i & 63 of 64-bit word i >> 6 is row i; bits past the end are zero
//
// Slope, second part and flags are zero. No row is absent.

import Bytes

struct Flags {
  let base: Int64
  let rowCount: Int

  static func check(_ header: ColumnHeader, _ bytes: LentBytes) throws(Corruption) {
    guard header.width == 1 else { throw Corruption(.column, at: 1) }
    guard header.slope == 0 else { throw Corruption(.column, at: 16) }
    try header.expect(flags: [])
    try header.expectNone(second: true)
    _ = try bytes.slice(
      ColumnHeader.size, count: (header.rowCount + 63) >> 6 * 8, of: .column)
  }

  /// Two neighbouring values and none absent.
  init?(_ survey: IntegerSurvey) {
    guard survey.absentCount == 0, survey.rowCount > 0, survey.spread == 1 else { return nil }
    base = survey.least
    rowCount = survey.rowCount
  }

  var byteCount: Int { padded(ColumnHeader.size + (rowCount + 63) >> 6 * 8) }

  func encode(_ values: ScratchView<Int64>) -> [UInt8] {
    var header = ColumnHeader(.flags, rowCount: rowCount)
    header.width = 1
    header.base = base
    var bytes = header.written(byteCount: byteCount)
    for word in 0..<(rowCount + 63) >> 6 {
      var bits = UInt64(0)
      for bit in 0..<min(64, rowCount - word * 64) {
        bits |= UInt64(bitPattern: values[word * 64 + bit] &- base) &<< UInt64(bit)
      }
      store(bits, into: &bytes, at: ColumnHeader.size + word * 8)
    }
    return bytes
  }
}
