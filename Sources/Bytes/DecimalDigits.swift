// Numbers as decimal digits, eight at a time.

/// Writes the last `count` digits of a number, 1 to 24, with zeros in front; what there is up to
/// the eighth byte may be written over.
@inlinable package func putDigits(_ value: Int64, count: Int, into room: ScratchView<UInt8>) {
  let unit: UInt64 = 100_000_000
  let (low, high) = (UInt64(bitPattern: value) % unit, UInt64(bitPattern: value) / unit)
  // Up to eight digits come first; those that are written too far are written over.
  let first = (count &- 1) & 7 &+ 1
  let unused = UInt64(truncatingIfNeeded: 64 &- 8 &* first)
  if count <= 8 {
    room.store(eightDigits(low) &>> unused, at: 0)
  } else if count <= 16 {
    room.store(eightDigits(high % unit) &>> unused, at: 0)
    room.store(eightDigits(low), at: first)
  } else {
    room.store(eightDigits(high / unit) &>> unused, at: 0)
    room.store(eightDigits(high % unit), at: first)
    room.store(eightDigits(low), at: first &+ 8)
  }
}

/// The digits of a number below 10^8 as characters, the first in the lowest byte.
@inlinable package func eightDigits(_ number: UInt64) -> UInt64 {
  // Halves, then halves of these, side by side: each division is a multiplication by its inverse.
  let high = number / 10_000
  let halves = high | (number &- high &* 10_000) &<< 32
  let hundreds = ((halves &* 10_486) &>> 20) & 0x0000_007F_0000_007F
  let pairs = (halves &- hundreds &* 100) &<< 16 | hundreds
  let tens = ((pairs &* 103) &>> 10) & 0x000F_000F_000F_000F
  return (tens | (pairs &- tens &* 10) &<< 8) | 0x3030_3030_3030_3030
}
