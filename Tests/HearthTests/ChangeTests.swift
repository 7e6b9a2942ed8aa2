// Changes of single rows, as readers of every kind see them.

import Foundation
import Support
import Synchronization
import Testing

@testable import Hearth
@testable import Store

struct ChangeTests {
  private static let homes = """
    home_number,street,region
    1000,1 Long Street,01
    1001,2 Long Street,02
    1002,3 Long Street,01

    """
  private static let members = """
    number,home_number,name,mail,street,region,card
    100001,1000,An Van Binh,a@x,1 Long Street,01,10000001
    100002,1000,Bao Thi Chi,,1 Long Street,01,
    100003,1001,Chi Van Dung,c@x,9 Other Street,02,10000003
    100004,1002,Dung Thi Em,,3 Long Street,01,

    """

  private func trial() throws -> Trial {
    let trial = try FamilySchema.trial()
    try trial.load(("home", Self.homes), ("member", Self.members))
    return trial
  }

  // MARK: What a change does

  @Test func insertedRowsAreFoundByEveryKeyAndByTheirParent() throws {
    let trial = try trial()
    try trial.database.write { change in
      try change.insert(
        into: "member",
        ["number": "200001", "home_number": "1001", "name": "Giang Van Ha", "mail": "g@x"])
    }
    #expect(try trial.text("member", "200001", "name") == "Giang Van Ha")
    #expect(try trial.row("member", "g@x", by: "mail")?["number"].description == "200001")
    #expect(try trial.children(of: "1001", in: "home", "member", "number") == ["100003", "200001"])
    #expect(try trial.text("member", "200001", "street") == "2 Long Street")
    #expect(try trial.rowCount("member") == 5)
  }

  @Test func updatedRowsAreNoLongerFoundByTheirOldKeys() throws {
    let trial = try trial()
    try trial.database.write { change in
      try change.update("member", equals: "100001", set: ["number": "300001", "mail": nil])
    }
    #expect(try trial.row("member", "100001") == nil)
    #expect(try trial.row("member", "a@x", by: "mail") == nil)
    #expect(try trial.text("member", "300001", "card") == "10000001")
    try trial.database.write { change in
      try change.update("member", equals: "300001", set: ["number": "100001"])
    }
    #expect(try trial.row("member", "300001") == nil)
    #expect(try trial.text("member", "100001", "name") == "An Van Binh")
  }

  @Test func deletedRowsAreGone() throws {
    let trial = try trial()
    try trial.database.write { try $0.delete(from: "member", equals: "100004") }
    #expect(try trial.row("member", "100004") == nil)
    #expect(try trial.rowCount("member") == 3)
    #expect(try trial.children(of: "1002", in: "home", "member", "number") == [])
    try trial.database.write { try $0.delete(from: "home", equals: "1002") }
    #expect(try trial.rowCount("home") == 2)
  }

  @Test func movedMembersFollowTheirNewHomeWhereTheyFollowedTheOld() throws {
    let trial = try trial()
    try trial.database.write { change in
      for number in ["100001", "100003"] {
        try change.update("member", equals: number, set: ["home_number": "1002"])
      }
    }
    #expect(try trial.text("member", "100001", "street") == "3 Long Street")
    #expect(try trial.text("member", "100003", "street") == "9 Other Street")
    #expect(
      try trial.children(of: "1002", in: "home", "member", "number")
        == ["100004", "100001", "100003"])
    #expect(try trial.children(of: "1000", in: "home", "member", "number") == ["100002"])
  }

  @Test func membersKeepWhatTheyHadWhenTheirHomeChanges() throws {
    let trial = try trial()
    try trial.database.write { change in
      try change.update("home", equals: "1000", set: ["street": "7 New Street", "region": "02"])
    }
    #expect(try trial.text("home", "1000", "street") == "7 New Street")
    #expect(try trial.text("member", "100002", "street") == "1 Long Street")
    #expect(try trial.text("member", "100002", "region") == "01")
  }

  @Test func aHomesNumberFollowsIntoItsMembers() throws {
    let trial = try trial()
    try trial.database.write { change in
      try change.update("home", equals: "1000", set: ["home_number": "2000"])
    }
    #expect(try trial.text("member", "100002", "home_number") == "2000")
    #expect(
      try trial.children(of: "2000", in: "home", "member", "number") == ["100001", "100002"])
  }

  @Test func aHomeKeepsItsHeadAndCountWhenMembersChange() throws {
    let trial = try trial()
    try trial.database.write { change in
      try change.update("member", equals: "100001", set: ["number": "300001"])
      try change.delete(from: "member", equals: "100002")
    }
    #expect(try trial.text("home", "1000", "head") == "100001")
    #expect(try trial.text("home", "1000", "member_count") == "2")
  }

  // MARK: What is refused

  @Test(arguments: [
    ("member", ["number": "100002"], ChangeError(.duplicateKey, table: "member", field: "number")),
    ("member", ["mail": "c@x"], ChangeError(.duplicateKey, table: "member", field: "mail")),
    (
      "member", ["home_number": "9999"],
      ChangeError(.parentMissing, table: "member", field: "home_number")
    ),
    (
      "member", ["card": "12"],
      ChangeError(
        .notAValue(.wrongLength), table: "member", field: "card")
    ),
    ("member", ["age": "12"], ChangeError(.unknownField, table: "member", field: "age")),
    ("people", ["age": "12"], ChangeError(.unknownTable, table: "people")),
  ])
  func refusedChangesDoNothing(
    table: String, values: [String: String], error: ChangeError
  ) throws {
    let trial = try trial()
    #expect(throws: error) {
      try trial.database.write { change in
        try change.update("member", equals: "100004", set: ["name": "Not To Be"])
        try change.insert(into: table, values)
      }
    }
    #expect(try trial.text("member", "100004", "name") == "Dung Thi Em")
    #expect(try trial.rowCount("member") == 4)
  }

  @Test func aHomeWithMembersIsNotDeleted() throws {
    let trial = try trial()
    #expect(throws: ChangeError(.childrenRemain, table: "home")) {
      try trial.database.write { try $0.delete(from: "home", equals: "1000") }
    }
    #expect(throws: ChangeError(.rowMissing, table: "home")) {
      try trial.database.write { try $0.delete(from: "home", equals: "4000") }
    }
    #expect(try trial.rowCount("home") == 3)
  }

  @Test func aReadOnlyRegistryIsNotChanged() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("registry")
    let schema = try FamilySchema.trial().database.schema
    _ = try Database.create(at: path, schema: schema)
    let database = try Database(at: path)
    #expect(throws: StoreError.self) {
      try database.write { try $0.insert(into: "home", ["home_number": "1"]) }
    }
  }

  // MARK: Snapshots and threads

  @Test func aSnapshotNeverSeesALaterChange() throws {
    let trial = try trial()
    try trial.database.read { snapshot in
      try trial.database.write { change in
        try change.update("member", equals: "100001", set: ["name": "Later"])
        try change.insert(into: "home", ["home_number": "5000"])
      }
      #expect(
        try snapshot.rows(of: "member", equal: "100001").first?["name"].description
          == "An Van Binh")
      #expect(try snapshot.rowCount(of: "home") == 3)
    }
    #expect(try trial.text("member", "100001", "name") == "Later")
  }

  /// Runs `body` on several threads at once.
  private func concurrently(
    _ count: Int, _ body: @escaping @Sendable (_ thread: Int) throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for thread in 0..<count { group.addTask { try body(thread) } }
      try await group.waitForAll()
    }
  }

  @Test func changesOfManyThreadsAreAllKept() async throws {
    let trial = try trial()
    let database = trial.database
    try await concurrently(4) { thread in
      for number in 0..<50 {
        try database.write { change in
          try change.insert(
            into: "member", ["number": "4\(thread)\(1_000 + number)", "home_number": "1000"])
        }
      }
    }
    #expect(try trial.rowCount("member") == 204)
    #expect(try trial.children(of: "1000", in: "home", "member", "number").count == 202)
  }

  @Test func aClosedRegistryOpensWithItsChanges() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("registry")
    let schema = try FamilySchema.trial().database.schema
    do {
      let database = try Database.create(at: path, schema: schema)
      try database.write { change in
        try change.insert(into: "home", ["home_number": "1000", "region": "new"])
        try change.insert(into: "member", ["number": "100001", "home_number": "1000"])
      }
    }
    let rows = try Database(at: path).read { snapshot in
      try snapshot.rows(of: "member", equal: "100001")
    }
    #expect(rows.map { $0["region"].description } == ["new"])
  }

  // MARK: Sealing

  @Test func sealingLeavesEveryValueAsItWas() throws {
    let trial = try trial()
    try trial.database.write { change in
      try change.update("home", equals: "1000", set: ["street": "7 New Street", "region": "new"])
      try change.update("member", equals: "100001", set: ["number": "300001"])
      try change.insert(into: "member", ["number": "200001", "home_number": "1000"])
      try change.delete(from: "member", equals: "100003")
    }
    #expect(try trial.database.seal() == 6)
    #expect(try trial.database.seal() == 0)
    #expect(try trial.text("home", "1000", "street") == "7 New Street")
    #expect(try trial.text("home", "1000", "head") == "100001")
    #expect(try trial.text("member", "100002", "street") == "1 Long Street")
    #expect(try trial.text("member", "200001", "region") == "new")
    #expect(try trial.row("member", "100001") == nil)
    #expect(try trial.row("member", "100003") == nil)
    #expect(
      try trial.children(of: "1000", in: "home", "member", "number")
        == ["300001", "100002", "200001"])
    #expect(try trial.rowCount("member") == 4)
  }

  @Test func changesSealByThemselvesWhenManyRowsLieApart() throws {
    let trial = try trial()
    trial.database.registry.freshRowCountAtRest.store(2, ordering: .relaxed)
    try trial.database.write { change in
      for number in ["100001", "100002"] {
        try change.update("member", equals: number, set: ["name": "New Van Name"])
      }
    }
    #expect(try trial.database.seal() == 2)
    try trial.database.write { change in
      for number in ["100001", "100002", "100003"] {
        try change.update("member", equals: number, set: ["name": "Newer Van Name"])
      }
    }
    #expect(try trial.database.seal() == 0)
    for number in ["100001", "100002", "100003"] {
      #expect(try trial.text("member", number, "name") == "Newer Van Name")
    }
  }

  @Test func changesAndSealingsOfManyThreadsLoseNothing() async throws {
    let trial = try trial()
    let database = trial.database
    database.registry.freshRowCountAtRest.store(7, ordering: .relaxed)
    try await concurrently(3) { thread in
      for number in 0..<40 {
        try database.write { change in
          try change.insert(
            into: "member", ["number": "4\(thread)\(1_000 + number)", "home_number": "1000"])
          try change.update(
            "member", equals: "10000\(thread + 1)", set: ["name": "Name Van \(number)"])
        }
        if number % 8 == thread { try database.seal() }
      }
    }
    #expect(try trial.rowCount("member") == 124)
    #expect(try trial.children(of: "1000", in: "home", "member", "number").count == 122)
    for thread in 0..<3 {
      #expect(try trial.text("member", "10000\(thread + 1)", "name") == "Name Van 39")
    }
    #expect(try database.verify().findings == [])
  }

  // MARK: Loads

  @Test func aLoadSeesWhatChangesLeft() throws {
    let trial = try trial()
    try trial.database.write { change in
      try change.update("member", equals: "100001", set: ["number": "300001"])
      try change.insert(into: "home", ["home_number": "5000", "street": "5 Far Street"])
      try change.insert(into: "member", ["number": "200001", "home_number": "5000"])
    }
    let report = try trial.load(
      (
        "member",
        """
        number,home_number,name
        100001,5000,May Be Again
        200001,1000,Two Times
        300001,1000,Two Times
        400001,5000,New Thi One

        """
      ))
    #expect(report.stored == 2)
    let rejects = try trial.rejects()
    #expect(rejects == ["member,3,49,number,duplicate", "member,4,71,number,duplicate"])
    let name100001 = try trial.text("member", "100001", "name")
    #expect(name100001 == "May Be Again")
    let name300001 = try trial.text("member", "300001", "name")
    #expect(name300001 == "An Van Binh")
    #expect(
      try trial.children(of: "5000", in: "home", "member", "number")
        == ["200001", "100001", "400001"])
    try trial.database.write { change in
      try change.update("member", equals: "400001", set: ["number": "400002"])
      try change.delete(from: "member", equals: "200001")
    }
    try trial.database.seal()
    #expect(try trial.database.verify().findings == [])
    #expect(try trial.row("member", "400001") == nil)
    #expect(try trial.rowCount("member") == 6)
  }

  @Test func changesAreRefusedWhileALoadRuns() throws {
    let trial = try trial()
    let database = trial.database
    let path = try trial.file("home_number\n6000\n")
    var refused = false
    _ = try database.load([(table: "home", path: path)]) { _ in
      do {
        try database.write { try $0.delete(from: "member", equals: "100004") }
      } catch StoreError.loadInProgress {
        refused = true
      } catch {
        Issue.record("\(error)")
      }
    }
    #expect(refused)
    #expect(try trial.row("member", "100004") != nil)
    try database.write { try $0.delete(from: "member", equals: "100004") }
    #expect(try trial.row("member", "100004") == nil)
  }

  // MARK: Random changes

  /// `tools/check/model` runs more of it.
  @Test(arguments: CampaignSize.seeds)
  func randomChangesLeaveWhatDictionariesHold(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed) + 77)
    let trial = try FamilySchema.trial()
    var model = ChangeModel()
    try fill(trial, &model, &random)
    var past: [(moment: Moment, model: ChangeModel)] = []
    for step in 0..<CampaignSize.steps {
      try changeBoth(trial, &model, &random)
      if step % 6 == 5 { try compare(trial, model) }
      if step % 15 == 11 {
        past.append((try lastMoment(trial), model))
        #expect(try trial.database.verify().findings == [])
        try trial.database.seal()
        try compare(trial, model)
        #expect(try trial.database.verify().findings == [])
      }
    }
    for (moment, model) in past { try compare(trial, model, at: moment) }
  }

  /// When the last change was recorded.
  private func lastMoment(_ trial: Trial) throws -> Moment {
    let snapshot = try trial.database.registry.beginSnapshot()
    let record = try snapshot.change(try snapshot.lastChange())
    let number = try snapshot.lastChange()
    return Moment(knownAt: try #require(record, "change \(number)").microseconds)
  }

  private func fill(
    _ trial: Trial, _ model: inout ChangeModel, _ random: inout SeededGenerator
  ) throws {
    var (homes, members) = (
      "home_number,street,region\n", "number,home_number,name,mail,street,region,card\n"
    )
    for home in 0..<12 {
      let region = Bool.random(using: &random) ? "01" : "02"
      homes += "\(1_000 + home),\(home) Long Street,\(region)\n"
      let count = Int.random(in: 0...4, using: &random)
      var values = [
        "home_number": "\(1_000 + home)", "street": "\(home) Long Street", "region": region,
        "member_count": "\(count)",
      ]
      if count > 0 { values["head"] = "\(100_000 + home * 10)" }
      model.load(home: values)
      for member in 0..<count {
        let number = "\(100_000 + home * 10 + member)"
        members += "\(number),\(1_000 + home),N\(member) Van Ha,,\(home) Long Street,\(region),\n"
        model.load(member: [
          "number": number, "home_number": "\(1_000 + home)", "name": "N\(member) Van Ha",
          "street": "\(home) Long Street", "region": region,
        ])
      }
    }
    try trial.load(("home", homes), ("member", members))
  }

  /// Runs a few random steps as one change in the registry and in the model.
  private func changeBoth(
    _ trial: Trial, _ model: inout ChangeModel, _ random: inout SeededGenerator
  ) throws {
    let steps = (0..<Int.random(in: 1...4, using: &random)).map { _ in
      ChangeStep(on: model, &random)
    }
    var changed = model
    var refusal: ChangeModel.Refusal?
    do throws(ChangeModel.Refusal) {
      for step in steps { try step.apply(to: &changed) }
    } catch { refusal = error }
    if refusal == nil { model = changed }
    var found: ChangeError?
    do {
      try trial.database.write { change in for step in steps { try step.apply(to: change) } }
    } catch let error as ChangeError { found = error }
    switch (refusal, found?.code) {
    case (nil, nil), (.parentMissing, .parentMissing), (.childrenRemain, .childrenRemain),
      (.missing, .rowMissing):
      break
    case (.duplicate(let field), .duplicateKey): #expect(found?.field == field)
    default: Issue.record("\(steps): \(String(describing: refusal)), \(String(describing: found))")
    }
  }

  private func compare(
    _ trial: Trial, _ model: ChangeModel, at moment: Moment? = nil
  ) throws {
    let database = trial.database
    let read = { (body: (Hearth.Snapshot) throws -> Void) throws in
      if let moment {
        try database.read(at: moment, body)
      } else {
        try database.read(body)
      }
    }
    try read { snapshot in
      #expect(try snapshot.rowCount(of: "home") == model.homes.count)
      #expect(try snapshot.rowCount(of: "member") == model.members.count)
      for (table, rows) in [("home", model.homes), ("member", model.members)] {
        let found = try snapshot.rows(of: table, where: "").map(Self.values)
        #expect(Self.sorted(found) == Self.sorted(Array(rows.values)))
        #expect(try snapshot.count(of: table) == rows.count)
        for region in ["01", "02"] {
          #expect(
            try snapshot.count(of: table, where: "region = \(region)")
              == rows.values.count { $0["region"] == region })
        }
        let counts = try snapshot.counts(of: table, by: ["region"])
        #expect(counts.total == rows.count)
      }
      for member in model.members.values {
        for field in ["number", "mail", "card"] {
          guard let key = member[field] else { continue }
          let found = try snapshot.rows(of: "member", where: field, equal: key)
          #expect(found.map(Self.values) == [member])
        }
      }
      for home in model.homes.values {
        let found = try snapshot.rows(of: "home", equal: home["home_number"] ?? "")
        #expect(found.map(Self.values) == [home])
        let children = try snapshot.children(of: found[0], in: "member").map(Self.values)
        let wanted = model.members.values.filter { $0["home_number"] == home["home_number"] }
        #expect(Self.sorted(children) == Self.sorted(Array(wanted)))
      }
    }
  }

  private static func values(_ row: Row) -> ChangeModel.Values {
    var values: ChangeModel.Values = [:]
    for (field, value) in zip(row.table.fields, row.values) where value != .absent {
      values[field.name] = value.description
    }
    return values
  }

  private static func sorted(_ rows: [ChangeModel.Values]) -> [[String]] {
    rows.map { row in row.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" } }
      .sorted { $0.joined() < $1.joined() }
  }
}

/// How many random changes are made.
private enum CampaignSize {
  private static func number(_ name: String) -> Int? {
    ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
  }

  static let seeds: Range<Int> = {
    let first = number("HEARTH_MODEL_SEED") ?? 0
    return first..<first + (number("HEARTH_MODEL_RUNS") ?? 6)
  }()
  static let steps = number("HEARTH_MODEL_STEPS") ?? 60
}

/// One random step, for a registry and for a model of it.
private struct ChangeStep {
  enum Kind: CaseIterable {
    case insertHome, updateHome, renameHome, deleteHome
    case insertMember, updateMember, moveMember, renumberMember, deleteMember
  }

  let kind: Kind
  let key: String
  let values: [String: String?]

  /// Names mostly rows that are there, and adds and renumbers mostly to numbers that are not.
  init(on model: ChangeModel, _ random: inout SeededGenerator) {
    kind = Kind.allCases.randomElement(using: &random) ?? .insertHome
    let known = { (rows: [Int: ChangeModel.Values], key: String) in
      rows.values.compactMap { $0[key] }.sorted()
    }
    let anyHome = "\(Int.random(in: 1_000...1_050, using: &random))"
    let anyMember = Self.number(&random)
    let home =
      Int.random(in: 0..<10, using: &random) == 0
      ? anyHome : known(model.homes, "home_number").randomElement(using: &random) ?? anyHome
    let member =
      Int.random(in: 0..<10, using: &random) == 0
      ? anyMember : known(model.members, "number").randomElement(using: &random) ?? anyMember
    let other = Self.number(&random)
    let region = Bool.random(using: &random) ? "01" : "02"
    let street = "\(Int.random(in: 1...99, using: &random)) New Street"
    switch kind {
    case .insertHome:
      (key, values) = ("", ["home_number": anyHome, "street": street, "region": region])
    case .updateHome: (key, values) = (home, ["street": street, "region": region])
    case .renameHome:
      (key, values) = (home, ["home_number": "\(Int.random(in: 1_000...1_050, using: &random))"])
    case .deleteHome: (key, values) = (home, [:])
    case .insertMember:
      (key, values) = (
        "", ["number": anyMember, "home_number": home, "name": "New Thi Ly", "mail": "\(other)@x"]
      )
    case .updateMember:
      (key, values) = (
        member,
        [
          "name": "Other \(region)", "mail": Bool.random(using: &random) ? "\(other)@x" : nil,
          "card": "55\(other)",
        ]
      )
    case .moveMember: (key, values) = (member, ["home_number": home])
    case .renumberMember: (key, values) = (member, ["number": other])
    case .deleteMember: (key, values) = (member, [:])
    }
  }

  private static func number(_ random: inout SeededGenerator) -> String {
    let home = Int.random(in: 0...30, using: &random)
    return "\(100_000 + home * 10 + Int.random(in: 0...5, using: &random))"
  }

  func apply(to change: Change) throws {
    switch kind {
    case .insertHome: try change.insert(into: "home", values)
    case .updateHome, .renameHome: try change.update("home", equals: key, set: values)
    case .deleteHome: try change.delete(from: "home", equals: key)
    case .insertMember: try change.insert(into: "member", values)
    case .updateMember, .moveMember, .renumberMember:
      try change.update("member", equals: key, set: values)
    case .deleteMember: try change.delete(from: "member", equals: key)
    }
  }

  func apply(to model: inout ChangeModel) throws(ChangeModel.Refusal) {
    switch kind {
    case .insertHome: try model.insertHome(values)
    case .updateHome, .renameHome: try model.updateHome(key, values)
    case .deleteHome: try model.deleteHome(key)
    case .insertMember: try model.insertMember(values)
    case .updateMember, .moveMember, .renumberMember: try model.updateMember(key, values)
    case .deleteMember: try model.deleteMember(key)
    }
  }
}
