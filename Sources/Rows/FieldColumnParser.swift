// The texts of one field in many records as stored integers: the same as `FieldParsers.parse` says
// of each, for those that are plain, in loops without a branch or a call for each field.

package import Bytes

extension FieldParsers {
  /// Parses the texts of a field into `values`.
  ///
  /// Puts the positions of those that need a closer look into `rest`, rising, and returns how many
  /// there are: `parse(_:field:)` decides about them, and their values mean nothing.
  package func parse(
    _ texts: FieldTexts, field: Int, into values: ScratchView<Int64>, rest: ScratchView<UInt16>
  ) -> Int {
    precondition(texts.count <= values.count && texts.count <= rest.count)
    precondition(texts.count <= Int(UInt16.max))
    let core = core(of: field)
    let loop = unsafe ColumnLoop(
      base: texts.bytes.base, places: texts.places.base, values: values.base, rest: rest.base,
      count: texts.count, isRequired: core.isRequired)
    switch core.kind {
    case .digits where core.argument <= 8: return loop.parseFewDigits(core.argument)
    case .digits where core.argument <= 16: return loop.parseDigits(core.argument)
    case .code: return loop.parseCodes(core.codes)
    case .day: return loop.parseDays()
    case .integer: return loop.parseShortIntegers()
    case .flag: return loop.parseFlags()
    case .digits, .decimal, .text:
      for index in 0..<texts.count { rest[index] = UInt16(index) }
      return texts.count
    }
  }
}

/// The loops over texts; each reads up to 16 bytes from the start of a text.
@safe private struct ColumnLoop {
  let base: UnsafeRawPointer
  let places: UnsafeMutablePointer<TextPlace>
  let values: UnsafeMutablePointer<Int64>
  let rest: UnsafeMutablePointer<UInt16>
  let count: Int
  let isRequired: Bool

  /// Calls `parse` with the start and byte count of each text that is not empty.
  @inline(__always)
  private func run(_ parse: (UnsafeRawPointer, Int) -> (value: Int64, isParsed: Bool)) -> Int {
    var restCount = 0
    for index in 0..<count {
      let place = unsafe places[index]
      let byteCount = place.plainCount
      let (value, isParsed) = unsafe parse(base + place.start, byteCount)
      let isAbsent = byteCount == 0
      unsafe values[index] = isAbsent ? Int64.min : value
      unsafe rest[restCount] = UInt16(truncatingIfNeeded: index)
      let isDone = isAbsent ? !isRequired : isParsed
      restCount &+= isDone ? 0 : 1
    }
    return restCount
  }

  /// Exactly `digitCount` digits, 8 at most.
  func parseFewDigits(_ digitCount: Int) -> Int {
    let shift = UInt64(8 &* (8 &- digitCount))
    return unsafe run { (start, byteCount) in
      let word = unsafe lastCharacters(load(start) &<< shift, shift: shift)
      return (
        Int64(bitPattern: eightDigits(word)),
        (byteCount == digitCount) && notEightDigits(word) == 0
      )
    }
  }

  /// Exactly `digitCount` digits, 9 to 16.
  func parseDigits(_ digitCount: Int) -> Int {
    let tail = digitCount &- 8
    let shift = UInt64(8 &* (16 &- digitCount))
    let power = UInt64(powerOfTen(tail))
    return unsafe run { (start, byteCount) in
      let head = unsafe load(start)
      let word = unsafe lastCharacters(load(start + tail), shift: shift)
      return (
        Int64(bitPattern: eightDigits(head) &* power &+ eightDigits(word)),
        (byteCount == digitCount) && (notEightDigits(head) | notEightDigits(word)) == 0
      )
    }
  }

  /// Numbers of up to eight digits without a sign.
  func parseShortIntegers() -> Int {
    unsafe run { (start, byteCount) in
      let shift = UInt64(truncatingIfNeeded: 8 &* (8 &- byteCount)) & 63
      let word = unsafe lastCharacters(load(start) &<< shift, shift: shift)
      return (
        Int64(bitPattern: eightDigits(word)),
        (UInt(bitPattern: byteCount) <= 8) && notEightDigits(word) == 0
      )
    }
  }

  /// Codes of up to eight bytes.
  func parseCodes(_ codes: CodeTableView) -> Int {
    unsafe run { (start, byteCount) in
      guard UInt(bitPattern: byteCount) <= 8 else { return (0, false) }
      // No text is a word like any other, so that absent texts cost no branch.
      let unused = UInt64(truncatingIfNeeded: 8 &* (8 &- byteCount))
      let word = unsafe load(start) & (UInt64.max &>> unused)
      let ordinal = codes.ordinal(ofAny: word, byteCount: byteCount)
      return (Int64(ordinal), ordinal >= 0)
    }
  }

  /// Days as 2001-12-31, but for a 29 February.
  func parseDays() -> Int {
    unsafe run { (start, byteCount) in
      let head = unsafe load(start)
      let last = unsafe UInt64(
        UInt16(littleEndian: (start + 8).loadUnaligned(as: UInt16.self)))
      let hasDashes = head & 0xFF00_00FF_0000_0000 == 0x2D00_002D_0000_0000
      let word = (head & 0xFFFF_FFFF) | ((head &>> 8) & 0xFFFF_0000_0000) | (last &<< 48)
      let number = UInt32(truncatingIfNeeded: eightDigits(word))
      let year = number / 10_000
      let rest = number &- year &* 10_000
      let month = rest / 100
      let day = rest &- month &* 100
      // 31 and 30 by turns, and again from August on.
      let length = month == 2 ? 28 : 30 &+ ((month &+ month &>> 3) & 1)
      let isDay =
        (year &- 1 < 9_999) && (month &- 1 < 12) && (day &- 1 < length)
      let days = daysUnchecked(
        Int(truncatingIfNeeded: year), Int(truncatingIfNeeded: month),
        Int(truncatingIfNeeded: day))
      return (
        Int64(days) &* 4,
        (byteCount == 10) && hasDashes && notEightDigits(word) == 0 && isDay
      )
    }
  }

  /// 0 and 1.
  func parseFlags() -> Int {
    unsafe run { (start, byteCount) in
      let byte = unsafe start.load(as: UInt8.self)
      return (Int64(byte & 1), (byteCount == 1) && byte & 0xFE == 0x30)
    }
  }
}

extension FieldText {
  /// The number that the first 1 to 8 of eight characters make, the first in the lowest byte; no
  /// number of so few digits if one is another character.
  @inline(__always)
  package static func number(ofFirst count: Int, in word: UInt64) -> UInt64 {
    let shift = UInt64(truncatingIfNeeded: 64 &- 8 &* count)
    let digits = lastCharacters(word &<< shift, shift: shift)
    return notEightDigits(digits) == 0 ? eightDigits(digits) : .max
  }
}

@inline(__always)
private func load(_ address: UnsafeRawPointer) -> UInt64 {
  unsafe UInt64(littleEndian: address.loadUnaligned(as: UInt64.self))
}
