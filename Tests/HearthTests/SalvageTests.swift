// Of a damaged registry everything comes back that is not damaged, and nothing that is.

import Foundation
import Hearth
import Support
import Testing

@Suite struct SalvageTests {
  let trial: Trial
  let folder: TemporaryFolder
  let path: String

  init() throws {
    trial = try ThingSchema.trial()
    let lines = (1...1_500).map {
      [
        String(String(10_000 + $0).dropFirst()), "Quernstone \($0 % 40)", "note \($0 * 7)",
        "\(1_900 + $0 % 100)", "\($0 * 13 % 997)",
      ].joined(separator: ",")
    }
    try trial.load(("thing", "number,name,note,born,size\n" + lines.joined(separator: "\n")))
    try trial.database.write { change in
      try change.update("thing", equals: "0007", set: ["note": "changed"])
    }
    folder = try TemporaryFolder()
    path = folder.file("registry")
    try FileManager.default.copyItem(atPath: trial.database.path, toPath: path)
  }

  private func bytes() throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  private func write(_ bytes: [UInt8]) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  /// Lines of values by field, sorted: rows that changed are at another place.
  private func lines(_ text: String) -> [[String]] {
    text.split(separator: "\n").dropFirst().sorted().map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }

  private func exported() throws -> [[String]] {
    var bytes: [UInt8] = []
    try trial.database.read { snapshot in
      _ = try snapshot.export("thing") { span in
        span.withUnsafeBytes { bytes.append(contentsOf: $0) }
      }
    }
    return lines(String(decoding: bytes, as: UTF8.self))
  }

  private func salvage(schema: Schema? = nil) throws -> (rows: [[String]], losses: [SalvageLoss]) {
    let target = folder.file("salvaged")
    try? FileManager.default.removeItem(atPath: target)
    let report = try Database.salvage(path, to: target, schema: schema)
    #expect(try FileManager.default.contentsOfDirectory(atPath: target) == ["thing.csv"])
    return (
      lines(try String(contentsOfFile: target + "/thing.csv", encoding: .utf8)), report.losses
    )
  }

  /// Where a value begins that has these bytes in it.
  private func offset(of text: String, in bytes: [UInt8]) throws -> Int {
    let range = Data(bytes).range(of: Data(text.utf8), options: .backwards)
    return try #require(range).lowerBound
  }

  /// Where the column of a field lies in the file, by the segment's directory.
  private func column(_ field: UInt16, in bytes: [UInt8]) throws -> Range<Int> {
    let load = { (offset: Int, count: Int) in
      (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
    }
    let start = try offset(of: "HEARTHSG", in: bytes)
    let entry = try #require(
      (0..<load(start + 20, 2)).map { start + 48 + 16 * $0 }.first { load($0, 2) == field })
    let first = start + load(entry + 8, 8)
    return first..<first + load(entry + 4, 4)
  }

  @Test func bringsBackEverythingOfASoundRegistry() throws {
    let (rows, losses) = try salvage()
    #expect(losses == [])
    #expect(try rows == exported())
    #expect(rows.contains { $0[2] == "changed" })
  }

  @Test func leavesOutADamagedColumnAlone() throws {
    var bytes = try bytes()
    let column = try column(8, in: bytes)
    bytes[(column.lowerBound + column.upperBound) / 2] ^= 4
    try write(bytes)
    let (rows, losses) = try salvage()
    #expect(losses == [SalvageLoss(.values, "thing segment 0", field: "size")])
    let expected = try exported().map { row in row[2] == "changed" ? row : blank(row, 7) }
    #expect(rows == expected)
  }

  private func blank(_ row: [String], _ position: Int) -> [String] {
    var row = row
    row[position] = ""
    return row
  }

  @Test func leavesOutTextsOfDamagedWords() throws {
    var bytes = try bytes()
    let word = Array("Quernstone".utf8)
    for offset in bytes.indices where bytes[offset...].starts(with: word) { bytes[offset] ^= 1 }
    try write(bytes)
    let (rows, losses) = try salvage()
    // The row that changed has its text with it.
    #expect(
      losses == [
        SalvageLoss(.values, "thing segment 0", field: "name"),
        SalvageLoss(.changedRows, "thing segment 0"),
      ])
    #expect(try rows == exported().filter { $0[2] != "changed" }.map { blank($0, 1) })
  }

  @Test func makesALostCatalogAnew() throws {
    var bytes = try bytes()
    bytes[try offset(of: "HEARTHCT", in: bytes) + 20] ^= 1
    try write(bytes)
    #expect(throws: StoreError.self) { try Database(at: path).read { _ in } }
    let (rows, losses) = try salvage()
    #expect(losses.first == SalvageLoss(.catalog, "catalog"))
    #expect(try rows == exported())
  }

  @Test func needsASchema() throws {
    var bytes = try bytes()
    bytes[try offset(of: "{\"tables\":", in: bytes) + 3] ^= 1
    try write(bytes)
    #expect(throws: StoreError.self) { try salvage() }
    let (rows, losses) = try salvage(schema: trial.database.schema)
    #expect(losses == [])
    #expect(try rows == exported())
  }

  /// Pages that LMDB would follow out of the file or in a circle end no process.
  @Test func survivesWhateverPagesSay() throws {
    let whole = try bytes()
    var generator = SeededGenerator(seed: 9)
    var salvagedCount = 0
    for number in 0..<60 {
      var bytes = whole
      let page = Int.random(in: 0..<bytes.count / 4_096, using: &generator) * 4_096
      // Heads of pages and of nodes are hit more often than values.
      for _ in 0..<3 {
        let offset = page + Int.random(in: 0..<[24, 4_096][number % 2], using: &generator)
        bytes[offset] = UInt8.random(in: 0...255, using: &generator)
      }
      if number % 5 == 0 { bytes.removeLast(Int.random(in: 1..<60_000, using: &generator)) }
      try write(bytes)
      if (try? salvage()) != nil { salvagedCount += 1 }
      _ = try? Database.verify(at: path)
    }
    #expect(salvagedCount > 30, "seed 9")
  }
}
