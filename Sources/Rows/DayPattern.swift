// A way to write days that a load plan names, such as dd/MM/yyyy, yyyyMMdd or excel.
//
//     yyyy        four digits of the year         yy   two; the plan's pivot says the century
//     MM, dd      two digits                      M, d one or two
//     HH, mm, ss  a time, which is checked and dropped
//     excel       a spreadsheet's count of days from 1900; excel1904 counts from 1904
//
// Any other character but a letter of these stands for itself. 00 for the day, or for day and
// month, says that no more is known.

package import Bytes

/// One way to write days.
package struct DayPattern: Equatable, Sendable {
  enum Part: Equatable {
    case year
    case shortYear
    /// How many digits at least and at most.
    case month(ClosedRange<Int>)
    case day(ClosedRange<Int>)
    /// Two digits, at most so much.
    case time(Int)
    case literal(UInt8)
    /// The whole text: days after the day before its first.
    case serial(first: Int32)
  }

  /// The pattern as a plan writes it.
  package let text: String
  private let parts: [Part]
  /// Years of two digits up to this one are of this century.
  private let pivot: Int

  /// Whether years have two digits, so that a pivot is needed.
  package var needsPivot: Bool { parts.contains(.shortYear) }

  /// Reads a pattern; nil if it has another letter, no year, a part twice, or a day and no month.
  package init?(_ text: String, pivot: Int? = nil) {
    self.text = text
    self.pivot = pivot ?? -1
    switch text {
    case "excel": parts = [.serial(first: -25_567)]
    case "excel1904": parts = [.serial(first: -24_107)]
    default:
      guard let parts = Self.parts(Array(text.utf8)) else { return nil }
      self.parts = parts
    }
  }

  private static func parts(_ text: [UInt8]) -> [Part]? {
    var parts: [Part] = []
    var rest = text[...]
    while let letter = rest.first {
      let count = rest.prefix { $0 == letter }.count
      let isLetter = letter | 0x20 >= UInt8(ascii: "a") && letter | 0x20 <= UInt8(ascii: "z")
      switch (Character(Unicode.Scalar(letter)), count) {
      case ("y", 4): parts.append(.year)
      case ("y", 2): parts.append(.shortYear)
      case ("M", 1): parts.append(.month(1...2))
      case ("M", 2): parts.append(.month(2...2))
      case ("d", 1): parts.append(.day(1...2))
      case ("d", 2): parts.append(.day(2...2))
      case ("H", 2): parts.append(.time(24))
      case ("m", 2), ("s", 2): parts.append(.time(59))
      case ("T", 1),
        _ where !isLetter && letter &- 0x30 > 9:
        parts += Array(repeating: .literal(letter), count: count)
      default: return nil
      }
      rest = rest.dropFirst(count)
    }
    func count(_ isPart: (Part) -> Bool) -> Int { parts.count(where: isPart) }
    let years = count { $0 == .year || $0 == .shortYear }
    let months = count { if case .month = $0 { true } else { false } }
    let days = count { if case .day = $0 { true } else { false } }
    guard years == 1, months <= 1, days <= months else { return nil }
    // One or two digits before other digits could be read in two ways.
    for (part, next) in zip(parts, parts.dropFirst()) {
      guard part == .month(1...2) || part == .day(1...2) else { continue }
      guard case .literal = next else { return nil }
    }
    return parts
  }

  /// The stored integer of a day written so; `notADay` for another form, `impossibleDay` for this
  /// form with a day that the calendar lacks.
  package func parse(_ text: LentBytes) -> ParsedField {
    var (at, year, month, day) = (0, 0, 0, 0)
    for part in parts {
      let found: Int?
      switch part {
      case .year:
        found = number(text, 4...4, &at)
        year = found ?? 0
      case .shortYear:
        found = number(text, 2...2, &at)
        year = (found ?? 0) + ((found ?? 0) > pivot ? 1900 : 2000)
      case .month(let counts):
        found = number(text, counts, &at)
        month = found ?? 0
      case .day(let counts):
        found = number(text, counts, &at)
        day = found ?? 0
      case .time(let most):
        found = number(text, 2...2, &at)
        if let found, found > most { return ParsedField(.impossibleDay) }
      case .literal(let byte):
        found = at < text.count && text[at] == byte ? 0 : nil
        at += 1
      case .serial(let first): return serial(text, first)
      }
      guard found != nil else { return ParsedField(.notADay) }
    }
    guard at == text.count else { return ParsedField(.notADay) }
    let known =
      month == 0 && day == 0
      ? Day(year: year)
      : day == 0
        ? Day(year: year, month: month) : Day(year, month, day)
    return known.map { ParsedField($0.physical) } ?? ParsedField(.impossibleDay)
  }

  /// Digits at `at`, as many as there are up to the most.
  private func number(_ text: LentBytes, _ counts: ClosedRange<Int>, _ at: inout Int) -> Int? {
    var (value, count) = (0, 0)
    while count < counts.upperBound, at < text.count, text[at] &- 0x30 < 10 {
      value = value * 10 + Int(text[at] &- 0x30)
      at += 1
      count += 1
    }
    return count >= counts.lowerBound ? value : nil
  }

  /// Spreadsheets count 29 February 1900, which never was, as their day 60.
  private func serial(_ text: LentBytes, _ first: Int32) -> ParsedField {
    var at = 0
    guard let count = number(text, 1...7, &at), at == text.count else {
      return ParsedField(.notADay)
    }
    let is1900 = first == -25_567
    guard count > (is1900 ? 0 : -1), !(is1900 && count == 60) else {
      return ParsedField(.impossibleDay)
    }
    let days = Int(first) + count - (is1900 ? (count > 60 ? 2 : 1) : 0)
    return Day(daysSince1970: days).map { ParsedField($0.physical) } ?? ParsedField(.impossibleDay)
  }
}

/// The ways in which the days of a column may be written, the likeliest first.
package struct DayPatterns: Equatable, Sendable {
  package let patterns: [DayPattern]

  package init(_ patterns: [DayPattern]) { self.patterns = patterns }

  /// The stored integer of a day that one of the patterns reads.
  package func parse(_ text: LentBytes) -> ParsedField {
    var problem: FieldProblem?
    for pattern in patterns {
      let parsed = pattern.parse(text)
      if parsed.problem == nil { return parsed }
      if parsed.problem == .impossibleDay { problem = .impossibleDay }
    }
    return ParsedField(problem ?? FieldProblem(notADay: text))
  }
}
