// Each promise of a column's header, broken alone, is caught at its own offset.

import Bytes
import Testing

@testable import Columns

@Suite struct ColumnHeaderTests {
  private let valid = HandWrittenColumn(encoding: 0, rowCount: 3, base: 9, parts: [])

  @Test func readsAValidHeader() throws { try valid.expect([9, 9, 9]) }

  @Test func catchesOneBrokenField() {
    valid.with(UInt8(12), at: 0).expectRefused(at: 0)
    valid.with(UInt8(65), at: 1).expectRefused(at: 1)
    valid.with(UInt16(0x100), at: 2).expectRefused(at: 2)
    valid.with(UInt32(65_537), at: 4).expectRefused(at: 4)
    valid.with(Int64(1), at: 16).expectRefused(at: 16)
    valid.with(UInt32(8), at: 24).expectRefused(at: 24)
    valid.with(UInt32(64), at: 24).expectRefused(at: 24)
    valid.with(UInt32(64), at: 32).expectRefused(at: 32)
    valid.with(UInt32(64), at: 40).expectRefused(at: 40)
    valid.with(UInt8(1), at: 48).expectRefused(at: 48)
    valid.with(UInt8(1), at: 63).expectRefused(at: 56)
  }

  @Test(arguments: [5, 6, 9, 11] as [UInt8])
  func refusesEncodingsOfOtherColumns(encoding: UInt8) {
    valid.with(encoding, at: 0).expectRefused(at: 0)
  }

  @Test(arguments: [0, 8, 56])
  func refusesATornHeader(byteCount: Int) {
    let stored = Stored(Array(valid.bytes[..<byteCount]))
    #expect(throws: Corruption(.column, at: byteCount)) { try IntegerColumn(stored.bytes) }
  }

  @Test func refusesTooManyRows() async {
    await #expect(processExitsWith: .failure) {
      _ = encodeIntegers([Int64](repeating: 0, count: 65_537))
    }
  }
}
