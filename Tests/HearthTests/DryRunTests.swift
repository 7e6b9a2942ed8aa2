// A dry run reads, judges and reports all that a load would, and writes nothing to the registry.

import Foundation
import Hearth
import Support
import Testing

@Suite struct DryRunTests {
  private let homes = "home_number,street,region\n0001,1 A,01\n0002,2 B,77\nx,,\n"
  private let members = """
    number,home_number,name,mail
    000001,0001,Lan,a@x
    000002,0009,Hoa,b@x
    000003,0002,Mai Hoa,c@x
    000003,0002,Again,d@x

    """

  private func tried(_ trial: Trial, _ files: [(table: String, path: String)]) throws
    -> LoadReport
  {
    var options = LoadOptions()
    options.isDryRun = true
    options.rejectsPath = trial.rejectsPath
    return try trial.database.load(files, options: options)
  }

  /// The same counts and the same list as the load that follows, be the registry empty or not.
  @Test(arguments: [false, true]) func tellsWhatALoadWouldDo(isEmpty: Bool) throws {
    let trial = try FamilySchema.trial()
    if !isEmpty {
      try trial.load(
        ("home", "home_number,street,region\n0001,9 Z,88\n0007,,\n"),
        ("member", "number,home_number,name,mail\n000007,0007,Lan Anh,c@x\n000001,,,\n"))
    }
    let files = [("home", try trial.file(homes)), ("member", try trial.file(members))]
    let tried = try tried(trial, files)
    let list = try trial.rejects()
    let loaded = try trial.load(files)

    #expect(tried.isDryRun)
    #expect(!loaded.isDryRun)
    #expect(list == (try trial.rejects()))
    #expect(!list.isEmpty)
    #expect(tried.files == loaded.files)
    #expect(tried.stored == loaded.stored)
    #expect(tried.refusals == loaded.refusals)
    #expect(tried.findings == loaded.findings)
  }

  @Test func writesNothing() throws {
    let trial = try FamilySchema.trial()
    try trial.load(("home", "home_number,street\n0005,5 E\n"))
    let path = trial.database.path
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    let names = try FileManager.default.contentsOfDirectory(atPath: trial.folder.path).sorted()
    let rows = (0..<70_000).map { "\(100_000 + $0),0001,name \($0)\n" }.joined()
    let files = [
      ("home", try trial.file(homes)),
      ("member", try trial.file("number,home_number,name\n" + rows)),
    ]
    let report = try tried(trial, files)

    #expect(report.stored == 70_002)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    let new = try FileManager.default.contentsOfDirectory(atPath: trial.folder.path)
      .filter { !names.contains($0) }
    #expect(new.sorted() == ["input2.csv", "input3.csv", "rejects.csv"])
    #expect(try trial.database.verify().leftovers == 0)
    #expect(try trial.rowCount("home") == 1)
    #expect(try trial.row("home", "0001") == nil)
    // What was tried was not loaded, so it can be.
    #expect(try trial.load(files).stored == 70_002)
    #expect(try trial.text("member", "169999", "name") == "name 69999")
  }

  @Test func failsWhereALoadWouldFail() throws {
    let trial = try FamilySchema.trial()
    let path = try trial.file(homes)
    try trial.load([("home", path)])

    #expect(throws: LoadError.alreadyLoaded(path: path)) { try tried(trial, [("home", path)]) }
    #expect(throws: LoadError.self) {
      try tried(trial, [("member", try trial.file("number\n000001\n\"open"))])
    }
  }
}
