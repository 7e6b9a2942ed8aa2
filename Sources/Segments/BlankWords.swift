// A chunk of words that stands where a stored one cannot be read, so that all else still can.

import Bytes

extension WordChunk {
  /// 4,096 words without letters.
  package static var blank: WordChunk { blankChunk.chunk }
}

private let blankChunk = BlankChunk()

private final class BlankChunk: Sendable {
  let chunk: WordChunk
  private let bytes: Scratch<UInt8>

  init() {
    let encoded = encodeWordChunk(Array(repeating: [], count: WordChunk.wordCountMax))
    let bytes = Scratch<UInt8>(count: encoded.count)
    _ = encoded.lend { bytes.view.write($0, at: 0) }
    guard let chunk = try? WordChunk(reading: bytes.view.lent(count: encoded.count)) else {
      preconditionFailure("a chunk that was just encoded can be read")
    }
    self.bytes = bytes
    self.chunk = chunk
  }
}
