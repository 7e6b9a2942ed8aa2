// Of two lines with one unique key the later is refused; its place is empty and all else is right.

import Hearth
import Support
import Testing

@Suite struct DuplicateTests {
  private let homes = "home_number\n0001\n0002\n0003\n"

  @Test func refusesTheLaterLine() throws {
    let trial = try FamilySchema.trial()
    let members = """
      number,home_number,name,mail,card
      000001,0001,One,a@x,10000000
      000002,0001,Two,b@x,20000000
      000001,0002,Again One,c@x,30000000
      000003,0002,Three,a@x,40000000
      000004,0002,Four,d@x,20000000
      000005,0003,Five,,
      000006,0003,Six,,

      """
    let report = try trial.load(("home", homes), ("member", members))

    #expect(report.stored == 3 + 4)
    #expect(report.files[1].duplicates == 3)
    #expect(
      try trial.rejects() == [
        "member,4,\(offset(of: "000001,0002", in: members)),number,duplicate",
        "member,5,\(offset(of: "000003,", in: members)),mail,duplicate",
        "member,6,\(offset(of: "000004,", in: members)),card,duplicate",
      ])
    #expect(try trial.rowCount("member") == 4)
    #expect(try trial.text("member", "000001", "name") == "One")
    #expect(try trial.row("member", "000003") == nil)
    #expect(try trial.row("member", "c@x", by: "mail") == nil)
    #expect(try trial.text("member", "000002", "name") == "Two")
    #expect(try trial.children(of: "0001", in: "home", "member", "number") == ["000001", "000002"])
    #expect(try trial.children(of: "0002", in: "home", "member", "number") == [])
    #expect(try trial.children(of: "0003", in: "home", "member", "number") == ["000005", "000006"])
  }

  /// A refused row holds none of its keys: a later row that shares only another key with it is
  /// stored.
  ///
  /// It was refused once, and nobody had its key then.
  @Test func letsARefusedRowHoldNoKey() throws {
    let trial = try FamilySchema.trial()
    let members = """
      number,mail,card
      000001,a@x,10000000
      000001,b@x,20000000
      000002,b@x,30000000
      000003,c@x,30000000
      000004,c@x,20000000

      """
    try trial.load(("member", members))

    #expect(
      try trial.rejects() == [
        "member,3,\(offset(of: "000001,b", in: members)),number,duplicate",
        "member,5,\(offset(of: "000003,", in: members)),card,duplicate",
      ])
    #expect(try trial.row("member", "000002") != nil)
    #expect(try trial.row("member", "000004") != nil)
    #expect(try trial.text("member", "000004", "mail") == "c@x")
    #expect(try trial.row("member", "b@x", by: "mail")?["number"] == .digits("000002"))
  }

  /// Children name a parent by its key, so they belong to the row that was stored.
  @Test func givesChildrenToTheRowThatStays() throws {
    let trial = try FamilySchema.trial()
    let report = try trial.load(
      ("home", "home_number,street\n0001,first\n0002,other\n0001,second\n0003,third\n"),
      ("member", "number,home_number\n000001,0001\n000002,0001\n000003,0002\n000004,0003\n"),
      ("paper", "number,value\n000001,p1\n000002,p2\n000004,p4\n"))

    #expect(report.files[0].duplicates == 1)
    #expect(report.files[1].stored == 4)
    #expect(report.files[1].late == 0)
    #expect(try trial.text("home", "0001", "street") == "first")
    #expect(try trial.children(of: "0001", in: "home", "member", "number") == ["000001", "000002"])
    #expect(try trial.children(of: "0002", in: "home", "member", "number") == ["000003"])
    #expect(try trial.children(of: "0003", in: "home", "member", "number") == ["000004"])
    #expect(try trial.text("member", "000002", "street") == "first")
    #expect(try trial.children(of: "000004", in: "member", "paper", "value") == ["p4"])
  }

  @Test func refusesKeysOfAnEarlierLoad() throws {
    let trial = try FamilySchema.trial()
    try trial.load(
      ("home", homes), ("member", "number,home_number,mail\n000001,0001,a@x\n000002,0001,b@x\n"))
    let second = "number,home_number,mail\n000002,0002,c@x\n000003,0002,a@x\n000004,0002,c@x\n"
    let report = try trial.load(("home", "home_number\n0003\n0004\n"), ("member", second))

    #expect(report.stored == 2)
    #expect(report.refused == 3)
    #expect(
      try trial.rejects() == [
        "home,2,12,home_number,duplicate",
        "member,2,\(offset(of: "000002", in: second)),number,duplicate",
        "member,3,\(offset(of: "000003", in: second)),mail,duplicate",
      ])
    #expect(try trial.row("member", "000002")?["home_number"] == .digits("0001"))
    #expect(try trial.children(of: "0001", in: "home", "member", "number") == ["000001", "000002"])
    #expect(try trial.children(of: "0002", in: "home", "member", "number") == ["000004"])
    #expect(try trial.rowCount("home") == 4)
    #expect(try trial.rowCount("member") == 3)
  }

  /// Absent keys are no keys: many rows may have none.
  @Test func storesManyRowsWithoutAKey() throws {
    let trial = try FamilySchema.trial()
    let report = try trial.load(("member", "number,mail,card\n,,\n,,\n,,\n"))

    #expect(report.stored == 3)
  }

  /// Many rows with one key, over several segments: the first stays.
  @Test func keepsTheFirstOfManyOverSegments() throws {
    let trial = try FamilySchema.trial()
    let lines = (0..<70_000).map { "\(100_000 + $0),\($0 % 35_000 + 10_000_000)" }
    let report = try trial.load(("member", "number,card\n" + lines.joined(separator: "\n")))

    #expect(report.stored == 35_000)
    let rejects = try trial.rejects()
    #expect(rejects.count == 35_000)
    for index in [0, 1, 17_000, 30_536, 34_999] {
      #expect(
        rejects[index] == "member,\(35_002 + index),\(12 + 16 * (35_000 + index)),card,duplicate")
      #expect(try trial.row("member", String(135_000 + index)) == nil)
      #expect(
        try trial.row("member", String(10_000_000 + index), by: "card")?["number"]
          == .digits(String(100_000 + index)))
    }
  }
}
