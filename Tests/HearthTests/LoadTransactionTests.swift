// A load is published as a whole or not at all, one at a time, and readers never see half of it.

import Foundation
import Hearth
import Support
import Testing

@Suite struct LoadTransactionTests {
  private let homes = "home_number,street\n0001,1 A\n0002,2 B\n"
  private let members = "number,home_number,name\n000001,0001,Lan\n000002,0002,Hoa\n"

  @Test func refusesAFileThatWasLoadedBefore() throws {
    let trial = try FamilySchema.trial()
    let files = [("home", try trial.file(homes)), ("member", try trial.file(members))]
    try trial.load(files)
    let copy = try trial.file(members)
    let before = try trial.database.read { try $0.rowCount(of: "member") }

    #expect(throws: LoadError.alreadyLoaded(path: copy)) { try trial.load([("member", copy)]) }
    #expect(throws: LoadError.alreadyLoaded(path: copy)) {
      try trial.load([("home", try trial.file("home_number\n0003\n")), ("member", copy)])
    }
    #expect(try trial.rowCount("member") == before)
    #expect(try trial.rowCount("home") == 2)
    #expect(try trial.row("home", "0003") == nil)
  }

  /// What a file holds tells, not its name, nor how it is compressed, nor the files beside it.
  @Test func knowsContentUnderAnyNameAndForm() throws {
    let trial = try FamilySchema.trial()
    let packed = try trial.file(gzipped([Array(members.utf8)]))
    let plain = try trial.file(members)
    let halves = try trial.file(
      gzipped([Array(members.utf8.prefix(30)), Array(members.utf8.dropFirst(30))]))
    let other = try trial.file("number,home_number,name\n000009,,\n")
    try trial.load([("member", packed)])

    for again in [plain, halves] {
      #expect(throws: LoadError.alreadyLoaded(path: again)) {
        try trial.load([("member", again)])
      }
      #expect(throws: LoadError.alreadyLoaded(path: again)) {
        try trial.load([("member", other), ("member", again)])
      }
    }
    #expect(throws: LoadError.fileRepeated(path: plain)) {
      let trial = try FamilySchema.trial()
      try trial.load([("member", packed), ("member", plain)])
    }
    #expect(try trial.load([("member", other)]).stored == 1)
  }

  /// Where it is allowed, keys still are unique.
  @Test func loadsAFileAgainWhereThatIsAllowed() throws {
    let trial = try FamilySchema.trial()
    let files = [("home", try trial.file(homes)), ("member", try trial.file(members))]
    try trial.load(files)
    let report = try trial.load(files, again: true)

    #expect(report.stored == 0)
    #expect(report.files.map(\.duplicates) == [2, 2])
    #expect(try trial.rowCount("home") == 2)
    #expect(try trial.rowCount("member") == 2)
    #expect(try trial.children(of: "0001", in: "home", "member", "name") == ["Lan"])
  }

  /// The same bytes may be rows of another table.
  @Test func knowsFilesByTable() throws {
    let trial = try FamilySchema.trial()
    let text = "number\n000001\n"
    try trial.load(("member", text))
    try trial.load(("paper", text))

    #expect(try trial.rowCount("paper") == 1)
  }

  @Test func leavesTheRegistryAsItWasWhenALoadFails() throws {
    let trial = try FamilySchema.trial()
    try trial.load(("home", homes), ("member", members))
    let rows = (0..<70_000).map { "\(100_000 + $0),0002,name \($0)\n" }.joined()
    let path = try trial.file("number,home_number,name\n" + rows + "000003,0001,\"open\n")
    let more = try trial.file("home_number,street\n0003,3 C\n")

    #expect(throws: LoadError.self) { try trial.load([("home", more), ("member", path)]) }
    #expect(try trial.rowCount("home") == 2)
    #expect(try trial.rowCount("member") == 2)
    #expect(try trial.row("home", "0003") == nil)
    #expect(try trial.row("member", "100000") == nil)
    #expect(try trial.text("member", "000002", "name") == "Hoa")

    let report = try trial.load([("home", more)])
    #expect(report.stored == 1)
    try trial.load(("member", "number,home_number,name\n" + rows))
    #expect(try trial.rowCount("member") == 70_002)
    #expect(try trial.text("home", "0003", "street") == "3 C")
    #expect(try trial.text("member", "169999", "name") == "name 69999")
    #expect(try trial.text("member", "000001", "name") == "Lan")
  }

  @Test func opensAfterAFailedLoad() throws {
    let path: String
    let folder: TemporaryFolder
    do {
      let trial = try FamilySchema.trial()
      try trial.load(("home", homes))
      #expect(throws: LoadError.self) {
        try trial.load([("member", try trial.file(members + "000003,0001,\"open\n"))])
      }
      (path, folder) = (trial.database.path, trial.folder)
    }
    let database = try Database(at: path)
    #expect(try database.read { try $0.rowCount(of: "home") } == 2)
    #expect(try database.read { try $0.rowCount(of: "member") } == 0)
    withExtendedLifetime(folder) {}
  }

  @Test func refusesASecondLoadAtATime() throws {
    let trial = try FamilySchema.trial()
    let second = try trial.file("number\n000009\n")
    let rows = (0..<70_000).map { "\(100_000 + $0),name\n" }.joined()
    var refused: [LoadError] = []
    var seen: [Int] = []
    let database = trial.database
    _ = try database.load([("member", try trial.file("number,name\n" + rows))]) { _ in
      do {
        _ = try database.load([("member", second)])
      } catch let error as LoadError {
        refused.append(error)
      } catch { Issue.record(error) }
      seen.append((try? database.read { try $0.rowCount(of: "member") }) ?? -1)
    }

    #expect(!refused.isEmpty)
    #expect(
      refused.allSatisfy { $0 == .store(.loadInProgress(path: database.path)) })
    #expect(seen.allSatisfy { $0 == 0 })
    #expect(try trial.rowCount("member") == 70_000)
    _ = try database.load([("member", second)])
    #expect(try trial.rowCount("member") == 70_001)
  }

  /// A snapshot shows one commit from its begin to its end, whatever is loaded meanwhile.
  @Test func showsReadersTheStateTheyBeganWith() throws {
    let trial = try FamilySchema.trial()
    try trial.load(("home", homes), ("member", members))
    try trial.database.read { (snapshot: Snapshot) throws in
      try trial.load(
        ("home", "home_number,street\n0003,3 C\n"),
        ("member", "number,home_number,name\n000003,0001,Mai\n000004,0003,Minh\n"))
      #expect(try snapshot.rowCount(of: "home") == 2)
      #expect(try snapshot.rows(of: "home", equal: "0003").isEmpty)
      #expect(try snapshot.rows(of: "member", equal: "000003").isEmpty)
      let home = try #require(try snapshot.rows(of: "home", equal: "0001").first)
      #expect(try snapshot.children(of: home, in: "member").count == 1)
      let counts = try trial.database.read { later in
        [try later.rowCount(of: "home"), try later.children(of: home, in: "member").count]
      }
      #expect(counts == [3, 2])
    }
    #expect(try trial.children(of: "0003", in: "home", "member", "name") == ["Minh"])
  }

  /// Before anything is read: of a load that took hours nothing would be known otherwise.
  @Test(arguments: [true, false])
  func failsWhereAListCannotBeWritten(isOfRejects: Bool) throws {
    let trial = try FamilySchema.trial()
    var options = LoadOptions()
    let path = trial.folder.file("no/such/folder/list.csv")
    if isOfRejects { options.rejectsPath = path } else { options.warningsPath = path }
    let file = try trial.file("home_number\n0001\n")

    #expect(throws: LoadError.rejectsUnwritable(path: path, ENOENT)) {
      try trial.database.load([("home", file)], options: options)
    }
    #expect(try trial.rowCount("home") == 0)
    #expect(try trial.load([("home", file)]).stored == 1)
  }

  @Test func refusesToLoadIntoARegistryOpenForReading() throws {
    var path = ""
    let folder: TemporaryFolder
    do {
      let trial = try FamilySchema.trial()
      (path, folder) = (trial.database.path, trial.folder)
    }
    let database = try Database(at: path, access: .readOnly)
    let file = try folder.write(homes, as: "homes.csv")

    #expect(throws: LoadError.self) { try database.load([("home", file)]) }
    #expect(try database.read { try $0.rowCount(of: "home") } == 0)
  }

  @Test func reportsProgressAndTime() throws {
    let trial = try FamilySchema.trial()
    var stages: [LoadProgress.Stage] = []
    let report = try trial.database.load([("home", try trial.file(homes))]) {
      stages.append($0.stage)
    }

    #expect(stages.contains(.indexes))
    #expect(stages.last == .publishing)
    #expect(report.seconds.total > 0)
    #expect(report.peakTotalBytes > 0)
    #expect(report.fileBytes > 0)
    #expect(report.files[0].bytes == homes.utf8.count)
    let decoded = try JSONDecoder().decode(LoadReport.self, from: JSONEncoder().encode(report))
    #expect(decoded == report)
  }
}
