// Rows find their parents, in one load or over several, in the parents' order or out of it.

import Foundation
import Hearth
import Support
import Testing

@Suite struct FamilyTests {
  private let homes = """
    home_number,street,region,member_count,head
    0001,1 Phố A,01,2,000011
    0002,2 Phố B,02,3,000021
    0003,3 Phố C,01,1,000031
    0004,4 Phố D,01,0,

    """
  private let members = """
    number,home_number,name,street,region
    000011,0001,A,1 Phố A,01
    000012,0001,B,elsewhere,02
    000021,0002,C,2 Phố B,02
    000022,0002,D,,
    000023,0002,E,2 Phố B,09
    000031,0003,F,3 Phố C,01
    000099,,G,5 Phố E,01

    """
  private let papers = "number,value\n000011,p1\n000011,p2\n000022,p3\n,p4\n"

  private func members(_ trial: Trial, of home: String) throws -> [String] {
    try trial.children(of: home, in: "home", "member", "number")
  }

  @Test func loadsThreeGenerationsTogether() throws {
    let trial = try FamilySchema.trial()
    // In any order of the call: parents are loaded first.
    let report = try trial.load(("paper", papers), ("member", members), ("home", homes))

    #expect(report.stored == 15)
    #expect(report.files.map(\.table) == ["home", "member", "paper"])
    #expect(report.files.map(\.late) == [0, 0, 0])
    #expect(try members(trial, of: "0001") == ["000011", "000012"])
    #expect(try members(trial, of: "0002") == ["000021", "000022", "000023"])
    #expect(try members(trial, of: "0003") == ["000031"])
    #expect(try members(trial, of: "0004") == [])
    #expect(try trial.children(of: "000011", in: "member", "paper", "value") == ["p1", "p2"])
    #expect(try trial.children(of: "000022", in: "member", "paper", "value") == ["p3"])
    #expect(try trial.children(of: "000099", in: "member", "paper", "value") == [])
    let streets = try ["000011", "000012", "000021", "000022", "000099"].map {
      try trial.text("member", $0, "street")
    }
    #expect(streets == ["1 Phố A", "elsewhere", "2 Phố B", "", "5 Phố E"])
    #expect(try trial.text("member", "000023", "region") == "09")
    #expect(try trial.text("member", "000099", "home_number") == "")
    for (home, count, head) in [
      ("0001", "2", "000011"), ("0002", "3", "000021"), ("0004", "0", ""),
    ] {
      #expect(try trial.text("home", home, "member_count") == count)
      #expect(try trial.text("home", home, "head") == head)
    }
  }

  /// What a home states about its members stays, true or not.
  @Test func keepsWhatParentsState() throws {
    let trial = try FamilySchema.trial()
    try trial.load(
      ("home", "home_number,member_count,head\n0001,7,000012\n0002,,\n0003,1,000031\n"),
      ("member", members))

    #expect(try trial.text("home", "0001", "member_count") == "7")
    #expect(try trial.text("home", "0001", "head") == "000012")
    #expect(try trial.text("home", "0002", "member_count") == "")
    #expect(try trial.text("home", "0002", "head") == "")
    #expect(try trial.text("home", "0003", "member_count") == "1")
  }

  /// A home that states nothing has the number of its members, wherever they stand in the file and
  /// refused ones not counted.
  ///
  /// It was the number of rows at its place once.
  @Test func countsMembersWhereParentsStateNothing() throws {
    let trial = try FamilySchema.trial()
    try trial.load(
      ("home", "home_number\n0001\n0002\n0003\n0004\n"),
      (
        "member",
        """
        number,home_number
        000999,
        000021,0002
        000022,0002
        000011,0001
        000021,0002
        000031,0003
        000012,0001
        000032,0003
        000000,9999
        000031,0003

        """
      ))

    #expect(try members(trial, of: "0001") == ["000011", "000012"])
    let counts = try ["0001", "0002", "0003", "0004"].map {
      try trial.text("home", $0, "member_count")
    }
    #expect(counts == ["2", "2", "2", "0"])
    let heads = try ["0001", "0002", "0003", "0004"].map { try trial.text("home", $0, "head") }
    #expect(heads == ["000011", "000021", "000031", ""])
    let rejects = try trial.rejects()
    #expect(
      rejects.map { $0.split(separator: ",").last } == ["missing_parent", "duplicate", "duplicate"])
  }

  /// Members without columns of their own have what the home has, words or not.
  @Test func inheritsWhatTheFileDoesNotHave() throws {
    let trial = try FamilySchema.trial()
    let long = String(repeating: "rất dài ", count: 500) + "1"
    try trial.load(
      ("home", "home_number,street,region\n0001,1 Phố A,01\n0002,\(long),new\n0003,,\n"),
      ("member", "number,home_number\n000001,0001\n000002,0002\n000003,0003\n000004,\n"))

    let streets = try (1...4).map { try trial.text("member", "00000\($0)", "street") }
    #expect(streets == ["1 Phố A", long, "", ""])
    let regions = try (1...4).map { try trial.text("member", "00000\($0)", "region") }
    #expect(regions == ["01", "new", "", ""])
  }

  @Test func refusesRowsWhoseParentIsNotThere() throws {
    let trial = try FamilySchema.trial()
    let text = "number,home_number\n000001,0001\n000002,0009\n000003,0002\n000004,0003\n"
    let report = try trial.load(("home", "home_number\n0001\nx\n0002\n"), ("member", text))

    #expect(report.stored == 4)
    #expect(
      try trial.rejects() == [
        "home,3,17,home_number,not_digits",
        "member,3,\(offset(of: "000002", in: text)),home_number,missing_parent",
        "member,5,\(offset(of: "000004", in: text)),home_number,missing_parent",
      ])
    #expect(try members(trial, of: "0002") == ["000003"])
    #expect(try trial.row("member", "000002") == nil)
  }

  @Test func findsMembersOutOfOrder() throws {
    let trial = try FamilySchema.trial()
    let homes = "home_number\n" + (1...2_000).map { "\(1_000 + $0)\n" }.joined()
    var order = (1...2_000).flatMap { [($0, 1), ($0, 2)] }
    // A few rows stand elsewhere, far before their place or far behind it.
    order.append(order.remove(at: 100))
    order.insert(order.remove(at: 3_000), at: 500)
    order.insert(contentsOf: [order.remove(at: 3_601), order.remove(at: 3_601)], at: 0)
    let lines = order.map { home, place in "\(100_000 + home * 10 + place),\(1_000 + home)" }
    let report = try trial.load(
      ("home", homes), ("member", "number,home_number\n" + lines.joined(separator: "\n")))

    #expect(report.stored == 6_000)
    #expect(try trial.database.verify().findings == [])
    #expect((4...9).contains(report.files[1].late))
    for home in 1...2_000 {
      let found = try members(trial, of: String(1_000 + home)).sorted()
      let expected = [1, 2].map { String(100_000 + home * 10 + $0) }
      if found != expected { Issue.record("\(home): \(found)") }
    }
    #expect(try trial.text("home", "1051", "member_count") == "2")
  }

  /// A file in another order is stored in that of the homes, as if it had been sorted.
  @Test func sortsAFileInAnotherOrder() throws {
    let trial = try FamilySchema.trial()
    let homes = "home_number\n" + (1...3_000).map { "\(1_000 + $0)\n" }.joined()
    let lines = (1...3_000).reversed().map { "\(100_000 + $0),\(1_000 + $0)\n" }
    let path = try trial.file("number,home_number\n" + lines.joined())
    let report = try trial.load([("home", try trial.file(homes)), ("member", path)])

    #expect(report.files.map(\.isSorted) == [false, true])
    #expect(report.files.map(\.late) == [0, 0])
    #expect(report.stored == 6_000)
    #expect(try members(trial, of: "1001") == ["100001"])
    #expect(try members(trial, of: "4000") == ["103000"])
    #expect(try trial.text("home", "1001", "head") == "100001")
    #expect(try trial.database.verify().findings == [])
  }

  /// A pipe whose order ends far behind its beginning cannot be read again to be sorted.
  @Test func refusesAPipeThatLosesItsOrder() throws {
    let trial = try FamilySchema.trial()
    let homes = "home_number\n" + (0..<9_000).map { "\(1_000 + $0)\n" }.joined()
    let order = (4_000..<9_000).flatMap { Array(repeating: $0, count: 5) } + (0..<4_000)
    let lines = order.enumerated().map { "\(100_000 + $0),\(1_000 + $1)\n" }
    let path = trial.folder.file("pipe")
    #expect(mkfifo(path, 0o600) == 0)
    signal(SIGPIPE, SIG_IGN)
    DispatchQueue.global().async {
      guard let handle = FileHandle(forWritingAtPath: path) else { return }
      try? handle.write(contentsOf: Data(("number,home_number\n" + lines.joined()).utf8))
      try? handle.close()
    }

    // 25,000 rows in order, and then more than a tenth of all that are not.
    #expect(throws: LoadError.notInParentOrder(path: path, table: "member", line: 27_779)) {
      try trial.load([("home", try trial.file(homes)), ("member", path)])
    }
    #expect(try trial.rowCount("home") == 0)
    #expect(try trial.rowCount("member") == 0)
  }

  // MARK: Several loads

  /// Members of homes of an earlier load come late: they are found with the home, and what the home
  /// says of its members does not change.
  ///
  /// The homes of the last segment lost their members once.
  @Test(arguments: [true, false])
  func addsMembersToHomesOfEarlierLoads(hasNewHomes: Bool) throws {
    let trial = try FamilySchema.trial()
    try trial.load(("home", homes), ("member", members), ("paper", papers))
    let more = """
      number,home_number,street
      000013,0001,1 Phố A
      000032,0003,far away
      000098,,
      000041,0004,4 Phố D
      \(hasNewHomes ? "000051,0005,5 Phố E\n000052,0005,5 Phố E\n000061,0006,\n" : "")
      """
    var files = [("member", try trial.file(more))]
    if hasNewHomes {
      files.append(
        ("home", try trial.file("home_number,street,member_count\n0005,5 Phố E,2\n0006,,\n")))
    }
    files.append(("paper", try trial.file("number,value\n000011,p5\n000041,p6\n000099,p7\n")))
    let report = try trial.load(files)

    #expect(report.refused == 0)
    #expect(report.files.first { $0.table == "member" }?.late == 3)
    #expect(try members(trial, of: "0001") == ["000011", "000012", "000013"])
    #expect(try members(trial, of: "0002") == ["000021", "000022", "000023"])
    #expect(try members(trial, of: "0003") == ["000031", "000032"])
    #expect(try members(trial, of: "0004") == ["000041"])
    if hasNewHomes {
      #expect(try members(trial, of: "0005") == ["000051", "000052"])
      #expect(try members(trial, of: "0006") == ["000061"])
      #expect(try trial.text("home", "0005", "member_count") == "2")
    }
    for (home, count) in [("0001", "2"), ("0002", "3"), ("0003", "1"), ("0004", "0")] {
      #expect(try trial.text("home", home, "member_count") == count)
    }
    #expect(try trial.text("home", "0003", "head") == "000031")
    #expect(try trial.text("home", "0004", "head") == "")
    #expect(try trial.text("member", "000032", "street") == "far away")
    #expect(try trial.text("member", "000013", "home_number") == "0001")
    #expect(try trial.children(of: "000011", in: "member", "paper", "value") == ["p1", "p2", "p5"])
    #expect(try trial.children(of: "000099", in: "member", "paper", "value") == ["p7"])
  }

  /// Rows that came late must not be counted to the homes that a later load puts in their place.
  @Test func addsHomesAfterMembersThatCameLate() throws {
    let trial = try FamilySchema.trial()
    try trial.load(("home", homes), ("member", members))
    try trial.load(("member", "number,home_number\n000014,0001\n000015,0001\n000097,\n"))
    try trial.load(
      ("home", "home_number\n0007\n0008\n"),
      ("member", "number,home_number\n000016,0001\n000081,0008\n"))
    try trial.load(("home", "home_number,member_count\n0009,1\n"))
    try trial.load(("member", "number,home_number\n000091,0009\n"))

    #expect(
      try members(trial, of: "0001") == ["000011", "000012", "000014", "000015", "000016"])
    #expect(try members(trial, of: "0003") == ["000031"])
    #expect(try members(trial, of: "0007") == [])
    #expect(try members(trial, of: "0008") == ["000081"])
    #expect(try members(trial, of: "0009") == ["000091"])
    let counts = try ["0001", "0002", "0003", "0004", "0007", "0008", "0009"].map {
      try trial.text("home", $0, "member_count")
    }
    #expect(counts == ["2", "3", "1", "0", "0", "1", "1"])
    #expect(try trial.text("home", "0008", "head") == "000081")
    #expect(try trial.text("home", "0007", "head") == "")
  }

  /// Homes that were loaded with an empty file of members say what they said, members or not.
  @Test func addsMembersToHomesThatHadNone() throws {
    let trial = try FamilySchema.trial()
    try trial.load(("home", homes), ("member", "number,home_number\n"))
    #expect(try trial.text("home", "0002", "member_count") == "3")
    try trial.load(("member", "number,home_number\n000041,0004\n"))

    #expect(try members(trial, of: "0004") == ["000041"])
    #expect(try trial.text("home", "0004", "member_count") == "0")
    #expect(try trial.text("home", "0004", "head") == "")
    #expect(try trial.text("home", "0001", "head") == "000011")
  }

  // MARK: Code lists

  @Test func appendsNewCodesToOpenLists() throws {
    let trial = try FamilySchema.trial()
    try trial.load(("home", "home_number,region\n0001,77\n0002,02\n0003,78\n0004,77\n"))
    try trial.load(("home", "home_number,region\n0005,78\n0006,79\n0007,01\n"))

    let regions = try (1...7).map { try trial.text("home", "000\($0)", "region") }
    #expect(regions == ["77", "02", "78", "77", "78", "79", "01"])
  }
}
