// A chunk of words that stands where a stored one cannot be read, so that all else still can.

import Bytes

extension WordChunk {
  /// A byte that no text has, and every word of the blank chunk.
  package static let noText: UInt8 = 0xFF

  /// 4,096 words that are no text, by which what is made of them is known.
  package static var blank: WordChunk { blankChunk.chunk }
}

private let blankChunk = BlankChunk()

private final class BlankChunk: Sendable {
  let chunk: WordChunk
  private let bytes: Scratch<UInt8>

  init() {
    let encoded = encodeWordChunk(
      Array(repeating: [WordChunk.noText], count: WordChunk.wordCountMax))
    let bytes = Scratch<UInt8>(count: encoded.count)
    _ = encoded.lend { bytes.view.write($0, at: 0) }
    guard let chunk = try? WordChunk(reading: bytes.view.lent(count: encoded.count)) else {
      preconditionFailure("a chunk that was just encoded can be read")
    }
    self.bytes = bytes
    self.chunk = chunk
  }
}
