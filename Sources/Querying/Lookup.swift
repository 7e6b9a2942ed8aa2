// Finds rows by the key of an index: key -> index -> candidates -> rows that confirm it.

package import Bytes
import Columns
import Rows
import Rules
package import Segments
package import Store

/// Finds whole rows of one table by the keys of its indexes; used by one thread, inside one
/// snapshot at a time.
///
/// A look-up takes no lock and allocates nothing once its buffers have grown. It touches the
/// index's bucket and one or two cache lines a column of the row.
package final class Lookup {
  package let plan: TablePlan
  /// The row that `body` is called for.
  package let reader: RowReader
  private let kinds: [IndexKeyKind]
  /// The first field of each index.
  private let fields: [Int]
  private let probes: [IndexProbe]
  private let textKeys: [[TextKey]]
  /// Rows found in one look-up, so that none is given twice.
  private var seen: [Int] = []
  private let folding = FoldingRoom()
  private let batch = LookupBatch()

  /// With `wholeParents` the reader's `parentBuffer` has all fields of the row that a found row
  /// belongs to.
  package init(_ plan: RegistryPlan, table: Int, wholeParents: Bool = false) {
    let tablePlan = plan.tables[table]
    self.plan = tablePlan
    reader = RowReader(plan, table: table, wholeParents: wholeParents)
    fields = tablePlan.table.indexes.map { $0.fields[0] }
    kinds = tablePlan.table.indexes.map { IndexKeys.kind(of: $0, in: tablePlan.table) }
    probes = tablePlan.table.indexes.indices.map { IndexProbe(table: table, index: $0) }
    textKeys = tablePlan.table.indexes.map { TextKey.all(of: $0, in: tablePlan) }
  }

  /// Forgets what was read: a new snapshot begins.
  package func reset() { reader.reset() }

  /// Reads each row with this stored integer in the index's one field, until `body` returns false.
  @inline(__always)
  package func rows(
    of index: Int, equal value: Int64, in snapshot: borrowing Snapshot,
    _ body: (RowReader) throws(StoreError) -> Bool
  ) throws(StoreError) {
    let field = fields[index]
    let probe = probes[index]
    let hash = kinds[index].hash(UInt64(bitPattern: value))
    let count = try probe.find(hash, in: snapshot)
    for position in 0..<count {
      guard try reader.read(probe[position], where: field, equals: value, in: snapshot) else {
        continue
      }
      guard try body(reader) else { return }
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
    if !seen.isEmpty { seen.removeAll(keepingCapacity: true) }
    if let through = declared.through {
      let keys = textKeys[index]
      for (position, key) in keys.enumerated() {
        guard let value = key.value(in: text),
          !keys[..<position].contains(where: { $0.value(in: text) == value })
        else { continue }
        try rows(of: through, equal: value, in: snapshot) { reader throws(StoreError) in
          guard let found = reader.buffer.text(of: field), found.isSame(as: text),
            !seen.contains(reader.buffer.row)
          else { return true }
          seen.append(reader.buffer.row)
          goesOn = try body(reader)
          return goesOn
        }
        guard goesOn else { return }
      }
    }
    let probe = probes[index]
    let hash = declared.isFolded ? folding.hash(text) : IndexKeys.hash(of: text, isFolded: false)
    let count = try probe.find(hash, in: snapshot)
    for position in 0..<count {
      guard try reader.read(probe[position], in: snapshot),
        let found = reader.buffer.text(of: field),
        declared.isFolded ? folding.isEqual(found, text) : found.isSame(as: text),
        !seen.contains(probe[position])
      else { continue }
      guard try body(reader) else { return }
    }
  }

  /// Reads each row with this text and stored integer in an index of two fields, the text first.
  ///
  /// With `isExact` the text must be equal byte for byte; otherwise it may differ in case, marks
  /// and spaces if the index is folded.
  package func rows(
    of index: Int, text: LentBytes, and value: Int64, isExact: Bool,
    in snapshot: borrowing Snapshot, _ body: (RowReader) throws(StoreError) -> Bool
  ) throws(StoreError) {
    let declared = plan.table.indexes[index]
    let (textField, valueField) = (declared.fields[0], declared.fields[1])
    let part = declared.isFolded ? folding.hash(text) : IndexKeys.hash(of: text, isFolded: false)
    let hash = IndexKeys.join(IndexKeys.join(0, part), IndexKeys.part(of: value))
    let probe = probes[index]
    let count = try probe.find(hash, in: snapshot)
    for position in 0..<count {
      guard
        try reader.read(probe[position], where: valueField, equals: value, in: snapshot),
        let found = reader.buffer.text(of: textField),
        found.isSame(as: text) || (!isExact && folding.isEqual(found, text))
      else { continue }
      guard try body(reader) else { return }
    }
  }

  // MARK: Whatever rows say

  /// The rows that may have a stored integer in the index's one field; in a snapshot at a moment
  /// also those that may ever have had it.
  package func candidates(
    of index: Int, equal value: Int64, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> [Int] {
    try candidates(of: index, hash: kinds[index].hash(UInt64(bitPattern: value)), in: snapshot)
  }

  /// The same for a text.
  package func candidates(
    of index: Int, equal text: LentBytes, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> [Int] {
    let declared = plan.table.indexes[index]
    var found = Set<Int>()
    if let through = declared.through {
      for value in textKeys[index].compactMap({ $0.value(in: text) }) {
        found.formUnion(try candidates(of: through, equal: value, in: snapshot))
      }
    }
    let hash = declared.isFolded ? folding.hash(text) : IndexKeys.hash(of: text, isFolded: false)
    return found.union(try candidates(of: index, hash: hash, in: snapshot)).sorted()
  }

  private func candidates(
    of index: Int, hash: UInt64, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> [Int] {
    let count = try probes[index].find(hash, in: snapshot)
    return (0..<count).map { probes[index][$0] }
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
      let foundCount = try findGroup(index, keys.from(start), group, in: snapshot)
      var first = 0
      while first < foundCount {
        let rowCount = min(RowReader.askedCountMax, foundCount - first)
        try ask(first, rowCount, in: snapshot)
        for position in 0..<rowCount {
          let place = start + Int(batch.places[first + position])
          guard
            try reader.finish(position, where: field, equals: keys[place], in: snapshot)
          else { continue }
          try body(place, reader)
        }
        first += rowCount
      }
      start += group
    }
  }

  /// Finds the candidates of a group.
  private func findGroup(
    _ index: Int, _ keys: ScratchView<Int64>, _ count: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Int {
    let probe = probes[index]
    let hashes = batch.hashes
    for place in 0..<count {
      hashes[place] = kinds[index].hash(UInt64(bitPattern: keys[place]))
      try probe.askForStart(hashes[place], in: snapshot)
    }
    for place in 0..<count { try probe.askForBucket(hashes[place], in: snapshot) }
    var foundCount = 0
    for place in 0..<count {
      let candidateCount = try probe.find(hashes[place], isAsked: true, in: snapshot)
      batch.reserve(foundCount + candidateCount)
      for position in 0..<candidateCount {
        batch.places[foundCount] = Int32(place)
        batch.rows[foundCount] = probe[position]
        foundCount += 1
      }
    }
    return foundCount
  }

  /// Asks for the lines of candidates from `first` on, and locates them.
  private func ask(
    _ first: Int, _ count: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) {
    for position in 0..<count {
      try reader.askProgram(of: batch.rows[first + position], in: snapshot)
    }
    for position in 0..<count {
      _ = try reader.ask(batch.rows[first + position], at: position, in: snapshot)
    }
    try reader.locate(count, in: snapshot)
  }
}

/// How a text that is made of other fields' texts holds the key of another index: as digits at a
/// fixed distance from its end.
private struct TextKey {
  let digitCount: Int
  let digitCountAfter: Int
  /// Whether nothing may stand before the digits.
  let isWhole: Bool

  /// The ways in which texts of an index hold keys of the index that it is answered through.
  static func all(of index: Index, in plan: TablePlan) -> [TextKey] {
    guard let through = index.through else { return [] }
    let other = plan.table.indexes[through].fields[0]
    return (plan.alternatives[index.fields[0]] ?? []).compactMap { pieces in
      guard let at = pieces.firstIndex(where: { $0.field == other }),
        pieces[at...].allSatisfy({ $0.digitCount >= 0 })
      else { return nil }
      return TextKey(
        digitCount: pieces[at].digitCount,
        digitCountAfter: pieces[(at + 1)...].reduce(0) { $0 + $1.digitCount }, isWhole: at == 0)
    }
  }

  func value(in text: LentBytes) -> Int64? {
    let end = text.count - digitCountAfter
    guard end >= digitCount, !isWhole || end == digitCount else { return nil }
    let parsed = FieldText.digits(text.part(end - digitCount, end), count: digitCount)
    return parsed.problem == nil ? parsed.value : nil
  }
}

/// Candidates of a group of keys.
private final class LookupBatch {
  static let groupCount = 16
  let hashes: ScratchView<UInt64>
  private(set) var places: ScratchView<Int32>
  private(set) var rows: ScratchView<Int>
  private let hashStorage = Scratch<UInt64>(count: groupCount)
  private var storage = (
    Scratch<Int32>(count: 64), Scratch<Int>(count: 64)
  )

  init() {
    hashes = hashStorage.view
    (places, rows) = (storage.0.view, storage.1.view)
  }

  func reserve(_ count: Int) {
    guard count > rows.count else { return }
    let larger = (
      Scratch<Int32>(count: 2 * count), Scratch<Int>(count: 2 * count)
    )
    for position in 0..<rows.count {
      larger.0.view[position] = places[position]
      larger.1.view[position] = rows[position]
    }
    storage = larger
    (places, rows) = (storage.0.view, storage.1.view)
  }
}

/// Room to fold texts in, used again and again.
private final class FoldingRoom {
  private var storage = (Scratch<UInt8>(count: 1_024), Scratch<UInt8>(count: 1_024))

  private func reserve(_ byteCount: Int) {
    let room = foldedByteCountMax(of: byteCount)
    guard room > storage.0.view.count else { return }
    storage = (Scratch(count: room), Scratch(count: room))
  }

  func hash(_ text: LentBytes) -> UInt64 {
    reserve(text.count)
    return FoldedHash(folding: text, into: storage.0.view).sum
  }

  func isEqual(_ left: LentBytes, _ right: LentBytes) -> Bool {
    reserve(max(left.count, right.count))
    let room = (storage.0.view, storage.1.view)
    let counts = (fold(left, into: room.0), fold(right, into: room.1))
    return room.0.lent(count: counts.0).isSame(as: room.1.lent(count: counts.1))
  }
}

/// Reads the members of a household, or the children of any row, in one call.
package final class ChildReader {
  package let reader: RowReader
  /// Children that came later, which are not at their parent's place.
  private let late: IndexProbe

  /// With `parents`, a reader of the rows that the children belong to, a row that it holds is not
  /// read again.
  package init(_ plan: RegistryPlan, childTable: Int, parents: RowReader? = nil) {
    reader = RowReader(plan, table: childTable, parents: parents)
    late = IndexProbe(table: childTable, index: plan.tables[childTable].table.indexes.count)
  }

  package func reset() { reader.reset() }

  /// Reads each child of a row: first those at its place, which are neighbours and need no index,
  /// then those that came later.
  package func children(
    of parentRow: Int, in snapshot: borrowing Snapshot,
    _ body: (RowReader) throws(StoreError) -> Void
  ) throws(StoreError) {
    let places = try snapshot.positionalChildren(of: parentRow, childTable: reader.plan.position)
    var first = places.lowerBound
    while first < places.upperBound {
      let count = min(RowReader.askedCountMax, places.upperBound - first)
      for position in 0..<count {
        _ = try reader.ask(first + position, at: position, in: snapshot)
      }
      try read(count, of: parentRow, in: snapshot, body)
      first += count
    }
    let hash = IndexKeyKind.wide.hash(UInt64(parentRow))
    let count = try late.find(hash, in: snapshot)
    for position in 0..<count {
      _ = try reader.ask(late[position], at: 0, in: snapshot)
      try read(1, of: parentRow, in: snapshot, body)
    }
  }

  /// Reads those of the rows that were asked for which belong to a row.
  private func read(
    _ count: Int, of parentRow: Int, in snapshot: borrowing Snapshot,
    _ body: (RowReader) throws(StoreError) -> Void
  ) throws(StoreError) {
    try reader.locate(count, in: snapshot)
    for position in 0..<count where reader.parentRow(position) == Int64(parentRow) {
      guard try reader.finish(position, in: snapshot) else { continue }
      try body(reader)
    }
  }
}

extension Lookup {
  /// The numbers of the rows that satisfy a scan's condition, found through an index; nil when no
  /// index answers it.
  ///
  /// An index answers a condition that is an equality with its one field, or a conjunction with
  /// one.
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
