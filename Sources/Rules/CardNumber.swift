// The number on a health insurance card, of either form.

package import Bytes
import Rows

/// A card number taken apart.
///
/// A card since April 2021 has the insurance number alone; an older one has 15 characters before
/// whose last ten stand the group, the level and the province of issue.
package struct CardNumber: Equatable, Sendable {
  /// The two letters of the group; nil on a card of ten digits.
  package let group: String?
  /// The level, 0 to 9; nil on a card of ten digits.
  package let level: Int?
  /// The province of issue; nil on a card of ten digits.
  package let province: Int?
  /// The social insurance number.
  package let insuranceNumber: Int64

  /// Takes a number apart; nil if it has neither form.
  package init?(_ text: LentBytes) {
    switch text.count {
    case 10:
      let number = FieldText.digits(text, count: 10)
      guard number.problem == nil else { return nil }
      group = nil
      level = nil
      province = nil
      insuranceNumber = number.value
    case 15:
      let number = FieldText.digits(text.part(5, 15), count: 10)
      let level = FieldText.digits(text.part(2, 3), count: 1)
      let province = FieldText.digits(text.part(3, 5), count: 2)
      guard number.problem == nil, level.problem == nil, province.problem == nil,
        isCapital(text[0]), isCapital(text[1])
      else { return nil }
      group = String(text.part(0, 2))
      self.level = Int(level.value)
      self.province = Int(province.value)
      insuranceNumber = number.value
    default:
      return nil
    }
  }

  /// What is odd about the number beside what else is known; nil is not known.
  package func findings(
    insuranceNumber: Int64?, group: String?, level: Int?
  ) -> Findings {
    var findings: Findings = self.insuranceNumber == 0 ? .allZeros : []
    if let insuranceNumber, insuranceNumber != self.insuranceNumber {
      findings.insert(.insuranceNumberDisagrees)
    }
    if let group, let printed = self.group, group != printed { findings.insert(.groupDisagrees) }
    if let printed = self.level {
      if printed < 1 || printed > 5 { findings.insert(.levelOutOfRange) }
      if let level, level != printed { findings.insert(.levelDisagrees) }
    }
    if let province, !isProvince(province) { findings.insert(.unknownProvince) }
    return findings
  }

  /// Why a text is no card number: its length or a character.
  package static func findings(notCard text: LentBytes) -> Findings {
    text.count == 10 || text.count == 15 ? .wrongCharacter : .wrongLength
  }
}

private func isCapital(_ byte: UInt8) -> Bool { byte &- 0x41 < 26 }
