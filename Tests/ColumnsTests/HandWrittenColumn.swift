// Column bytes written by hand from the layout tables, not by our own writer.

import Bytes
import Testing

@testable import Columns

/// A header as its table says, and what follows it.
struct HandWrittenColumn {
  var bytes: [UInt8]

  init(
    encoding: UInt8, width: UInt8 = 0, flags: UInt16 = 0, rowCount: UInt32, base: Int64 = 0,
    slope: Int64 = 0, fields: [UInt32] = [], parts: [UInt8]
  ) {
    bytes = [encoding, width] + little(flags) + little(rowCount) + little(base) + little(slope)
    for field in fields { bytes += little(field) }
    bytes += [UInt8](repeating: 0, count: 64 - bytes.count) + parts
    bytes += [UInt8](repeating: 0, count: (64 - bytes.count % 64) % 64)
  }

  /// The same with one field replaced.
  func with<T: FixedWidthInteger>(_ value: T, at offset: Int) -> HandWrittenColumn {
    var copy = self
    copy.bytes.replaceSubrange(offset..<offset + T.bitWidth / 8, with: little(value))
    return copy
  }

  /// What the column holds.
  func values() throws -> [Int64] {
    let stored = Stored(bytes)
    let column = try IntegerColumn(stored.bytes)
    return (0..<column.rowCount).map { column.value(at: $0) }
  }

  /// That our own writer gives these bytes for these values, and our reader those values.
  func expect(_ values: [Int64]) throws {
    #expect(try self.values() == values)
    #expect(encodeIntegers(values) == bytes)
  }

  /// That a broken field is caught at its offset.
  func expectRefused(at offset: Int) {
    let stored = Stored(bytes)
    #expect(throws: Corruption(.column, at: offset)) { try IntegerColumn(stored.bytes) }
  }
}

func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
  (0..<T.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}
