// Which of the 1,024 rows of a block are wanted: 16 words of bits.

package import Bytes

/// A set of rows of one block; row i is bit i & 63 of word i >> 6.
package struct Selection: Sendable {
  package static let rowCount = 1_024

  var words: InlineArray<16, UInt64>

  /// No row.
  package init() { words = InlineArray(repeating: 0) }

  /// The first `count` rows.
  package init(first count: Int) {
    precondition(count >= 0)
    precondition(count <= Self.rowCount)
    words = InlineArray(repeating: 0)
    for index in 0..<16 {
      let rest = min(64, max(0, count - index * 64))
      words[index] = rest == 0 ? 0 : UInt64.max >> UInt64(64 - rest)
    }
  }

  package subscript(row: Int) -> Bool {
    get {
      precondition(row >= 0)
      precondition(row < Self.rowCount)
      return (words[row >> 6] &>> UInt64(row & 63)) & 1 != 0
    }
    set {
      precondition(row >= 0)
      precondition(row < Self.rowCount)
      let bit = UInt64(1) &<< UInt64(row & 63)
      if newValue { words[row >> 6] |= bit } else { words[row >> 6] &= ~bit }
    }
  }

  /// One of the 16 words.
  package func word(_ index: Int) -> UInt64 { words[index] }

  /// Replaces one of the 16 words.
  package mutating func setWord(_ index: Int, to word: UInt64) { words[index] = word }

  package mutating func and(_ other: Selection) {
    for index in 0..<16 { words[index] &= other.words[index] }
  }

  package mutating func or(_ other: Selection) {
    for index in 0..<16 { words[index] |= other.words[index] }
  }

  package mutating func andNot(_ other: Selection) {
    for index in 0..<16 { words[index] &= ~other.words[index] }
  }

  /// Keeps the rows that were not wanted, of the first `count`.
  package mutating func invert(first count: Int) {
    var all = Selection(first: count)
    all.andNot(self)
    self = all
  }

  /// How many rows are wanted.
  package var count: Int {
    var count = 0
    for index in 0..<16 { count &+= words[index].nonzeroBitCount }
    return count
  }

  package var isEmpty: Bool {
    var any = UInt64(0)
    for index in 0..<16 { any |= words[index] }
    return any == 0
  }

  /// The first wanted row, or nil.
  package var first: Int? { next(from: 0) }

  /// The first wanted row from `row` on, or nil.
  package func next(from row: Int) -> Int? {
    precondition(row >= 0)
    guard row < Self.rowCount else { return nil }
    var index = row >> 6
    var word = words[index] & (UInt64.max &<< UInt64(row & 63))
    while word == 0 {
      index += 1
      guard index < 16 else { return nil }
      word = words[index]
    }
    return index << 6 + word.trailingZeroBitCount
  }

  /// Writes the wanted rows, ascending; returns how many.
  package func rows(into rows: ScratchView<UInt16>) -> Int {
    precondition(rows.count >= Self.rowCount)
    var count = 0
    for index in 0..<16 {
      var word = words[index]
      while word != 0 {
        unsafe rows.base[count] = UInt16(
          truncatingIfNeeded: index << 6 &+ word.trailingZeroBitCount)
        count &+= 1
        word &= word &- 1
      }
    }
    return count
  }
}

extension Selection: Equatable {
  package static func == (left: Selection, right: Selection) -> Bool {
    for index in 0..<16 where left.words[index] != right.words[index] { return false }
    return true
  }
}
