// Finds rows of a load whose unique key a row has that was there before it.
//
// Runs keep no keys, so a row whose hash a run knows is only suspected: one in eight that are new.
// Of a key that is one integer, what says most of it is read of each row that is suspected, and
// rules out almost all that are new. What is left is put in the order of the rows that were there,
// whose keys are then read block by block, so that each block is decoded once.

import Bytes
import Columns
import Rows
import Segments
import Store
import Synchronization

/// The keys of one index in the runs that a load leaves as they are.
final class KnownKeys: Sendable {
  private let draft: SharedSnapshot
  private let plan: TablePlan
  private let index: Index
  /// The field of a key that is one integer.
  private let integerField: Int?
  private let kind: IndexKeyKind
  private let wordHashes: WordHashes
  /// One for each worker.
  private let probes: [KnownKeyProbe]

  init(
    _ draft: SharedSnapshot, _ plan: TablePlan, index: Int, wordHashes: WordHashes, jobs: Int
  ) {
    self.draft = draft
    self.plan = plan
    self.index = plan.table.indexes[index]
    let fields = plan.table.indexes[index].fields
    integerField = fields.count == 1 && !plan.isText[fields[0]] ? fields[0] : nil
    kind = IndexKeys.kind(of: plan.table.indexes[index], in: plan.table)
    self.wordHashes = wordHashes
    let segmentCount = draft.snapshot.segmentCount(table: plan.position)
    probes = (0..<jobs).map { _ in
      KnownKeyProbe(table: plan.position, index: index, segmentCount: segmentCount)
    }
  }

  /// Notes which of the keys that a source has gathered may be there; each worker asks by itself.
  func ask(_ source: IndexKeySource, _ count: Int, worker: Int) throws(StoreError) {
    let keys = try integerField.map { (field) throws(StoreError) in try source.values(field) }
    try probes[worker].ask(
      source.hashes.view, source.rows.view, count, keys: keys, in: draft.snapshot)
  }

  /// Rows of the load, each with the row that has its key.
  func confirmed() throws -> [(row: Int, holder: Int)] {
    let found = Mutex<[(row: Int, holder: Int)]>([])
    let jobs = probes.count
    try onWorkers(jobs) { [self] worker in
      let source = IndexKeySource(
        draft, table: plan.position, index: index, wordHashes: wordHashes)
      let known = RowReader(draft.snapshot.plan, table: plan.position)
      let new = RowReader(draft.snapshot.plan, table: plan.position)
      for segment in stride(
        from: worker, to: draft.snapshot.segmentCount(table: plan.position), by: jobs)
      {
        try forEachEqual(in: segment, source) { suspect in
          let (row, holder) = (Int(suspect.row), Int(suspect.known))
          guard try draft.snapshot.isPresent(row: holder, table: plan.position) else { return }
          if integerField == nil {
            try known.read(holder, in: draft.snapshot)
            try new.read(row, in: draft.snapshot)
            guard known.hasSameKey(as: new, fields: index.fields) else { return }
          }
          found.withLock { $0.append((row, holder)) }
        }
      }
    }
    return found.withLock { $0 }
  }

  /// Leaves out those that are ruled out by the one column that says most of the key.
  private func likely(
    _ suspects: [KnownKeyProbe.Suspect], in segment: Int
  ) throws -> [KnownKeyProbe.Suspect] {
    guard let field = integerField, !suspects.isEmpty else { return suspects }
    let view = try draft.snapshot.segment(segment, table: plan.position)
    do throws(Corruption) { try view.open(field) } catch { throw StoreError.corruption(error) }
    if let column = view.direct(field) {
      return suspects.filter { column.value(at: $0.place) == Int64(bitPattern: $0.key) }
    }
    guard let column = view.derivedColumn(field),
      case .digits(_, let bound) = plan.steps.first(where: { $0.field == field })?.kind
    else { return suspects }
    return suspects.filter {
      column.stored.value(at: $0.place) == Int64(bitPattern: $0.key) % bound
        || column.exception(at: $0.place) != nil
    }
  }

  /// Calls `body` with what is suspected of rows of a segment and has their hashes.
  private func forEachEqual(
    in segment: Int, _ source: IndexKeySource, _ body: (KnownKeyProbe.Suspect) throws -> Void
  ) throws {
    let suspects = try likely(probes.flatMap { $0.suspects[segment] }, in: segment)
      .sorted { $0.known < $1.known }
    let (hashes, rows) = (source.hashes.view, source.rows.view)
    var (block, count, place) = (-1, 0, 0)
    for suspect in suspects {
      let itsBlock = suspect.place >> 10
      if itsBlock != block {
        count = try source.gather(segment: segment, block: itsBlock)
        (block, place) = (itsBlock, 0)
      }
      while place < count, rows[place] < suspect.known { place += 1 }
      let hash = integerField == nil ? suspect.key : kind.hash(suspect.key)
      guard place < count, rows[place] == suspect.known, hashes[place] == hash else { continue }
      try body(suspect)
    }
  }
}

/// What one worker suspects.
private final class KnownKeyProbe: @unchecked Sendable {
  /// A row of the load, and a row that may have its key.
  struct Suspect {
    var row: UInt32
    var known: UInt32
    /// The key, if it is one integer, or else its hash.
    var key: UInt64

    /// The place of the known row in its segment.
    var place: Int { Int(known & 0xFFFF) }
  }

  /// Keys whose lines are asked for together.
  private static let groupCount = 32

  private let probe: IndexProbe
  /// By segment of the rows that were there.
  private(set) var suspects: [[Suspect]]

  init(table: Int, index: Int, segmentCount: Int) {
    probe = IndexProbe(table: table, index: index)
    suspects = Array(repeating: [], count: segmentCount)
  }

  /// `keys` has integers by place in the block.
  func ask(
    _ hashes: ScratchView<UInt64>, _ rows: ScratchView<UInt32>, _ count: Int,
    keys: ScratchView<Int64>?, in snapshot: borrowing Snapshot
  ) throws(StoreError) {
    for start in stride(from: 0, to: count, by: Self.groupCount) {
      let group = start..<min(start + Self.groupCount, count)
      for place in group { try probe.askForStart(hashes[place], in: snapshot) }
      for place in group { try probe.askForBucket(hashes[place], in: snapshot) }
      for place in group {
        for candidate in 0..<(try probe.find(hashes[place], isAsked: true, in: snapshot)) {
          let known = probe[candidate]
          let key = keys.map { UInt64(bitPattern: $0[Int(rows[place]) & 1_023]) }
          suspects[known >> 16].append(
            Suspect(row: rows[place], known: UInt32(known), key: key ?? hashes[place]))
        }
      }
    }
  }
}
