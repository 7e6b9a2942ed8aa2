// The 40-bit mix is a bijection and spreads.

import Support
import Testing

@testable import Bytes

@Suite struct Mix40Tests {
  /// Undoing each step gives back the key.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func canBeUndone(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for key in [0, 1, 999_999_999_999, mask] { #expect(unmix40(mix40(key)) == key) }
    for _ in 0..<20_000 {
      let key = UInt64.random(in: 0..<1 << 40, using: &random)
      #expect(mix40(key) < 1 << 40)
      #expect(unmix40(mix40(key)) == key)
    }
  }

  @Test func spreadsNeighbours() {
    var counts = [Int](repeating: 0, count: 256)
    for key in 0..<65_536 as Range<UInt64> { counts[Int(mix40(109_900_000_000 + key) >> 32)] += 1 }
    // 256 are expected in each; 6 standard deviations are 96.
    #expect(counts.allSatisfy { $0 > 160 && $0 < 352 })
  }
}

private let mask: UInt64 = (1 << 40) - 1

private func unmix40(_ mixed: UInt64) -> UInt64 {
  var key = unshift(mixed, 20)
  key = (key &* inverse(0x94_d049_bb13)) & mask
  key = unshift(key, 17)
  key = (key &* inverse(0xbf_5847_6d1d)) & mask
  return unshift(key, 19)
}

private func unshift(_ value: UInt64, _ distance: UInt64) -> UInt64 {
  var key = value
  for _ in 0..<3 { key = value ^ (key >> distance) }
  return key
}

/// Newton's iteration doubles the right bits of the inverse.
private func inverse(_ odd: UInt64) -> UInt64 {
  var inverse = odd
  for _ in 0..<6 { inverse = inverse &* (2 &- odd &* inverse) }
  return inverse
}
