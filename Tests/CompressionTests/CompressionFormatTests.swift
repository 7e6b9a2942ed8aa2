// Compressed bytes are recognised by how they begin.

import Bytes
import Testing

@testable import Compression

@Suite struct CompressionFormatTests {
  @Test(
    arguments: [
      ([0x1f, 0x8b], .gzip), ([0x1f, 0x8b, 8, 0], .gzip), ([0x28, 0xb5, 0x2f, 0xfd], .zstd),
      ([0x50, 0x2a, 0x4d, 0x18], .zstd), ([0x5f, 0x2a, 0x4d, 0x18], .zstd), ([], nil),
      ([0x1f], nil),
      ([0x28, 0xb5, 0x2f], nil), ([0x60, 0x2a, 0x4d, 0x18], nil), (Array("id,n".utf8), nil),
    ] as [([UInt8], CompressionFormat?)])
  func recognises(first: [UInt8], format: CompressionFormat?) {
    #expect(first.lend { detectCompression(first: $0) } == format)
  }
}
