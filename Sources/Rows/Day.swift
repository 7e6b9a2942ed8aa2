// A calendar day, counted from 1970-01-01, whose day or month may be unknown.
//
// As a stored integer a day is `days * 4 + precision`; precision 0 is a known day, 1 a known month
// (the day is its first), 2 a known year (the day is its 1 January). Years are 1 to 9999 of the
// Gregorian calendar, carried back before its beginning.

import Bytes

/// A calendar day without a time zone, known to the day, the month or only the year.
///
/// Days are ordered by their first possible day; of two that share it, the better known comes
/// first.
public struct Day: Hashable, Sendable {
  /// How much of a day is known.
  public enum Precision: UInt8, CaseIterable, Sendable {
    /// The day is known.
    case day = 0
    /// Only the month and year are known.
    case month = 1
    /// Only the year is known.
    case year = 2
  }

  /// Days since 1970-01-01 of the first day that it can be.
  public let daysSince1970: Int32
  /// How much of the day is known.
  public let precision: Precision

  init(daysSince1970: Int32, precision: Precision) {
    self.daysSince1970 = daysSince1970
    self.precision = precision
  }

  /// The day, if the calendar has it.
  public init?(_ year: Int, _ month: Int, _ day: Int) {
    guard let days = days(year, month, day) else { return nil }
    self.init(daysSince1970: days, precision: .day)
  }

  /// Some day of a month.
  public init?(year: Int, month: Int) {
    guard let days = days(year, month, 1) else { return nil }
    self.init(daysSince1970: days, precision: .month)
  }

  /// Some day of a year.
  public init?(year: Int) {
    guard let days = days(year, 1, 1) else { return nil }
    self.init(daysSince1970: days, precision: .year)
  }

  /// The known day so many days after 1970-01-01; nil outside the years 1 to 9999.
  public init?(daysSince1970: Int) {
    guard daysSince1970 >= Int(Self.daysMin), daysSince1970 <= Int(Self.daysMax) else { return nil }
    self.init(daysSince1970: Int32(daysSince1970), precision: .day)
  }

  /// The day that a stored integer is; nil if none is stored so.
  package init?(physical: Int64) {
    guard let precision = Precision(rawValue: UInt8(physical & 3)),
      physical >= Int64(Self.daysMin) * 4, physical < (Int64(Self.daysMax) + 1) * 4
    else { return nil }
    self.init(daysSince1970: Int32(physical >> 2), precision: precision)
    guard precision != .day else { return }
    let parts = yearMonthDay
    guard parts.day == 1, precision == .month || parts.month == 1 else { return nil }
  }

  /// The integer that stores the day.
  package var physical: Int64 { Int64(daysSince1970) * 4 + Int64(precision.rawValue) }

  static let daysMin: Int32 = -719_162  // 0001-01-01
  static let daysMax: Int32 = 2_932_896  // 9999-12-31

  /// The year.
  public var year: Int { yearMonthDay.year }

  /// The month, if it is known.
  public var month: Int? { precision == .year ? nil : yearMonthDay.month }

  /// The day of the month, if it is known.
  public var day: Int? { precision == .day ? yearMonthDay.day : nil }

  /// The first day that it can be, as year, month and day of the month.
  package var yearMonthDay: (year: Int, month: Int, day: Int) { civil(daysSince1970) }

  /// The last day that it can be; itself when the day is known.
  public var last: Day {
    let parts = yearMonthDay
    switch precision {
    case .day:
      return self
    case .month:
      let length = monthLength(parts.year, parts.month)
      return Day(daysSince1970: daysSince1970 + Int32(length) - 1, precision: .day)
    case .year:
      let length: Int32 = isLeap(parts.year) ? 366 : 365
      return Day(daysSince1970: daysSince1970 + length - 1, precision: .day)
    }
  }

  /// Completed years from this day to a known day; where this day is only known to the month or
  /// year, those from its first possible day.
  ///
  /// Nil before the first birthday's beginning.
  ///
  /// Who was born on 29 February completes a year on 1 March of a common year.
  public func age(on day: Day) -> Int? {
    guard day.daysSince1970 >= daysSince1970 else { return nil }
    let from = yearMonthDay
    let to = day.yearMonthDay
    let isBeforeBirthday = (to.month, to.day) < (from.month, from.day)
    return to.year - from.year - (isBeforeBirthday ? 1 : 0)
  }

  /// The completed years that are possible on a known day; one number when the day is known.
  public func ages(on day: Day) -> ClosedRange<Int>? {
    guard let oldest = age(on: day) else { return nil }
    let youngest = last.age(on: day) ?? 0
    return youngest...oldest
  }
}

extension Day: Comparable {
  /// Whether one day comes before another.
  public static func < (left: Day, right: Day) -> Bool { left.physical < right.physical }
}

/// Days since 1970-01-01 of a day that the calendar has, else nil.
func days(_ year: Int, _ month: Int, _ day: Int) -> Int32? {
  guard year >= 1, year <= 9999, month >= 1, month <= 12, day >= 1 else { return nil }
  guard day <= 28 || day <= monthLength(year, month) else { return nil }
  return daysUnchecked(year, month, day)
}

/// Days since 1970-01-01, by Howard Hinnant's days_from_civil with years that begin in March.
func daysUnchecked(_ year: Int, _ month: Int, _ day: Int) -> Int32 {
  let shifted = UInt32(truncatingIfNeeded: month <= 2 ? year &- 1 : year)
  let century = shifted / 100
  let monthFromMarch = UInt32(truncatingIfNeeded: month > 2 ? month &- 3 : month &+ 9)
  let dayOfYear = (153 &* monthFromMarch &+ 2) / 5
  let daysOfYears = 365 &* shifted &+ shifted / 4 &- century &+ century / 4
  return Int32(bitPattern: daysOfYears &+ dayOfYear) &+ Int32(truncatingIfNeeded: day &- 719_469)
}

/// The calendar's year, month and day of a day from the years 1 to 9999.
private func civil(_ days: Int32) -> (year: Int, month: Int, day: Int) {
  let fromMarch = Int(days) + 719_468
  let era = fromMarch / 146_097
  let dayOfEra = fromMarch - era * 146_097
  let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let monthFromMarch = (5 * dayOfYear + 2) / 153
  let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
  let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
}

func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

func monthLength(_ year: Int, _ month: Int) -> Int {
  switch month {
  case 2: isLeap(year) ? 29 : 28
  case 4, 6, 9, 11: 30
  default: 31
  }
}

extension Day {
  /// The day of the system's clock in Coordinated Universal Time.
  public static var today: Day {
    Day(daysSince1970: Int(secondsSince1970() / 86_400)) ?? Day(daysSince1970: 0, precision: .day)
  }
}
