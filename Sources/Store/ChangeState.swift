// What changes have left since the last sealing, in one small value.
//
//   OFFSET  SIZE  FIELD
//        0     8  magic: "HEARTHCS"
//        8     8  number of the last change
//       16     8  number of the last change that, with those before it, has left nothing in
//                 `fresh` and `freshKey`
//       24     4  table count
//       28     4  zero
//           then, for each table in schema order:
//            4  fresh rows: rows that lie apart from their segments, emptied places among them
//            4  segment that new rows are added to, or 2^32 - 1 for none
//            4  places of it that are used
//            4  zero
//            8  rows that are there more than the catalog counts; below zero when less
//     last 8      XXH3 of everything before
//
// The value is written anew by every change under the key "changes"; a registry that was never
// changed lacks it.

import Bytes

/// Fresh rows and new places of all tables.
package struct ChangeState: Equatable, Sendable {
  private static let magic: UInt64 = 0x5343_4854_5241_4548

  package struct TableState: Equatable, Sendable {
    package var freshRowCount = 0
    /// The segment that new rows are added to; nil for none.
    package var openSegment: Int?
    package var openPlaceCount = 0
    package var addedRowCount = 0
  }

  package var changeNumber: UInt64 = 0
  /// This change and those before it have left nothing in `fresh` and `freshKey`.
  package var settledChange: UInt64 = 0
  package var tables: [TableState]

  package init(tableCount: Int) {
    tables = Array(repeating: TableState(), count: tableCount)
  }

  /// Rows of all tables that lie apart from their segments.
  package var freshRowCount: Int { tables.reduce(0) { $0 + $1.freshRowCount } }

  /// The number of the last change in a state whose bytes were checked before.
  static func changeNumber(of bytes: LentBytes) -> UInt64? {
    bytes.count >= 40 ? bytes.load(8) : nil
  }

  func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.append(Self.magic)
    writer.append(changeNumber)
    writer.append(settledChange)
    writer.append(UInt32(tables.count))
    writer.append(UInt32(0))
    for table in tables {
      writer.append(UInt32(table.freshRowCount))
      writer.append(table.openSegment.map { UInt32($0) } ?? .max)
      writer.append(UInt32(table.openPlaceCount))
      writer.append(UInt32(0))
      writer.append(Int64(table.addedRowCount))
    }
    writer.append(checksum(writer.bytes))
    return writer.bytes
  }

  init(reading bytes: LentBytes, tableCount: Int) throws(Corruption) {
    guard bytes.count == 40 + 24 * tableCount, bytes.load(0, as: UInt64.self) == Self.magic,
      bytes.load(24, as: UInt32.self) == UInt32(tableCount), bytes.load(28, as: UInt32.self) == 0
    else { throw Corruption(.change, at: 0) }
    let end = bytes.count - 8
    guard bytes.load(end, as: UInt64.self) == checksum(bytes.part(0, end)) else {
      throw Corruption(.change, at: end)
    }
    changeNumber = bytes.load(8)
    settledChange = bytes.load(16)
    tables = []
    for number in 0..<tableCount {
      let at = 32 + 24 * number
      let segment = bytes.load(at + 4, as: UInt32.self)
      tables.append(
        TableState(
          freshRowCount: Int(bytes.load(at, as: UInt32.self)),
          openSegment: segment == .max ? nil : Int(segment),
          openPlaceCount: Int(bytes.load(at + 8, as: UInt32.self)),
          addedRowCount: Int(bytes.load(at + 16, as: Int64.self))))
      guard tables[number].openPlaceCount <= 65_536 else { throw Corruption(.change, at: at + 8) }
    }
  }
}
