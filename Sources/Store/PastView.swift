// Rows as they were at a moment: what was known of them at a time, and what held on a day.
//
// A row that was changed is made of its oldest version and the differences that the changes made
// which count at the moment, in the order of the days from which they hold. Rows that no change
// touched are read as always.

import Bytes
import Columns
import Pages
public import Rows
import Segments

/// Which changes of a registry count: those that were known at a time, and hold on a day.
public struct Moment: Equatable, Sendable {
  /// Changes that were recorded later do not count, in microseconds since 1970-01-01 UTC; nil for
  /// all that are recorded.
  public var knownAt: Int64?
  /// Changes that hold from a later day do not count; nil for all.
  ///
  /// A change that names no day holds from the day, in UTC, on which it was recorded.
  public var day: Day?

  /// What held on a day, as it was known at a time.
  public init(asOf day: Day? = nil, knownAt: Int64? = nil) {
    (self.day, self.knownAt) = (day, knownAt)
  }

  fileprivate func counts(_ change: PastView.ChangeTime) -> Bool {
    change.microseconds <= knownAt ?? .max && change.day <= day?.daysSince1970 ?? .max
  }
}

/// What a snapshot at a moment has in the place of what is current.
final class PastView: @unchecked Sendable {
  fileprivate struct ChangeTime {
    let microseconds: Int64
    let day: Int32
  }

  /// A row as it was, in memory as it would be stored.
  private final class Version {
    let bytes: Scratch<UInt8>
    let stored: StoredRow

    init(
      _ row: WholeRow, _ kind: StoredRow.Kind, _ plan: TablePlan
    ) throws(StoreError) {
      let encoded = row.encoded(kind, change: 0, key: 0, plan)
      let room = Scratch<UInt8>(count: encoded.count)
      encoded.lend { _ = room.view.write($0, at: 0) }
      bytes = room
      do throws(Corruption) {
        stored = try StoredRow(reading: bytes.view.lent(count: encoded.count), key: 0, plan)
      } catch { throw StoreError(error) }
    }
  }

  private let base: SharedSnapshot
  private let moment: Moment
  /// Guards all below.
  private let monitor = Monitor()
  private let readers: [RowReader]
  private var versions: [RowID: Version] = [:]
  private var times: [UInt64: ChangeTime] = [:]

  init(_ base: SharedSnapshot, at moment: Moment) {
    (self.base, self.moment) = (base, moment)
    readers = base.snapshot.plan.tables.indices.map { RowReader(base.snapshot.plan, table: $0) }
  }

  /// A row that is not what its segment says, valid as long as this view is.
  func row(_ row: Int, table: Int) throws(StoreError) -> StoredRow? {
    guard row >= 0, row <= Int(UInt32.max) else { return nil }
    let id = RowID(table: table, row: row)
    return try monitor.withLock { () throws(StoreError) -> StoredRow? in
      if let known = versions[id] { return known.stored }
      let past = try base.snapshot.history(ofRow: row, table: table)
      guard !past.isEmpty else { return try base.snapshot.freshRow(row, table: table) }
      let current = try current(id)
      let found = try version(past, current)
      let plan = base.snapshot.plan.tables[table]
      let made = try Version(
        found ?? WholeRow(of: plan), found == nil ? .emptied : .row, plan)
      versions[id] = made
      return made.stored
    }
  }

  private func current(_ id: RowID) throws(StoreError) -> WholeRow? {
    let reader = readers[id.table]
    return try reader.read(id.row, in: base.snapshot) ? WholeRow(reader.buffer) : nil
  }

  /// The row at the moment; nil when it was not there.
  private func version(_ past: [PastRow], _ current: WholeRow?) throws(StoreError) -> WholeRow? {
    var known: [(step: Int, day: Int32)] = []
    for (step, before) in past.enumerated() {
      let time = try time(of: before.change)
      if moment.counts(time) { known.append((step, time.day)) }
    }
    let states = past.map(\.row) + [current]
    var first = states[0]
    if first == nil {
      // A change added the row.
      guard known.contains(where: { $0.step == 0 }) else { return nil }
      first = states[1]
      known.removeAll { $0.step == 0 }
    }
    guard var row = first else { return nil }
    known.sort { ($0.day, $0.step) < ($1.day, $1.step) }
    for (step, _) in known {
      guard let before = states[step], let after = states[step + 1] else { return nil }
      row.take(differencesOf: after, from: before)
    }
    return row
  }

  private func time(of number: UInt64) throws(StoreError) -> ChangeTime {
    if let known = times[number] { return known }
    guard let record = try base.snapshot.change(number) else {
      throw StoreError(Corruption(.change, at: 0, in: "change \(number)"))
    }
    let made = ChangeTime(microseconds: record.microseconds, day: record.day)
    times[number] = made
    return made
  }

  /// The rows of a table that are not read from their segments, or need not be, rising.
  func rows(ofTable table: Int) throws(StoreError) -> [Int] {
    var found = Set(try base.snapshot.freshRows(ofTable: table))
    let first = HistoryKey(table: table, row: 0, change: 0)
    let history = base.snapshot.registry.keyspaces.history
    try base.snapshot.reader.forEach(in: history, from: first.bytes) { key, _ in
      guard let key = HistoryKey(key), key.table == table else { return false }
      found.insert(key.row)
      return true
    }
    return found.sorted()
  }
}

extension ChangeRecord {
  /// The day from which the change holds.
  package var day: Int32 {
    let days = microseconds / 86_400_000_000
    let isBefore = microseconds % 86_400_000_000 < 0
    return reason.effectiveDay?.daysSince1970
      ?? Int32(truncatingIfNeeded: isBefore ? days - 1 : days)
  }
}

extension WholeRow {
  /// Takes the values in which a row differs from another.
  fileprivate mutating func take(differencesOf after: WholeRow, from before: WholeRow) {
    for field in values.indices {
      if after.values[field] != before.values[field] { values[field] = after.values[field] }
      if after.texts[field] != before.texts[field] { texts[field] = after.texts[field] }
    }
    if after.parentRow != before.parentRow { parentRow = after.parentRow }
  }
}
