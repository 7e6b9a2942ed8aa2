// The ways of writing days: what each reads, with its precision, and what it does not.

import Bytes
import Testing

@testable import Rows

@Suite struct DayPatternTests {
  @Test(arguments: [
    ("dd/MM/yyyy", "31/12/2001", Day(2001, 12, 31)),
    ("MM/dd/yyyy", "12/31/2001", Day(2001, 12, 31)),
    ("yyyyMMdd", "20011231", Day(2001, 12, 31)), ("ddMMyyyy", "31122001", Day(2001, 12, 31)),
    ("d/M/yyyy", "3/2/2001", Day(2001, 2, 3)), ("d/M/yyyy", "13/12/2001", Day(2001, 12, 13)),
    ("dd.MM.yyyy", "29.02.2000", Day(2000, 2, 29)),
    ("MM/yyyy", "12/2001", Day(year: 2001, month: 12)),
    ("yyyy", "1957", Day(year: 1957)), ("yyyyMMddHHmm", "200112310715", Day(2001, 12, 31)),
    ("yyyy-MM-ddTHH:mm:ss", "2001-12-31T23:59:59", Day(2001, 12, 31)),
    // What is written as zeros is not known.
    ("dd/MM/yyyy", "00/12/2001", Day(year: 2001, month: 12)),
    ("dd/MM/yyyy", "00/00/1957", Day(year: 1957)), ("yyyyMMdd", "19570000", Day(year: 1957)),
    ("yyyyMMddHHmm", "195700000000", Day(year: 1957)),
    // Spreadsheets count a 29 February 1900.
    ("excel", "1", Day(1900, 1, 1)), ("excel", "59", Day(1900, 2, 28)),
    ("excel", "61", Day(1900, 3, 1)), ("excel", "26115", Day(1971, 7, 1)),
    ("excel1904", "0", Day(1904, 1, 1)), ("excel1904", "24653", Day(1971, 7, 1)),
  ])
  func readsDays(_ pattern: String, _ text: String, _ day: Day?) throws {
    #expect(try parse(pattern, text) == ParsedField(try #require(day).physical))
  }

  @Test(arguments: [
    ("dd/MM/yyyy", "12/31/2001", FieldProblem.impossibleDay),
    ("dd/MM/yyyy", "29/02/2001", .impossibleDay), ("dd/MM/yyyy", "00/00/0000", .impossibleDay),
    ("dd/MM/yyyy", "31/00/2001", .impossibleDay), ("yyyyMMddHHmm", "200112312500", .impossibleDay),
    ("yyyy-MM-ddTHH:mm:ss", "2001-12-31T23:60:59", .impossibleDay),
    ("excel", "60", .impossibleDay), ("excel", "0", .impossibleDay),
    ("excel", "9999999", .impossibleDay),
    ("dd/MM/yyyy", "2001-12-31", .notADay), ("dd/MM/yyyy", "1/2/2001", .notADay),
    ("dd/MM/yyyy", "31/12/20011", .notADay), ("dd/MM/yyyy", "31/12/200", .notADay),
    ("dd/MM/yyyy", "31-12-2001", .notADay), ("yyyyMMdd", "2001123", .notADay),
    ("yyyyMMdd", "20011231x", .notADay), ("excel", "2.5", .notADay), ("excel", "", .notADay),
  ])
  func refusesOtherTexts(_ pattern: String, _ text: String, _ problem: FieldProblem) throws {
    #expect(try parse(pattern, text) == ParsedField(problem))
  }

  @Test(arguments: [(25, "16-07-25", 2025), (25, "16-07-26", 1926), (99, "16-07-99", 2099)])
  func putsTwoDigitsIntoTheCenturyOfThePivot(_ pivot: Int, _ text: String, _ year: Int) throws {
    let pattern = try #require(DayPattern("dd-MM-yy", pivot: pivot))
    let parsed = Array(text.utf8).lend { pattern.parse($0) }
    #expect(parsed == ParsedField(try #require(Day(year, 7, 16)).physical))
  }

  @Test(arguments: [
    "", "dd/MM", "yyy", "dd/MM/yyyy/yyyy", "dd/yyyy", "MMM/yyyy", "q/yyyy", "dMyyyy", "Mdyyyy",
    "dd/MM/yyyy 5", "dd/dd/MM/yyyy",
  ])
  func refusesPatternsThatMayBeReadInTwoWays(_ pattern: String) {
    #expect(DayPattern(pattern) == nil)
  }

  @Test func readsADayInTheFirstOfSeveralForms() throws {
    let patterns = DayPatterns(
      try ["dd/MM/yyyy", "yyyy", "excel"].map { try #require(DayPattern($0)) })
    func parse(_ text: String) -> ParsedField { Array(text.utf8).lend { patterns.parse($0) } }
    #expect(parse("31/12/2001").value == Day(2001, 12, 31)?.physical)
    #expect(parse("1957").value == Day(year: 1957)?.physical)
    #expect(parse("26115").value == Day(1971, 7, 1)?.physical)
    #expect(parse("31/02/2001").problem == .impossibleDay)
    #expect(parse("31/12/01").problem == .twoDigitYear)
    #expect(parse("2001-12-31").problem == .notADay)
  }

  private func parse(_ pattern: String, _ text: String) throws -> ParsedField {
    let pattern = try #require(DayPattern(pattern))
    return Array(text.utf8).lend { pattern.parse($0) }
  }
}
