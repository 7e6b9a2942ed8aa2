// Finds the symbol that a text goes on with: a hashed prefix of three bytes, then two, then one.
//
// The table of longer symbols is lossy: of symbols whose prefixes meet in one slot only those that
// came first are kept. A match is written as the symbol's code, or as escape and byte.

import Bytes

/// A string of one to eight bytes, low byte first.
struct Symbol: Equatable {
  var value: UInt64
  var byteCount: Int

  init(byte: UInt8) { (value, byteCount) = (UInt64(byte), 1) }

  init(value: UInt64, byteCount: Int) { (self.value, self.byteCount) = (value, byteCount) }

  /// This symbol and then the other, cut to eight bytes.
  func followed(by other: Symbol) -> Symbol {
    let joined = value | (other.value << UInt64(8 * byteCount))
    return Symbol(value: joined, byteCount: min(byteCount + other.byteCount, symbolSizeMax))
  }
}

/// What a text goes on with, in 16 bits: code 0...255, byte count 1...8, stored bytes 1...2.
struct SymbolMatch: BitwiseCopyable {
  var bits: UInt16

  init(code: Int, byteCount: Int, storedByteCount: Int) {
    bits = UInt16(code | byteCount << 8 | storedByteCount << 12)
  }

  static let escaped = SymbolMatch(code: Int(symbolEscape), byteCount: 1, storedByteCount: 2)

  @inline(__always) var code: UInt8 { UInt8(truncatingIfNeeded: bits) }
  @inline(__always) var byteCount: Int { Int(truncatingIfNeeded: (bits >> 8) & 15) }
  @inline(__always) var storedByteCount: Int { Int(truncatingIfNeeded: bits >> 12) }
}

/// A symbol of three or more bytes in the table of hashed prefixes.
struct SymbolSlot: BitwiseCopyable {
  /// The symbol's bytes, moved to the top of the word.
  var shiftedValue: UInt64
  /// Bits by which a word is moved up before the comparison.
  var shift: UInt32
  var match: SymbolMatch

  /// A slot that no word equals: a moved word ends in a zero bit.
  static let empty = SymbolSlot(shiftedValue: 1, shift: 8, match: .escaped)
}

@safe
final class SymbolMatcher {
  /// The symbols in the order of their codes; those lost to fuller slots are not here.
  private(set) var symbols: [Symbol] = []
  let view: SymbolMatcherView
  private let slots = Scratch<SymbolSlot>(count: SymbolMatcherView.slotCount)
  private let pairs = Scratch<SymbolMatch>(count: 65_536)
  private let bytes = Scratch<SymbolMatch>(count: 256)

  init() {
    view = SymbolMatcherView(slots: slots.view, pairs: pairs.view, bytes: bytes.view)
    replace(with: [])
  }

  /// Forgets all symbols and takes those of `candidates` that find room, the first ones first.
  func replace(with candidates: [Symbol]) {
    symbols.removeAll(keepingCapacity: true)
    for slot in 0..<SymbolMatcherView.slotCount { view.slots[slot] = .empty }
    for byte in 0..<256 { view.bytes[byte] = .escaped }
    for candidate in candidates where symbols.count < symbolCountMax { take(candidate) }

    // Where a pair of bytes is no symbol, the first byte alone decides.
    for place in 0..<65_536 { view.pairs[place] = view.bytes[place & 255] }
    for code in 0..<symbols.count where symbols[code].byteCount == 2 {
      view.pairs[Int(symbols[code].value)] = match(ofCode: code)
    }
  }

  private func take(_ symbol: Symbol) {
    symbols.append(symbol)
    let match = match(ofCode: symbols.count - 1)
    if symbol.byteCount == 1 {
      view.bytes[Int(symbol.value)] = match
    } else if symbol.byteCount > 2 {
      let slot = SymbolMatcherView.slot(of: symbol.value)
      guard view.slots[slot].match.byteCount == 1 else {
        symbols.removeLast()
        return
      }
      let shift = UInt32(64 - 8 * symbol.byteCount)
      view.slots[slot] = SymbolSlot(
        shiftedValue: symbol.value << UInt64(shift), shift: shift, match: match)
    }
  }

  private func match(ofCode code: Int) -> SymbolMatch {
    SymbolMatch(code: code, byteCount: symbols[code].byteCount, storedByteCount: 1)
  }
}

/// The tables of a `SymbolMatcher`, for loops.
@safe
struct SymbolMatcherView {
  static let slotCount = 1_024

  let slots: ScratchView<SymbolSlot>
  let pairs: ScratchView<SymbolMatch>
  let bytes: ScratchView<SymbolMatch>

  @inline(__always) static func slot(of word: UInt64) -> Int {
    let hash = (word & 0xff_ffff) &* 0x9e37_79b9_7f4a_7c15
    return Int(truncatingIfNeeded: hash >> 54)
  }

  /// What the text goes on with whose next `remaining` bytes are in `word`, zeros behind.
  @inline(__always) func match(_ word: UInt64, remaining: Int) -> SymbolMatch {
    let slot = unsafe slots.base[Self.slot(of: word)]
    let match =
      (word &<< UInt64(slot.shift)) == slot.shiftedValue
      ? slot.match : unsafe pairs.base[Int(truncatingIfNeeded: word & 0xffff)]
    // A symbol that ends in zero bytes must not reach past the text.
    if match.byteCount > remaining {
      return unsafe bytes.base[Int(truncatingIfNeeded: word & 0xff)]
    }
    return match
  }

  /// Writes the codes of a text and returns their count.
  ///
  /// `output` must have room for twice `byteCount`.
  func compress(
    _ arena: LentBytes, start: Int, byteCount: Int, into output: UnsafeMutablePointer<UInt8>
  ) -> Int {
    let end = start &+ byteCount
    var next = start
    var written = 0
    while next < end {
      let word = textWord(arena, at: next, remaining: end &- next)
      let match = match(word, remaining: end &- next)
      unsafe output[written] = match.code
      unsafe output[written &+ 1] = UInt8(truncatingIfNeeded: word)
      next &+= match.byteCount
      written &+= match.storedByteCount
    }
    return written
  }
}

/// The next eight bytes of a text, zeros behind its end.
@inline(__always)
func textWord(_ arena: LentBytes, at offset: Int, remaining: Int) -> UInt64 {
  if remaining >= 8 { return arena.load(offset) }
  if offset &+ 8 <= arena.count {
    return arena.load(offset, as: UInt64.self)
      & ((1 &<< UInt64(truncatingIfNeeded: remaining &* 8)) &- 1)
  }
  var word: UInt64 = 0
  for place in 0..<remaining { word |= UInt64(arena[offset &+ place]) << UInt64(place &* 8) }
  return word
}
