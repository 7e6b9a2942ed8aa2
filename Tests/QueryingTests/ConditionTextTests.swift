// What conditions and dimensions mean as text, and which texts are refused, each with its place.

import Bytes
import Columns
import Rows
import Store
import Testing

@testable import Querying

@Suite struct ConditionTextTests {
  private let census: Census

  init() throws { census = try Census(CensusShape(seed: 3, householdCount: 20)) }

  private func read(_ text: String) throws -> Condition {
    let snapshot = try census.registry.beginSnapshot()
    return try Condition(text, table: Census.person, in: snapshot)
  }

  private func day(_ text: String) throws -> Int64 { try Day(text).physical }

  @Test func readsComparisons() throws {
    let (least, greatest) = (Int64.min + 1, Int64.max)
    #expect(try read("") == .everything)
    #expect(try read("sex = F") == .isInRange(field: 3, 1...1))
    #expect(try read("sex in (M, 'F')") == .isIn(field: 3, [0, 1]))
    #expect(try read("sex IS ABSENT") == .isAbsent(field: 3))
    #expect(try read("sex is not absent") == .isPresent(field: 3))
    #expect(try read("sex is not present") == .isAbsent(field: 3))
    #expect(
      try read("sex != M") == .all([.isPresent(field: 3), .not(.isInRange(field: 3, 0...0))]))
    #expect(try read("children < 5") == .isInRange(field: 14, least...4))
    #expect(try read("children >= -2") == .isInRange(field: 14, -2...greatest))
    #expect(try read("wage between 1.5 and 2") == .isInRange(field: 11, 150...200))
    #expect(try read("number = 000000012") == .isInRange(field: 0, 12...12))
    #expect(try read("is_active = true") == .isInRange(field: 12, 1...1))
    #expect(try read("name = 'it''s and'") == .isText(field: 13, Array("it's and".utf8)))
    #expect(try read("name begins \"A B\"") == .hasPrefix(field: 13, Array("A B".utf8)))
    #expect(try read("card_group = ZZ") == .isInRange(field: 7, 4...4), "a code that data added")
  }

  @Test func comparesDaysByTheirFirstPossibleDay() throws {
    let (least, greatest) = (Int64.min + 1, Int64.max)
    let first = try day("1980-01-01")
    let last = try day("1980-12-31")
    #expect(try read("birth_date = 1980-01-01") == .isInRange(field: 2, first...first))
    #expect(try read("birth_date = 1980") == .isInRange(field: 2, first...last + 3))
    #expect(try read("birth_date < 1980") == .isInRange(field: 2, least...first - 1))
    #expect(try read("birth_date <= 1980") == .isInRange(field: 2, least...last + 3))
    #expect(try read("birth_date > 1980") == .isInRange(field: 2, last + 4...greatest))
    #expect(try read("birth_date >= 1980") == .isInRange(field: 2, first...greatest))
    let leapDay = try day("1980-02-29")
    #expect(
      try read("birth_date in (1980-02)")
        == .isInRange(field: 2, try day("1980-02-01")...leapDay + 3))
    #expect(
      try read("birth_date between 1980-01-01 and 1980-02")
        == .isInRange(field: 2, first...leapDay + 3))
  }

  @Test func readsAttributes() throws {
    #expect(try read("commune.province_2024 = '02'") == .isIn(field: 5, Array(10...19).without(16)))
    #expect(try read("commune.province = 02") == .isIn(field: 5, Array(10...19).without(16)))
    #expect(try read("commune.name = 'Commune 3'") == .isIn(field: 5, [6, 7]))
    #expect(try read("commune.province = 99") == .isIn(field: 5, []))
  }

  @Test func joinsAsPeopleExpect() throws {
    let a = Condition.isInRange(field: 3, 0...0)
    let b = Condition.isInRange(field: 14, 1...1)
    let c = Condition.isAbsent(field: 4)
    let texts = ("sex = M", "children = 1", "ethnicity is absent")
    #expect(
      try read("\(texts.0) and \(texts.1) or \(texts.2)") == .any([.all([a, b]), c]))
    #expect(
      try read("\(texts.0) and (\(texts.1) or \(texts.2))") == .all([a, .any([b, c])]))
    #expect(try read("not \(texts.0) and \(texts.1)") == .all([.not(a), b]))
    #expect(try read("not (\(texts.0) and \(texts.1))") == .not(.all([a, b])))
    #expect(try read("((\(texts.2)))") == c)
  }

  @Test(arguments: [
    ("colour = 1", QueryError(.unknownField, at: 0, name: "colour")),
    ("sex = F and colour = 1", QueryError(.unknownField, at: 12, name: "colour")),
    ("commune.planet = 1", QueryError(.unknownAttribute, at: 8, name: "planet")),
    ("children.name = 1", QueryError(.wrongType, at: 0, name: "children")),
    ("sex = X", QueryError(.unknownCode, at: 6, name: "X")),
    ("sex in (F, X)", QueryError(.unknownCode, at: 11, name: "X")),
    ("sex < F", QueryError(.wrongType, at: 4, name: "sex")),
    ("commune.province < 02", QueryError(.wrongType, at: 17, name: "commune")),
    ("name > A", QueryError(.wrongType, at: 5, name: "name")),
    ("children begins 1", QueryError(.wrongType, at: 9, name: "children")),
    ("children = many", QueryError(.badValue(.notANumber), at: 11, name: "children")),
    ("number = 12", QueryError(.badValue(.wrongLength), at: 9, name: "number")),
    ("birth_date < 2021-02-30", QueryError(.badValue(.impossibleDay), at: 13, name: "birth_date")),
    ("name = 'open", QueryError(.unclosedQuote, at: 7)),
    ("sex =", QueryError(.unexpectedText, at: 5)),
    ("sex F", QueryError(.unexpectedText, at: 4, name: "F")),
    ("sex = F)", QueryError(.unexpectedText, at: 7, name: ")")),
    ("(sex = F", QueryError(.unexpectedText, at: 8)),
    ("sex = F and", QueryError(.unexpectedText, at: 11)),
    ("sex is F", QueryError(.unexpectedText, at: 7, name: "F")),
    ("children between 1 or 2", QueryError(.unexpectedText, at: 19, name: "or")),
    ("sex ! F", QueryError(.unexpectedText, at: 4, name: "!")),
    ("sex in ()", QueryError(.unexpectedText, at: 8, name: ")")),
    ("children = ''", QueryError(.unexpectedText, at: 11)),
  ])
  func refusesWithTheirPlace(_ text: String, _ error: QueryError) throws {
    #expect(throws: error) { try read(text) }
  }

  @Test func refusesWhatIsTooDeep() throws {
    let deep = { (depth: Int) in
      String(repeating: "(", count: depth) + "sex = F" + String(repeating: ")", count: depth)
    }
    #expect(try read(deep(99)) == .isInRange(field: 3, 1...1))
    #expect(throws: QueryError(.tooDeep, at: 100)) { try read(deep(100)) }
    #expect(throws: QueryError(.tooDeep, at: 400)) {
      try read(String(repeating: "not ", count: 150) + "sex = F")
    }
  }

  @Test func readsDimensions() throws {
    let snapshot = try census.registry.beginSnapshot()
    let today = try #require(Day(2024, 4, 1))
    func read(_ text: String) throws(QueryError) -> Dimension {
      try Dimension(text, table: Census.person, today: today, in: snapshot)
    }
    #expect(try read("sex") == Dimension(field: 3))
    #expect(try read("birth_date:year") == Dimension(field: 2, kind: .year))
    #expect(
      try read("birth_date:age5")
        == Dimension(field: 2, kind: .ageBand(widthYears: 5, on: today)))
    let other = try #require(Day(2020, 2, 29))
    #expect(
      try read("birth_date:age10@2020-02-29")
        == Dimension(field: 2, kind: .ageBand(widthYears: 10, on: other)))
    #expect(try read("commune.province") == Dimension(field: 5, kind: .attribute(1)))
    let refused: [(String, QueryError)] = [
      ("colour", QueryError(.unknownField, at: 0, name: "colour")),
      ("commune.planet", QueryError(.unknownAttribute, at: 8, name: "planet")),
      ("sex:year", QueryError(.wrongType, name: "sex")),
      ("name", QueryError(.wrongType, name: "name")),
      ("birth_date:age", QueryError(.badDimension, at: 11, name: "age")),
      ("birth_date:age0", QueryError(.badDimension, name: "birth_date")),
      ("birth_date:age5@2020", QueryError(.badDimension, name: "birth_date")),
      (
        "birth_date:age5@2020-02-30",
        QueryError(.badValue(.impossibleDay), at: 16, name: "2020-02-30")
      ),
    ]
    for (text, error) in refused {
      #expect(throws: error, "\(text)") { try read(text) }
    }
  }
}

extension [Int64] {
  fileprivate func without(_ value: Int64) -> [Int64] { filter { $0 != value } }
}

extension [Int] {
  fileprivate func without(_ value: Int64) -> [Int64] {
    map { Int64($0) }.without(value)
  }
}
