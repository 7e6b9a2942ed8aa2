import Bytes
import Support
import Testing

@testable import Columns

@Suite struct TokensTests {
  /// Four rows of two parts, written by hand from the layout in Tokens.swift.
  ///
  /// Dictionaries [7, 9] and [40, 30]; rows (7, 40), (9, 30), (7, 30), (9, 40): one bit a part.
  static let handwritten: [UInt8] =
    [5, 2, 0, 0, 4, 0, 0, 0] + zeros(8) + [2, 1, 1, 0] + zeros(4)
    + [128, 0, 0, 0, 64, 0, 0, 0] + [2, 0, 0, 0, 2, 0, 0, 0] + zeros(24)
    + [7, 0, 0, 0, 9, 0, 0, 0, 40, 0, 0, 0, 30, 0, 0, 0] + zeros(48)
    + [0b01_10_11_00] + zeros(8)

  @Test func readsHandwrittenBytes() throws {
    let memory = ColumnMemory(Self.handwritten)
    let column = try memory.column()
    #expect(column.isTokens)
    #expect(column.rowCount == 4)
    #expect(column.partCount == 2)
    #expect(column.maximumCode(part: 0) == 9)
    #expect(column.maximumCode(part: 1) == 40)
    let codes = (0..<4).map { column.tokenCodes(at: $0) }
    #expect(codes.map(\.0) == [7, 9, 7, 9])
    #expect(codes.map(\.1) == [40, 30, 30, 40])
    #expect(codes.map(\.2) == [0, 0, 0, 0])
  }

  @Test func writesHandwrittenBytes() {
    let parts = [(0..<24).map { UInt32($0 % 2 == 0 ? 90_000 : 70_000) }]
    // Both codes are met twelve times: the tie goes to the lower one.
    let expected: [UInt8] =
      [5, 1, 0, 0, 24, 0, 0, 0] + zeros(8) + [1, 1, 0, 0] + zeros(4)
      + [128, 0, 0, 0, 64, 0, 0, 0] + [2, 0, 0, 0] + zeros(28)
      + [0x70, 0x11, 1, 0, 0x90, 0x5f, 1, 0] + zeros(56)
      + [0x55, 0x55, 0x55] + zeros(8)
    #expect(encoded(parts: parts) == expected)
  }

  /// The rows of `handwritten` take fewer bytes without dictionaries: 4 and 6 bits a row.
  @Test func writesFewRowsDirectly() throws {
    let parts: [[UInt32]] = [[7, 9, 7, 9], [40, 30, 30, 40]]
    let rows: [UInt64] = [9 | 42 << 4, 11 | 32 << 4, 9 | 32 << 4, 11 | 42 << 4]
    let word = rows[0] | rows[1] << 10 | rows[2] << 20 | rows[3] << 30
    let expected: [UInt8] =
      [5, 10, 96, 0, 4, 0, 0, 0] + zeros(8) + [2, 4, 6, 0] + zeros(4)
      + [64, 0, 0, 0, 64, 0, 0, 0] + [12, 0, 0, 0, 43, 0, 0, 0] + zeros(24)
      + (0..<5).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } + zeros(8)
    #expect(encoded(parts: parts) == expected)
    try expectColumn(expected, reads: parts)
  }

  /// Each promise of the header, broken alone, is caught at its own offset.
  @Test(arguments: [
    (at: 0, bytes: [7], offset: 0),
    (at: 1, bytes: [3], offset: 1),
    (at: 2, bytes: [8], offset: 2),
    (at: 2, bytes: [4], offset: 2),
    (at: 2, bytes: [128], offset: 2),
    (at: 28, bytes: [60], offset: 28),
    (at: 4, bytes: [0], offset: 4),
    (at: 4, bytes: [1, 0, 1], offset: 4),
    (at: 8, bytes: [1], offset: 8),
    (at: 16, bytes: [0], offset: 16),
    (at: 16, bytes: [4], offset: 16),
    (at: 16, bytes: [1], offset: 18),
    (at: 17, bytes: [58], offset: 1),
    (at: 18, bytes: [0, 1], offset: 19),
    (at: 20, bytes: [1], offset: 20),
    (at: 24, bytes: [129], offset: 129),
    (at: 28, bytes: [122], offset: 130),
    (at: 32, bytes: [0], offset: 32),
    (at: 36, bytes: [1, 0, 1], offset: 36),
    (at: 40, bytes: [1], offset: 40),
    (at: 44, bytes: [64], offset: 44),
    (at: 52, bytes: [64], offset: 52),
    (at: 60, bytes: [64], offset: 60),
  ])
  func catchesOneBrokenField(at: Int, replacement: [UInt8], offset: Int) {
    var bytes = Self.handwritten
    bytes.replaceSubrange(at..<at + replacement.count, with: replacement)
    let memory = ColumnMemory(bytes)
    #expect(throws: Corruption(.column, at: offset)) { try memory.column() }
  }

  @Test(arguments: 0..<137)
  func refusesATornColumn(count: Int) {
    let memory = ColumnMemory(Array(Self.handwritten.prefix(count)))
    #expect(throws: Corruption.self) { try memory.column() }
  }

  @Test(arguments: [1, 2, 3])
  func readsWhatWasEncoded(partCount: Int) throws {
    for (seed, spread) in [(UInt64(1), 1), (2, 3), (3, 400), (4, 70_000)] {
      let parts = sampleParts(partCount, rowCount: 9_000, spread: spread, seed: seed)
      try expectColumn(encoded(parts: parts), reads: parts)
    }
  }

  @Test func readsAWholeSegmentOfDifferentCodes() throws {
    let parts = [(0..<65_536).map { UInt32($0) * 65_521 }, (0..<65_536).map { UInt32($0) }]
    try expectColumn(encoded(parts: parts), reads: parts)
  }

  /// Codes that hardly repeat have no dictionary, and absent and escape still have their places.
  @Test func writesRareCodesDirectly() throws {
    var random = SeededGenerator(seed: 8)
    var parts = [(0..<30_000).map { _ in UInt32.random(in: 0..<200_000, using: &random) }]
    parts[0][0] = TokenInput.absent
    parts[0][1] = TokenInput.escape
    let bytes = encoded(parts: parts, escapedRows: [1], escapedTexts: [[1, 2]])
    #expect(bytes[1] == 18)
    #expect(bytes[2] == 32)
    try expectColumn(bytes, reads: parts)
  }

  @Test func listsRareCodesApart() throws {
    var random = SeededGenerator(seed: 9)
    var parts = [[UInt32](repeating: 5, count: 20_000), [UInt32](repeating: 6, count: 20_000)]
    for row in stride(from: 100, to: 20_000, by: 900) {
      parts[row % 2][row] = UInt32.random(in: 0..<1_000_000, using: &random)
    }
    parts[0][19_999] = TokenInput.absent
    parts[1][19_999] = 0
    let bytes = encoded(parts: parts)
    #expect(bytes[2] == 8)
    try expectColumn(bytes, reads: parts)
  }

  @Test func keepsAbsentAndEscapedRows() throws {
    var random = SeededGenerator(seed: 10)
    var parts = sampleParts(3, rowCount: 5_000, spread: 30, seed: 11)
    var escapedRows: [UInt16] = []
    var escapedTexts: [[UInt8]] = []
    for row in 0..<5_000 {
      switch Int.random(in: 0..<20, using: &random) {
      case 0: parts[0][row] = TokenInput.absent
      case 1:
        parts[0][row] = TokenInput.escape
        escapedRows.append(UInt16(row))
        escapedTexts.append(Array("Text \(row)".utf8))
      default: break
      }
    }
    let memory = ColumnMemory(
      encoded(parts: parts, escapedRows: escapedRows, escapedTexts: escapedTexts))
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
    #expect(column.maximumCode(part: 0) < 1_000_000)
  }

  @Test func isConstantWhereAllIsAbsent() throws {
    let parts = [[UInt32](repeating: TokenInput.absent, count: 70), [UInt32](0..<70)]
    #expect(encoded(parts: parts) == [0, 0, 0, 0, 70, 0, 0, 0] + zeros(7) + [128] + zeros(48))
  }

  @Test func escapesEveryRow() throws {
    let rows = 0..<40
    let memory = ColumnMemory(
      encoded(
        parts: [rows.map { _ in TokenInput.escape }, rows.map { UInt32($0) }],
        escapedRows: rows.map { UInt16($0) }, escapedTexts: rows.map { [UInt8($0)] }))
    let column = try memory.column()
    #expect(column.tokenCodes(at: 39).0 == TokenInput.escape)
    #expect(column.maximumCode(part: 0) == -1)
    #expect(try text(at: 39, of: column, escaped: true) == [39])
  }

  @Test func refusesEscapesWithoutTheirTexts() async {
    await #expect(processExitsWith: .failure) {
      _ = encoded(parts: [[1, TokenInput.escape]])
    }
  }
}

private func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }

/// Codes of which the lower ones are the more frequent.
private func sampleParts(
  _ partCount: Int, rowCount: Int, spread: Int, seed: UInt64
) -> [[UInt32]] {
  var random = SeededGenerator(seed: seed)
  return (0..<partCount).map { part in
    (0..<rowCount).map { _ in
      let bound = Int.random(in: 1...spread, using: &random)
      return UInt32(Int.random(in: 0..<bound, using: &random) * (part + 1))
    }
  }
}
