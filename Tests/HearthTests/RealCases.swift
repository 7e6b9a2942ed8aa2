// The cases of the folder of real files: what each one's schema is, and what must come of it.

import Foundation
import Hearth
import Support
import Testing

/// One case: a schema, and what loading the file under it gives.
struct RealCase {
  /// Fields after the key, which is the first field: name and type, and more.
  var fields: [(name: String, type: String, more: String)]
  var lists: [String] = []
  /// Rows stored; nil where the load as a whole fails.
  var stored: Int?
  /// Lines refused.
  var refused: [Int] = []
  /// Key, field, text.
  var texts: [(key: String, field: String, text: String)] = []
  /// Keys that are not there.
  var missing: [String] = []
  /// A look-up by another field, and how many rows it gives.
  var counts: [(field: String, text: String, count: Int)] = []
  /// What a plan says of fields by name, as members of a JSON object; nil needs no plan.
  var planned: [String: String]?
  /// What a plan says besides: members of the plan, and of its table.
  var ofPlan = ""
  var ofTable = ""

  /// The plan that the case needs, as a person writes it.
  private var plan: String? {
    planned.map { planned in
      let fields = fields.map { field in
        let more = planned[field.name].map { ", " + $0 } ?? ""
        return #"{"field": "\#(field.name)", "column": "\#(field.name)"\#(more)}"#
      }
      return """
        {\(ofPlan)"tables": [
          {"table": "row"\(ofTable), "fields": [\(fields.joined(separator: ","))]}]}
        """
    }
  }

  func check(_ path: String, _ name: String) throws {
    let key = fields[0].name
    let trial = try Trial(
      [
        table(
          "row", key: key,
          fields: fields.enumerated().map { field($0 + 1, $1.name, $1.type, $1.more) },
          indexes: [unique(key)]
            + Set(counts.map(\.field)).map {
              #"{"name": "\#($0)", "fields": ["\#($0)"], "folded": true}"#
            })
      ], lists: lists)
    guard let stored else {
      #expect(throws: LoadError.self, "\(name)") { try trial.load([("row", path)]) }
      #expect(try trial.rowCount("row") == 0, "\(name)")
      return
    }
    let report =
      try plan.map { try trial.load(path: path, plan: $0) } ?? trial.load([("row", path)])
    #expect(report.stored == stored, "\(name)")
    #expect(try trial.rowCount("row") == stored, "\(name)")
    let lines = refused.isEmpty ? [] : try trial.rejects().map { $0.split(separator: ",")[1] }
    #expect(lines == refused.map { "\($0)" }, "\(name)")
    for expected in texts {
      let found = try trial.text("row", expected.key, expected.field)
      #expect(found.map { Array($0.utf8) } == Array(expected.text.utf8), "\(name) \(expected.key)")
    }
    for key in missing { #expect(try trial.row("row", key) == nil, "\(name) \(key)") }
    for expected in counts {
      let rows = try trial.database.read {
        try $0.rows(of: "row", where: expected.field, equal: expected.text)
      }
      #expect(rows.count == expected.count, "\(name) \(expected.text)")
    }
  }

  static func text(_ name: String, _ more: String = "") -> (
    name: String, type: String, more: String
  ) {
    (name, "text", more)
  }

  static let all: [String: RealCase] = files.merging(rows) { one, _ in one }
    .merging(ofPlans) { one, _ in one }
    .merging(characters) { one, _ in one }

  /// What a file as a whole looks like.
  private static let files: [String: RealCase] = [
    "banner-line-before-header": RealCase(
      fields: [text("id"), text("name"), text("district")], stored: 3,
      texts: [("2", "name", "Trạm, B")]),
    "bom-before-header": RealCase(
      fields: [text("person_id"), text("name")], stored: 2, texts: [("A1", "name", "Lan")]),
    "empty-file": RealCase(fields: [text("person_id"), text("household_id"), text("name")]),
    "gz-truncated": RealCase(fields: [text("id"), text("name")]),
    "gz-two-members": RealCase(
      fields: [text("id"), text("name")], stored: 1_000, texts: [("999", "name", "n999")]),
    "header-only": RealCase(
      fields: [text("person_id"), text("household_id"), text("name")], stored: 0),
    "header-with-newline": RealCase(
      fields: [text("person_id", #""aliases": ["person\nid"]"#), text("name")], stored: 1,
      texts: [("A1", "name", "Lan")]),
    "mixed-line-endings": RealCase(
      fields: [text("id"), ("a", "integer", ""), ("b", "integer", "")], stored: 3,
      texts: [("4", "b", "6"), ("7", "b", "9")]),
    "old-mac-cr-endings": RealCase(
      fields: [text("id"), text("val")], stored: 2,
      texts: [("1", "val", "one"), ("2", "val", "two")]),
    "open-quote-to-end-of-file": RealCase(fields: [text("id"), text("note")]),
    "quoted-newline-at-chunk-edges": RealCase(
      fields: [("id", "integer", ""), text("address")], stored: 1_041,
      texts: [("1040", "address", "ABCDE FGHIJ\nKLMNOP")]),
    "utf16-file": RealCase(fields: [text("person_id"), text("name")]),
    "zst-frames-and-skippable": RealCase(
      fields: [text("id"), text("name")], stored: 1_000, texts: [("999", "name", "n999")]),
  ]

  /// What rows look like.
  private static let rows: [String: RealCase] = [
    "all-rows-bad": RealCase(
      fields: [text("id"), ("age", "integer", #""required": true"#)], stored: 0,
      refused: [2, 3, 4]),
    "birth-date-timezone": RealCase(
      fields: [text("id"), ("birth_date", "day", "")], stored: 3,
      texts: [
        ("1", "birth_date", "1973-11-01"), ("2", "birth_date", "1900-01-01"),
        ("3", "birth_date", "1979-07-01"),
      ]),
    "duplicate-ids-in-one-file": RealCase(
      fields: [text("person_id"), text("household_id"), text("name")], stored: 3, refused: [4],
      texts: [("A2", "name", "Minh"), ("A1", "household_id", "H1"), ("A1", "name", "Lan")]),
    "excel-scientific-id": RealCase(
      fields: [("person_id", "digits(12)", ""), text("name")], stored: 1, refused: [2, 4, 5],
      texts: [("079201000001", "name", "Minh")]),
    "female-column-becomes-false": RealCase(
      fields: [text("id"), ("sex", "code(sex)", "")], lists: [codes("sex", ["F", "M"])], stored: 2,
      refused: [4], texts: [("1", "sex", "F")]),
    "leading-zero-ids": RealCase(
      fields: [text("person_id"), text("household_id"), text("name")], stored: 3,
      texts: [
        ("001090012345", "household_id", "0007"), ("079201000001", "household_id", "0100"),
        ("1090012345", "name", "Hoa"),
      ], missing: ["90012345"]),
    "one-bad-quote-row": RealCase(
      fields: [text("id"), text("name"), ("age", "integer", "")], stored: 3, refused: [3],
      texts: [("2", "name", "Alice,Doe"), ("3", "age", "35"), ("4", "name", "Ann")]),
    "quotes-after-number": RealCase(
      fields: [text("code"), text("name"), ("population", "integer", "")], stored: 1,
      refused: [2, 3], texts: [("N92000002", "population", "1870834")]),
    "ragged-rows": RealCase(
      fields: [text("household_id"), ("size", "integer", ""), text("district")], stored: 2,
      refused: [3, 4, 7], texts: [("H1", "district", "01"), ("H4", "size", "5")]),
    "row-after-a-bad-row": RealCase(
      fields: [text("id"), text("a"), text("b"), text("c"), ("last", "integer", "")], stored: 3,
      refused: [3], texts: [("3", "last", "113"), ("4", "last", "114")]),
    "trailing-delimiter-every-line": RealCase(
      fields: [text("id"), ("size", "integer", ""), text("district")], stored: 2,
      texts: [("2", "district", "02")]),
    "trailing-delimiter-means-empty": RealCase(
      fields: [text("name"), ("age", "integer", ""), text("location")], stored: 2,
      texts: [("sally", "location", ""), ("sally", "age", "25"), ("bob", "location", "USA")]),
    "two-heads-no-head": RealCase(
      fields: [text("person_id"), text("household_id"), ("relation", "code(relation)", "")],
      lists: [codes("relation", ["head", "spouse", "child", "other"])], stored: 5,
      texts: [("A5", "relation", "head")]),
    "year-only-birth": RealCase(
      fields: [text("id"), ("birth", "day", "")], stored: 3, refused: [3],
      texts: [("1", "birth", "1957"), ("3", "birth", "1957-05"), ("4", "birth", "1957-05-14")]),
  ]

  /// What only a plan can say.
  private static let ofPlans: [String: RealCase] = [
    "backslash-n-null": RealCase(
      fields: [text("id"), text("note")], stored: 4,
      texts: [("5", "note", "\\Nam"), ("6", "note", "")],
      planned: ["note": #""absent": ["\\N"]"#],
      ofPlan: #""format": {"delimiter": "|", "names": ["id", "note"]}, "#),
    "dd-mm-vs-mm-dd": RealCase(
      fields: [text("id"), ("birth_date", "day", "")], stored: 2, refused: [4, 5, 6],
      texts: [("1", "birth_date", "2014-01-02"), ("2", "birth_date", "2012-12-31")],
      planned: ["birth_date": #""days": ["dd/MM/yyyy"]"#]),
    "excel-serial-date": RealCase(
      fields: [text("id"), ("birth_date", "day", "")], stored: 3, refused: [3],
      texts: [("1", "birth_date", "1971-07-01"), ("4", "birth_date", "1900-01-01")],
      planned: ["birth_date": #""days": ["dd/MM/yyyy", "excel"]"#]),
    "impossible-calendar-days": RealCase(
      fields: [text("id"), ("birth_date", "day", "")], stored: 2, refused: [3, 4, 5, 6],
      texts: [("1", "birth_date", "2016-02-29"), ("6", "birth_date", "2000-02-29")],
      planned: ["birth_date": #""days": ["dd/MM/yyyy"]"#]),
    "negative-and-huge-ages": RealCase(
      fields: [text("id"), ("age", "integer", "")], stored: 3, refused: [2, 5],
      texts: [("2", "age", "130"), ("3", "age", "0")], planned: [:],
      ofTable: """
        , "rules": [{"rule": "range", "field": "age", "least": 0, "greatest": 130,
          "level": "refuse"}]
        """),
    "semicolon-with-decimal-comma": RealCase(
      fields: [
        text("district"), text("location"), ("population", "decimal(1)", ""),
        ("counted_on", "day", ""),
      ], stored: 2,
      texts: [
        ("Ba Vì", "location", "21.199;105.423"), ("Ba Vì", "population", "97100.7"),
        ("Ba Vì", "counted_on", "2019-07-04"),
      ],
      planned: ["population": #""decimal": ",""#, "counted_on": #""days": ["dd/MM/yyyy"]"#]),
    "two-digit-birth-year": RealCase(
      fields: [text("id"), ("birth_date", "day", "")], stored: 3, refused: [5],
      texts: [("1", "birth_date", "1968-07-16"), ("3", "birth_date", "1964-10-23")],
      planned: ["birth_date": #""days": ["dd-MM-yy"], "pivot": 25"#]),
    "us-dates-declared": RealCase(
      fields: [text("id"), ("counted_on", "day", "")], stored: 2, refused: [4],
      texts: [("1", "counted_on", "2026-12-31"), ("2", "counted_on", "2026-12-01")],
      planned: ["counted_on": #""days": ["MM/dd/yyyy"]"#]),
  ]

  /// What characters texts are of.
  private static let characters: [String: RealCase] = [
    "crlf-inside-quotes-kept": RealCase(
      fields: [text("id"), text("address")], stored: 2,
      texts: [("1", "address", "12 Hang Bai\r\nHoan Kiem"), ("2", "address", "a\nb")]),
    "eth-for-d-stroke": RealCase(
      fields: [text("id"), text("province")], stored: 3,
      texts: [("1", "province", "Đà Nẵng"), ("2", "province", "Ðà Nẵng")],
      counts: [("province", "da nang", 3), ("province", "Đà Nẵng", 3)]),
    "latin1-bytes-in-one-row": RealCase(
      fields: [text("id"), text("name")], stored: 2, refused: [3],
      texts: [("1", "name", "Café"), ("3", "name", "Lan")]),
    // Keys are hashed, so that no text is too long for one.
    "lmdb-key-over-511-bytes": RealCase(
      fields: [text("person_id"), text("name")], stored: 4,
      texts: [
        ("A1", "name", "Lan"), ("A2", "name", String(repeating: "Nguyễn ", count: 120)),
      ],
      counts: [("name", String(repeating: "Nguyễn ", count: 120), 1)]),
    "nfc-nfd-name-lookup": RealCase(
      fields: [text("id"), text("name")], stored: 2,
      texts: [("2", "name", "Nguyễn Thị Bệnh")],
      counts: [
        ("name", "Nguyễn Thị Bệnh", 2),
        ("name", "Nguye\u{302}\u{303}n Thi\u{323} Be\u{323}\u{302}nh", 2),
      ]),
    "nul-byte-in-field": RealCase(
      fields: [text("id"), text("name")], stored: 1, refused: [2, 4, 5],
      texts: [("2", "name", "Lan")]),
    "quoted-field-ends-in-newline": RealCase(
      fields: [text("id"), text("note"), text("size")], stored: 2,
      texts: [
        ("1", "size", "2\n"), ("1", "note", "quantity = 56\n\nmonth = Jan"),
        ("2", "note", "value of forex = 1\n"), ("2", "size", "3"),
      ]),
    "surname-null-region-na": RealCase(
      fields: [text("id"), text("surname"), text("region")], stored: 4,
      texts: [
        ("1", "surname", "Null"), ("1", "region", "NA"), ("2", "surname", "NA"),
        ("3", "surname", ""), ("4", "surname", "None"), ("4", "region", "\\N"),
      ]),
    "tcvn3-file": RealCase(
      fields: [text("id"), text("name")], stored: 1, refused: [2], texts: [("2", "name", "Lan")]),
    "very-wide-field": RealCase(
      fields: [text("id"), text("note")], stored: 2, texts: [("2", "note", "ok")]),
  ]
}
