// Drafted plans: what they infer, what they say about it, and that a load reads them.

import Foundation
import Generating
import Hearth
import Support
import Testing

@Suite struct LoadPlanDraftTests {
  private let schema: Schema

  init() throws { schema = try Schema(reading: repositorySchemas) }

  private func draft(_ text: String, tables: [String] = []) throws -> LoadPlanDraft {
    let folder = try TemporaryFolder()
    let path = try folder.write(text, as: "list.csv")
    let draft = try LoadPlanDraft([path], schema: schema, tables: tables)
    let plan = try folder.write(draft.json, as: "plan.json")
    _ = try LoadPlan(reading: plan, schema: schema)
    return draft
  }

  @Test func readsGeneratedPersonsAsTheyAre() throws {
    let folder = try TemporaryFolder()
    let people = try People(seed: 3, personCount: 400, schemas: repositorySchemas)
    let files = try people.bytes()
    var reports: [LoadReport] = []
    for isPlanned in [false, true] {
      let register = try Database.create(at: folder.file("r\(isPlanned)"), schema: schema)
      var inputs: [LoadInput] = []
      for (table, file) in [("household", PeopleFile.households), ("person", .persons)] {
        let text = Array((file.header + "\n").utf8) + (files[file] ?? [])
        let path = try folder.write(text, as: "\(table).csv")
        let draft = try LoadPlanDraft([path], schema: schema)
        let plan = try LoadPlan(
          reading: folder.write(draft.json, as: "plan.json"), schema: schema)
        #expect(plan.tableNames == [table])
        inputs += isPlanned ? plan.inputs(path) : [LoadInput(table: table, path: path)]
      }
      reports.append(try register.load(inputs))
      #expect(try register.verify().findings == [])
    }
    #expect(reports[0].stored == reports[1].stored)
    #expect(reports[1].refused == 0)
    #expect(reports[1].findings.allSatisfy { $0.level == "note" })
  }

  @Test func findsTheFormsOfDaysAndSaysWhy() throws {
    let draft = try draft(
      """
      so_cccd,ngay_sinh
      079201000001,31/12/1990
      079201000002,01/02/1985
      079201000003,1957

      """)
    #expect(draft.json.contains(#""days": ["dd/MM/yyyy", "yyyy"]"#))
    #expect(
      draft.evidence.contains {
        $0.hasSuffix("birth_date, a day; 3 of 3 samples read as dd/MM/yyyy or yyyy")
      })
    #expect(
      draft.evidence.contains(
        "column ngay_sinh: 1 samples read as dd/MM/yyyy only, 0 as MM/dd/yyyy only, 1 as either"))
  }

  /// Where nothing decides between two readings, a person is asked.
  @Test func saysWhereNothingDecides() throws {
    let draft = try draft("so_cccd,ngay_sinh,gioi_tinh\n079201000001,01/02/07,1\n")
    #expect(draft.evidence.filter { $0.hasSuffix("check") }.count == 3)
    #expect(draft.json.contains(#""map": {"1": "M", "2": "F"}"#))
    #expect(draft.json.contains(#""pivot": "#))
  }

  @Test func proposesRepairsAndMakesNone() throws {
    let draft = try draft(
      "so_cccd,ho_ten\n79201000001,Ðỗ A\n079201000002.0,Lê  B\n\\N,Trần C\n")
    #expect(!draft.json.contains("repairs"))
    #expect(draft.json.contains(#""absent": ["", "\\N"]"#))
    for part in ["leading_zeros_lost", "trailing_point_zero", "look_alike_d", "repair spaces"] {
      #expect(draft.evidence.contains { $0.contains(part) }, "\(part)")
    }
  }

  /// A column that only has the name of one of codes may hold names: what one sample has, or a few,
  /// is counted and not shown.
  @Test func showsNoTextThatMayBeOnePersons() throws {
    let names = (0..<30).map { "0792010\(10_000 + $0),Mẫu \($0)\n" }.joined()
    let shared = (30..<55).map { "0792010\(10_000 + $0),trai\n" }.joined()
    let draft = try draft("so_cccd,gioi_tinh\n" + names + shared)
    #expect(
      draft.evidence.contains(
        "column gioi_tinh: 31 different texts are no code, most often trai 25; "
          + "a map can say what they mean"))
    #expect(!draft.evidence.contains { $0.contains("Mẫu") })
  }

  @Test func proposesThePrefixesOfPhonesThatWereReplaced() throws {
    let draft = try draft("so_cccd,phone\n079201000001,01234567890\n079201000002,0912345678\n")
    #expect(
      draft.evidence.contains {
        $0.hasSuffix(
          "1 samples are mobile numbers of before 2018; the repair outdated_phone "
            + "mends them")
      })
    #expect(!draft.json.contains("repairs"))
  }

  /// Names are only compared with a sex that the file has, and never decide.
  @Test func asksNamesBesideTheSex() throws {
    let rule = #"{"rule": "name_and_sex", "field": "full_name", "sex": "sex", "#
    let draft = try draft("so_cccd,ho_ten,gioi_tinh\n079201000001,Lê Văn A,M\n")
    #expect(draft.json.contains(rule + #""personal_number": "personal_number", "level": "note"}"#))
    #expect(!(try self.draft("so_cccd,ho_ten\n079201000001,Lê Văn A\n")).json.contains("name_and"))
  }

  @Test func findsTwoTablesInOneLine() throws {
    let draft = try draft(
      "Số hộ,poverty,Họ tên,Số CCCD\n0100000001,1,Lê A,079201000001\n")
    #expect(draft.json.contains(#""table": "household", "repeats": "fold""#))
    #expect(draft.json.contains(#"{"field": "household_number", "column": "Số hộ"}"#))
    #expect(draft.json.components(separatedBy: "\"Số hộ\"").count == 3)
  }

  @Test func namesColumnsThatFeedNothing() throws {
    let draft = try draft("so_cccd,x,y\n079201000001,0791234567,hello\n")
    #expect(draft.evidence.contains("column y: feeds no field"))
    #expect(
      draft.evidence.contains { $0.hasPrefix("column x: feeds no field; all its samples read as") })
  }

  @Test func refusesATableThatIsNotThere() throws {
    #expect(throws: LoadError.unknownTable("nobody")) {
      try draft("a\n1\n", tables: ["nobody"])
    }
  }
}
