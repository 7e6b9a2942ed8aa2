// Codes into packed bytes; the layouts are described beside `unpackTransposed`.

/// Packs 1,024 codes below `1 << width` into a zeroed block of 128 * `width` bytes.
func packTransposed(
  _ codes: UnsafePointer<UInt16>, width: Int, into block: UnsafeMutablePointer<UInt16>
) {
  for round in 0..<16 {
    let bit = round &* width
    let shift = UInt16(truncatingIfNeeded: bit & 15)
    let words = unsafe block + (bit >> 4) &* 64
    let from = unsafe codes + round &* 64
    for lane in 0..<64 { unsafe words[lane] |= from[lane] &<< shift }
    if bit & 15 &+ width > 16 {
      let rest = 16 &- shift
      for lane in 0..<64 { unsafe words[lane &+ 64] |= from[lane] &>> rest }
    }
  }
}

/// Appends codes of one width, low bit first, to zeroed bytes with 8 bytes of slack.
@safe struct PlainPacker {
  private var target: UnsafeMutableRawPointer
  private var held: UInt64 = 0
  private var heldCount: UInt64 = 0

  init(into target: UnsafeMutableRawPointer) { unsafe self.target = unsafe target }

  @inline(__always) mutating func append(_ code: UInt64, width: UInt64) {
    held |= code &<< heldCount
    let count = heldCount &+ width
    if count >= 64 {
      unsafe target.storeBytes(of: held, as: UInt64.self)
      unsafe target += 8
      // Nothing is left over when the word was filled exactly; a shift by 64 then gives zero.
      held = code >> (64 &- heldCount)
      heldCount = count &- 64
    } else {
      heldCount = count
    }
  }

  mutating func finish() {
    guard heldCount > 0 else { return }
    unsafe target.storeBytes(of: held, as: UInt64.self)
  }
}
