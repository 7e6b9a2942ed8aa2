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

  /// Words between that which memory is asked for and that which is looked for.
  private static let aheadCount = 8

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
    /// Looking for a word waits for memory three times, so that for others is asked meanwhile.
    func ask(_ place: Int) {
      func hash(_ place: Int) -> UInt64? {
        guard place < used?.count ?? codes.count else { return nil }
        return words.value.hash(of: used.map { Int($0[place]) } ?? place)
      }
      if let hash = hash(place + 2 * Self.aheadCount) { dictionary.table.prefetch(hash: hash) }
      if let hash = hash(place + Self.aheadCount) { dictionary.table.prefetchFound(hash: hash) }
    }
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
      for (place, code) in used.enumerated() {
        ask(place)
        give(Int(code))
      }
    } else {
      for code in codes.indices {
        ask(code)
        give(code)
      }
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
