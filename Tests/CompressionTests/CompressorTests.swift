// What Compressor makes, its readers read.

import Bytes
import Support
import Testing

@testable import Compression

@Suite struct CompressorTests {
  static let formats: [CompressionFormat] = [.gzip, .zstd]

  private func decompressed(
    _ bytes: [UInt8], _ format: CompressionFormat
  ) throws(CompressionError) -> [UInt8] {
    let pull = pull(bytes, atMost: 1_000)
    switch format {
    case .gzip: return try readAll(atMost: 4_096, GzipReader(pull: pull).read)
    case .zstd: return try readAll(atMost: 4_096, ZstdReader(pull: pull).read)
    }
  }

  @Test(arguments: formats, [0, 1, 1_000, 300_000])
  func makesMembersAndFramesThatAreOneStream(format: CompressionFormat, byteCount: Int) throws {
    var random = SeededGenerator(seed: 5)
    let compressor = try Compressor(format)
    var (all, stream) = ([UInt8](), [UInt8]())
    for isRandom in [true, false, true] {
      let part = (0..<byteCount).map {
        isRandom ? .random(in: 0...255, using: &random) : UInt8($0 % 7)
      }
      let compressed = try compressor.compressed(part)
      #expect(compressed.lend { detectCompression(first: $0) } == format)
      #expect(compressed.count <= compressor.byteCountMax(of: byteCount))
      all += part
      stream += compressed
    }
    #expect(try decompressed(stream, format) == all)
  }

  @Test(arguments: formats)
  func endsEachWithAChecksum(format: CompressionFormat) throws {
    var bytes = try Compressor(format).compressed(Array("some text, some text".utf8))
    // Of gzip the length comes after the checksum.
    bytes[bytes.count - (format == .gzip ? 5 : 1)] ^= 1
    #expect {
      try decompressed(bytes, format)
    } throws: { error in
      (error as? CompressionError)?.code == .checksumMismatch
    }
  }
}
