// The text of a field as the integer that stores it, and back; a few nanoseconds a field.
//
// Numbers are read eight digits at a time: a word of eight characters is checked by its high
// halves and folded by three multiplications. Every read stays inside the field's own bytes, since
// the field may be the last of a buffer.

package import Bytes

/// A stored integer, or why there is none.
///
/// A field without text is absent: value `Int64.min`.
@frozen @usableFromInline
package struct ParsedField: Equatable, Sendable {
  package var value: Int64
  package var problem: FieldProblem?

  package init(_ value: Int64) {
    self.value = value
    problem = nil
  }

  package init(_ problem: FieldProblem) {
    value = .min
    self.problem = problem
  }

  /// A field that has no value.
  package static let absent = ParsedField(Int64.min)
}

/// Parsers from text to stored integers.
package enum FieldText {
  /// An identifier of exactly `count` digits.
  package static func digits(_ text: LentBytes, count: Int) -> ParsedField {
    guard text.count == count, let value = digitRun(text) else {
      return ParsedField(FieldProblem(notDigits: text, count: count))
    }
    return ParsedField(value)
  }

  /// A whole number with an optional sign; every `Int64` but the least.
  package static func integer(_ text: LentBytes) -> ParsedField {
    let (isNegative, digits) = withoutSign(text)
    guard digits.count > 0 else { return ParsedField(.notANumber) }
    if digits.count <= FieldType.digitCountMax {
      guard let value = digitRun(digits) else {
        return ParsedField(FieldProblem(notANumber: text))
      }
      return ParsedField(isNegative ? 0 &- value : value)
    }
    guard isAllDigits(digits) else { return ParsedField(FieldProblem(notANumber: text)) }
    guard let value = longNumber(digits) else { return ParsedField(.outOfRange) }
    return ParsedField(isNegative ? 0 &- value : value)
  }

  /// A decimal number with at most `scale` digits after the point, as that many-eth parts; zeros
  /// after them do no harm.
  ///
  /// At most 18 digits in all.
  package static func decimal(_ text: LentBytes, scale: Int) -> ParsedField {
    let (isNegative, number) = withoutSign(text)
    var point = 0
    while point < number.count, number[point] != UInt8(ascii: ".") { point &+= 1 }
    let whole = number.part(0, point)
    var fraction = LentBytes.empty
    if point < number.count {
      fraction = number.part(point &+ 1, number.count)
      guard fraction.count > 0 else { return ParsedField(.notANumber) }
    }
    guard whole.count > 0, isAllDigits(whole), isAllDigits(fraction) else {
      return ParsedField(FieldProblem(notANumber: text))
    }
    var fractionCount = fraction.count
    while fractionCount > scale, fraction[fractionCount &- 1] == 0x30 { fractionCount &-= 1 }
    guard fractionCount <= scale else { return ParsedField(.tooManyDecimals) }
    fraction = fraction.part(0, fractionCount)
    guard let units = longNumber(whole), units < powerOfTen(FieldType.digitCountMax &- scale) else {
      return ParsedField(.outOfRange)
    }
    let parts = (digitRun(fraction) ?? 0) &* powerOfTen(scale &- fractionCount)
    let value = units &* powerOfTen(scale) &+ parts
    return ParsedField(isNegative ? 0 &- value : value)
  }

  /// 1 or true, 0 or false.
  package static func flag(_ text: LentBytes) -> ParsedField {
    switch text.count {
    case 1 where text[0] & 0xFE == 0x30: ParsedField(Int64(text[0] & 1))
    case 4 where text.load(0, as: UInt32.self) == 0x6575_7274: ParsedField(1)  // true
    case 5 where text.load(0, as: UInt32.self) == 0x736C_6166 && text[4] == 0x65:  // false
      ParsedField(0)
    default: ParsedField(.notAFlag)
    }
  }

  /// A day as ISO 8601 writes it: 2001-12-31, or 2001-12, or 2001 when that is all that is known.
  package static func day(_ text: LentBytes) -> ParsedField {
    guard text.count == 10 else { return shortDay(text) }
    // The year and month without their dash are eight digits with those of the day.
    let head: UInt64 = text.load(0)
    let tail = UInt64(text.load(8, as: UInt16.self))
    let word = (head & 0xFFFF_FFFF) | ((head >> 8) & 0xFFFF_0000_0000) | (tail << 48)
    guard (head >> 32) & 0xFF == 0x2D, head >> 56 == 0x2D, areEightDigits(word) else {
      return ParsedField(.notADay)
    }
    let number = Int(eightDigits(word))
    return day(number / 10_000, number / 100 % 100, number % 100)
  }

  private static func known(_ day: Day?) -> ParsedField {
    guard let day else { return ParsedField(.impossibleDay) }
    return ParsedField(day.physical)
  }

  private static func day(_ year: Int, _ month: Int, _ dayOfMonth: Int) -> ParsedField {
    guard let days = days(year, month, dayOfMonth) else { return ParsedField(.impossibleDay) }
    return ParsedField(Int64(days) &* 4)
  }

  private static func shortDay(_ text: LentBytes) -> ParsedField {
    switch text.count {
    case 7 where text[4] == UInt8(ascii: "-"): day(text.part(0, 4), text.part(5, 7), nil)
    case 4: day(text, nil, nil)
    default: ParsedField(FieldProblem(notADay: text))
    }
  }

  private static func day(
    _ year: LentBytes, _ month: LentBytes?, _ dayOfMonth: LentBytes?
  ) -> ParsedField {
    guard let year = digitRun(year) else { return ParsedField(.notADay) }
    guard let month else { return known(Day(year: Int(year))) }
    guard let month = digitRun(month) else { return ParsedField(.notADay) }
    guard let dayOfMonth else { return known(Day(year: Int(year), month: Int(month))) }
    guard let dayOfMonth = digitRun(dayOfMonth) else { return ParsedField(.notADay) }
    return day(Int(year), Int(month), Int(dayOfMonth))
  }

  private static func withoutSign(_ text: LentBytes) -> (isNegative: Bool, LentBytes) {
    guard text.count > 0, text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+") else {
      return (false, text)
    }
    return (text[0] == UInt8(ascii: "-"), text.part(1, text.count))
  }

  private static func isAllDigits(_ text: LentBytes) -> Bool {
    for index in 0..<text.count where text[index] &- 0x30 > 9 { return false }
    return true
  }

  /// The number that any count of digits makes, if it fits.
  private static func longNumber(_ digits: LentBytes) -> Int64? {
    var value: Int64 = 0
    for index in 0..<digits.count {
      let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, isSumTooLarge) = product.addingReportingOverflow(Int64(digits[index] &- 0x30))
      guard !isTooLarge, !isSumTooLarge else { return nil }
      value = sum
    }
    return value
  }
}

/// The number that digits make, or nil if one of them is another character.
///
/// Callers ask for no more than 18 digits.
private func digitRun(_ text: LentBytes) -> Int64? {
  let count = text.count
  if count < 8 { return shortDigitRun(text) }
  let head: UInt64 = text.load(0)
  guard areEightDigits(head) else { return nil }
  var value = eightDigits(head)
  var offset = 8
  while offset &+ 8 <= count {
    let word: UInt64 = text.load(offset)
    guard areEightDigits(word) else { return nil }
    value = value &* 100_000_000 &+ eightDigits(word)
    offset &+= 8
  }
  let rest = count &- offset
  if rest == 0 { return Int64(bitPattern: value) }
  // The last eight characters, those already read replaced by zeros.
  let word = lastCharacters(text.load(count &- 8), shift: UInt64(8 &* (8 &- rest)))
  guard areEightDigits(word) else { return nil }
  return Int64(bitPattern: value &* UInt64(powerOfTen(rest)) &+ eightDigits(word))
}

/// Fewer than eight digits.
private func shortDigitRun(_ text: LentBytes) -> Int64? {
  let count = text.count
  guard count > 0 else { return nil }
  let shift = UInt64(8 &* (8 &- count))
  let word = lastCharacters(word(upTo8: text) << shift, shift: shift)
  guard areEightDigits(word) else { return nil }
  return Int64(bitPattern: eightDigits(word))
}

/// The word with its `shift` low bits made characters 0: the last characters alone are left.
@inline(__always)
func lastCharacters(_ word: UInt64, shift: UInt64) -> UInt64 {
  let kept = UInt64.max &<< shift
  return (word & kept) | (0x3030_3030_3030_3030 & ~kept)
}

private func areEightDigits(_ word: UInt64) -> Bool { notEightDigits(word) == 0 }

/// Zero for eight digits.
@inline(__always)
func notEightDigits(_ word: UInt64) -> UInt64 {
  let high: UInt64 = 0xF0F0_F0F0_F0F0_F0F0
  let zeros: UInt64 = 0x3030_3030_3030_3030
  return ((word & high) ^ zeros) | (((word &+ 0x0606_0606_0606_0606) & high) ^ zeros)
}

/// The number of eight digits, the first in the lowest byte.
@inline(__always)
func eightDigits(_ word: UInt64) -> UInt64 {
  var sums = word &- 0x3030_3030_3030_3030
  sums = (sums &* 10) &+ (sums >> 8)
  let low = (sums & 0x0000_00FF_0000_00FF) &* 0x000F_4240_0000_0064
  let high = ((sums >> 16) & 0x0000_00FF_0000_00FF) &* 0x0000_2710_0000_0001
  return (low &+ high) >> 32
}

/// 10 to the power of 0 to 18.
package func powerOfTen(_ exponent: Int) -> Int64 {
  var power: Int64 = 1
  for _ in 0..<exponent { power &*= 10 }
  return power
}
