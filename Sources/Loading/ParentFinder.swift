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
  /// Reads parents that the index names.
  private let prober: BlockReader
  private let gatherer: BlockReader
  private let probe: IndexProbe
  /// Segments of the parents whose keys were read.
  private var views: [SegmentView?]
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
    views = Array(repeating: nil, count: draft.snapshot.segmentCount(table: link.table))
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
        if key != currentKey { parsed.orphans.append(row) }
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

  /// Makes the parent with a key the current one, or leaves no current one.
  private func go(to key: Int64) throws(StoreError) {
    if current >= 0 {
      var row = current
      for _ in 0..<Self.stepCountMax {
        guard let next = try self.row(after: row) else { break }
        row = next
        if row >> 10 != walker.segment << 6 + walker.block {
          try walker.beginParent(row, in: draft.snapshot)
        }
        if try walker.values(keyField, in: draft.snapshot)[row & 1_023] == key,
          try isPresent(row)
        {
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

  private func isPresent(_ row: Int) throws(StoreError) -> Bool {
    guard hasEmptyPlaces else { return true }
    return try draft.snapshot.isPresent(row: row, table: parentPlan.position)
  }

  private func row(after row: Int) throws(StoreError) -> Int? {
    // Inside the walker's block, whose rows are known.
    if row >> 10 == walker.segment << 6 + walker.block, row & 1_023 + 1 < walker.rowCount {
      return row + 1
    }
    let view = try draft.snapshot.segment(row >> 16, table: parentPlan.position)
    if row & 0xFFFF + 1 < view.rowCount { return row + 1 }
    let next = row >> 16 + 1
    return next < draft.snapshot.segmentCount(table: parentPlan.position) ? next << 16 : nil
  }

  private func key(ofParent row: Int) throws(StoreError) -> Int64 {
    let view: SegmentView
    if let known = views[row >> 16] {
      view = known
    } else {
      view = try draft.snapshot.segment(row >> 16, table: parentPlan.position)
      do throws(Corruption) { try view.open(keyField) } catch { throw .corruption(error) }
      views[row >> 16] = view
    }
    if let key = view.storedValue(of: keyField, row: row & 0xFFFF) { return key }
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

  /// Finds the parents with keys in any order; the greatest Int64 stands for none.
  ///
  /// Each look-up waits for memory twice, so others are begun meanwhile.
  func find(
    _ keys: ScratchView<Int64>, count: Int, into rows: ScratchView<Int64>
  ) throws(StoreError) {
    precondition(count <= keys.count && count <= rows.count)
    let ahead = 16
    for step in 0..<count + 2 * ahead {
      if step < count { try probe.askForStart(hash(keys[step]), in: draft.snapshot) }
      let second = step - ahead
      if second >= 0, second < count {
        try probe.askForBucket(hash(keys[second]), in: draft.snapshot)
      }
      let third = second - ahead
      guard third >= 0 else { continue }
      if third > 0, keys[third] == keys[third - 1] {
        rows[third] = rows[third - 1]
      } else if keys[third] == absentValue {
        rows[third] = .max
      } else {
        rows[third] = try row(ofKey: keys[third]).map { Int64($0) } ?? .max
      }
    }
  }

  @inline(__always)
  private func hash(_ key: Int64) -> UInt64 { keyKind.hash(UInt64(bitPattern: key)) }
}
