// What happened to a number or a day that cannot be read, where the damage has a name of its own.
//
// Asked only about texts that were found to be no value, so it need not be fast.

package import Bytes

extension FieldProblem {
  /// Digits that may be missing in front for zeros to be what is lost: personal numbers begin with
  /// one or two.
  static let lostZeroCountMax = 2

  /// Why a text is no identifier of `count` digits.
  init(notDigits text: LentBytes, count: Int) {
    let length = run(text, from: 0)
    if length == text.count, length > 0 {
      let missing = count - length
      self = 1...Self.lostZeroCountMax ~= missing ? .leadingZerosLost : .wrongLength
    } else {
      self = FieldProblem(damaged: text) ?? .notDigits
    }
  }

  /// Why a text is no number.
  package init(notANumber text: LentBytes) { self = FieldProblem(damaged: text) ?? .notANumber }

  /// Why a text is no day of the forms that are asked for.
  init(notADay text: LentBytes) {
    self = hasTwoDigitYear(text) ? .twoDigitYear : isDayCount(text) ? .spreadsheetDay : .notADay
  }

  private init?(damaged text: LentBytes) {
    let start = text.count > 0 && isSign(text[0]) ? 1 : 0
    let whole = run(text, from: start)
    guard whole > start else { return nil }
    var end = whole
    if end < text.count, text[end] == UInt8(ascii: ".") || text[end] == UInt8(ascii: ",") {
      end = run(text, from: end + 1)
    }
    if end == text.count {
      // Three zeros could be a thousand.
      guard 1...2 ~= end - whole - 1, (whole + 1..<end).allSatisfy({ text[$0] == 0x30 }) else {
        return nil
      }
      self = .trailingPointZero
      return
    }
    guard text[end] | 0x20 == UInt8(ascii: "e") else { return nil }
    var exponent = end + 1
    if exponent < text.count, isSign(text[exponent]) { exponent += 1 }
    guard exponent < text.count, run(text, from: exponent) == text.count else { return nil }
    self = .exponentNotation
  }
}

/// Where the digits end that begin at an offset.
private func run(_ text: LentBytes, from start: Int) -> Int {
  var end = start
  while end < text.count, text[end] &- 0x30 < 10 { end += 1 }
  return end
}

private func isSign(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
}

/// Two numbers of one or two digits and a third of two, parted by the same point, dash or slash.
private func hasTwoDigitYear(_ text: LentBytes) -> Bool {
  let first = run(text, from: 0)
  guard 1...2 ~= first, first < text.count, "./-".utf8.contains(text[first]) else { return false }
  let second = run(text, from: first + 1)
  guard 1...2 ~= second - first - 1, second < text.count, text[second] == text[first] else {
    return false
  }
  return text.count == second + 3 && run(text, from: second + 1) == text.count
}

/// One to five digits that are no year.
private func isDayCount(_ text: LentBytes) -> Bool {
  1...5 ~= text.count && text.count != 4 && run(text, from: 0) == text.count
}
