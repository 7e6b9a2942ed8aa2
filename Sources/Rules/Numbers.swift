// The structure of the numbers that a person is known by, and what is odd about one.
//
//     personal number   PPP G YY NNNNNN   birth province, century and sex, year of birth, random
//     insurance number  PP NNNNNNNN       province of issue (seen in every example, not published)
//     card number       GG L PP N...      group, level, province, insurance number; or that alone
//     nine-digit number PP NNNNNNN        issuing province
//     tax number        NNNNNNNNN C       the last digit checks the others
//
//     facility code     PP NNN            province; PP 000 stands for a temporary registration
//
// Sources: Nghị định 137/2015 Điều 13, Thông tư 07/2016/TT-BCA, QĐ 1351/QĐ-BHXH, QĐ 1666/QĐ-BHXH,
// QĐ 384/QĐ-BYT.

package import Bytes
package import Rows

/// The parts of a personal number of twelve digits.
package struct PersonalNumber: Equatable, Sendable {
  package let value: Int64

  /// A stored number of twelve digits.
  package init(_ value: Int64) { self.value = value }

  /// Three digits: 0 and the code of the province of birth registration, or a country's.
  package var place: Int { Int(value / 1_000_000_000) }
  /// Whether the number says male.
  package var isMale: Bool { value / 100_000_000 % 2 == 0 }
  /// Whether the place is one of the 63 provinces; births abroad have others.
  package var isOfKnownProvince: Bool { isProvince(place) }
  /// The years of birth that a number can say.
  package static let birthYears = 1900..<2400
  /// The year of birth that the number says.
  package var birthYear: Int {
    1900 + Int(value / 100_000_000 % 10) / 2 * 100 + Int(value / 1_000_000 % 100)
  }
  /// Six random digits; made-up persons have 500000 and above.
  package var tail: Int { Int(value % 1_000_000) }

  /// What is odd about the number beside what else is known; nil is not known.
  package func findings(isMale: Bool?, birthDay: Day?, birthProvince: Int?) -> Findings {
    if value == 0 { return .allZeros }
    var findings: Findings = []
    if !isOfKnownProvince { findings.insert(.unknownProvince) }
    if let isMale, isMale != self.isMale { findings.insert(.sexDisagrees) }
    if let birthDay, birthDay.year != birthYear { findings.insert(.birthYearDisagrees) }
    if let birthProvince, birthProvince != place { findings.insert(.birthProvinceDisagrees) }
    return findings
  }
}

/// What is odd about a social insurance number of ten digits.
package func findings(insuranceNumber value: Int64) -> Findings {
  if value == 0 { return .allZeros }
  return isProvince(Int(value / 100_000_000)) ? [] : .unknownProvince
}

/// What is odd about a nine-digit number.
package func findings(oldNumber value: Int64) -> Findings {
  if value == 0 { return .allZeros }
  var findings: Findings = []
  let prefix = value / 10_000_000
  if prefix < 1 || prefix > 38 { findings.insert(.unknownPrefix) }
  if value >= 271_450_001, value <= 271_500_000 { findings.insert(.issuedTwice) }
  return findings
}

/// What is odd about a tax number of ten digits.
package func findings(taxNumber value: Int64) -> Findings {
  if value == 0 { return .allZeros }
  let weights: [Int64] = [3, 5, 7, 13, 17, 19, 23, 29, 31]
  var rest = value / 10
  var sum: Int64 = 0
  for weight in weights {
    sum += rest % 10 * weight
    rest /= 10
  }
  return 10 - sum % 11 == value % 10 ? [] : .checkDigitWrong
}

/// What is odd about a mobile phone number of ten digits, or eleven from before 2018.
package func findings(mobilePhone value: Int64, digitCount: Int) -> Findings {
  if value == 0 { return .allZeros }
  if digitCount == 11 {
    let prefix = value / 10_000_000
    return prefix >= 120 && prefix <= 199 ? .outdatedPhone : .unknownPrefix
  }
  guard digitCount == 10 else { return .wrongLength }
  let prefix = value / 10_000_000
  guard prefix >= 0, prefix < 128 else { return .unknownPrefix }
  return contains(mobilePrefixes, Int(prefix)) ? [] : .unknownPrefix
}

/// What is odd about a landline number of eleven digits.
package func findings(landline value: Int64) -> Findings {
  if value == 0 { return .allZeros }
  // Hà Nội and Hồ Chí Minh have area codes of one digit less.
  if [24, 28].contains(value / 100_000_000) { return [] }
  let area = value / 10_000_000 - 200
  return area >= 0 && area < 128 && contains(areaCodes, Int(area)) ? [] : .unknownPrefix
}

/// What is odd about the code of a facility: five digits, or the thirteen of its global number.
package func findings(facilityCode text: LentBytes) -> Findings {
  let number = FieldText.digits(text, count: 5)
  if text.count == 13, FieldText.digits(text, count: 13).problem == nil { return [] }
  guard number.problem == nil else { return text.count == 5 ? .wrongCharacter : .wrongLength }
  return isProvince(Int(number.value / 1_000)) ? [] : .unknownProvince
}

// Sets of numbers below 128, one bit each.

private func set(_ members: [Int]) -> (UInt64, UInt64) {
  var bits: (UInt64, UInt64) = (0, 0)
  for member in members {
    if member < 64 { bits.0 |= 1 << UInt64(member) } else { bits.1 |= 1 << UInt64(member - 64) }
  }
  return bits
}

private func contains(_ bits: (UInt64, UInt64), _ member: Int) -> Bool {
  guard member >= 0, member < 128 else { return false }
  return (member < 64 ? bits.0 >> UInt64(member) : bits.1 >> UInt64(member - 64)) & 1 == 1
}

/// The codes of the 63 provinces, which the mergers of 2025 did not change in numbers.
private let provinces = set([
  1, 2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33, 34, 35, 36, 37, 38,
  40, 42, 44, 45, 46, 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70, 72, 74, 75, 77, 79,
  80,
  82, 83, 84, 86, 87, 89, 91, 92, 93, 94, 95, 96,
])

/// The mobile prefixes in use, without their leading zero.
private let mobilePrefixes = set([
  32, 33, 34, 35, 36, 37, 38, 39, 52, 55, 56, 58, 59, 70, 76, 77, 78, 79, 81, 82, 83, 84, 85, 86,
  87,
  88, 89, 90, 91, 92, 93, 94, 96, 97, 98, 99,
])

/// The area codes of landlines of three digits, less 200.
private let areaCodes = set([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22, 25, 26, 27, 28, 29, 32, 33,
  34, 35, 36, 37, 38, 39, 51, 52, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 69, 70, 71, 72, 73, 74,
  75, 76, 77, 90, 91, 92, 93, 94, 96, 97, 99,
])

func isProvince(_ code: Int) -> Bool { contains(provinces, code) }
