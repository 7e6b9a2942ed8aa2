// What GzipReader gives, and what it refuses.

import Bytes
import Testing

@testable import Compression

@Suite struct GzipReaderTests {
  func decompress(
    _ bytes: [UInt8], pullAtMost: Int = 1000, readAtMost: Int = 1000
  ) throws(CompressionError) -> String {
    let reader = try GzipReader(inputByteCount: 512, pull: pull(bytes, atMost: pullAtMost))
    return String(decoding: try readAll(atMost: readAtMost, reader.read), as: UTF8.self)
  }

  @Test func readsOneMember() throws {
    #expect(try decompress(firstGzip) == firstText)
  }

  @Test(arguments: [1, 2, 3, 7, 59, 60, 61, 1000], [1, 5, 44, 1000])
  func readsTwoMembersAsOne(pullAtMost: Int, readAtMost: Int) throws {
    let text = try decompress(
      firstGzip + secondGzip, pullAtMost: pullAtMost, readAtMost: readAtMost)

    #expect(text == firstText + secondText)
  }

  @Test func readsMoreThanItsOwnBuffers() throws {
    let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let reader = try GzipReader(
      inputByteCount: 4096, pull: pull(storedGzip(content), atMost: 100_000))

    #expect(try readAll(atMost: 65_536, reader.read) == content)
  }

  /// A cut anywhere, in the first member or in the second, is never a short file.
  @Test func refusesEveryCut() {
    let whole = firstGzip + secondGzip
    for length in 0..<whole.count where length != firstGzip.count {
      #expect(throws: CompressionError(.truncated, at: length)) {
        try decompress(Array(whole.prefix(length)))
      }
    }
  }

  @Test func refusesEveryFlippedBitOfTheChecksum() {
    for offset in firstGzip.count - 8..<firstGzip.count {
      for bit in 0..<8 {
        var flipped = firstGzip
        flipped[offset] ^= 1 << bit
        #expect { try decompress(flipped) } throws: { error in
          (error as? CompressionError)?.code == .checksumMismatch
        }
      }
    }
  }

  /// A flipped bit of the compressed text never goes through.
  @Test func refusesEveryFlippedBitOfTheText() {
    for offset in 10..<firstGzip.count - 8 {
      for bit in 0..<8 {
        var flipped = firstGzip
        flipped[offset] ^= 1 << bit
        if let text = try? decompress(flipped) { #expect(text == firstText) }
      }
    }
  }

  @Test(arguments: [[0], [0x1f, 0x8c], [0x0a], Array("garbage".utf8)] as [[UInt8]])
  func refusesGarbageBehindTheLastMember(garbage: [UInt8]) {
    #expect { try decompress(firstGzip + garbage) } throws: { error in
      guard let error = error as? CompressionError else { return false }
      return error.code == .trailingGarbage && error.byteOffset >= firstGzip.count
    }
  }

  @Test func refusesWhatIsNotGzip() {
    #expect { try decompress(Array("id,name\n1,n1\n".utf8)) } throws: { error in
      (error as? CompressionError)?.code == .damaged
    }
  }

  @Test func passesOnAFailureToRead() throws {
    let reader = try GzipReader { (_) throws(CompressionError) -> Int in
      throw CompressionError(.readFailed(5), at: 17)
    }

    #expect(throws: CompressionError(.readFailed(5), at: 17)) {
      try readAll(atMost: 100, reader.read)
    }
  }
}

/// A gzip member of stored blocks, by RFC 1951 and 1952.
private func storedGzip(_ content: [UInt8]) -> [UInt8] {
  var result: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
  var position = 0
  while position < content.count {
    let count = min(65_535, content.count - position)
    let isLast = position + count == content.count
    result += [isLast ? 1 : 0, UInt8(count & 255), UInt8(count >> 8)]
    result += [UInt8(~count & 255), UInt8(~count >> 8 & 255)]
    result += content[position..<position + count]
    position += count
  }
  var remainder: UInt32 = .max
  for byte in content {
    remainder ^= UInt32(byte)
    for _ in 0..<8 { remainder = remainder >> 1 ^ (remainder & 1 == 1 ? 0xedb8_8320 : 0) }
  }
  var trailer = ByteWriter()
  trailer.append(~remainder)
  trailer.append(UInt32(content.count))
  return result + trailer.bytes
}
