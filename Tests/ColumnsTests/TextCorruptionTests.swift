import Bytes
import Glibc
import Support
import Testing

@testable import Columns

/// Broken bytes give `Corruption` or wrong texts, and never a read outside the column.
///
/// Each column ends where a page that may not be read begins, so that a read too far kills the
/// test.
@Suite struct TextCorruptionTests {
  @Test(arguments: 0..<9)
  func survivesFlippedBytes(kind: Int) {
    var random = SeededGenerator(seed: UInt64(kind))
    let valid = Self.columns[kind]
    let guarded = GuardedMemory(count: valid.count)
    for _ in 0..<1_500 {
      var bytes = valid
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        // Half of the flips hit the header, where most promises are.
        let place =
          Bool.random(using: &random)
          ? Int.random(in: 0..<64, using: &random)
          : Int.random(in: 0..<bytes.count, using: &random)
        let isAddressed = place < 64 && Bool.random(using: &random)
        bytes[place] =
          isAddressed
          ? UInt8.random(in: 0...255, using: &random)
          : bytes[place] ^ (1 << UInt8.random(in: 0..<8, using: &random))
      }
      readEverything(guarded.holding(bytes), using: &random)
    }
  }

  @Test(arguments: 0..<9)
  func survivesTruncation(kind: Int) {
    var random = SeededGenerator(seed: UInt64(100 + kind))
    let valid = Self.columns[kind]
    let guarded = GuardedMemory(count: valid.count)
    for count in 0..<min(valid.count, 400) {
      readEverything(guarded.holding(Array(valid.prefix(count))), using: &random)
    }
    for _ in 0..<300 {
      let count = Int.random(in: 0..<valid.count, using: &random)
      readEverything(guarded.holding(Array(valid.prefix(count))), using: &random)
    }
  }

  @Test func survivesNoise() {
    var random = SeededGenerator(seed: 200)
    let guarded = GuardedMemory(count: 512)
    for _ in 0..<20_000 {
      var bytes = (0..<Int.random(in: 64...512, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      bytes[0] = [0, 5, 6, 11][Int.random(in: 0..<4, using: &random)]
      for place in 1..<64 where Int.random(in: 0..<4, using: &random) != 0 { bytes[place] = 0 }
      bytes[4] = UInt8.random(in: 1...255, using: &random)
      readEverything(guarded.holding(bytes), using: &random)
    }
  }

  @Test func survivesRangesInBothLayouts() {
    #expect(Self.columns.map { $0[0] == 5 && $0[3] == 1 }.filter { $0 }.count >= 2)
  }

  private func readEverything(_ bytes: LentBytes, using random: inout SeededGenerator) {
    guard let column = try? TextColumn(bytes) else { return }
    let output = GuardedMemory(count: 300)
    let view = output.view(count: 300)
    for _ in 0..<20 {
      let row = Int.random(in: 0..<column.rowCount, using: &random)
      let position = Int.random(in: 0...300, using: &random)
      column.prefetch(row: row)
      _ = column.tokenCodes(at: row)
      if column.isTokens {
        _ = try? column.escapedText(at: row, to: view, at: position)
      } else {
        column.prefetchText(row: row)
        _ = try? column.appendText(at: row, to: view, at: position)
      }
    }
    guard column.isTokens else { return }
    let codes = Scratch<UInt32>(count: 3 * 1_024)
    for block in 0..<(column.rowCount + 1_023) / 1_024 {
      _ = column.decodeTokens(block: block, into: codes.view)
    }
    for part in 0..<column.partCount { _ = column.maximumCode(part: part) }
  }

  static let columns: [[UInt8]] = {
    var escaped = [UInt32](repeating: 3, count: 2_000)
    var rare = escaped
    for row in stride(from: 0, to: 2_000, by: 7) { escaped[row] = TokenInput.escape }
    for row in stride(from: 0, to: 2_000, by: 111) { rare[row] = UInt32(row) }
    let escapedRows = stride(from: 0, to: 2_000, by: 7).map { UInt16($0) }
    return [
      encoded(sampleNames(count: 600, seed: 1)),
      encoded(sampleNoise(count: 300, seed: 2)),
      encoded(parts: [(0..<1_500).map { $0 % 90 }, (0..<1_500).map { $0 % 7 }]),
      encoded(parts: [rare]),
      encoded(parts: [(0..<900).map { $0 }, (0..<900).map { ($0 % 2) * 100_000 }]),
      encoded(
        parts: [escaped, rare, rare], escapedRows: escapedRows,
        escapedTexts: escapedRows.map { Array("An escaped text, number \($0)".utf8) }),
      encoded([nil, nil]),
      encoded(parts: skewedParts(3, rowCount: 3_000, seed: 3)),
      encoded(
        parts: [escaped] + skewedParts(2, rowCount: 2_000, seed: 4), escapedRows: escapedRows,
        escapedTexts: escapedRows.map { Array("Text \($0)".utf8) }),
    ]
  }()
}

/// Memory that ends where a page begins that may not be touched.
private final class GuardedMemory {
  private let start: UnsafeMutableRawPointer
  private let byteCount: Int
  private let guardOffset: Int

  init(count: Int) {
    let pageSize = 4_096
    guardOffset = (count + pageSize - 1) / pageSize * pageSize
    byteCount = guardOffset + pageSize
    guard
      let memory = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      memory != MAP_FAILED
    else { preconditionFailure("no memory") }
    start = memory
    mprotect(start + guardOffset, pageSize, PROT_NONE)
  }

  deinit { munmap(start, byteCount) }

  func view(count: Int) -> ScratchView<UInt8> {
    let first = start + (guardOffset - count)
    return ScratchView(first.bindMemory(to: UInt8.self, capacity: count), count: count)
  }

  func holding(_ bytes: [UInt8]) -> LentBytes {
    let view = view(count: bytes.count)
    for index in bytes.indices { view[index] = bytes[index] }
    return LentBytes(view.base, count: bytes.count)
  }
}
