// Texts of fields as stored integers: every type, every way to be wrong, every length.

import Bytes
import Support
import Testing

@testable import Rows

@Suite struct FieldTextTests {
  /// Every count of digits, read as the standard library reads it.
  @Test(arguments: 1...18)
  func readsDigits(_ count: Int) {
    var random = SeededGenerator(seed: UInt64(count))
    for _ in 0..<200 {
      let text = String((0..<count).map { _ in "0123456789".randomElement(using: &random) ?? "0" })
      #expect(parse(text) { FieldText.digits($0, count: count) } == ParsedField(Int64(text) ?? -1))
    }
  }

  /// A character next to the digits in the table, or far from them, at every place.
  @Test(arguments: 1...40)
  func refusesOtherCharactersAtEveryPlace(_ count: Int) {
    for place in 0..<count {
      for byte in [0x2F, 0x3A, 0x00, 0x20, 0x7F, 0x80, 0xB5, 0xFF, 0x39 + 0x40] as [UInt8] {
        var bytes = [UInt8](repeating: 0x35, count: count)
        bytes[place] = byte
        let parsed = bytes.lend { FieldText.digits($0, count: count) }
        #expect(parsed == ParsedField(.notDigits))
      }
    }
  }

  @Test(arguments: 0...60)
  func refusesOtherLengths(_ length: Int) {
    let bytes = [UInt8](repeating: 0x39, count: length)
    for count in 1...18 where count != length {
      let parsed = bytes.lend { FieldText.digits($0, count: count) }
      let lacksZeros = length > 0 && 1...2 ~= count - length
      #expect(
        parsed
          == ParsedField(
            length == 0 ? .notDigits : lacksZeros ? .leadingZerosLost : .wrongLength))
    }
  }

  @Test(arguments: [
    ("0", 0), ("-1", -1), ("+12", 12), ("007", 7), ("9223372036854775807", Int64.max),
    ("-9223372036854775807", -Int64.max), ("-0", 0), ("00000000000000000000012", 12),
  ])
  func readsIntegers(_ text: String, _ value: Int64) {
    #expect(parse(text, FieldText.integer) == ParsedField(value))
  }

  @Test(arguments: [
    ("", FieldProblem.notANumber), ("-", .notANumber), ("1.0", .trailingPointZero),
    ("1e3", .exponentNotation),
    (" 1", .notANumber), ("9223372036854775808", .outOfRange),
    ("-9223372036854775808", .outOfRange), ("99999999999999999999x", .notANumber),
    ("1,000", .notANumber), ("--1", .notANumber),
  ])
  func refusesOtherIntegers(_ text: String, _ problem: FieldProblem) {
    #expect(parse(text, FieldText.integer) == ParsedField(problem))
  }

  @Test(arguments: [
    ("12", 1200), ("12.5", 1250), ("-0.01", -1), ("12.3400", 1234), ("0.10", 10), ("+1.00", 100),
    ("9999999999999999.99", 999_999_999_999_999_999), ("0000000000000000000001.5", 150),
  ])
  func readsDecimals(_ text: String, _ value: Int64) {
    #expect(parse(text) { FieldText.decimal($0, scale: 2) } == ParsedField(value))
  }

  @Test(arguments: [
    ("12.345", FieldProblem.tooManyDecimals), ("12.", .notANumber), (".5", .notANumber),
    ("1.2.3", .notANumber), ("1,5", .notANumber), ("1e2", .exponentNotation), ("-", .notANumber),
    ("10000000000000000", .outOfRange), ("99999999999999999999", .outOfRange), ("", .notANumber),
    ("1.-5", .notANumber), ("1.00x", .notANumber),
  ])
  func refusesOtherDecimals(_ text: String, _ problem: FieldProblem) {
    #expect(parse(text) { FieldText.decimal($0, scale: 2) } == ParsedField(problem))
  }

  @Test func keepsEighteenDecimals() {
    let parsed = parse("0.123456789012345678") { FieldText.decimal($0, scale: 18) }
    #expect(parsed == ParsedField(123_456_789_012_345_678))
    #expect(parse("1") { FieldText.decimal($0, scale: 18) } == ParsedField(.outOfRange))
  }

  @Test func readsFlags() {
    for (text, value) in [("0", 0), ("1", 1), ("true", 1), ("false", 0)] as [(String, Int64)] {
      #expect(parse(text, FieldText.flag) == ParsedField(value))
    }
    for text in ["", "2", "yes", "True", "TRUE", "fals0", "01"] {
      #expect(parse(text, FieldText.flag) == ParsedField(.notAFlag))
    }
  }

  @Test(arguments: ["1970-01-01", "2000-02-29", "1899-12-31", "9999-12-31", "2001-07", "1955"])
  func readsDays(_ text: String) throws {
    let parsed = parse(text, FieldText.day)
    #expect(try #require(Day(physical: parsed.value)).description == text)
  }

  @Test(arguments: [
    ("2001-02-29", FieldProblem.impossibleDay), ("2001-13-01", .impossibleDay),
    ("0000-01-01", .impossibleDay), ("2001-00", .impossibleDay), ("0000", .impossibleDay),
    ("2001-2-3", .notADay), ("2001/02/03", .notADay), ("2001-02-0x", .notADay),
    ("2001-02-03T", .notADay), ("", .notADay), ("20010203", .notADay), ("2001-1", .notADay),
    ("200x", .notADay), ("2001-0:-01", .notADay),
  ])
  func refusesOtherDays(_ text: String, _ problem: FieldProblem) {
    #expect(parse(text, FieldText.day) == ParsedField(problem))
  }

  /// A problem's code is its name for life.
  @Test func namesProblems() {
    let codes = FieldProblem.allCases.map(\.code)
    #expect(Set(codes).count == codes.count)
    #expect(
      codes.allSatisfy { $0.allSatisfy { $0 == "_" || ($0 >= "a" && $0 <= "z") || $0 == "8" } })
    #expect(FieldProblem.allCases.map(\.rawValue) == Array(1...20))
    for problem in FieldProblem.allCases { #expect(problem.remedy.hasSuffix(".")) }
  }

  private func parse(_ text: String, _ body: (LentBytes) -> ParsedField) -> ParsedField {
    Array(text.utf8).lend { body($0) }
  }
}
