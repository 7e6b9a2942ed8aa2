// From texts to codes of the words that a registry has.

import Bytes
import Columns
import Rows
import Segments

/// Finds the codes of words; used by one thread at a time.
final class WordCodes: @unchecked Sendable {
  private var lists: [WordList] = []
  private var codes: [[[UInt8]: UInt32]?] = []

  init() {}

  /// Takes the words of a snapshot, which may have more at the ends of the lists than the one
  /// before: those that are known then stay so, and others are not found.
  func use(_ words: WordLists) {
    lists = words.lists
    if codes.isEmpty { codes = lists.map { _ in nil } }
  }

  private func code(of word: LentBytes, dictionary: Int) -> UInt32? {
    if codes[dictionary] == nil {
      let list = lists[dictionary]
      var made: [[UInt8]: UInt32] = [:]
      made.reserveCapacity(list.wordCount)
      for code in 0..<list.wordCount {
        if let word = list[UInt32(code)] { made[word.copied] = UInt32(code) }
      }
      codes[dictionary] = made
    }
    return codes[dictionary]?[word.copied]
  }

  /// The codes of a text's words; nil when it is no words, or the registry has not all of them.
  func codes(of text: [UInt8], _ split: WordSplit, first: Int) -> [UInt32]? {
    let scratch = Scratch<UInt8>(count: text.count)
    return text.lend { text in
      guard let words = split.split(text, scratch: scratch.view) else { return nil }
      var found: [UInt32] = []
      for (part, word) in [words.first, words.second, words.third].prefix(split.partCount)
        .enumerated()
      {
        guard let code = code(of: word, dictionary: first + part) else { return nil }
        found.append(code)
      }
      return found
    }
  }
}
