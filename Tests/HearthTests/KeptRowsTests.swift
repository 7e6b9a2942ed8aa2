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

  @Test func knowsNoPolicyThatReplacesThem() {
    #expect(DuplicatePolicy(rawValue: "replace") == nil)
    #expect(DuplicatePolicy.allCases.map(\.rawValue) == ["reject", "keep"])
  }
}
