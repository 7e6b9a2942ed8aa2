// The calendar, what is known of a day, and ages.

import Testing

@testable import Rows

@Suite struct DayTests {
  @Test(arguments: [
    (1970, 1, 1, 0), (1969, 12, 31, -1), (2000, 2, 29, 11_016), (2026, 11, 24, 20_781),
    (1900, 3, 1, -25_508), (1, 1, 1, -719_162), (9999, 12, 31, 2_932_896),
  ])
  func countsDays(_ year: Int, _ month: Int, _ day: Int, _ days: Int32) throws {
    #expect(try #require(Day(year, month, day)).daysSince1970 == days)
  }

  /// Every day of the calendar is one more than the day before it.
  @Test func walksTheWholeCalendar() throws {
    var expected = Day.daysMin
    for year in 1...9999 {
      for month in 1...12 {
        for day in 1...monthLength(year, month) {
          #expect(days(year, month, day) == expected)
          expected += 1
        }
      }
    }
    #expect(expected == Day.daysMax + 1)
    for days in stride(from: Int(Day.daysMin), through: Int(Day.daysMax), by: 997) {
      let parts = try #require(Day(daysSince1970: days)).yearMonthDay
      #expect(Day(parts.year, parts.month, parts.day)?.daysSince1970 == Int32(days))
    }
  }

  @Test(arguments: [
    (2001, 2, 29), (1900, 2, 29), (2001, 4, 31), (2001, 13, 1), (2001, 0, 1), (2001, 1, 0),
    (0, 1, 1), (10_000, 1, 1), (2001, 1, 32), (-1, 1, 1),
  ])
  func refusesImpossibleDays(_ year: Int, _ month: Int, _ day: Int) {
    #expect(Day(year, month, day) == nil)
  }

  @Test func storesPrecision() throws {
    let day = try #require(Day(1980, 5, 17))
    let month = try #require(Day(year: 1980, month: 5))
    let year = try #require(Day(year: 1980))
    #expect(day.physical == Int64(3789 * 4))
    #expect(month.physical == Int64(3773 * 4 + 1))
    #expect(year.physical == Int64(3652 * 4 + 2))
    for one in [day, month, year] { #expect(Day(physical: one.physical) == one) }
    #expect((month.day, month.month, year.month).0 == nil)
    #expect(year.month == nil)
    #expect(year < month)
    #expect(month < day)
  }

  /// No other integer is a day: precision 3, a month that does not begin on its first, years away.
  @Test(
    arguments: [
      3, 15_097, 15_094, Int64.min, Int64.max, -2_876_652, 11_731_588,
    ] as [Int64])
  func refusesOtherIntegers(_ stored: Int64) { #expect(Day(physical: stored) == nil) }

  @Test func knowsItsLastDay() throws {
    #expect(Day(year: 2000)?.last == Day(2000, 12, 31))
    #expect(Day(year: 2000, month: 2)?.last == Day(2000, 2, 29))
    #expect(Day(2000, 2, 1)?.last == Day(2000, 2, 1))
  }

  @Test func countsAges() throws {
    let day = try #require(Day(2026, 11, 24))
    #expect(Day(1980, 11, 24)?.age(on: day) == 46)
    #expect(Day(1980, 11, 25)?.age(on: day) == 45)
    #expect(Day(2026, 11, 25)?.age(on: day) == nil)
    #expect(Day(year: 1980)?.ages(on: day) == 45...46)
    #expect(Day(year: 1980, month: 3)?.ages(on: day) == 46...46)
    #expect(Day(year: 2026)?.ages(on: day) == 0...0)
    let leap = try #require(Day(2004, 2, 29))
    #expect(leap.age(on: try #require(Day(2005, 2, 28))) == 0)
    #expect(leap.age(on: try #require(Day(2005, 3, 1))) == 1)
  }

  @Test(arguments: ["2001-12-31", "2001-12", "2001", "0001-01-01"])
  func readsWhatItWrites(_ text: String) throws { #expect(try Day(text).description == text) }

  @Test func saysWhyATextIsNoDay() {
    #expect(throws: FieldProblem.impossibleDay) { try Day("2001-02-29") }
    #expect(throws: FieldProblem.notADay) { try Day("31.12.2001") }
  }
}
