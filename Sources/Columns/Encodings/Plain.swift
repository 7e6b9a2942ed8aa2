// Values as they are, 8 bytes each.
//
//   OFFSET  SIZE  FIELD
//        1     1  width: 64
//       64   8*N  the values, Int64, absent included
//
// Base, slope, second part and flags are zero.

import Bytes

struct Plain {
  let rowCount: Int

  static func check(_ header: ColumnHeader, _ bytes: LentBytes) throws(Corruption) {
    guard header.width == 64 else { throw Corruption(.column, at: 1) }
    guard header.base == 0 else { throw Corruption(.column, at: 8) }
    guard header.slope == 0 else { throw Corruption(.column, at: 16) }
    try header.expect(flags: [])
    try header.expectNone(second: true)
    _ = try bytes.slice(ColumnHeader.size, count: 8 * header.rowCount, of: .column)
  }

  var byteCount: Int { padded(ColumnHeader.size + 8 * rowCount) }

  func encode(_ values: ScratchView<Int64>) -> [UInt8] {
    var header = ColumnHeader(.plain, rowCount: rowCount)
    header.width = 64
    var bytes = header.written(byteCount: byteCount)
    unsafe bytes.withUnsafeMutableBytes { buffer in
      guard let start = buffer.baseAddress else { return }
      unsafe (start + ColumnHeader.size).copyMemory(from: values.base, byteCount: 8 * rowCount)
    }
    return bytes
  }
}
