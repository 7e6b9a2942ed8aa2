// Files that are read by a plan: each of its options does what it says, and nothing without it.

import Hearth
import Testing

@Suite struct LoadPlanTests {
  /// A plan for the table `thing` whose columns have other names than its fields.
  private func plan(_ fields: String..., more: String = "", table: String = "") -> String {
    let fields = [#"{"field": "number", "column": "so"}"#] + fields
    return """
      {\(more)"tables": [{"table": "thing"\(table), "fields": [\(fields.joined(separator: ","))]}]}
      """
  }

  @Test func feedsFieldsFromTheColumnsThatItNames() throws {
    let trial = try ThingSchema.trial()
    let report = try trial.load(
      "name,so,ghi chu\nnot a name,0001,x y\n",
      plan: plan(#"{"field": "note", "column": "ghi chu"}"#))
    #expect(report.stored == 1)
    #expect(report.files[0].unusedColumns == ["name"])
    #expect(try trial.text("thing", "0001", "note") == "x y")
    #expect(try trial.text("thing", "0001", "name") == "")
    #expect(try trial.text("thing", "0001", "word") == "as ever")
  }

  @Test func refusesAFileWithoutAColumnThatItNames() throws {
    let trial = try ThingSchema.trial()
    #expect {
      try trial.load("so,size\n0001,5\n", plan: plan(#"{"field": "size", "column": "co"}"#))
    } throws: { error in
      guard case LoadError.plannedColumnMissing(_, let table, let column) = error else {
        return false
      }
      return table == "thing" && column == "co"
    }
    #expect(try trial.rowCount("thing") == 0)
  }

  @Test func givesConstantsToFieldsThatTheFileLacks() throws {
    let trial = try ThingSchema.trial()
    try trial.load(
      "so,kind\n0001,C\n",
      plan: plan(
        #"{"field": "level", "constant": "C"}"#, #"{"field": "note", "constant": "của tỉnh"}"#,
        #"{"field": "origin", "constant": "here"}"#))
    #expect(try trial.text("thing", "0001", "level") == "C")
    #expect(try trial.text("thing", "0001", "note") == "của tỉnh")
    #expect(try trial.text("thing", "0001", "origin") == "here")
    // A default stays; a column that the plan does not name feeds nothing.
    #expect(try trial.text("thing", "0001", "kind") == "B")
  }

  @Test func readsCodesByAMap() throws {
    let trial = try ThingSchema.trial()
    let text = "so,cap\n0001,1\n0002,nữ\n0003,A\n0004,9\n0005,3\n0006,\n"
    let report = try trial.load(
      text,
      plan: plan(
        #"{"field": "level", "column": "cap", "map": {"1": "A", "nữ": "B", "A": "C", "9": null}}"#))
    let levels = try ["0001", "0002", "0003", "0004", "0006"].map {
      try trial.text("thing", $0, "level")
    }
    #expect(levels == ["A", "B", "C", "", ""])
    #expect(report.refused == 1)
    #expect(try trial.rejects() == ["thing,6,\(offset(of: "0005", in: text)),level,unknown_code"])
  }

  @Test func readsTextsByAMap() throws {
    let trial = try ThingSchema.trial()
    try trial.load(
      "so,ten\n0001,N.\n0002,Lê A\n0003,?\n0004,x\n0005,N.\n",
      plan: plan(
        #"{"field": "name", "column": "ten", "map": {"N.": "Nguyễn Văn A", "?": null}, "#
          + #""absent": ["", "x"]}"#))
    #expect(try trial.text("thing", "0005", "name") == "Nguyễn Văn A")
    #expect(try trial.row("thing", "0004")?["name"] == .absent)
    #expect(try trial.text("thing", "0001", "name") == "Nguyễn Văn A")
    #expect(try trial.text("thing", "0002", "name") == "Lê A")
    #expect(try trial.row("thing", "0003")?["name"] == .absent)
  }

  /// A day in the form of another column is refused, not guessed.
  @Test func readsDaysInTheFormsThatItNames() throws {
    let trial = try ThingSchema.trial()
    let report = try trial.load(
      """
      so,ngay
      0001,31/12/2001
      0002,1957
      0003,00/05/1957
      0004,2001-12-31
      0005,12/31/2001
      0006,
      0007,31/12/01

      """, plan: plan(#"{"field": "born", "column": "ngay", "days": ["dd/MM/yyyy", "yyyy"]}"#))
    let days = try ["0001", "0002", "0003", "0006"].map { try trial.text("thing", $0, "born") }
    #expect(days == ["2001-12-31", "1957", "1957-05", ""])
    #expect(report.refused == 3)
    #expect(
      try trial.rejects().map { $0.split(separator: ",").dropFirst(2).last } == [
        "not_a_day", "impossible_day", "two_digit_year",
      ])
  }

  @Test func readsNumbersWithOtherMarks() throws {
    let trial = try ThingSchema.trial()
    try trial.load(
      "so;co;gia\n0001;1.234;97.100,7\n0002;1234;5\n0003;1.23;1\n0004;1;1.5\n",
      plan: plan(
        #"{"field": "size", "column": "co", "decimal": ",", "thousands": "."}"#,
        #"{"field": "price", "column": "gia", "decimal": ",", "thousands": "."}"#,
        more: #""format": {"delimiter": "semicolon"}, "#))
    #expect(try trial.text("thing", "0001", "size") == "1234")
    #expect(try trial.text("thing", "0001", "price") == "97100.70")
    #expect(try trial.text("thing", "0002", "price") == "5.00")
    #expect(try trial.row("thing", "0003") == nil)
    #expect(try trial.row("thing", "0004") == nil)
  }

  @Test func takesMarkersForNothing() throws {
    let trial = try ThingSchema.trial()
    let report = try trial.load(
      "so,ten,cap,co,ghi\n0001,NULL,-,999,NULL\n0002,NULLA,A,99,\"NULL\"\n0003,,,,\n",
      plan: plan(
        #"{"field": "name", "column": "ten"}"#,
        #"{"field": "level", "column": "cap", "absent": ["", "-"]}"#,
        #"{"field": "size", "column": "co", "absent": ["", "999"]}"#,
        #"{"field": "note", "column": "ghi", "absent": ["x"]}"#,
        more: #""absent": ["", "NULL"], "#))
    #expect(report.refused == 0)
    let row = try trial.row("thing", "0001")
    for field in ["name", "level", "size"] { #expect(row?[field] == .absent, "\(field)") }
    #expect(row?["note"].description == "NULL")
    #expect(try trial.text("thing", "0002", "name") == "NULLA")
    #expect(try trial.text("thing", "0002", "size") == "99")
  }

  /// With markers of which none is the empty text, an empty text is a text.
  @Test(arguments: ["name", "note", "place", "word"])
  func keepsEmptyTextsApartFromAbsentOnes(field: String) throws {
    let trial = try ThingSchema.trial()
    try trial.load(
      "so,x\n0001,\n0002,\\N\n0003,\\Nam\n",
      plan: plan(#"{"field": "\#(field)", "column": "x", "absent": ["\\N"]}"#))
    #expect(try trial.row("thing", "0001")?[field] == .text(""))
    #expect(try trial.row("thing", "0002")?[field] == .absent)
    #expect(try trial.text("thing", "0003", field) == "\\Nam")
  }

  @Test func repairsWhatItNamesAndCountsIt() throws {
    let trial = try ThingSchema.trial()
    let text = "so,ten\n12,Ðỗ  A\n0013.0,Lê\u{A0}B\n1.4E+01,C\n0015,Đỗ D\n"
    let report = try trial.load(
      text,
      plan: """
        {"tables": [{"table": "thing", "fields": [
          {"field": "number", "column": "so", "repairs": ["leading_zeros", "trailing_point_zero"]},
          {"field": "name", "column": "ten", "repairs": ["spaces", "look_alike_d"]}]}]}
        """)
    #expect(try trial.text("thing", "0012", "name") == "Đỗ A")
    #expect(try trial.text("thing", "0013", "name") == "Lê B")
    #expect(
      try trial.rejects() == ["thing,4,\(offset(of: "1.4E", in: text)),number,exponent_notation"])
    #expect(report.findings == [])
    #expect(
      report.repairs.map { "\($0.field) \($0.repair) \($0.count)" } == [
        "number leading_zeros 1", "number trailing_point_zero 1", "name look_alike_d 1",
        "name spaces 2",
      ])

    let strict = try ThingSchema.trial()
    let refused = try strict.load(
      text,
      plan: plan(
        #"{"field": "name", "column": "ten"}"#, table: #", "look_alike_letters": "refuse""#))
    #expect(refused.repairs == [])
    #expect(refused.stored == 1)
  }

  @Test func warnsOfLettersThatOnlyLookLikeD() throws {
    let trial = try ThingSchema.trial()
    let text = "number,name\n0001,Ðỗ A\n0002,Đỗ A\n0003,Ðỗ A\n"
    let report = try trial.load(("thing", text))
    #expect(report.stored == 3)
    #expect(
      try trial.warnings() == [
        "thing,2,12,name,look_alike_letter", "thing,4,38,name,look_alike_letter",
      ])
    #expect(
      report.findings.map { "\($0.level) \($0.code) \($0.count)" } == ["warn look_alike_letter 2"])
    #expect(try trial.text("thing", "0001", "name") == "Ðỗ A")
  }

  @Test func keepsARowWithoutAFieldThatItOnlyWarnsOf() throws {
    let trial = try ThingSchema.trial()
    let report = try trial.load(
      "so,cap,co\n0001,X,5\n0002,A,y\n0003,B,z\n",
      plan: plan(
        #"{"field": "level", "column": "cap", "level": "warn"}"#,
        #"{"field": "size", "column": "co", "level": "note"}"#))
    #expect(report.stored == 3)
    #expect(try trial.row("thing", "0001")?["level"] == .absent)
    #expect(try trial.text("thing", "0001", "size") == "5")
    #expect(try trial.warnings() == ["thing,2,10,level,unknown_code"])
    #expect(
      report.findings.map { "\($0.level) \($0.field) \($0.code) \($0.count)" } == [
        "warn level unknown_code 1", "note size not_a_number 2",
      ])
  }

  @Test(arguments: ["refuse", "warn", "note"])
  func appliesRulesAtTheirLevel(level: String) throws {
    let trial = try ThingSchema.trial()
    let text = "so,co\n0001,-1\n0002,0\n0003,130\n0004,131\n0005,\n"
    let report = try trial.load(
      text,
      plan: plan(
        #"{"field": "size", "column": "co"}"#,
        table: """
          , "rules": [{"rule": "range", "field": "size", "least": 0, "greatest": 130,
            "level": "\(level)"}]
          """))
    let found = [
      "thing,2,6,size,below_least", "thing,5,\(offset(of: "0004", in: text)),size,above_greatest",
    ]
    #expect(report.stored == (level == "refuse" ? 3 : 5))
    switch level {
    case "refuse": #expect(try trial.rejects() == found)
    case "warn": #expect(try trial.warnings() == found)
    default: #expect(report.findings.map(\.count) == [1, 1])
    }
  }

  @Test func judgesPersonalNumbersBesideSexAndBirth() throws {
    let person = table(
      "person", key: "number",
      fields: [
        field(1, "number", "digits(12)"), field(2, "sex", "code(sex)"), field(3, "born", "day"),
        field(4, "place", "code(province)"), field(5, "valid_to", "day"),
      ], indexes: [unique("number")])
    let trial = try Trial(
      [person], lists: [codes("sex", ["M", "F"]), codes("province", ["01", "79"])])
    let report = try trial.load(
      """
      number,sex,born,place,valid_to
      001196500001,F,1996-05-01,01,
      001096500002,F,1996-05-01,01,1995-01-01
      001096500003,M,1997,79,
      001096500004,,,,
      099096500005,M,1996,01,9999-12-31

      """,
      plan: """
        {"tables": [{"table": "person", "fields": [
          {"field": "number", "column": "number"}, {"field": "sex", "column": "sex"},
          {"field": "born", "column": "born"}, {"field": "place", "column": "place"},
          {"field": "valid_to", "column": "valid_to"}], "rules": [
          {"rule": "personal_number", "field": "number", "sex": "sex", "birth_date": "born",
           "birth_province": "place"},
          {"rule": "not_after", "field": "born", "other": "valid_to"},
          {"rule": "not_in_future", "field": "valid_to", "level": "note"}]}]}
        """)
    #expect(report.stored == 5)
    #expect(
      try trial.warnings().map { line in
        let parts = line.split(separator: ",")
        return "\(parts[1]) \(parts[4])"
      } == [
        "3 sex_disagrees", "3 days_out_of_order", "4 birth_year_disagrees",
        "4 birth_province_disagrees", "6 unknown_province", "6 birth_province_disagrees",
      ])
    #expect(report.findings.last.map { "\($0.level) \($0.code)" } == "note in_the_future")
  }

  @Test func joinsTheTextsOfSeveralColumns() throws {
    let trial = try ThingSchema.trial()
    let report = try trial.load(
      #"""
      so,ho,dem,ten,ngay,thang,nam
      0001,Lê,Thị Thu,An,5,3,1957
      0002,Lê,,Bình,,3,1957
      0003,,,,,,1957
      0004,"Lê ""Cả""","x ""y""",Z,,,
      0005,Trần,,,31,2,2001
      0006,Trần,,,31,1,

      """#,
      plan: plan(
        #"{"field": "name", "columns": ["ho", "dem", "ten"]}"#,
        #"{"field": "born", "columns": ["ngay", "thang", "nam"], "join": "/", "#
          + #""days": ["d/M/yyyy"]}"#))
    let rows = try ["0001", "0002", "0003", "0004"].map { try trial.row("thing", $0) }
    #expect(
      rows.map { $0?["name"].description } == ["Lê Thị Thu An", "Lê Bình", "", #"Lê "Cả" x "y" Z"#])
    #expect(rows.map { $0?["born"].description } == ["1957-03-05", "1957-03", "1957", ""])
    #expect(rows[2]?["name"] == .absent)
    #expect(report.files[0].unusedColumns == [])
    #expect(
      try trial.rejects().map { $0.split(separator: ",").suffix(2).joined(separator: " ") } == [
        "born impossible_day", "born two_digit_year",
      ])
  }

  /// Cards and facilities of the schema that is shipped with the product.
  @Test func judgesCardsAndFacilities() throws {
    let trial = try Trial(shippedSchemas: ())
    let report = try trial.load(
      """
      so,bhxh,the,kcb,nhom,muc
      001196500001,0154100677,GD4010154100677,01002,GD,4
      001196500002,0154100678,0154100678,99002,,
      001196500003,0154100679,GD4010154100670,0100,GD,4
      001196500004,0154100680,GD9990154100680,01003,GD,4
      001196500005,,GD401015410,,GD,4

      """,
      plan: """
        {"tables": [{"table": "person", "fields": [
          {"field": "personal_number", "column": "so"},
          {"field": "insurance_number", "column": "bhxh"},
          {"field": "card_number", "column": "the"},
          {"field": "card_group", "column": "nhom"}, {"field": "card_level", "column": "muc"},
          {"field": "card_facility", "column": "kcb"}], "rules": [
          {"rule": "card_number", "field": "card_number", "insurance_number": "insurance_number",
           "card_group": "card_group", "card_level": "card_level"},
          {"rule": "facility", "field": "card_facility"}]}]}
        """)
    #expect(report.refused == 0)
    #expect(
      try trial.warnings().map { line in
        let parts = line.split(separator: ",")
        return "\(parts[1]) \(parts[4])"
      } == [
        "3 unknown_province", "4 insurance_number_disagrees", "4 wrong_length",
        "5 unknown_province", "5 level_out_of_range", "5 level_disagrees", "6 wrong_length",
      ])
  }
}
