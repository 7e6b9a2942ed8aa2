// The part of a scan that goes over rows which changed since their segments were written: few
// enough to be read one by one.

import Bytes
import Columns
import Segments
import Store

extension Condition {
  /// Whether the condition holds of the row that a buffer has.
  func holds(of buffer: RowBuffer) -> Bool {
    switch self {
    case .everything: true
    case .isIn(let field, let values): values.contains(buffer.values[field])
    case .isInRange(let field, let range):
      buffer.values[field] != absentValue && range.contains(buffer.values[field])
    case .isAbsent(let field): Self.isAbsent(field, buffer)
    case .isPresent(let field): !Self.isAbsent(field, buffer)
    case .isText(let field, let bytes): TextTest.equals(bytes).holds(buffer.text(of: field))
    case .hasPrefix(let field, let bytes): TextTest.begins(bytes).holds(buffer.text(of: field))
    case .all(let parts): parts.allSatisfy { $0.holds(of: buffer) }
    case .any(let parts): parts.contains { $0.holds(of: buffer) }
    case .not(let part): !part.holds(of: buffer)
    }
  }

  private static func isAbsent(_ field: Int, _ buffer: RowBuffer) -> Bool {
    buffer.plan.isText[field]
      ? buffer.text(of: field) == nil : buffer.values[field] == absentValue
  }
}

extension Scan {
  /// Reads each row that satisfies the condition and lies apart from its segment, in the order of
  /// their numbers.
  func forEachFresh(
    in snapshot: borrowing Snapshot, _ body: (RowReader) throws(QueryError) -> Void
  ) throws(QueryError) {
    guard snapshot.hasFreshRows else { return }
    let reader = RowReader(snapshot.plan, table: table)
    let rows: [Int]
    do throws(StoreError) {
      rows = try snapshot.freshRows(ofTable: table)
    } catch { throw QueryError(error) }
    for row in rows {
      let isThere: Bool
      do throws(StoreError) {
        isThere = try reader.read(row, in: snapshot)
      } catch { throw QueryError(error) }
      if isThere, condition.holds(of: reader.buffer) { try body(reader) }
    }
  }

  /// The numbers of these rows.
  func freshRows(in snapshot: borrowing Snapshot) throws(QueryError) -> [Int] {
    var found: [Int] = []
    try forEachFresh(in: snapshot) { (reader) throws(QueryError) in
      found.append(reader.buffer.row)
    }
    return found
  }

  /// Counts these rows by the keys of their dimensions.
  func freshCells(
    _ dimensions: [Dimension], _ spaces: [SlotSpace], in snapshot: borrowing Snapshot
  ) throws(QueryError) -> CellCounts {
    var counts = CellCounts()
    try forEachFresh(in: snapshot) { (reader) throws(QueryError) in
      var keys = CellKeys()
      for index in dimensions.indices {
        keys[index] = spaces[index].key(of: reader.buffer.values[dimensions[index].field])
      }
      counts.sparse[keys, default: 0] += 1
    }
    return counts
  }
}

/// Places of a segment whose rows a scan must not read there.
final class PassedPlaces {
  /// The bitmap, valid while this object is and the snapshot's bytes are; nil for none.
  private(set) var bits: LentBytes?
  private let room = Scratch<UInt8>(count: 8_192)
  private var fresh: [Int]?

  /// Goes to a segment: places that were emptied, and those of rows that changed.
  func begin(
    _ segment: Int, table: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) {
    bits = try snapshot.removedPlaces(segment, table: table)
    guard snapshot.hasFreshRows else { return }
    let rows: [Int]
    if let fresh { rows = fresh } else { rows = try snapshot.freshRows(ofTable: table) }
    fresh = rows
    var position = lastPlace(rows, upTo: segment << 16 - 1) + 1
    guard position < rows.count, rows[position] >> 16 == segment else { return }
    let view = room.view
    for offset in 0..<8_192 { view[offset] = bits?[offset] ?? 0 }
    while position < rows.count, rows[position] >> 16 == segment {
      let place = rows[position] & 0xFFFF
      view[place >> 3] |= 1 << UInt8(place & 7)
      position += 1
    }
    bits = view.lent(count: 8_192)
  }
}
