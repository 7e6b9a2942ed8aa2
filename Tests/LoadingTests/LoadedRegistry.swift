// A registry that tests load into with limits of their own, and everything that lies in it.

import Bytes
import Foundation
import Pages
import Rows
import Segments
import Store
import Support

@testable import Loading

/// The schemas of this repository.
let schemasPath = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent()
  .appendingPathComponent("Schemas").path

/// A registry in a folder of its own.
final class LoadedRegistry {
  // Closed before its folder goes: another file may then have its place on the disk.
  let registry: Registry
  let folder: TemporaryFolder
  private var fileCount = 0

  init(schemas: String) throws {
    folder = try TemporaryFolder()
    registry = try Registry.create(
      at: folder.file("registry"), schema: Schema(reading: schemas))
  }

  /// A registry of tables written as users write them.
  init(tables: [String], lists: [String] = []) throws {
    folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.file("schemas/codes"), withIntermediateDirectories: true)
    for (number, table) in tables.enumerated() {
      _ = try folder.write(table, as: "schemas/table\(number).json")
    }
    for (number, list) in lists.enumerated() {
      _ = try folder.write(list, as: "schemas/codes/list\(number).json")
    }
    registry = try Registry.create(
      at: folder.file("registry"), schema: Schema(reading: folder.file("schemas")))
  }

  @discardableResult
  func load(
    _ texts: (table: String, text: String)..., jobs: Int = 2, limits: LoadLimits = LoadLimits()
  ) throws -> LoadReport {
    var files: [(table: String, path: String)] = []
    for (table, text) in texts {
      fileCount += 1
      files.append((table, try folder.write(text, as: "input\(fileCount).csv")))
    }
    return try load(files, jobs: jobs, limits: limits)
  }

  @discardableResult
  func load(
    _ files: [(table: String, path: String)], jobs: Int = 2, limits: LoadLimits = LoadLimits()
  ) throws -> LoadReport {
    try load(
      files.map { LoadInput(table: $0.table, path: $0.path) }, jobs: jobs, limits: limits)
  }

  @discardableResult
  func load(
    _ inputs: [LoadInput], jobs: Int = 2, limits: LoadLimits = LoadLimits()
  ) throws -> LoadReport {
    var options = LoadOptions()
    options.jobs = jobs
    options.rejectsPath = folder.file("rejects.csv")
    return try Loader(registry, options: options, limits: limits).load(inputs)
  }

  /// The text of a field in every row of a table, in row order; nil where it is absent.
  func texts(_ field: String, of table: String) throws -> [String?] {
    let position = try tablePosition(table)
    let plan = registry.plan.tables[position]
    guard let place = plan.table.position(of: field) else { return [] }
    let snapshot = try registry.beginSnapshot()
    let reader = RowReader(registry.plan, table: position)
    var texts: [String?] = []
    for segment in 0..<snapshot.segmentCount(table: position) {
      for row in 0..<(try snapshot.segment(segment, table: position)).rowCount {
        guard try reader.read(segment << 16 + row, in: snapshot) else { continue }
        texts.append(reader.buffer.text(of: place).map { String($0) })
      }
    }
    return texts
  }

  /// The lines of the list of refused rows, without the paths of files, which differ by run.
  func rejects() throws -> String {
    try String(contentsOfFile: folder.file("rejects.csv"), encoding: .utf8)
      .replacing(folder.path, with: "")
  }

  func tablePosition(_ table: String) throws -> Int {
    registry.schema.tables.firstIndex { $0.name == table } ?? -1
  }

  /// How many words the dictionaries whose name begins so hold together.
  func wordCount(_ prefix: String) throws -> Int {
    let snapshot = try registry.beginSnapshot()
    return snapshot.catalog.dictionaries.filter { $0.name.hasPrefix(prefix) }
      .reduce(0) { $0 + $1.wordCount }
  }

  /// Every key with its value, by keyspace, the time of loads set to zero.
  ///
  /// Where LMDB puts a value in the file depends on the order of writing, so files are compared by
  /// what they hold.
  func contents() throws -> [String: [[UInt8]: UInt64]] {
    var all: [String: [[UInt8]: UInt64]] = [:]
    let keyspaces = registry.keyspaces
    let reading = try registry.environment.beginReading()
    for keyspace in [
      keyspaces.catalog, keyspaces.segment, keyspaces.checksum, keyspaces.zone, keyspaces.removed,
      keyspaces.partition, keyspaces.word,
    ] {
      var values: [[UInt8]: UInt64] = [:]
      try reading.forEach(in: keyspace) { key, value in
        values[key.copied] = checksum(value)
        return true
      }
      all[keyspace.name] = values
    }
    var catalog = try registry.beginSnapshot().catalog
    for load in catalog.loads.indices { catalog.loads[load].seconds = 0 }
    all["catalog"]?[Array("catalog".utf8)] = checksum(catalog.encoded())
    return all
  }
}

/// What two registries do not have in common, in short.
func differences(
  _ left: [String: [[UInt8]: UInt64]], _ right: [String: [[UInt8]: UInt64]]
) -> [String] {
  left.keys.sorted().flatMap { keyspace -> [String] in
    let (one, two) = (left[keyspace] ?? [:], right[keyspace] ?? [:])
    return Set(one.keys).union(two.keys).filter { one[$0] != two[$0] }.map { "\(keyspace) \($0)" }
      .sorted()
  }
}
