// Writes rows of a table as text: comma-separated as a load reads it, or as JSON for other tools.

import Bytes
import Compression
import Querying
import Rows
import Store

/// How rows are written.
public enum ExportFormat: String, CaseIterable, Sendable {
  /// Comma-separated text with a first line that names the fields.
  ///
  /// A field that holds a comma, a quote or an end of line is quoted as RFC 4180 says. Absent
  /// values are empty.
  case csv
  /// A JSON object on each line.
  ///
  /// Every value is a string of the text that CSV has, so that no reader rounds a number or drops
  /// a leading zero; only flags are true or false. Absent values are left out.
  case ndjson
  /// The same, with the rows that belong to the row in arrays named by their tables, and theirs in
  /// them.
  ///
  /// The arrays are there even if they are empty.
  case tree
}

extension Snapshot {
  /// Gives the rows of a table to `sink` as text, in stored order and some megabytes at a time;
  /// returns how many rows.
  ///
  /// With a condition, which is text as in `count`, only the rows that satisfy it are written; of a
  /// tree all that belong to them. `fields` are those to write, in that order, by default all. In a
  /// tree they name fields of the table itself, and of others as `person.full_name`; tables of
  /// which nothing is named are then left out.
  ///
  /// In CSV `absentMark` stands for absent values, so that a load plan can tell them from empty
  /// texts; no value may be the same.
  ///
  /// `sink` is called on this thread while `jobs` others, by default one for each processor, make
  /// more. Throws `QueryFailure` for a wrong table or field, `QueryError` for the condition or the
  /// mark, `StoreError`, or what `sink` throws.
  @discardableResult
  public func export(
    _ table: String, as format: ExportFormat = .csv, where condition: String = "",
    fields: [String]? = nil, absentMark: String = "", jobs: Int? = nil,
    to sink: (RawSpan) throws -> Void
  ) throws -> Int {
    let export = try tableExport(table, format, condition, fields, absentMark, jobs)
    return try export.write(in: store) { bytes in
      try sink(unsafe RawSpan(_unsafeBytes: bytes.buffer))
    }
  }

  /// Writes the rows of a table to a file, which appears under its name once it is whole, in place
  /// of one that was there; returns how many rows.
  ///
  /// The file is compressed if the path ends in `.gz` or `.zst`; `-` is the standard output. Throws
  /// `ExportError` besides what `export(_:as:where:fields:absentMark:jobs:to:)` throws.
  @discardableResult
  public func export(
    _ table: String, as format: ExportFormat = .csv, where condition: String = "",
    fields: [String]? = nil, absentMark: String = "", jobs: Int? = nil, toFile path: String
  ) throws -> Int {
    let compression: CompressionFormat? =
      path.hasSuffix(".gz") ? .gzip : path.hasSuffix(".zst") ? .zstd : nil
    let export = try tableExport(
      table, format, condition, fields, absentMark, jobs, compression: compression)
    let file = try OutputFile(path)
    do {
      let rowCount = try export.write(in: store) { try file.write($0) }
      try file.finish()
      return rowCount
    } catch is CompressionError {
      throw ExportError(path: path, systemError: OutputFile.outOfMemory)
    }
  }

  private func tableExport(
    _ table: String, _ format: ExportFormat, _ condition: String, _ fields: [String]?,
    _ absentMark: String, _ jobs: Int?, compression: CompressionFormat? = nil
  ) throws -> TableExport {
    let table = try position(of: table)
    let exported = try ExportedTable(table, fields: fields, isTree: format == .tree, in: schema)
    let scan = try scan(schema.tables[table].name, condition, max(1, jobs ?? processorCount()))
    return TableExport(
      scan, of: exported, as: format == .csv ? .csv : .ndjson, absentMark: absentMark,
      compression: compression)
  }
}

extension ExportedTable {
  /// A table with the fields of these names, or all.
  fileprivate init(
    _ table: Int, fields names: [String]?, isTree: Bool, in schema: Schema
  ) throws(QueryFailure) {
    let chosen = try names.map { names throws(QueryFailure) in
      try Self.fields(names, of: table, isTree: isTree, in: schema)
    }
    guard isTree else {
      self.init(
        table: table, fields: chosen?[table] ?? Array(schema.tables[table].fields.indices))
      return
    }
    self = try Self.tree(table, chosen, in: schema) ?? ExportedTable(table: table, fields: [])
    let hasChildren = schema.tables.contains { $0.parent?.table == table }
    guard hasChildren else { throw .notAParent(schema.tables[table].name) }
  }

  /// The positions of named fields by table.
  private static func fields(
    _ names: [String], of table: Int, isTree: Bool, in schema: Schema
  ) throws(QueryFailure) -> [Int: [Int]] {
    var chosen: [Int: [Int]] = [:]
    for name in names {
      var (owner, field) = (table, name)
      if isTree, let point = name.firstIndex(of: ".") {
        let ownerName = String(name[..<point])
        guard let found = schema.tables.firstIndex(where: { $0.name == ownerName }) else {
          throw .unknownTable(ownerName)
        }
        guard isInTree(found, of: table, in: schema) else {
          throw .notAChild(table: ownerName, parent: schema.tables[table].name)
        }
        (owner, field) = (found, String(name[name.index(after: point)...]))
      }
      guard let position = schema.tables[owner].position(of: field) else {
        throw .unknownField(table: schema.tables[owner].name, field: field)
      }
      guard chosen[owner]?.contains(position) != true else {
        throw .fieldRepeated(table: schema.tables[owner].name, field: field)
      }
      chosen[owner, default: []].append(position)
    }
    guard !chosen.isEmpty else { throw .noFields(table: schema.tables[table].name) }
    return chosen
  }

  private static func isInTree(_ table: Int, of root: Int, in schema: Schema) -> Bool {
    var next: Int? = table
    while let position = next, position != root { next = schema.tables[position].parent?.table }
    return next == root
  }

  /// A table with what belongs to it; nil if of none of them a field is chosen.
  private static func tree(
    _ table: Int, _ chosen: [Int: [Int]]?, in schema: Schema
  ) throws(QueryFailure) -> ExportedTable? {
    let declared = schema.tables[table]
    let fields = chosen.map { $0[table] ?? [] } ?? Array(declared.fields.indices)
    var children: [ExportedTable] = []
    for (position, other) in schema.tables.enumerated() where other.parent?.table == table {
      guard let child = try tree(position, chosen, in: schema) else { continue }
      guard !fields.contains(where: { declared.fields[$0].name == other.name }) else {
        throw .nameTaken(table: other.name, by: declared.name)
      }
      children.append(child)
    }
    guard !fields.isEmpty || !children.isEmpty else { return nil }
    return ExportedTable(table: table, fields: fields, children: children)
  }
}
