import Bytes
import Support
import Testing

@testable import Columns

@Suite struct RangedTokensTests {
  /// Three rows of two parts, written by hand from the layout in RangedTokens.swift.
  ///
  /// Part 0 has the dictionary [7] in a range of width 0, and a raw range of 8 bits; part 1 has
  /// [40, 30, 50] in one range of width 2. The rows are (7, 40), (200, 30), (7, 50).
  static let handwritten: [UInt8] = {
    var bytes: [UInt8] = [5, 1, 0, 1, 3, 0, 0, 0] + zeros(8)
    bytes += [2, 1, 0, 0, 8, 6, 0, 0]
    bytes += [192, 1, 0, 0, 128, 1, 0, 0]
    bytes += [1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]
    bytes += [64, 0, 0, 0, 6, 0, 0, 0] + zeros(12)
    // Widths, the largest raw entry, first places, widths of pairs, bits of blocks, anchors.
    bytes += [0, 8] + zeros(14) + [2] + zeros(31)
    bytes += [202, 0, 0, 0] + zeros(12)
    bytes += zeros(4) + [255, 255, 255, 255] + zeros(184)
    bytes += [2, 10, 0, 0] + zeros(4) + zeros(2)
    bytes += zeros(54)
    // Entries 9; 42, 32, 52.
    bytes += [9] + zeros(7) + [0x2a, 0x48, 0x03] + zeros(5) + zeros(8)
    bytes += zeros(40)
    // Range numbers 0, 1, 0; places 0, then 202 and 1, then 2.
    bytes += [0b010, 0, 0, 0] + [0b001010_00, 0b10_01_11] + zeros(8)
    return bytes
  }()

  @Test func readsHandwrittenBytes() throws {
    let memory = ColumnMemory(Self.handwritten)
    let column = try memory.column()
    #expect(column.isTokens)
    #expect(column.rowCount == 3)
    #expect(column.partCount == 2)
    #expect(column.maximumCode(part: 0) == 200)
    #expect(column.maximumCode(part: 1) == 50)
    let codes = (0..<3).map { column.tokenCodes(at: $0) }
    #expect(codes.map(\.0) == [7, 200, 7])
    #expect(codes.map(\.1) == [40, 30, 50])
    #expect(codes.map(\.2) == [0, 0, 0])
    let decoded = Scratch<UInt32>(count: 2 * 1_024)
    #expect(column.decodeTokens(block: 0, into: decoded.view) == 3)
    #expect((0..<3).map { decoded.view[$0] } == [7, 200, 7])
    #expect((0..<3).map { decoded.view[1_024 + $0] } == [40, 30, 50])
  }

  /// Each promise, broken alone, is caught at its own offset.
  @Test(arguments: [
    (at: 1, bytes: [2], offset: 1),
    (at: 2, bytes: [8], offset: 2),
    (at: 8, bytes: [1], offset: 8),
    (at: 16, bytes: [4], offset: 16),
    (at: 17, bytes: [5], offset: 17),
    (at: 19, bytes: [1], offset: 19),
    (at: 20, bytes: [33], offset: 20),
    (at: 22, bytes: [1], offset: 22),
    (at: 23, bytes: [2], offset: 23),
    (at: 25, bytes: [2], offset: 704),
    (at: 28, bytes: [60, 0], offset: 28),
    (at: 34, bytes: [2], offset: 32),
    (at: 40, bytes: [1], offset: 40),
    (at: 45, bytes: [1], offset: 320),
    (at: 48, bytes: [7], offset: 448),
    (at: 52, bytes: [64], offset: 52),
    (at: 64, bytes: [33], offset: 64),
    (at: 66, bytes: [1], offset: 66),
    (at: 124, bytes: [1], offset: 124),
    (at: 130, bytes: [2], offset: 128),
    (at: 136, bytes: [1], offset: 136),
    (at: 321, bytes: [9], offset: 321),
    (at: 323, bytes: [1], offset: 323),
  ])
  func catchesOneBrokenField(at: Int, replacement: [UInt8], offset: Int) {
    var bytes = Self.handwritten
    bytes.replaceSubrange(at..<at + replacement.count, with: replacement)
    let memory = ColumnMemory(bytes)
    #expect(throws: Corruption(.column, at: offset)) { try memory.column() }
  }

  @Test(arguments: 0..<66)
  func refusesATornColumn(sevenths: Int) {
    let memory = ColumnMemory(Array(Self.handwritten.prefix(sevenths * 7)))
    #expect(throws: Corruption.self) { try memory.column() }
  }

  /// What lies outside the stream, the dictionary or the raw codes reads as absent.
  @Test(arguments: [
    // An anchor behind the stream.
    (at: 328, byte: UInt8(17), absent: [true, true, true]),
    // A block that begins so late that the last places are behind the stream.
    (at: 324, byte: 13, absent: [false, true, true]),
    // A raw code larger than the table says.
    (at: 112, byte: 201, absent: [false, true, false]),
    // A dictionary without its one entry.
    (at: 32, byte: 0, absent: [true, false, true]),
  ])
  func readsBrokenRowsAsAbsent(at: Int, byte: UInt8, absent: [Bool]) throws {
    var bytes = Self.handwritten
    bytes[at] = byte
    let memory = ColumnMemory(bytes)
    let column = try memory.column()
    let decoded = Scratch<UInt32>(count: 2 * 1_024)
    _ = column.decodeTokens(block: 0, into: decoded.view)
    for row in 0..<3 where absent[row] {
      #expect(column.tokenCodes(at: row).0 == TokenInput.absent, "\(row)")
      #expect(decoded.view[row] == TokenInput.absent, "\(row)")
    }
    for row in 0..<3 { #expect(column.tokenCodes(at: row).0 == decoded.view[row]) }
  }

  @Test(arguments: [1, 2, 3])
  func readsWhatWasEncoded(partCount: Int) throws {
    for (seed, rowCount) in [(UInt64(1), 2_000), (2, 9_001), (3, 65_536)] {
      let parts = skewedParts(partCount, rowCount: rowCount, seed: seed)
      let bytes = encoded(parts: parts)
      #expect(bytes[3] == 1)
      #expect(bytes == encoded(parts: parts))
      try expectColumn(bytes, reads: parts)
      #expect(readPlainly(bytes) == parts)
    }
  }

  /// Random shapes, whichever layout they take.
  @Test func readsAnyDistribution() throws {
    var random = SeededGenerator(seed: 21)
    var rangedCount = 0
    for _ in 0..<60 {
      let rowCount = Int.random(in: 1...6_000, using: &random)
      let parts = (0..<Int.random(in: 1...3, using: &random)).map { _ in
        let words = UInt32(1) << UInt32.random(in: 0...31, using: &random)
        let skew = Int.random(in: 1...6, using: &random)
        return (0..<rowCount).map { _ in
          var code = UInt32.random(in: 0..<words, using: &random)
          for _ in 1..<skew { code = UInt32.random(in: 0...code, using: &random) }
          return code
        }
      }
      let bytes = encoded(parts: parts)
      rangedCount += Int(bytes[3])
      try expectColumn(bytes, reads: parts)
    }
    #expect(rangedCount > 10)
    #expect(rangedCount < 60)
  }

  /// A part without repetition is all raw, and its rows need no range numbers.
  @Test func keepsPartsOfOneWordAndOfDifferentWords() throws {
    var random = SeededGenerator(seed: 22)
    let parts: [[UInt32]] = [
      (0..<65_536).map { _ in UInt32.random(in: 0..<4_000_000_000, using: &random) },
      [UInt32](repeating: 77, count: 65_536),
      (0..<65_536).map { _ in UInt32.random(in: 0..<4_000_000_000, using: &random) },
    ]
    let bytes = encoded(parts: parts)
    #expect(bytes[1] == 0)
    #expect(bytes[3] == 1)
    // A block of 64 bits a row is just narrow enough for anchors in bits.
    #expect(bytes[23] == 0)
    try expectColumn(bytes, reads: parts)
  }

  @Test func countsTwoBitsPerAnchorInWideBlocks() throws {
    var random = SeededGenerator(seed: 23)
    let parts = (0..<3).map { part in
      (0..<20_001).map { row in
        row % 700 == 0
          ? UInt32(part) : UInt32.random(in: 3_000_000_000..<4_000_000_000, using: &random)
      }
    }
    let bytes = encoded(parts: parts)
    #expect(bytes[3] == 1)
    #expect(bytes[23] == 1)
    try expectColumn(bytes, reads: parts)
  }

  @Test func keepsAbsentAndEscapedRows() throws {
    var random = SeededGenerator(seed: 24)
    var parts = skewedParts(3, rowCount: 5_000, seed: 25)
    var escapedRows: [UInt16] = []
    for row in 0..<5_000 {
      switch Int.random(in: 0..<20, using: &random) {
      case 0: parts[0][row] = TokenInput.absent
      case 1:
        parts[0][row] = TokenInput.escape
        escapedRows.append(UInt16(row))
      default: break
      }
    }
    let bytes = encoded(
      parts: parts, escapedRows: escapedRows,
      escapedTexts: escapedRows.map { Array("Text \($0)".utf8) })
    #expect(bytes[3] == 1)
    let memory = ColumnMemory(bytes)
    let column = try memory.column()
    for row in 0..<5_000 {
      let codes = column.tokenCodes(at: row)
      #expect(codes.0 == parts[0][row])
      if codes.0 < TokenInput.escape {
        #expect(codes.1 == parts[1][row])
        #expect(codes.2 == parts[2][row])
      }
      let escaped = try text(at: row, of: column, room: row % 12, escaped: true)
      #expect(escaped == (codes.0 == TokenInput.escape ? Array("Text \(row)".utf8) : nil))
    }
  }

  /// Few rows, and codes of equal frequency, are read faster from places of one width.
  @Test func isNotUsedWithoutGain() {
    #expect(encoded(parts: skewedParts(3, rowCount: 40, seed: 26))[3] == 0)
    #expect(encoded(parts: [(0..<60_000).map { UInt32($0 % 256) }])[3] == 0)
  }

  @Test func choosesTheBestOfFewRanges() {
    // The first code without a place, and one range of four bits for all others.
    let counts: [UInt32] = [1_000, 60, 60, 60, 60] + [UInt32](repeating: 1, count: 9)
    let choice = TokenRangeChooser(counts: counts, rowCount: 1_249, entryWidth: 20).choose()
    #expect(choice.numberWidth == 1)
    #expect(choice.widths == [0, 4])
    #expect(choice.placeCount == 14)
    #expect(choice.bitCount == 1_249 + 249 * 4 + 14 * 20)
  }
}

private func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }

/// Reads a column of ranges bit by bit and front to back, without anchors.
private func readPlainly(_ bytes: [UInt8]) -> [[UInt32]] {
  func u32(_ at: Int) -> Int {
    (0..<4).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
  }
  func bits(_ at: Int, _ count: Int) -> Int {
    (0..<count).reduce(0) { $0 | Int(bytes[(at + $1) / 8] >> UInt8((at + $1) % 8) & 1) << $1 }
  }
  let (rowCount, partCount, table) = (u32(4), Int(bytes[16]), u32(44))
  var starts: [Int] = []
  var next = u32(28) * 8
  for part in 0..<partCount {
    starts.append(next)
    next += (u32(32 + 4 * part) * Int(bytes[20 + part]) + 63) / 64 * 64
  }
  var parts = [[UInt32]](repeating: [], count: partCount)
  var at = u32(24) * 8
  for group in stride(from: 0, to: rowCount, by: 32) {
    var numbers: [Int] = []
    for _ in 0..<32 {
      for part in 0..<partCount {
        numbers.append(bits(at, Int(bytes[17 + part])))
        at += Int(bytes[17 + part])
      }
    }
    for row in 0..<min(32, rowCount - group) {
      for part in 0..<partCount {
        let range = part * 16 + numbers[row * partCount + part]
        let width = Int(bytes[table + range])
        let first = u32(table + 64 + 4 * range)
        let inside = bits(at, width)
        at += width
        let entryWidth = Int(bytes[20 + part])
        let entry =
          first == 0xffff_ffff
          ? inside : bits(starts[part] + (first + inside) * entryWidth, entryWidth)
        parts[part].append(UInt32(entry - 2))
      }
    }
  }
  return parts
}
