// Codes out of packed bytes: one at a time, and a block of 1,024 by a loop that vectorises.
//
// Two layouts of codes of `width` bits:
//   plain       code i lies at bits i * width..., low bit first; followed by 8 bytes of slack. With
//               other columns' codes between them, it lies at bits first + i * stride...
//   transposed  width <= 16; a block of 1,024 codes takes 128 * width bytes. Code i of it has
//               lane i & 63 and round i >> 6; its bits begin at bit round * width of the lane. Bits
//               16 k ... 16 k + 15 of a lane are the 16-bit word number k * 64 + lane.

/// The code of the plain layout at a bit; `width` is 1...64.
@inline(__always) func plainCode(
  _ codes: UnsafeRawPointer, width: Int, bit: Int
) -> UInt64 {
  let shift = UInt64(truncatingIfNeeded: bit & 7)
  let at = unsafe codes + (bit >> 3)
  var code = unsafe at.loadUnaligned(as: UInt64.self) &>> shift
  if width > 57 {
    let last = unsafe at.load(fromByteOffset: 8, as: UInt8.self)
    code |= UInt64(last) << (64 &- shift)
  }
  return code & (UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- width))
}

/// One code of the transposed layout; `width` is 1...16.
@inline(__always) func transposedCode(
  _ codes: UnsafeRawPointer, width: Int, at index: Int
) -> UInt64 {
  let bit = ((index >> 6) & 15) &* width
  let lane = unsafe codes + ((index >> 10) &* (width &* 128) &+ (index & 63) &* 2)
  // Where both words are one word, the bits of the second copy are masked away.
  let low = unsafe lane.loadUnaligned(fromByteOffset: (bit >> 4) &* 128, as: UInt16.self)
  let high = unsafe lane.loadUnaligned(
    fromByteOffset: ((bit &+ width &- 1) >> 4) &* 128, as: UInt16.self)
  let both = UInt32(low) | UInt32(high) &<< 16
  return UInt64(both &>> UInt32(truncatingIfNeeded: bit & 15))
    & (UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- width))
}

/// All 1,024 codes of one block of the transposed layout; `width` is 1...16.
func unpackTransposed(
  _ block: UnsafePointer<UInt16>, width: Int, into codes: UnsafeMutablePointer<UInt16>
) {
  let mask = UInt16.max &>> UInt16(truncatingIfNeeded: 16 &- width)
  for round in 0..<16 {
    let bit = round &* width
    let shift = UInt16(truncatingIfNeeded: bit & 15)
    let words = unsafe block + (bit >> 4) &* 64
    let out = unsafe codes + round &* 64
    if bit & 15 &+ width <= 16 {
      for lane in 0..<64 { unsafe out[lane] = (words[lane] &>> shift) & mask }
    } else {
      let rest = 16 &- shift
      for lane in 0..<64 {
        unsafe out[lane] = ((words[lane] &>> shift) | (words[lane &+ 64] &<< rest)) & mask
      }
    }
  }
}

/// `count` codes of the plain layout from a bit on, each `stride` bits after the one before, as
/// 16-bit codes; `width` is 1...16.
func unpackPlain(
  _ codes: UnsafeRawPointer, width: Int, bit: Int, stride: Int, count: Int,
  into target: UnsafeMutablePointer<UInt16>
) {
  let mask = UInt32(truncatingIfNeeded: UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- width))
  // Eight codes further on, a code begins at the same bit of a byte.
  for phase in 0..<min(8, count) {
    let first = bit &+ phase &* stride
    let shift = UInt32(truncatingIfNeeded: first & 7)
    var at = unsafe codes + (first >> 3)
    var index = phase
    while index < count {
      let word = unsafe at.loadUnaligned(as: UInt32.self)
      unsafe target[index] = UInt16(truncatingIfNeeded: (word &>> shift) & mask)
      unsafe at += stride
      index &+= 8
    }
  }
}

/// `base + (code << shift)` for `count` codes of the plain layout from a bit on, each `stride` bits
/// after the one before; `width` is 1...64.
func unpackPlain(
  _ codes: UnsafeRawPointer, width: Int, bit: Int, stride: Int, count: Int, base: Int64,
  shift: Int, into target: UnsafeMutablePointer<Int64>
) {
  let mask = UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- width)
  let scale = UInt64(truncatingIfNeeded: shift)
  guard width <= 57 else {
    for index in 0..<count {
      let code = unsafe plainCode(codes, width: width, bit: bit &+ index &* stride)
      unsafe target[index] = base &+ Int64(bitPattern: code &<< scale)
    }
    return
  }
  var bit = bit
  for index in 0..<count {
    let word = unsafe codes.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self)
    let code = (word &>> UInt64(truncatingIfNeeded: bit & 7)) & mask
    unsafe target[index] = base &+ Int64(bitPattern: code &<< scale)
    bit &+= stride
  }
}

/// For each byte its bits as eight codes.
private let codesOfByte: [SIMD8<UInt16>] = (0..<256).map { byte in
  var codes = SIMD8<UInt16>()
  for bit in 0..<8 { codes[bit] = UInt16(byte >> bit & 1) }
  return codes
}

/// The 1,024 bits of a block of flags as codes 0 and 1.
func unpackBits(
  _ bits: UnsafeRawPointer, wordCount: Int, into codes: UnsafeMutablePointer<UInt16>
) {
  unsafe codesOfByte.withUnsafeBufferPointer { table in
    guard let table = table.baseAddress else { return }
    for index in 0..<wordCount &* 8 {
      let byte = unsafe Int(bits.load(fromByteOffset: index, as: UInt8.self))
      unsafe UnsafeMutableRawPointer(codes + index &* 8).storeBytes(
        of: table[byte], as: SIMD8<UInt16>.self)
    }
  }
}
