import Bytes
import Support
import Testing

@testable import Columns

@Suite struct SymbolsTests {
  /// Symbols "abcdefgh" and "xy"; the rows "abcdefghxy", "xyQ" and absent, written by hand.
  static let handwritten: [UInt8] =
    [6, 0, 0, 0, 3, 0, 0, 0] + zeros(16)
    + [64, 0, 0, 0, 192, 0, 0, 0, 37, 0, 0, 0, 128, 0, 0, 0, 2, 0, 0, 0] + zeros(20)
    + zeros(64)
    + Array("abcdefgh".utf8) + Array("xy".utf8) + zeros(6) + [8, 2] + zeros(46)
    + [2, 3] + zeros(30) + [0, 1, 1, 255, 81] + zeros(8)

  @Test func readsHandwrittenBytes() throws {
    let memory = ColumnMemory(Self.handwritten)
    let column = try memory.column()
    for room in [0, 2, 3, 9, 10, 11, 100] {
      #expect(try text(at: 0, of: column, room: room) == Array("abcdefghxy".utf8))
      #expect(try text(at: 1, of: column, room: room) == Array("xyQ".utf8))
      #expect(try text(at: 2, of: column, room: room) == nil)
    }
  }

  /// A text that does not fit is measured and nothing is written.
  @Test func leavesAShortOutputAlone() throws {
    let memory = ColumnMemory(Self.handwritten)
    let output = Scratch<UInt8>(count: 9)
    #expect(try memory.column().appendText(at: 0, to: output.view, at: 0) == 10)
    #expect((0..<9).allSatisfy { output.view[$0] == 0 })
  }

  @Test(arguments: [
    (at: 36, bytes: [255, 0], offset: 255),
    (at: 40, bytes: [0], offset: 40),
    (at: 40, bytes: [0, 1], offset: 40),
    (at: 144, bytes: [0], offset: 144),
    (at: 145, bytes: [9], offset: 144),
  ])
  func catchesABrokenTable(at: Int, replacement: [UInt8], offset: Int) {
    var bytes = Self.handwritten
    bytes.replaceSubrange(at..<at + replacement.count, with: replacement)
    let memory = ColumnMemory(bytes)
    #expect(throws: Corruption(.column, at: offset)) { try memory.column() }
  }

  /// A code without a symbol, and an escape at the end, are caught when their row is read.
  @Test(arguments: [
    (at: 224, byte: 2, row: 0, offset: 224), (at: 225, byte: 255, row: 0, offset: 225),
    (at: 227, byte: 254, row: 1, offset: 227),
  ])
  func catchesABrokenCode(at: Int, byte: Int, row: Int, offset: Int) throws {
    var bytes = Self.handwritten
    bytes[at] = UInt8(byte)
    let memory = ColumnMemory(bytes)
    let column = try memory.column()
    for room in [0, 100] {
      #expect(throws: Corruption.self) { try text(at: row, of: column, room: room) }
    }
    #expect(throws: Corruption(.column, at: offset)) { try text(at: row, of: column) }
  }

  /// Names shrink to less than half; noise is left as it is.
  @Test func choosesTheSmaller() {
    let names = sampleNames(count: 5_000, seed: 1)
    let size = names.reduce(0) { $0 + ($1?.count ?? 0) + 1 }
    let bytes = encoded(names)
    #expect(bytes[0] == 6)
    #expect(bytes.count * 2 < size)
    #expect(encoded(sampleNoise(count: 5_000, seed: 1))[0] == 11)
  }

  /// Texts with zero bytes must not match symbols that reach past their ends.
  @Test func keepsZeroBytes() throws {
    var random = SeededGenerator(seed: 4)
    let texts: [[UInt8]?] = (0..<4_000).map { _ in
      (0..<Int.random(in: 0...9, using: &random)).map { _ in
        UInt8(Int.random(in: 0...1, using: &random))
      }
    }
    let memory = ColumnMemory(encoded(texts))
    #expect(memory.bytes[0] == 6)
    #expect(try allTexts(memory) == texts)
  }

  private func allTexts(_ memory: ColumnMemory) throws -> [[UInt8]?] {
    try texts(of: memory.column())
  }
}

@Suite struct SymbolMatcherTests {
  @Test func prefersTheLongest() {
    let matcher = SymbolMatcher()
    matcher.replace(with: ["a", "ab", "abcd", "b"].map(symbol))
    let arena = Array("abcdabab?b".utf8)
    let output = Scratch<UInt8>(count: 2 * arena.count)
    let count = arena.lend { bytes in
      matcher.view.compress(bytes, start: 0, byteCount: bytes.count, into: output.view.base)
    }
    #expect((0..<count).map { output.view[$0] } == [2, 1, 1, 255, 63, 3])
  }

  /// Of two symbols with one prefix the first is kept, and codes stay dense.
  @Test func keepsTheFirstOfAPrefix() {
    let matcher = SymbolMatcher()
    matcher.replace(with: ["abcd", "abce", "z"].map(symbol))
    #expect(matcher.symbols == ["abcd", "z"].map(symbol))
  }

  @Test func keepsNoMoreThan255() {
    let matcher = SymbolMatcher()
    matcher.replace(with: (0..<256).map { Symbol(byte: UInt8($0)) })
    #expect(matcher.symbols.count == 255)
  }

  @Test func joinsSymbolsUpToEightBytes() {
    #expect(symbol("abc").followed(by: symbol("de")) == symbol("abcde"))
    #expect(symbol("abcdef").followed(by: symbol("ghij")) == symbol("abcdefgh"))
  }

  private func symbol(_ text: String) -> Symbol {
    var value: UInt64 = 0
    for byte in text.utf8.reversed() { value = value << 8 | UInt64(byte) }
    return Symbol(value: value, byteCount: text.utf8.count)
  }
}

private func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }
