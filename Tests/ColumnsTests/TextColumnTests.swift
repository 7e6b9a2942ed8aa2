import Bytes
import Support
import Testing

@testable import Columns

@Suite struct TextColumnTests {
  /// Every row comes back from plain text and from symbols, whatever fits the first buffer.
  @Test(arguments: [1, 2, 31, 32, 33, 100, 1_024, 5_000])
  func readsWhatWasEncoded(count: Int) throws {
    for seed in 1...3 {
      for texts in [
        sampleNames(count: count, seed: UInt64(seed)),
        sampleNoise(count: count, seed: UInt64(seed)),
      ] {
        let memory = ColumnMemory(encoded(texts))
        let column = try memory.column()
        #expect(column.rowCount == count)
        #expect(!column.isTokens)
        for row in texts.indices {
          let room = [0, 1, 7, 20, 4_096][row % 5]
          #expect(try text(at: row, of: column, room: room) == texts[row], "\(seed) \(row)")
        }
      }
    }
  }

  @Test func holdsAWholeSegment() throws {
    let texts = sampleNames(count: 65_536, seed: 5)
    let memory = ColumnMemory(encoded(texts))
    #expect(memory.bytes[0] == 6)
    #expect(try allTexts(memory) == texts)
  }

  @Test func isTheSameBytesForTheSameTexts() {
    let texts = sampleNames(count: 3_000, seed: 6)
    #expect(encoded(texts) == encoded(texts))
  }

  @Test func staysSmall() { #expect(MemoryLayout<TextColumn>.size <= 128) }

  private func allTexts(_ memory: ColumnMemory) throws -> [[UInt8]?] {
    try texts(of: memory.column())
  }
}
