// The 64 bytes that every column of texts begins with.
//
//   OFFSET  SIZE  FIELD
//        0     1  encoding: 0 constant, 5 tokens, 6 symbols, 11 plain text
//        1     1  width: bits per row (tokens), of ranges those of their numbers; else 0
//        2     2  flags: those of the encoding (tokens), else 0
//        4     4  row count: 1...65_536
//        8     8  base: Int64.min for constant (every row is absent), else 0
//       16    48  fields of the encoding; zero for constant
//
// All integers are little-endian. Each part of a column begins at a multiple of 64.

import Bytes

enum TextHeader {
  static let size = 64
  static let rowCountMax = 65_536
  /// Zero bytes after packed parts, so that a load of eight bytes stays inside the column.
  static let slack = 8

  static let constant: UInt8 = 0
  static let tokens: UInt8 = 5
  static let symbols: UInt8 = 6
  static let plainText: UInt8 = 11

  static let exceptionsFlag: UInt16 = 8
  static let absentBase = Int64.min
}

/// Where the next part of a column may begin.
func nextPart(after offset: Int) -> Int { (offset + 63) & ~63 }

/// The column of `rowCount` absent texts: nothing but its header.
func encodeAbsentTexts(rowCount: Int) -> [UInt8] {
  var writer = ByteWriter(capacity: TextHeader.size)
  writer.append(UInt32(TextHeader.constant))
  writer.append(UInt32(rowCount))
  writer.append(TextHeader.absentBase)
  writer.pad(to: TextHeader.size)
  return writer.bytes
}

/// The row count of a column of texts, once the first 24 bytes keep their promises.
///
/// `base` is what offset 8 must hold; the caller looks after width and flags.
func checkedRowCount(_ bytes: LentBytes, base: Int64) throws(Corruption) -> Int {
  guard bytes.count >= TextHeader.size else { throw Corruption(.column, at: bytes.count) }
  let rowCount = Int(bytes.load(4, as: UInt32.self))
  guard rowCount > 0, rowCount <= TextHeader.rowCountMax else { throw Corruption(.column, at: 4) }
  guard bytes.load(8, as: Int64.self) == base else { throw Corruption(.column, at: 8) }
  return rowCount
}

/// Throws unless the header's bytes from `offset` to its end are zero.
func checkZeros(_ bytes: LentBytes, from offset: Int) throws(Corruption) {
  for place in offset..<TextHeader.size where bytes[place] != 0 {
    throw Corruption(.column, at: place)
  }
}
