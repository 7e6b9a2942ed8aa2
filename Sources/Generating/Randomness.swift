// Whole-number randomness: the same on every machine, one stream for each piece of the output.

import Bytes

/// The splitmix64 sequence of one seed and stream.
struct Randomness {
  private var state: UInt64

  init(seed: UInt64, stream: UInt64) {
    state = mix(mix(seed &+ 0x9e37_79b9_7f4a_7c15) ^ (stream &* 0xd134_2543_de82_ef95))
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return mix(state)
  }

  /// A number of `0..<bound`; a bound of at most 2^32 keeps the bias below 2^-32.
  mutating func below(_ bound: Int) -> Int {
    assert(bound > 0 && bound <= 1 << 32)
    return Int(((next() >> 32) &* UInt64(bound)) >> 32)
  }

  /// A number of `low...high`.
  mutating func within(_ low: Int, _ high: Int) -> Int { low + below(high - low + 1) }

  /// True this many times in a thousand.
  mutating func chance(_ perThousand: Int) -> Bool { below(1_000) < perThousand }

  /// True this many times in 2^32.
  mutating func chance(of2To32 share: UInt64) -> Bool { next() >> 32 < share }
}
