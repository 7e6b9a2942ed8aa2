// Damage done to lines of persons on purpose, so that a loader can be held to finding it.
//
// A damaged line has one kind of damage, and one code under which a loader has to refuse it. Which
// lines are damaged, and how, depends only on the seed and the piece.

import Bytes

/// A kind of damage.
package enum DamageKind: Int, CaseIterable, Sendable {
  /// The number as a spreadsheet shows long ones: 1.09671E+09.
  case exponent
  /// The number without the zeros at its beginning.
  case leadingZeros
  /// The number with a point and a zero behind it.
  case pointZero
  /// 30 February.
  case impossibleDay
  /// A day of birth as 12-10-96.
  case twoDigitYear
  /// A name with Ð in place of Đ, or before it.
  case lookAlike
  /// A name with a byte of an older encoding.
  case notUTF8
  /// A sex that is none.
  case unknownCode
  /// A line without its last field.
  case fieldMissing
  /// A quote in a name that closes too early.
  case strayQuote
  /// The number of the undamaged line before.
  case duplicate
  /// A household that is not there.
  case missingParent

  /// The name of the kind, the field, and the code that a loader has to give.
  package var expectation: (name: String, field: String, code: String) {
    switch self {
    case .exponent: ("exponent", "personal_number", "exponent_notation")
    case .leadingZeros: ("leading_zeros", "personal_number", "leading_zeros_lost")
    case .pointZero: ("point_zero", "personal_number", "trailing_point_zero")
    case .impossibleDay: ("impossible_day", "birth_date", "impossible_day")
    case .twoDigitYear: ("two_digit_year", "birth_date", "two_digit_year")
    case .lookAlike: ("look_alike", "full_name", "look_alike_letter")
    case .notUTF8: ("not_utf8", "full_name", "not_utf8")
    case .unknownCode: ("unknown_code", "sex", "unknown_code")
    case .fieldMissing: ("field_missing", "", "wrong_field_count")
    case .strayQuote: ("stray_quote", "", "malformed_quotes")
    case .duplicate: ("duplicate", "personal_number", "duplicate")
    case .missingParent: ("missing_parent", "household_number", "missing_parent")
    }
  }
}

/// Which lines are damaged.
struct Damage {
  /// Of a hundred thousand lines, those with each kind.
  let perHundredThousand: Int
  let seed: UInt64

  /// Copies lines of persons to `target`, some of them damaged; gives the positions of those.
  func copy(
    _ lines: borrowing TextSink, ofPiece number: Int, to target: inout TextSink
  ) -> [(line: Int, kind: DamageKind)] {
    var random = Randomness(seed: seed, stream: 1 << 62 | UInt64(number))
    var damaged: [(line: Int, kind: DamageKind)] = []
    target.removeAll()
    lines.lend { bytes in
      target.reserve(bytes.count + bytes.count / 8)
      var (start, line) = (0, 0)
      // The number of the last line that is not damaged.
      var number: LentBytes?
      while start < bytes.count {
        var end = start
        while bytes[end] != UInt8(ascii: "\n") { end += 1 }
        let fields = PersonLine(bytes.part(start, end))
        let choice = random.below(100_000) / perHundredThousand
        target.reserve(fields.line.count + 64)
        if let kind = DamageKind(rawValue: choice), kind != .duplicate || number != nil {
          fields.append(kind, number: number ?? .empty, to: &target)
          damaged.append((line, kind))
        } else {
          target.append(fields.line)
          number = fields[0]
        }
        target.endLine()
        start = end + 1
        line += 1
      }
    }
    return damaged
  }
}

/// One line of persons; its first fields hold no comma and no quote.
struct PersonLine {
  let line: LentBytes
  /// Where the first five fields end.
  private var ends: [Int] = []

  init(_ line: LentBytes) {
    self.line = line
    var at = 0
    while ends.count < 5, at < line.count {
      if line[at] == UInt8(ascii: ",") { ends.append(at) }
      at += 1
    }
  }

  /// Person, household, name, sex, day of birth.
  subscript(field: Int) -> LentBytes {
    line.part(field == 0 ? 0 : ends[field - 1] + 1, ends[field])
  }

  func append(_ kind: DamageKind, number: LentBytes, to target: inout TextSink) {
    switch kind {
    case .exponent: replace(0, in: &target) { appendExponent(to: &$0) }
    case .leadingZeros: replace(0, in: &target) { $0.append(withoutZeros) }
    case .pointZero:
      replace(0, in: &target) {
        $0.append(self[0])
        $0.append(".0")
      }
    case .impossibleDay:
      replace(4, in: &target) {
        $0.append(self[4].part(0, 4))
        $0.append("-02-30")
      }
    case .twoDigitYear:
      replace(4, in: &target) {
        $0.append("12-10-")
        $0.append(self[4].part(2, 4))
      }
    case .lookAlike:
      replace(2, in: &target) {
        $0.append("\u{D0}")
        $0.append(self[2])
      }
    case .notUTF8:
      replace(2, in: &target) {
        $0.append(self[2])
        $0.append(0xE9)
      }
    case .unknownCode: replace(3, in: &target) { $0.append("X") }
    case .fieldMissing:
      var end = line.count - 1
      while line[end] != UInt8(ascii: ",") { end -= 1 }
      target.append(line.part(0, end))
    case .strayQuote:
      replace(2, in: &target) {
        $0.append(UInt8(ascii: "\""))
        $0.append(self[2])
        $0.append("\"?")
      }
    case .duplicate: replace(0, in: &target) { $0.append(number) }
    case .missingParent:
      replace(1, in: &target) {
        // No province has the code 99.
        $0.append("99")
        $0.append(self[1].part(2, self[1].count))
      }
    }
  }

  /// The line with another text in place of a field.
  private func replace(
    _ field: Int, in target: inout TextSink, by append: (inout TextSink) -> Void
  ) {
    target.append(line.part(0, field == 0 ? 0 : ends[field - 1] + 1))
    append(&target)
    target.append(line.part(ends[field], line.count))
  }

  private var withoutZeros: LentBytes {
    var start = 0
    while self[0][start] == 0x30 { start += 1 }
    return self[0].part(start, self[0].count)
  }

  private func appendExponent(to target: inout TextSink) {
    let digits = withoutZeros
    target.append(digits[0])
    target.append(UInt8(ascii: "."))
    target.append(digits.part(1, 6))
    target.append("E+")
    target.append(UInt64(digits.count - 1), digits: 2)
  }
}
