// Everything a reader sees: one commit's file, and where its values lie.

package import Bytes
import Columns
package import Pages
import Rows
package import Segments

/// One commit of a registry, as long as it is held; never changes and never waits.
///
/// Several threads of one task may borrow it; it ends when the value does.
package struct Snapshot: ~Copyable, Sendable {
  package let registry: Registry
  let reader: SharedReader
  let layout: Layout
  /// Rows that changed since their segments were written; nil without any.
  let fresh: FreshView?

  init(registry: Registry, reader: SharedReader, layout: Layout, fresh: FreshView? = nil) {
    self.registry = registry
    self.reader = reader
    self.layout = layout
    self.fresh = fresh
  }

  deinit { registry.giveBack(reader) }

  package var catalog: Catalog { layout.catalog }

  package var plan: RegistryPlan { registry.plan }

  package var words: WordLists { layout.words }

  /// Rows of a table that are there.
  package func rowCount(table: Int) -> Int {
    layout.catalog.tables[table].rowCount + (fresh?.state.tables[table].addedRowCount ?? 0)
  }

  package func segmentCount(table: Int) -> Int { layout.catalog.tables[table].segmentCount }

  // MARK: Segments

  /// A segment of a table.
  ///
  /// Throws a corruption of its header.
  @inline(__always)
  package borrowing func segment(
    _ number: Int, table: Int
  ) throws(StoreError) -> SegmentView {
    if let view = layout.tables[table].segments[number] { return view }
    return try openSegment(number, table: table)
  }

  private borrowing func openSegment(
    _ number: Int, table: Int
  ) throws(StoreError) -> SegmentView {
    var parts: [SegmentView.Part] = []
    let plan = registry.plan.tables[table]
    for part in 0..<(plan.lateFields.isEmpty ? 1 : 2) {
      let key = Keyspaces.segmentKey(table: plan.number, part: UInt16(part), segment: number)
      guard let bytes = try get(key, in: registry.keyspaces.segment),
        let sums = try get(key, in: registry.keyspaces.checksum)
      else {
        if layout.isDraft && part == 1 { break }
        throw StoreError(
          Corruption(.segment, at: 0, in: "\(plan.table.name) segment \(number) part \(part)"))
      }
      parts.append(SegmentView.Part(bytes: bytes, checksums: sums))
    }
    do throws(Corruption) {
      let view = try SegmentView(plan, segment: number, parts: parts)
      return layout.tables[table].segments.fill(number, with: view)
    } catch { throw StoreError(error) }
  }

  /// The zone maps of a segment.
  package borrowing func zones(
    _ segment: Int, table: Int
  ) throws(StoreError) -> ZoneMaps {
    if let known = layout.tables[table].zones[segment] { return known }
    let plan = registry.plan.tables[table]
    let key = Keyspaces.segmentKey(table: plan.number, segment: segment)
    let place = "\(plan.table.name) segment \(segment)"
    guard let bytes = try get(key, in: registry.keyspaces.zone) else {
      throw StoreError(Corruption(.zoneMaps, at: 0, in: place))
    }
    do throws(Corruption) {
      let zones = try ZoneMaps(reading: bytes, key: key.combined)
      guard zones.columnCount == plan.fieldCount else { throw Corruption(.zoneMaps, at: 0) }
      return layout.tables[table].zones.fill(segment, with: zones)
    } catch { throw StoreError(error.located(place)) }
  }

  /// The bitmap of places of a segment that hold no row any more, or nil.
  package borrowing func removedPlaces(
    _ segment: Int, table: Int
  ) throws(StoreError) -> LentBytes? {
    guard !layout.catalog.tables[table].emptied.isEmpty else { return nil }
    return try removed(segment, table: table).bits
  }

  /// The same, checked against the count that the catalog has.
  borrowing func removed(_ segment: Int, table: Int) throws(StoreError) -> RemovedRows {
    if let known = layout.tables[table].removed[segment] { return known }
    let plan = registry.plan.tables[table]
    let key = Keyspaces.segmentKey(table: plan.number, segment: segment)
    let count = layout.catalog.tables[table].emptiedCount(ofSegment: segment)
    let found: RemovedRows
    if count == 0 {
      found = RemovedRows(none: ())
    } else {
      let bytes = try get(key, in: registry.keyspaces.removed)
      do throws(Corruption) {
        guard let bytes else { throw Corruption(.removedRows, at: 0) }
        found = try RemovedRows(reading: bytes, key: key.combined, count: count)
      } catch {
        throw StoreError(error.located("\(plan.table.name) segment \(segment) removed places"))
      }
    }
    return layout.tables[table].removed.fill(segment, with: found)
  }

  /// Whether a row number names a row that is there.
  package borrowing func isPresent(row: Int, table: Int) throws(StoreError) -> Bool {
    let state = layout.catalog.tables[table]
    let number = row >> 16
    guard row >= 0, number < state.segmentCount else { return false }
    guard row & 0xFFFF < (try segment(number, table: table)).rowCount else { return false }
    guard !state.emptied.isEmpty else { return true }
    return !(try removed(number, table: table)).contains(row & 0xFFFF)
  }

  package borrowing func get(
    _ key: NumberKey, in keyspace: Keyspace
  ) throws(StoreError) -> LentBytes? {
    try reader.get(key, in: keyspace)
  }

  /// Bytes of the pages of a keyspace.
  borrowing func byteCount(of keyspace: Keyspace) throws(StoreError) -> Int {
    try reader.statistics(of: keyspace).byteCount
  }

  /// Calls `body` with every key of a keyspace.
  borrowing func forEachKey(
    in keyspace: Keyspace, _ body: (LentBytes) -> Void
  ) throws(StoreError) {
    try reader.forEachKey(in: keyspace, body)
  }

  // MARK: Indexes

  /// One partition of a run, fetched and verified anew; nil where the run has no keys.
  borrowing func freshPartition(
    _ number: Int, of run: Catalog.RunState, _ shape: IndexRunShape
  ) throws(StoreError) -> (partition: IndexRunPartition, bytes: StandingBytes)? {
    try IndexRunView.fetch(number, of: run, shape, reader, registry.keyspaces)
  }

  // MARK: Children

  /// The rows that lie at the place of a parent's children, by position alone.
  ///
  /// Rows in it that have moved to another parent are among them; children that came later are not.
  /// Where it passes from one segment to the next it may name places that the first does not have:
  /// `placeCount` says how many it has.
  package borrowing func positionalChildren(
    of parentRow: Int, childTable: Int
  ) throws(StoreError) -> Range<Int> {
    let firsts = layout.catalog.tables[childTable].firstParents
    let parent = Int64(parentRow)
    let low = firsts.partitioningIndex { $0 >= parent }
    // Segment `low` is the first that begins at this parent or after it.
    guard let start = try firstChild(of: parent, before: low, firsts, childTable) else {
      return 0..<0
    }
    var end = start
    var number = start >> 16
    while true {
      let view = try openedLink(number, table: childTable)
      end = number << 16 + view.positionalParents.lowerBound(of: parent + 1)
      guard end == number << 16 + view.rowCount, number + 1 < firsts.count,
        firsts[number + 1] == parent
      else { return start..<end }
      number += 1
    }
  }

  /// The last parent by position, or nil where the table has no segments.
  ///
  /// Positions that follow must not fall below it.
  package borrowing func lastPositionalParent(table: Int) throws(StoreError) -> Int64? {
    let count = layout.catalog.tables[table].segmentCount
    guard count > 0 else { return nil }
    let view = try openedLink(count - 1, table: table)
    return view.positionalParents.value(at: view.rowCount - 1)
  }

  /// How many places of a table lie in a range of row numbers; segments need not be full.
  package borrowing func placeCount(in rows: Range<Int>, table: Int) throws(StoreError) -> Int {
    guard let last = rows.last, rows.lowerBound >> 16 != last >> 16 else { return rows.count }
    var count = 0
    for number in rows.lowerBound >> 16...last >> 16 {
      let start = max(rows.lowerBound, number << 16)
      let end = min(rows.upperBound, number << 16 + (try segment(number, table: table)).rowCount)
      count += max(0, end - start)
    }
    return count
  }

  /// The first row that by position is a child of this parent or a later one; nil without any.
  package borrowing func firstPositionalChild(
    ofParentsFrom parentRow: Int, childTable: Int
  ) throws(StoreError) -> Int? {
    let firsts = layout.catalog.tables[childTable].firstParents
    let parent = Int64(parentRow)
    let low = firsts.partitioningIndex { $0 >= parent }
    if low > 0 {
      let view = try openedLink(low - 1, table: childTable)
      let place = view.positionalParents.lowerBound(of: parent)
      if place < view.rowCount { return (low - 1) << 16 + place }
    }
    return low < firsts.count ? low << 16 : nil
  }

  private borrowing func firstChild(
    of parent: Int64, before low: Int, _ firsts: [Int64], _ childTable: Int
  ) throws(StoreError) -> Int? {
    if low > 0 {
      let view = try openedLink(low - 1, table: childTable)
      let place = view.positionalParents.lowerBound(of: parent)
      if place < view.rowCount {
        guard view.positionalParents.value(at: place) == parent else { return nil }
        return (low - 1) << 16 + place
      }
    }
    return low < firsts.count && firsts[low] == parent ? low << 16 : nil
  }

  /// The row of the parent's table at whose place a row lies; nil for a row of no segment.
  borrowing func positionalParent(of row: Int, table: Int) throws(StoreError) -> Int? {
    guard row >= 0, row >> 16 < segmentCount(table: table) else { return nil }
    let view = try openedLink(row >> 16, table: table)
    guard row & 0xFFFF < view.rowCount else { return nil }
    let parent = view.positionalParents.value(at: row & 0xFFFF)
    return parent < 0 ? nil : Int(parent)
  }

  private borrowing func openedLink(
    _ number: Int, table: Int
  ) throws(StoreError) -> SegmentView {
    let view = try segment(number, table: table)
    do throws(Corruption) {
      try view.open(view.plan.linkColumn)
    } catch { throw StoreError(error) }
    return view
  }
}

extension Array {
  /// The first position from which on `belongs` holds, in an array that it parts in two.
  @inline(__always)
  fileprivate func partitioningIndex(_ belongs: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if belongs(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
