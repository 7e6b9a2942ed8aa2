// Counts, tables of counts and rows, against the same questions answered row by row.

import Bytes
import Columns
import Rows
import Segments
import Store
import Support
import Testing

@testable import Querying

@Suite struct ScanTests {
  private static let today = Day(2024, 4, 1)

  /// Conditions over every way of storing, by table.
  private static let conditions: [[String]] = [
    [
      "", "commune = 00021", "commune.province = 02", "member_count = 3", "member_count > 6",
      "head_birth < 1950", "poverty is absent", "poverty != 2", "rooms in (1, 4, 8)",
      "not (member_count < 3 or poverty = 1)", "commune.province is absent",
    ],
    [
      "", "sex = F", "sex is absent", "birth_date < 1946-01-01", "birth_date = 1980",
      "birth_date in (1980-03, 1999)", "commune = 00021", "commune.province in (01, 04)",
      "commune.province is present and sex = M", "commune is absent", "ethnicity in (02, 03, 54)",
      "card_group = ZZ", "card_level = 3", "valid_to >= 2025-01-01", "valid_from <= 2020-06",
      "number between 100000000 and 300000000", "wage < 1000000.25", "is_active = 1",
      "not (is_active = 1)", "children > 100", "children between -400 and 2",
      "name = 'Person 7 of 3'", "name begins 'Person 1'", "name is absent", "serial < 2000",
      "serial > 2200 and serial < 2400 and sex = F",
      "(commune = 00021 or commune = 00175) and birth_date <= 1950-05-01",
      "sex = F and (commune.province = 05 or ethnicity = 01) and not card_group = HC",
      "serial < 0", "name begins 'Person' and sex = F and birth_date > 2000",
    ],
  ]

  private static let dimensions: [[[String]]] = [
    [
      ["member_count"], ["member_count", "poverty"], ["commune.province", "rooms"], ["commune"],
      ["head_birth:year"], ["household_number"],
    ],
    [
      ["sex"], ["birth_date:age5", "sex"], ["commune"], ["commune.province", "card_group"],
      ["ethnicity", "commune"], ["commune", "birth_date:age10@2020-02-29", "sex"],
      ["birth_date:year"], ["card_level", "card_group"], ["children"], ["wage"],
      ["valid_to"], ["valid_from:year", "valid_to:year"], ["is_active", "children", "sex"],
      ["number"], ["birth_date:age1", "commune.province", "ethnicity"],
      ["children", "ethnicity", "birth_date:age1"],
    ],
  ]

  @Test(arguments: CensusShape.all)
  func countsWhatPlainReadingCounts(_ shape: CensusShape) throws {
    let census = try Census(shape)
    let snapshot = try census.registry.beginSnapshot()
    for table in [Census.household, Census.person] {
      let plain = try PlainScan(table: table, in: snapshot)
      for text in Self.conditions[table] {
        let condition = try Condition(text, table: table, in: snapshot)
        let expected = plain.rows(where: condition).map(\.number)
        for threadCount in [1, 3] {
          let scan = Scan(table: table, condition: condition, threadCount: threadCount)
          #expect(try scan.count(in: snapshot) == UInt64(expected.count), "\(text)")
          #expect(try scan.rows(in: snapshot) == expected, "\(text)")
          #expect(try scan.rows(limit: 5, in: snapshot) == Array(expected.prefix(5)), "\(text)")
        }
      }
    }
  }

  @Test(arguments: CensusShape.all)
  func tabulatesWhatPlainReadingTabulates(_ shape: CensusShape) throws {
    let census = try Census(shape)
    let snapshot = try census.registry.beginSnapshot()
    let today = try #require(Self.today)
    for table in [Census.household, Census.person] {
      let plain = try PlainScan(table: table, in: snapshot)
      for (index, texts) in Self.dimensions[table].enumerated() {
        let dimensions = try texts.map {
          try Dimension($0, table: table, today: today, in: snapshot)
        }
        let conditions = Self.conditions[table]
        for text in ["", conditions[(index * 5 + 1) % conditions.count], conditions[2]] {
          let condition = try Condition(text, table: table, in: snapshot)
          let expected = plain.counts(by: dimensions, where: condition)
          for threadCount in [1, 3] {
            let scan = Scan(table: table, condition: condition, threadCount: threadCount)
            let counts = try scan.counts(by: dimensions, in: snapshot)
            #expect(keyed(counts) == expected, "\(texts) where \(text)")
            #expect(isAscending(counts), "\(texts) where \(text)")
          }
        }
      }
    }
  }

  @Test(arguments: CensusShape.all)
  func countsDistinctKeys(_ shape: CensusShape) throws {
    let census = try Census(shape)
    let snapshot = try census.registry.beginSnapshot()
    let table = Census.person
    let plain = try PlainScan(table: table, in: snapshot)
    let today = try #require(Self.today)
    for (first, second) in [
      ("ethnicity", "commune"), ("commune", "sex"), ("sex", "wage"),
      ("commune.province", "commune"),
    ] {
      let by = try Dimension(first, table: table, today: today, in: snapshot)
      let other = try Dimension(second, table: table, today: today, in: snapshot)
      var expected: [[Int64]: UInt64] = [:]
      for key in plain.counts(by: [by, other], where: .everything).keys {
        expected[[key[0]], default: 0] += key[1] == absentValue ? 0 : 1
      }
      let scan = Scan(table: table, threadCount: 2)
      let counts = try scan.distinctCounts(of: other, by: by, in: snapshot)
      #expect(keyed(counts) == expected, "\(second) for each \(first)")
    }
  }

  @Test func countsChildrenInTwoSegments() throws {
    let census = try Census(CensusShape.large)
    let snapshot = try census.registry.beginSnapshot()
    let table = Census.household
    let plain = try PlainScan(table: table, in: snapshot)
    let members = Dimension(field: 2)
    let scan = Scan(table: table)
    let counts = try scan.counts(by: [members], in: snapshot)
    #expect(keyed(counts) == plain.counts(by: [members], where: .everything))
    let two = [Dimension(field: 4), members]
    let condition = try Condition("commune.province = 03", table: table, in: snapshot)
    let some = try Scan(table: table, condition: condition).counts(by: two, in: snapshot)
    #expect(keyed(some) == plain.counts(by: two, where: condition))
  }

  @Test func combinesConditionsAtRandom() throws {
    let census = try Census(CensusShape(seed: 11, removal: 20))
    let snapshot = try census.registry.beginSnapshot()
    let table = Census.person
    let plain = try PlainScan(table: table, in: snapshot)
    var random = SeededGenerator(seed: 99)
    let simple = try Self.conditions[table].map {
      try Condition($0, table: table, in: snapshot)
    }
    func made(_ depth: Int) throws -> Condition {
      switch depth == 0 ? 0 : Int.random(in: 0..<4, using: &random) {
      case 0: return try #require(simple.randomElement(using: &random))
      case 1: return .not(try made(depth - 1))
      case 2: return .all(try (0..<3).map { _ in try made(depth - 1) })
      default: return .any(try (0..<3).map { _ in try made(depth - 1) })
      }
    }
    for round in 0..<120 {
      let condition = try made(3)
      let expected = UInt64(plain.rows(where: condition).count)
      let found = try Scan(table: table, condition: condition).count(in: snapshot)
      #expect(found == expected, "round \(round): \(condition)")
    }
  }

  @Test func readsLabels() throws {
    let census = try Census(CensusShape(seed: 3))
    let snapshot = try census.registry.beginSnapshot()
    let today = try #require(Self.today)
    func labels(_ text: String) throws -> Set<String> {
      let dimension = try Dimension(text, table: Census.person, today: today, in: snapshot)
      let counts = try Scan(table: Census.person).counts(by: [dimension], in: snapshot)
      return Set((0..<counts.rowCount).map { counts.label(row: $0, dimension: 0) })
    }
    #expect(try labels("sex") == ["", "M", "F"])
    #expect(try labels("card_group") == ["", "HC", "DN", "TE", "HN", "ZZ"])
    #expect(try labels("commune.province") == ["", "01", "02", "03", "04", "05", "06"])
    #expect(try labels("birth_date:age50") == ["", "0-49", "50-99", "100-149", "not born"])
    #expect(try labels("valid_to:year").isSuperset(of: ["", "2022", "2027"]))
    #expect(try labels("is_active") == ["", "0", "1"])
  }

  @Test func explainsWhatZonesLeftOut() throws {
    let census = try Census(CensusShape(seed: 1))
    let snapshot = try census.registry.beginSnapshot()
    let condition = try Condition(
      "commune = 00021 and sex = F", table: Census.person, in: snapshot)
    let scan = Scan(table: Census.person, condition: condition)
    let explanation = try scan.explain(in: snapshot)
    #expect(explanation.segmentCount == snapshot.segmentCount(table: Census.person))
    #expect(explanation.skippedSegmentCount > 0)
    #expect(explanation.rowCount == (try scan.count(in: snapshot)))
    #expect(explanation.fields.map(\.field) == ["sex", "commune"])
    #expect(explanation.description.contains("field commune: pieces in"))
  }

  @Test func refusesFieldsThatTheTableLacks() throws {
    let census = try Census(CensusShape(seed: 3, householdCount: 50))
    let snapshot = try census.registry.beginSnapshot()
    let table = Census.person
    #expect(throws: QueryError(.unknownField, name: "99")) {
      try Scan(table: table, condition: .isAbsent(field: 99)).count(in: snapshot)
    }
    #expect(throws: QueryError(.wrongType, name: "13")) {
      try Scan(table: table, condition: .equals(field: 13, 1)).count(in: snapshot)
    }
    #expect(throws: QueryError(.dimensionCount)) {
      try Scan(table: table).counts(by: [], in: snapshot)
    }
    #expect(throws: QueryError(.wrongType, name: "name")) {
      try Scan(table: table).counts(by: [Dimension(field: 13)], in: snapshot)
    }
  }

  private func keyed(_ counts: Counts) -> [[Int64]: UInt64] {
    var keyed: [[Int64]: UInt64] = [:]
    for row in 0..<counts.rowCount {
      let key = counts.dimensions.indices.map { counts.key(row: row, dimension: $0) }
      keyed[key] = counts.counts[row]
    }
    return keyed
  }

  private func isAscending(_ counts: Counts) -> Bool {
    let width = counts.dimensions.count
    return (1..<max(1, counts.rowCount)).allSatisfy { row in
      counts.keys[(row - 1) * width..<row * width].lexicographicallyPrecedes(
        counts.keys[row * width..<(row + 1) * width])
    }
  }
}
