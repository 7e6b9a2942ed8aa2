// Texts up to the limit are stored and found; a longer one is refused and costs its neighbours
// nothing.

import Hearth
import Support
import Testing

@Suite struct LongTextTests {
  private let limit = 1 << 20

  /// Of 255, 256, 65,535, 65,536 bytes and more, compressible or not.
  @Test func keepsTextsUpToTheLimit() throws {
    let trial = try ThingSchema.trial()
    var random = SeededGenerator(seed: 11)
    var texts: [String] = []
    for count in [253, 254, 255, 256, 1_023, 1_024, 1_025, 4_096, 4_097, 65_535, 65_536, 200_000] {
      texts.append(String(repeating: "ab", count: count / 2) + (count % 2 == 1 ? "c" : ""))
      texts.append(
        String(
          decoding: (0..<count).map { _ in UInt8.random(in: 0x2D...0x7E, using: &random) },
          as: UTF8.self))
    }
    texts.append(String(repeating: "x", count: limit))
    let lines = texts.enumerated().map { number, text in
      "\(1_000 + number),\(text),\(text),\(text),\(text),2001"
    }
    let report = try trial.load(
      ("thing", "number,name,note,place,word,born\n" + lines.joined(separator: "\n")))

    #expect(report.stored == texts.count)
    for (number, text) in texts.enumerated() {
      let row = try #require(try trial.row("thing", String(1_000 + number)))
      for name in ["name", "note", "place", "word"] {
        if row[name] != .text(text) { Issue.record("\(name) of \(text.utf8.count) bytes") }
      }
    }
    let last = try #require(texts.last)
    try trial.database.read { (snapshot: Snapshot) throws in
      #expect(try snapshot.rows(of: "thing", where: "note", equal: last).count == 1)
      let named = try snapshot.rows(
        of: "thing", index: "name_and_born", text: last, and: "2001", isExact: true)
      #expect(named.count == 1)
    }
  }

  @Test(arguments: ["name", "note", "place", "word"])
  func refusesALongerText(column: String) throws {
    let trial = try ThingSchema.trial()
    let long = String(repeating: "x", count: limit + 1)
    let report = try trial.load(
      ("thing", "number,\(column)\n0001,ok\n0002,\(long)\n0003,fine\n"))

    #expect(report.stored == 2)
    #expect(try trial.rejects() == ["thing,3,\(16 + column.utf8.count),\(column),too_long"])
    #expect(try trial.text("thing", "0001", column) == "ok")
    #expect(try trial.text("thing", "0003", column) == "fine")
  }
}
