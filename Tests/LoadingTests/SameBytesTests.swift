// The same files give the same bytes, whatever the number of workers and the size of pieces.

import Bytes
import Compression
import Foundation
import Generating
import Store
import Support
import Testing

@testable import Loading

@Suite struct SameBytesTests {
  /// Made-up people: their coverages fill more than one segment.
  private static let made = Result { try Made() }

  private final class Made: Sendable {
    let folder: String
    private let owner: TemporaryFolderOwner

    init() throws {
      owner = try TemporaryFolderOwner()
      folder = owner.path
      let people = try People(
        seed: 5, personCount: 20_000, schemas: schemasPath,
        settings: PeopleSettings(cardsThousandths: 5_000))
      let output = try FolderOutput(folder: folder, people: people)
      try people.forEachPiece(threadCount: 2) {
        (piece: borrowing PieceText) throws(GeneratingError) in try output.write(piece)
      }
      try output.finish()
    }

    func files(_ end: String = "") -> [(table: String, path: String)] {
      [
        ("household", "households"), ("person", "persons"), ("identifier", "identifiers"),
        ("coverage", "coverages"),
      ].map { ($0.0, folder + "/" + $0.1 + ".csv" + end) }
    }
  }

  private func contents(
    jobs: Int, pieceByteCount: Int? = nil, end: String = ""
  ) throws -> [String: [[UInt8]: UInt64]] {
    let loaded = try LoadedRegistry(schemas: schemasPath)
    var limits = LoadLimits()
    if let pieceByteCount { limits.pieceByteCount = pieceByteCount }
    let report = try loaded.load(try Self.made.get().files(end), jobs: jobs, limits: limits)
    #expect(report.refused == 0)
    #expect(report.files[1].stored == 20_000)
    return try loaded.contents()
  }

  @Test func doesNotDependOnWorkersOrPieces() throws {
    let one = try contents(jobs: 1)
    #expect(one["segment"]?.count ?? 0 > 5)
    for (jobs, pieceByteCount) in [(2, nil), (4, nil), (2, 1 << 16), (3, 999_983)] as [(Int, Int?)]
    {
      let other = try contents(jobs: jobs, pieceByteCount: pieceByteCount)
      #expect(differences(one, other) == [], "\(jobs) workers, pieces of \(pieceByteCount ?? 0)")
    }
  }

  /// Compressed files give the same registry, what the catalog remembers of the files included.
  @Test(arguments: [CompressionFormat.gzip, .zstd], [1, 2])
  func doesNotDependOnCompression(format: CompressionFormat, jobs: Int) throws {
    let plain = try contents(jobs: 2)
    let end = format == .gzip ? ".gz" : ".zst"
    for (_, path) in try Self.made.get().files()
    where !FileManager.default.fileExists(
      atPath: path + end)
    {
      let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
      let compressor = try Compressor(format)
      // Several members or frames side by side.
      let cuts = [0, bytes.count / 3, bytes.count / 2, bytes.count]
      let parts = try zip(cuts, cuts.dropFirst()).map {
        try compressor.compressed(Array(bytes[$0..<$1]))
      }
      try Data(parts.joined()).write(to: URL(fileURLWithPath: path + end), options: .atomic)
    }
    let packed = try contents(jobs: jobs, end: end)
    #expect(differences(plain, packed) == [])
  }

  /// What one seed gives another does not.
  @Test func dependsOnTheFile() throws {
    func contents(_ text: String) throws -> [String: [[UInt8]: UInt64]] {
      let loaded = try LoadedRegistry(schemas: schemasPath)
      try loaded.load(("household", text))
      return try loaded.contents()
    }
    let one = try contents("household_number,address\n0000000001,1 A\n")
    #expect(differences(one, try contents("household_number,address\n0000000001,1 A\n")) == [])
    #expect(differences(one, try contents("household_number,address\n0000000001,1 B\n")) != [])
  }

  /// Pieces of a few bytes: records, quotes and newlines are cut at every place, refusals, orphans
  /// and duplicates among them.
  @Test(arguments: [1, 7, 64, 1_000, 1 << 20], [1, 3])
  func readsPiecesOfAnySize(pieceByteCount: Int, jobs: Int) throws {
    let families = try Families()
    var limits = LoadLimits()
    limits.pieceByteCount = pieceByteCount
    let report = try families.loaded.load(
      ("home", families.homes), ("member", families.members), jobs: jobs, limits: limits)

    #expect(report.stored == families.report.stored)
    #expect(report.refusals == families.report.refusals)
    #expect(differences(families.expected, try families.loaded.contents()) == [])
    let rejects = try families.loaded.rejects()
    #expect(rejects == families.rejects)
  }
}

/// A folder that a test's shared files lie in.
private final class TemporaryFolderOwner: @unchecked Sendable {
  private let folder: TemporaryFolder
  var path: String { folder.path }
  init() throws { folder = try TemporaryFolder() }
}

/// Homes and members with everything that can go wrong, and what loading them gives.
private struct Families {
  let loaded: LoadedRegistry
  let homes: String
  let members: String
  let report: LoadReport
  let expected: [String: [[UInt8]: UInt64]]
  let rejects: String

  init() throws {
    var random = SeededGenerator(seed: 3)
    var homes = "home_number,street,size\r\n"
    var members = "number,home_number,note,word\n"
    for home in 0..<150 {
      // Words that later rows have, in a row that is refused by a field behind them.
      if home % 13 == 2 { homes += "\(5_000 + home),\(home + 5) Ngõ \(home % 7),x\r\n" }
      homes += "\(1_000 + home),\"\(home) \"\"Phố\"\"\n\(home % 7)\",\r\n"
      if home % 31 == 5 { homes += "bad,x,\r\n" }
      for place in 0..<Int.random(in: 0...4, using: &random) {
        members +=
          "\(100_000 + home * 10 + place),\(1_000 + home),\"note, \(place)\nof \(home)\","
          + "w\(home * 3 + place)\n"
        if home % 17 == 3 { members += "\(100_000 + home * 10 + place),\(1_000 + home),again,\n" }
        if home % 23 == 4 {
          members += "\(200_000 + home),9999,\"or\"\"phan\",w\(home * 3 + 20)\n"
        }
        if home % 29 == 4 { members += "\(300_000 + home),\"a\"b\n\n" }
      }
    }
    (self.homes, self.members) = (homes, members)
    let first = try Self.registry()
    report = try first.load(("home", homes), ("member", members), jobs: 1)
    expected = try first.contents()
    rejects = try first.rejects()
    loaded = try Self.registry()
  }

  static func registry() throws -> LoadedRegistry {
    try LoadedRegistry(tables: [
      """
      {"name": "home", "key": "home_number", "fields": [
        \(field(1, "home_number", "digits(4)")),
        \(field(2, "street", "text", #""words": "address", "dictionary": "street""#)),
        \(field(3, "size", "integer"))],
       "indexes": [{"name": "home_number", "fields": ["home_number"], "unique": true}]}
      """,
      """
      {"name": "member", "key": "number", "parent": {"table": "home", "field": "home_number"},
       "fields": [
        \(field(1, "number", "digits(6)")), \(field(2, "home_number", "digits(4)")),
        \(field(3, "note", "text")),
        \(field(4, "word", "text", #""words": "whole", "dictionary": "word""#))],
       "indexes": [{"name": "number", "fields": ["number"], "unique": true}]}
      """,
    ])
  }
}

/// A field of a table as its file declares it.
func field(_ number: Int, _ name: String, _ type: String, _ more: String = "") -> String {
  """
  {"name": "\(name)", "number": \(number), "type": "\(type)", "meaning": "", \
  "sensitivity": "internal"\(more.isEmpty ? "" : ", " + more)}
  """
}
