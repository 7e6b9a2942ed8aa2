// Distinct words in order of first appearance, found again by hash.
//
// A worker fills one table a piece; the thread that admits pieces in order fills one for the whole
// registry, so that codes do not depend on the number of workers.

import Bytes
import CKernels
import Glibc

/// A growing set of byte strings, numbered from 0 in order of first appearance.
@safe struct WordTable: ~Copyable {
  private(set) var count = 0
  private var slots: UnsafeMutablePointer<UInt32>
  private var slotMask: Int
  private var hashes: UnsafeMutablePointer<UInt64>
  private var ends: UnsafeMutablePointer<Int>
  private var wordCapacity: Int
  private var arena: UnsafeMutablePointer<UInt8>
  private var arenaCapacity: Int

  /// Bytes of all words together.
  var byteCount: Int { count == 0 ? 0 : unsafe ends[count - 1] }

  init(wordCapacity: Int = 1024) {
    var slotCount = 2048
    while slotCount < wordCapacity * 2 { slotCount *= 2 }
    self.wordCapacity = slotCount / 2
    slotMask = slotCount - 1
    unsafe slots = .allocate(capacity: slotCount)
    unsafe slots.initialize(repeating: 0, count: slotCount)
    unsafe hashes = .allocate(capacity: self.wordCapacity)
    unsafe ends = .allocate(capacity: self.wordCapacity)
    arenaCapacity = 16 * self.wordCapacity
    unsafe arena = .allocate(capacity: arenaCapacity)
  }

  deinit {
    unsafe slots.deallocate()
    unsafe hashes.deallocate()
    unsafe ends.deallocate()
    unsafe arena.deallocate()
  }

  /// The number of `word`, added if it is new.
  mutating func code(of word: LentBytes) -> UInt32 { code(of: word, hash: mix(word)) }

  /// The same with the hash of `word` known.
  mutating func code(of word: LentBytes, hash: UInt64) -> UInt32 {
    var slot = Int(truncatingIfNeeded: hash) & slotMask
    while true {
      let found = unsafe slots[slot]
      if found == 0 { break }
      let code = Int(found) &- 1
      if unsafe hashes[code] == hash, isEqual(code, word) { return found &- 1 }
      slot = (slot &+ 1) & slotMask
    }
    return insert(word, hash: hash, slot: slot)
  }

  /// The number of `word`, or nil if it was never added.
  func find(_ word: LentBytes, hash: UInt64) -> UInt32? {
    var slot = Int(truncatingIfNeeded: hash) & slotMask
    while true {
      let found = unsafe slots[slot]
      if found == 0 { return nil }
      let code = Int(found) &- 1
      if unsafe hashes[code] == hash, isEqual(code, word) { return found &- 1 }
      slot = (slot &+ 1) & slotMask
    }
  }

  /// Asks for the memory where a word with a hash is looked for.
  @inline(__always)
  func prefetch(hash: UInt64) {
    unsafe hearth_prefetch(slots + (Int(truncatingIfNeeded: hash) & slotMask))
  }

  /// The same for what is looked at next, once the first has come.
  @inline(__always)
  func prefetchFound(hash: UInt64) {
    let found = unsafe Int(slots[Int(truncatingIfNeeded: hash) & slotMask])
    guard found > 0 else { return }
    unsafe hearth_prefetch(hashes + (found &- 1))
    unsafe hearth_prefetch(ends + (found &- 1))
  }

  func hash(of code: Int) -> UInt64 {
    precondition(code < count)
    return unsafe hashes[code]
  }

  /// The bytes of a word, valid until the next word is added.
  subscript(code: Int) -> LentBytes {
    precondition(code >= 0 && code < count)
    let start = code == 0 ? 0 : unsafe ends[code - 1]
    return unsafe LentBytes(arena + start, count: ends[code] - start)
  }

  /// The bytes of all words, valid until the next word is added.
  var bytes: WordBytes { unsafe WordBytes(arena: arena, ends: ends) }

  /// Forgets all words and keeps the memory.
  mutating func removeAll() {
    guard count > 0 else { return }
    unsafe slots.update(repeating: 0, count: slotMask + 1)
    count = 0
  }

  @inline(__always)
  private func isEqual(_ code: Int, _ word: LentBytes) -> Bool {
    let start = code == 0 ? 0 : unsafe ends[code &- 1]
    guard unsafe ends[code] &- start == word.count else { return false }
    return unsafe memcmp(arena + start, word.base, word.count) == 0
  }

  private mutating func insert(_ word: LentBytes, hash: UInt64, slot: Int) -> UInt32 {
    if count == wordCapacity {
      growSlots()
      return code(of: word, hash: hash)
    }
    let start = byteCount
    if start + word.count > arenaCapacity { growArena(to: start + word.count) }
    unsafe (arena + start).update(
      from: word.base.assumingMemoryBound(to: UInt8.self), count: word.count)
    unsafe ends[count] = start + word.count
    unsafe hashes[count] = hash
    unsafe slots[slot] = UInt32(count + 1)
    count += 1
    return UInt32(count - 1)
  }

  private mutating func growSlots() {
    let slotCount = (slotMask + 1) * 2
    let moreHashes = UnsafeMutablePointer<UInt64>.allocate(capacity: slotCount / 2)
    let moreEnds = UnsafeMutablePointer<Int>.allocate(capacity: slotCount / 2)
    unsafe moreHashes.update(from: hashes, count: count)
    unsafe moreEnds.update(from: ends, count: count)
    unsafe hashes.deallocate()
    unsafe ends.deallocate()
    unsafe slots.deallocate()
    unsafe hashes = moreHashes
    unsafe ends = moreEnds
    unsafe slots = .allocate(capacity: slotCount)
    unsafe slots.initialize(repeating: 0, count: slotCount)
    wordCapacity = slotCount / 2
    slotMask = slotCount - 1
    for code in 0..<count {
      var slot = Int(truncatingIfNeeded: unsafe hashes[code]) & slotMask
      while unsafe slots[slot] != 0 { slot = (slot + 1) & slotMask }
      unsafe slots[slot] = UInt32(code + 1)
    }
  }

  private mutating func growArena(to needed: Int) {
    let capacity = max(needed, arenaCapacity * 2)
    let more = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    unsafe more.update(from: arena, count: byteCount)
    unsafe arena.deallocate()
    unsafe arena = more
    arenaCapacity = capacity
  }
}

/// The bytes of a table's words.
@safe struct WordBytes {
  let arena: UnsafeMutablePointer<UInt8>
  let ends: UnsafeMutablePointer<Int>

  /// Whether a word of the table, by its number, is these bytes.
  func isEqual(_ number: Int, _ start: UnsafeRawPointer, _ count: Int) -> Bool {
    let from = number == 0 ? 0 : unsafe ends[number &- 1]
    guard unsafe ends[number] &- from == count else { return false }
    return unsafe memcmp(arena + from, start, count) == 0
  }
}
