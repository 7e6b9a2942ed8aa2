// Words that a worker has met in texts that needed no change, found by their bytes in a few
// nanoseconds.
//
// A word of up to 24 bytes is found by comparing three integers in its slot; of a longer one the
// slot holds the hash, and its bytes are compared. Words stay known from piece to piece, so that
// most texts of a file need neither inspection nor a hash of their words: a text is UTF-8, without
// control characters and surely in NFC if its words are.

import Bytes

/// A set of words with the codes that they have in the current piece.
@safe struct KnownWords: ~Copyable {
  /// Words from which on all are forgotten before the next piece.
  private static let wordCountMax = 1 << 16

  private var table = WordTable()
  /// By word: the number of the piece << 32 | the word's code in that piece.
  private var codes: UnsafeMutablePointer<UInt64>
  private var codeCapacity = 1_024
  /// Four integers a slot: see `KnownWordsView`.
  private var slots: UnsafeMutablePointer<UInt64>
  private var slotBits = 11
  private var piece: UInt64 = 0

  init() {
    unsafe codes = .allocate(capacity: codeCapacity)
    unsafe slots = .allocate(capacity: 4 << slotBits)
    unsafe slots.initialize(repeating: 0, count: 4 << slotBits)
  }

  deinit {
    unsafe codes.deallocate()
    unsafe slots.deallocate()
  }

  /// Goes to another piece, in which no word has a code yet.
  mutating func beginPiece() {
    piece += 1
    guard table.count > Self.wordCountMax else { return }
    table.removeAll()
    unsafe slots.update(repeating: 0, count: 4 << slotBits)
  }

  /// The set as it is now, valid until it is changed.
  var view: KnownWordsView {
    unsafe KnownWordsView(
      slots: slots, shift: UInt64(64 - slotBits), codes: codes, piece: piece, bytes: table.bytes)
  }

  /// Adds a word, or sets its code in this piece; 24 bytes behind the word are read.
  mutating func set(_ word: LentBytes, hash: UInt64, code: UInt32) {
    let entry = piece << 32 | UInt64(code)
    // No bytes may lie at an address that cannot be read.
    let start = unsafe word.count == 0 ? UnsafeRawPointer(slots) : word.base
    let (number, slot) = unsafe view.find(start, count: word.count)
    if number >= 0 {
      unsafe codes[number] = entry
      return
    }
    let added = Int(table.code(of: word, hash: hash))
    if added == codeCapacity { growCodes() }
    unsafe codes[added] = entry
    unsafe fill(slot, KnownWordKey(start, count: word.count), added)
    if table.count * 2 > 1 << slotBits { growSlots() }
  }

  /// Sets the code of a word by its number.
  mutating func set(_ number: Int, code: UInt32) {
    precondition(number >= 0 && number < table.count)
    unsafe codes[number] = piece << 32 | UInt64(code)
  }

  /// The code of a word by its number, or nil if it has none in this piece yet.
  func code(ofNumber number: Int) -> UInt32? {
    precondition(number >= 0 && number < table.count)
    let entry = unsafe codes[number]
    return entry >> 32 == piece ? UInt32(truncatingIfNeeded: entry) : nil
  }

  /// The hash of a word by its number.
  func hash(of number: Int) -> UInt64 { table.hash(of: number) }

  private func fill(_ slot: Int, _ key: KnownWordKey, _ number: Int) {
    unsafe slots[4 * slot] = key.first
    unsafe slots[4 * slot + 1] = key.second
    unsafe slots[4 * slot + 2] = key.third
    unsafe slots[4 * slot + 3] = UInt64(key.count) << 32 | UInt64(number + 1)
  }

  private mutating func growCodes() {
    let more = UnsafeMutablePointer<UInt64>.allocate(capacity: 2 * codeCapacity)
    unsafe more.update(from: codes, count: codeCapacity)
    unsafe codes.deallocate()
    unsafe codes = more
    codeCapacity *= 2
  }

  private mutating func growSlots() {
    let old = unsafe slots
    let oldCount = 1 << slotBits
    slotBits += 1
    unsafe slots = .allocate(capacity: 4 << slotBits)
    unsafe slots.initialize(repeating: 0, count: 4 << slotBits)
    for index in 0..<oldCount where unsafe old[4 * index + 3] != 0 {
      let key = unsafe KnownWordKey(
        first: old[4 * index], second: old[4 * index + 1], third: old[4 * index + 2],
        count: Int(old[4 * index + 3] >> 32))
      var slot = key.slot(shift: UInt64(64 - slotBits))
      while unsafe slots[4 * slot + 3] != 0 { slot = (slot + 1) & (1 << slotBits - 1) }
      unsafe fill(slot, key, Int(old[4 * index + 3] & 0xFFFF_FFFF) - 1)
    }
    unsafe old.deallocate()
  }
}

/// What finds a word: its bytes with zeros after them, or its hash if it has more than 24.
struct KnownWordKey {
  static let byteCountMax = 24

  var first: UInt64
  var second: UInt64
  var third: UInt64
  var count: Int
}

extension KnownWordKey {
  /// The key of a word; 24 bytes from its start are read.
  @inline(__always)
  init(_ start: UnsafeRawPointer, count: Int) {
    self.count = count
    guard count <= Self.byteCountMax else {
      (first, second, third) = unsafe (mix(LentBytes(start, count: count)), 0, 0)
      return
    }
    first = unsafe Self.load(start) & Self.mask(count)
    second = unsafe Self.load(start + 8) & Self.mask(count &- 8)
    third = unsafe Self.load(start + 16) & Self.mask(count &- 16)
  }

  @inline(__always)
  func slot(shift: UInt64) -> Int {
    let mixed = first ^ (second &* 0xff51_afd7_ed55_8ccd) ^ (third &* 0xc4ce_b9fe_1a85_ec53)
    return Int(truncatingIfNeeded: (mixed &* 0x9e37_79b9_7f4a_7c15) &>> shift)
  }

  @inline(__always)
  private static func load(_ address: UnsafeRawPointer) -> UInt64 {
    unsafe UInt64(littleEndian: address.loadUnaligned(as: UInt64.self))
  }

  /// The low bytes of an integer, as many as `count` says: none if it is negative, 8 at most.
  @inline(__always)
  private static func mask(_ count: Int) -> UInt64 {
    if count <= 0 { return 0 }
    return UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- 8 &* min(count, 8))
  }
}

/// Known words, to be looked up without counting references or checking access.
///
/// A slot is a key's three integers, and its byte count << 32 | the word's number + 1, which is
/// zero in an empty slot.
@safe struct KnownWordsView {
  let slots: UnsafeMutablePointer<UInt64>
  let shift: UInt64
  let codes: UnsafeMutablePointer<UInt64>
  let piece: UInt64
  let bytes: WordBytes

  /// The code of a word in the current piece, or `UInt32.max` if it has none yet; 24 bytes from its
  /// start are read.
  @inline(__always)
  func code(of start: UnsafeRawPointer, count: Int) -> UInt32 {
    let number = unsafe find(start, count: count).number
    guard number >= 0 else { return .max }
    let entry = unsafe codes[number]
    return entry &>> 32 == piece ? UInt32(truncatingIfNeeded: entry) : .max
  }

  /// The number of a word, or -1 and the slot for it.
  @inline(__always)
  func find(_ start: UnsafeRawPointer, count: Int) -> (number: Int, slot: Int) {
    let key = unsafe KnownWordKey(start, count: count)
    let slotMask = Int(truncatingIfNeeded: UInt64.max &>> shift)
    var slot = key.slot(shift: shift)
    while true {
      let at = unsafe slots + slot &* 4
      let entry = unsafe at[3]
      if entry == 0 { return (-1, slot) }
      let isKey = unsafe at[0] == key.first && at[1] == key.second && at[2] == key.third
      if isKey, entry &>> 32 == UInt64(truncatingIfNeeded: count) {
        let number = Int(truncatingIfNeeded: entry & 0xFFFF_FFFF) &- 1
        if unsafe count <= KnownWordKey.byteCountMax || bytes.isEqual(number, start, count) {
          return (number, slot)
        }
      }
      slot = (slot &+ 1) & slotMask
    }
  }
}
