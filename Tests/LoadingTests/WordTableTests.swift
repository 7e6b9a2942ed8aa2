import Bytes
import Support
import Testing

@testable import Loading

@Suite struct WordTableTests {
  /// Codes are given in order of first appearance and found again, through every growth.
  @Test func numbersWordsInOrderOfAppearance() {
    var random = SeededGenerator(seed: 7)
    var table = WordTable(wordCapacity: 4)
    var expected: [[UInt8]: UInt32] = [:]
    var order: [[UInt8]] = []
    for _ in 0..<50_000 {
      let word = Array("word \(Int.random(in: 0..<20_000, using: &random))".utf8)
      let code = word.lend { table.code(of: $0) }
      if let known = expected[word] {
        #expect(code == known)
      } else {
        #expect(code == UInt32(order.count))
        expected[word] = code
        order.append(word)
      }
    }
    #expect(table.count == order.count)
    #expect(order.indices.allSatisfy { table[$0].copied == order[$0] })
  }

  @Test func knowsTheEmptyWord() {
    var table = WordTable()
    let empty: [UInt8] = []
    #expect(empty.lend { table.find($0, hash: mix($0)) } == nil)
    #expect(empty.lend { table.code(of: $0) } == 0)
    #expect(empty.lend { table.find($0, hash: mix($0)) } == 0)
  }

  @Test func forgetsEverything() {
    var table = WordTable()
    let word = Array("An".utf8)
    _ = word.lend { table.code(of: $0) }
    table.removeAll()
    #expect(table.count == 0)
    #expect(word.lend { table.find($0, hash: mix($0)) } == nil)
  }
}
