// Spreads keys of up to twelve digits over the index: a bijection of 40-bit integers.

/// A bijective mix of the integers below 2^40: equal results mean equal inputs.
///
/// Each step can be undone: a right shift folded in, and a product with an odd number modulo 2^40.
/// The multipliers are the upper 40 bits of those of `mix`, made odd.
@inlinable package func mix40(_ value: UInt64) -> UInt64 {
  let mask: UInt64 = (1 << 40) &- 1
  var mixed = value & mask
  mixed = ((mixed ^ (mixed >> 19)) &* 0xbf_5847_6d1d) & mask
  mixed = ((mixed ^ (mixed >> 17)) &* 0x94_d049_bb13) & mask
  return mixed ^ (mixed >> 20)
}
