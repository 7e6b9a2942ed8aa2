// Finds the parent of each row of a piece, mostly by walking both tables in the same order.

import Bytes
import Columns
import Rows
import Segments
import Store

/// Finds parents for the pieces of one worker.
final class ParentFinder {
  /// Parents passed over before the index is asked: households without listed members are few.
  private static let stepCountMax = 32

  private let draft: SharedSnapshot
  private let parentPlan: TablePlan
  private let keyField: Int
  private let keyIndex: Int
  private let keyKind: IndexKeyKind
  /// Walks the parents in their order.
  private let walker: BlockReader
  /// The block at which it stands, by its first row >> 10, with its keys: a variable of a class of
  /// another module is costly to ask.
  private var walkedBlock = -1
  private var walkedKeys: ScratchView<Int64>?
  private var walkedRowCount = 0
  /// Reads parents that the index names.
  private let prober: BlockReader
  private let gatherer: BlockReader
  private let probe: IndexProbe
  /// The parents' segments and their columns of keys, once keys in any order are looked for.
  private var views: [SegmentView] = []
  private var keyColumns: [IntegerColumn] = []
  private var current = -1
  private var currentKey = absentValue
  /// Whether places of the parents' table may be empty.
  private let hasEmptyPlaces: Bool

  init?(_ draft: SharedSnapshot, plan: RegistryPlan, table: Int) {
    guard let link = plan.tables[table].table.parent else { return nil }
    let parent = plan.tables[link.table]
    guard let key = parent.table.key,
      let index = parent.table.indexes.firstIndex(where: { $0.fields == [key] })
    else { return nil }
    self.draft = draft
    parentPlan = parent
    keyField = key
    keyIndex = index
    keyKind = IndexKeys.kind(of: parent.table.indexes[index], in: parent.table)
    hasEmptyPlaces = !draft.snapshot.catalog.tables[link.table].emptied.isEmpty
    probe = IndexProbe(table: link.table, index: index)
    walker = BlockReader(plan, table: link.table)
    prober = BlockReader(plan, table: link.table)
    gatherer = BlockReader(plan, table: link.table)
  }

  /// Fills the parents of a piece's rows, and what the parents say for inherited fields.
  func find(for parsed: ParsedPiece, feeds: FieldFeeds) throws(StoreError) {
    let parents = parsed.parents
    if let field = feeds.parentField, let keys = parsed.values[field] {
      for row in 0..<parsed.rowCount {
        let key = keys[row]
        guard key != absentValue else {
          parents[row] = absentValue
          continue
        }
        if key != currentKey { try go(to: key) }
        parents[row] = key == currentKey ? Int64(current) : absentValue
        if key != currentKey { note(orphan: row, parsed, feeds) }
      }
    } else {
      for row in 0..<parsed.rowCount { parents[row] = absentValue }
    }
    for field in 0..<feeds.plan.fieldCount where feeds.plan.inherited[field] >= 0 {
      let parentField = feeds.plan.inherited[field]
      if let values = parsed.parentValues[field] {
        try gatherer.gather(
          parentField, ofRows: parents, count: parsed.rowCount, into: values,
          in: draft.snapshot)
      }
      if let codes = parsed.parentCodes[field], let words = feeds.plan.table.fields[field].words {
        try gatherer.gatherWords(
          parentField, ofRows: parents, count: parsed.rowCount, partCount: words.partCount,
          into: codes, stride: parsed.capacity, in: draft.snapshot)
      }
    }
  }

  private func note(orphan row: Int, _ parsed: ParsedPiece, _ feeds: FieldFeeds) {
    guard feeds.keepsOrphans, let field = feeds.parentField else {
      parsed.orphans.append(row)
      return
    }
    let table = feeds.plan.table
    let refusal = Refusal(
      table: table.name, line: parsed.lines[row], byteOffset: parsed.offsets[row],
      field: table.fields[field].name, reason: .missingParent)
    parsed.findings.append(RowFinding(refusal: refusal, level: .warn))
  }

  /// Makes the parent with a key the current one, or leaves no current one.
  private func go(to key: Int64) throws(StoreError) {
    if current >= 0 {
      var row = current
      for _ in 0..<Self.stepCountMax {
        guard let next = try self.row(after: row) else { break }
        row = next
        if row >> 10 != walkedBlock { try walk(to: row) }
        if walkedKeys?[row & 1_023] == key, try isPresent(row) {
          (current, currentKey) = (row, key)
          return
        }
      }
    }
    if let row = try row(ofKey: key) {
      (current, currentKey) = (row, key)
    } else {
      currentKey = absentValue
    }
  }

  private func walk(to row: Int) throws(StoreError) {
    walkedBlock = -1
    try walker.beginParent(row, in: draft.snapshot)
    walkedKeys = try walker.values(keyField, in: draft.snapshot)
    walkedRowCount = walker.rowCount
    walkedBlock = row >> 10
  }

  private func isPresent(_ row: Int) throws(StoreError) -> Bool {
    guard hasEmptyPlaces else { return true }
    return try draft.snapshot.isPresent(row: row, table: parentPlan.position)
  }

  private func row(after row: Int) throws(StoreError) -> Int? {
    if row >> 10 == walkedBlock, row & 1_023 + 1 < walkedRowCount { return row + 1 }
    let view = try draft.snapshot.segment(row >> 16, table: parentPlan.position)
    if row & 0xFFFF + 1 < view.rowCount { return row + 1 }
    let next = row >> 16 + 1
    return next < draft.snapshot.segmentCount(table: parentPlan.position) ? next << 16 : nil
  }

  /// The key of a row that is there.
  private func key(ofParent row: Int) throws(StoreError) -> Int64 {
    if row >> 16 < keyColumns.count { return keyColumns[row >> 16].value(at: row & 0xFFFF) }
    try prober.beginParent(row, in: draft.snapshot)
    return try prober.values(keyField, in: draft.snapshot)[row & 1_023]
  }

  /// The parent with a key; nil when there is none.
  private func row(ofKey key: Int64) throws(StoreError) -> Int? {
    let count = try probe.find(hash(key), in: draft.snapshot)
    for position in 0..<count {
      let row = probe[position]
      guard try draft.snapshot.isPresent(row: row, table: parentPlan.position) else { continue }
      if try self.key(ofParent: row) == key { return row }
    }
    return nil
  }

  @inline(__always)
  private func hash(_ key: Int64) -> UInt64 { keyKind.hash(UInt64(bitPattern: key)) }

  // MARK: Keys in any order

  /// Finds the parents with keys in any order; the greatest Int64 stands for none.
  ///
  /// Each look-up waits for memory three times, so others are begun meanwhile.
  func find(
    _ keys: ScratchView<Int64>, count: Int, into rows: ScratchView<Int64>
  ) throws(StoreError) {
    precondition(count <= keys.count && count <= rows.count)
    try openKeys()
    let columns = keyColumns
    let ahead = 12
    for step in 0..<count + 3 * ahead {
      if step < count { try probe.askForStart(hash(keys[step]), in: draft.snapshot) }
      let second = step - ahead
      if second >= 0, second < count {
        try probe.askForBucket(hash(keys[second]), in: draft.snapshot)
      }
      let third = second - ahead
      if third >= 0, third < count {
        rows[third] = try candidate(keys[third], columns)
      }
      let fourth = third - ahead
      if fourth >= 0 { rows[fourth] = try confirmed(rows[fourth], keys[fourth], columns) }
    }
  }

  /// A row that may have a key, whose own key is asked for, `several` of them, or none.
  private func candidate(_ key: Int64, _ columns: [IntegerColumn]) throws(StoreError) -> Int64 {
    guard key != absentValue else { return .max }
    let count = try probe.find(hash(key), isAsked: true, in: draft.snapshot)
    guard count > 0 else { return .max }
    guard count == 1, !columns.isEmpty else { return Self.several }
    let row = probe[0]
    guard row >> 16 < columns.count, row & 0xFFFF < columns[row >> 16].rowCount else {
      return .max
    }
    columns[row >> 16].prefetch(row: row & 0xFFFF)
    return Int64(row)
  }

  private static let several: Int64 = -1

  private func confirmed(
    _ candidate: Int64, _ key: Int64, _ columns: [IntegerColumn]
  ) throws(StoreError) -> Int64 {
    guard candidate != .max else { return .max }
    guard candidate != Self.several else { return try row(ofKey: key).map { Int64($0) } ?? .max }
    let row = Int(candidate)
    guard columns[row >> 16].value(at: row & 0xFFFF) == key, try isPresent(row) else {
      return .max
    }
    return candidate
  }

  /// Opens the column of keys of each of the parents' segments, unless it follows from others.
  private func openKeys() throws(StoreError) {
    guard views.isEmpty else { return }
    for segment in 0..<draft.snapshot.segmentCount(table: parentPlan.position) {
      let view = try draft.snapshot.segment(segment, table: parentPlan.position)
      do throws(Corruption) { try view.open(keyField) } catch { throw .corruption(error) }
      views.append(view)
      guard let column = view.storedColumn(of: keyField) else {
        keyColumns = []
        return
      }
      keyColumns.append(column)
    }
  }
}
