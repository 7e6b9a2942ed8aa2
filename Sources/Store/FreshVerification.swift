// Checks what changes have left: fresh rows, the keys beside the runs, changes and history.

import Bytes
import Columns
import Pages
import Rows
import Segments

extension Verification {
  /// Fresh rows, changes and history can be read, and fresh rows are as many as counted.
  func verifyChanges() {
    let snapshot = shared
    do throws(StoreError) {
      guard let state = try shared.snapshot.registry.changeState(shared.snapshot.reader) else {
        return
      }
      for table in shared.snapshot.plan.tables.indices {
        let rows = try shared.snapshot.freshRows(ofTable: table)
        for row in rows {
          guard let stored = try snapshot.snapshot.freshRow(row, table: table) else {
            throw StoreError(Corruption(.freshRow, at: 0))
          }
          if !(try isThere(stored, table)) {
            let place = "\(shared.snapshot.plan.tables[table].table.name) fresh row"
            log.note(.parentsThere, .freshRow, place, order: VerificationOrder.changes)
          }
        }
      }
      try forEachValue(in: shared.snapshot.registry.keyspaces.change) {
        key, value throws(Corruption) in
        guard let number = NumberKey(key), number.combined <= state.changeNumber else {
          throw Corruption(.change, at: 0)
        }
        _ = try ChangeRecord(reading: value, key: number.combined)
      }
      let plan = shared.snapshot.plan
      let buffers = plan.tables.map { RowBuffer($0) }
      try forEachValue(in: shared.snapshot.registry.keyspaces.history) {
        key, value throws(Corruption) in
        guard let place = HistoryKey(key), place.table < plan.tables.count else {
          throw Corruption(.freshRow, at: 0)
        }
        _ = try PastRow(reading: value, place, buffers[place.table])
      }
      try forEachValue(in: shared.snapshot.registry.keyspaces.pastKey) {
        key, value throws(Corruption) in
        guard let key = FreshKey(key), key.table < plan.tables.count, value.count == 1,
          value[0] == 0
        else { throw Corruption(.freshKey, at: 0) }
      }
    } catch { log.note(error, order: VerificationOrder.changes) }
  }

  private func isThere(_ stored: StoredRow, _ table: Int) throws(StoreError) -> Bool {
    guard let parent = shared.snapshot.plan.tables[table].parent, stored.kind == .row,
      stored.parentRow != absentValue
    else { return true }
    let row = Int(stored.parentRow)
    if let found = try shared.snapshot.freshRow(row, table: parent) { return found.kind == .row }
    return try shared.snapshot.isPresent(row: row, table: parent)
  }

  /// Reads every value of a keyspace; each that cannot be read is told.
  private func forEachValue(
    in keyspace: Keyspace, _ body: (LentBytes, LentBytes) throws(Corruption) -> Void
  ) throws(StoreError) {
    let log = log
    try shared.snapshot.reader.forEach(in: keyspace, from: NumberKey(combined: 0)) { key, value in
      do throws(Corruption) {
        try body(key, value)
      } catch {
        log.note(StoreError(error.located(keyspace.name)), order: VerificationOrder.changes)
      }
      return true
    }
  }

  /// The keys beside the runs are those by which the rows differ from the runs: each is taken from
  /// or given to what the runs are compared with.
  func verifyFreshKeys() {
    let keys = FreshKeyVerification(self)
    do throws(StoreError) {
      var found: [(key: FreshKey, value: UInt8)] = []
      let log = log
      try shared.snapshot.reader.forEach(
        in: shared.snapshot.registry.keyspaces.freshKey, from: NumberKey(combined: 0)
      ) { bytes, value in
        guard let key = FreshKey(bytes), value.count == 1, value[0] <= FreshKey.ofRun else {
          log.note(.readable, .freshKey, "freshKey", order: VerificationOrder.changes)
          return true
        }
        found.append((key, value[0]))
        return true
      }
      for (key, value) in found { try keys.verify(key, value) }
    } catch { log.note(error, order: VerificationOrder.changes) }
  }
}

/// Compares keys beside the runs with their rows.
private final class FreshKeyVerification {
  private let verification: Verification
  private let sealed: [RowReader]
  private let current: [RowReader]
  private let keys: [RowKeys]

  init(_ verification: Verification) {
    self.verification = verification
    let plan = verification.shared.snapshot.plan
    sealed = plan.tables.indices.map { RowReader(plan, table: $0, readsSealed: true) }
    current = plan.tables.indices.map { RowReader(plan, table: $0) }
    keys = plan.tables.map { RowKeys($0) }
  }

  func verify(_ key: FreshKey, _ value: UInt8) throws(StoreError) {
    let shared = verification.shared
    guard key.table < keys.count, key.index < verification.indexes[key.table].count else {
      return note(key)
    }
    let place = try shared.snapshot.positionalParent(of: key.row, table: key.table)
    var isSealed = false
    if key.row >> 16 < shared.snapshot.segmentCount(table: key.table),
      try sealed[key.table].read(key.row, in: shared.snapshot)
    {
      isSealed = all(sealed[key.table].buffer, key, place).contains(key)
    }
    let index = verification.indexes[key.table][key.index]
    if value == FreshKey.ofRun {
      guard !isSealed, index.adjust(hash: key.hash, row: key.row, by: 1) else { return note(key) }
    } else if isSealed {
      _ = index.adjust(hash: key.hash, row: key.row, by: .max)
    } else {
      guard try current[key.table].read(key.row, in: shared.snapshot),
        all(current[key.table].buffer, key, place).contains(key)
      else { return note(key) }
    }
  }

  private func all(_ buffer: RowBuffer, _ key: FreshKey, _ place: Int?) -> Set<FreshKey> {
    let words = verification.shared.snapshot.words
    return keys[key.table].all(
      of: WholeRow(buffer), row: key.row, positional: place.map(Int64.init)
    ) { words.code($0, of: $1) }
  }

  private func note(_ key: FreshKey) {
    verification.log.note(
      .entriesComplete, .freshKey, "table \(key.table) index \(key.index)",
      order: VerificationOrder.changes)
  }
}
