// Registries of earlier format versions stay readable: each is kept as it was written, with what
// an export said of it. `tools/make-fixture` makes one.

import Bytes
import Compression
import Foundation
import Hearth
import Support
import Testing

@Suite struct FormatFixtureTests {
  private static let tables = ["household", "person", "measure"]
  private static let versions = [1]

  @Test(arguments: versions, tables)
  func exportsWhatItHeld(version: Int, table: String) throws {
    let fixture = try Fixture(version: version)
    var exported: [UInt8] = []
    let rows = try fixture.database.read { snapshot in
      try snapshot.export(table) { span in
        span.withUnsafeBytes { exported.append(contentsOf: $0) }
      }
    }
    #expect(rows == fixture.lines(of: table).count)
    #expect(exported == fixture.exports[table])
  }

  @Test(arguments: versions)
  func keepsEveryPromise(version: Int) throws {
    let report = try Fixture(version: version).database.verify()
    #expect(report.isSound)
    #expect(report.skipped == [])
  }

  /// Each row is found by each of its numbers, and every one of its values is what it was.
  @Test(
    arguments: versions,
    [
      ("household", "household_number"), ("person", "personal_number"),
      ("person", "insurance_number"), ("person", "card_number"), ("person", "phone"),
      ("measure", "serial"), ("measure", "whole_range"), ("measure", "phrase"),
    ])
  func findsEveryRow(version: Int, place: (table: String, field: String)) throws {
    let fixture = try Fixture(version: version)
    let lines = fixture.lines(of: place.table)
    let column = lines.column(place.field)
    var sought: [String: [[String]]] = [:]
    for line in 0..<lines.count where !lines[line][column].isEmpty {
      sought[lines[line][column], default: []].append(lines[line])
    }
    #expect(sought.count > 50)
    try fixture.database.read { snapshot in
      for (text, expected) in sought {
        let rows = try snapshot.rows(of: place.table, where: place.field, equal: text)
        let found = rows.map { row in row.values.map(\.description) }
        #expect(sorted(found) == sorted(expected), "\(place.field) \(text)")
      }
    }
  }

  /// Names are found however they are typed.
  @Test(arguments: versions)
  func findsPersonsByNameAndBirthDate(version: Int) throws {
    let fixture = try Fixture(version: version)
    let lines = fixture.lines(of: "person")
    let (name, day) = (lines.column("full_name"), lines.column("birth_date"))
    try fixture.database.read { snapshot in
      for line in 0..<lines.count where !lines[line][name].isEmpty && !lines[line][day].isEmpty {
        let rows = try snapshot.rows(
          of: "person", index: "name_and_birth_date", text: lines[line][name].uppercased(),
          and: lines[line][day])
        let found = rows.map { row in row.values.map(\.description) }
        #expect(found.contains(lines[line]), "\(lines[line][name])")
      }
    }
  }

  @Test(arguments: versions)
  func findsEveryMember(version: Int) throws {
    let fixture = try Fixture(version: version)
    let (households, persons) = (fixture.lines(of: "household"), fixture.lines(of: "person"))
    let link = persons.column("household_number")
    var members: [String: [[String]]] = [:]
    for line in 0..<persons.count {
      members[persons[line][link], default: []].append(persons[line])
    }
    try fixture.database.read { snapshot in
      for line in 0..<households.count {
        let number = households[line][0]
        let household = try #require(
          try snapshot.rows(of: "household", equal: number).first)
        let found = try snapshot.children(of: household, in: "person").map { row in
          row.values.map(\.description)
        }
        #expect(sorted(found) == sorted(members[number] ?? []), "household \(number)")
      }
    }
  }
}

private func sorted(_ rows: [[String]]) -> [[String]] {
  rows.sorted { $0.lexicographicallyPrecedes($1) }
}

/// A registry of a format version, in a folder of its own.
private final class Fixture {
  let database: Database
  let exports: [String: [UInt8]]
  private let folder: TemporaryFolder

  init(version: Int) throws {
    folder = try TemporaryFolder()
    let kept = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fixtures/format-\(version)").path
    exports = try [String: [UInt8]](
      uniqueKeysWithValues: ["household", "person", "measure"].map { table in
        (table, try decompressed("\(kept)/\(table).csv.gz"))
      })
    database = try Database(
      at: try folder.write(try decompressed(kept + "/registry.gz"), as: "registry"))
  }

  func lines(of table: String) -> DelimitedLines { DelimitedLines(exports[table] ?? []) }
}

private func decompressed(_ path: String) throws -> [UInt8] {
  let file = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  var offset = 0
  let reader = try GzipReader { room throws(CompressionError) in
    let part = file[offset..<min(offset + room.count, file.count)]
    offset += part.count
    return Array(part).lend { room.write($0, at: 0) }
  }
  let room = Scratch<UInt8>(count: 1 << 16)
  var bytes: [UInt8] = []
  while true {
    let count = try reader.read(into: room.view)
    if count == 0 { return bytes }
    bytes += room.view.lent(count: count).copied
  }
}
