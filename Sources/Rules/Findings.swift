// What is odd about a row: found and reported, and a reason to refuse it only where a plan says so.

/// One thing that is odd about a row.
///
/// No number has a published check digit except the tax number, and public material shows cards
/// that disagree with themselves; so a finding warns unless a load plan says otherwise.
public enum Finding: UInt8, CaseIterable, Equatable, Sendable {
  /// Nothing but zeros.
  case allZeros
  /// The length is that of no form of the number.
  case wrongLength
  /// A character is not one of the number's form.
  case wrongCharacter
  /// The place digits are of no known province; births abroad have others, of which no list is
  /// known.
  case unknownProvince
  /// The number says another sex.
  case sexDisagrees
  /// The number says another year of birth.
  case birthYearDisagrees
  /// The number says another province of birth registration.
  case birthProvinceDisagrees
  /// The first digits were given to no province or network.
  case unknownPrefix
  /// A nine-digit number of the range that two provinces issued.
  case issuedTwice
  /// The card's level is none.
  case levelOutOfRange
  /// The card's group is another one than the row's.
  case groupDisagrees
  /// The card's level is another one than the row's.
  case levelDisagrees
  /// The card holds another insurance number than the row.
  case insuranceNumberDisagrees
  /// The last digit does not fit the others.
  case checkDigitWrong
  /// A mobile number of eleven digits from before 2018.
  case outdatedPhone
  /// A number below what a rule allows.
  case belowLeast
  /// A number above what a rule allows.
  case aboveGreatest
  /// A day after the day of the load.
  case inTheFuture
  /// A first day after the last.
  case daysOutOfOrder
  /// A middle name that people of the other sex have.
  case nameAgainstSex
  /// A household without a head.
  case noHead
  /// A household with more than one head.
  case severalHeads
  /// A household with another number of members than was declared.
  case sizeDiffers
  /// A household without persons.
  case emptyHousehold
  /// A person without a household.
  case withoutHousehold
  /// A person who is named in a household and is stored in another.
  case inTwoHouseholds
  /// A spouse younger than a rule allows.
  case spouseAge
  /// A child of the head born too few years after the head.
  case childAge
  /// A parent of the head born too few years before the head.
  case parentAge

  /// The stable name of the finding, for reports and programs.
  public var code: String {
    switch self {
    case .allZeros: "all_zeros"
    case .wrongLength: "wrong_length"
    case .wrongCharacter: "wrong_character"
    case .unknownProvince: "unknown_province"
    case .sexDisagrees: "sex_disagrees"
    case .birthYearDisagrees: "birth_year_disagrees"
    case .birthProvinceDisagrees: "birth_province_disagrees"
    case .unknownPrefix: "unknown_prefix"
    case .issuedTwice: "issued_twice"
    case .levelOutOfRange: "level_out_of_range"
    case .groupDisagrees: "group_disagrees"
    case .levelDisagrees: "level_disagrees"
    case .insuranceNumberDisagrees: "insurance_number_disagrees"
    case .checkDigitWrong: "check_digit_wrong"
    case .outdatedPhone: "outdated_phone"
    case .belowLeast: "below_least"
    case .aboveGreatest: "above_greatest"
    case .inTheFuture: "in_the_future"
    case .daysOutOfOrder: "days_out_of_order"
    case .nameAgainstSex: "name_against_sex"
    case .noHead: "no_head"
    case .severalHeads: "several_heads"
    case .sizeDiffers: "size_differs"
    case .emptyHousehold: "empty_household"
    case .withoutHousehold: "without_household"
    case .inTwoHouseholds: "in_two_households"
    case .spouseAge: "spouse_age"
    case .childAge: "child_age"
    case .parentAge: "parent_age"
    }
  }

  /// What a person can do about it.
  public var remedy: String {
    switch self {
    case .allZeros: "Look the number up; zeros alone are no number."
    case .wrongLength: "Compare the length with the document."
    case .wrongCharacter: "Compare the characters with the document."
    case .unknownProvince:
      "Compare the first digits with the document; births abroad have codes of their own."
    case .sexDisagrees: "Compare sex and number with the document; one of them is wrong."
    case .birthYearDisagrees: "Compare the day of birth and the number with the document."
    case .birthProvinceDisagrees: "Compare the place of birth registration and the number."
    case .unknownPrefix: "Compare the first digits with the document."
    case .issuedTwice: "Ask for the personal number; two provinces gave out this range."
    case .levelOutOfRange: "Compare the third character with the card; levels are 1 to 5."
    case .groupDisagrees: "Compare the group with the card."
    case .levelDisagrees: "Compare the level with the card."
    case .insuranceNumberDisagrees:
      "Compare the last ten digits of the card with the insurance number."
    case .checkDigitWrong: "Compare the number with the document; its last digit checks the others."
    case .outdatedPhone: "Write the prefix that replaced it in 2018."
    case .belowLeast: "Check the number; it is less than the rule allows."
    case .aboveGreatest: "Check the number; it is more than the rule allows."
    case .inTheFuture: "Check the day; it has not come yet."
    case .daysOutOfOrder: "Check both days; the first comes after the second."
    case .nameAgainstSex: "Compare name and sex with the document; few people of this sex have it."
    case .noHead: "Name the head of the household."
    case .severalHeads: "Keep one head of the household."
    case .sizeDiffers: "Count the members again; another number was declared."
    case .emptyHousehold: "Add its persons, or take the household out."
    case .withoutHousehold: "Name the household, unless the person belongs to none."
    case .inTwoHouseholds:
      "Find out where the person lives; the household that was first stands."
    case .spouseAge: "Check relation and day of birth; this spouse is too young."
    case .childAge: "Check relation and days of birth; the head is too young for this child."
    case .parentAge: "Check relation and days of birth; this parent is too young for the head."
    }
  }
}

/// What is odd about a row, together.
package struct Findings: OptionSet, Hashable, Sendable {
  package let rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }

  private init(_ finding: Finding) { rawValue = 1 << UInt32(finding.rawValue) }

  package static let allZeros = Findings(.allZeros)
  package static let wrongLength = Findings(.wrongLength)
  package static let wrongCharacter = Findings(.wrongCharacter)
  package static let unknownProvince = Findings(.unknownProvince)
  package static let sexDisagrees = Findings(.sexDisagrees)
  package static let birthYearDisagrees = Findings(.birthYearDisagrees)
  package static let birthProvinceDisagrees = Findings(.birthProvinceDisagrees)
  package static let unknownPrefix = Findings(.unknownPrefix)
  package static let issuedTwice = Findings(.issuedTwice)
  package static let levelOutOfRange = Findings(.levelOutOfRange)
  package static let groupDisagrees = Findings(.groupDisagrees)
  package static let levelDisagrees = Findings(.levelDisagrees)
  package static let insuranceNumberDisagrees = Findings(.insuranceNumberDisagrees)
  package static let checkDigitWrong = Findings(.checkDigitWrong)
  package static let outdatedPhone = Findings(.outdatedPhone)
  package static let belowLeast = Findings(.belowLeast)
  package static let aboveGreatest = Findings(.aboveGreatest)
  package static let inTheFuture = Findings(.inTheFuture)
  package static let daysOutOfOrder = Findings(.daysOutOfOrder)
  package static let nameAgainstSex = Findings(.nameAgainstSex)
  package static let noHead = Findings(.noHead)
  package static let severalHeads = Findings(.severalHeads)
  package static let sizeDiffers = Findings(.sizeDiffers)
  package static let emptyHousehold = Findings(.emptyHousehold)
  package static let withoutHousehold = Findings(.withoutHousehold)
  package static let spouseAge = Findings(.spouseAge)
  package static let childAge = Findings(.childAge)
  package static let parentAge = Findings(.parentAge)

  /// The findings, in the order of their declaration.
  package var all: [Finding] { Finding.allCases.filter { contains(Findings($0)) } }

  /// Their stable names.
  package var codes: [String] { all.map(\.code) }
}
