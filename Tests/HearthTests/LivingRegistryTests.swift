// Loads onto a registry that holds something: what is there stays right, and new keys are checked
// against it.
//
// `Trial` verifies the whole registry after each small load, so that every index has every row.

import Hearth
import Support
import Testing

@Suite struct LivingRegistryTests {
  private func runCounts(_ trial: Trial, _ table: String) throws -> [Int] {
    let statistics = try trial.database.read { try $0.statistics() }
    return try #require(statistics.tables.first { $0.name == table }).indexes.map(\.runs)
  }

  /// Loads of all sizes: few runs, and nothing left of those that were written anew.
  @Test func keepsRunsFewAndFreesThoseItMerged() throws {
    let trial = try FamilySchema.trial()
    var number = 0
    for (load, count) in [1, 1, 1, 1, 1, 1, 3, 1, 9, 1, 1, 1, 2, 40, 1, 1].enumerated() {
      let homes = (0..<count).map { "\(1_000 + number + $0),\($0) road" }
      let members = (0..<count).map {
        "\(100_000 + number + $0),\(1_000 + number + $0),Name \($0),\(number + $0)@x"
      }
      number += count
      // A child of a household of the first load, which is not at its place.
      let late = "\(900_000 + load),1000,Late \(load),"
      try trial.load(
        ("home", "home_number,street\n" + homes.joined(separator: "\n")),
        ("member", "number,home_number,name,mail\n" + (members + [late]).joined(separator: "\n")))
      #expect(try trial.database.verify().leftovers == 0)
      for table in ["home", "member"] {
        #expect(try runCounts(trial, table).allSatisfy { $0 <= 4 })
      }
    }
    #expect(try runCounts(trial, "home") == [3])
    #expect(try trial.rowCount("member") == number + 16)
    #expect(try trial.children(of: "1000", in: "home", "member", "number").count == 17)
    for index in 0..<number {
      #expect(
        try trial.row("member", "\(index)@x", by: "mail")?["number"]
          == .digits(String(100_000 + index)))
    }
  }

  /// A key is taken wherever the row that has it stands: in a run that is written anew with the
  /// load's keys, or in one that stays.
  @Test(arguments: [1, 40], [1, 7]) func findsKeysInEveryRun(first: Int, second: Int) throws {
    let trial = try FamilySchema.trial()
    let texts = [first, second, 5].enumerated().map { load, count in
      "number,mail\n"
        + (0..<count).map { "\(100_000 * (load + 1) + $0),\(load)-\($0)@x\n" }.joined()
    }
    for text in texts { try trial.load(("member", text)) }
    let last = "number,mail\n100000,x\n200000,y\n300004,z\n999999,0-0@x\n999998,1-0@x\n999997,w\n"
    let report = try trial.load(("member", last))

    #expect(report.stored == 1)
    #expect(
      try trial.rejects().map { $0.split(separator: ",")[1] }
        == ["2", "3", "4", "5", "6"])
    #expect(try trial.rowCount("member") == first + second + 5 + 1)
  }

  /// A row that was refused holds none of its keys, though its place and the runs still have them.
  @Test(arguments: [1, 30]) func letsEmptiedPlacesHoldNoKeys(others: Int) throws {
    let trial = try FamilySchema.trial()
    let lines = (0..<others).map { "\(200_000 + $0),\($0)@y\n" }.joined()
    try trial.load(("member", "number,mail\n100001,a@x\n100001,b@x\n" + lines))
    let report = try trial.load(("member", "number,mail\n100002,b@x\n100003,b@x\n100004,c@x\n"))

    #expect(report.stored == 2)
    #expect(report.files[0].duplicates == 1)
    #expect(try trial.row("member", "b@x", by: "mail")?["number"] == .digits("100002"))
    #expect(try trial.row("member", "100003") == nil)
  }
}
