// Rows as a change leaves them, before it is committed: what is current, and what may not be.
//
// A draft reads a snapshot and, before it, what changes have put in its way that are not committed
// yet. It keeps whole rows, so that it needs no write transaction until the commit.

import Bytes
import Columns
import Rows
package import Segments

/// A row of a table, as changes name it.
package struct RowID: Hashable, Sendable {
  package let table: Int
  package let row: Int

  package init(table: Int, row: Int) { (self.table, self.row) = (table, row) }
}

/// A row as a change that is not committed leaves it.
struct DraftedRow {
  var row: WholeRow
  var kind: StoredRow.Kind
  var action: ChangeRecord.Action
  /// The number of the change that wrote it last.
  var change: UInt64
  /// Keys that it has and had not when it was sealed.
  var freshKeys: Set<FreshKey>
  /// Those that it had when it was sealed; empty for a new row.
  let sealedKeys: Set<FreshKey>
  /// Those of `freshKeys` that the file has of it before the commit.
  let committedKeys: Set<FreshKey>
  /// Whether the file has it apart from its segment before the commit.
  let wasFresh: Bool
}

/// Rows that changes have left, and the keys that find them.
struct DraftedRows {
  private(set) var rows: [RowID: DraftedRow] = [:]
  private var rowsOfKeys: [FreshKey: [Int]] = [:]

  subscript(id: RowID) -> DraftedRow? { rows[id] }

  mutating func put(_ drafted: DraftedRow, for id: RowID) {
    for key in drafted.freshKeys where rows[id]?.freshKeys.contains(key) != true {
      rowsOfKeys[key.withoutRow, default: []].append(id.row)
    }
    rows[id] = drafted
  }

  /// Rows that have or had the key.
  func rows(withKey key: FreshKey) -> [Int] { rowsOfKeys[key.withoutRow] ?? [] }
}

extension FreshKey {
  fileprivate var withoutRow: FreshKey {
    FreshKey(table: table, index: index, hash: hash, row: 0)
  }
}

/// What changes that are committed together read and leave; used by one thread at a time.
package final class ChangeDraft {
  /// A value of an old row, by change: what a commit adds to the history.
  struct Replaced {
    let id: RowID
    let change: UInt64
    /// Nil when the change added it.
    let row: WholeRow?
  }

  private let shared: SharedSnapshot
  private let readers: [RowReader]
  private let sealedReaders: [RowReader]
  private let probes: [[IndexProbe]]
  let keys: [RowKeys]
  /// Of the changes before, which are being committed.
  private let inherited: DraftedRows
  /// What a change that fails is undone to.
  struct Work {
    var own = DraftedRows()
    var state: ChangeState
    var records: [ChangeRecord] = []
    var replaced: [Replaced] = []
    /// Keys that rows had and have no more.
    var pastKeys: Set<FreshKey> = []
    /// Codes that are new in open lists, by dictionary.
    var newWords: [Int: [[UInt8]]] = [:]
  }
  var work: Work
  private var record: ChangeRecord

  /// Rows that may lie apart from their segments at one time.
  package static let freshRowCountMax = 200_000

  package var plan: RegistryPlan { shared.snapshot.plan }
  package var snapshot: SharedSnapshot { shared }

  init(_ shared: SharedSnapshot, after before: ChangeDraft?) throws(StoreError) {
    self.shared = shared
    let plan = shared.snapshot.plan
    readers = plan.tables.indices.map { RowReader(plan, table: $0) }
    sealedReaders = plan.tables.indices.map { RowReader(plan, table: $0, readsSealed: true) }
    keys = plan.tables.map { RowKeys($0) }
    probes = plan.tables.map { table in
      (0..<table.table.indexes.count + (table.parent == nil ? 0 : 1)).map {
        IndexProbe(table: table.position, index: $0)
      }
    }
    inherited = before?.work.own ?? DraftedRows()
    if let before {
      work = Work(state: before.work.state)
    } else {
      let state = try shared.snapshot.registry.changeState(shared.snapshot.reader)
      work = Work(state: state ?? ChangeState(tableCount: plan.tables.count))
    }
    record = .begun(ChangeReason(), microseconds: 0)
  }

  /// Begins a change, whose number is the next.
  func begin(_ reason: ChangeReason, microseconds: Int64) {
    work.state.changeNumber += 1
    record = .begun(reason, microseconds: microseconds)
  }

  /// Ends a change: what it did is noted.
  package func end() {
    var seen = Set<RowID>()
    record.rows = record.rows.filter { seen.insert(RowID(table: $0.table, row: $0.row)).inserted }
    work.records.append(record)
  }

  // MARK: Reading

  /// A row as it is now, or nil when there is none.
  package func current(_ id: RowID) throws(StoreError) -> WholeRow? {
    if let drafted = drafted(id) { return drafted.kind == .row ? drafted.row : nil }
    let reader = readers[id.table]
    guard try reader.read(id.row, in: shared.snapshot) else { return nil }
    return WholeRow(reader.buffer)
  }

  private func drafted(_ id: RowID) -> DraftedRow? { work.own[id] ?? inherited[id] }

  /// The rows that have a key of an index now, confirmed by `isWanted`, rising.
  package func rows(
    of table: Int, index: Int, hash: UInt64, _ isWanted: (WholeRow) -> Bool
  ) throws(StoreError) -> [Int] {
    var candidates = Set<Int>()
    let probe = probes[table][index]
    for position in 0..<(try probe.find(hash, in: shared.snapshot)) {
      candidates.insert(probe[position])
    }
    let key = FreshKey(table: table, index: index, hash: hash, row: 0)
    candidates.formUnion(work.own.rows(withKey: key))
    candidates.formUnion(inherited.rows(withKey: key))
    var found: [Int] = []
    for row in candidates.sorted() {
      guard let current = try current(RowID(table: table, row: row)), isWanted(current) else {
        continue
      }
      found.append(row)
    }
    return found
  }

  /// The rows that have a stored integer in a field now, which must have an index of its own.
  package func rows(
    of table: Int, field: Int, equal value: Int64
  ) throws(StoreError) -> [Int] {
    let declared = plan.tables[table].table
    guard let index = declared.indexes.firstIndex(where: { $0.fields == [field] }) else {
      preconditionFailure("the field has no index")
    }
    let kind = IndexKeys.kind(of: declared.indexes[index], in: declared)
    return try rows(of: table, index: index, hash: kind.hash(UInt64(bitPattern: value))) {
      $0.values[field] == value
    }
  }

  /// The rows that have a text in the one field of an index now.
  package func rows(of table: Int, index: Int, text: [UInt8]) throws(StoreError) -> [Int] {
    let declared = plan.tables[table].table.indexes[index]
    let hash = text.lend { IndexKeys.hash(of: $0, isFolded: declared.isFolded) }
    return try rows(of: table, index: index, hash: hash) { row in
      guard declared.isFolded else { return row.texts[declared.fields[0]] == text }
      return row.texts[declared.fields[0]].map { found in
        found.lend { IndexKeys.hash(of: $0, isFolded: true) }
      } == hash
    }
  }

  /// The rows of a table that belong to a row now, rising.
  package func children(
    of row: Int, table: Int
  ) throws(StoreError) -> [Int] {
    var found = Set<Int>()
    if row >> 16 < shared.snapshot.segmentCount(table: plan.tables[table].parent ?? 0) {
      for child in try shared.snapshot.positionalChildren(of: row, childTable: table) {
        if try current(RowID(table: table, row: child))?.parentRow == Int64(row) {
          found.insert(child)
        }
      }
    }
    let late = try rows(
      of: table, index: keys[table].lateIndex, hash: IndexKeyKind.wide.hash(UInt64(row))
    ) { $0.parentRow == Int64(row) }
    return found.union(late).sorted()
  }

  // MARK: Changing

  /// Adds a row and returns its number.
  package func insert(_ row: WholeRow, table: Int) throws -> Int {
    try checkUnique(row, table: table, except: nil)
    try checkParent(row, table: table)
    let number = takePlace(table)
    let id = RowID(table: table, row: number)
    let fresh = try keys(of: row, id)
    put(
      DraftedRow(
        row: row, kind: .row, action: .inserted, change: work.state.changeNumber,
        freshKeys: fresh, sealedKeys: [], committedKeys: [], wasFresh: false), id)
    work.replaced.append(Replaced(id: id, change: work.state.changeNumber, row: nil))
    work.state.tables[table].addedRowCount += 1
    work.state.tables[table].freshRowCount += 1
    try checkRoom(table)
    return number
  }

  /// Gives a row other values; rows that took values from it keep those that they had.
  package func update(_ id: RowID, to row: WholeRow) throws {
    guard let old = try current(id) else { throw missing(id.table) }
    guard old != row else { return }
    try checkUnique(row, table: id.table, except: id.row)
    if row.parentRow != old.parentRow { try checkParent(row, table: id.table) }
    try keepDependents(of: id, old: old, new: row)
    try replace(id, old: old, with: row, kind: .row, action: .updated)
  }

  /// Takes a row away; none may belong to it.
  package func delete(_ id: RowID) throws {
    guard let old = try current(id) else { throw missing(id.table) }
    for child in plan.tables where child.parent == id.table {
      guard try children(of: id.row, table: child.position).isEmpty else {
        throw ChangeError(.childrenRemain, table: plan.tables[id.table].table.name)
      }
    }
    try keepParent(of: id, old: old, new: nil)
    try replace(id, old: old, with: old, kind: .emptied, action: .deleted)
    work.state.tables[id.table].addedRowCount -= 1
  }

  /// Stores the values of a row, so that it follows from no other.
  func keep(_ id: RowID) throws {
    guard let kept = try current(id) else { return }
    try replace(id, old: kept, with: kept, kind: .row, action: .kept)
  }

  /// The ordinal of a code in a list that may grow, new or known.
  package func code(_ word: [UInt8], dictionary: Int) -> Int64 {
    let words = shared.snapshot.words.lists[dictionary]
    let known = word.lend { wanted in
      (0..<words.wordCount).first { words[UInt32($0)]?.isEqual(to: wanted) == true }
    }
    if let known { return Int64(known) }
    if let added = work.newWords[dictionary]?.firstIndex(of: word) {
      return Int64(words.wordCount + added)
    }
    work.newWords[dictionary, default: []].append(word)
    return Int64(words.wordCount + (work.newWords[dictionary]?.count ?? 1) - 1)
  }

  /// The code of an ordinal.
  package func word(_ ordinal: Int64, dictionary: Int) -> String? {
    let words = shared.snapshot.words.lists[dictionary]
    if let word = words[UInt32(truncatingIfNeeded: ordinal)] { return String(word) }
    let added = Int(ordinal) - words.wordCount
    guard let all = work.newWords[dictionary], all.indices.contains(added) else { return nil }
    return String(decoding: all[added], as: UTF8.self)
  }

  func missing(_ table: Int) -> ChangeError {
    ChangeError(.rowMissing, table: plan.tables[table].table.name)
  }

  private func replace(
    _ id: RowID, old: WholeRow, with row: WholeRow, kind: StoredRow.Kind,
    action: ChangeRecord.Action
  ) throws {
    let before = drafted(id)
    let oldKeys = try keys(of: old, id)
    let newKeys = kind == .row ? old == row ? oldKeys : try keys(of: row, id) : []
    let isApart = try before == nil && shared.snapshot.freshRow(id.row, table: id.table) != nil
    // A row that does not lie apart is what its segment says.
    let sealedKeys = try before?.sealedKeys ?? (isApart ? self.sealedKeys(id) : oldKeys)
    let inOwn = work.own[id]
    var committedKeys = inOwn?.committedKeys ?? inherited[id]?.freshKeys ?? []
    var wasFresh = inOwn?.wasFresh ?? (inherited[id] != nil)
    if isApart {
      committedKeys = oldKeys.subtracting(sealedKeys)
      wasFresh = true
    }
    let isNewHere = before == nil && !wasFresh
    if kind != .row || old != row {
      work.replaced.append(Replaced(id: id, change: work.state.changeNumber, row: old))
      work.pastKeys.formUnion(oldKeys.subtracting(newKeys))
    }
    put(
      DraftedRow(
        row: row, kind: kind, action: action, change: work.state.changeNumber,
        freshKeys: newKeys.subtracting(sealedKeys), sealedKeys: sealedKeys,
        committedKeys: committedKeys, wasFresh: wasFresh), id)
    if isNewHere { work.state.tables[id.table].freshRowCount += 1 }
    try checkRoom(id.table)
  }

  private func put(_ drafted: DraftedRow, _ id: RowID) {
    work.own.put(drafted, for: id)
    record.rows.append(
      ChangeRecord.ChangedRow(table: id.table, action: drafted.action, row: id.row))
    for key in drafted.freshKeys { record.keyHashes.append(key.filterHash) }
  }

  /// The keys that the runs of the indexes have of a row.
  private func sealedKeys(_ id: RowID) throws(StoreError) -> Set<FreshKey> {
    let state = shared.snapshot.catalog.tables[id.table]
    guard id.row >> 16 < state.segmentCount else { return [] }
    let reader = sealedReaders[id.table]
    guard try reader.read(id.row, in: shared.snapshot) else { return [] }
    return try keys(of: WholeRow(reader.buffer), id)
  }

  /// The keys of a row at its place.
  private func keys(of row: WholeRow, _ id: RowID) throws(StoreError) -> Set<FreshKey> {
    keys[id.table].all(
      of: row, row: id.row,
      positional: try shared.snapshot.positionalParent(of: id.row, table: id.table).map(Int64.init)
    ) { word($0, dictionary: $1).map { Array($0.utf8) } }
  }

  /// The next place for a new row.
  private func takePlace(_ table: Int) -> Int {
    var state = work.state.tables[table]
    let segment: Int
    if let open = state.openSegment, state.openPlaceCount < 65_536 {
      segment = open
    } else {
      segment = max(
        shared.snapshot.segmentCount(table: table), (state.openSegment ?? -1) + 1)
      state.openPlaceCount = 0
    }
    state.openSegment = segment
    defer {
      state.openPlaceCount += 1
      work.state.tables[table] = state
    }
    return segment << 16 + state.openPlaceCount
  }

  // MARK: What must hold

  private func checkRoom(_ table: Int) throws(ChangeError) {
    guard work.state.freshRowCount <= Self.freshRowCountMax else {
      throw ChangeError(.tooManyFreshRows, table: plan.tables[table].table.name)
    }
  }

  private func checkUnique(_ row: WholeRow, table: Int, except own: Int?) throws {
    let keys = keys[table]
    for index in keys.uniqueIndexes {
      guard let hash = keys.hash(of: row, index: index) else { continue }
      let others = try rows(of: table, index: index, hash: hash) {
        keys.haveSameKey($0, row, index: index)
      }
      guard others.allSatisfy({ $0 == own }) else {
        let declared = plan.tables[table].table
        throw ChangeError(
          .duplicateKey, table: declared.name,
          field: declared.fields[declared.indexes[index].fields[0]].name)
      }
    }
  }

  private func checkParent(_ row: WholeRow, table: Int) throws {
    guard let parent = plan.tables[table].parent, row.parentRow != absentValue else { return }
    guard try current(RowID(table: parent, row: Int(row.parentRow))) != nil else {
      throw ChangeError(.parentMissing, table: plan.tables[table].table.name)
    }
  }

  // MARK: Rows whose values follow from the changed one

  /// Stores the values of rows that follow from this one, so that they stay as they are; the key of
  /// this row follows into those that belong to it.
  private func keepDependents(of id: RowID, old: WholeRow, new: WholeRow) throws {
    try keepParent(of: id, old: old, new: new)
    let plan = plan.tables[id.table]
    let wanted = plan.isWanted(for: .children)
    let changes = wanted.indices.contains {
      wanted[$0] && (old.values[$0] != new.values[$0] || old.texts[$0] != new.texts[$0])
    }
    guard changes else { return }
    for child in self.plan.tables where child.parent == id.table {
      let link = child.table.fields.firstIndex { $0.derivation == .parentKey }
      for row in try children(of: id.row, table: child.position) {
        let childID = RowID(table: child.position, row: row)
        guard let kept = try current(childID) else { continue }
        var changed = kept
        if let link, let key = plan.table.key { changed.values[link] = new.values[key] }
        let isApart =
          try drafted(childID) != nil
          || shared.snapshot.freshRow(row, table: child.position) != nil
        if isApart && changed == kept { continue }
        try replace(
          childID, old: kept, with: changed, kind: .row,
          action: changed == kept ? .kept : .updated)
      }
    }
  }

  /// Stores the values of the row whose late fields follow from this one, if it is the first.
  private func keepParent(of id: RowID, old: WholeRow, new: WholeRow?) throws {
    let plan = plan.tables[id.table]
    guard let parent = plan.parent, drafted(id) == nil,
      id.row >> 16 < shared.snapshot.segmentCount(table: id.table)
    else { return }
    let wanted = plan.isWanted(for: .parent)
    let changes = wanted.indices.contains { wanted[$0] && old.values[$0] != new?.values[$0] }
    guard changes else { return }
    // The parent by place may be another than the one the row belongs to.
    guard let parentRow = try shared.snapshot.positionalParent(of: id.row, table: id.table),
      try shared.snapshot.positionalChildren(of: parentRow, childTable: id.table).first == id.row
    else { return }
    let parentID = RowID(table: parent, row: parentRow)
    guard drafted(parentID) == nil,
      try shared.snapshot.freshRow(parentRow, table: parent) == nil,
      let kept = try current(parentID)
    else { return }
    try replace(parentID, old: kept, with: kept, kind: .row, action: .kept)
  }
}
