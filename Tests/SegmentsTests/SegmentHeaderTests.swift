// The first bytes of a segment part, written by hand from the layout in SegmentHeader.swift.

import Bytes
import Testing

@testable import Segments

@Suite struct SegmentHeaderTests {
  @Test func readsAValidPart() throws {
    try validPart.lend { bytes throws in
      let header = try SegmentHeader(reading: bytes)
      #expect(
        header
          == SegmentHeader(table: 2, segment: 0x0102_0304, part: 1, rowCount: 1025, columnCount: 2))
      let first = try SegmentHeader.column(0, of: bytes)
      #expect(first.field == 7)
      #expect(first.bytes.copied == [0xA0, 0xA1, 0xA2])
      let second = try SegmentHeader.column(1, of: bytes)
      #expect(second.field == 0xFFFF)
      #expect(second.bytes.copied == [0xB0])
    }
  }

  @Test func writesWhatIsWrittenByHand() {
    let part = SegmentPart(
      table: 2, segment: 0x0102_0304, part: 1, rowCount: 1025,
      columns: [(7, [0xA0, 0xA1, 0xA2]), (0xFFFF, [0xB0])])
    #expect(part.byteCount == validPart.count)
    var bytes = [UInt8](repeating: 0xEE, count: part.byteCount)
    bytes.withUnsafeMutableBytes { part.write(into: $0) }
    #expect(bytes == validPart)
    #expect(
      part.checksums() == [
        checksum(Array(validPart.prefix(80))), checksum([0xA0, 0xA1, 0xA2]), checksum([0xB0]),
      ])
  }

  @Test(arguments: [1, 65_536]) func readsTheLeastAndMostRows(rowCount: Int) throws {
    var bytes = validPart
    bytes.replaceSubrange(
      16..<20,
      with: [UInt8(rowCount & 0xFF), UInt8(rowCount >> 8 & 0xFF), UInt8(rowCount >> 16), 0])
    let header = try bytes.lend { bytes throws in try SegmentHeader(reading: bytes) }
    #expect(header.rowCount == rowCount)
  }

  /// Each promise of the header, broken alone, is caught at its own offset.
  @Test(
    arguments: [
      (field: "magic", at: 0, from: 0, bytes: [0x00]),
      (field: "magic's end", at: 0, from: 7, bytes: [0x46]),
      (field: "version", at: 8, from: 8, bytes: [0x02]),
      (field: "version's upper byte", at: 8, from: 9, bytes: [0x01]),
      (field: "no rows", at: 16, from: 16, bytes: [0, 0, 0, 0]),
      (field: "too many rows", at: 16, from: 16, bytes: [1, 0, 1, 0]),
      (field: "no columns", at: 20, from: 20, bytes: [0, 0]),
      (field: "more columns than bytes", at: 20, from: 20, bytes: [9, 0]),
      (field: "byte count", at: 24, from: 24, bytes: [0x32]),
      (field: "byte count's top", at: 24, from: 31, bytes: [0x80]),
      (field: "first zeros", at: 32, from: 39, bytes: [1]),
      (field: "last zeros", at: 32, from: 40, bytes: [1]),
    ] as [(field: String, at: Int, from: Int, bytes: [UInt8])])
  func catchesOneBrokenField(field: String, at offset: Int, from: Int, replacement: [UInt8]) {
    var bytes = validPart
    bytes.replaceSubrange(from..<from + replacement.count, with: replacement)

    #expect(throws: Corruption(.segment, at: offset)) {
      try bytes.lend { bytes throws in try SegmentHeader(reading: bytes) }
    }
  }

  /// Each promise of the directory, broken alone, is caught.
  @Test(
    arguments: [
      (field: "zeros", at: 48, from: 50, bytes: [1]),
      (field: "offset not at a line", at: 48, from: 56, bytes: [113]),
      (field: "offset in the directory", at: 48, from: 56, bytes: [48]),
      (field: "offset below zero", at: 48, from: 63, bytes: [0x80]),
      (field: "offset after the end", at: 240, from: 56, bytes: [240]),
      (field: "byte count past the end", at: 112, from: 52, bytes: [67]),
    ] as [(field: String, at: Int, from: Int, bytes: [UInt8])])
  func catchesOneBrokenEntry(field: String, at offset: Int, from: Int, replacement: [UInt8]) {
    var bytes = validPart
    bytes.replaceSubrange(from..<from + replacement.count, with: replacement)

    #expect(throws: Corruption(.columnDirectory, at: offset)) {
      try bytes.lend { bytes throws in try SegmentHeader.column(0, of: bytes).bytes.count }
    }
  }

  @Test(arguments: 0..<48) func refusesATornHeader(length: Int) {
    #expect(throws: Corruption(.segment, at: length)) {
      try Array(validPart.prefix(length)).lend { bytes throws in
        try SegmentHeader(reading: bytes)
      }
    }
  }

  @Test(arguments: 48..<177) func refusesATornPart(length: Int) {
    #expect(throws: Corruption(.segment, at: length < 80 ? 20 : 24)) {
      try Array(validPart.prefix(length)).lend { bytes throws in
        try SegmentHeader(reading: bytes)
      }
    }
  }

  @Test func refusesToMakeAPartWithoutRows() async {
    await #expect(processExitsWith: .failure) {
      _ = SegmentPart(table: 0, segment: 0, part: 0, rowCount: 0, columns: [(1, [0])])
    }
  }

  @Test func refusesToMakeAPartWithoutColumns() async {
    await #expect(processExitsWith: .failure) {
      _ = SegmentPart(table: 0, segment: 0, part: 0, rowCount: 1, columns: [])
    }
  }
}

/// Two columns, of 3 bytes at 112 and of 1 byte at 176.
private let validPart: [UInt8] =
  Array("HEARTHSG".utf8) + [1, 0, 2, 0] + [4, 3, 2, 1] + [1, 4, 0, 0] + [2, 0, 1, 0]
  + [177, 0, 0, 0, 0, 0, 0, 0] + Array(repeating: 0, count: 16)
  + [7, 0, 0, 0, 3, 0, 0, 0, 112, 0, 0, 0, 0, 0, 0, 0]
  + [0xFF, 0xFF, 0, 0, 1, 0, 0, 0, 176, 0, 0, 0, 0, 0, 0, 0]
  + Array(repeating: 0, count: 32) + [0xA0, 0xA1, 0xA2] + Array(repeating: 0, count: 61) + [0xB0]
