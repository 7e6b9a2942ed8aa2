// Every mistake that a load plan can hold is found, alone, and named with its line and path.

import Rows
import Support
import Testing

@testable import Loading

@Suite struct LoadPlanTests {
  private static let schema = try? Schema(reading: schemasPath)

  private static func read(_ text: String) throws -> LoadPlan {
    try LoadPlan(Array(text.utf8), file: "p.json", schema: try #require(schema))
  }

  /// A plan of one table with these fields, each on a line of its own from line 2 on.
  private static func plan(_ fields: String..., more: String = "") -> String {
    """
    {"tables": [{"table": "person", "fields": [
    \(fields.joined(separator: ",\n"))
    ]\(more)}]}
    """
  }

  private static let sex = #"{"field": "sex", "column": "gioi""#

  private static let mistakes: [(text: String, error: SchemaError)] = [
    ("{", at(.notJSON, 1, "", "column 2")),
    (#"{"tables": []}"#, at(.noTables, 1, "")),
    (#"{"tables": [], "x": 1}"#, at(.unknownKey, 1, "x", "x")),
    (
      #"{"tables": [{"table": "nobody", "fields": []}]}"#,
      at(.unknownTable, 1, "tables[0].table", "nobody")
    ),
    (
      #"{"tables": [{"table": "person", "fields": []}, {"table": "person", "fields": []}]}"#,
      at(.duplicateTable, 1, "tables[1]", "person")
    ),
    (
      #"{"tables": [{"table": "person", "fields": []}], "format": {"delimiter": "x"}}"#,
      at(.badValue, 1, "format.delimiter", "x (one of comma, tab, semicolon, pipe)")
    ),
    (plan("{}"), at(.missingKey, 2, "tables[0].fields[0]", "field")),
    (
      plan(#"{"field": "age", "column": "a"}"#),
      at(.unknownField, 2, "tables[0].fields[0].field", "age")
    ),
    (plan(#"{"field": "sex"}"#), at(.notOneSource, 2, "tables[0].fields[0]")),
    (
      plan(#"{"field": "full_name", "columns": ["a"]}"#),
      at(.badValue, 2, "tables[0].fields[0].columns", "fewer than two columns")
    ),
    (
      plan(sex + #", "join": "-"}"#), at(.missingKey, 2, "tables[0].fields[0].join", "columns")
    ),
    (
      plan(sex + #", "columns": ["a", "b"]}"#), at(.notOneSource, 2, "tables[0].fields[0]")
    ),
    (
      plan(sex + #", "constant": "M"}"#), at(.notOneSource, 2, "tables[0].fields[0]")
    ),
    (
      plan(sex + "}", #"{"field": "sex", "column": "b"}"#),
      at(.duplicateField, 3, "tables[0].fields[1]", "sex")
    ),
    (
      plan(#"{"field": "sex", "constant": "X"}"#),
      at(.notAValue, 2, "tables[0].fields[0].constant", "unknown_code")
    ),
    (
      plan(sex + #", "map": {"1": "M","# + "\n" + #""2": "W"}}"#),
      at(.notAValue, 3, "tables[0].fields[0].map.2", "unknown_code")
    ),
    (
      plan(sex + #", "days": ["yyyy"]}"#),
      at(.doesNotFit, 2, "tables[0].fields[0].days", "code(sex)")
    ),
    (
      plan(#"{"field": "birth_date", "column": "b", "days": ["dd/mm/yyyy"]}"#),
      at(.badPattern, 2, "tables[0].fields[0].days[0]", "dd/mm/yyyy")
    ),
    (
      plan(#"{"field": "birth_date", "column": "b", "days": ["dd/MM/yy"]}"#),
      at(.missingKey, 2, "tables[0].fields[0].days[0]", "pivot")
    ),
    (
      plan(sex + #", "decimal": ","}"#),
      at(.doesNotFit, 2, "tables[0].fields[0].decimal", "code(sex)")
    ),
    (
      plan(sex + #", "repairs": ["magic"]}"#),
      at(
        .badValue, 2, "tables[0].fields[0].repairs[0]",
        "magic (one of leading_zeros, trailing_point_zero, look_alike_d, spaces, apostrophe, "
          + "separators, country_code, outdated_phone)")
    ),
    (
      plan(sex + #", "repairs": ["look_alike_d"]}"#),
      at(.doesNotFit, 2, "tables[0].fields[0].repairs[0]", "code(sex)")
    ),
    (
      plan(sex + #", "level": "shrug"}"#),
      at(
        .badValue, 2, "tables[0].fields[0].level", "shrug (one of refuse, warn, note)")
    ),
    (
      plan(sex + "}", more: #", "repeats": "often""#),
      at(.badValue, 3, "tables[0].repeats", "often (one of fold, refuse)")
    ),
    (
      plan(sex + "}", more: #", "rules": [{"rule": "luck", "field": "sex"}]"#),
      at(
        .badValue, 3, "tables[0].rules[0].rule",
        "luck (one of personal_number, insurance_number, old_number, tax_number, mobile_phone, "
          + "landline, card_number, facility, name_and_sex, range, not_after, not_in_future)")
    ),
    (
      plan(sex + "}", more: #", "rules": [{"rule": "tax_number", "field": "sex"}]"#),
      at(.doesNotFit, 3, "tables[0].rules[0].field", "code(sex)")
    ),
    (
      plan(sex + "}", more: #", "rules": [{"rule": "not_after", "field": "birth_date"}]"#),
      at(.missingKey, 3, "tables[0].rules[0]", "other")
    ),
    (
      plan(sex + "}", more: #", "rules": [{"rule": "name_and_sex", "field": "full_name"}]"#),
      at(.missingKey, 3, "tables[0].rules[0]", "sex")
    ),
    (
      plan(
        sex + "}", more: #", "rules": [{"rule": "name_and_sex", "field": "sex", "sex": "sex"}]"#),
      at(.doesNotFit, 3, "tables[0].rules[0].field", "code(sex)")
    ),
    (
      plan(
        sex + "}",
        more: #", "rules": [{"rule": "name_and_sex", "field": "full_name", "sex": "birth_date"}]"#),
      at(.doesNotFit, 3, "tables[0].rules[0].sex", "day")
    ),
    (
      plan(#"{"field": "landline", "column": "c", "repairs": ["outdated_phone"]}"#),
      at(.doesNotFit, 2, "tables[0].fields[0].repairs[0]", "digits(11)")
    ),
    (
      plan(
        sex + "}",
        more: #", "rules": [{"rule": "range", "field": "birth_date", "least": "soon"}]"#),
      at(.notAValue, 3, "tables[0].rules[0].least", "not_a_day")
    ),
  ]

  private static let ofHouseholds: [(text: String, error: SchemaError)] = [
    (
      plan(sex + "}", more: #", "households": {"relation": "full_name", "head": ["01"]}"#),
      at(.doesNotFit, 3, "tables[0].households.relation", "text")
    ),
    (
      plan(sex + "}", more: #", "households": {"relation": "relation", "head": ["boss"]}"#),
      at(.notAValue, 3, "tables[0].households.head[0]", "unknown_code")
    ),
    (
      plan(
        sex + "}",
        more: #", "households": {"relation": "relation", "head": ["01"], "level": "refuse"}"#),
      at(.badValue, 3, "tables[0].households.level", "refuse (one of warn, note)")
    ),
    (
      #"{"tables": [{"table": "household", "fields": [], "households": {"#
        + #""relation": "commune", "head": []}}]}"#,
      at(.doesNotFit, 1, "tables[0].households", "no parent")
    ),
  ]

  @Test(arguments: ofHouseholds.indices)
  func namesTheMistakeInRulesOfHouseholds(_ index: Int) {
    let (text, error) = Self.ofHouseholds[index]
    #expect(throws: error) { try Self.read(text) }
  }

  @Test(arguments: mistakes.indices)
  func namesTheMistake(_ index: Int) {
    let (text, error) = Self.mistakes[index]
    #expect(throws: error) { try Self.read(text) }
  }

  @Test func namesAFileThatIsNotThere() throws {
    let schema = try #require(Self.schema)
    #expect(throws: SchemaError(.notReadable, file: "/nowhere/p.json", detail: "2")) {
      try LoadPlan(reading: "/nowhere/p.json", schema: schema)
    }
  }

  @Test func readsAPlanOfTwoTables() throws {
    let plan = try Self.read(
      """
      {"description": "a list", "format": {"delimiter": "tab", "encoding": "tcvn3", "names": ["a"]},
       "absent": ["", "NULL"], "tables": [
        {"table": "household", "repeats": "fold",
         "fields": [{"field": "household_number", "column": "so ho"}]},
        {"table": "person", "fields": [
          {"field": "household_number", "column": "so ho"},
          {"field": "birth_date", "column": "ngay", "days": ["dd/MM/yy", "yyyy"], "pivot": 25,
           "level": "warn", "absent": ["?"]},
          {"field": "commune_vintage", "constant": 2025}]}]}
      """)
    #expect(plan.tableNames == ["household", "person"])
    #expect(plan.format.delimiter == .tab)
    #expect(plan.format.encoding == .tcvn3)
    #expect(plan.format.names == ["a"])
    #expect(plan.tables.map(\.foldsRepeats) == [true, false])
    #expect(plan.tables[0].columns == ["so ho", "ngay"])
    let number = try #require(plan.tables[0].fields[0].conversion)
    #expect(number.absentMarkers == [Array("NULL".utf8)])
    let day = plan.tables[1].fields[1]
    #expect(day.level == .warn)
    #expect(day.conversion?.absentMarkers == [Array("?".utf8)])
    #expect(plan.tables[1].fields[2].source == .constant(Array("2025".utf8)))
    #expect(plan.inputs("list.txt").map(\.table) == plan.tableNames)
    #expect(plan.inputs("list.txt").allSatisfy { $0.format == plan.format && $0.plan == plan })
  }
}

private func at(
  _ code: SchemaError.Code, _ line: Int, _ path: String, _ detail: String = ""
) -> SchemaError {
  SchemaError(code, file: "p.json", line: line, path: path, detail: detail)
}
