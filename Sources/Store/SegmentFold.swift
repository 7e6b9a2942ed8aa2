// Makes a segment anew with the rows that changed since it was written.
//
// Only columns are made anew in which a row changed; the others are copied.
//
// A value follows from another row only if that row says it now and said it when it was sealed, so
// that what is read is the same whichever of the two segments is sealed first.

import Bytes
import Columns
import Rows
import Segments

/// A segment with its fresh rows in it.
struct FoldedSegment {
  let encoded: EncodedSegment
  /// Columns that wait for children, if one of them changed.
  let late: SegmentPart?
  /// Places that hold no row, those of before among them.
  let removedPlaces: [Int]
  /// The rows that were fresh.
  let rows: [Int]
  /// Rows that are in the segment more than before.
  let addedRowCount: Int
}

/// Folds segments of one table; used by one thread inside one snapshot.
final class SegmentFold {
  private let shared: SharedSnapshot
  private let plan: TablePlan
  private let rows: SegmentRows
  private let reader: BlockReader
  private let sealed: RowReader
  private let words: WordCodes
  /// Rows of the parent's table, as they are and as they were sealed.
  private let parents: (current: RowReader, sealed: RowReader)?
  private let positional: Scratch<Int64>
  private let room = Scratch<UInt8>(count: 1 << 21)

  init(_ shared: SharedSnapshot, table: Int, words: WordCodes) {
    self.shared = shared
    self.words = words
    let registryPlan = shared.snapshot.plan
    plan = registryPlan.tables[table]
    rows = SegmentRows(plan)
    reader = BlockReader(registryPlan, table: table)
    sealed = RowReader(registryPlan, table: table, readsSealed: true)
    parents = plan.parent.map {
      (
        RowReader(registryPlan, table: $0),
        RowReader(registryPlan, table: $0, readsSealed: true)
      )
    }
    positional = Scratch(count: SegmentRows.capacity)
  }

  /// Folds the fresh rows of a segment into it, or makes it of them.
  func fold(_ segment: Int, freshRows: [Int]) throws(StoreError) -> FoldedSegment {
    let snapshot = SharedBox(shared)
    let isThere = segment < shared.snapshot.segmentCount(table: plan.position)
    let view = isThere ? try snapshot.value.snapshot.segment(segment, table: plan.position) : nil
    let oldCount = view?.rowCount ?? 0
    let stored = try freshRows.map { row throws(StoreError) in try fresh(row) }
    let newCount = max(oldCount, (freshRows.last ?? 0) & 0xFFFF + 1)
    rows.removeAll()
    (rows.segment, rows.rowCount) = (segment, newCount)
    rows.positionalParents = plan.parent == nil ? nil : positional.view
    var isChanged = [Bool](repeating: newCount > oldCount, count: plan.fieldCount)
    for row in stored { try note(row, &isChanged) }
    closeOver(&isChanged)
    if let view { try gather(view, isChanged) }
    if newCount > oldCount { begin(oldCount..<newCount, segment) }
    for row in stored where row.kind == .row { put(row, isChanged) }
    return try encode(segment, view, stored, isChanged)
  }

  private func encode(
    _ segment: Int, _ view: SegmentView?, _ stored: [FreshRow], _ isChanged: [Bool]
  ) throws(StoreError) -> FoldedSegment {
    let encoded: EncodedSegment
    if let view, view.rowCount == rows.rowCount {
      let zones = try shared.snapshot.zones(segment, table: plan.position)
      let kept: KeptColumns
      do throws(Corruption) {
        kept = try KeptColumns(view, zones, isChanged: isChanged)
      } catch { throw StoreError(error) }
      encoded = encodeSegment(rows, keeping: kept)
    } else {
      encoded = encodeSegment(rows)
    }
    var removed = Set(try removedPlaces(segment))
    let before = (view?.rowCount ?? 0) - removed.count
    for row in stored {
      if row.kind == .emptied { removed.insert(row.place) } else { removed.remove(row.place) }
    }
    let known = Set(stored.map(\.place))
    for place in (view?.rowCount ?? 0)..<rows.rowCount where !known.contains(place) {
      removed.insert(place)
    }
    let lateFields = plan.lateFields.filter { isChanged[$0] }
    return FoldedSegment(
      encoded: encoded, late: lateFields.isEmpty ? nil : try latePart(segment, view, stored),
      removedPlaces: removed.sorted(), rows: stored.map(\.row),
      addedRowCount: rows.rowCount - removed.count - before)
  }

  private func removedPlaces(_ segment: Int) throws(StoreError) -> [Int] {
    guard segment < shared.snapshot.segmentCount(table: plan.position),
      let bits = try shared.snapshot.removedPlaces(segment, table: plan.position)
    else { return [] }
    return (0..<SegmentRows.capacity).filter { bits[$0 >> 3] & (1 << UInt8($0 & 7)) != 0 }
  }

  // MARK: Rows that changed

  /// A fresh row, and what its parent says.
  private struct FreshRow {
    let row: Int
    let kind: StoredRow.Kind
    let value: WholeRow
    /// What the parent said when it was sealed, if it says the same now.
    let parentCurrent: WholeRow?
    let parentSealed: WholeRow?

    var place: Int { row & 0xFFFF }
  }

  private func fresh(_ row: Int) throws(StoreError) -> FreshRow {
    guard let stored = try shared.snapshot.freshRow(row, table: plan.position) else {
      throw StoreError(Corruption(.freshRow, at: 0, in: plan.table.name))
    }
    let buffer = sealed.buffer
    buffer.fill(from: stored)
    buffer.row = -1
    let value = WholeRow(buffer)
    return FreshRow(
      row: row, kind: stored.kind, value: value,
      parentCurrent: try parent(of: value, parents?.current),
      parentSealed: try parent(of: value, parents?.sealed))
  }

  private func parent(of row: WholeRow, _ reader: RowReader?) throws(StoreError) -> WholeRow? {
    guard let reader, row.parentRow != absentValue,
      try reader.read(Int(row.parentRow), in: shared.snapshot)
    else { return nil }
    return WholeRow(reader.buffer)
  }

  /// Whether the parent says the row's value of a field, and said it when it was sealed.
  private func follows(_ field: Int, _ row: FreshRow) -> Bool {
    let source = plan.inherited[field]
    guard source >= 0, let current = row.parentCurrent, let sealed = row.parentSealed else {
      return false
    }
    if plan.isText[field] {
      let value = row.value.texts[field]
      return value == current.texts[source] && value == sealed.texts[source]
    }
    let value = row.value.values[field]
    return value == current.values[source] && value == sealed.values[source]
  }

  /// Notes in which columns a row changed.
  private func note(_ row: FreshRow, _ isChanged: inout [Bool]) throws(StoreError) {
    guard row.kind == .row, let view = try sealedView(row.row) else { return }
    guard try sealed.read(row.row, in: shared.snapshot) else { return }
    let old = WholeRow(sealed.buffer)
    do throws(Corruption) { try view.openAll() } catch { throw StoreError(error) }
    for field in 0..<plan.fieldCount where !isChanged[field] {
      let isSame =
        old.values[field] == row.value.values[field] && old.texts[field] == row.value.texts[field]
      // What followed must follow still, and from the row's parent of now.
      let followed =
        view.followsFromOthers(field, row: row.place)
        && (plan.inherited[field] >= 0 || plan.lateFields.contains(field))
      let follows =
        plan.lateFields.contains(field) ? try followsFromChildren(field, row) : follows(field, row)
      isChanged[field] = !isSame || (followed && !follows)
    }
  }

  private func sealedView(_ row: Int) throws(StoreError) -> SegmentView? {
    guard row >> 16 < shared.snapshot.segmentCount(table: plan.position) else { return nil }
    let view = try shared.snapshot.segment(row >> 16, table: plan.position)
    return row & 0xFFFF < view.rowCount ? view : nil
  }

  /// A column is made anew too when one that it follows from is.
  private func closeOver(_ isChanged: inout [Bool]) {
    for _ in 0..<plan.fieldCount {
      for (field, declared) in plan.table.fields.enumerated() {
        for source in declared.derivation?.sources ?? [] where isChanged[source] {
          isChanged[field] = true
        }
      }
    }
  }

  // MARK: Rows that stay

  /// The fields whose values the encoder needs: those that changed, and what they follow from.
  private func isNeeded(_ field: Int, _ isChanged: [Bool]) -> Bool {
    isChanged[field]
      || plan.table.fields.indices.contains {
        isChanged[$0] && plan.table.fields[$0].derivation?.sources.contains(field) == true
      }
  }

  private func gather(_ view: SegmentView, _ isChanged: [Bool]) throws(StoreError) {
    let needed = (0..<plan.fieldCount).map { isNeeded($0, isChanged) }
    for block in 0..<view.blockCount {
      try reader.begin(segment: rows.segment, block: block, in: shared.snapshot)
      let first = block * BlockReader.stride
      if plan.parent != nil {
        let parents = try reader.values(plan.linkColumn, in: shared.snapshot)
        for row in 0..<reader.rowCount { rows.parents[first + row] = parents[row] }
        let places = try reader.positionalParents(in: shared.snapshot)
        for row in 0..<reader.rowCount { positional.view[first + row] = places[row] }
      }
      for field in 0..<plan.fieldCount where needed[field] {
        do throws(Corruption) { try view.open(field) } catch { throw StoreError(error) }
        if plan.isText[field] {
          try gatherTexts(field, view, block)
        } else {
          try gatherIntegers(field, view, first)
        }
      }
    }
  }

  private func gatherIntegers(
    _ field: Int, _ view: SegmentView, _ first: Int
  ) throws(StoreError) {
    let values = try reader.values(field, in: shared.snapshot)
    let start = field * SegmentRows.capacity + first
    for row in 0..<reader.rowCount { rows.values[start + row] = values[row] }
    guard plan.inherited[field] >= 0 else { return }
    let derived = view.derivedColumn(field)
    for row in 0..<reader.rowCount {
      let follows = derived.map { $0.exceptionIndex(of: first + row) < 0 } ?? false
      rows.parentValues[start + row] = follows ? values[row] : ~values[row]
    }
  }

  private func gatherTexts(
    _ field: Int, _ view: SegmentView, _ block: Int
  ) throws(StoreError) {
    let first = block * BlockReader.stride
    let texts = view.textColumn(field)
    let derived = view.derivedColumn(field)
    guard let target = rows.texts[field] else { return }
    if plan.alternatives[field] != nil {
      let start = field * SegmentRows.capacity + first
      view.decodeStored(field, block: block, into: rows.values.from(start))
      for row in 0..<reader.rowCount {
        let exception = derived?.exceptionIndex(of: first + row) ?? -1
        guard exception >= 0 else { continue }
        rows.values[start + row] = SegmentRows.exceptionalText
        try setText(field, texts, exception, isEscaped: false, target, first + row)
      }
      return
    }
    guard let codes = rows.codes[field] else {
      for row in 0..<reader.rowCount {
        try setText(field, texts, first + row, isEscaped: false, target, first + row)
      }
      return
    }
    let found = try reader.wordCodes(field, in: shared.snapshot)
    let partCount = codes.count / SegmentRows.capacity
    for row in 0..<reader.rowCount {
      for part in 0..<partCount {
        codes[part * SegmentRows.capacity + first + row] = found[part * BlockReader.stride + row]
      }
      let exception = derived?.exceptionIndex(of: first + row) ?? first + row
      let follows = exception < 0
      if let parentCodes = rows.parentCodes[field] {
        for part in 0..<partCount {
          let at = part * SegmentRows.capacity + first + row
          parentCodes[at] = follows ? codes[at] : ~codes[at]
        }
      }
      target.set(nil, row: first + row)
      guard codes[first + row] == TokenInput.escape else { continue }
      if follows {
        rows.parentCodes[field]?[first + row] = SegmentRows.followedText
        guard try sealed.read(rows.segment << 16 + first + row, in: shared.snapshot) else {
          continue
        }
        target.set(sealed.buffer.text(of: field), row: first + row)
      } else {
        try setText(field, texts, exception, isEscaped: true, target, first + row)
      }
    }
  }

  private func setText(
    _ field: Int, _ texts: TextColumn, _ place: Int, isEscaped: Bool, _ target: TextRowsBuffer,
    _ row: Int
  ) throws(StoreError) {
    do throws(Corruption) {
      let count =
        isEscaped
        ? try texts.escapedText(at: place, to: room.view, at: 0)
        : try texts.appendText(at: place, to: room.view, at: 0)
      guard count <= room.view.count else { throw Corruption(.column, at: 0) }
      target.set(count < 0 ? nil : room.view.lent(count: count), row: row)
    } catch { throw StoreError(error) }
  }

  // MARK: Rows that are put in

  /// The row of the parent's table at whose place the rows of a new segment stand: the last place
  /// of its last segment, which has no children there or says itself how many it has.
  var rowOfNoChildren: Int {
    let count = plan.parent.map { shared.snapshot.segmentCount(table: $0) } ?? 0
    return max(0, count << 16 - 1)
  }

  /// Fills new places with rows that are not there.
  private func begin(_ places: Range<Int>, _ segment: Int) {
    let nothing = FreshRow(
      row: 0, kind: .emptied, value: WholeRow(of: plan), parentCurrent: nil, parentSealed: nil)
    let last =
      places.lowerBound > 0 ? positional.view[places.lowerBound - 1] : Int64(rowOfNoChildren)
    let all = [Bool](repeating: true, count: plan.fieldCount)
    for place in places {
      if plan.parent != nil { positional.view[place] = last }
      put(
        FreshRow(
          row: segment << 16 + place, kind: .emptied, value: nothing.value, parentCurrent: nil,
          parentSealed: nil), all)
    }
  }

  private func put(_ row: FreshRow, _ isChanged: [Bool]) {
    let place = row.place
    if plan.parent != nil { rows.parents[place] = row.value.parentRow }
    for field in 0..<plan.fieldCount where isNeeded(field, isChanged) {
      let at = field * SegmentRows.capacity + place
      guard plan.isText[field] else {
        let value = row.value.values[field]
        rows.values[at] = value
        if plan.inherited[field] >= 0 {
          rows.parentValues[at] = follows(field, row) ? value : ~value
        }
        continue
      }
      putText(field, row, at: at)
    }
  }

  private func putText(_ field: Int, _ row: FreshRow, at: Int) {
    let text = row.value.texts[field]
    guard let target = rows.texts[field] else { return }
    target.set(nil, row: row.place)
    if let alternatives = plan.alternatives[field] {
      rows.values[at] = absentValue
      guard let text else { return }
      let lists = shared.snapshot.words
      let chosen = alternatives.firstIndex { pieces in
        compose(pieces, row.value) { lists.code($0, of: $1) } == text
      }
      rows.values[at] = chosen.map { Int64($0) } ?? SegmentRows.exceptionalText
      if chosen == nil { text.lend { target.set($0, row: row.place) } }
      return
    }
    guard let codes = rows.codes[field], let split = plan.table.fields[field].words else {
      text?.lend { target.set($0, row: row.place) }
      return
    }
    let partCount = split.partCount
    let follows = follows(field, row)
    let found = text.map { words.codes(of: $0, split, first: plan.dictionary[field]) }
    for part in 0..<partCount {
      let at = part * SegmentRows.capacity + row.place
      switch found {
      case nil: codes[at] = part == 0 ? TokenInput.absent : 0
      case .some(nil): codes[at] = part == 0 ? TokenInput.escape : 0
      case .some(.some(let known)): codes[at] = known[part]
      }
      rows.parentCodes[field]?[at] = follows ? codes[at] : ~codes[at]
    }
    guard case .some(nil) = found else { return }
    text?.lend { target.set($0, row: row.place) }
    if follows { rows.parentCodes[field]?[row.place] = SegmentRows.followedText }
  }

  // MARK: Columns that wait for children

  /// Whether the children say the row's value of a late field, and said it when they were sealed.
  private func followsFromChildren(_ field: Int, _ row: FreshRow) throws(StoreError) -> Bool {
    // At the last place stand the rows that changes add to the children's table.
    guard row.place != SegmentRows.capacity - 1, let view = try sealedView(row.row) else {
      return false
    }
    do throws(Corruption) { try view.open(field) } catch { throw StoreError(error) }
    guard view.followsFromOthers(field, row: row.place) else { return false }
    guard try sealed.read(row.row, in: shared.snapshot),
      sealed.buffer.values[field] == row.value.values[field]
    else { return false }
    guard case .firstChild(let table, _) = plan.table.fields[field].derivation else { return true }
    let first = try shared.snapshot.positionalChildren(of: row.row, childTable: table).first
    guard let first else { return true }
    return try shared.snapshot.freshRow(first, table: table) == nil
  }

  private func latePart(
    _ segment: Int, _ view: SegmentView?, _ stored: [FreshRow]
  ) throws(StoreError) -> SegmentPart {
    var columns: [(field: UInt16, bytes: [UInt8])] = []
    for field in plan.lateFields {
      var values = [Int64](repeating: absentValue, count: rows.rowCount)
      var follows = [Bool](repeating: false, count: rows.rowCount)
      if let view {
        do throws(Corruption) { try view.open(field) } catch { throw StoreError(error) }
        for block in 0..<view.blockCount {
          try reader.begin(segment: segment, block: block, in: shared.snapshot)
          let found = try reader.values(field, in: shared.snapshot)
          for row in 0..<reader.rowCount {
            values[block << 10 + row] = found[row]
            follows[block << 10 + row] = view.followsFromOthers(field, row: block << 10 + row)
          }
        }
      }
      for row in stored where row.kind == .row || row.place >= view?.rowCount ?? 0 {
        values[row.place] = row.kind == .row ? row.value.values[field] : absentValue
        follows[row.place] = try followsFromChildren(field, row)
      }
      columns.append((plan.table.fields[field].number, lateColumn(values, follows)))
    }
    return SegmentPart(
      table: plan.number, segment: UInt32(segment), part: 1, rowCount: rows.rowCount,
      columns: columns)
  }

  private func lateColumn(_ values: [Int64], _ follows: [Bool]) -> [UInt8] {
    let places = values.indices.filter { !follows[$0] && values[$0] != absentValue }
    guard places.count * 8 <= values.count else { return encodeIntegers(values) }
    return encodeDerived(
      rowCount: values.count,
      stored: encodeIntegers(values.map { $0 == absentValue ? 1 : 0 }),
      exceptionRows: places.map { UInt16($0) },
      exceptions: .integers(places.map { values[$0] }))
  }
}

/// Keeps a snapshot while a segment out of it is in use.
private struct SharedBox {
  let value: SharedSnapshot

  init(_ value: SharedSnapshot) { self.value = value }
}
