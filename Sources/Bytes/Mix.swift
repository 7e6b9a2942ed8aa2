// Spreads keys over the index: a bijection of 64-bit integers, and a hash of bytes.

import CXXHash

/// A bijective mix: equal results mean equal inputs, and every bit of the result depends on every
/// bit of the input.
///
/// The multipliers are those of the splitmix64 finaliser (Stafford's variant 13).
@inlinable package func mix(_ value: UInt64) -> UInt64 {
  var mixed = value
  mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
  mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
  return mixed ^ (mixed >> 31)
}

/// The hash of text under which an index finds it.
package func mix(_ bytes: LentBytes) -> UInt64 {
  unsafe XXH3_64bits(bytes.base, bytes.count)
}
