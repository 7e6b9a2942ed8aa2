// What becomes of rows whose key is in the registry already: refused, or left out and counted.

import Hearth
import Support
import Testing

@Suite struct KeptRowsTests {
  private let first = "number,home_number,name,mail\n000001,0001,Lan,a@x\n000002,0001,Hoa,b@x\n"
  private let homes = "home_number\n0001\n0002\n"
  /// A person who is there, one who is new, and the new one again.
  private let second = """
    number,home_number,name,mail
    000001,0001,Other,c@x
    000003,0002,Mai,d@x
    000003,0002,Again,e@x

    """

  private func trial() throws -> Trial {
    let trial = try FamilySchema.trial()
    try trial.load(("home", homes), ("member", first))
    return trial
  }

  private func load(_ trial: Trial, _ text: String, _ policy: DuplicatePolicy) throws
    -> LoadReport
  {
    var options = LoadOptions()
    options.onDuplicate = policy
    options.rejectsPath = trial.rejectsPath
    let report = try trial.database.load([("member", try trial.file(text))], options: options)
    #expect(try trial.database.verify().findings == [])
    return report
  }

  @Test func refusesAndListsThem() throws {
    let trial = try trial()
    let report = try load(trial, second, .reject)

    #expect(report.stored == 1)
    #expect(report.files[0].duplicates == 2)
    #expect(report.files[0].kept == 0)
    #expect(try trial.rejects().map { $0.split(separator: ",")[1] } == ["2", "4"])
  }

  /// The row that is there stays; among the load's own rows the later is refused as ever.
  @Test func leavesThemOutAndCountsThem() throws {
    let trial = try trial()
    let report = try load(trial, second, .keep)

    #expect(report.stored == 1)
    #expect(report.refused == 1)
    #expect(report.files[0].kept == 1)
    #expect(report.files[0].duplicates == 1)
    #expect(
      try trial.rejects() == [
        "member,4,\(offset(of: "000003,0002,Again", in: second)),number,duplicate"
      ])
    #expect(try trial.text("member", "000001", "name") == "Lan")
    #expect(try trial.row("member", "c@x", by: "mail") == nil)
    #expect(try trial.rowCount("member") == 3)
    #expect(try trial.children(of: "0001", in: "home", "member", "number") == ["000001", "000002"])
  }

  /// A new person with a number of another is no person who is there.
  @Test func refusesNewKeysWithAnothersNumber() throws {
    let trial = try trial()
    let report = try load(trial, "number,mail\n000009,a@x\n", .keep)

    #expect(report.stored == 0)
    #expect(report.files[0].kept == 0)
    #expect(try trial.rejects() == ["member,2,12,mail,duplicate"])
  }

  /// The row that is there takes what the file says, and keeps what the file has no column for.
  @Test func givesTheirValuesToTheRowsThatAreThere() throws {
    let trial = try trial()
    let report = try load(trial, second, .replace)

    #expect(report.stored == 1)
    #expect(report.refused == 1)
    #expect(report.files[0].replaced == 1)
    #expect(report.files[0].duplicates == 1)
    #expect(try trial.text("member", "000001", "name") == "Other")
    #expect(try trial.row("member", "c@x", by: "mail")?["number"].description == "000001")
    #expect(try trial.row("member", "a@x", by: "mail") == nil)
    #expect(try trial.rowCount("member") == 3)
    #expect(try trial.children(of: "0001", in: "home", "member", "number") == ["000001", "000002"])
    #expect(try trial.database.seal() == 0)

    let moved = try load(trial, "number,home_number\n000001,0002\n", .replace)
    #expect(moved.files[0].replaced == 1)
    #expect(try trial.text("member", "000001", "name") == "Other")
    #expect(try trial.children(of: "0001", in: "home", "member", "number") == ["000002"])
    #expect(try trial.children(of: "0002", in: "home", "member", "number") == ["000003", "000001"])
  }

  /// Members of a home that is there belong to it, whatever it takes from the same load.
  @Test func givesHomesAndTheirMembersNewValuesInOneLoad() throws {
    let trial = try trial()
    var options = LoadOptions()
    options.onDuplicate = .replace
    let report = try trial.database.load(
      [
        ("home", try trial.file("home_number,street\n0001,5 New Street\n0003,1 Third Street\n")),
        ("member", try trial.file("number,home_number,name\n000001,0001,Lan\n000009,0001,Yen\n")),
      ], options: options)

    #expect(report.files.map(\.replaced) == [1, 1])
    #expect(report.files.map(\.stored) == [1, 1])
    #expect(try trial.text("home", "0001", "street") == "5 New Street")
    #expect(try trial.text("member", "000001", "mail") == "a@x")
    #expect(
      try trial.children(of: "0001", in: "home", "member", "number")
        == ["000001", "000002", "000009"])
    #expect(try trial.database.verify().findings == [])
  }

  /// What would break a rule replaces nothing, and is listed.
  @Test func leavesARowAsItIsThatWouldTakeAnothersNumber() throws {
    let trial = try trial()
    let report = try load(trial, "number,name,mail\n000001,Other,b@x\n", .replace)

    #expect(report.refused == 1)
    #expect(report.files[0].replaced == 0)
    #expect(try trial.rejects() == ["member,2,17,mail,duplicate"])
    #expect(try trial.text("member", "000001", "name") == "Lan")
  }

  @Test func replacesNothingInADryRun() throws {
    let trial = try trial()
    var options = LoadOptions()
    (options.onDuplicate, options.isDryRun) = (.replace, true)
    let report = try trial.database.load([("member", try trial.file(second))], options: options)

    #expect(report.files[0].replaced == 1)
    #expect(try trial.text("member", "000001", "name") == "Lan")
    #expect(try trial.rowCount("member") == 2)
  }
}
