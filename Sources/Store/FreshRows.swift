// Rows that changed since their segments were written, as readers meet them.
//
// Invariants:
//   - a row that lies in `fresh` is read from there by whoever wants what is true now; its segment
//     holds what was true when it was sealed
//   - the runs of an index hold the keys that rows had when the runs were made, `freshKey` those
//     that rows have and runs do not; candidates are confirmed by their rows, as always
//   - the filters have every row and key of the changes up to any snapshot that uses them; having
//     more does no harm

import Bytes
import Pages
import Rows
package import Segments
import Synchronization

/// Keys that rows were given by changes, in order of table, index, hash and row; in `pastKey` those
/// that changes took from rows, with the value 0.
///
/// The value is one byte: 0 for a key that the row has and no run, 1 for one that a run has and the
/// row had when it was sealed before, but no more.
///
///     OFFSET  SIZE  FIELD
///     0       2     table, big-endian, as are all
///     2       2     index: those of the table in schema order, then its late children
///     4       8     hash of the key
///     12      4     row
struct FreshKey: Hashable {
  let table: Int
  let index: Int
  let hash: UInt64
  let row: Int

  static let byteCount = 16
  /// The value of a key that the row has and no run.
  static let ofRow: UInt8 = 0
  /// The value of a key that a run has and the row has no more.
  static let ofRun: UInt8 = 1

  /// The bytes in the file.
  var bytes: [UInt8] { prefix + Self.bigEndian(UInt64(row), count: 4) }

  /// What all keys with this hash begin with.
  var prefix: [UInt8] {
    Self.bigEndian(UInt64(table), count: 2) + Self.bigEndian(UInt64(index), count: 2)
      + Self.bigEndian(hash, count: 8)
  }

  init(table: Int, index: Int, hash: UInt64, row: Int) {
    (self.table, self.index, self.hash, self.row) = (table, index, hash, row)
  }

  /// Reads a key that a cursor found; nil when it is none.
  init?(_ bytes: LentBytes) {
    guard bytes.count == Self.byteCount else { return nil }
    table = Int(UInt16(bigEndian: UInt16(littleEndian: bytes.load(0))))
    index = Int(UInt16(bigEndian: UInt16(littleEndian: bytes.load(2))))
    hash = UInt64(bigEndian: UInt64(littleEndian: bytes.load(4)))
    row = Int(UInt32(bigEndian: UInt32(littleEndian: bytes.load(12))))
  }

  private static func bigEndian(_ value: UInt64, count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64(count - 1 - $0))) }
  }

  /// What the filter of keys knows it by.
  var filterHash: UInt64 { Self.filterHash(table: table, index: index, hash: hash) }

  @inline(__always)
  static func filterHash(table: Int, index: Int, hash: UInt64) -> UInt64 {
    mix(hash ^ UInt64(truncatingIfNeeded: table &* 256 &+ index &+ 1) &* 0x9e37_79b9_7f4a_7c15)
  }
}

/// What is remembered of fresh rows from commit to commit, until they are sealed.
final class FreshFilters: Sendable {
  /// The last change that the filters need not have.
  let settledChange: UInt64
  private let rows = GrowingFilter(hashCount: 120_000)
  private let keys = GrowingFilter(hashCount: 480_000)
  /// The last change whose rows and keys the filters have.
  private let known: Mutex<UInt64>

  init(settledChange: UInt64) {
    self.settledChange = settledChange
    known = Mutex(settledChange)
  }

  /// Adds the changes up to one that a reader sees.
  func catchUp(
    to change: UInt64, _ reader: SharedReader, _ keyspaces: Keyspaces
  ) throws(StoreError) {
    try known.withLock { known throws(StoreError) in
      guard known < change else { return }
      var problem: Corruption?
      try reader.forEach(in: keyspaces.change, from: NumberKey(combined: known + 1)) {
        key, value in
        guard let number = NumberKey(key), number.combined <= change else { return false }
        do throws(Corruption) {
          add(try ChangeRecord(reading: value, key: number.combined))
        } catch {
          problem = error.located("change \(number.combined)")
          return false
        }
        return true
      }
      if let problem { throw StoreError(problem) }
      known = change
    }
  }

  private func add(_ record: ChangeRecord) {
    for row in record.rows { rows.add(Self.hash(of: row.row, table: row.table)) }
    for hash in record.keyHashes { keys.add(hash) }
  }

  @inline(__always)
  func mayHave(row: Int, table: Int) -> Bool { rows.mayHave(Self.hash(of: row, table: table)) }

  @inline(__always)
  func mayHave(key hash: UInt64, index: Int, table: Int) -> Bool {
    keys.mayHave(FreshKey.filterHash(table: table, index: index, hash: hash))
  }

  private static func hash(of row: Int, table: Int) -> UInt64 {
    mix(UInt64(truncatingIfNeeded: table) << 32 | UInt64(truncatingIfNeeded: row))
  }
}

/// The fresh rows that one commit has.
final class FreshView: Sendable {
  let state: ChangeState
  let filters: FreshFilters
  /// Rows as they were at the moment of a snapshot; nil for one of what is current.
  let past: PastView?
  /// By table, once they were asked for: the rows, rising.
  private let rows: Mutex<[[Int]?]>

  init(_ state: ChangeState, _ filters: FreshFilters, past: PastView? = nil) {
    self.past = past
    self.state = state
    self.filters = filters
    rows = Mutex(Array(repeating: nil, count: state.tables.count))
  }

  /// All rows of a table that lie apart from their segments, emptied places among them, rising.
  func rows(
    ofTable table: Int, _ reader: SharedReader, _ keyspaces: Keyspaces
  ) throws(StoreError) -> [Int] {
    if let known = rows.withLock({ $0[table] }) { return known }
    if let past {
      let found = try past.rows(ofTable: table)
      rows.withLock { $0[table] = found }
      return found
    }
    guard state.tables[table].freshRowCount > 0 else { return [] }
    var found: [Int] = []
    found.reserveCapacity(state.tables[table].freshRowCount)
    try reader.forEach(in: keyspaces.fresh, from: Keyspaces.freshKey(table: table, row: 0)) {
      key, _ in
      guard let number = NumberKey(key), number.first == UInt32(table) << 16 else { return false }
      found.append(Int(number.second))
      return true
    }
    guard found.count == state.tables[table].freshRowCount else {
      throw StoreError(Corruption(.change, at: 32 + 24 * table))
    }
    rows.withLock { $0[table] = found }
    return found
  }
}

extension Snapshot {
  /// Whether any row of the registry lies apart from its segment.
  @inline(__always)
  package var hasFreshRows: Bool { fresh != nil }

  /// Whether rows are as they were at a moment.
  package var isPast: Bool { fresh?.past != nil }

  /// The row as changes left it, valid while the snapshot is; nil when its segment has it.
  @inline(__always)
  package borrowing func freshRow(_ row: Int, table: Int) throws(StoreError) -> StoredRow? {
    guard let fresh else { return nil }
    if let past = fresh.past { return try past.row(row, table: table) }
    guard fresh.filters.mayHave(row: row, table: table) else { return nil }
    return try findFreshRow(row, table: table)
  }

  @inline(never)
  private borrowing func findFreshRow(_ row: Int, table: Int) throws(StoreError) -> StoredRow? {
    guard row >= 0, row <= Int(UInt32.max) else { return nil }
    let key = Keyspaces.freshKey(table: table, row: row)
    guard let bytes = try get(key, in: registry.keyspaces.fresh) else { return nil }
    do throws(Corruption) {
      return try StoredRow(reading: bytes, key: key.combined, plan.tables[table])
    } catch {
      throw StoreError(error.located("\(plan.tables[table].table.name) fresh row"))
    }
  }

  /// All rows of a table that lie apart from their segments, emptied places among them, rising.
  package borrowing func freshRows(ofTable table: Int) throws(StoreError) -> [Int] {
    try fresh?.rows(ofTable: table, reader, registry.keyspaces) ?? []
  }

  /// Calls `body` with each fresh row that has a key with this hash and had not when it was sealed,
  /// at a moment also with each row that ever had it.
  @inline(__always)
  borrowing func forEachFreshRow(
    withKey hash: UInt64, index: Int, table: Int, _ body: (Int) -> Void
  ) throws(StoreError) {
    guard let fresh else { return }
    if fresh.past != nil {
      for row in try pastRows(withKey: hash, index: index, table: table) { body(row) }
      return
    }
    guard fresh.filters.mayHave(key: hash, index: index, table: table) else { return }
    try findFreshKeys(hash, index, table, in: registry.keyspaces.freshKey, body)
  }

  /// The rows that have a key by a change, or had it before one, each once.
  private borrowing func pastRows(
    withKey hash: UInt64, index: Int, table: Int
  ) throws(StoreError) -> Set<Int> {
    var found = Set<Int>()
    for keyspace in [registry.keyspaces.freshKey, registry.keyspaces.pastKey] {
      try findFreshKeys(hash, index, table, in: keyspace) { found.insert($0) }
    }
    return found
  }

  @inline(never)
  private borrowing func findFreshKeys(
    _ hash: UInt64, _ index: Int, _ table: Int, in keyspace: Keyspace, _ body: (Int) -> Void
  ) throws(StoreError) {
    let first = FreshKey(table: table, index: index, hash: hash, row: 0)
    try reader.forEach(in: keyspace, from: first.bytes) { key, value in
      guard let found = FreshKey(key), found.table == table, found.index == index,
        found.hash == hash
      else { return false }
      // Of others the run tells.
      if value[0] == FreshKey.ofRow { body(found.row) }
      return true
    }
  }
}
