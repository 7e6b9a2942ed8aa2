// The words of one registry-wide dictionary, in chunks of 4,096, read in place.
//
//   OFFSET     SIZE  FIELD
//        0        8  XXH3 of everything after these 8 bytes, xor mix of the key as one number
//        8        4  word count of the chunk: 1...4_096
//       12        4  zero
//       16  4*(n+1)  where each word begins, from this table's end, and the last one ends
//              rest  the words' bytes, one after another
//
// Word w lies in chunk w / 4096 at place w % 4096. Words are never removed or changed; a chunk that
// is not full is written anew when words are added.

package import Bytes

/// Makes the bytes of one chunk that is stored under a key.
///
/// The key is part of the checksum, so that a chunk under another's key is not taken for it.
package func encodeWordChunk(_ words: [[UInt8]], key: UInt64 = 0) -> [UInt8] {
  precondition(!words.isEmpty && words.count <= WordChunk.wordCountMax)
  var writer = ByteWriter()
  writer.append(UInt64(0))
  writer.append(UInt32(words.count))
  writer.append(UInt32(0))
  var end: UInt32 = 0
  writer.append(end)
  for word in words {
    end += UInt32(word.count)
    writer.append(end)
  }
  for word in words { writer.append(word) }
  let sum = writer.bytes.lend { bytes in
    checksum(unsafe LentBytes(bytes.base + 8, count: bytes.count - 8))
  }
  writer.overwrite(sum ^ mix(key), at: 0)
  return writer.bytes
}

/// One chunk of words, checked when it is opened.
@safe package struct WordChunk: @unchecked Sendable {
  package static let wordCountMax = 4_096
  package static let shift = 12

  let bytes: LentBytes
  package let wordCount: Int

  package init(reading bytes: LentBytes, key: UInt64 = 0) throws(Corruption) {
    guard bytes.count >= 20 else { throw Corruption(.dictionary, at: bytes.count) }
    let body = try bytes.slice(8, count: bytes.count - 8, of: .dictionary)
    guard checksum(body) ^ mix(key) == bytes.load(0, as: UInt64.self) else {
      throw Corruption(.dictionary, at: 0)
    }
    wordCount = Int(bytes.load(8, as: UInt32.self))
    let textStart = 16 + 4 * (wordCount + 1)
    guard wordCount > 0, wordCount <= Self.wordCountMax, textStart <= bytes.count else {
      throw Corruption(.dictionary, at: 8)
    }
    var last: UInt32 = 0
    for word in 0...wordCount {
      let end = bytes.load(16 + 4 * word, as: UInt32.self)
      guard end >= last, Int(end) <= bytes.count - textStart else {
        throw Corruption(.dictionary, at: 16 + 4 * word)
      }
      last = end
    }
    self.bytes = bytes
  }

  /// The bytes of the word at a place.
  package subscript(place: Int) -> LentBytes {
    precondition(place >= 0 && place < wordCount)
    let start = Int(bytes.load(16 + 4 * place, as: UInt32.self))
    let end = Int(bytes.load(20 + 4 * place, as: UInt32.self))
    let textStart = 16 + 4 * (wordCount + 1)
    return unsafe LentBytes(bytes.base + textStart + start, count: end - start)
  }
}

/// All words of one dictionary, copied so that most are read by one load.
///
/// The chunk that is not full is written anew by any load, also by one that is not published.
@safe package final class WordList: @unchecked Sendable {
  private let entries: Scratch<UInt64>
  private let arena: Scratch<UInt8>
  package let wordCount: Int

  /// Lists the words of chunks; `wordCount` is what the catalog says, so that words added by a load
  /// that was not published stay unseen.
  package init(chunks: [WordChunk], wordCount: Int) throws(Corruption) {
    guard wordCount >= 0, wordCount <= chunks.count << WordChunk.shift else {
      throw Corruption(.dictionary, at: 8)
    }
    for (index, chunk) in chunks.enumerated() {
      let rest = wordCount - (index << WordChunk.shift)
      guard chunk.wordCount >= min(rest, WordChunk.wordCountMax) else {
        throw Corruption(.dictionary, at: 8)
      }
    }
    self.wordCount = wordCount
    entries = Scratch(count: 2 * wordCount)
    arena = Scratch(count: chunks.reduce(0) { $0 + $1.bytes.count })
    var end = 0
    for code in 0..<wordCount {
      let word = chunks[code >> WordChunk.shift][code & (WordChunk.wordCountMax - 1)]
      let start = end
      end = arena.view.write(word, at: end)
      let entry = unsafe WordEntry(word, at: UnsafeRawPointer(arena.view.base) + start)
      (entries.view[2 * code], entries.view[2 * code + 1]) = (entry.low, entry.high)
    }
  }

  /// The bytes of a word, or nil for a code that the dictionary does not have.
  package subscript(code: UInt32) -> LentBytes? { view[code] }

  fileprivate var view: WordListView {
    unsafe WordListView(UnsafeRawPointer(entries.view.base), wordCount)
  }
}

/// Where a word lies, or the word itself.
///
///     OFFSET  SIZE  FIELD
///          0     1  byte count, or 255 for a word of more than 15 bytes
///          1    15  the bytes of a short word, then zeros
///          4     4  byte count of a long word
///          8     8  address of a long word
@safe package struct WordEntry {
  static let shortCountMax = 15
  private static let long: UInt64 = 255

  let low: UInt64
  let high: UInt64

  /// An entry of a word whose bytes are also at `address`.
  fileprivate init(_ word: LentBytes, at address: UnsafeRawPointer) {
    guard word.count <= Self.shortCountMax else {
      low = Self.long | UInt64(UInt32(word.count)) << 32
      high = UInt64(UInt(bitPattern: address))
      return
    }
    var (low, high) = (UInt64(word.count), UInt64(0))
    for index in 0..<word.count {
      let byte = UInt64(word[index])
      if index < 7 {
        low |= byte << UInt64(8 * index + 8)
      } else {
        high |= byte << UInt64(8 * (index - 7))
      }
    }
    (self.low, self.high) = (low, high)
  }

  fileprivate init(low: UInt64, high: UInt64) { (self.low, self.high) = (low, high) }

  @inline(__always) var isLong: Bool { low & 255 == Self.long }

  @inline(__always) var count: Int {
    Int(truncatingIfNeeded: isLong ? low &>> 32 : low & 255)
  }

  /// Writes the word, of which 16 bytes are written at least; returns its byte count.
  @inline(__always)
  func write(to target: UnsafeMutablePointer<UInt8>) -> Int {
    guard !isLong else { return unsafe writeLong(to: target) }
    let memory = UnsafeMutableRawPointer(target)
    unsafe memory.storeBytes(of: (low &>> 8 | high &<< 56).littleEndian, as: UInt64.self)
    unsafe memory.storeBytes(
      of: (high &>> 8).littleEndian, toByteOffset: 8, as: UInt64.self)
    return Int(truncatingIfNeeded: low & 255)
  }

  @inline(never)
  private func writeLong(to target: UnsafeMutablePointer<UInt8>) -> Int {
    let count = count
    guard let source = unsafe UnsafePointer<UInt8>(bitPattern: UInt(high)) else { return 0 }
    unsafe target.update(from: source, count: count)
    return count
  }
}

/// A word list that its owner keeps alive, for reading without counting references.
@safe package struct WordListView: @unchecked Sendable {
  private let entries: UnsafeRawPointer
  private let wordCount: Int

  package init(_ list: WordList) { self = list.view }

  fileprivate init(_ entries: UnsafeRawPointer, _ wordCount: Int) {
    unsafe self.entries = entries
    self.wordCount = wordCount
  }

  /// The entry of a word, or nil for a code that the dictionary does not have.
  @inline(__always)
  func entry(_ code: UInt32) -> WordEntry? {
    let code = Int(code)
    guard code < wordCount else { return nil }
    let at = unsafe entries + code &* 16
    return unsafe WordEntry(
      low: at.load(as: UInt64.self), high: at.load(fromByteOffset: 8, as: UInt64.self))
  }

  /// The bytes of a word, or nil for a code that the dictionary does not have.
  package subscript(code: UInt32) -> LentBytes? {
    guard let entry = entry(code) else { return nil }
    return bytes(of: entry, code: code)
  }

  /// The bytes of a word whose entry this is.
  @inline(__always)
  func bytes(of entry: WordEntry, code: UInt32) -> LentBytes {
    if entry.isLong, let start = unsafe UnsafeRawPointer(bitPattern: UInt(entry.high)) {
      return unsafe LentBytes(start, count: entry.count)
    }
    return unsafe LentBytes(entries + Int(code) &* 16 + 1, count: entry.count)
  }

  /// Asks for the line of a word's entry.
  @inline(__always)
  func prefetch(_ code: UInt32) {
    unsafe Bytes.prefetch(LentBytes(entries, count: 0), at: Int(code) &* 16)
  }
}
