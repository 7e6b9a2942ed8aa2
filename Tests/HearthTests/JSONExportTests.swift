// What is exported as JSON holds every value that comma-separated text has, and trees hold every
// row that belongs to theirs.

import Foundation
import Hearth
import Support
import Testing

@Suite struct JSONExportTests {
  /// The lines of an export, each read by another reader of JSON.
  private func objects(
    _ trial: Trial, _ table: String, as format: ExportFormat = .ndjson,
    where condition: String = "",
    fields: [String]? = nil, jobs: Int? = nil
  ) throws -> [[String: Any]] {
    try lines(trial, table, as: format, where: condition, fields: fields, jobs: jobs).map { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
      return try #require(object as? [String: Any])
    }
  }

  private func lines(
    _ trial: Trial, _ table: String, as format: ExportFormat, where condition: String = "",
    fields: [String]? = nil, jobs: Int? = nil
  ) throws -> [String] {
    var bytes: [UInt8] = []
    let count = try trial.database.read { snapshot in
      try snapshot.export(table, as: format, where: condition, fields: fields, jobs: jobs) { span in
        span.withUnsafeBytes { bytes.append(contentsOf: $0) }
      }
    }
    let text = try #require(String(validating: bytes, as: UTF8.self))
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines.count == count)
    return lines
  }

  /// Numbers keep their zeros and all their digits, days their precision; flags are no strings.
  @Test func writesValuesAsStringsAndFlagsAsFlags() throws {
    let trial = try ThingSchema.trial()
    try trial.load(
      (
        "thing",
        """
        number,name,note,place,level,tag,born,size,price,good
        0001,Đặng Thị Hoa,"a ""b"", c","5 phố Huế",A,né,1999-02,9007199254740993,-0.50,1
        0002,,,,,,,,,0
        0003,x,"two\nlines\tand \\",y\u{2028}z,C,"a,b",1957,-9223372036854775807,100.00,

        """
      ))
    let fields = ThingSchema.header.split(separator: ",").map(String.init)
    let things = try objects(trial, "thing", fields: fields)
    #expect(
      things[0] as NSDictionary == [
        "number": "0001", "name": "Đặng Thị Hoa", "note": "a \"b\", c", "place": "5 phố Huế",
        "level": "A", "tag": "né", "born": "1999-02", "size": "9007199254740993",
        "price": "-0.50", "good": true,
      ])
    #expect(things[1] as NSDictionary == ["number": "0002", "good": false])
    #expect(
      things[2] as NSDictionary == [
        "number": "0003", "name": "x", "note": "two\nlines\tand \\", "place": "y\u{2028}z",
        "level": "C", "tag": "a,b", "born": "1957", "size": "-9223372036854775807",
        "price": "100.00",
      ])
    // A line is one for whoever splits at any kind of line end.
    #expect(try lines(trial, "thing", as: .ndjson).allSatisfy { !$0.contains("\u{2028}") })
  }

  @Test func writesARowAsItWritesALine() throws {
    let trial = try ThingSchema.trial()
    try trial.load(
      ("thing", "number,name,note,born,size,good\n0001,Đặng Hoa,\"a \"\"b\"\"\n\",1999-02,-7,0\n"))
    let line = try #require(try lines(trial, "thing", as: .ndjson).first)
    #expect(try trial.row("thing", "0001")?.json == line)
  }

  private func family() throws -> Trial {
    let trial = try FamilySchema.trial()
    try trial.load(
      ("home", "home_number,street,region\n0001,1 Low,01\n0002,2 High,02\n0003,3 Mid,01\n"),
      (
        "member",
        """
        number,home_number,name,street
        000011,0001,Ann Bee,1 Low
        000012,0001,Cyd Dee,elsewhere
        000031,0003,Eva Foo,3 Mid
        000099,,Nobody Home,away

        """
      ),
      ("paper", "number,value\n000011,A1\n000011,A2\n000031,E1\n"))
    // These are not at their parents' places.
    try trial.load(
      ("member", "number,home_number,name\n000013,0001,Gus Hee\n"),
      ("paper", "number,value\n000012,C1\n"))
    return trial
  }

  @Test(arguments: [1, 3])
  func nestsTheRowsThatBelongToARow(jobs: Int) throws {
    let trial = try family()
    let fields = ["home_number", "member.number", "paper.value"]
    let homes = try lines(trial, "home", as: .tree, fields: fields, jobs: jobs)
    #expect(
      homes == [
        #"{"home_number":"0001","member":[{"number":"000011","paper":[{"value":"A1"},"#
          + #"{"value":"A2"}]},{"number":"000012","paper":[{"value":"C1"}]},"#
          + #"{"number":"000013","paper":[]}]}"#,
        #"{"home_number":"0002","member":[]}"#,
        #"{"home_number":"0003","member":[{"number":"000031","paper":[{"value":"E1"}]}]}"#,
      ])
  }

  /// Any table that others belong to makes trees, with all fields unless some are named.
  @Test func makesTreesOfAnyParent() throws {
    let trial = try family()
    let members = try objects(trial, "member", as: .tree, where: "region = 01")
    #expect(members.map { $0["number"] as? String } == ["000011", "000012", "000031", "000013"])
    for member in members {
      var flat = member
      let papers = try #require(flat.removeValue(forKey: "paper") as? [[String: Any]])
      let number = try #require(flat["number"] as? String)
      let same = try objects(trial, "member", where: "number = \(number)")
      #expect(flat as NSDictionary == same[0] as NSDictionary)
      #expect(papers.allSatisfy { $0["number"] as? String == number })
    }
    #expect(try objects(trial, "home", as: .tree, where: "region = 02").count == 1)
  }

  @Test func leavesOutTablesOfWhichNothingIsNamed() throws {
    let trial = try family()
    #expect(
      try lines(trial, "home", as: .tree, where: "region = 02", fields: ["street"])
        == [#"{"street":"2 High"}"#])
    #expect(
      try lines(trial, "home", as: .tree, where: "home_number = 0003", fields: ["paper.value"])
        == [#"{"member":[{"paper":[{"value":"E1"}]}]}"#])
  }

  @Test func refusesNamesThatAreNotInTheTree() throws {
    let trial = try family()
    func failure(_ table: String, _ fields: [String]?) -> QueryFailure? {
      do {
        _ = try lines(trial, table, as: .tree, fields: fields)
        return nil
      } catch { return error as? QueryFailure }
    }
    #expect(failure("paper", nil) == .notAParent("paper"))
    #expect(failure("home", ["persons.name"]) == .unknownTable("persons"))
    #expect(failure("member", ["home.street"]) == .notAChild(table: "home", parent: "member"))
    #expect(failure("home", ["member.age"]) == .unknownField(table: "member", field: "age"))
    #expect(
      failure("home", ["member.name", "member.name"])
        == .fieldRepeated(table: "member", field: "name"))
    #expect(failure("home", []) == .noFields(table: "home"))
  }

  /// Else an object would have two members of one name.
  @Test func refusesAFieldWithTheNameOfATableInTheTree() throws {
    let trial = try Trial([
      table(
        "home", key: "number",
        fields: [field(1, "number", "digits(4)"), field(2, "member", "text")],
        indexes: [unique("number")]),
      table(
        "member", fields: [field(1, "home", "digits(4)")],
        #""parent": {"table": "home", "field": "home"}"#),
    ])
    #expect(throws: QueryFailure.nameTaken(table: "member", by: "home")) {
      try lines(trial, "home", as: .tree)
    }
    #expect(try lines(trial, "home", as: .tree, fields: ["number", "member.home"]) == [])
  }
}
