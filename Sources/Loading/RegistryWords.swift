// The words of all dictionaries while a load adds to them.

import Bytes
import Columns
import Rows
import Segments
import Store

/// Gives words their codes in the registry, in the order in which pieces are admitted.
final class RegistryWords {
  private final class Dictionary {
    var table = WordTable(wordCapacity: 4_096)
    var storedCount = 0
    var isFrozen = false
  }

  private let dictionaries: [Dictionary]
  /// Code lists come first and are never frozen.
  private let listCount: Int
  private let limits: LoadLimits

  init(_ snapshot: borrowing Snapshot, limits: LoadLimits = LoadLimits()) {
    self.limits = limits
    var dictionaries: [Dictionary] = []
    for (number, state) in snapshot.catalog.dictionaries.enumerated() {
      let dictionary = Dictionary()
      let list = snapshot.words.lists[number]
      for code in 0..<state.wordCount {
        if let word = list[UInt32(code)] { _ = dictionary.table.code(of: word) }
      }
      dictionary.storedCount = state.wordCount
      dictionary.isFrozen = state.isFrozen
      dictionaries.append(dictionary)
    }
    self.dictionaries = dictionaries
    listCount = snapshot.plan.schema.codeLists.count
  }

  func isFrozen(_ dictionary: Int) -> Bool { dictionaries[dictionary].isFrozen }

  /// For each word of a piece its code in the registry, or `TokenInput.escape` where it gets none.
  ///
  /// New words get theirs in the order of `used`, if it is given, and others none: those of refused
  /// rows leave no trace.
  func codes(
    of words: Held<WordTable>, dictionary number: Int, rowCount: Int, used: [UInt32]? = nil
  ) -> [UInt32] {
    let dictionary = dictionaries[number]
    let isList = number < listCount
    let before = dictionary.table.count
    var codes = [UInt32](repeating: TokenInput.escape, count: words.value.count)
    func give(_ code: Int) {
      let word = words.value[code]
      let hash = words.value.hash(of: code)
      if let known = dictionary.table.find(word, hash: hash) {
        codes[code] = known
      } else if isList || (!dictionary.isFrozen && dictionary.table.count < limits.wordCountMax) {
        codes[code] = dictionary.table.code(of: word, hash: hash)
      }
    }
    if let used {
      for code in used { give(Int(code)) }
    } else {
      for code in codes.indices { give(code) }
    }
    let newCount = dictionary.table.count - before
    if !isList && dictionary.table.count >= limits.frozenCountMin && newCount * 2 > rowCount {
      dictionary.isFrozen = true
    }
    return codes
  }

  /// Writes the words added since the last time.
  func store(in writer: BulkWriter) throws(StoreError) {
    for (number, dictionary) in dictionaries.enumerated() {
      let words = (dictionary.storedCount..<dictionary.table.count).map {
        dictionary.table[$0].copied
      }
      try writer.append(words, toDictionary: number)
      writer.catalog.dictionaries[number].isFrozen = dictionary.isFrozen
      dictionary.storedCount = dictionary.table.count
    }
  }
}
