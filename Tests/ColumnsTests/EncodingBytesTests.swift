// Every encoding of integers is the bytes that its layout table says.

import Bytes
import Testing

@testable import Columns

@Suite struct EncodingBytesTests {
  @Test func readsAConstant() throws {
    let column = HandWrittenColumn(encoding: 0, rowCount: 3, base: -2, parts: [])
    try column.expect([-2, -2, -2])
    column.with(UInt8(1), at: 1).expectRefused(at: 1)
    column.with(UInt16(1), at: 2).expectRefused(at: 2)
  }

  @Test func readsAConstantWithExceptions() throws {
    // The directory of one block, the rows 1 and 5, and their values in 8 bytes with base 0.
    let list = little(UInt64(0)) + little(UInt16(1)) + little(UInt16(5)) + little(UInt32(0))
    let column = HandWrittenColumn(
      encoding: 0, flags: 8, rowCount: 7, base: 4, fields: [0, 0, 64, 2],
      parts: list + little(Int64(0)) + little(UInt64(8)) + little(Int64(70)) + little(absentValue))
    #expect(try column.values() == [4, 70, 4, 4, 4, absentValue, 4])
    column.with(UInt32(0), at: 36).expectRefused(at: 36)
    column.with(UInt32(8), at: 36).expectRefused(at: 36)
    column.with(UInt32(128), at: 32).expectRefused(at: 128)
    column.with(UInt16(5), at: 72).expectRefused(at: 64)
    column.with(UInt16(7), at: 74).expectRefused(at: 64)
    column.with(UInt16(1), at: 64).expectRefused(at: 64)
  }

  @Test func readsPlainCodes() throws {
    // Codes 5, 0, 7, 2 of three bits: 0b010_111_000_101.
    let column = HandWrittenColumn(
      encoding: 1, width: 3, rowCount: 4, base: 100, parts: little(UInt16(0b010_111_000_101)))
    try column.expect([105, 100, 107, 102])
    column.with(Int64(4), at: 16).expectRefused(at: 16)
    column.with(UInt32(10_000), at: 4).expectRefused(at: 64)
  }

  @Test func readsAnAbsentCodeAndAScale() throws {
    // Code 3 of two bits is absent; the codes 1, 3, 0 stand for multiples of four.
    let column = HandWrittenColumn(
      encoding: 1, width: 2, flags: 4, rowCount: 4, base: 8, slope: 2,
      parts: [0b10_00_11_01])
    #expect(try column.values() == [12, absentValue, 8, 16])
    column.with(UInt8(0), at: 1).expectRefused(at: 1)
    column.with(UInt16(16), at: 2).expectRefused(at: 2)
  }

  @Test func readsTransposedCodes() throws {
    // Width 9: code i has lane i & 63 and begins at bit (i >> 6) * 9 of the lane. Code 64 of lane 0
    // has its low 7 bits in word 0 and its high 2 bits in word 64.
    var parts = [UInt8](repeating: 0, count: 1152)
    parts.replaceSubrange(0..<2, with: little(UInt16(0x1ab | (0x155 & 0x7f) << 9)))
    parts.replaceSubrange(128..<130, with: little(UInt16(0x155 >> 7)))
    // Code 1023 has lane 63 and the last nine bits of the lane, the top of word 8 * 64 + 63.
    parts.replaceSubrange(1150..<1152, with: little(UInt16(0x1ff << 7)))
    let column = HandWrittenColumn(
      encoding: 1, width: 9, flags: 1, rowCount: 1024, base: 1, parts: parts)
    var values = [Int64](repeating: 1, count: 1024)
    values[0] = 1 + 0x1ab
    values[64] = 1 + 0x155
    values[1023] = 1 + 0x1ff
    #expect(try column.values() == values)
    column.with(UInt8(17), at: 1).expectRefused(at: 1)
    column.with(UInt32(1025), at: 4).expectRefused(at: 64)
  }

  @Test func readsBlockBases() throws {
    let column = HandWrittenColumn(
      encoding: 1, flags: 2, rowCount: 1025, fields: [64, 16],
      parts: little(Int64(7)) + little(Int64(-7)))
    #expect(try column.values() == [Int64](repeating: 7, count: 1024) + [-7])
    column.with(UInt32(0), at: 24).expectRefused(at: 24)
    column.with(UInt32(8), at: 28).expectRefused(at: 28)
    column.with(UInt32(128), at: 24).expectRefused(at: 128)
  }

  @Test func readsADelta() throws {
    try HandWrittenColumn(encoding: 2, rowCount: 4, base: 10, slope: 3, parts: [])
      .expect([10, 13, 16, 19])
    let column = HandWrittenColumn(
      encoding: 2, width: 2, rowCount: 4, base: 10, slope: 3, parts: [0b11_00_01_00])
    #expect(try column.values() == [10, 14, 16, 22])
    column.with(UInt16(4), at: 2).expectRefused(at: 2)
  }

  @Test func readsRunsAsBits() throws {
    // Rows 0, 2 and 241 begin runs; row 241 is row 1 of the second group of 240.
    var groups = little(UInt16(0)) + [0b101] + [UInt8](repeating: 0, count: 29)
    groups += little(UInt16(2)) + [0b10] + [UInt8](repeating: 0, count: 29)
    let nested = HandWrittenColumn(encoding: 2, rowCount: 3, base: 5, slope: 5, parts: [])
    let column = HandWrittenColumn(
      encoding: 3, rowCount: 243, fields: [128, 64], parts: groups + nested.bytes)
    let values: [Int64] = [5, 5] + [Int64](repeating: 10, count: 239) + [15, 15]
    #expect(try column.values() == values)
    column.with(UInt16(1), at: 96).expectRefused(at: 96)
    column.with(UInt8(0b100), at: 66).expectRefused(at: 96)
    column.with(UInt8(0b10), at: 98 + 2).expectRefused(at: 96)
    column.with(UInt8(0b110), at: 66).expectRefused(at: 64)
    column.with(UInt32(4), at: 132).expectRefused(at: 64)
    column.with(UInt8(3), at: 128).expectRefused(at: 128)
    column.with(UInt32(0), at: 4).expectRefused(at: 4)
    column.with(UInt16(16), at: 2).expectRefused(at: 2)
  }

  @Test func readsRunsAsAList() throws {
    let list = little(UInt64(0)) + little(UInt16(0)) + little(UInt16(300)) + little(UInt32(0))
    let nested = HandWrittenColumn(encoding: 2, rowCount: 2, base: 9, slope: -100, parts: [])
    let column = HandWrittenColumn(
      encoding: 3, flags: 128, rowCount: 303, fields: [128, 64],
      parts: list + [UInt8](repeating: 0, count: 48) + nested.bytes)
    let values = [Int64](repeating: 9, count: 300) + [-91, -91, -91]
    #expect(try column.values() == values)
    column.with(UInt16(1), at: 72).expectRefused(at: 64)
    column.with(UInt16(303), at: 74).expectRefused(at: 64)
  }

  @Test func readsADictionary() throws {
    let entries = little(absentValue) + little(Int64(-40)) + little(Int64(1 << 50))
    let column = HandWrittenColumn(
      encoding: 4, width: 2, rowCount: 4, slope: 3, fields: [128, 24],
      parts: [0b01_10_00_10] + [UInt8](repeating: 0, count: 63) + entries)
    #expect(try column.values() == [1 << 50, absentValue, 1 << 50, -40])
    column.with(UInt8(13), at: 1).expectRefused(at: 1)
    column.with(Int64(0), at: 16).expectRefused(at: 16)
    column.with(Int64(2), at: 16).expectRefused(at: 28)
    column.with(Int64(1 << 50), at: 136).expectRefused(at: 144)
    // Code 3 is past the entries.
    #expect(try column.with(UInt8(0b11), at: 64).values()[0] == absentValue)
  }

  @Test func readsFlags() throws {
    let column = HandWrittenColumn(
      encoding: 7, width: 1, rowCount: 10, base: 1, parts: [0b1000_0001, 0b10])
    try column.expect([2, 1, 1, 1, 1, 1, 1, 2, 1, 2])
    column.with(UInt8(2), at: 1).expectRefused(at: 1)
    column.with(UInt32(600), at: 4).expectRefused(at: 64)
  }

  @Test func readsPresence() throws {
    let nested = HandWrittenColumn(encoding: 2, rowCount: 2, base: 5, slope: 5, parts: [])
    let column = HandWrittenColumn(
      encoding: 8, rowCount: 4, fields: [128, 64],
      parts: little(UInt16(0)) + [0b1010] + [UInt8](repeating: 0, count: 61) + nested.bytes)
    #expect(try column.values() == [absentValue, 5, absentValue, 10])
    column.with(UInt8(0b11010), at: 66).expectRefused(at: 64)
    column.with(UInt8(0b1000), at: 66).expectRefused(at: 64)
    column.with(UInt32(32), at: 28).expectRefused(at: 160)
  }

  @Test func readsPlainValues() throws {
    let column = HandWrittenColumn(
      encoding: 10, width: 64, rowCount: 3,
      parts: little(Int64.max) + little(absentValue) + little(absentValue + 1))
    try column.expect([Int64.max, absentValue, absentValue + 1])
    column.with(UInt8(63), at: 1).expectRefused(at: 1)
    column.with(Int64(1), at: 8).expectRefused(at: 8)
    column.with(UInt32(9), at: 4).expectRefused(at: 64)
  }
}
