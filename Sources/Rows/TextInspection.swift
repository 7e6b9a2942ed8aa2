// Whether bytes are UTF-8 text that a field may hold, and whether it is surely in NFC.
//
// Surely in NFC are the characters below U+0300, those of U+1E00 to U+1EFF (which hold every
// Vietnamese letter) and the punctuation of U+2010 to U+2027: each composes to itself and none
// combines with the one before. Any other character makes a text worth a closer look.

package import Bytes

/// What one pass over the bytes of a text shows.
package struct TextInspection: Equatable, Sendable {
  /// The first problem, if any.
  package var problem: FieldProblem?
  /// Whether the text has a letter that only looks like Đ.
  package var hasLookAlike: Bool
  /// Whether the text is known to be in the normalisation form NFC.
  package var isSurelyNormal: Bool

  /// The most bytes that a text can have.
  package static let byteCountMax = 1 << 20

  /// Inspects a text: UTF-8, no control characters but tabs and line ends, not too long.
  package init(_ text: LentBytes) {
    problem = nil
    isSurelyNormal = true
    hasLookAlike = false
    guard text.count <= Self.byteCountMax else {
      problem = .tooLong
      return
    }
    var index = 0
    while index < text.count {
      if index &+ 8 <= text.count {
        let plainCount = plainPrefixCount(text.load(index))
        index &+= plainCount
        if plainCount == 8 { continue }
      }
      let byte = text[index]
      if byte < 0x80 {
        if (byte < 0x20 && !isLayout(byte)) || byte == 0x7F {
          fail(.controlCharacter)
          return
        }
        index &+= 1
        continue
      }
      let (scalar, length) = decodeScalar(text, at: index)
      guard length > 0 else {
        fail(.notUTF8)
        return
      }
      if scalar < 0xA0 {
        fail(.controlCharacter)
        return
      }
      if scalar >= 0x300, !isStable(scalar) { isSurelyNormal = false }
      if isLookAlike(scalar) { hasLookAlike = true }
      index &+= length
    }
  }

  private mutating func fail(_ problem: FieldProblem) {
    self.problem = problem
    isSurelyNormal = false
  }
}

/// Whether a control character belongs to a text of several lines: a tab, a line feed or a carriage
/// return.
private func isLayout(_ byte: UInt8) -> Bool { byte == 0x09 || byte == 0x0A || byte == 0x0D }

/// How many of eight characters, from the first on, are ASCII and no control characters.
private func plainPrefixCount(_ word: UInt64) -> Int {
  let high: UInt64 = 0x8080_8080_8080_8080
  // A borrow runs upwards only, so the lowest mark is true.
  let below20 = word &- 0x2020_2020_2020_2020
  let isDelete = (word ^ 0x7F7F_7F7F_7F7F_7F7F) &- 0x0101_0101_0101_0101
  return ((word | below20 | isDelete) & high).trailingZeroBitCount >> 3
}

/// Ð and ð, Ɖ and ɖ.
private func isLookAlike(_ scalar: UInt32) -> Bool {
  scalar == 0xD0 || scalar == 0xF0 || scalar == 0x189 || scalar == 0x256
}

private func isStable(_ scalar: UInt32) -> Bool {
  (scalar >= 0x1E00 && scalar <= 0x1EFF) || (scalar >= 0x2010 && scalar <= 0x2027)
}

/// The character at `offset`, a byte of 0x80 or more, and its length; length 0 if it is not UTF-8:
/// cut short, longer than needed, a surrogate, or beyond U+10FFFF.
@inline(__always)
package func decodeScalar(_ text: LentBytes, at offset: Int) -> (scalar: UInt32, length: Int) {
  let first = UInt32(text[offset])
  let left = text.count &- offset
  func next(_ index: Int) -> UInt32 { UInt32(text[offset &+ index]) ^ 0x80 }
  if first < 0xC2 { return (0, 0) }
  if first < 0xE0 {
    guard left >= 2 else { return (0, 0) }
    let second = next(1)
    return second < 0x40 ? ((first & 0x1F) << 6 | second, 2) : (0, 0)
  }
  if first < 0xF0 {
    guard left >= 3 else { return (0, 0) }
    let (second, third) = (next(1), next(2))
    let scalar = (first & 0x0F) << 12 | second << 6 | third
    guard second | third < 0x40, scalar >= 0x800, scalar & 0xF800 != 0xD800 else { return (0, 0) }
    return (scalar, 3)
  }
  guard first < 0xF5, left >= 4 else { return (0, 0) }
  let (second, third, fourth) = (next(1), next(2), next(3))
  let scalar = (first & 0x07) << 18 | second << 12 | third << 6 | fourth
  guard second | third | fourth < 0x40, scalar >= 0x10000, scalar <= 0x10FFFF else {
    return (0, 0)
  }
  return (scalar, 4)
}

/// Whether bytes are UTF-8.
package func isUTF8(_ text: LentBytes) -> Bool {
  var index = 0
  while index < text.count {
    if index &+ 8 <= text.count {
      let marks = text.load(index, as: UInt64.self) & 0x8080_8080_8080_8080
      index &+= marks.trailingZeroBitCount >> 3
      if marks == 0 { continue }
    }
    if text[index] < 0x80 {
      index &+= 1
    } else {
      let length = decodeScalar(text, at: index).length
      guard length > 0 else { return false }
      index &+= length
    }
  }
  return true
}
