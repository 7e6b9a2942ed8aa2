// Finds the ordinal of a code in a few nanoseconds: an open hash table of codes up to 8 bytes.
//
// A slot is two words: the code's bytes, padded with zeros, and its length times 2^32 plus its
// ordinal plus one; two zeros are an empty slot. The slots are a power of two in number and at
// least half of them are empty.

package import Bytes

/// The ordinals of a code list's codes, by code.
package final class CodeTable: @unchecked Sendable {
  private var slots: Scratch<UInt64>
  private var slotCount: Int
  private var shortCodeCount = 0
  /// Codes of more than 8 bytes.
  private var longCodes: [String: Int32] = [:]

  package init(_ codes: some Collection<String>) {
    slotCount = 16
    while slotCount < codes.count * 2 + 2 { slotCount *= 2 }
    slots = Scratch(count: slotCount * 2)
    var ordinal: Int32 = 0
    for code in codes {
      insert(code, ordinal: ordinal)
      ordinal += 1
    }
  }

  /// A view for lookups, valid while the table lives and is not changed.
  package var view: CodeTableView { CodeTableView(slots: slots.view, mask: slotCount - 1) }

  /// The ordinal of a code of any length, or -1.
  package func ordinal(of code: LentBytes) -> Int32 {
    if code.count <= 8 { return view.ordinal(of: code) }
    return longCodes[String(code)] ?? -1
  }

  /// The ordinal of a code longer than 8 bytes, or -1.
  package func ordinal(ofLong code: LentBytes) -> Int32 { longCodes[String(code)] ?? -1 }

  func insert(_ code: String, ordinal: Int32) {
    let bytes = Array(code.utf8)
    guard bytes.count <= 8 else {
      longCodes[code] = ordinal
      return
    }
    if (shortCodeCount + 1) * 2 > slotCount { grow() }
    let entry = UInt64(bytes.count) << 32 | UInt64(ordinal + 1)
    bytes.lend { place(word(upTo8: $0), entry) }
    shortCodeCount += 1
  }

  private func place(_ word: UInt64, _ entry: UInt64) {
    let view = slots.view
    var slot = slotOf(word, mask: slotCount - 1)
    while view[slot * 2 + 1] != 0 { slot = (slot + 1) & (slotCount - 1) }
    view[slot * 2] = word
    view[slot * 2 + 1] = entry
  }

  private func grow() {
    let old = slots
    let oldCount = slotCount
    slotCount *= 2
    slots = Scratch(count: slotCount * 2)
    for slot in 0..<oldCount where old.view[slot * 2 + 1] != 0 {
      place(old.view[slot * 2], old.view[slot * 2 + 1])
    }
  }
}

/// The slots of a code table, to look codes up without counting references.
package struct CodeTableView: Sendable {
  let slots: ScratchView<UInt64>
  let mask: Int

  /// The ordinal of a code of 1 to 8 bytes, or -1.
  package func ordinal(of code: LentBytes) -> Int32 {
    guard code.count > 0, code.count <= 8 else { return -1 }
    return ordinal(of: word(upTo8: code), byteCount: code.count)
  }

  /// The same for 0 bytes as well, which give any ordinal: most codes are found, and no text passed
  /// over, by one branch that is always the same.
  @inline(__always)
  func ordinal(ofAny word: UInt64, byteCount: Int) -> Int32 {
    let slot = slotOf(word, mask: mask)
    let entry = slots[slot &* 2 &+ 1]
    let difference =
      (slots[slot &* 2] ^ word) | ((entry &>> 32) ^ UInt64(truncatingIfNeeded: byteCount))
    let wanted = byteCount == 0 ? 0 : difference
    if wanted == 0 { return Int32(truncatingIfNeeded: entry) &- 1 }
    return ordinal(of: word, byteCount: byteCount)
  }

  /// The ordinal of a code of 1 to 8 bytes given as a word with zeros above, or -1.
  @inline(__always)
  func ordinal(of word: UInt64, byteCount: Int) -> Int32 {
    var slot = slotOf(word, mask: mask)
    while true {
      let entry = slots[slot &* 2 &+ 1]
      if entry == 0 { return -1 }
      if slots[slot &* 2] == word, entry >> 32 == UInt64(byteCount) {
        return Int32(truncatingIfNeeded: entry) &- 1
      }
      slot = (slot &+ 1) & mask
    }
  }
}

private func slotOf(_ word: UInt64, mask: Int) -> Int {
  Int(truncatingIfNeeded: (word &* 0x9e37_79b9_7f4a_7c15) >> 40) & mask
}

/// Up to 8 bytes as a little-endian word, zeros above.
func word(upTo8 bytes: LentBytes) -> UInt64 {
  let count = bytes.count
  if count == 8 { return bytes.load(0) }
  if count >= 4 {
    let low = UInt64(bytes.load(0, as: UInt32.self))
    let high = UInt64(bytes.load(count &- 4, as: UInt32.self))
    return low | (high << UInt64(8 &* (count &- 4)))
  }
  if count == 0 { return 0 }
  let first = UInt64(bytes[0])
  let middle = UInt64(bytes[count >> 1]) << UInt64(8 &* (count >> 1))
  let last = UInt64(bytes[count &- 1]) << UInt64(8 &* (count &- 1))
  return first | middle | last
}
