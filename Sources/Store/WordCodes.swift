// From texts to codes of the words that a registry has.

import Bytes
import Columns
import Rows
import Segments

/// Finds the codes of words; used by one thread.
final class WordCodes {
  private let lists: [WordList]
  private var codes: [[[UInt8]: UInt32]?]

  init(_ words: WordLists) {
    lists = words.lists
    codes = words.lists.map { _ in nil }
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

  /// The texts of some fields side by side; nil when one of them is absent.
  func compose(_ pieces: [TextPiece], _ row: WholeRow) -> [UInt8]? {
    var text: [UInt8] = []
    for piece in pieces {
      let value = row.values[piece.field]
      guard value != absentValue else { return nil }
      if piece.dictionary >= 0 {
        guard let word = lists[piece.dictionary][UInt32(truncatingIfNeeded: value)] else {
          return nil
        }
        text += word.copied
      } else {
        let digits = Array(String(value).utf8)
        text += Array(repeating: UInt8(ascii: "0"), count: max(0, piece.digitCount - digits.count))
        text += digits
      }
    }
    return text
  }
}
