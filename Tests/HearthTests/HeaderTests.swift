// Columns match fields by name and alias; a header that cannot feed its table ends the load.

import Hearth
import Support
import Testing

@Suite struct HeaderTests {
  @Test func matchesNamesAndAliasesInAnyCaseAndOrder() throws {
    let trial = try ThingSchema.trial()
    let report = try trial.load(("thing", "Note,TEN,extra,NUMBER,more\nn,Lan,1,0001,2\n"))

    #expect(report.files[0].unusedColumns == ["extra", "more"])
    #expect(try trial.text("thing", "0001", "name") == "Lan")
    #expect(try trial.text("thing", "0001", "note") == "n")
  }

  @Test func refusesAFileWithoutARequiredColumn() throws {
    let trial = try ThingSchema.trial()
    let path = try trial.file("name,note\na,b\n")

    #expect(throws: LoadError.columnMissing(path: path, table: "thing", field: "number")) {
      try trial.load([("thing", path)])
    }
    #expect(try trial.rowCount("thing") == 0)
  }

  @Test(arguments: ["name,number,ten", "name,NAME,number"])
  func refusesTwoColumnsForOneField(header: String) throws {
    let trial = try ThingSchema.trial()
    let path = try trial.file(header + "\na,0001,b\n")

    #expect(throws: LoadError.columnRepeated(path: path, field: "name")) {
      try trial.load([("thing", path)])
    }
  }

  @Test(arguments: ["id|nom|chef\n1|a|b\n", "register of things 2024\n0001,a\n"])
  func refusesAHeaderThatNamesNoField(text: String) throws {
    let trial = try ThingSchema.trial()
    let path = try trial.file(text)

    #expect(throws: LoadError.noColumn(path: path, table: "thing")) {
      try trial.load([("thing", path)])
    }
  }

  @Test(arguments: [
    ("", DelimitedError.Code.empty), ("\n\r\n", .empty), (",,\n", .nameMissing),
    ("number,name,name\n", .nameRepeated), ("number,\"a\"b\n", .headerMalformed),
  ])
  func refusesAFileWithoutAHeader(text: String, code: DelimitedError.Code) throws {
    let trial = try ThingSchema.trial()
    let path = try trial.file(text)

    #expect {
      try trial.load([("thing", path)])
    } throws: { error in
      guard case LoadError.unreadable(path, let cause) = error else { return false }
      return cause.code == code
    }
    #expect(try trial.rowCount("thing") == 0)
  }

  @Test(arguments: ["number,name", "number,name\n", "number,name\r\n\r\n"])
  func loadsAFileOfAHeaderAlone(text: String) throws {
    let trial = try ThingSchema.trial()
    let report = try trial.load(("thing", text))

    #expect(report.stored == 0)
    #expect(report.refused == 0)
    #expect(report.files[0].records == 0)
    #expect(try trial.rowCount("thing") == 0)
    #expect(try trial.row("thing", "0001") == nil)
    try trial.load(("thing", "number\n0001\n"))
    #expect(try trial.row("thing", "0001") != nil)
  }

  @Test func refusesTablesThatAreNotThere() throws {
    let trial = try ThingSchema.trial()
    let path = try trial.file("number\n0001\n")

    #expect(throws: LoadError.unknownTable("thong")) { try trial.load([("thong", path)]) }
    #expect(throws: LoadError.fileRepeated(path: path)) {
      try trial.load([("thing", path), ("thing", path)])
    }
    #expect {
      try trial.load([("thing", "/nowhere/at/all.csv")])
    } throws: { error in
      guard case LoadError.unreadable(_, let cause) = error else { return false }
      return cause.code == .input(InputError(.notFound))
    }
  }

  /// A column of a digits field may be cut out of another's text.
  @Test func cutsFieldsOutOfOthers() throws {
    let trial = try Trial(
      [
        table(
          "card", key: "id",
          fields: [
            field(1, "id", "digits(2)"),
            field(2, "whole", "text", #""aliases": ["card_no"]"#),
            field(
              3, "kind", "code(kind)",
              #""cut": {"from": "whole", "offset": 0, "count": 2, "length": 5}"#),
            field(
              4, "tail", "digits(3)",
              #""cut": {"from": "whole", "offset": 2, "count": 3, "length": 5}"#),
          ], indexes: [unique("id")])
      ], lists: [codes("kind", open: true, ["AB"])])
    let report = try trial.load(
      ("card", "id,card_no\n01,AB123\n02,CD007\n03,123\n04,\n05,ABxyz\n"))

    #expect(report.stored == 4)
    #expect(try trial.rejects() == ["card,6,40,tail,not_digits"])
    #expect(try trial.text("card", "01", "kind") == "AB")
    #expect(try trial.text("card", "02", "kind") == "CD")
    #expect(try trial.text("card", "02", "tail") == "007")
    #expect(try trial.text("card", "03", "kind") == "")
    #expect(try trial.text("card", "03", "whole") == "123")
    try trial.load(("card", "id,card_no,kind\n06,AB123,CD\n"))
    #expect(try trial.text("card", "06", "kind") == "CD")
    #expect(try trial.text("card", "06", "tail") == "123")
  }
}
