// Examines segments: their columns, then block by block what the values say of zones, parents and
// indexes.

import Bytes
import Columns
import Rows
import Segments

/// The segments that one thread examines.
final class SegmentVerifications: @unchecked Sendable {
  private let verification: Verification
  private var tables: [Int: SegmentVerification] = [:]

  init(_ verification: Verification) { self.verification = verification }

  func verify(table: Int, segment: Int, order: Int, _ links: LinkEnds) {
    let known = tables[table] ?? SegmentVerification(verification, table: table)
    tables[table] = known
    known.verify(segment, order: order, links)
  }

  /// Hands over the sums of the keys.
  func finish() {
    for table in tables.values { table.finish() }
  }
}

/// Examines the segments of one table that one thread gets.
final class SegmentVerification {
  private let verification: Verification
  private let shared: SharedSnapshot
  private let log: VerificationLog
  let plan: TablePlan
  private let reader: BlockReader
  private let sources: [IndexKeySource]
  /// By index and run: the sums of the keys, by partition.
  private let sums: [[Scratch<UInt64>]]
  private let zoneCheck: ZoneVerification
  private var texts = Scratch<UInt8>(count: 4_096)
  private let late: (hashes: Scratch<UInt64>, rows: Scratch<UInt32>)
  private let stored = Scratch<Int64>(count: BlockReader.stride)
  /// Fields that follow from other rows: at a place that was emptied they may have changed since.
  private let followsOthers: [Bool]
  // Of the segment at hand.
  private var segment = 0
  private var order = 0
  private var place = ""
  private var isBroken: [Bool] = []
  private var isLost: [Bool] = []
  private var lastParent: Int64 = 0
  /// The emptied places, if there are any.
  private var removed: RemovedRows?

  init(_ verification: Verification, table: Int) {
    self.verification = verification
    shared = verification.shared
    log = verification.log
    let registryPlan = shared.snapshot.plan
    plan = registryPlan.tables[table]
    followsOthers = plan.followsOthers
    let reader = BlockReader(registryPlan, table: table)
    self.reader = reader
    sources = plan.table.indexes.map { index in
      IndexKeySource(
        verification.shared, table: table, index: index, wordHashes: verification.wordHashes,
        reader: reader)
    }
    sums = verification.indexes[table].map { index in
      index.runs.map { Scratch(count: $0.shape.partitionCount) }
    }
    zoneCheck = ZoneVerification(plan, shared.snapshot.plan.schema)
    let lateCount = plan.parent == nil ? 0 : SegmentHeader.rowCountMax
    late = (Scratch(count: lateCount), Scratch(count: lateCount))
  }

  /// Hands over the sums of the keys.
  func finish() {
    for (index, runs) in verification.indexes[plan.position].enumerated() {
      for (position, run) in runs.runs.enumerated() { run.take(sums[index][position].view) }
    }
  }

  func verify(_ segment: Int, order: Int, _ links: LinkEnds) {
    self.segment = segment
    self.order = order
    place = "\(plan.table.name) segment \(segment)"
    isBroken = Array(repeating: false, count: plan.fieldCount + 1)
    isLost = Array(repeating: false, count: verification.indexes[plan.position].count)
    let view: SegmentView
    do throws(StoreError) {
      try checkParts()
      view = try shared.snapshot.segment(segment, table: plan.position)
    } catch {
      log.note(error, order: order)
      for index in isLost.indices { lose(index) }
      return
    }
    open(view)
    checkRemoved(view)
    for field in plan.textFields where !isBroken[field] { checkTexts(field, view) }
    let zones = openZones(view)
    zoneCheck.begin(zones, isLoose: followsOthers.map { $0 && removed != nil })
    // What such a field says at an emptied place, and with it the key, may have changed since.
    for (index, declared) in plan.table.indexes.enumerated()
    where removed != nil && declared.fields.contains(where: { followsOthers[$0] }) {
      lose(index)
    }
    lastParent = .min
    for block in 0..<view.blockCount { check(block, view) }
    if plan.parent != nil, !isBroken[plan.linkColumn] {
      let first = view.positionalParents.value(at: 0)
      links.set(first, max(first, lastParent), table: plan.position, segment: segment)
    }
    zoneCheck.finish(
      isBroken: isBroken, words: shared.snapshot.words, place: place, order: order, log)
    addLateChildren(view)
  }

  private func lose(_ index: Int) {
    guard !isLost[index] else { return }
    isLost[index] = true
    verification.indexes[plan.position][index].lose(segment: segment)
  }

  private func note(
    _ promise: VerificationReport.Promise, _ structure: Corruption.Structure, column: Int,
    at offset: Int = 0
  ) {
    let name = column == plan.linkColumn ? "parent" : plan.table.fields[column].name
    log.note(promise, structure, "\(place) column \(name)", at: offset, order: order)
  }

  // MARK: Columns

  /// Each column lies in its part, once.
  private func checkParts() throws(StoreError) {
    let registry = shared.snapshot.registry
    var counts = [Int](repeating: 0, count: plan.fieldCount + 1)
    var rowCodesCount = 0
    for part in 0..<(plan.lateFields.isEmpty ? 1 : 2) {
      let key = Keyspaces.segmentKey(table: plan.number, part: UInt16(part), segment: segment)
      guard let value = try shared.snapshot.get(key, in: registry.keyspaces.segment) else {
        continue
      }
      willRead(value)
      log.count { $0.bytes += value.count }
      do throws(Corruption) {
        let header = try SegmentHeader(reading: value)
        if try !SegmentHeader.hasZeroGaps(value) {
          log.note(.readable, .segment, "\(place) part \(part)", order: order)
        }
        for index in 0..<header.columnCount {
          let number = try SegmentHeader.column(index, of: value).field
          guard number != TablePlan.rowCodesNumber else {
            rowCodesCount += 1
            continue
          }
          let isLink = number == TablePlan.linkNumber
          let column =
            isLink
            ? plan.linkColumn : plan.table.fields.firstIndex { $0.number == number } ?? -1
          guard column >= 0 else { continue }
          counts[column] += plan.lateFields.contains(column) == (part == 1) ? 1 : 2
        }
      } catch {
        // The segment cannot be opened, which is told when it is.
        return
      }
    }
    for column in counts.indices where column != plan.linkColumn || plan.parent != nil {
      if counts[column] != 1 { note(.columnsStored, .columnDirectory, column: column) }
    }
    if rowCodesCount > 1 {
      log.note(.columnsStored, .columnDirectory, "\(place) row codes", at: 0, order: order)
    }
  }

  /// Verifies and opens every column.
  private func open(_ view: SegmentView) {
    var count = 0
    for column in 0...plan.linkColumn {
      do throws(Corruption) {
        try view.open(column)
        count += 1
      } catch {
        isBroken[column] = true
        log.note(StoreError(error), order: order)
      }
    }
    do throws(Corruption) { _ = try view.rowCodes() } catch {
      log.note(StoreError(error), order: order)
    }
    let opened = count - (plan.parent == nil ? 1 : 0)
    log.count { $0.tables[plan.position].columns += opened }
  }

  private func openZones(_ view: SegmentView) -> ZoneMaps? {
    do throws(StoreError) {
      let zones = try shared.snapshot.zones(segment, table: plan.position)
      guard zones.rowCount == view.rowCount else {
        log.note(.zonesTrue, .zoneMaps, place, at: 4, order: order)
        return nil
      }
      return zones
    } catch {
      log.note(error, order: order)
      return nil
    }
  }

  /// Emptied places are as many as the catalog says, and lie inside the segment.
  private func checkRemoved(_ view: SegmentView) {
    do throws(StoreError) {
      self.removed = nil
      let removed = try shared.snapshot.removed(segment, table: plan.position)
      guard removed.bits != nil else { return }
      self.removed = removed
      for row in view.rowCount..<SegmentHeader.rowCountMax where removed.contains(row) {
        log.note(.rowsCounted, .removedRows, place, at: row >> 3, order: order)
      }
    } catch {
      log.note(error, order: order)
    }
  }

  // MARK: Texts

  private func checkTexts(_ field: Int, _ view: SegmentView) {
    let column = view.textColumn(field)
    let hasOwn = view.derivedColumn(field).map { $0.exceptionCount > 0 } ?? true
    guard hasOwn else { return }
    do throws(Corruption) {
      try column.readTexts(into: &texts)
    } catch {
      log.note(
        StoreError(error.located("\(place) column \(plan.table.fields[field].name)")), order: order)
    }
    guard column.isTokens else { return }
    guard let split = plan.table.fields[field].words, split.partCount == column.partCount else {
      return note(.codesKnown, .column, column: field, at: 16)
    }
    for part in 0..<column.partCount {
      let words = shared.snapshot.words.lists[plan.dictionary[field] + part]
      // A column of which no row has a word lists the code 0 all the same.
      if column.maximumCode(part: part) >= max(words.wordCount, 1) {
        note(.codesKnown, .column, column: field)
      }
    }
  }

  /// A text that is made of other fields says by which of its alternatives.
  private func checkAlternatives(_ block: Int, _ view: SegmentView) {
    for (field, alternatives) in plan.alternatives where !isBroken[field] {
      guard view.derivedColumn(field) != nil else { continue }
      view.decodeStored(field, block: block, into: stored.view)
      for row in 0..<view.rowCount(ofBlock: block) {
        let chosen = stored.view[row]
        guard chosen != absentValue, chosen < 0 || chosen >= Int64(alternatives.count) else {
          continue
        }
        note(.valuesTyped, .column, column: field)
        break
      }
    }
  }

  // MARK: Blocks

  private func check(_ block: Int, _ view: SegmentView) {
    do throws(StoreError) {
      try reader.begin(segment: segment, block: block, in: shared.snapshot)
    } catch { return log.note(error, order: order) }
    if plan.parent != nil, !isBroken[plan.linkColumn] { checkLinks(block) }
    for field in 0..<plan.fieldCount {
      guard !plan.isText[field], !isBroken[field], !plan.lateFields.contains(field) else {
        continue
      }
      do throws(StoreError) {
        var values = try reader.values(field, in: shared.snapshot)
        if let removed, followsOthers[field] {
          for row in 0..<reader.rowCount {
            let isEmptied = removed.contains(block << 10 + row)
            stored.view[row] = isEmptied ? absentValue : values[row]
          }
          values = stored.view
        }
        zoneCheck.add(field, values, block: block, rowCount: reader.rowCount)
      } catch {
        isBroken[field] = true
        log.note(error, order: order)
      }
    }
    checkAlternatives(block, view)
    for (index, source) in sources.enumerated() { gather(index, source, block) }
  }

  /// Parents by position rise, and each row's parent is there.
  private func checkLinks(_ block: Int) {
    guard let parent = plan.parent else { return }
    do throws(StoreError) {
      let positional = try reader.positionalParents(in: shared.snapshot)
      for row in 0..<reader.rowCount {
        if positional[row] < lastParent {
          note(.parentsRise, .column, column: plan.linkColumn)
        }
        lastParent = max(lastParent, positional[row])
      }
      let parents = try reader.values(plan.linkColumn, in: shared.snapshot)
      var last = absentValue
      for row in 0..<reader.rowCount where parents[row] != last && parents[row] != absentValue {
        last = parents[row]
        if removed?.contains(block << 10 + row) == true {
          last = absentValue
        } else if try !isThere(last, table: parent) {
          isBroken[plan.linkColumn] = true
          return note(.parentsThere, .column, column: plan.linkColumn)
        }
      }
    } catch {
      isBroken[plan.linkColumn] = true
      log.note(error, order: order)
    }
  }

  private func isThere(_ row: Int64, table: Int) throws(StoreError) -> Bool {
    let counts = verification.rowCounts[table]
    guard row >= 0, row >> 16 < Int64(counts.count) else { return false }
    let (segment, place) = (Int(row) >> 16, Int(row) & 0xFFFF)
    // A segment that cannot be opened is told where it is examined.
    guard counts[segment] > 0 else { return true }
    guard place < counts[segment] else { return false }
    return try shared.snapshot.isPresent(row: Int(row), table: table)
  }

  // MARK: Indexes

  private func gather(_ index: Int, _ source: IndexKeySource, _ block: Int) {
    guard index < isLost.count, !isLost[index] else { return }
    do throws(StoreError) {
      let count = try source.gather(segment: segment, block: block)
      add(count, hashes: source.hashes.view, rows: source.rows.view, to: index)
    } catch {
      lose(index)
      log.note(error, order: order)
    }
  }

  private func addLateChildren(_ view: SegmentView) {
    let index = plan.table.indexes.count
    guard plan.parent != nil, index < isLost.count else { return }
    guard !isBroken[plan.linkColumn] else { return lose(index) }
    let count = IndexKeys.gatherLateChildren(
      of: view, segment: segment, hashes: late.hashes.view, rows: late.rows.view)
    add(count, hashes: late.hashes.view, rows: late.rows.view, to: index)
  }

  private func add(
    _ count: Int, hashes: ScratchView<UInt64>, rows: ScratchView<UInt32>, to index: Int
  ) {
    guard count > 0 else { return }
    let runs = verification.indexes[plan.position][index]
    let run = runs.runOfSegment[segment]
    guard run >= 0 else {
      return runs.addUncovered(hashes: hashes, rows: rows, count: count)
    }
    runs.runs[run].add(hashes: hashes, rows: rows, count: count, to: sums[index][run].view)
  }
}

extension TablePlan {
  /// The fields that follow from rows of other tables, themselves or through others.
  fileprivate var followsOthers: [Bool] {
    var follows = (0..<fieldCount).map {
      inherited[$0] >= 0 || table.fields[$0].derivation == .parentKey
    }
    for _ in 0..<fieldCount {
      for (field, declared) in table.fields.enumerated() where !follows[field] {
        follows[field] = declared.derivation?.sources.contains { follows[$0] } ?? false
      }
    }
    return follows
  }
}
