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

/// All words of one dictionary, copied; a look-up is one load.
///
/// The chunk that is not full is written anew by any load, also by one that is not published.
@safe package final class WordList: @unchecked Sendable {
  private let places: UnsafeMutablePointer<WordPlace>
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
    unsafe places = .allocate(capacity: max(wordCount, 1))
    arena = Scratch(count: chunks.reduce(0) { $0 + $1.bytes.count })
    var end = 0
    for code in 0..<wordCount {
      let word = chunks[code >> WordChunk.shift][code & (WordChunk.wordCountMax - 1)]
      unsafe (places + code).initialize(
        to: WordPlace(start: UnsafeRawPointer(arena.view.base) + end, count: word.count))
      end = arena.view.write(word, at: end)
    }
  }

  deinit { unsafe places.deallocate() }

  /// The bytes of a word, or nil for a code that the dictionary does not have.
  package subscript(code: UInt32) -> LentBytes? {
    let code = Int(code)
    guard code < wordCount else { return nil }
    return unsafe LentBytes(places[code].start, count: places[code].count)
  }
}

/// Where a word lies.
@unsafe private struct WordPlace {
  var start: UnsafeRawPointer
  var count: Int
}

/// A word list that its owner keeps alive, for reading without counting references.
@safe package struct WordListView: @unchecked Sendable {
  private let places: UnsafePointer<WordPlace>
  private let wordCount: Int

  package init(_ list: WordList) { self = list.view }

  fileprivate init(_ places: UnsafePointer<WordPlace>, _ wordCount: Int) {
    unsafe self.places = places
    self.wordCount = wordCount
  }

  /// The bytes of a word, or nil for a code that the dictionary does not have.
  package subscript(code: UInt32) -> LentBytes? {
    let code = Int(code)
    guard code < wordCount else { return nil }
    return unsafe LentBytes(places[code].start, count: places[code].count)
  }

  /// Asks for the line that says where a word lies.
  package func prefetch(_ code: UInt32) {
    unsafe Bytes.prefetch(
      LentBytes(UnsafeRawPointer(places), count: 0),
      at: Int(code) &* MemoryLayout<WordPlace>.stride)
  }
}

extension WordList {
  fileprivate var view: WordListView { unsafe WordListView(places, wordCount) }
}
