// The first bytes of a segment part: which rows it holds and where its columns lie.
//
//   OFFSET  SIZE  FIELD
//        0     8  magic: "HEARTHSG"
//        8     2  format version: 1
//       10     2  table number
//       12     4  segment number
//       16     4  row count: 1...65_536
//       20     2  column count
//       22     2  part: 0 the rows' own columns, 1 those that wait for the children
//       24     8  byte count of the whole part, header included
//       32    16  zero
//       48  16*n  directory, one entry a column:
//                 2 field number, 2 zero, 4 byte count, 8 offset from the part's start
//
// All integers are little-endian. An LMDB value of this size begins 16 bytes into a page, so that
// columns begin at offsets of which 64 divides offset + 16: at addresses that 64 divides.
//
// Invariants, checked when the part is opened:
//   - row count and column count are not zero, byte count is the length of the value
//   - table, segment and part are those of the key
//   - each column lies inside the part, after the directory, at such an offset

package import Bytes

/// What a segment part says of itself.
package struct SegmentHeader: Equatable {
  package static let byteCount = 48

  /// The key under which the part is stored, as one number.
  var key: UInt64 { UInt64(table) << 48 | UInt64(part) << 32 | UInt64(segment) }

  package static let entryByteCount = 16
  package static let rowCountMax = 65_536
  package static let version: UInt16 = 1
  static let magic: UInt64 = 0x4753_4854_5241_4548

  package var table: UInt16
  package var segment: UInt32
  package var part: UInt16
  package var rowCount: Int
  package var columnCount: Int

  package init(table: UInt16, segment: UInt32, part: UInt16, rowCount: Int, columnCount: Int) {
    self.table = table
    self.segment = segment
    self.part = part
    self.rowCount = rowCount
    self.columnCount = columnCount
  }

  package init(reading bytes: LentBytes) throws(Corruption) {
    guard bytes.count >= Self.byteCount else { throw Corruption(.segment, at: bytes.count) }
    guard bytes.load(0, as: UInt64.self) == Self.magic else { throw Corruption(.segment, at: 0) }
    guard bytes.load(8, as: UInt16.self) == Self.version else { throw Corruption(.segment, at: 8) }
    table = bytes.load(10)
    segment = bytes.load(12)
    rowCount = Int(bytes.load(16, as: UInt32.self))
    columnCount = Int(bytes.load(20, as: UInt16.self))
    part = bytes.load(22)
    guard rowCount > 0, rowCount <= Self.rowCountMax else { throw Corruption(.segment, at: 16) }
    guard columnCount > 0, Self.byteCount + columnCount * Self.entryByteCount <= bytes.count else {
      throw Corruption(.segment, at: 20)
    }
    guard bytes.load(24, as: UInt64.self) == UInt64(bytes.count) else {
      throw Corruption(.segment, at: 24)
    }
    guard bytes.load(32, as: UInt64.self) == 0, bytes.load(40, as: UInt64.self) == 0 else {
      throw Corruption(.segment, at: 32)
    }
  }

  /// One column of the directory.
  package static func column(
    _ index: Int, of bytes: LentBytes
  ) throws(Corruption) -> (field: UInt16, bytes: LentBytes) {
    let at = byteCount + index * entryByteCount
    let byteCount = Int(try bytes.checkedLoad(at + 4, as: UInt32.self, of: .columnDirectory))
    let offset = Int(
      truncatingIfNeeded: try bytes.checkedLoad(at + 8, as: UInt64.self, of: .columnDirectory))
    let directoryEnd =
      Self.byteCount + entryByteCount
      * Int(try bytes.checkedLoad(20, as: UInt16.self, of: .columnDirectory))
    guard bytes.load(at + 2, as: UInt16.self) == 0, offset >= directoryEnd, (offset & 63) == 48
    else { throw Corruption(.columnDirectory, at: at) }
    return (
      bytes.load(at), try bytes.slice(offset, count: byteCount, of: .columnDirectory)
    )
  }
}

extension SegmentHeader {
  /// Whether the bytes between columns are zero, and none follow the last.
  package static func hasZeroGaps(_ bytes: LentBytes) throws(Corruption) -> Bool {
    let columnCount = try SegmentHeader(reading: bytes).columnCount
    var end = byteCount + entryByteCount * columnCount
    for index in 0..<columnCount {
      let column = try column(index, of: bytes).bytes
      let start = unsafe column.base - bytes.base
      guard start >= end, (end..<start).allSatisfy({ bytes[$0] == 0 }) else { return false }
      end = start + column.count
    }
    return end == bytes.count
  }
}

/// The encoded columns of a segment part, ready to be written in one piece.
package struct SegmentPart: Sendable {
  package var header: SegmentHeader
  package var columns: [(field: UInt16, bytes: [UInt8])]
  private let offsets: [Int]
  /// Bytes of the whole part.
  package let byteCount: Int

  package init(
    table: UInt16, segment: UInt32, part: UInt16, rowCount: Int,
    columns: [(field: UInt16, bytes: [UInt8])]
  ) {
    precondition(rowCount > 0 && rowCount <= SegmentHeader.rowCountMax)
    precondition(!columns.isEmpty)
    header = SegmentHeader(
      table: table, segment: segment, part: part, rowCount: rowCount, columnCount: columns.count)
    self.columns = columns
    var end = SegmentHeader.byteCount + SegmentHeader.entryByteCount * columns.count
    var offsets: [Int] = []
    for column in columns {
      let start = (end + 16 + 63) / 64 * 64 - 16
      offsets.append(start)
      end = start + column.bytes.count
    }
    self.offsets = offsets
    byteCount = end
  }

  /// Writes the part into memory of exactly `byteCount` bytes.
  package func write(into memory: UnsafeMutableRawBufferPointer) {
    precondition(memory.count == byteCount)
    guard let base = memory.baseAddress else { return }
    let directory = directoryBytes()
    unsafe base.copyMemory(from: directory, byteCount: directory.count)
    var end = directory.count
    for (index, column) in columns.enumerated() {
      unsafe (base + end).initializeMemory(
        as: UInt8.self, repeating: 0, count: offsets[index] - end)
      unsafe (base + offsets[index]).copyMemory(from: column.bytes, byteCount: column.bytes.count)
      end = offsets[index] + column.bytes.count
    }
  }

  /// XXH3 of the header with its directory, then of each column in directory order.
  package func checksums() -> [UInt64] {
    [checksum(directoryBytes())] + columns.map { checksum($0.bytes) }
  }

  private func directoryBytes() -> [UInt8] {
    var writer = ByteWriter(capacity: SegmentHeader.byteCount + 16 * columns.count)
    writer.append(SegmentHeader.magic)
    writer.append(SegmentHeader.version)
    writer.append(header.table)
    writer.append(header.segment)
    writer.append(UInt32(header.rowCount))
    writer.append(UInt16(columns.count))
    writer.append(header.part)
    writer.append(UInt64(byteCount))
    writer.append(UInt64(0))
    writer.append(UInt64(0))
    for (index, column) in columns.enumerated() {
      writer.append(column.field)
      writer.append(UInt16(0))
      writer.append(UInt32(column.bytes.count))
      writer.append(UInt64(offsets[index]))
    }
    return writer.bytes
  }
}
