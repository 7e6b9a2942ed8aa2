// A file of exported rows is there whole or not at all, compressed if its name says so.

import Foundation
import Hearth
import Support
import Testing

@Suite struct ExportFileTests {
  private func trial() throws -> Trial {
    let trial = try ThingSchema.trial()
    let lines = (1...3_000).map {
      "\(String(10_000 + $0).dropFirst()),name \($0),\(1_900 + $0 % 100)"
    }
    try trial.load(("thing", "number,name,born\n" + lines.joined(separator: "\n")))
    return trial
  }

  private func text(of trial: Trial) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try trial.database.read { snapshot in
      _ = try snapshot.export("thing") { span in
        span.withUnsafeBytes { bytes.append(contentsOf: $0) }
      }
    }
    return bytes
  }

  private func export(_ trial: Trial, _ table: String = "thing", to path: String) throws -> Int {
    try trial.database.read { try $0.export(table, toFile: path) }
  }

  private func files(of folder: TemporaryFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test func putsTheFileInPlaceOfAnother() throws {
    let (trial, folder) = (try trial(), try TemporaryFolder())
    let path = try folder.write("what was there before", as: "things.csv")
    #expect(try export(trial, to: path) == 3_000)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(try text(of: trial)))
    #expect(try files(of: folder) == ["things.csv"])
  }

  @Test func leavesNothingBehindWhenItFails() throws {
    let (trial, folder) = (try trial(), try TemporaryFolder())
    let path = try folder.write("what was there before", as: "things.csv")
    #expect(throws: QueryFailure.unknownTable("people")) {
      try export(trial, "people", to: path)
    }
    // A file cannot take the place of a folder.
    try FileManager.default.createDirectory(
      atPath: folder.file("taken"), withIntermediateDirectories: false)
    for (place, number) in [
      ("/dev/full", ENOSPC), (folder.file("no/such/folder.csv"), ENOENT),
      (folder.file("taken"), EISDIR),
    ] {
      #expect {
        try export(trial, to: place)
      } throws: { error in
        guard let error = error as? ExportError else { return false }
        return error.path == place && error.systemError == number
      }
    }
    #expect(try files(of: folder) == ["taken", "things.csv"])
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "what was there before")
  }

  @Test(arguments: ["things.csv.gz", "things.csv.zst"])
  func compressesAFileThatALoadReads(name: String) throws {
    let (trial, folder) = (try trial(), try TemporaryFolder())
    let path = folder.file(name)
    #expect(try export(trial, to: path) == 3_000)
    let size = try #require(
      try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    #expect(size < (try text(of: trial)).count / 3)

    let other = try ThingSchema.trial()
    try other.load([("thing", path)])
    #expect(try text(of: other) == text(of: trial))
  }

  /// A compressed file of no bytes would be one that was cut off.
  @Test func compressesNothingToAWholeFile() throws {
    let (trial, folder) = (try trial(), try TemporaryFolder())
    let path = folder.file("none.ndjson.gz")
    let count = try trial.database.read {
      try $0.export("thing", as: .ndjson, where: "born < 1800", toFile: path)
    }
    #expect(count == 0)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count == 20)
  }

  @Test func letsOnlyTheOwnerReadIt() throws {
    let (trial, folder) = (try trial(), try TemporaryFolder())
    _ = try export(trial, to: folder.file("things.csv"))
    let mode =
      try FileManager.default.attributesOfItem(atPath: folder.file("things.csv"))[
        .posixPermissions] as? Int
    #expect(mode == 0o600)
  }
}
