// Chunks of words, written by hand, and the list of all words of a dictionary.

import Bytes
import Testing

@testable import Segments

@Suite struct WordListTests {
  /// "An", an empty word, "Bé".
  private let body: [UInt8] =
    [3, 0, 0, 0, 0, 0, 0, 0] + [0, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0]
    + [0x41, 0x6E] + [0x42, 0xC3, 0xA9]

  private func summed(_ body: [UInt8]) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(checksum(body))
    writer.append(body)
    return writer.bytes
  }

  @Test func writesWhatIsWrittenByHand() {
    #expect(encodeWordChunk([[0x41, 0x6E], [], [0x42, 0xC3, 0xA9]]) == summed(body))
  }

  @Test func readsWhatIsWrittenByHand() throws {
    try summed(body).lend { bytes throws in
      let chunk = try WordChunk(reading: bytes)
      #expect((0..<chunk.wordCount).map { String(chunk[$0]) } == ["An", "", "Bé"])
    }
  }

  @Test func findsEveryFlippedByte() {
    let bytes = summed(body)
    for at in bytes.indices {
      var flipped = bytes
      flipped[at] ^= 0x01
      #expect(throws: Corruption(.dictionary, at: 0)) {
        try flipped.lend { bytes throws in try WordChunk(reading: bytes).wordCount }
      }
    }
  }

  @Test func refusesEveryTornLength() {
    let bytes = summed(body)
    for length in bytes.indices {
      #expect(throws: Corruption(.dictionary, at: length < 20 ? length : 0)) {
        try Array(bytes.prefix(length)).lend { bytes throws in
          try WordChunk(reading: bytes).wordCount
        }
      }
    }
  }

  /// Promises that a wrong writer could break under a right checksum; offsets count the checksum.
  @Test(arguments: [
    (at: 8, word: 0 as UInt32), (at: 8, word: 4_097), (at: 8, word: 9), (at: 20, word: 6),
    (at: 24, word: 1), (at: 28, word: 6),
  ])
  func catchesOneBrokenField(at: Int, word: UInt32) {
    var writer = ByteWriter()
    writer.append(body)
    writer.overwrite(word, at: at - 8)
    #expect(throws: Corruption(.dictionary, at: at)) {
      try summed(writer.bytes).lend { bytes throws in try WordChunk(reading: bytes).wordCount }
    }
  }

  private func list(_ chunks: [[[UInt8]]], wordCount: Int) throws -> WordList {
    // Chunks are freed before the list is asked: it keeps the words by itself.
    let stored = chunks.map { encodeWordChunk($0) }
    let owners = stored.map { bytes in
      let owner = Scratch<UInt8>(count: bytes.count)
      for (index, byte) in bytes.enumerated() { owner.view[index] = byte }
      return owner
    }
    defer { for owner in owners { for index in 0..<owner.view.count { owner.view[index] = 0xEE } } }
    return try WordList(
      chunks: owners.map { owner throws in
        try WordChunk(reading: owner.view.lent(count: owner.view.count))
      }, wordCount: wordCount)
  }

  @Test func findsTheWordsOfAllChunks() throws {
    let words = (0..<10_000).map { Array("word \($0)".utf8) }
    let chunks = stride(from: 0, to: words.count, by: 4_096).map {
      Array(words[$0..<min(words.count, $0 + 4_096)])
    }
    let list = try list(chunks, wordCount: 9_999)
    #expect(list.wordCount == 9_999)
    for code in [0, 1, 4_095, 4_096, 8_191, 8_192, 9_998] {
      #expect(list[UInt32(code)].map { String($0) } == "word \(code)")
    }
    #expect(list[9_999] == nil)
    #expect(list[.max] == nil)
  }

  @Test func knowsAnEmptyDictionary() throws {
    #expect(try list([], wordCount: 0)[0] == nil)
  }

  @Test(arguments: [-1, 3, 5_000]) func refusesACountThatItsChunksDoNotHave(wordCount: Int) {
    #expect(throws: Corruption(.dictionary, at: 8)) {
      try list([[[1], [2]]], wordCount: wordCount)
    }
  }

  @Test func refusesAChunkThatIsNotFullBeforeAnother() {
    #expect(throws: Corruption(.dictionary, at: 8)) { try list([[[1]], [[2]]], wordCount: 4_097) }
  }
}
