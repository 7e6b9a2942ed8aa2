// What rows were: by whom, when and why they were changed, and how they stood at a moment.

import Bytes
import Querying
import Rows
import Segments
public import Store

/// One committed change, as it is kept.
public struct RecordedChange: Equatable, Sendable {
  /// Its number; later changes have greater ones.
  public let number: UInt64
  /// When it was recorded, in microseconds since 1970-01-01 UTC.
  public let microseconds: Int64
  /// Who made it and why, and the day from which it holds.
  public let reason: ChangeReason
}

/// A row between two changes of it.
public struct RowVersion: Sendable {
  /// The change that made it so; nil for what a load brought.
  public let change: RecordedChange?
  /// The row; nil when it was taken away.
  public let row: Row?
}

extension Database {
  /// Gives `body` a snapshot in which every row is as it was at a moment.
  ///
  /// Everything can be asked of it that can be asked of any snapshot. Rows that came by a load and
  /// were never changed are there at any moment, since loads are not dated row by row. A look-up
  /// takes a few microseconds more, a count as long as it takes to read all versions of the rows
  /// that were ever changed. Throws what `body` throws, and `StoreError`.
  public func read<Result>(at moment: Moment, _ body: (Snapshot) throws -> Result) throws -> Result
  {
    let snapshot = Snapshot(
      try registry.beginSnapshot(at: moment), LookupPool(registry.plan))
    return try body(snapshot)
  }

  /// All versions of each row that has a value in a field with an index, or had it once, the oldest
  /// first; the table's key without a field.
  ///
  /// So a person is found by a number that was cancelled or merged into another. Throws as
  /// `Snapshot.rows(of:where:equal:)` does.
  public func history(
    of table: String, where field: String? = nil, equal text: String
  ) throws -> [[RowVersion]] {
    try read(at: Moment()) { snapshot in
      let table = try snapshot.position(of: table)
      let index = try snapshot.indexPosition(of: field, table: table)
      let field = snapshot.schema.tables[table].indexes[index].fields[0]
      let rows = try snapshot.candidates(of: index, equal: text, table: table)
      let sought = try snapshot.value(of: text, field: field, table: table)
      return try rows.map { try snapshot.versions(ofRow: $0, table: table) }.filter { versions in
        versions.contains { $0.row?.values[field] == sought }
      }
    }
  }
}

extension Snapshot {
  /// The rows that may have a value of an index's one field, or may have had it.
  fileprivate func candidates(of index: Int, equal text: String, table: Int) throws -> [Int] {
    let field = schema.tables[table].fields[schema.tables[table].indexes[index].fields[0]]
    let bytes = normalText(text)
    let value = field.type == .text ? nil : try stored(bytes, field: field, table: table)
    return try lookups.withLookup(of: table) { lookup throws(StoreError) in
      if let value { return try lookup.candidates(of: index, equal: value, in: store) }
      return try bytes.lend { (bytes) throws(StoreError) in
        try lookup.candidates(of: index, equal: bytes, in: store)
      }
    }
  }

  /// A text as the value of a field.
  fileprivate func value(of text: String, field: Int, table: Int) throws -> Value {
    let declared = schema.tables[table].fields[field]
    let bytes = normalText(text)
    if case .code = declared.type { return .code(String(decoding: bytes, as: UTF8.self)) }
    guard declared.type != .text else { return .text(String(decoding: bytes, as: UTF8.self)) }
    let stored = try stored(bytes, field: declared, table: table)
    return Value(stored: stored, type: declared.type, codes: nil) ?? .absent
  }

  /// What a row was between its changes, and is now.
  fileprivate func versions(ofRow row: Int, table: Int) throws -> [RowVersion] {
    let plan = store.plan.tables[table]
    var versions: [RowVersion] = []
    var change: RecordedChange?
    let buffer = RowBuffer(plan)
    for past in try store.history(ofRow: row, table: table) {
      if let old = past.row {
        buffer.fill(from: old)
        versions.append(
          RowVersion(change: change, row: Row(buffer, number: row, in: store)))
      }
      change = try store.change(past.change).map { RecordedChange($0, number: past.change) }
    }
    let reader = RowReader(store.plan, table: table)
    let isThere = try reader.read(row, in: store)
    if isThere || change != nil {
      versions.append(RowVersion(change: change, row: isThere ? Row(reader, in: store) : nil))
    }
    return versions
  }
}

extension RecordedChange {
  fileprivate init(_ record: ChangeRecord, number: UInt64) {
    self.number = number
    microseconds = record.microseconds
    reason = record.reason
  }
}
