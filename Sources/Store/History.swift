// What rows were before they were changed.
//
// A change that replaces a row adds the row as it was under (table, row, change), and one that adds
// a row that there was none. The row that is current lies in its segment or among the fresh rows,
// so that reading it never touches the history.
//
// Keys that a change takes from rows are kept too, so that a row is found by what it was called.

import Bytes
import Pages
import Rows
package import Segments

/// Where the history has a row as it was before a change.
///
///     OFFSET  SIZE  FIELD
///     0       4     table, big-endian, as are all
///     4       4     row
///     8       8     change that replaced it
struct HistoryKey {
  let table: Int
  let row: Int
  let change: UInt64

  var bytes: [UInt8] {
    NumberKey(UInt32(table), UInt32(row)).bytes + NumberKey(combined: change).bytes
  }

  init(table: Int, row: Int, change: UInt64) {
    (self.table, self.row, self.change) = (table, row, change)
  }

  /// Reads a key that a cursor found; nil when it is none.
  init?(_ bytes: LentBytes) {
    guard bytes.count == 16, let first = NumberKey(bytes.part(0, 8)),
      let second = NumberKey(bytes.part(8, 16))
    else { return nil }
    (table, row, change) = (Int(first.first), Int(first.second), second.combined)
  }

  /// What the checksum of the value is mixed with.
  var checksumKey: UInt64 {
    mix(NumberKey(UInt32(table), UInt32(row)).combined) ^ change
  }
}

/// A row as it was until a change.
package struct PastRow: Sendable {
  /// The number of the change that replaced it.
  package let change: UInt64
  /// The row; nil when the change added it.
  package let row: WholeRow?

  /// Reads the value of a key of the history.
  init(
    reading bytes: LentBytes, _ key: HistoryKey, _ buffer: RowBuffer
  ) throws(Corruption) {
    change = key.change
    guard bytes.count != 8 else {
      guard bytes.load(0, as: UInt64.self) == Self.nothing(key.checksumKey) else {
        throw Corruption(.freshRow, at: 0)
      }
      row = nil
      return
    }
    buffer.fill(from: try StoredRow(reading: bytes, key: key.checksumKey, buffer.plan))
    row = WholeRow(buffer)
  }

  /// What is stored of a row that was not there.
  private static func nothing(_ key: UInt64) -> UInt64 { checksum([UInt8]()) ^ mix(key) }

  /// The value of a key of the history.
  static func encoded(_ row: WholeRow?, _ key: HistoryKey, _ plan: TablePlan) -> [UInt8] {
    if let row { return row.encoded(.row, change: key.change, key: key.checksumKey, plan) }
    var writer = ByteWriter()
    writer.append(nothing(key.checksumKey))
    return writer.bytes
  }
}

extension Snapshot {
  /// What a row was before each change of it, the oldest first.
  package borrowing func history(
    ofRow row: Int, table: Int
  ) throws(StoreError) -> [PastRow] {
    var found: [PastRow] = []
    var problem: Corruption?
    let plan = plan.tables[table]
    let buffer = RowBuffer(plan)
    let first = HistoryKey(table: table, row: row, change: 0)
    try reader.forEach(in: registry.keyspaces.history, from: first.bytes) { key, value in
      guard let key = HistoryKey(key), key.table == table, key.row == row else { return false }
      do throws(Corruption) {
        found.append(try PastRow(reading: value, key, buffer))
      } catch {
        problem = error.located("\(plan.table.name) history")
        return false
      }
      return true
    }
    if let problem { throw StoreError(problem) }
    return found
  }

  /// One committed change, or nil for a number that none has.
  package borrowing func change(_ number: UInt64) throws(StoreError) -> ChangeRecord? {
    let key = NumberKey(combined: number)
    guard let bytes = try get(key, in: registry.keyspaces.change) else { return nil }
    do throws(Corruption) {
      return try ChangeRecord(reading: bytes, key: number)
    } catch { throw StoreError(error.located("change \(number)")) }
  }

  /// The number of the last change; 0 in a registry that was never changed.
  package borrowing func lastChange() throws(StoreError) -> UInt64 {
    try registry.changeState(reader)?.changeNumber ?? 0
  }
}
