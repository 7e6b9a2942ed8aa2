// What ZstdReader gives, and what it refuses.

import Bytes
import Testing

@testable import Compression

@Suite struct ZstdReaderTests {
  /// A frame to be skipped, of three bytes.
  let skippable: [UInt8] = [0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]

  func decompress(
    _ bytes: [UInt8], pullAtMost: Int = 1000, readAtMost: Int = 1000
  ) throws(CompressionError) -> String {
    let reader = try ZstdReader(inputByteCount: 512, pull: pull(bytes, atMost: pullAtMost))
    return String(decoding: try readAll(atMost: readAtMost, reader.read), as: UTF8.self)
  }

  @Test(arguments: [1, 2, 3, 7, 50, 1000], [1, 5, 43, 44, 1000])
  func readsFramesAndSkippableFramesAsOne(pullAtMost: Int, readAtMost: Int) throws {
    let text = try decompress(
      skippable + firstZstd + skippable + secondZstd + skippable, pullAtMost: pullAtMost,
      readAtMost: readAtMost)

    #expect(text == firstText + secondText)
  }

  @Test func readsMoreThanItsOwnBuffers() throws {
    let content = (0..<500_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let reader = try ZstdReader(
      inputByteCount: 4096, pull: pull(rawZstd(content), atMost: 100_000))

    #expect(try readAll(atMost: 65_536, reader.read) == content)
  }

  @Test func refusesEveryCut() {
    let whole = firstZstd + skippable + secondZstd
    let frameEnds = [firstZstd.count, firstZstd.count + skippable.count]
    for length in 0..<whole.count where !frameEnds.contains(length) {
      #expect(throws: CompressionError(.truncated, at: length)) {
        try decompress(Array(whole.prefix(length)))
      }
    }
  }

  @Test func refusesEveryFlippedBitOfTheChecksum() {
    for offset in firstZstd.count - 4..<firstZstd.count {
      for bit in 0..<8 {
        var flipped = firstZstd
        flipped[offset] ^= 1 << bit
        #expect { try decompress(flipped) } throws: { error in
          (error as? CompressionError)?.code == .checksumMismatch
        }
      }
    }
  }

  /// A flipped bit anywhere never gives another text.
  @Test func refusesEveryFlippedBit() {
    for offset in 0..<firstZstd.count {
      for bit in 0..<8 {
        var flipped = firstZstd
        flipped[offset] ^= 1 << bit
        if let text = try? decompress(flipped) { #expect(text == firstText) }
      }
    }
  }

  @Test(arguments: [Array("garbage".utf8), [0, 0, 0, 0, 0], firstGzip] as [[UInt8]])
  func refusesGarbageBehindTheLastFrame(garbage: [UInt8]) {
    #expect { try decompress(firstZstd + garbage) } throws: { error in
      guard let error = error as? CompressionError else { return false }
      return error.code == .trailingGarbage && error.byteOffset >= firstZstd.count
    }
  }

  @Test func refusesAWindowOfMoreThanTheLimit() {
    // Frame header: no single segment; window descriptor: 2 to the 31.
    let frame: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x00, (31 - 10) << 3, 1, 0, 0]

    #expect { try decompress(frame) } throws: { error in
      (error as? CompressionError)?.code == .windowTooLarge
    }
  }

  @Test func refusesWhatIsNotZstd() {
    #expect { try decompress(Array("id,name\n1,n1\n".utf8)) } throws: { error in
      (error as? CompressionError)?.code == .damaged
    }
  }
}

/// A zstd frame of raw blocks without a checksum, by RFC 8878.
private func rawZstd(_ content: [UInt8]) -> [UInt8] {
  // Single segment, content size in four bytes.
  var frame = ByteWriter()
  frame.append([0x28, 0xb5, 0x2f, 0xfd, 0b1010_0000])
  frame.append(UInt32(content.count))
  var position = 0
  while position < content.count {
    let count = min(100_000, content.count - position)
    let header = UInt32(count << 3 | (position + count == content.count ? 1 : 0))
    for shift in [0, 8, 16] { frame.append(UInt8(truncatingIfNeeded: header >> shift)) }
    frame.append(Array(content[position..<position + count]))
    position += count
  }
  return frame.bytes
}
