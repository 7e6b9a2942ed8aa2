// Every mistake that a schema can hold is found, alone, and named with its file, line and field.

import Support
import Testing

@testable import Rows

@Suite struct SchemaErrorTests {
  @Test(arguments: mistakes)
  func namesTheMistake(_ mistake: Mistake) {
    #expect(throws: mistake.error) { try mistake.read() }
  }

  /// A mistake without a case above is one that nobody has seen found.
  @Test func everyMistakeIsTried() {
    let ofLoadPlans: [SchemaError.Code] = [.doesNotFit, .badPattern, .notAValue, .notOneSource]
    let tried = Set(mistakes.map(\.error.code)).union([.notReadable] + ofLoadPlans)
    for code in SchemaError.Code.allCases { #expect(tried.contains(code), "\(code)") }
  }

  @Test func namesAFolderThatIsNotThere() {
    #expect(throws: SchemaError(.notReadable, file: "/nowhere/schemas", detail: "2")) {
      try Schema(reading: "/nowhere/schemas")
    }
  }

  @Test func readsAFolderWithoutCodeLists() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(#"{"name": "t", "fields": [\#(field)]}"#, as: "t.json")
    _ = try folder.write("not read", as: "notes.txt")
    #expect(try Schema(reading: folder.path).tables.map(\.name) == ["t"])
  }

  @Test func describesItself() {
    let error = SchemaError(
      .unknownField, file: "a.json", line: 3, path: "key", field: "f", detail: "g")
    #expect(error.description == "a.json:3: unknownField at key (field f): g")
  }
}

/// A schema of one file `t.json` (or several) with one mistake.
struct Mistake: Sendable, CustomTestStringConvertible {
  var error: SchemaError
  var tables: [String]
  var lists: [String] = []

  var testDescription: String { "\(error.code) \(error.path)" }

  func read() throws {
    _ = try Schema(
      tableFiles: tables.enumerated().map { ($0 == 0 ? "t.json" : "t\($0).json", Array($1.utf8)) },
      codeListFiles: lists.enumerated().map { ("c\($0).json", Array($1.utf8)) })
  }
}

private let field =
  #"{"name": "f", "number": 1, "type": "digits(3)", "meaning": "", "sensitivity": "public"}"#

private let sexList = #"{"name": "sex", "attributes": ["x"], "codes": [["M", "a"], ["F", ""]]}"#

/// A field with number, type and more members.
private func field(_ name: String, _ number: Int, _ type: String, _ more: String = "") -> String {
  #"{"name": "\#(name)", "number": \#(number), "type": "\#(type)", "meaning": "","#
    + #" "sensitivity": "public"\#(more.isEmpty ? "" : ", \(more)")}"#
}

private func table(_ fields: [String], _ more: String = "", name: String = "t") -> String {
  let rest = more.isEmpty ? "" : ", \(more)"
  return #"{"name": "\#(name)"\#(rest), "fields": [\#(fields.joined(separator: ", "))]}"#
}

/// Expects an error in line 1 of t.json.
private func at(
  _ code: SchemaError.Code, _ path: String, _ field: String = "", _ detail: String = "",
  file: String = "t.json"
) -> SchemaError {
  SchemaError(code, file: file, line: 1, path: path, field: field, detail: detail)
}

private let keyed = table(
  [field("k", 1, "digits(3)")],
  #""key": "k", "indexes": [{"name": "k", "fields": ["k"], "unique": true}]"#, name: "p")
private let link = #""parent": {"table": "p", "field": "k"}"#

private func derived(_ form: String, _ type: String = "digits(3)") -> [String] {
  [
    table(
      [
        field("a", 1, type, #""derived": \#(form)"#), field("n", 2, "digits(3)"),
        field("d", 3, "day"), field("s", 4, "code(sex)"), field("x", 5, "text"),
      ])
  ]
}

private let mistakes: [Mistake] =
  jsonMistakes + listMistakes + nameMistakes + fieldMistakes + linkMistakes + derivationMistakes

private let jsonMistakes: [Mistake] = [
  Mistake(
    error: SchemaError(.notJSON, file: "t.json", line: 2, detail: "column 3"), tables: ["{\n  x"]),
  Mistake(
    error: SchemaError(.duplicateKey, file: "t.json", line: 1, detail: "column 14"),
    tables: [#"{"name": "t","name": "t"}"#]),
  Mistake(
    error: at(.unknownKey, "nam", "", "nam"), tables: [#"{"nam": "t", "fields": [\#(field)]}"#]),
  Mistake(error: at(.missingKey, "", "", "fields"), tables: [#"{"name": "t"}"#]),
  Mistake(
    error: at(.wrongType, "name", "", "string"), tables: [#"{"name": 1, "fields": [\#(field)]}"#]),
  Mistake(
    error: at(.wrongType, "version", "", "integer"),
    tables: [#"{"name": "t", "version": 1.5, "fields": [\#(field)]}"#]),
  Mistake(
    error: at(.badValue, "fields[0].type", "f", "number"),
    tables: [table([field("f", 1, "number")])]
  ),
  Mistake(error: at(.badName, "name", "", "T"), tables: [table([field], name: "T")]),
  Mistake(error: SchemaError(.noTables), tables: []),
]

private let listMistakes: [Mistake] = [
  Mistake(
    error: SchemaError(.duplicateCodeList, detail: "sex"), tables: [table([field])],
    lists: [sexList, sexList]),
  Mistake(
    error: at(.duplicateAttribute, "attributes[1]", "", "a", file: "c0.json"),
    tables: [table([field])], lists: [#"{"name": "c", "attributes": ["a", "a"], "codes": []}"#]),
  Mistake(
    error: at(.duplicateCode, "codes[1]", "", "1", file: "c0.json"), tables: [table([field])],
    lists: [#"{"name": "c", "codes": [["1"], ["1"]]}"#]),
  Mistake(
    error: at(.badCode, "codes[0]", "", "", file: "c0.json"), tables: [table([field])],
    lists: [#"{"name": "c", "codes": [[""]]}"#]),
  Mistake(
    error: at(.codeRowLength, "codes[1]", "", "2", file: "c0.json"), tables: [table([field])],
    lists: [#"{"name": "c", "codes": [["1"], ["2", "x"]]}"#]),
  Mistake(
    error: at(.wrongType, "codes[0]", "", "string", file: "c0.json"), tables: [table([field])],
    lists: [#"{"name": "c", "codes": [[1]]}"#]),
]

private let nameMistakes: [Mistake] = [
  Mistake(
    error: at(.duplicateTable, "", "", "t", file: "t1.json"),
    tables: [table([field]), table([field])]),
  Mistake(
    error: at(.duplicateField, "fields[1]", "f", "f"),
    tables: [table([field, field("f", 2, "day")])]),
  Mistake(
    error: at(.duplicateFieldNumber, "fields[1].number", "g", "1"),
    tables: [table([field, field("g", 1, "day")])]),
  Mistake(
    error: at(.duplicateIndex, "indexes[1]", "", "i"),
    tables: [
      table(
        [field],
        #""indexes": [{"name": "i", "fields": ["f"]}, {"name": "i", "fields": ["f"]}]"#)
    ]),
  Mistake(
    error: at(.aliasCollides, "fields[1].aliases[0]", "g", "F"),
    tables: [table([field, field("g", 2, "day", #""aliases": ["F"]"#)])]),
  Mistake(
    error: at(.unknownCodeList, "fields[0].type", "f", "sex"),
    tables: [table([field("f", 1, "code(sex)")])]),
  Mistake(error: at(.tooManyFields, "fields", "", "0"), tables: [table([])]),
]

private let fieldMistakes: [Mistake] = [
  Mistake(
    error: at(.digitsOutOfRange, "fields[0].type", "f", "19"),
    tables: [table([field("f", 1, "digits(19)")])]),
  Mistake(
    error: at(.scaleOutOfRange, "fields[0].type", "f", "0"),
    tables: [table([field("f", 1, "decimal(0)")])]),
  Mistake(
    error: at(.badDefault, "fields[0].default", "f", "leading_zeros_lost"),
    tables: [table([field("f", 1, "digits(3)", #""default": "12""#)])]),
  Mistake(
    error: at(.wordsOnOtherType, "fields[0].words", "f", "day"),
    tables: [table([field("f", 1, "day", #""words": "name", "dictionary": "d""#)])]),
  Mistake(
    error: at(.wordsWithoutDictionary, "fields[0]", "f"),
    tables: [table([field("f", 1, "text", #""words": "name""#)])]),
  Mistake(
    error: at(.cutFromOtherType, "fields[1].cut.from", "g", "day"),
    tables: [
      table([
        field("f", 1, "day"),
        field("g", 2, "text", #""cut": {"from": "f", "offset": 0, "count": 1}"#),
      ])
    ]),
  Mistake(
    error: at(.indexWithoutFields, "indexes[0].fields"),
    tables: [table([field], #""indexes": [{"name": "i", "fields": []}]"#)]),
  Mistake(
    error: at(.unknownField, "indexes[0].fields[0]", "", "g"),
    tables: [table([field], #""indexes": [{"name": "i", "fields": ["g"]}]"#)]),
  Mistake(
    error: at(.foldedWithoutText, "indexes[0]", "", "i"),
    tables: [table([field], #""indexes": [{"name": "i", "fields": ["f"], "folded": true}]"#)]),
  Mistake(
    error: at(.unknownIndex, "indexes[0].through", "", "j"),
    tables: [table([field], #""indexes": [{"name": "i", "fields": ["f"], "through": "j"}]"#)]),
  Mistake(
    error: at(.throughOtherField, "indexes[1].through", "", "f"),
    tables: [
      table(
        [
          field, field("x", 2, "text", #""derived": {"text": [["y"]]}"#),
          field("y", 3, "digits(4)"),
        ],
        #""indexes": [{"name": "f", "fields": ["f"]},"#
          + #" {"name": "x", "fields": ["x"], "through": "f"}]"#)
    ]),
]

private let linkMistakes: [Mistake] = [
  Mistake(
    error: at(.keyWithoutUniqueIndex, "key", "", "f"),
    tables: [
      table([field], #""key": "f", "indexes": [{"name": "f", "fields": ["f"]}]"#)
    ]),
  Mistake(
    error: at(.unknownTable, "parent.table", "", "p"),
    tables: [table([field("k", 1, "digits(3)")], link)]),
  Mistake(
    error: at(.parentWithoutKey, "parent.table", "", "p"),
    tables: [table([field("k", 1, "digits(3)")], link), table([field], name: "p")]),
  Mistake(
    error: at(.parentCycle, "parent.table", "", "p", file: "t1.json"),
    tables: [
      table([field("k", 1, "digits(3)")], link),
      table([field("k", 1, "digits(3)")], #""parent": {"table": "t", "field": "k"}"#, name: "p"),
    ]),
  Mistake(
    error: at(.linkTypeDiffers, "parent.field", "", "digits(3)"),
    tables: [table([field("k", 1, "digits(4)")], link), keyed]),
  Mistake(
    error: at(.linkIsDerived, "fields[0].derived", "k"),
    tables: [table([field("k", 1, "digits(3)", #""derived": {"parent": "k"}"#)], link), keyed]),
]

/// A child table t, whose field c is declared so, and a parent that has it of its first child.
private func firstChild(_ type: String, _ more: String) -> [String] {
  let keys = #""key": "k", "indexes": [{"name": "k", "fields": ["k"], "unique": true}]"#
  return [
    table([field("k", 1, "digits(3)"), field("c", 2, type, more)], "\(link), \(keys)"),
    table(
      [
        field("k", 1, "digits(3)"),
        field("b", 2, type, #""derived": {"firstChild": {"table": "t", "field": "c"}}"#),
      ], keys, name: "p"),
  ]
}

private let derivationMistakes: [Mistake] = [
  Mistake(
    error: at(.derivedFromParentWithoutParent, "fields[0].derived", "a"),
    tables: derived(#"{"parent": "n"}"#), lists: [sexList]),
  Mistake(
    error: at(.unknownField, "fields[0].derived.digits[0].leading", "a", "z"),
    tables: derived(#"{"digits": [{"leading": "z", "digits": 3}]}"#), lists: [sexList]),
  Mistake(
    error: at(.digitsDoNotAddUp, "fields[0].derived", "a", "3"),
    tables: derived(#"{"digits": [{"leading": "n", "digits": 1}]}"#), lists: [sexList]),
  Mistake(
    error: at(.digitsDoNotAddUp, "fields[0].derived", "a", "3"),
    tables: derived(#"{"digits": [{"stored": 1}, {"stored": 2}]}"#), lists: [sexList]),
  Mistake(
    error: at(.badValue, "fields[0].derived.digits[0]", "a", "digits leading year"),
    tables: derived(#"{"digits": [{"leading": "n", "digits": 1, "year": "d"}]}"#),
    lists: [sexList]),
  Mistake(
    error: at(.badValue, "fields[0].derived", "a", "one key"),
    tables: derived(#"{"mapped": "n", "difference": "d"}"#), lists: [sexList]),
  Mistake(
    error: at(.derivationTypeDiffers, "fields[0].derived.digits[0].code", "a", "code(sex)"),
    tables: derived(#"{"digits": [{"code": "s", "digits": 3}]}"#), lists: [sexList]),
  Mistake(
    error: at(.unknownAttribute, "fields[0].derived.digits[0].attribute", "a", "y"),
    tables: derived(#"{"digits": [{"attribute": "y", "of": "s", "digits": 3}]}"#),
    lists: [sexList]),
  Mistake(
    error: at(.derivationTypeDiffers, "fields[0].derived.digits[0].attribute", "a", "x"),
    tables: derived(#"{"digits": [{"attribute": "x", "of": "s", "digits": 3}]}"#),
    lists: [sexList]),
  Mistake(
    error: at(.derivationTypeDiffers, "fields[0].derived", "a", "day"),
    tables: derived(#"{"text": [["n"]]}"#, "day"), lists: [sexList]),
  Mistake(
    error: at(.derivationTypeDiffers, "fields[0].derived.text[0][1]", "a", "day"),
    tables: derived(#"{"text": [["n", "d"]]}"#, "text"), lists: [sexList]),
  Mistake(
    error: at(.wordsOnDerivedText, "fields[0].derived", "a"),
    tables: [
      table([
        field(
          "a", 1, "text",
          #""words": "whole", "dictionary": "d", "derived": {"text": [["n"]]}"#),
        field("n", 2, "digits(3)"),
      ])
    ]),
  Mistake(
    error: at(
      .derivationTypeDiffers, "fields[1].derived.firstChild.field", "b", "text", file: "t1.json"),
    tables: firstChild("text", "")),
  Mistake(
    error: at(
      .firstChildIsLate, "fields[1].derived.firstChild.field", "b", "c", file: "t1.json"),
    tables: firstChild("integer", #""derived": {"children": "u"}"#)
      + [table([field("k", 1, "digits(3)")], #""parent": {"table": "t", "field": "k"}"#, name: "u")]
  ),
  Mistake(
    error: at(.derivationTypeDiffers, "fields[0].derived.difference", "a", "digits(3)"),
    tables: derived(#"{"difference": "n"}"#, "day"), lists: [sexList]),
  Mistake(
    error: at(.derivationTypeDiffers, "fields[0].derived.mapped", "a", "text"),
    tables: derived(#"{"mapped": "x"}"#), lists: [sexList]),
  Mistake(
    error: at(.unknownTable, "fields[0].derived.children", "a", "u"),
    tables: derived(#"{"children": "u"}"#, "integer"), lists: [sexList]),
  Mistake(
    error: at(.derivedFromOtherTable, "fields[0].derived.children", "a", "p"),
    tables: derived(#"{"children": "p"}"#, "integer") + [keyed], lists: [sexList]),
  Mistake(
    error: at(.derivationCycle, "fields[0].derived", "a"),
    tables: [
      table([
        field("a", 1, "integer", #""derived": {"mapped": "b"}"#),
        field("b", 2, "integer", #""derived": {"mapped": "a"}"#),
      ])
    ]),
  Mistake(
    error: at(.derivationCycle, "fields[1].derived", "b", file: "t1.json"),
    tables: [
      table(
        [field("k", 1, "digits(3)"), field("c", 2, "day", #""derived": {"parent": "b"}"#)], link),
      table(
        [
          field("k", 1, "digits(3)"),
          field("b", 2, "day", #""derived": {"firstChild": {"table": "t", "field": "c"}}"#),
        ], #""key": "k", "indexes": [{"name": "k", "fields": ["k"], "unique": true}]"#, name: "p"),
    ]),
]
