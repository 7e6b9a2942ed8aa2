// Writes a table as comma-separated text, as a load would read it.

import Bytes
import Querying
import Rows

extension Snapshot {
  /// Gives the rows of a table to `sink` as comma-separated text, in stored order and some
  /// megabytes at a time; returns how many rows.
  ///
  /// With a condition, which is text as in `count`, only the rows that satisfy it are written. The
  /// first line names the fields: all of them, or those of `fields` in that order. A field that
  /// holds a comma, a quote or an end of line is quoted as RFC 4180 says. Absent values are empty.
  /// `sink` is called on this thread while `jobs` others, by default one for each processor, make
  /// more. Throws `QueryFailure` for an unknown table or field, `QueryError` for the condition,
  /// `StoreError`, or what `sink` throws.
  @discardableResult
  public func export(
    _ table: String, where condition: String = "", fields: [String]? = nil, jobs: Int? = nil,
    to sink: (RawSpan) throws -> Void
  ) throws -> Int {
    let position = try position(of: table)
    let declared = schema.tables[position]
    let chosen = try fields.map { names in
      try names.map { name throws(QueryFailure) in
        guard let field = declared.position(of: name) else {
          throw .unknownField(table: table, field: name)
        }
        return field
      }
    }
    let threadCount = max(1, jobs ?? processorCount())
    var rows: [Int]?
    if !condition.isEmpty { rows = try scan(table, condition, threadCount).rows(in: store) }
    let export = TableExport(
      table: position, fields: chosen ?? Array(declared.fields.indices), rows: rows,
      threadCount: threadCount)
    return try export.write(in: store) { bytes in
      try sink(unsafe RawSpan(_unsafeBytes: bytes.buffer))
    }
  }
}
