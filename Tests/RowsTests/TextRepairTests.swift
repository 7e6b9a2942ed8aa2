// Each repair mends its own damage and nothing else, and says what it did.

import Bytes
import Testing

@testable import Rows

@Suite struct TextRepairTests {
  @Test(arguments: [
    (TextRepair.lookAlikeD, "Ðà Nẵng, Ɖắk Lắk, \u{F0}ường", "Đà Nẵng, Đắk Lắk, đường"),
    (.spaces, "  Trần  Thị\u{A0}Bình ", "Trần Thị Bình"),
    (.apostrophe, "H\u{2019}Hen, Ch\u{2BC}ơm", "H'Hen, Ch'ơm"),
  ])
  func mendsTexts(_ repair: TextRepair, _ text: String, _ mended: String) throws {
    let repaired = try #require(self.repaired(text, [repair], .text))
    #expect(repaired.text == mended)
    #expect(repaired.made == [repair])
    #expect(self.repaired(mended, [repair], .text) == nil)
    for other in TextRepair.allCases where other != repair && other.fits(.text) {
      #expect(self.repaired(text, [other], .text) == nil)
    }
  }

  @Test(arguments: [
    ([TextRepair.leadingZeros], "1096711206", Int64(1_096_711_206), [TextRepair.leadingZeros]),
    ([.trailingPointZero], "001096711206.0", 1_096_711_206, [.trailingPointZero]),
    (
      [.leadingZeros, .trailingPointZero], "1096711206.0", 1_096_711_206,
      [.trailingPointZero, .leadingZeros]
    ),
    ([.separators], "0010 9671.12-06", 1_096_711_206, [.separators]),
    ([.spaces], " 001096711206\u{A0}", 1_096_711_206, [.spaces]),
  ])
  func mendsIdentifiers(
    _ repairs: [TextRepair], _ text: String, _ value: Int64, _ made: [TextRepair]
  ) throws {
    let repaired = try #require(number(text, repairs, digits: 12))
    #expect(repaired.value == value)
    #expect(repaired.made == made)
  }

  /// Digits that are gone do not come back, and zeros only where they can have been lost.
  @Test(arguments: ["1.09671E+11", "109671120", "10967112O6", "", "0010967112060"])
  func leavesWhatCannotBeMended(_ text: String) {
    #expect(
      number(text, TextRepair.allCases.filter { $0.fits(.digits(count: 12)) }, digits: 12) == nil)
  }

  @Test(arguments: ["+84912345678", "84912345678"])
  func putsAZeroInPlaceOfTheCountryCode(_ text: String) throws {
    #expect(try #require(number(text, [.countryCode], digits: 10)).value == 912_345_678)
    #expect(number("+85912345678", [.countryCode], digits: 10) == nil)
  }

  private static let prefixes =
    (try? Schema(reading: SchemasFolderTests.folder)).flatMap(ReplacedPrefix.all) ?? []

  @Test(arguments: [
    ([TextRepair.outdatedPhone], "01234567890", Int64(834_567_890), [TextRepair.outdatedPhone]),
    ([.outdatedPhone, .separators], "0169.123.4567", 391_234_567, [.separators, .outdatedPhone]),
    (
      [.outdatedPhone, .countryCode], "+841994567890", 594_567_890,
      [.countryCode, .outdatedPhone]
    ),
  ])
  func replacesThePrefixesOfBefore2018(
    _ repairs: [TextRepair], _ text: String, _ value: Int64, _ made: [TextRepair]
  ) throws {
    let repaired = try #require(number(text, repairs, digits: 10, Self.prefixes))
    #expect(repaired.value == value)
    #expect(repaired.made == made)
  }

  /// A prefix that nobody had is not replaced, nor one in a number of another length.
  @Test(arguments: ["01304567890", "0123456789x", "012345678901", "02434567890", "+8412345678901"])
  func leavesOtherPrefixes(_ text: String) {
    #expect(number(text, [.outdatedPhone, .countryCode], digits: 10, Self.prefixes) == nil)
  }

  @Test func padsCodesAsFarAsTheirListKnowsThem() throws {
    let repairs = TextRepairs([.leadingZeros], of: .code(list: "commune"))
    func parse(_ text: LentBytes) -> ParsedField {
      String(text) == "00004" ? ParsedField(7) : ParsedField(.unknownCode)
    }
    #expect(try #require(Array("004".utf8).lend { repairs.value(of: $0, parse) }).value == 7)
    #expect(Array("04".utf8).lend { repairs.value(of: $0, parse) } == nil)
    #expect(Array("005".utf8).lend { repairs.value(of: $0, parse) } == nil)
  }

  @Test func fitsTheTypesThatItCanMend() {
    #expect(TextRepair.allCases.filter { $0.fits(.day) } == [.spaces])
    #expect(TextRepair.allCases.filter { $0.fits(.text) } == [.lookAlikeD, .spaces, .apostrophe])
    #expect(
      TextRepair.allCases.filter { $0.fits(.code(list: "c")) }
        == [.leadingZeros, .trailingPointZero, .spaces])
  }

  private func repaired(
    _ text: String, _ repairs: [TextRepair], _ type: FieldType
  ) -> (text: String, made: [TextRepair])? {
    Array(text.utf8).lend { TextRepairs(repairs, of: type).repaired($0) }.map {
      (String(decoding: $0.bytes, as: UTF8.self), $0.made)
    }
  }

  private func number(
    _ text: String, _ repairs: [TextRepair], digits: Int, _ prefixes: [ReplacedPrefix] = []
  ) -> (value: Int64, made: [TextRepair])? {
    Array(text.utf8).lend {
      TextRepairs(repairs, of: .digits(count: digits), prefixes: prefixes).value(of: $0) {
        FieldText.digits($0, count: digits)
      }
    }
  }
}
