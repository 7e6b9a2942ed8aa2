// Files whose records are in no order: what is stored and reported is what sorted files give.

import Bytes
import Foundation
import Segments
import Store
import Support
import Testing

@testable import Loading

@Suite struct SortedLoadTests {
  /// The same members of the same homes, in the order of homes and in none.
  private struct Shuffled {
    var homes = "home_number,street\n"
    var members: [String] = []
    /// By place in the shuffled file the place in the sorted one.
    var order: [Int] = []

    let head = "number,home_number,note\n"
    var sorted: String { head + members.joined() }
    var shuffled: String { head + order.map { members[$0] }.joined() }

    init(seed: UInt64, homeCount: Int = 900) {
      var random = SeededGenerator(seed: seed)
      for home in 0..<homeCount {
        homes += "\(1_000 + home),\(home) Phố \(home % 7)\n"
        for place in 0..<Int.random(in: 0...4, using: &random) {
          let (number, key) = ("\(100_000 + home * 10 + place)", "\(1_000 + home)")
          members.append("\(number),\(key),\"note, \(place)\nof \(home)\"\n")
          if home % 97 == 3 { members.append("2\(number.dropFirst()),,alone\"\n") }
          if home % 101 == 4 { members.append("3\(number.dropFirst()),9999,orphan\n") }
          if home % 103 == 5 { members.append("4\(number.dropFirst()),\(key),\"a\"b\n") }
          if home % 79 == 9 { members.append("4\(number.dropFirst()),\(key),\"open\n") }
          if home % 107 == 6 { members.append("4\(number.dropFirst()),\(key)\n") }
          if home % 109 == 7 { members.append("wrong,\(key),x\n") }
          if home % 113 == 8 { members.append("5\(number.dropFirst()),10O1,x\n") }
        }
        // Of two with one number that of the later home is refused, whatever its line.
        if home % 89 == 80 { members.append("\(600_000 + home / 89 / 2),\(1_000 + home),twin\n") }
      }
      members.append("700000,1001,\(String(repeating: "long ", count: 20_000))\n")
      // The next quote behind an open one has to show that it is open: that of a note.
      let opens = members.indices.filter { members[$0].hasSuffix("\"open\n") }
      order = members.indices.filter { !opens.contains($0) }.shuffled(using: &random)
      for open in opens {
        let places = order.indices.filter { members[order[$0]].contains("\"note") }
        order.insert(open, at: places.randomElement(using: &random) ?? 0)
      }
    }

    /// Where each record of a text begins, and its line.
    static func places(_ members: [String]) -> [(line: Int, offset: Int)] {
      var (line, offset) = (2, "number,home_number,note\n".utf8.count)
      return members.map { member in
        defer {
          line += member.utf8.count { $0 == UInt8(ascii: "\n") }
          offset += member.utf8.count
        }
        return (line, offset)
      }
    }
  }

  /// Small ones, so that there are many buckets.
  private static var limits: LoadLimits {
    var limits = LoadLimits()
    limits.bucketByteCount = 4_096
    return limits
  }

  private func registry() throws -> LoadedRegistry {
    try LoadedRegistry(tables: [
      """
      {"name": "home", "key": "home_number", "fields": [
        \(field(1, "home_number", "digits(4)")),
        \(field(2, "street", "text", #""words": "address", "dictionary": "street""#))],
       "indexes": [{"name": "home_number", "fields": ["home_number"], "unique": true}]}
      """,
      """
      {"name": "member", "key": "number", "parent": {"table": "home", "field": "home_number"},
       "fields": [
        \(field(1, "number", "digits(6)")), \(field(2, "home_number", "digits(4)")),
        \(field(3, "note", "text"))],
       "indexes": [{"name": "number", "fields": ["number"], "unique": true}]}
      """,
    ])
  }

  /// Each member's number, home and note, in row order; nothing for what is absent.
  private func members(_ loaded: LoadedRegistry) throws -> [[String]] {
    let position = try loaded.tablePosition("member")
    let snapshot = try loaded.registry.beginSnapshot()
    let reader = RowReader(loaded.registry.plan, table: position)
    var members: [[String]] = []
    for segment in 0..<snapshot.segmentCount(table: position) {
      for row in 0..<(try snapshot.segment(segment, table: position)).rowCount
      where try reader.read(segment << 16 + row, in: snapshot) {
        let buffer = reader.buffer
        members.append([
          "\(buffer.values[0])", "\(buffer.values[1])",
          buffer.text(of: 2).map { String($0) } ?? "",
        ])
      }
    }
    return members
  }

  /// Line, offset, field and code of each refused row.
  private func rejects(_ loaded: LoadedRegistry) throws -> [[String]] {
    try loaded.rejects().split(separator: "\n").dropFirst().map { line in
      line.split(separator: ",", omittingEmptySubsequences: false)[2...5].map { String($0) }
    }
  }

  @Test(arguments: [1, 2, 3])
  func storesAndReportsWhatASortedFileGives(seed: UInt64) throws {
    let files = Shuffled(seed: seed)
    let (sorted, shuffled) = (try registry(), try registry())
    let expected = try sorted.load(("home", files.homes), ("member", files.sorted))
    let report = try shuffled.load(
      ("home", files.homes), ("member", files.shuffled), limits: Self.limits)

    #expect(expected.files.map(\.isSorted) == [false, false])
    #expect(report.files.map(\.isSorted) == [false, true])
    #expect(Set(try members(shuffled)) == Set(try members(sorted)))
    #expect(try members(shuffled).count == report.files[1].stored)
    #expect(report.stored == expected.stored)
    #expect(report.refusals == expected.refusals)
    #expect(expected.refusals.count == 6)
    #expect(report.files[1].late == 0)
    // Every refused record is named where it stands in its own file.
    let from = Shuffled.places(files.members)
    let to = Shuffled.places(files.order.map { files.members[$0] })
    var moved: [String: (line: Int, offset: Int)] = [:]
    for (place, member) in files.order.enumerated() { moved["\(from[member].line)"] = to[place] }
    let named = try rejects(sorted).map { reject in
      ["\(moved[reject[0]]?.line ?? 0)", "\(moved[reject[0]]?.offset ?? 0)"] + reject[2...]
    }
    #expect(try rejects(shuffled).sorted { $0[0] < $1[0] } == named.sorted { $0[0] < $1[0] })
    #expect(try shuffled.registry.verify().findings == [])
  }

  /// One worker or four, pieces and buckets of any size, buckets that memory does not hold.
  @Test(
    arguments: [
      (1, 2 << 20, 4_096, 1 << 20), (2, 2 << 20, 4_096, 1 << 20), (4, 2 << 20, 4_096, 1 << 20),
      (4, 10_000, 4_096, 1 << 20), (3, 777, 1 << 20, 1 << 20), (2, 2 << 20, 4_096, 0),
      (3, 100, 1, 5_000),
    ])
  func givesTheSameBytes(
    jobs: Int, pieceByteCount: Int, bucketByteCount: Int, bucketByteCountMax: Int
  ) throws {
    let files = Shuffled(seed: 4)
    let (one, other) = (try registry(), try registry())
    try one.load(("home", files.homes), ("member", files.shuffled), jobs: 1)
    var limits = LoadLimits()
    limits.pieceByteCount = pieceByteCount
    limits.bucketByteCount = bucketByteCount
    limits.bucketByteCountMax = bucketByteCountMax
    let report = try other.load(
      ("home", files.homes), ("member", files.shuffled), jobs: jobs, limits: limits)

    #expect(report.files[1].isSorted)
    #expect(differences(try one.contents(), try other.contents()) == [])
    #expect(try one.rejects() == other.rejects())
  }

  /// Homes are in no order either: members come in that of the homes.
  @Test func followsParentsInNoOrder() throws {
    var files = Shuffled(seed: 5)
    var random = SeededGenerator(seed: 6)
    let lines = files.homes.split(separator: "\n").dropFirst().shuffled(using: &random)
    files.homes = "home_number,street\n" + lines.joined(separator: "\n")
    let loaded = try registry()
    let report = try loaded.load(
      ("home", files.homes), ("member", files.shuffled), limits: Self.limits)

    #expect(report.files.map(\.isSorted) == [false, true])
    #expect(report.files[1].late == 0)
    let stored = try members(loaded).map { $0[1] }.filter { $0.count == 4 }
    var homes: [String] = []
    for home in stored where homes.last != home { homes.append(home) }
    let present = Set(stored)
    #expect(homes == lines.map { String($0.prefix(4)) }.filter { present.contains($0) })
    #expect(try loaded.registry.verify().findings == [])
  }

  /// Several files, one of them compressed, are sorted together.
  @Test func sortsSeveralFilesAsOne() throws {
    let files = Shuffled(seed: 7)
    let (one, several) = (try registry(), try registry())
    try one.load(("home", files.homes), ("member", files.shuffled), limits: Self.limits)
    let records = files.order.map { files.members[$0] }
    let third = records.count / 3
    let texts = [
      records[..<third], records[third..<2 * third], records[(2 * third)...],
    ].map { files.head + $0.joined() }
    let folder = several.folder
    let report = try several.load(
      [
        (table: "home", path: try folder.write(files.homes, as: "homes.csv")),
        (table: "member", path: try folder.write(texts[0], as: "a.csv")),
        (table: "member", path: try folder.write(compressed(texts[1]), as: "b.csv")),
        (table: "member", path: try folder.write(texts[2], as: "c.csv")),
      ], limits: Self.limits)

    #expect(report.files.dropFirst().map(\.isSorted) == [true, true, true])
    #expect(report.files.dropFirst().map(\.records).reduce(0, +) == records.count)
    let (expected, found) = (try one.contents(), try several.contents())
    #expect(differences(expected, found).allSatisfy { $0.hasPrefix("catalog") })
    #expect(try rejects(several).count == rejects(one).count)
    #expect(try several.rejects().contains("/b.csv"))
  }

  // MARK: What is sorted

  /// Members of `homes`, five each.
  private func lines(_ homes: some Sequence<Int>) -> String {
    homes.map { home in
      (0..<5).map { "\(home * 10 + $0 + 100_000),\(home),x\n" }.joined()
    }.joined()
  }

  private let homes = "home_number,street\n" + (1_000..<9_500).map { "\($0),\n" }.joined()
  private let head = "number,home_number,note\n"

  /// The beginning shows an order that the rest does not have: the load begins again, and what was
  /// refused before is listed once.
  @Test func beginsAgainWhenOrderEnds() throws {
    let text = head + "bad,1000,\n" + lines(5_000..<9_500) + lines(1_000..<5_000)
    let loaded = try registry()
    let report = try loaded.load(("home", homes), ("member", text))

    #expect(report.files[1].isSorted)
    #expect(report.files[1].late == 0)
    #expect(report.files[1].stored == 42_500)
    #expect(report.refused == 1)
    #expect(try rejects(loaded) == [["2", "24", "number", "not_digits"]])
    #expect(try loaded.registry.verify().findings == [])

    let sorted = try registry()
    try sorted.load(("home", homes), ("member", head + lines(1_000..<9_500)))
    #expect(try members(loaded) == members(sorted))
  }

  /// So it is where rows of an earlier load stand already.
  @Test func beginsAgainBesideAnEarlierLoad() throws {
    let earlier = "home_number,street\n" + (9_500..<9_600).map { "\($0),\n" }.joined()
    let loaded = try registry()
    try loaded.load(("home", earlier), ("member", head + lines(9_500..<9_600)))
    let report = try loaded.load(
      ("home", homes), ("member", head + lines(5_000..<9_500) + lines(1_000..<5_000)))

    #expect(report.files[1].isSorted)
    #expect(report.files[1].late == 0)
    #expect(report.files[1].stored == 42_500)
    #expect(try loaded.registry.verify().findings == [])
  }

  /// A few rows elsewhere are no reason to sort, and few rows are none either.
  @Test func leavesFilesInOrderAsTheyAre() throws {
    var homesInOrder = Array(1_000..<9_500)
    for place in stride(from: 100, to: 8_000, by: 200) {
      homesInOrder.swapAt(place, place + 7)
    }
    let loaded = try registry()
    let report = try loaded.load(("home", homes), ("member", head + lines(homesInOrder)))
    #expect(report.files.map(\.isSorted) == [false, false])
    #expect((1...2_000).contains(report.files[1].late))

    let few = try registry()
    let short = try few.load(
      ("home", homes), ("member", head + lines((1_000..<1_150).reversed())))
    #expect(short.files.map(\.isSorted) == [false, false])
    #expect(short.files[1].stored == 750)
  }

  // MARK: No room

  /// The registry stays as it was, and the error says what is missing.
  @Test func failsWithoutRoomToSort() async {
    await #expect(processExitsWith: .success) {
      let files = Shuffled(seed: 8, homeCount: 8_000)
      let test = SortedLoadTests()
      let loaded = try test.registry()
      let paths = [
        (table: "home", path: try loaded.folder.write(files.homes, as: "homes.csv")),
        (table: "member", path: try loaded.folder.write(files.shuffled, as: "members.csv")),
      ]
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 700_000, rlim_max: 700_000)
      setrlimit(__rlimit_resource_t(1), &limit)
      let path = loaded.registry.path
      do {
        try loaded.load(paths)
        preconditionFailure()
      } catch let error as LoadError {
        precondition(error == .spillFailed(path: path, EFBIG))
      }
      let homes = try loaded.texts("street", of: "home")
      precondition(homes == [])
    }
  }
}

/// A zstd frame that holds the bytes as they are.
private func compressed(_ text: String) -> [UInt8] {
  let bytes = Array(text.utf8)
  func little(_ number: Int, _ byteCount: Int) -> [UInt8] {
    (0..<byteCount).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }
  var frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0xA0] + little(bytes.count, 4)
  for start in stride(from: 0, to: bytes.count, by: 100_000) {
    let end = min(start + 100_000, bytes.count)
    frame += little((end - start) << 3 | (end == bytes.count ? 1 : 0), 3) + bytes[start..<end]
  }
  return frame
}
