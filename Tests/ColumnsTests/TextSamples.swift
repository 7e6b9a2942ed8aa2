// Texts and words for the tests of text columns, and the way through a column and back.

import Bytes
import Support
import Testing

@testable import Columns

/// Owns the memory that a `TextInput` or a `TokenInput` views.
final class InputMemory {
  private let arena: Scratch<UInt8>
  private let starts: Scratch<UInt32>
  private let counts: Scratch<UInt32>
  private let parts: [Scratch<UInt32>]
  private let textCount: Int
  private let rowCount: Int
  private let escapedRows: [UInt16]

  /// Texts of a column; or the parts of words, with the texts of `escapedRows`.
  init(_ texts: [[UInt8]?], parts: [[UInt32]] = [], escapedRows: [UInt16] = []) {
    arena = Scratch(count: texts.reduce(0) { $0 + ($1?.count ?? 0) })
    starts = Scratch(count: texts.count)
    counts = Scratch(count: texts.count)
    textCount = texts.count
    rowCount = parts.first?.count ?? 0
    self.escapedRows = escapedRows
    var next = 0
    for (row, text) in texts.enumerated() {
      starts.view[row] = UInt32(next)
      counts.view[row] = text.map { UInt32($0.count) } ?? TextInput.absent
      for byte in text ?? [] {
        arena.view[next] = byte
        next += 1
      }
    }
    self.parts = parts.map { part in
      let memory = Scratch<UInt32>(count: part.count)
      for row in part.indices { memory.view[row] = part[row] }
      return memory
    }
  }

  var texts: TextInput {
    TextInput(
      rowCount: textCount, arena: LentBytes(arena.view.base, count: arena.view.count),
      starts: starts.view, byteCounts: counts.view)
  }

  var tokens: TokenInput {
    TokenInput(
      rowCount: rowCount, parts: parts.map(\.view), escapedRows: escapedRows,
      escapedTexts: escapedRows.isEmpty ? nil : texts)
  }
}

func encoded(_ texts: [[UInt8]?]) -> [UInt8] {
  let memory = InputMemory(texts)
  return withExtendedLifetime(memory) { encodeText(memory.texts) }
}

func encoded(
  parts: [[UInt32]], escapedRows: [UInt16] = [], escapedTexts: [[UInt8]] = []
) -> [UInt8] {
  let memory = InputMemory(escapedTexts, parts: parts, escapedRows: escapedRows)
  return withExtendedLifetime(memory) { encodeTokens(memory.tokens) }
}

/// A copy of column bytes at an aligned address, with nothing readable promised behind it.
final class ColumnMemory {
  private let memory: Scratch<UInt8>
  private let count: Int

  init(_ bytes: [UInt8]) {
    memory = Scratch(count: bytes.count)
    count = bytes.count
    for index in bytes.indices { memory.view[index] = bytes[index] }
  }

  var bytes: LentBytes { LentBytes(memory.view.base, count: count) }

  func column() throws(Corruption) -> TextColumn { try TextColumn(bytes) }
}

/// The text of a row, read into a buffer with exactly `room` bytes at first.
func text(
  at row: Int, of column: TextColumn, room: Int = 4_096, escaped: Bool = false
) throws -> [UInt8]? {
  var output = Scratch<UInt8>(count: room)
  func read() throws -> Int {
    escaped
      ? try column.escapedText(at: row, to: output.view, at: 0)
      : try column.appendText(at: row, to: output.view, at: 0)
  }
  var count = try read()
  if count > room {
    output = Scratch(count: count)
    #expect(try read() == count)
    count = try read()
  }
  return count < 0 ? nil : (0..<count).map { output.view[$0] }
}

func texts(of column: TextColumn) throws -> [[UInt8]?] {
  try (0..<column.rowCount).map { try text(at: $0, of: column) }
}

/// Names as people have them: three words of small vocabularies, some rows absent or empty.
func sampleNames(count: Int, seed: UInt64) -> [[UInt8]?] {
  var random = SeededGenerator(seed: seed)
  let families = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Võ", "Đặng", "Bùi", "Đỗ", "Ngô"]
  let middles = ["Thị", "Văn", "Hữu", "Đức", "Minh", "Ngọc", "Thanh", "Quốc"]
  let given = ["An", "Bình", "Châu", "Dũng", "Giang", "Hạnh", "Khánh", "Linh", "Phương", "Trang"]
  return (0..<count).map { _ in
    let kind = Int.random(in: 0..<50, using: &random)
    if kind == 0 { return nil }
    if kind == 1 { return [] }
    let words = [families, middles, given].map {
      $0[Int.random(in: 0..<$0.count, using: &random)]
    }
    return Array(words.joined(separator: " ").utf8)
  }
}

/// Texts of random bytes, some absent, some empty, some longer than a length byte can say.
func sampleNoise(count: Int, seed: UInt64) -> [[UInt8]?] {
  var random = SeededGenerator(seed: seed)
  return (0..<count).map { _ in
    let kind = Int.random(in: 0..<12, using: &random)
    if kind == 0 { return nil }
    let size =
      kind == 1
      ? Int.random(in: 250...260, using: &random)
      : kind == 2
        ? Int.random(in: 120...700, using: &random) : Int.random(in: 0...30, using: &random)
    return (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
  }
}

/// Codes of which few are frequent and many are rare.
func skewedParts(_ partCount: Int, rowCount: Int, seed: UInt64) -> [[UInt32]] {
  var random = SeededGenerator(seed: seed)
  return (0..<partCount).map { part in
    (0..<rowCount).map { _ in
      let bits = Int.random(in: 0...13 + part, using: &random)
      return UInt32.random(in: 0..<1 << UInt32(bits), using: &random)
    }
  }
}

/// Expects that a column of tokens gives these codes, row by row and block by block.
func expectColumn(_ bytes: [UInt8], reads parts: [[UInt32]]) throws {
  let memory = ColumnMemory(bytes)
  let column = try memory.column()
  let rowCount = parts[0].count
  #expect(column.partCount == parts.count)
  #expect(column.rowCount == rowCount)
  var isSame = true
  for row in 0..<rowCount {
    let codes = column.tokenCodes(at: row)
    isSame = isSame && codes.0 == parts[0][row]
    isSame = isSame && codes.1 == (parts.count > 1 ? parts[1][row] : 0)
    isSame = isSame && codes.2 == (parts.count > 2 ? parts[2][row] : 0)
  }
  #expect(isSame)

  let decoded = Scratch<UInt32>(count: 3 * 1_024)
  for block in 0..<(rowCount + 1_023) / 1_024 {
    let count = column.decodeTokens(block: block, into: decoded.view)
    #expect(count == min(1_024, rowCount - block * 1_024))
    for part in parts.indices {
      isSame =
        isSame
        && (0..<count).allSatisfy {
          decoded.view[part * 1_024 + $0] == parts[part][block * 1_024 + $0]
        }
    }
  }
  #expect(isSame)
  for part in parts.indices {
    let maximum = parts[part].filter { $0 < TokenInput.escape }.max().map { Int($0) } ?? -1
    #expect(column.maximumCode(part: part) == maximum)
  }
}
