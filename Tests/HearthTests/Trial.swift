// A registry of a few small tables, for tests to load hand-written files into.

import Foundation
import Hearth
import Support
import Testing

/// A registry in a folder of its own, which is gone when the test is.
final class Trial {
  // Closed before its folder goes: another file may then have its place on the disk.
  let database: Database
  let folder: TemporaryFolder
  private var fileCount = 0

  /// Makes a registry of these tables and code lists, written as users write them.
  init(_ tables: [String], lists: [String] = []) throws {
    folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.file("schemas/codes"), withIntermediateDirectories: true)
    for (number, table) in tables.enumerated() {
      _ = try folder.write(table, as: "schemas/table\(number).json")
    }
    for (number, list) in lists.enumerated() {
      _ = try folder.write(list, as: "schemas/codes/list\(number).json")
    }
    database = try Database.create(
      at: folder.file("registry"), schema: Schema(reading: folder.file("schemas")))
  }

  /// Makes a registry of the schemas of this repository.
  init(shippedSchemas: Void) throws {
    folder = try TemporaryFolder()
    database = try Database.create(
      at: folder.file("registry"), schema: Schema(reading: repositorySchemas))
  }

  /// Writes a file to load.
  func file(_ bytes: [UInt8]) throws -> String {
    fileCount += 1
    return try folder.write(bytes, as: "input\(fileCount).csv")
  }

  func file(_ text: String) throws -> String { try file(Array(text.utf8)) }

  /// Loads one text a table, together.
  @discardableResult
  func load(_ texts: (table: String, text: String)..., again: Bool = false) throws -> LoadReport {
    try load(
      texts.map { (table: $0.table, path: try file($0.text)) }, again: again)
  }

  @discardableResult
  func load(
    _ files: [(table: String, path: String)], again: Bool = false, jobs: Int = 2
  ) throws -> LoadReport {
    try load(files.map { LoadInput(table: $0.table, path: $0.path) }, again: again, jobs: jobs)
  }

  /// Loads a text by a plan that is written as users write it.
  @discardableResult
  func load(_ text: String, plan: String) throws -> LoadReport {
    try load(path: try file(text), plan: plan)
  }

  @discardableResult
  func load(path: String, plan: String) throws -> LoadReport {
    let planPath = try folder.write(plan, as: "plan.json")
    return try load(LoadPlan(reading: planPath, schema: database.schema).inputs(path))
  }

  @discardableResult
  func load(_ inputs: [LoadInput], again: Bool = false, jobs: Int = 2) throws -> LoadReport {
    var options = LoadOptions()
    options.jobs = jobs
    options.rejectsPath = rejectsPath
    options.warningsPath = warningsPath
    options.allowsRepeatedFiles = again
    let report = try database.load(inputs, options: options)
    if report.stored < Self.verifiedRowCountMax {
      let verified = try database.verify()
      #expect(verified.findings == [])
      #expect(verified.skipped == [])
    }
    return report
  }

  /// After a load of fewer rows than this, the whole registry is verified.
  private static let verifiedRowCountMax = 5_000

  /// The one row with a key; nil if there is none.
  func row(_ table: String, _ text: String, by field: String? = nil) throws -> Row? {
    try database.read { (snapshot: Snapshot) throws in
      let rows = try snapshot.rows(of: table, where: field, equal: text)
      return rows.count == 1 ? rows[0] : nil
    }
  }

  /// A field of the one row with a key, as text.
  func text(_ table: String, _ key: String, _ field: String) throws -> String? {
    try row(table, key)?[field].description
  }

  func rowCount(_ table: String) throws -> Int {
    try database.read { try $0.rowCount(of: table) }
  }

  /// One field of the children of a row, in their order.
  func children(of key: String, in parent: String, _ table: String, _ field: String) throws
    -> [String]
  {
    try database.read { (snapshot: Snapshot) throws in
      guard let row = try snapshot.rows(of: parent, equal: key).first else { return [] }
      return try snapshot.children(of: row, in: table).map { $0[field].description }
    }
  }

  // MARK: Refused rows

  var rejectsPath: String { folder.file("rejects.csv") }

  private var warningsPath: String { folder.file("warnings.csv") }

  /// What the rejects file says, without files and remedies: table, line, byte offset, field, code.
  func rejects() throws -> [String] { Self.withoutRemedies(try rejectsText()) }

  /// The same of the warnings file, which is not there when nothing was odd.
  func warnings() throws -> [String] {
    Self.withoutRemedies(try String(contentsOfFile: warningsPath, encoding: .utf8))
  }

  private static func withoutRemedies(_ text: String) -> [String] {
    text.split(separator: "\n").dropFirst().map { line in
      let parts = line.split(separator: ",", omittingEmptySubsequences: false)
      return ([parts[0]] + parts[2..<6]).joined(separator: ",")
    }
  }

  func rejectsText() throws -> String {
    try String(contentsOfFile: rejectsPath, encoding: .utf8)
  }
}

/// A field of a table as its file declares it.
func field(_ number: Int, _ name: String, _ type: String, _ more: String = "") -> String {
  """
  {"name": "\(name)", "number": \(number), "type": "\(type)", "meaning": "", \
  "sensitivity": "internal"\(more.isEmpty ? "" : ", " + more)}
  """
}

/// A table as its file declares it.
func table(
  _ name: String, key: String? = nil, fields: [String], indexes: [String] = [], _ more: String = ""
)
  -> String
{
  """
  {"name": "\(name)", \(key.map { "\"key\": \"\($0)\", " } ?? "")\(more.isEmpty ? "" : more + ",")
   "fields": [\(fields.joined(separator: ",\n"))],
   "indexes": [\(indexes.joined(separator: ",\n"))]}
  """
}

/// A unique index on one field.
func unique(_ field: String) -> String {
  #"{"name": "\#(field)", "fields": ["\#(field)"], "unique": true}"#
}

/// A code list without attributes.
func codes(_ name: String, open: Bool = false, _ codes: [String]) -> String {
  """
  {"name": "\(name)", "description": "", "open": \(open), "attributes": [],
   "codes": [\(codes.map { "[\"\($0)\"]" }.joined(separator: ", "))]}
  """
}

/// Where a part of a text begins, in bytes.
func offset(of part: String, in text: String) -> Int {
  guard let range = text.range(of: part) else { return -1 }
  return text.utf8.distance(from: text.startIndex, to: range.lowerBound)
}

/// A gzip stream that holds the bytes as they are, in as many members as there are parts.
func gzipped(_ parts: [[UInt8]]) -> [UInt8] {
  parts.flatMap { part -> [UInt8] in
    var bytes: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
    var start = 0
    repeat {
      let end = min(start + 65_535, part.count)
      let count = UInt16(end - start)
      bytes += [end == part.count ? 1 : 0]
      for number in [count, ~count] { bytes += [UInt8(number & 255), UInt8(number >> 8)] }
      bytes += part[start..<end]
      start = end
    } while start < part.count
    for number in [crc32(part), UInt32(part.count)] {
      bytes += (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(8 * $0)) }
    }
    return bytes
  }
}

private func crc32(_ bytes: [UInt8]) -> UInt32 {
  var sum = UInt32.max
  for byte in bytes {
    sum ^= UInt32(byte)
    for _ in 0..<8 { sum = sum & 1 == 1 ? (sum >> 1) ^ 0xEDB8_8320 : sum >> 1 }
  }
  return ~sum
}

/// The schemas of this repository.
let repositorySchemas = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Schemas").path
