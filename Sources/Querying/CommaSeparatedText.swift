// Bytes of comma-separated text as they are written: values one after another, quoted where needed.
//
// A field is quoted as RFC 4180 says when it holds a comma, a quote or an end of line; a quote in
// it is doubled. An absent value is an empty field, an empty text two quotes. Lines end with a line
// feed.

import Bytes
import Rows

/// A growing buffer of comma-separated text; used by one thread at a time.
final class CommaSeparatedText {
  private var room = Scratch<UInt8>(count: 1 << 20)
  private(set) var count = 0

  private static let comma = UInt8(ascii: ",")
  private static let quote = UInt8(ascii: "\"")
  private static let lineFeed = UInt8(ascii: "\n")

  /// What was written, valid until more is.
  var bytes: LentBytes { room.view.lent(count: count) }

  func removeAll() { count = 0 }

  /// Makes room for so many more bytes.
  @inline(__always)
  func reserve(_ byteCount: Int) {
    if count &+ byteCount > room.view.count { grow(byteCount) }
  }

  @inline(never)
  private func grow(_ byteCount: Int) {
    let larger = Scratch<UInt8>(count: 2 * room.view.count + byteCount)
    _ = larger.view.write(bytes, at: 0)
    room = larger
  }

  // MARK: Marks between fields

  @inline(__always)
  func endField() { put(Self.comma) }

  /// Makes the comma after the last field of a row an end of line.
  @inline(__always)
  func endRow() { room.view[count &- 1] = Self.lineFeed }

  @inline(__always)
  private func put(_ byte: UInt8) {
    reserve(1)
    room.view[count] = byte
    count &+= 1
  }

  // MARK: Values

  /// A number of exactly `digitCount` digits.
  @inline(__always)
  func append(digits value: Int64, count digitCount: Int) {
    reserve(digitCount)
    putDigits(value, count: digitCount, into: room.view.from(count))
    count &+= digitCount
  }

  /// A whole number.
  func append(integer value: Int64) {
    reserve(20)
    var rest = value.magnitude
    var digitCount = 1
    while rest >= 10 {
      rest /= 10
      digitCount += 1
    }
    if value < 0 { put(UInt8(ascii: "-")) }
    append(digits: Int64(bitPattern: value.magnitude), count: digitCount)
  }

  /// A stored day: 2001-12-31, 2001-12 or 2001.
  ///
  /// No day at all is written as nothing.
  func append(day stored: Int64) {
    guard let day = Day(physical: stored) else { return }
    let parts = day.yearMonthDay
    append(digits: Int64(parts.year), count: 4)
    if day.precision == .year { return }
    put(UInt8(ascii: "-"))
    append(digits: Int64(parts.month), count: 2)
    if day.precision == .month { return }
    put(UInt8(ascii: "-"))
    append(digits: Int64(parts.day), count: 2)
  }

  /// Bytes that need no quotes.
  @inline(__always)
  func append(plain text: LentBytes) {
    reserve(text.count)
    count = room.view.write(text, at: count)
  }

  // MARK: Texts

  /// Where a text may be put that `endText` then quotes; room for `byteCount` bytes.
  func textRoom(_ byteCount: Int) -> ScratchView<UInt8> {
    reserve(byteCount)
    return room.view.from(count)
  }

  /// The room for a text, as large as it is.
  var textRoomLeft: ScratchView<UInt8> { room.view.from(count) }

  /// Takes `byteCount` bytes that were put into the room as a text.
  @inline(__always)
  func endText(_ byteCount: Int) {
    let text = unsafe LentBytes(UnsafeRawPointer(room.view.base + count), count: byteCount)
    if byteCount > 0, !needsQuotes(text) {
      count &+= byteCount
    } else {
      quote(text.copied)
    }
  }

  @inline(never)
  private func quote(_ text: [UInt8]) {
    reserve(2 * text.count + 2)
    put(Self.quote)
    for byte in text {
      if byte == Self.quote { put(Self.quote) }
      put(byte)
    }
    put(Self.quote)
  }
}

/// Writes a number of exactly `count` digits, which the room must hold.
@inline(__always)
func putDigits(_ value: Int64, count: Int, into room: ScratchView<UInt8>) {
  precondition(count >= 0 && count <= room.count)
  let target = unsafe room.base
  var rest = UInt64(bitPattern: value)
  var index = count &- 1
  while index >= 0 {
    let tenth = rest / 10
    unsafe target[index] = 0x30 &+ UInt8(truncatingIfNeeded: rest &- tenth &* 10)
    rest = tenth
    index &-= 1
  }
}

/// Whether a text holds a comma, a quote or an end of line.
@inline(__always)
private func needsQuotes(_ text: LentBytes) -> Bool {
  var offset = 0
  while offset &+ 8 <= text.count {
    let word: UInt64 = text.load(offset)
    if holds(word, 0x2C2C_2C2C_2C2C_2C2C) | holds(word, 0x2222_2222_2222_2222)
      | holds(word, 0x0A0A_0A0A_0A0A_0A0A) | holds(word, 0x0D0D_0D0D_0D0D_0D0D) != 0
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

/// Not zero if one of the eight bytes is that of the pattern.
@inline(__always)
private func holds(_ word: UInt64, _ pattern: UInt64) -> UInt64 {
  let unlike = word ^ pattern
  return (unlike &- 0x0101_0101_0101_0101) & ~unlike & 0x8080_8080_8080_8080
}
