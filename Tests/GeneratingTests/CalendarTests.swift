// Days and dates agree both ways, over leap years and month ends.

import Testing

@testable import Generating

@Suite struct CalendarTests {
  @Test(arguments: [
    (1970, 1, 1, 0), (1970, 3, 1, 59), (2000, 2, 29, 11_016), (2024, 12, 31, 20_088),
    (1900, 1, 1, -25_567),
  ])
  func knowsADay(year: Int, month: Int, day: Int, daysSince1970: Int) {
    let date = CalendarDay(year: year, month: month, day: day)

    #expect(date.daysSince1970 == daysSince1970)
    #expect(CalendarDay(daysSince1970: daysSince1970) == date)
  }

  @Test func seesAgesOnTheLastDayOfAYear() {
    let day = CalendarDay(daysSince1970: ReferenceDay.daysSince1970)

    #expect(day == CalendarDay(year: ReferenceDay.year, month: 12, day: 31))
  }

  @Test func returnsFromEveryDay() {
    for number in -25_567...24_000 {
      #expect(CalendarDay(daysSince1970: number).daysSince1970 == number)
    }
  }

  @Test func addsMonthsWithinMonthEnds() {
    let day = CalendarDay(year: 2_024, month: 2, day: 29)

    #expect(day.adding(months: 12) == CalendarDay(year: 2_025, month: 2, day: 28))
    #expect(day.adding(months: -2) == CalendarDay(year: 2_023, month: 12, day: 29))
  }
}
