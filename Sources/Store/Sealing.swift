// Writes segments anew with the rows that changed, so that fewer rows lie apart.
//
// Invariants:
//   - a commit has some segments wholly: their rows are no longer fresh, and what they read as is
//     the same before and after
//   - keys stay where they are: those that a row has since lie in `freshKey` until the runs are
//     made anew, and there too lie those that a run has and the row no more

import Bytes
import Columns
import Pages
import Rows
import Segments
import Synchronization

/// What a sealing did.
package struct Sealing: Equatable, Sendable {
  package var rowCount = 0
  package var segmentCount = 0
}

extension Registry {
  /// Segments that one commit may write anew, for each processor.
  private static let segmentsPerCommit = 4

  /// Writes all segments anew in which rows have changed.
  ///
  /// Readers go on; changes of this process wait for each commit. Throws `loadInProgress` while a
  /// load runs, and what the file system refused; what was committed before stays.
  package func seal() throws(StoreError) -> Sealing {
    guard environment.access == .readWrite else {
      throw StoreError(PageError(.permissionDenied, in: path))
    }
    let lock = try LoadLock(path, for: .sealing)
    defer { withExtendedLifetime(lock) {} }
    return try sealAll()
  }

  /// The same for one that holds the lock of loads.
  func sealAll() throws(StoreError) -> Sealing {
    var done = Sealing()
    try keepLastParents()
    while true {
      let step = try changes.withoutCommits { () throws(StoreError) in
        try sealStep(sealingWords, .everything)
      }
      guard let step else { return done }
      done.rowCount += step.rowCount
      done.segmentCount += step.segmentCount
    }
  }

  /// Seals the segments with the most fresh rows until not many are left, if no other thread does.
  func sealWhenMany() throws(StoreError) {
    guard try isCrowded() else { return }
    let isFirst = isSealing.compareExchange(
      expected: false, desired: true, ordering: .acquiringAndReleasing
    ).exchanged
    guard isFirst else { return }
    defer { isSealing.store(false, ordering: .releasing) }
    let lock = try LoadLock(path, for: .sealing)
    defer { withExtendedLifetime(lock) {} }
    while try isCrowded() {
      let step = try changes.withoutCommits { () throws(StoreError) in
        try sealStep(sealingWords, .fullest)
      }
      guard step != nil else { return }
    }
  }

  private func isCrowded() throws(StoreError) -> Bool {
    let atRest = freshRowCountAtRest.load(ordering: .relaxed)
    return try beginSnapshot().fresh?.state.freshRowCount ?? 0 > atRest
  }

  /// Stores the late values of rows at whose places new segments of their children will stand.
  private func keepLastParents() throws(StoreError) {
    let rows = try lastParents(in: try beginSnapshot())
    guard !rows.isEmpty else { return }
    do {
      try changes.run(ChangeReason(reason: "sealing"), on: self, holdsLock: true) { draft in
        for row in rows { try draft.keep(row) }
      }
    } catch let error as StoreError {
      throw error
    } catch { preconditionFailure("keeping a row breaks no rule") }
  }

  private func lastParents(in snapshot: consuming Snapshot) throws(StoreError) -> Set<RowID> {
    var found = Set<RowID>()
    for child in plan.tables {
      guard let parent = child.parent,
        let open = snapshot.fresh?.state.tables[child.position].openSegment,
        open == snapshot.segmentCount(table: child.position)
      else { continue }
      let row = snapshot.segmentCount(table: parent) << 16 - 1
      guard row > 0, try snapshot.isPresent(row: row, table: parent) else { continue }
      let view = try snapshot.segment(row >> 16, table: parent)
      for field in plan.tables[parent].lateFields {
        do throws(Corruption) { try view.open(field) } catch { throw StoreError(error) }
        if view.followsFromOthers(field, row: row & 0xFFFF) {
          found.insert(RowID(table: parent, row: row))
        }
      }
    }
    return found
  }

  /// Seals a few segments in one commit; nil when there are none.
  private func sealStep(
    _ words: [WordCodes], _ choice: Choice
  ) throws(StoreError) -> Sealing? {
    let shared = SharedSnapshot(try beginSnapshot())
    let countMax = Self.segmentsPerCommit * words.count
    let folding = Folding(Array(try parts(choice, in: shared).prefix(countMax)))
    runOnThreads(min(words.count, folding.parts.count)) { thread in
      folding.run(on: shared, words[thread])
    }
    let folded = try folding.result()
    guard !folded.isEmpty else { return nil }
    let draft = try SealDraft(shared, folded)
    do throws(PageError) {
      var transaction = try environment.beginWriting()
      // Another process came between: what was folded is no longer what is there.
      guard try transaction.isAt(draft.base, in: keyspaces) else { return Sealing() }
      try transaction.put(draft, in: keyspaces)
      try transaction.commit()
    } catch { throw StoreError(error) }
    return Sealing(
      rowCount: folded.reduce(0) { $0 + $1.segment.rows.count }, segmentCount: folded.count)
  }
}

extension Registry {
  /// Which segments a commit seals.
  private enum Choice {
    /// All that have fresh rows, in the order of tables and segments.
    case everything
    /// Those that have the most, new ones left out.
    case fullest
  }

  private func parts(
    _ choice: Choice, in shared: SharedSnapshot
  ) throws(StoreError) -> [Folding.Part] {
    var parts: [Folding.Part] = []
    for table in plan.tables.indices {
      let rows = try shared.snapshot.freshRows(ofTable: table)
      for (segment, rows) in Dictionary(grouping: rows, by: { $0 >> 16 }) {
        parts.append(Folding.Part(table: table, segment: segment, rows: rows))
      }
    }
    switch choice {
    case .everything:
      parts.sort { ($0.table, $0.segment) < ($1.table, $1.segment) }
    case .fullest:
      parts.removeAll { $0.segment >= shared.snapshot.segmentCount(table: $0.table) }
      parts.sort {
        ($1.rows.count, $0.table, $0.segment) < ($0.rows.count, $1.table, $1.segment)
      }
    }
    return parts
  }
}

/// Segments that are folded on several threads.
private final class Folding: Sendable {
  struct Part: Sendable {
    let table: Int
    let segment: Int
    let rows: [Int]
  }

  private struct State {
    var next = 0
    var folded: [FoldedSegment?]
    var problem: StoreError?
  }

  let parts: [Part]
  private let state: Mutex<State>

  init(_ parts: [Part]) {
    self.parts = parts
    state = Mutex(State(folded: parts.map { _ in nil }))
  }

  /// Folds one segment after the other until none is left.
  func run(on shared: SharedSnapshot, _ words: WordCodes) {
    words.use(shared.snapshot.words)
    var fold: (table: Int, SegmentFold)?
    while let position = state.withLock({ take(&$0) }) {
      let part = parts[position]
      let used: SegmentFold
      if let fold, fold.table == part.table {
        used = fold.1
      } else {
        used = SegmentFold(shared, table: part.table, words: words)
      }
      fold = (part.table, used)
      do throws(StoreError) {
        let folded = try used.fold(part.segment, freshRows: part.rows)
        state.withLock { $0.folded[position] = folded }
      } catch {
        state.withLock { $0.problem = $0.problem ?? error }
      }
    }
  }

  private func take(_ state: inout State) -> Int? {
    guard state.problem == nil, state.next < parts.count else { return nil }
    defer { state.next += 1 }
    return state.next
  }

  /// The segments in the order of the parts.
  func result() throws(StoreError) -> [(table: Int, segment: FoldedSegment)] {
    let state = state.withLock { $0 }
    if let problem = state.problem { throw problem }
    return zip(parts, state.folded).compactMap { part, folded in
      folded.map { (part.table, $0) }
    }
  }
}

/// The commit that a draft was made from.
struct CommitMark: Equatable {
  let layoutNumber: UInt64
  let changeNumber: UInt64
}

extension WriteTransaction {
  /// Whether the last commit is the one that a draft was made from.
  borrowing func isAt(_ mark: CommitMark, in keyspaces: Keyspaces) throws(PageError) -> Bool {
    let keyspace = keyspaces.catalog
    let layoutNumber = try Keyspaces.catalogKey.lend { (key) throws(PageError) in
      try get(key, in: keyspace).flatMap { Catalog.layoutNumber(of: $0) }
    }
    let changeNumber = try Keyspaces.changesKey.lend { (key) throws(PageError) -> UInt64? in
      guard let bytes = try get(key, in: keyspace) else { return 0 }
      return ChangeState.changeNumber(of: bytes)
    }
    return layoutNumber == mark.layoutNumber && changeNumber == mark.changeNumber
  }
}

/// What a commit of sealed segments writes.
private struct SealDraft {
  let base: CommitMark
  let plan: RegistryPlan
  let folded: [(table: Int, segment: FoldedSegment)]
  var catalog: Catalog
  var state: ChangeState
  /// Keys that rows have since they were sealed before, and those that they had.
  var gained: [FreshKey] = []
  var lost: [FreshKey] = []
  /// Keys that rows had while they were fresh, and have not at their places.
  var passed: [FreshKey] = []

  init(
    _ shared: SharedSnapshot, _ folded: [(table: Int, segment: FoldedSegment)]
  ) throws(StoreError) {
    self.folded = folded
    plan = shared.snapshot.plan
    catalog = shared.snapshot.catalog
    guard let state = try shared.snapshot.registry.changeState(shared.snapshot.reader) else {
      preconditionFailure("fresh rows come from changes")
    }
    self.state = state
    base = CommitMark(layoutNumber: catalog.layoutNumber, changeNumber: state.changeNumber)
    catalog.layoutNumber += 1
    for (table, segment) in folded {
      note(segment, table)
      try compareKeys(of: segment, table, shared)
    }
  }

  private mutating func note(_ folded: FoldedSegment, _ table: Int) {
    let segment = folded.encoded.segment
    var known = catalog.tables[table]
    if segment == known.segmentCount {
      known.segmentCount += 1
      if let parent = folded.encoded.firstParent { known.firstParents.append(parent) }
    } else {
      precondition(segment < known.segmentCount, "segments follow one another")
      known.rewritten.removeAll { $0.segment == segment }
      known.rewritten.append(.init(segment: segment, layoutNumber: catalog.layoutNumber))
      known.rewritten.sort { $0.segment < $1.segment }
    }
    known.rowCount += folded.addedRowCount
    known.emptied.removeAll { $0.segment == segment }
    if !folded.removedPlaces.isEmpty {
      known.emptied.append(.init(segment: segment, placeCount: folded.removedPlaces.count))
      known.emptied.sort { $0.segment < $1.segment }
    }
    catalog.tables[table] = known
    state.tables[table].freshRowCount -= folded.rows.count
    state.tables[table].addedRowCount -= folded.addedRowCount
  }

  /// Finds which keys the rows have and had not when they were sealed before.
  private mutating func compareKeys(
    of folded: FoldedSegment, _ table: Int, _ shared: SharedSnapshot
  ) throws(StoreError) {
    let keys = RowKeys(plan.tables[table])
    let current = RowReader(plan, table: table)
    let sealed = RowReader(plan, table: table, readsSealed: true)
    let words = shared.snapshot.words
    func all(_ buffer: RowBuffer, _ row: Int, _ positional: Int64?) -> Set<FreshKey> {
      keys.all(of: WholeRow(buffer), row: row, positional: positional) { words.code($0, of: $1) }
    }
    for row in folded.rows {
      let place = try shared.snapshot.positionalParent(of: row, table: table).map(Int64.init)
      var before = Set<FreshKey>()
      let wasThere = try sealed.read(row, in: shared.snapshot)
      if wasThere { before = all(sealed.buffer, row, place) }
      guard try current.read(row, in: shared.snapshot) else {
        // The values of an emptied place stay, and with them its keys.
        continue
      }
      let drafted = all(current.buffer, row, place)
      let now = all(current.buffer, row, place ?? folded.encoded.lastParent)
      gained += now.subtracting(before)
      lost += before.subtracting(now)
      passed += drafted.subtracting(before).subtracting(now)
    }
  }
}

extension WriteTransaction {
  fileprivate mutating func put(
    _ draft: SealDraft, in keyspaces: Keyspaces
  ) throws(PageError) {
    for (table, folded) in draft.folded {
      let segment = folded.encoded.segment
      let key = Keyspaces.segmentKey(table: draft.plan.tables[table].number, segment: segment)
      try put(folded.encoded.part, key: key, in: keyspaces)
      try put(folded.encoded.zones, for: key, in: keyspaces.zone)
      if let late = folded.late {
        let key = Keyspaces.segmentKey(
          table: draft.plan.tables[table].number, part: 1, segment: segment)
        try put(late, key: key, in: keyspaces)
      }
      if folded.removedPlaces.isEmpty {
        try remove(key, in: keyspaces.removed)
      } else {
        try put(
          RemovedRows.encoded(folded.removedPlaces, key: key.combined), for: key,
          in: keyspaces.removed)
      }
      for row in folded.rows {
        try remove(Keyspaces.freshKey(table: table, row: row), in: keyspaces.fresh)
      }
    }
    for key in draft.gained where try isOfRun(key, in: keyspaces) {
      try remove(key, in: keyspaces)
    }
    for key in draft.passed where try !isOfRun(key, in: keyspaces) {
      try remove(key, in: keyspaces)
    }
    for key in draft.lost {
      if try value(of: key, in: keyspaces) == FreshKey.ofRow {
        try remove(key, in: keyspaces)
      } else {
        try put([FreshKey.ofRun], for: key.bytes, in: keyspaces.freshKey)
      }
    }
    try put(draft.catalog.encoded(), for: Keyspaces.catalogKey, in: keyspaces.catalog)
    try put(draft.state.encoded(), for: Keyspaces.changesKey, in: keyspaces.catalog)
  }

  private mutating func put(
    _ part: SegmentPart, key: NumberKey, in keyspaces: Keyspaces
  ) throws(PageError) {
    let room = try reserve(part.byteCount, for: key, in: keyspaces.segment)
    unsafe part.write(into: UnsafeMutableRawBufferPointer(start: room.base, count: room.count))
    var sums = ByteWriter()
    for sum in part.checksums() { sums.append(sum) }
    try put(sums.bytes, for: key, in: keyspaces.checksum)
  }
}
