// Small values are copied, large ones are lent.

import Support
import Testing

@testable import Bytes

@Suite struct StandingBytesTests {
  @Test(arguments: [0, 1, 4_095, StandingBytes.copiedByteCountMax])
  func copiesASmallValue(byteCount: Int) {
    var value = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let expected = value
    let standing = value.lend { StandingBytes($0) }
    for index in value.indices { value[index] = 0xEE }
    #expect(standing.bytes.copied == expected)
    #expect(UInt(bitPattern: standing.bytes.base) % 64 == 16)
  }

  @Test func lendsALargeValue() {
    let value = [UInt8](repeating: 3, count: StandingBytes.copiedByteCountMax + 1)
    value.lend { bytes in
      let standing = StandingBytes(bytes)
      #expect(standing.bytes.base == bytes.base)
      #expect(standing.bytes.count == bytes.count)
    }
  }
}
