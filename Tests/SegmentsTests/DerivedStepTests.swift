// What each kind of derivation computes, against the calendar and against texts.

import Bytes
import Columns
import Rows
import Testing

@testable import Segments

@Suite struct DerivedStepTests {
  @Test func knowsTheYearOfEveryDay() throws {
    for year in 1900...2100 {
      for precision in 0...2 as ClosedRange<Int64> {
        let first = try #require(Day(year, 1, 1)).physical
        let last = try #require(Day(year, 12, 31)).physical
        #expect(Segments.year(ofDay: first + precision) == Int64(year))
        #expect(Segments.year(ofDay: last + precision) == Int64(year))
      }
    }
    for days in -40_000...50_000 {
      let day = try #require(Day(daysSince1970: days))
      #expect(Segments.year(ofDay: day.physical) == Int64(day.year))
    }
  }

  @Test(arguments: [
    (1, 1, 1), (1, 2, 28), (1, 3, 1), (400, 2, 29), (1582, 10, 15), (1899, 12, 31), (1900, 2, 28),
    (1900, 3, 1), (1970, 1, 1), (2000, 2, 29), (2000, 12, 31), (2100, 2, 28), (9999, 12, 31),
  ])
  func knowsTheYearOfEdgeDays(year: Int, month: Int, day: Int) throws {
    let physical = try #require(Day(year, month, day)).physical
    #expect(Segments.year(ofDay: physical) == Int64(year))
  }

  // MARK: Terms

  private let columns = 4

  /// What a part adds, where fields 0, 1, 2 of the row have these values.
  private func term(_ part: DigitPart, _ values: Int64..., multiplier: Int64 = 1) throws -> Int64 {
    let schema = try digitSchema()
    let term = DigitTerm(part, multiplier: multiplier, of: schema.tables[0], schema: schema)
    let scratch = Scratch<Int64>(count: 64)
    for (field, value) in values.enumerated() {
      for row in 0..<3 { scratch.view[field * 8 + row] = value }
    }
    let target = scratch.view.from(48)
    for row in 0..<3 { target[row] = 1000 }
    term.add(from: scratch.view.base, stride: 8, count: 3, to: target.base)
    #expect(target[0] == target[1] && target[1] == target[2])
    #expect(target[3] == 0)
    return target[0] - 1000
  }

  @Test func addsTheNumberOfACode() throws {
    let part = DigitPart.code(field: 0, count: 3)
    #expect(try term(part, 0) == 1)
    #expect(try term(part, 2, multiplier: 1_000) == 79_000)
    #expect(try term(part, 3) == 0, "a code after those of the list")
    #expect(try term(part, -1) == 0)
    #expect(try term(part, absentValue) == 0)
  }

  @Test func addsTheNumberOfAnAttribute() throws {
    let part = DigitPart.attribute(0, field: 0, count: 2)
    #expect(try term(part, 0, multiplier: 10) == 100)
    #expect(try term(part, 1) == 0, "the list does not say")
    #expect(try term(part, 2) == 2)
    #expect(try term(part, absentValue) == 0)
  }

  @Test(
    arguments: [
      (1899, 0, -2), (1899, 1, -1), (1900, 0, 0), (1900, 1, 1), (1999, 1, 1), (2000, 0, 2),
      (2099, 1, 3), (2100, 0, 4), (2350, 1, 9), (2400, 0, 0), (1999, 2, 0),
    ] as [(Int, Int64, Int64)])
  func addsCenturyAndSex(year: Int, sex: Int64, expected: Int64) throws {
    let day = try #require(Day(year: year)).physical
    let part = DigitPart.centuryAndSex(day: 1, sex: 2)
    #expect(try term(part, 0, day, sex) == expected)
    #expect(try term(part, 0, day, sex, multiplier: 100) == expected * 100)
  }

  @Test func takesAnAbsentDayForTheFirstCentury() throws {
    let part = DigitPart.centuryAndSex(day: 1, sex: 2)
    #expect(try term(part, 0, absentValue, 1) == 1)
    #expect(try term(part, 0, absentValue, absentValue) == 0)
  }

  @Test func addsTheYear() throws {
    let part = DigitPart.year(day: 1)
    #expect(try term(part, 0, try #require(Day(1907, 5, 6)).physical, multiplier: 10) == 70)
    #expect(try term(part, 0, try #require(Day(2000, 1, 1)).physical) == 0)
    #expect(try term(part, 0, try #require(Day(1899, 12, 31)).physical) == 99)
    #expect(try term(part, 0, absentValue) == 0)
  }

  @Test func addsLeadingDigits() throws {
    let part = DigitPart.leading(field: 3, count: 2)
    #expect(try term(part, 0, 0, 0, 7_912_345_678) == 79)
    #expect(try term(part, 0, 0, 0, 12_345_678) == 0)
    #expect(try term(part, 0, 0, 0, absentValue) == 0)
  }

  // MARK: Steps

  @Test func putsSourcesBeforeWhatFollowsFromThem() throws {
    let plan = RegistryPlan(try digitSchema()).tables[0]
    var known: Set<Int> = Set(0..<4)
    for step in plan.steps {
      let sources = plan.table.fields[step.field].derivation?.sources ?? []
      #expect(known.isSuperset(of: sources))
      known.insert(step.field)
    }
  }

  /// Digits that are stored in the middle passed the schema and trapped here.
  @Test func keepsANumberWholeWhoseStoredDigitsAreNotTheLast() throws {
    let plan = RegistryPlan(try digitSchema()).tables[0]
    let middle = try #require(plan.table.position(of: "middle"))
    #expect(plan.steps.allSatisfy { $0.field != middle })
    let number = try #require(plan.table.position(of: "number"))
    let step = try #require(plan.steps.first { $0.field == number })
    guard case .digits(let terms, let storedBound) = step.kind else {
      Issue.record("not digits")
      return
    }
    #expect(terms.map(\.multiplier) == [1_000, 100_000, 1_000_000])
    #expect(storedBound == 1_000)
  }

  @Test(arguments: 0...18) func raisesTen(exponent: Int) {
    #expect(String(Segments.powerOfTen(exponent)) == "1" + String(repeating: "0", count: exponent))
  }

  @Test func refusesPowersThatDoNotFit() async {
    await #expect(processExitsWith: .failure) { _ = Segments.powerOfTen(19) }
    await #expect(processExitsWith: .failure) { _ = Segments.powerOfTen(-1) }
  }
}

private func digitSchema() throws -> Schema {
  func field(_ name: String, _ number: Int, _ type: String, _ derived: String = "") -> String {
    let more = derived.isEmpty ? "" : ", \"derived\": {\(derived)}"
    return """
      {"name": "\(name)", "number": \(number), "type": "\(type)", "meaning": "",
       "sensitivity": "public"\(more)}
      """
  }
  let table = """
    {"name": "t", "fields": [
      \(field("region", 1, "code(region)")), \(field("born", 2, "day")),
      \(field("sex", 3, "code(sex)")), \(field("insurance", 4, "digits(10)")),
      \(field("later", 5, "digits(2)", #""digits": [{"leading": "number", "digits": 2}]"#)),
      \(field("number", 6, "digits(9)", #"""
        "digits": [{"code": "region", "digits": 3},
          {"centuryAndSex": {"day": "born", "sex": "sex"}}, {"year": "born"}, {"stored": 3}]
        """#)),
      \(field("middle", 7, "digits(5)", #"""
        "digits": [{"stored": 3}, {"year": "born"}]
        """#))]}
    """
  let region = """
    {"name": "region", "description": "", "open": false, "attributes": ["prefix"],
     "codes": [["001", "10"], ["17", ""], ["79", "02"]]}
    """
  let sex = """
    {"name": "sex", "description": "", "open": false, "attributes": [], "codes": [["M"], ["F"]]}
    """
  return try Schema(
    tableFiles: [("t.json", Array(table.utf8))],
    codeListFiles: [("region.json", Array(region.utf8)), ("sex.json", Array(sex.utf8))])
}
