// A checksum of bytes in parts is that of the bytes side by side.

import Bytes
import Testing

@Suite struct StreamingChecksumTests {
  @Test(arguments: [1, 3, 64, 255, 256, 1000, 5000])
  func equalsTheChecksumOfTheWhole(step: Int) {
    let whole = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ ($0 >> 5)) }
    let streaming = StreamingChecksum()
    for start in stride(from: 0, to: whole.count, by: step) {
      Array(whole[start..<min(start + step, whole.count)]).lend { streaming.update($0) }
    }

    #expect(streaming.value == checksum(whole))
  }

  /// The value that the XXH3 specification gives for no bytes and seed 0.
  @Test func knowsNothing() {
    #expect(StreamingChecksum().value == 0x2d06_8005_38d3_94c2)
  }
}
