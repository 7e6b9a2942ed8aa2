// The structure of numbers: each thing that can be odd is found alone, and nothing else is.

import Bytes
import Rows
import Testing

@testable import Rules

@Suite struct NumbersTests {
  private func personal(
    _ value: Int64, isMale: Bool? = nil, _ day: Day? = nil, province: Int? = nil
  ) -> Findings {
    PersonalNumber(value).findings(isMale: isMale, birthDay: day, birthProvince: province)
  }

  @Test func takesAPersonalNumberApart() {
    let number = PersonalNumber(79_188_500_123)
    #expect(number.place == 79)
    #expect(number.isMale == false)
    #expect(number.birthYear == 1988)
    #expect(number.tail == 500_123)
    #expect(PersonalNumber(1_307_500_000).birthYear == 2007)
    #expect(PersonalNumber(1_999_500_000).birthYear == 2399)
  }

  @Test func looksIntoPersonalNumbers() {
    let day = Day(1988, 3, 4)
    #expect(personal(79_188_500_123, isMale: false, day, province: 79) == [])
    #expect(personal(79_188_500_123) == [])
    #expect(personal(79_188_500_123, isMale: true, day, province: 79) == .sexDisagrees)
    #expect(personal(79_188_500_123, isMale: false, Day(year: 1989)) == .birthYearDisagrees)
    #expect(personal(79_188_500_123, province: 1) == .birthProvinceDisagrees)
    #expect(personal(3_188_500_123) == .unknownProvince)
    #expect(personal(999_188_500_123) == .unknownProvince)
    #expect(personal(0, isMale: true, day, province: 1) == .allZeros)
    #expect(
      personal(3_188_500_123, isMale: true, Day(2001, 1, 1), province: 1).codes
        == [
          "unknown_province", "sex_disagrees", "birth_year_disagrees", "birth_province_disagrees",
        ])
  }

  @Test func looksIntoOtherNumbers() {
    #expect(findings(insuranceNumber: 7_912_345_678) == [])
    #expect(findings(insuranceNumber: 312_345_678) == .unknownProvince)
    #expect(findings(insuranceNumber: 0) == .allZeros)
    #expect(findings(oldNumber: 10_000_000) == [])
    #expect(findings(oldNumber: 390_000_000) == .unknownPrefix)
    #expect(findings(oldNumber: 9_999_999) == .unknownPrefix)
    #expect(findings(oldNumber: 271_450_000) == [])
    #expect(findings(oldNumber: 271_450_001) == .issuedTwice)
    #expect(findings(oldNumber: 271_500_000) == .issuedTwice)
    #expect(findings(oldNumber: 271_500_001) == [])
    #expect(findings(oldNumber: 0) == .allZeros)
  }

  /// 0100233488 is the example of the public standard; every other last digit is wrong.
  @Test func checksTaxNumbers() {
    #expect(findings(taxNumber: 100_233_488) == [])
    for digit in 0...9 where digit != 8 {
      #expect(findings(taxNumber: 100_233_480 + Int64(digit)) == .checkDigitWrong)
    }
    #expect(findings(taxNumber: 0) == .allZeros)
  }

  @Test func looksIntoPhones() {
    #expect(findings(mobilePhone: 912_345_678, digitCount: 10) == [])
    #expect(findings(mobilePhone: 322_345_678, digitCount: 10) == [])
    #expect(findings(mobilePhone: 952_345_678, digitCount: 10) == .unknownPrefix)
    #expect(findings(mobilePhone: 9_123_456_789, digitCount: 10) == .unknownPrefix)
    #expect(findings(mobilePhone: 1_682_345_678, digitCount: 11) == .outdatedPhone)
    #expect(findings(mobilePhone: 2_438_234_567, digitCount: 11) == .unknownPrefix)
    #expect(findings(mobilePhone: 912_345, digitCount: 9) == .wrongLength)
    #expect(findings(mobilePhone: 0, digitCount: 10) == .allZeros)
  }
}

@Suite struct CardNumberTests {
  private func card(_ text: String) -> CardNumber? {
    Array(text.utf8).lend { CardNumber($0) }
  }

  @Test func takesBothFormsApart() throws {
    let old = try #require(card("GD4797912345678"))
    #expect(old.group == "GD")
    #expect(old.level == 4)
    #expect(old.province == 79)
    #expect(old.insuranceNumber == 7_912_345_678)
    let new = try #require(card("7912345678"))
    #expect(new.group == nil)
    #expect(new.insuranceNumber == 7_912_345_678)
  }

  @Test(arguments: [
    "", "GD479791234567", "GD47979123456789", "gd4797912345678", "G14797912345678",
    "GDx797912345678", "GD4x97912345678", "GD479791234567x", "791234567x", "791234567",
  ])
  func refusesOtherForms(_ text: String) { #expect(card(text) == nil) }

  @Test func saysWhyATextIsNoCard() {
    #expect(Array("79".utf8).lend { CardNumber.findings(notCard: $0) } == .wrongLength)
    #expect(Array("791234567x".utf8).lend { CardNumber.findings(notCard: $0) } == .wrongCharacter)
  }

  @Test func looksIntoCards() throws {
    func odd(
      _ text: String, _ number: Int64? = nil, _ group: String? = nil, _ level: Int? = nil
    ) throws -> Findings {
      try #require(card(text)).findings(insuranceNumber: number, group: group, level: level)
    }
    #expect(try odd("GD4797912345678", 7_912_345_678, "GD", 4) == [])
    #expect(try odd("7912345678", 7_912_345_678, "GD", 4) == [])
    #expect(try odd("GD4797912345678", 1) == .insuranceNumberDisagrees)
    #expect(try odd("GD4797912345678", nil, "HT") == .groupDisagrees)
    #expect(try odd("GD4797912345678", nil, nil, 3) == .levelDisagrees)
    #expect(try odd("GD6797912345678") == .levelOutOfRange)
    #expect(try odd("GD4037912345678") == .unknownProvince)
    #expect(try odd("0000000000") == .allZeros)
  }
}

@Suite struct FindingsTests {
  @Test func everyFindingHasACode() {
    let all = Findings(rawValue: (1 << 15) - 1)
    #expect(all.codes.count == 15)
    #expect(Set(all.codes).count == 15)
    #expect(Findings().codes.isEmpty)
  }

  @Test(
    arguments: [
      (2_438_123_456, Findings()), (2_838_123_456, []), (2_033_812_345, []), (2_993_812_345, []),
      (2_173_812_345, .unknownPrefix), (3_333_812_345, .unknownPrefix),
      (912_345_678, .unknownPrefix),
      (0, .allZeros),
    ] as [(Int64, Findings)])
  func judgesLandlines(_ number: Int64, _ expected: Findings) {
    #expect(findings(landline: number) == expected)
  }

  @Test(
    arguments: [
      ("01002", Findings()), ("79000", []), ("8930000000123", []), ("99002", .unknownProvince),
      ("0100", .wrongLength), ("010025", .wrongLength), ("0100A", .wrongCharacter),
      ("", .wrongLength),
    ] as [(String, Findings)])
  func judgesFacilityCodes(_ code: String, _ expected: Findings) {
    #expect(Array(code.utf8).lend { findings(facilityCode: $0) } == expected)
  }
}
