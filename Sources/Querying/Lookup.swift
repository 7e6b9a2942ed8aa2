// Finds rows by the key of an index: key -> index -> candidates -> rows that confirm it.

package import Bytes
import Columns
import Rows
import Rules
package import Segments
package import Store

/// Finds whole rows of one table by the keys of its indexes; used by one thread, inside one snapshot
/// at a time.
///
/// A look-up takes no lock and allocates nothing once its buffers have grown. It touches the index's
/// bucket and one or two cache lines a column of the row.
package final class Lookup {
  package let plan: TablePlan
  /// The row that `body` is called for.
  package let reader: RowReader
  private let kinds: [IndexKeyKind]
  private let candidates = Scratch<UInt32>(count: 256)
  /// Rows found in one look-up, so that none is given twice.
  private var seen: [Int] = []
  private let batch: LookupBatch

  package init(_ plan: RegistryPlan, table: Int) {
    self.plan = plan.tables[table]
    reader = RowReader(plan, table: table)
    kinds = self.plan.table.indexes.map { IndexKeys.kind(of: $0, in: plan.tables[table].table) }
    batch = LookupBatch()
  }

  /// Forgets what was read: a new snapshot begins.
  package func reset() { reader.reset() }

  /// Reads each row with this stored integer in the index's one field, until `body` returns false.
  package func rows(
    of index: Int, equal value: Int64, in snapshot: borrowing Snapshot,
    _ body: (RowReader) throws(StoreError) -> Bool
  ) throws(StoreError) {
    let field = plan.table.indexes[index].fields[0]
    let hash = kinds[index].hash(UInt64(bitPattern: value))
    try snapshot.forEachCandidate(
      of: hash, index: index, table: plan.position, scratch: candidates.view
    ) { row throws(StoreError) in
      guard try reader.read(row, in: snapshot), reader.buffer.values[field] == value else {
        return true
      }
      return try body(reader)
    }
  }

  /// Reads each row with this text in the index's one field, until `body` returns false.
  ///
  /// An index that is answered through another is asked with the part of the text that the other
  /// knows, and then for the texts that do not follow from other fields.
  package func rows(
    of index: Int, equal text: LentBytes, in snapshot: borrowing Snapshot,
    _ body: (RowReader) throws(StoreError) -> Bool
  ) throws(StoreError) {
    let declared = plan.table.indexes[index]
    let field = declared.fields[0]
    var goesOn = true
    seen.removeAll(keepingCapacity: true)
    if let through = declared.through {
      for key in keys(in: text, of: field, through: plan.table.indexes[through].fields[0]) {
        try rows(of: through, equal: key, in: snapshot) { reader throws(StoreError) in
          guard let found = reader.buffer.text(of: field), found.isEqual(to: text),
            !seen.contains(reader.buffer.row)
          else { return true }
          seen.append(reader.buffer.row)
          goesOn = try body(reader)
          return goesOn
        }
        guard goesOn else { return }
      }
    }
    let hash = IndexKeys.hash(of: text, isFolded: declared.isFolded)
    try snapshot.forEachCandidate(
      of: hash, index: index, table: plan.position, scratch: candidates.view
    ) { row throws(StoreError) in
      guard try reader.read(row, in: snapshot), let found = reader.buffer.text(of: field),
        declared.isFolded ? isFoldedEqual(found, text) : found.isEqual(to: text),
        !seen.contains(row)
      else { return true }
      return try body(reader)
    }
  }

  /// The keys of another field that a text made of fields can hold: its digits at the end.
  private func keys(in text: LentBytes, of field: Int, through other: Int) -> [Int64] {
    var keys: [Int64] = []
    for pieces in plan.alternatives[field] ?? [] {
      guard let at = pieces.firstIndex(where: { $0.field == other }),
        pieces[at...].allSatisfy({ $0.digitCount >= 0 })
      else { continue }
      let after = pieces[(at + 1)...].reduce(0) { $0 + $1.digitCount }
      let count = pieces[at].digitCount
      let end = text.count - after
      guard end >= count, at > 0 || end == count else { continue }
      let parsed = FieldText.digits(text.part(end - count, end), count: count)
      if parsed.problem == nil, !keys.contains(parsed.value) { keys.append(parsed.value) }
    }
    return keys
  }

  /// Reads each row with this text and stored integer in an index of two fields, the text first.
  ///
  /// With `isExact` the text must be equal byte for byte; otherwise it may differ in case, marks and
  /// spaces if the index is folded.
  package func rows(
    of index: Int, text: LentBytes, and value: Int64, isExact: Bool,
    in snapshot: borrowing Snapshot, _ body: (RowReader) throws(StoreError) -> Bool
  ) throws(StoreError) {
    let declared = plan.table.indexes[index]
    let (textField, valueField) = (declared.fields[0], declared.fields[1])
    var hash = IndexKeys.join(0, IndexKeys.hash(of: text, isFolded: declared.isFolded))
    hash = IndexKeys.join(hash, IndexKeys.part(of: value))
    try snapshot.forEachCandidate(
      of: hash, index: index, table: plan.position, scratch: candidates.view
    ) { row throws(StoreError) in
      guard try reader.read(row, in: snapshot), reader.buffer.values[valueField] == value,
        let found = reader.buffer.text(of: textField)
      else { return true }
      guard found.isEqual(to: text) || (!isExact && isFoldedEqual(found, text)) else {
        return true
      }
      return try body(reader)
    }
  }

  private func isFoldedEqual(_ left: LentBytes, _ right: LentBytes) -> Bool {
    let room = foldedByteCountMax(of: max(left.count, right.count))
    let scratch = (Scratch<UInt8>(count: room), Scratch<UInt8>(count: room))
    let counts = (fold(left, into: scratch.0.view), fold(right, into: scratch.1.view))
    return scratch.0.view.lent(count: counts.0).isEqual(to: scratch.1.view.lent(count: counts.1))
  }

  // MARK: Many at once

  /// Reads the rows of many keys of one integer field; `body` gets the position of the key.
  ///
  /// Keys are taken in groups whose cache lines are asked for together, so that waiting for memory
  /// overlaps: about half the time of one look-up after the other.
  package func rows(
    of index: Int, equalToAny keys: ScratchView<Int64>, count: Int,
    in snapshot: borrowing Snapshot, _ body: (Int, RowReader) throws(StoreError) -> Void
  ) throws(StoreError) {
    let field = plan.table.indexes[index].fields[0]
    var start = 0
    while start < count {
      let group = min(LookupBatch.groupCount, count - start)
      try findGroup(index, keys.from(start), group, in: snapshot)
      for position in 0..<batch.foundCount {
        let place = Int(batch.places[position])
        let row = Int(batch.rows[position])
        guard try reader.read(row, in: snapshot),
          reader.buffer.values[field] == keys[start + place]
        else { continue }
        try body(start + place, reader)
      }
      start += group
    }
  }

  /// Finds the candidates of a group and asks for the lines of their rows.
  private func findGroup(
    _ index: Int, _ keys: ScratchView<Int64>, _ count: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) {
    let table = plan.position
    for place in 0..<count {
      let hash = kinds[index].hash(UInt64(bitPattern: keys[place]))
      batch.hashes[place] = hash
      try snapshot.prefetchCandidates(of: hash, index: index, table: table, stage: 0)
    }
    for place in 0..<count {
      try snapshot.prefetchCandidates(
        of: batch.hashes[place], index: index, table: table, stage: 1)
    }
    batch.foundCount = 0
    for place in 0..<count {
      try snapshot.forEachCandidate(
        of: batch.hashes[place], index: index, table: table, scratch: candidates.view
      ) { row throws(StoreError) in
        batch.add(place: place, row: row)
        guard row >> 16 < snapshot.segmentCount(table: table) else { return true }
        let view = try snapshot.segment(row >> 16, table: table)
        do throws(Corruption) {
          try view.openAll()
        } catch { throw StoreError.corruption(error) }
        if row & 0xFFFF < view.rowCount { view.prefetch(row: row & 0xFFFF) }
        return true
      }
    }
    try prefetchParents(in: snapshot)
  }

  private func prefetchParents(in snapshot: borrowing Snapshot) throws(StoreError) {
    guard let parent = plan.parent else { return }
    for position in 0..<batch.foundCount {
      let row = Int(batch.rows[position])
      guard try snapshot.isPresent(row: row, table: plan.position) else { continue }
      let view = try snapshot.segment(row >> 16, table: plan.position)
      let parentRow = view.parentRow(of: row & 0xFFFF)
      guard parentRow != absentValue, parentRow >= 0,
        Int(parentRow) >> 16 < snapshot.segmentCount(table: parent)
      else { continue }
      let parentView = try snapshot.segment(Int(parentRow) >> 16, table: parent)
      do throws(Corruption) {
        try parentView.openAll()
      } catch { throw StoreError.corruption(error) }
      let place = Int(parentRow) & 0xFFFF
      if place < parentView.rowCount { parentView.prefetch(row: place) }
    }
  }
}

/// Candidates of a group of keys.
private final class LookupBatch {
  static let groupCount = 16
  let hashes: ScratchView<UInt64>
  private(set) var places: [Int32] = []
  private(set) var rows: [Int] = []
  private let storage = Scratch<UInt64>(count: groupCount)

  var foundCount: Int {
    get { rows.count }
    set {
      precondition(newValue == 0)
      rows.removeAll(keepingCapacity: true)
      places.removeAll(keepingCapacity: true)
    }
  }

  init() { hashes = storage.view }

  func add(place: Int, row: Int) {
    places.append(Int32(place))
    rows.append(row)
  }
}

/// Reads the members of a household, or the children of any row, in one call.
package final class ChildReader {
  package let reader: RowReader
  private let parentTable: Int
  private let candidates = Scratch<UInt32>(count: 256)

  package init(_ plan: RegistryPlan, childTable: Int) {
    reader = RowReader(plan, table: childTable)
    parentTable = plan.tables[childTable].parent ?? -1
  }

  package func reset() { reader.reset() }

  /// Reads each child of a row: first those at its place, which are neighbours and need no index,
  /// then those that came later.
  package func children(
    of parentRow: Int, in snapshot: borrowing Snapshot,
    _ body: (RowReader) throws(StoreError) -> Void
  ) throws(StoreError) {
    let table = reader.plan.position
    let link = reader.plan.linkColumn
    for row in try snapshot.positionalChildren(of: parentRow, childTable: table) {
      guard try reader.read(row, in: snapshot), reader.buffer.values[link] == Int64(parentRow)
      else { continue }
      try body(reader)
    }
    let index = reader.plan.table.indexes.count
    let hash = IndexKeyKind.wide.hash(UInt64(parentRow))
    try snapshot.forEachCandidate(
      of: hash, index: index, table: table, scratch: candidates.view
    ) { row throws(StoreError) in
      guard try reader.read(row, in: snapshot), reader.buffer.values[link] == Int64(parentRow)
      else { return true }
      try body(reader)
      return true
    }
  }
}

extension Lookup {
  /// The numbers of the rows that satisfy a scan's condition, found through an index; nil when no
  /// index answers it.
  ///
  /// An index answers a condition that is an equality with its one field, or a conjunction with one.
  package static func rows(
    _ scan: Scan, limit: Int, in snapshot: borrowing Snapshot
  ) throws(QueryError) -> [Int]? {
    let plan = snapshot.plan.tables[scan.table]
    guard case .isInRange(let field, let range) = scan.condition,
      range.lowerBound == range.upperBound,
      let index = plan.table.indexes.firstIndex(where: { $0.fields == [field] })
    else { return nil }
    var found: [Int] = []
    do throws(StoreError) {
      try Lookup(snapshot.plan, table: scan.table).rows(
        of: index, equal: range.lowerBound, in: snapshot
      ) { reader throws(StoreError) in
        found.append(reader.buffer.row)
        return true
      }
    } catch { throw QueryError(error) }
    return Array(found.sorted().prefix(limit))
  }
}
