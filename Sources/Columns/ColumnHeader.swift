// The first 64 bytes of a column of integers: how it is stored and where its parts lie.
//
//   OFFSET  SIZE  FIELD
//        0     1  encoding
//        1     1  width: bits a code, 0...64
//        2     2  flags, see `ColumnFlags`
//        4     4  row count, 0...65,536
//        8     8  base, Int64
//       16     8  slope (delta), scale shift (frame of reference), entry count (dictionary)
//       24     4  offset of the second part: block bases, dictionary or nested column; 0 = none
//       28     4  byte count of the second part
//       32     4  offset of the exceptions; 0 = none
//       36     4  exception count
//       40     4  offset of the nested column of exceptions (derived); 0 = none
//       44     4  byte count of the nested column of exceptions
//       48     4  first bit of the codes among those of a row (flag `rowCodes`), else 0
//       52    12  zero
//       64        the first part: codes, bits or values
//
// All integers are little-endian. Each part begins at a multiple of 64 from the column's start, and
// the column itself at an address that is a multiple of 8 at least. Codes that are packed plainly
// are followed by 8 bytes at least, so that a load of 8 bytes never passes the end.
//
// Invariants, checked when a column is opened: every part lies inside the bytes; fields and flags
// that an encoding does not use are zero.

import Bytes

/// What the first 64 bytes of a column of integers say.
struct ColumnHeader {
  static let size = 64
  static let rowCountMax = 65_536

  var encoding: Encoding
  var width = 0
  var flags: ColumnFlags = []
  var rowCount: Int
  var base: Int64 = 0
  var slope: Int64 = 0
  var secondOffset = 0
  var secondByteCount = 0
  var exceptionsOffset = 0
  var exceptionCount = 0
  var exceptionColumnOffset = 0
  var exceptionColumnByteCount = 0
  var firstBit = 0

  init(_ encoding: Encoding, rowCount: Int) {
    self.encoding = encoding
    self.rowCount = rowCount
  }

  init(reading bytes: LentBytes) throws(Corruption) {
    guard bytes.count >= Self.size else { throw Corruption(.column, at: bytes.count) }
    guard let encoding = Encoding(rawValue: bytes[0]) else { throw Corruption(.column, at: 0) }
    self.encoding = encoding
    width = Int(bytes[1])
    guard width <= 64 else { throw Corruption(.column, at: 1) }
    flags = ColumnFlags(rawValue: bytes.load(2))
    rowCount = Int(bytes.load(4, as: UInt32.self))
    guard rowCount <= Self.rowCountMax else { throw Corruption(.column, at: 4) }
    base = bytes.load(8)
    slope = bytes.load(16)
    secondOffset = Int(bytes.load(24, as: UInt32.self))
    secondByteCount = Int(bytes.load(28, as: UInt32.self))
    exceptionsOffset = Int(bytes.load(32, as: UInt32.self))
    exceptionCount = Int(bytes.load(36, as: UInt32.self))
    exceptionColumnOffset = Int(bytes.load(40, as: UInt32.self))
    exceptionColumnByteCount = Int(bytes.load(44, as: UInt32.self))
    for offset in [24, 32, 40] where bytes.load(offset, as: UInt32.self) & 63 != 0 {
      throw Corruption(.column, at: offset)
    }
    firstBit = Int(bytes.load(48, as: UInt32.self))
    guard bytes.load(52, as: UInt32.self) == 0 else { throw Corruption(.column, at: 52) }
    guard bytes.load(56, as: UInt64.self) == 0 else { throw Corruption(.column, at: 56) }
    guard flags.contains(.rowCodes) || firstBit == 0 else { throw Corruption(.column, at: 48) }
  }

  /// Blocks of 1,024 rows, the last perhaps not full.
  var blockCount: Int { (rowCount + 1023) >> 10 }

  /// Refuses flags that the encoding does not know.
  func expect(flags known: ColumnFlags) throws(Corruption) {
    guard flags.isSubset(of: known) else { throw Corruption(.column, at: 2) }
  }

  /// Refuses a second part, or exceptions, or a nested column of exceptions where none belongs.
  func expectNone(second: Bool = false, exceptions: Bool = false, nested: Bool = true)
    throws(Corruption)
  {
    if second, secondOffset != 0 || secondByteCount != 0 { throw Corruption(.column, at: 24) }
    if exceptions, exceptionsOffset != 0 || exceptionCount != 0 {
      throw Corruption(.column, at: 32)
    }
    if nested, exceptionColumnOffset != 0 || exceptionColumnByteCount != 0 {
      throw Corruption(.column, at: 40)
    }
  }

  /// The header and zeros up to `byteCount`, for an encoder to fill.
  func written(byteCount: Int) -> [UInt8] {
    precondition(rowCount <= Self.rowCountMax)
    precondition(byteCount >= Self.size)
    var writer = ByteWriter(capacity: byteCount)
    writer.append(encoding.rawValue)
    writer.append(UInt8(width))
    writer.append(flags.rawValue)
    writer.append(UInt32(rowCount))
    writer.append(base)
    writer.append(slope)
    for field in [
      secondOffset, secondByteCount, exceptionsOffset, exceptionCount, exceptionColumnOffset,
      exceptionColumnByteCount, firstBit,
    ] {
      writer.append(UInt32(field))
    }
    writer.append(UInt32(0))
    writer.append(UInt64(0))
    var bytes = writer.bytes
    bytes.append(contentsOf: repeatElement(0, count: byteCount - Self.size))
    return bytes
  }
}

/// `count` raised to a multiple of 64.
func padded(_ count: Int) -> Int { (count + 63) & ~63 }
