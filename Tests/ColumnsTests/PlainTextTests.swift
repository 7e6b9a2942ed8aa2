import Bytes
import Support
import Testing

@testable import Columns

@Suite struct PlainTextTests {
  /// The rows "ab", absent, empty and "c", written by hand from the layout in PlainText.swift.
  static let handwritten: [UInt8] =
    [11, 0, 0, 0, 4, 0, 0, 0] + zeros(16)
    + [64, 0, 0, 0, 128, 0, 0, 0, 35, 0, 0, 0] + zeros(28)
    + zeros(64)
    + [2, 0, 254, 1] + zeros(28) + [97, 98, 99] + zeros(8)

  static let rows: [[UInt8]?] = [[97, 98], nil, [], [99]]

  @Test func readsHandwrittenBytes() throws {
    let memory = ColumnMemory(Self.handwritten)
    let column = try memory.column()
    #expect(try texts(of: column) == Self.rows)
    column.prefetch(row: 3)
    column.prefetchText(row: 3)
  }

  @Test func writesHandwrittenBytes() { #expect(encoded(Self.rows) == Self.handwritten) }

  @Test func isConstantWhereAllIsAbsent() throws {
    let bytes = encoded(Array(repeating: nil, count: 5))
    #expect(bytes == [0, 0, 0, 0, 5, 0, 0, 0] + zeros(7) + [128] + zeros(48))
    let memory = ColumnMemory(bytes)
    let column = try memory.column()
    #expect(column.isAbsent)
    #expect(try texts(of: column) == Array(repeating: nil, count: 5))
    #expect(column.tokenCodes(at: 4) == (TokenInput.absent, 0, 0))
  }

  /// Each promise of the header, broken alone, is caught at its own offset.
  @Test(arguments: [
    (at: 0, bytes: [10], offset: 0),
    (at: 0, bytes: [6], offset: 40),
    (at: 1, bytes: [1], offset: 1),
    (at: 3, bytes: [1], offset: 2),
    (at: 4, bytes: [0], offset: 4),
    (at: 4, bytes: [33], offset: 32),
    (at: 15, bytes: [1], offset: 8),
    (at: 23, bytes: [1], offset: 16),
    (at: 24, bytes: [172], offset: 172),
    (at: 28, bytes: [129], offset: 129),
    (at: 32, bytes: [31], offset: 32),
    (at: 32, bytes: [36], offset: 128),
    (at: 36, bytes: [64], offset: 36),
    (at: 40, bytes: [1], offset: 40),
    (at: 63, bytes: [1], offset: 63),
  ])
  func catchesOneBrokenField(at: Int, replacement: [UInt8], offset: Int) {
    var bytes = Self.handwritten
    bytes.replaceSubrange(at..<at + replacement.count, with: replacement)
    let memory = ColumnMemory(bytes)
    #expect(throws: Corruption(.column, at: offset)) { try memory.column() }
  }

  @Test(arguments: 0..<171)
  func refusesATornColumn(count: Int) {
    let memory = ColumnMemory(Array(Self.handwritten.prefix(count)))
    #expect(throws: Corruption.self) { try memory.column() }
  }

  /// An anchor or a length that leaves the texts is caught when its row is read.
  @Test(arguments: [
    (at: 64, byte: 4, row: 0, offset: 64),
    (at: 128, byte: 4, row: 0, offset: 128),
    (at: 131, byte: 2, row: 3, offset: 131),
    (at: 131, byte: 255, row: 3, offset: 131),
    (at: 128, byte: 4, row: 3, offset: 128),
  ])
  func catchesATextOutside(at: Int, byte: Int, row: Int, offset: Int) throws {
    var bytes = Self.handwritten
    bytes[at] = UInt8(byte)
    let memory = ColumnMemory(bytes)
    let column = try memory.column()
    #expect(throws: Corruption(.column, at: offset)) { try text(at: row, of: column) }
  }

  @Test func writesLongTextsBehindTheirCounts() throws {
    for count in [252, 253, 254, 255, 256, 70_000] {
      let long = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 &+ $0 / 251) }
      let memory = ColumnMemory(encoded([[1], long, [2, 3], long]))
      #expect(try texts(of: memory.column()) == [[1], long, [2, 3], long])
    }
  }

  @Test func refusesATextOutsideTheArena() async {
    await #expect(processExitsWith: .failure) {
      let memory = InputMemory([[1, 2, 3]])
      memory.texts.starts[0] = 1
      _ = encodeText(memory.texts)
    }
  }

  @Test func refusesARowOutside() async {
    await #expect(processExitsWith: .failure) {
      let memory = ColumnMemory(PlainTextTests.handwritten)
      _ = try text(at: 4, of: memory.column())
    }
  }
}

private func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }
