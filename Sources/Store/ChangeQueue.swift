// Commits changes of many threads together: while one commit is being synced, the changes that
// come meanwhile gather in the next.
//
// Invariants:
//   - a change is acknowledged after the commit that has it was synced, never before
//   - changes run one at a time, each on what the ones before it left, also while those are being
//     committed; if their commit fails, the changes after them run again
//   - a commit is made only on the commit that its draft was made from: if another process or a
//     load came between, its changes run again

import Bytes
import Glibc
import Pages
import Segments
import Synchronization

/// The way of changes into one registry.
final class ChangeQueue: @unchecked Sendable {
  /// Changes that are committed together.
  private final class Group: @unchecked Sendable {
    enum Outcome {
      case committed
      /// The registry is no longer what the draft was made from.
      case stale
      case failed(any Error)
    }

    let draft: ChangeDraft
    /// The commit that the group's is made on.
    let base: CommitMark
    var outcome: Outcome?
    /// The commit before failed, on which these changes were made.
    var isDoomed = false

    init(_ draft: ChangeDraft) {
      self.draft = draft
      base = CommitMark(
        layoutNumber: draft.snapshot.snapshot.catalog.layoutNumber,
        changeNumber: draft.work.state.changeNumber)
    }
  }

  /// Guards `open` and `inFlight`, and is held while a change runs.
  private let drafting = Monitor()
  private var open: Group?
  private var inFlight: Group?
  private let committing = Monitor()
  /// The thread whose change runs.
  private let running = Atomic<UInt>(0)

  init() {}

  /// Runs a change, perhaps several times, and returns when what it did is durable.
  ///
  /// Throws what `body` throws, and then nothing of it was done; and what the file system refused.
  func run<Result>(
    _ reason: ChangeReason, on registry: Registry, holdsLock: Bool = false,
    _ body: (ChangeDraft) throws -> Result
  ) throws -> Result {
    precondition(
      running.load(ordering: .relaxed) != pthread_self(), "a change inside a change")
    while true {
      let (group, result) = try drafting.withLock { try draft(reason, on: registry, body) }
      switch outcome(of: group, on: registry, holdsLock: holdsLock) {
      case .committed: return result
      case .stale: continue
      case .failed(StoreError.loadInProgress) where holdsLock: continue
      case .failed(let error): throw error
      }
    }
  }

  private func draft<Result>(
    _ reason: ChangeReason, on registry: Registry, _ body: (ChangeDraft) throws -> Result
  ) throws -> (Group, Result) {
    let group: Group
    if let open {
      group = open
    } else {
      let shared = SharedSnapshot(try registry.beginSnapshot())
      group = Group(try ChangeDraft(shared, after: inFlight?.draft))
      open = group
    }
    let before = group.draft.work
    running.store(pthread_self(), ordering: .relaxed)
    defer { running.store(0, ordering: .relaxed) }
    do {
      group.draft.begin(reason, microseconds: microsecondsSince1970())
      let result = try body(group.draft)
      group.draft.end()
      return (group, result)
    } catch {
      group.draft.work = before
      // A group that nobody waits for would never be committed, and its snapshot grow old.
      if before.records.isEmpty { open = nil }
      throw error
    }
  }

  /// Waits until a group is committed, or commits it.
  private func outcome(
    of group: Group, on registry: Registry, holdsLock: Bool
  ) -> Group.Outcome {
    committing.withLock {
      if let outcome = group.outcome { return outcome }
      drafting.withLock {
        open = nil
        inFlight = group
      }
      let outcome =
        group.isDoomed ? .stale : commit(group, on: registry, holdsLock: holdsLock)
      group.outcome = outcome
      drafting.withLock {
        inFlight = nil
        if case .committed = outcome { return }
        // Changes that run again must not run on what those of a doomed group left.
        open?.isDoomed = true
        open = nil
      }
      return outcome
    }
  }

  /// Runs `body` while no change is committed by this process.
  func withoutCommits<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result
  {
    try committing.withLock(body)
  }

  private func commit(
    _ group: Group, on registry: Registry, holdsLock: Bool
  ) -> Group.Outcome {
    let loading = Group.Outcome.failed(StoreError.loadInProgress(path: registry.path))
    if !holdsLock, LoadLock.isHeldByLoad(registry.path) { return loading }
    do throws(PageError) {
      var transaction = try registry.environment.beginWriting()
      // A load that begins now waits for this transaction; one that has begun goes first.
      if !holdsLock, LoadLock.isHeldByLoad(registry.path) { return loading }
      guard try transaction.isAt(group.base, in: registry.keyspaces) else { return .stale }
      try transaction.put(group.draft, in: registry.keyspaces)
      try transaction.commit()
      return .committed
    } catch { return .failed(StoreError(error)) }
  }
}

/// Microseconds of the system's clock since 1970-01-01, without leap seconds.
func microsecondsSince1970() -> Int64 {
  var time = timespec()
  unsafe clock_gettime(CLOCK_REALTIME, &time)
  return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
}

extension WriteTransaction {
  /// Stores what a draft has.
  mutating func put(
    _ draft: ChangeDraft, in keyspaces: Keyspaces
  ) throws(PageError) {
    let work = draft.work
    for (id, drafted) in work.own.rows {
      let key = Keyspaces.freshKey(table: id.table, row: id.row)
      try put(
        drafted.row.encoded(
          drafted.kind, change: drafted.change, key: key.combined, draft.plan.tables[id.table]),
        for: key, in: keyspaces.fresh)
      for key in drafted.committedKeys.subtracting(drafted.freshKeys)
      where try !isOfRun(key, in: keyspaces) {
        try remove(key, in: keyspaces)
      }
      for key in drafted.freshKeys.subtracting(drafted.committedKeys)
      where try !isOfRun(key, in: keyspaces) {
        try put([FreshKey.ofRow], for: key.bytes, in: keyspaces.freshKey)
      }
    }
    // Of a row that one change replaced twice the first counts, and is written last.
    for replaced in work.replaced.reversed() {
      let key = HistoryKey(
        table: replaced.id.table, row: replaced.id.row, change: replaced.change)
      try put(
        PastRow.encoded(replaced.row, key, draft.plan.tables[replaced.id.table]), for: key.bytes,
        in: keyspaces.history)
    }
    for key in work.pastKeys { try put([0], for: key.bytes, in: keyspaces.pastKey) }
    for (position, record) in work.records.enumerated() {
      let number = work.state.changeNumber - UInt64(work.records.count - 1 - position)
      try put(
        record.encoded(key: number), for: NumberKey(combined: number), in: keyspaces.change)
    }
    try putWords(draft, in: keyspaces)
    try put(work.state.encoded(), for: Keyspaces.changesKey, in: keyspaces.catalog)
  }

  /// Whether a key is noted as one that a run has and the row has no more.
  borrowing func isOfRun(_ key: FreshKey, in keyspaces: Keyspaces) throws(PageError) -> Bool {
    try value(of: key, in: keyspaces) == FreshKey.ofRun
  }

  borrowing func value(of key: FreshKey, in keyspaces: Keyspaces) throws(PageError) -> UInt8? {
    try key.bytes.lend { (bytes) throws(PageError) in
      try get(bytes, in: keyspaces.freshKey).map { $0[0] }
    }
  }

  mutating func remove(_ key: FreshKey, in keyspaces: Keyspaces) throws(PageError) {
    try key.bytes.lend { (bytes) throws(PageError) in
      _ = try remove(bytes, in: keyspaces.freshKey)
    }
  }

  /// Adds the codes that are new in open lists; readers find them by a new layout.
  private mutating func putWords(
    _ draft: ChangeDraft, in keyspaces: Keyspaces
  ) throws(PageError) {
    guard !draft.work.newWords.isEmpty else { return }
    var catalog = draft.snapshot.snapshot.catalog
    for (dictionary, words) in draft.work.newWords.sorted(by: { $0.key < $1.key }) {
      let count = catalog.dictionaries[dictionary].wordCount
      try append(words, toDictionary: dictionary, holding: count, in: keyspaces)
      catalog.dictionaries[dictionary].wordCount = count + words.count
    }
    catalog.layoutNumber += 1
    try put(catalog.encoded(), for: Keyspaces.catalogKey, in: keyspaces.catalog)
  }
}
