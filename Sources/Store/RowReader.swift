// Reads whole rows of one table, with what they take from their parents.

import Bytes
import Columns
import Rows
package import Segments

/// Reads rows of one table inside one snapshot at a time; used by one thread.
///
/// Rows of the same parent that are read one after another read the parent once.
package final class RowReader {
  package let plan: TablePlan
  /// The row that was read last.
  package let buffer: RowBuffer
  private let parent: RowReader?
  /// Reads first children, for fields that follow from them.
  private var children: [Int: RowReader] = [:]
  private let registryPlan: RegistryPlan

  package init(_ plan: RegistryPlan, table: Int) {
    registryPlan = plan
    self.plan = plan.tables[table]
    buffer = RowBuffer(self.plan)
    parent = self.plan.parent.map { RowReader(plan, table: $0) }
  }

  /// The parent of the row that was read last, without its late fields; nil when it has none.
  package var parentBuffer: RowBuffer? {
    guard let parent, buffer.values[plan.linkColumn] == Int64(parent.buffer.row) else { return nil }
    return parent.buffer
  }

  /// Forgets the rows that were read: a new snapshot begins.
  package func reset() {
    buffer.row = -1
    parent?.reset()
    for child in children.values { child.reset() }
  }

  /// Reads a row into `buffer`; false when the place holds none.
  ///
  /// Throws a corruption that names the column.
  @discardableResult
  package func read(_ row: Int, in snapshot: borrowing Snapshot) throws(StoreError) -> Bool {
    guard try snapshot.isPresent(row: row, table: plan.position) else { return false }
    try readPlace(row, in: snapshot)
    return true
  }

  /// Reads what stands at a place, emptied or not; the caller knows that the place exists.
  package func readPlace(_ row: Int, in snapshot: borrowing Snapshot) throws(StoreError) {
    try readStored(row, in: snapshot)
    if !plan.lateFields.isEmpty { try readLate(row, in: snapshot) }
  }

  private func readStored(_ row: Int, in snapshot: borrowing Snapshot) throws(StoreError) {
    let view = try snapshot.segment(row >> 16, table: plan.position)
    let place = row & 0xFFFF
    do throws(Corruption) {
      try view.openAll()
    } catch { throw StoreError(error) }
    view.prefetch(row: place)
    var parentBuffer: RowBuffer?
    if let parent {
      let parentRow = view.parentRow(of: place)
      buffer.values[plan.linkColumn] = parentRow
      if parentRow != absentValue {
        let number = Int(parentRow)
        if parent.buffer.row != number {
          guard number >= 0, number >> 16 < snapshot.segmentCount(table: parent.plan.position)
          else { throw StoreError(Corruption(.column, at: 0, in: "\(plan.table.name) parent")) }
          try parent.readParent(number, in: snapshot)
        }
        parentBuffer = parent.buffer
      }
    }
    do throws(Corruption) {
      try view.read(row: place, into: buffer, words: snapshot.words, parent: parentBuffer)
    } catch { throw StoreError(error.located("\(plan.table.name) segment \(row >> 16)")) }
    buffer.row = row
  }

  /// Reads a parent for its children, which need none of its late fields.
  private func readParent(_ row: Int, in snapshot: borrowing Snapshot) throws(StoreError) {
    let view = try snapshot.segment(row >> 16, table: plan.position)
    guard row & 0xFFFF < view.rowCount else {
      throw StoreError(Corruption(.column, at: 0, in: "\(plan.table.name) as a parent"))
    }
    buffer.row = -1
    try readStored(row, in: snapshot)
  }

  // MARK: Fields that follow from the children

  private func readLate(_ row: Int, in snapshot: borrowing Snapshot) throws(StoreError) {
    let view = try snapshot.segment(row >> 16, table: plan.position)
    for step in plan.steps {
      switch step.kind {
      case .children(let table):
        guard followsFromChildren(step.field, view, row) else { continue }
        let range = try snapshot.positionalChildren(of: row, childTable: table)
        buffer.values[step.field] = Int64(try snapshot.placeCount(in: range, table: table))
      case .firstChild(let table, let field):
        guard followsFromChildren(step.field, view, row) else { continue }
        let range = try snapshot.positionalChildren(of: row, childTable: table)
        buffer.values[step.field] = try firstChild(range, table, field, in: snapshot)
      default:
        continue
      }
    }
    // Texts and parents of this row were read before; a late field is never part of them.
  }

  /// Whether the children say a late field; where it is absent all the same, that is set.
  private func followsFromChildren(_ field: Int, _ view: SegmentView, _ row: Int) -> Bool {
    guard view.followsFromOthers(field, row: row & 0xFFFF) else { return false }
    guard buffer.values[field] == 1 else { return true }
    buffer.values[field] = absentValue
    return false
  }

  private func firstChild(
    _ range: Range<Int>, _ table: Int, _ field: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Int64 {
    guard let first = range.first else { return absentValue }
    let reader = children[table] ?? RowReader(registryPlan, table: table)
    children[table] = reader
    if reader.buffer.row != first { try reader.readStored(first, in: snapshot) }
    return reader.buffer.values[field]
  }
}
