// Several files of one table are one file: in order, with one set of keys, and named in refusals.

import Foundation
import Hearth
import Support
import Testing

@Suite struct SeveralFilesTests {
  @Test func loadsFilesOfATableAsOne() throws {
    let trial = try FamilySchema.trial()
    let report = try trial.load([
      ("home", try trial.file("home_number,street\n0001,1 A\n0002,2 B\n")),
      ("member", try trial.file("number;home_number;name\n000001;0001;Lan\n")),
      ("home", try trial.file("home_number\tstreet\r\n0003\t3 C\r\n")),
      ("member", try trial.file("number|home_number|name|\n000002|0003|Hoa|\n000003|0003|Mai|\n")),
    ])

    #expect(report.files.map(\.table) == ["home", "home", "member", "member"])
    #expect(report.files.map(\.stored) == [2, 1, 1, 2])
    #expect(report.files.map(\.late) == [0, 0, 0, 0])
    #expect(report.files.map(\.format.delimiter) == ["comma", "tab", "semicolon", "pipe"])
    #expect(try trial.children(of: "0003", in: "home", "member", "name") == ["Hoa", "Mai"])
  }

  /// Lines and offsets are those of the file, and so are duplicates of a row in another one.
  @Test func namesTheFileOfWhatIsRefused() throws {
    let trial = try FamilySchema.trial()
    let paths = try [
      trial.file("number,name\n000001,Lan\nx,Hoa\n"),
      trial.file("number,name\n000002,Mai\n\n000001,Minh\n000003,a,b\n"),
    ]
    let report = try trial.load(paths.map { ("member", $0) })
    let rejects = try trial.rejectsText().split(separator: "\n").dropFirst().map {
      $0.split(separator: ",", omittingEmptySubsequences: false).prefix(6).joined(separator: ",")
    }

    #expect(
      rejects == [
        "member,\"\(paths[0])\",3,23,number,not_digits",
        "member,\"\(paths[1])\",5,36,,wrong_field_count",
        "member,\"\(paths[1])\",4,24,number,duplicate",
      ])
    #expect(report.files.map(\.records) == [2, 3])
    #expect(report.files.map(\.stored) == [1, 1])
    #expect(report.files.map(\.duplicates) == [0, 1])
    #expect(try trial.text("member", "000001", "name") == "Lan")
  }

  @Test func readsEachTableByAPlanOfItsOwn() throws {
    let trial = try FamilySchema.trial()
    func plan(_ table: String, _ field: String, _ column: String) throws -> LoadPlan {
      let text = """
        {"tables": [{"table": "\(table)", "fields": [
          {"field": "\(field)", "column": "\(column)"}]}]}
        """
      return try LoadPlan(
        reading: trial.folder.write(text, as: "\(column).json"), schema: trial.database.schema)
    }
    let homes = try trial.file("so nha\n0001\n")
    let report = try trial.load(
      plan("home", "home_number", "so nha").inputs(homes)
        + plan("member", "number", "so").inputs(trial.file("so\n000001\n")))
    #expect(report.files.map(\.stored) == [1, 1])

    let other = try trial.file("ma nha\n0002\n")
    #expect(throws: LoadError.plansDiffer(path: other, table: "home")) {
      try trial.load(
        plan("home", "home_number", "so nha").inputs(trial.file("so nha\n0003\n"))
          + plan("home", "home_number", "ma nha").inputs(other))
    }
    #expect(try trial.rowCount("home") == 1)
  }

  @Test func refusesTheSameContentTwice() throws {
    let trial = try FamilySchema.trial()
    let text = "number,name\n000001,Lan\n"
    let (first, second) = (try trial.file(text), try trial.file(text))

    #expect(throws: LoadError.fileRepeated(path: second)) {
      try trial.load([("member", first), ("member", second)])
    }
    #expect(try trial.rowCount("member") == 0)
    try trial.load([("member", first)])
    #expect(throws: LoadError.alreadyLoaded(path: second)) {
      try trial.load([("member", try trial.file("number,name\n000002,Hoa\n")), ("member", second)])
    }
    #expect(try trial.rowCount("member") == 1)
  }

  /// A file that cannot be read to its end leaves nothing of those before it.
  @Test func storesNothingWhenOneOfThemIsCut() throws {
    let trial = try FamilySchema.trial()
    let cut = try trial.file("number,name\n000002,\"Hoa\n")

    #expect {
      try trial.load([("member", try trial.file("number,name\n000001,Lan\n")), ("member", cut)])
    } throws: { error in
      guard case LoadError.unreadable(cut, let cause) = error else { return false }
      return cause == DelimitedError(.quoteNeverClosed, line: 2, byteOffset: 19)
    }
    #expect(try trial.rowCount("member") == 0)
  }

  @Test func readsWhatIsDeclaredOfAFile() throws {
    let trial = try FamilySchema.trial()
    var format = DelimitedFormat()
    format.encoding = .windows1258
    format.names = ["number", "name"]
    let path = try trial.file(Array("000001\t".utf8) + [0xd0, 0xe2, 0xf2, 0x6e, 0x0a])
    let report = try trial.load([LoadInput(table: "member", path: path, format: format)])

    #expect(report.files[0].format.encoding == "windows-1258")
    #expect(report.files[0].format.headerLine == 0)
    #expect(try trial.text("member", "000001", "name") == "Đận")
  }
}
