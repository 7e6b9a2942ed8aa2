// What is odd about a number: found and reported, never a reason to refuse it.

/// What is odd about a number, alone or beside what else a row says.
///
/// No number has a published check digit except the tax number, and public material shows cards
/// that disagree with themselves; so a finding warns and refuses nothing.
package struct Findings: OptionSet, Hashable, Sendable {
  package let rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }

  package static let allZeros = Findings(rawValue: 1 << 0)
  package static let wrongLength = Findings(rawValue: 1 << 1)
  package static let wrongCharacter = Findings(rawValue: 1 << 2)
  /// The place digits are of no known province; births abroad have others, of which no list is
  /// known.
  package static let unknownProvince = Findings(rawValue: 1 << 3)
  package static let sexDisagrees = Findings(rawValue: 1 << 4)
  package static let birthYearDisagrees = Findings(rawValue: 1 << 5)
  package static let birthProvinceDisagrees = Findings(rawValue: 1 << 6)
  package static let unknownPrefix = Findings(rawValue: 1 << 7)
  /// A nine-digit number of the range that two provinces issued.
  package static let issuedTwice = Findings(rawValue: 1 << 8)
  package static let levelOutOfRange = Findings(rawValue: 1 << 9)
  package static let groupDisagrees = Findings(rawValue: 1 << 10)
  package static let levelDisagrees = Findings(rawValue: 1 << 11)
  package static let insuranceNumberDisagrees = Findings(rawValue: 1 << 12)
  package static let checkDigitWrong = Findings(rawValue: 1 << 13)
  /// A mobile number of eleven digits from before 2018.
  package static let outdatedPhone = Findings(rawValue: 1 << 14)

  private static let names = [
    "all_zeros", "wrong_length", "wrong_character", "unknown_province", "sex_disagrees",
    "birth_year_disagrees", "birth_province_disagrees", "unknown_prefix", "issued_twice",
    "level_out_of_range", "group_disagrees", "level_disagrees", "insurance_number_disagrees",
    "check_digit_wrong", "outdated_phone",
  ]

  /// The stable names of the findings, for reports and programs.
  package var codes: [String] {
    Self.names.indices.filter { rawValue & (1 << UInt32($0)) != 0 }.map { Self.names[$0] }
  }
}
