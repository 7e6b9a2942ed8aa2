// Files that nobody here wrote, each under a schema of its own; see README.md in their folder.
//
//   HEARTH_REAL_FILES    the folder with eusilc, vn-units and cases; without it nothing is tested

import Foundation
import Hearth
import Support
import Testing

/// The folder of real files, if there is one.
let realFiles = ProcessInfo.processInfo.environment["HEARTH_REAL_FILES"]

@Suite(.enabled(if: realFiles != nil, "HEARTH_REAL_FILES is not set"))
struct RealFilesTests {
  /// The same survey twice, once as two gzip members: the facts that its README gives.
  @Test(arguments: ["eusilc.csv.gz", "eusilc-two-members.csv.gz"])
  func loadsTheSurvey(name: String) throws {
    let folder = try #require(realFiles)
    let trial = try Trial([survey], lists: surveyLists)
    let report = try trial.load([("person", "\(folder)/eusilc/\(name)")])

    #expect(report.stored == 14_827)
    #expect(report.refused == 0)
    #expect(report.files[0].unusedColumns == [])
    var facts = SurveyFacts()
    try trial.database.read { (snapshot: Snapshot) throws in
      for household in 1...6_000 {
        let rows = try snapshot.rows(of: "person", where: "db030", equal: String(household))
        facts.add(rows)
        for row in rows where row["rb030"] != .absent {
          let same = try snapshot.rows(of: "person", equal: row["rb030"].description)
          if same.count != 1 || same[0].values != row.values { Issue.record("\(household)") }
        }
      }
    }
    #expect(facts.personCount == 14_827)
    #expect(facts.wrongSizes == 0)
    #expect(facts.ageSum == 581_261)
    #expect(facts.ages.first == -1)
    #expect(facts.ages.last == 97)
    #expect(facts.femaleCount == 7_560)
    #expect(facts.incomeAbsentCount == 2_720)
    #expect(facts.incomeSum == 11_042_923_062)
    // The README's sum is rounded to the unit.
    #expect((facts.weightSum + 50_000_000_000_000) / 100_000_000_000_000 == 8_182_222)
  }

  @Test func loadsTheUnitsOfVietnam() throws {
    let folder = try #require(realFiles)
    let trial = try Trial(
      [
        table(
          "unit",
          fields: [
            field(1, "level", "code(level)", #""required": true"#),
            field(2, "code", "text", #""required": true"#), field(3, "parent", "text"),
            field(4, "full_name", "text", #""words": "name", "dictionary": "name""#),
          ],
          indexes: [
            #"{"name": "code_and_level", "fields": ["code", "level"], "unique": true}"#,
            #"{"name": "full_name", "fields": ["full_name"]}"#,
            #"{"name": "parent", "fields": ["parent"]}"#,
          ])
      ], lists: [codes("level", ["P", "D", "W"])])
    let path = "\(folder)/vn-units/vn_units.csv"
    let report = try trial.load([("unit", path)])
    let lines = DelimitedLines(Array(try Data(contentsOf: URL(fileURLWithPath: path))))

    #expect(report.stored == 10_794)
    #expect(report.refused == 0)
    #expect(lines.count == 10_794)
    var levels: [String: Int] = [:]
    try trial.database.read { (snapshot: Snapshot) throws in
      for record in 0..<lines.count {
        let fields = lines[record]
        let rows = try snapshot.rows(
          of: "unit", index: "code_and_level", text: fields[1], and: fields[0], isExact: true)
        levels[fields[0], default: 0] += rows.count
        if rows.map({ $0.values.map(\.description) }) != [fields] {
          Issue.record("line \(record + 2)")
        }
      }
      #expect(try snapshot.rows(of: "unit", where: "full_name", equal: "Phường 1").count == 33)
      #expect(try snapshot.rows(of: "unit", where: "full_name", equal: "Xã Ch'ơm").count == 1)
      #expect(
        try snapshot.rows(of: "unit", index: "code_and_level", text: "1", and: "D").isEmpty)
    }
    #expect(levels == ["P": 63, "D": 696, lines[10_793][0]: 10_035])
  }

  /// Each case of delimited text is loaded and looked into; others are skipped by name.
  @Test func meetsTheCases() throws {
    let folder = try #require(realFiles) + "/cases"
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
      $0.hasSuffix(".json")
    }.sorted()
    #expect(names.count > 50)
    for file in names {
      let name = String(file.dropLast(5))
      let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(file)"))
      let stated = try JSONDecoder().decode(StatedCase.self, from: data)
      if stated.kind != "csv" {
        print("skipped \(name): its kind is \(stated.kind)")
      } else if let real = RealCase.all[name], let input = stated.input {
        do {
          try real.check("\(folder)/\(input)", name)
        } catch { Issue.record("\(name): \(error)") }
      } else {
        Issue.record("\(name) is neither tested nor skipped")
      }
    }
  }

  private struct StatedCase: Decodable {
    var kind: String
    var input: String?
  }

  private let survey = table(
    "person", key: "rb030",
    fields: [
      field(1, "db030", "integer"), field(2, "hsize", "integer"), field(3, "db040", "code(region)"),
      field(4, "rb030", "integer"), field(5, "age", "integer"), field(6, "rb090", "code(sex)"),
      field(7, "pl030", "code(status)"), field(8, "pb220a", "code(citizenship)"),
      field(9, "py010n", "decimal(2)"), field(10, "eq_income", "text", #""aliases": ["eqIncome"]"#),
      field(11, "db090", "decimal(14)"), field(12, "rb050", "decimal(14)"),
    ], indexes: [unique("rb030"), #"{"name": "db030", "fields": ["db030"]}"#])

  private let surveyLists = [
    codes(
      "region",
      [
        "Burgenland", "Carinthia", "Lower Austria", "Salzburg", "Styria", "Tyrol", "Upper Austria",
        "Vienna", "Vorarlberg",
      ]),
    codes("sex", ["male", "female"]), codes("status", (1...7).map { String($0) }),
    codes("citizenship", ["AT", "EU", "Other"]),
  ]
}

/// What is known of the survey, gathered household by household.
private struct SurveyFacts {
  var personCount = 0
  var wrongSizes = 0
  var ageSum: Int64 = 0
  var ages: [Int64] { seenAges.sorted() }
  var femaleCount = 0
  var incomeAbsentCount = 0
  /// In hundredths.
  var incomeSum: Int64 = 0
  /// In 10^-14.
  var weightSum: Int128 = 0
  private var seenAges: Set<Int64> = []

  mutating func add(_ rows: [Row]) {
    personCount += rows.count
    for row in rows {
      if row["hsize"] != .integer(Int64(rows.count)) { wrongSizes += 1 }
      if case .integer(let age) = row["age"] {
        ageSum += age
        seenAges.insert(age)
      }
      if row["rb090"] == .code("female") { femaleCount += 1 }
      if case .decimal(let income, _) = row["py010n"] {
        incomeSum += income
      } else {
        incomeAbsentCount += 1
      }
      if case .decimal(let weight, _) = row["rb050"] { weightSum += Int128(weight) }
    }
  }
}
