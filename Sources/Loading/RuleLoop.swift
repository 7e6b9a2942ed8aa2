// Finds in a batch of rows those that may break a rule of a load plan, by a loop over columns.
//
// A loop passes over rows that surely keep the rule; `RowRule.findings` looks at the others. So
// what is found is what looking at each row would find.

import Bytes
import Columns
import Rows
import Rules
import Segments

/// The loop of one worker for one rule.
@safe final class RuleLoop {
  private let rule: RowRule
  private let fixed: Scratch<Int64>
  /// Holds what a field that is not asked has: nothing.
  private let absent = Scratch<Int64>(count: 1)
  /// By ordinal of a code, or number of a place, what the loop asks of it; of words and new codes
  /// of the piece at hand, too.
  private let table: Scratch<Int32>
  private var wordTable = Scratch<UInt8>(count: 1_024)
  private var wordCount = 0
  /// The first days of the years that a personal number can say, and of the year behind them.
  private let yearStarts = Scratch<Int32>(count: PersonalNumber.birthYears.count + 1)

  init(_ rule: RowRule, feeds: FieldFeeds) {
    self.rule = rule
    fixed = Scratch(count: feeds.fixed.count)
    for (field, value) in feeds.fixed.enumerated() { fixed.view[field] = value }
    absent.view[0] = absentValue
    for place in 0...PersonalNumber.birthYears.count {
      let day = Day(year: PersonalNumber.birthYears.lowerBound + place)
      yearStarts.view[place] = day?.daysSince1970 ?? 0
    }
    switch rule.kind {
    case .personalNumber(_, _, _, let provinces):
      table = Scratch(count: provinces.count)
      for (code, place) in provinces.enumerated() { table.view[code] = Int32(place ?? -1) }
    case .facility(let findings):
      table = Scratch(count: findings.count)
      for (code, found) in findings.enumerated() { table.view[code] = found.isEmpty ? 0 : 1 }
    default: table = Scratch(count: 0)
    }
  }

  /// Forgets the words of the piece before.
  func beginPiece() { wordCount = 0 }

  /// Puts into `rest` those of the next rows of a batch that may break the rule; returns how many
  /// they are.
  func find(_ batch: RecordBatch, in parsed: ParsedPiece) -> Int {
    let row = parsed.rowCount
    func lane(_ field: Int) -> Lane {
      guard field >= 0 else { return Lane(absent.view, mask: 0) }
      return parsed.values[field].map { Lane($0.from(row), mask: -1) }
        ?? Lane(fixed.view.from(field), mask: 0)
    }
    let numbers = lane(rule.field)
    func select(_ isOdd: (Int64) -> Bool) -> Int {
      batch.select { row in
        let number = numbers[row]
        return number != absentValue && isOdd(number)
      }
    }
    switch rule.kind {
    case .personalNumber(let sex, let birthDate, let birthProvince, _):
      return personalNumbers(
        batch, numbers, lane(sex), lane(birthDate), lane(birthProvince))
    case .insuranceNumber: return select { !Rules.findings(insuranceNumber: $0).isEmpty }
    case .oldNumber: return select { !Rules.findings(oldNumber: $0).isEmpty }
    case .taxNumber: return select { !Rules.findings(taxNumber: $0).isEmpty }
    case .mobilePhone(let digits):
      return select { !Rules.findings(mobilePhone: $0, digitCount: digits).isEmpty }
    case .landline: return select { !Rules.findings(landline: $0).isEmpty }
    case .cardNumber:
      // A number that is made of the other fields agrees with them.
      return parsed.values[rule.field] == nil
        ? batch.select { _ in true } : select { $0 == SegmentRows.exceptionalText }
    case .facility:
      let (codes, newCodes) = (table.view, newFacilities(of: parsed))
      return select { code in
        code >= 0
          ? code < codes.count && codes[Int(code)] != 0 : newCodes[Int(-2 &- code)] != 0
      }
    case .nameAndSex(let sex, let personalNumber):
      return names(
        batch, row, parsed, lane(sex), lane(personalNumber), asksNumber: personalNumber >= 0)
    case .range(let range):
      let (least, greatest) = (range.lowerBound, range.upperBound)
      return select { $0 < least || $0 > greatest }
    case .notAfter(let other):
      // The other day may be the last of a month or year.
      let others = lane(other)
      return batch.select { row in
        numbers[row] >> 2 > others[row] >> 2 && others[row] != absentValue
      }
    case .notInFuture(let today):
      let last = Int64(today.daysSince1970)
      return select { $0 >> 2 > last }
    }
  }

  private func personalNumbers(
    _ batch: RecordBatch, _ numbers: Lane, _ sexes: Lane, _ days: Lane, _ provinces: Lane
  ) -> Int {
    let (places, yearStarts) = (table.view, yearStarts.view)
    return batch.select { row in
      let number = numbers[row]
      guard number != absentValue else { return false }
      let digits = PersonalNumber(number)
      let (sex, day, code) = (sexes[row], days[row] >> 2, provinces[row])
      let year = digits.birthYear &- PersonalNumber.birthYears.lowerBound
      let keepsYear =
        days[row] == absentValue
        || day >= Int64(yearStarts[year]) && day < Int64(yearStarts[year &+ 1])
      let keepsProvince =
        code < 0 || code >= places.count || places[Int(code)] < 0
        || Int(places[Int(code)]) == digits.place
      let keepsSex = sex < 0 || (sex == 0) == digits.isMale
      return !(keepsYear && keepsProvince && keepsSex && digits.isOfKnownProvince) || number == 0
    }
  }

  private func names(
    _ batch: RecordBatch, _ row: Int, _ parsed: ParsedPiece, _ sexes: Lane, _ numbers: Lane,
    asksNumber: Bool
  ) -> Int {
    guard let codes = parsed.codes[rule.field] else { return 0 }
    // What middle names say: nothing, male or female.
    let said = noteWords(of: parsed, dictionary: parsed.plan.dictionary[rule.field] + 1) {
      sexOfMiddleNames($0).map { $0 ? 1 : 2 } ?? 0
    }
    let (heads, middles) = (codes.from(row), codes.from(parsed.capacity + row))
    return batch.select { row in
      let sex = sexes[row]
      guard heads[row] < TokenInput.escape, sex >= 0 else { return heads[row] == TokenInput.escape }
      let word = said[Int(middles[row])]
      return word != 0 && (word == 1) != (sex == 0)
        && !(asksNumber && numbers[row] == absentValue)
    }
  }

  /// What is odd about each code that the piece adds to the open list.
  private func newFacilities(of parsed: ParsedPiece) -> ScratchView<UInt8> {
    noteWords(of: parsed, dictionary: parsed.plan.dictionary[rule.field]) {
      Rules.findings(facilityCode: $0).isEmpty ? 0 : 1
    }
  }

  /// What `note` says of each word that the piece has, asked once a word.
  private func noteWords(
    of parsed: ParsedPiece, dictionary: Int, _ note: (LentBytes) -> UInt8
  ) -> ScratchView<UInt8> {
    guard dictionary >= 0, let words = parsed.words[dictionary] else { return wordTable.view }
    let count = words.value.count
    if count > wordTable.view.count {
      let more = Scratch<UInt8>(count: 2 * count)
      for word in 0..<wordCount { more.view[word] = wordTable.view[word] }
      wordTable = more
    }
    for word in wordCount..<count { wordTable.view[word] = note(words.value[word]) }
    wordCount = count
    return wordTable.view
  }
}

/// The values of one field in the rows of a batch: a column, or one value that every row has.
@safe private struct Lane {
  private let values: ScratchView<Int64>
  private let mask: Int

  init(_ values: ScratchView<Int64>, mask: Int) {
    self.values = values
    self.mask = mask
  }

  subscript(row: Int) -> Int64 { values[row & mask] }
}

extension RecordBatch {
  /// Puts those records that are not refused and for which `isChosen` holds into `rest`; returns
  /// how many they are.
  @inline(__always)
  fileprivate func select(where isChosen: (Int) -> Bool) -> Int {
    var found = 0
    for record in 0..<count {
      rest[found] = UInt16(truncatingIfNeeded: record)
      found &+= isRefused[record] == 0 && isChosen(record) ? 1 : 0
    }
    return found
  }
}
