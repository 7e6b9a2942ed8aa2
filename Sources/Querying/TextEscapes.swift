// What a text needs so that it is one value: quotes in comma-separated text, escapes in JSON.

import Bytes

/// Whether a text holds a comma, a quote or an end of line.
@inline(__always)
func needsQuotes(_ text: LentBytes) -> Bool {
  var offset = 0
  while offset &+ 8 <= text.count {
    let word: UInt64 = text.load(offset)
    if marks(of: 0x2C, in: word) | marks(of: 0x22, in: word) | marks(of: 0x0A, in: word)
      | marks(of: 0x0D, in: word) != 0
    {
      return true
    }
    offset &+= 8
  }
  while offset < text.count {
    switch text[offset] {
    case 0x2C, 0x22, 0x0A, 0x0D: return true
    default: offset &+= 1
    }
  }
  return false
}

/// Whether a text may hold something that JSON escapes: a quote, a backslash, a control character
/// or a separator of lines.
///
/// The first bytes of U+0080 to U+00BF and of U+2000 to U+2FFF are taken for such.
@inline(__always)
func needsEscapes(_ text: LentBytes) -> Bool {
  var offset = 0
  while offset &+ 8 <= text.count {
    let word: UInt64 = text.load(offset)
    let controls = (word &- 0x2020_2020_2020_2020) & ~word & 0x8080_8080_8080_8080
    if controls | marks(of: 0x22, in: word) | marks(of: 0x5C, in: word) | marks(of: 0x7F, in: word)
      | marks(of: 0xC2, in: word) | marks(of: 0xE2, in: word) != 0
    {
      return true
    }
    offset &+= 8
  }
  while offset < text.count {
    switch text[offset] {
    case 0..<0x20, 0x22, 0x5C, 0x7F, 0xC2, 0xE2: return true
    default: offset &+= 1
    }
  }
  return false
}

/// Not zero if one of the eight bytes of a word is this one.
@inline(__always)
private func marks(of byte: UInt64, in word: UInt64) -> UInt64 {
  let unlike = word ^ (byte &* 0x0101_0101_0101_0101)
  return (unlike &- 0x0101_0101_0101_0101) & ~unlike & 0x8080_8080_8080_8080
}

/// Writes UTF-8 text as the inside of a JSON string; returns the count of bytes, six times those of
/// the text at most.
///
/// Escaped are quotes and backslashes, every control character, and U+2028 and U+2029, where some
/// readers end a line.
func escape(_ text: LentBytes, into room: ScratchView<UInt8>) -> Int {
  var (offset, count) = (0, 0)
  func put(_ bytes: StaticString) {
    for index in 0..<bytes.utf8CodeUnitCount {
      room[count] = unsafe bytes.utf8Start[index]
      count += 1
    }
  }
  func putNumber(_ scalar: UInt16) {
    put("\\u")
    for shift in stride(from: 12, through: 0, by: -4) {
      let digit = UInt8(scalar >> UInt16(shift) & 15)
      room[count] = digit < 10 ? 0x30 + digit : 0x57 + digit
      count += 1
    }
  }
  while offset < text.count {
    let byte = text[offset]
    let next = offset + 1 < text.count ? text[offset + 1] : 0
    let last = offset + 2 < text.count ? text[offset + 2] : 0
    switch (byte, next, last) {
    case (UInt8(ascii: "\""), _, _): put("\\\"")
    case (UInt8(ascii: "\\"), _, _): put("\\\\")
    case (UInt8(ascii: "\n"), _, _): put("\\n")
    case (UInt8(ascii: "\r"), _, _): put("\\r")
    case (UInt8(ascii: "\t"), _, _): put("\\t")
    case (0..<0x20, _, _), (0x7F, _, _): putNumber(UInt16(byte))
    case (0xC2, 0x80..<0xA0, _):
      putNumber(UInt16(next))
      offset += 1
    case (0xE2, 0x80, 0xA8...0xA9):
      putNumber(0x2000 | UInt16(last & 0x3F))
      offset += 2
    default:
      room[count] = byte
      count += 1
    }
    offset += 1
  }
  return count
}
