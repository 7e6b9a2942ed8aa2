// Writes the large values of a load beside what is there, in bounded transactions, and publishes
// once.
//
// Invariants:
//   - one load at a time in all processes: it holds a lock on the file from begin to end
//   - nothing it writes is named by the catalog before `publish`, so a load that ends anywhere else
//     leaves the registry as it was; its leftovers are swept when the next load begins
//   - a transaction holds at most about 24 MB: its memory serves the next, and the thread that
//     writes is never away for long
//   - a load that is only tried writes to a file of its own, and nothing to the registry
//   - after a write or commit that failed nothing more is written or published: what the failed
//     transaction held is lost, and the catalog would name it

import Bytes
import Glibc
import Pages
package import Segments

/// The writing side of one load.
package final class BulkWriter {
  private static let transactionByteCountMax = 16 << 20

  package let registry: Registry
  /// What the registry will hold once published; changed by the loader as it goes.
  package var catalog: Catalog
  /// What the registry held when the load began.
  package let base: Catalog
  private var transaction: WriteTransaction?
  private var pendingByteCount = 0
  /// Why a write or a commit failed; then all that follow fail too.
  private var failure: StoreError?
  private var isAbandoned = false
  private let lock: LoadLock
  private let trial: TrialFile?
  /// Bytes of large values written.
  package private(set) var byteCount = 0

  /// Begins a load: takes the lock and sweeps what an earlier one left.
  ///
  /// With `isTrial` it writes beside the registry and can be read, but not published.
  ///
  /// Throws `loadInProgress` while another load holds the lock, and `permissionDenied` for a
  /// registry that is open for reading alone.
  package init(_ registry: Registry, isTrial: Bool = false) throws(StoreError) {
    self.registry = registry
    guard registry.environment.access == .readWrite else {
      throw StoreError(PageError(.permissionDenied, in: registry.path))
    }
    lock = try LoadLock(registry.environment.path, for: .load)
    // No change is committed while the lock is held; one that was about to be is waited for.
    do throws(PageError) {
      try registry.environment.beginWriting().abort()
    } catch { throw StoreError(error) }
    _ = try registry.sealAll()
    let snapshot = try registry.beginSnapshot()
    base = snapshot.catalog
    catalog = base
    trial = isTrial ? try TrialFile(beside: registry, base) : nil
    if isTrial { try copyWords() } else { try sweep() }
  }

  // MARK: Values

  /// Writes a segment's own columns, checksums and zones.
  package func put(_ segment: EncodedSegment) throws(StoreError) {
    let number = registry.plan.tables[segment.table].number
    let key = Keyspaces.segmentKey(table: number, segment: segment.segment)
    try put(segment.part, checksums: segment.checksums, key: key)
    try write(segment.zones.count) { (transaction, keyspaces) throws(PageError) in
      try transaction.put(segment.zones, for: key, in: keyspaces.zone)
    }
  }

  /// Writes the columns of a segment that waited for the children.
  package func putLate(_ part: SegmentPart) throws(StoreError) {
    let key = Keyspaces.segmentKey(
      table: part.header.table, part: part.header.part, segment: Int(part.header.segment))
    try put(part, checksums: part.checksums(), key: key)
  }

  private func put(
    _ part: SegmentPart, checksums: [UInt64], key: NumberKey
  ) throws(StoreError) {
    try write(part.byteCount) { (transaction, keyspaces) throws(PageError) in
      let room = try transaction.reserve(part.byteCount, for: key, in: keyspaces.segment)
      unsafe part.write(
        into: UnsafeMutableRawBufferPointer(start: room.base, count: room.count))
      try transaction.put(Self.bytes(checksums), for: key, in: keyspaces.checksum)
    }
  }

  /// Writes one partition of an index run.
  package func put(partition: Int, run: UInt32, bytes: [UInt8]) throws(StoreError) {
    try write(bytes.count) { (transaction, keyspaces) throws(PageError) in
      try transaction.put(bytes, for: NumberKey(run, UInt32(partition)), in: keyspaces.partition)
    }
  }

  /// Writes the checksums of a run's partitions.
  package func put(checksums: [UInt64], run: UInt32) throws(StoreError) {
    try write(8 * checksums.count) { (transaction, keyspaces) throws(PageError) in
      try transaction.put(
        Self.bytes(checksums), for: Keyspaces.runChecksumKey(run), in: keyspaces.checksum)
    }
  }

  /// Writes which places of a new segment hold no row, and counts them in the catalog that will be
  /// published too; once for a segment.
  package func put(
    removedPlaces places: [Int], segment: Int, table: Int
  ) throws(StoreError) {
    precondition(segment >= base.tables[table].segmentCount, "only a segment of this load")
    guard !places.isEmpty else { return }
    let key = Keyspaces.segmentKey(table: registry.plan.tables[table].number, segment: segment)
    let bytes = RemovedRows.encoded(places, key: key.combined)
    try write(bytes.count) { (transaction, keyspaces) throws(PageError) in
      try transaction.put(bytes, for: key, in: keyspaces.removed)
    }
    catalog.tables[table].emptied.append(
      Catalog.EmptiedPlaces(segment: segment, placeCount: Set(places).count))
    catalog.tables[table].emptied.sort { $0.segment < $1.segment }
  }

  /// Adds words to a dictionary, in the catalog that will be published too.
  package func append(_ words: [[UInt8]], toDictionary dictionary: Int) throws(StoreError) {
    guard !words.isEmpty else { return }
    let count = catalog.dictionaries[dictionary].wordCount
    try write(words.reduce(0) { $0 + $1.count + 4 }) { (transaction, keyspaces) throws(PageError) in
      try transaction.append(words, toDictionary: dictionary, holding: count, in: keyspaces)
    }
    catalog.dictionaries[dictionary].wordCount = count + words.count
  }

  /// The number of a new index run.
  package func nextRun() -> UInt32 {
    defer { catalog.nextRun += 1 }
    return catalog.nextRun
  }

  // MARK: Commits

  /// Makes what was written durable and readable by `draft()`.
  package func flush() throws(StoreError) {
    if let failure { throw failure }
    guard let open = transaction.take() else { return }
    pendingByteCount = 0
    do throws(PageError) {
      try open.commit()
    } catch { throw failed(error) }
  }

  /// A snapshot that sees what this load has flushed.
  package func draft() throws(StoreError) -> Snapshot {
    try registry.beginSnapshot(seeing: catalog, over: trial)
  }

  /// Begins a change of rows that were there before, to be published with the load.
  package func changeDraft(_ reason: ChangeReason) throws(StoreError) -> ChangeDraft {
    let change = try ChangeDraft(SharedSnapshot(try draft()), after: nil)
    change.begin(reason, microseconds: microsecondsSince1970())
    return change
  }

  /// Names everything in the catalog, in one small commit, and then frees the runs that it names no
  /// more; a change that is given is part of the commit.
  ///
  /// Throws what an earlier write threw, if one failed.
  package func publish(with change: ChangeDraft? = nil) throws(StoreError) {
    precondition(!isAbandoned, "the load was given up")
    precondition(trial == nil, "the load is only tried")
    try flush()
    catalog.layoutNumber = base.layoutNumber + 1
    catalog.changeNumber = base.changeNumber + 1
    let bytes = catalog.encoded()
    let (settled, state) = try settledKeys()
    try write(bytes.count) { (transaction, keyspaces) throws(PageError) in
      try transaction.put(bytes, for: Keyspaces.catalogKey, in: keyspaces.catalog)
      for key in settled { try transaction.remove(key, in: keyspaces) }
      if let change {
        try transaction.put(change, in: keyspaces)
        return
      }
      guard let state else { return }
      try transaction.put(state.encoded(), for: Keyspaces.changesKey, in: keyspaces.catalog)
    }
    try flush()
    // What is published stays so: runs that cannot be freed now are leftovers for the next load.
    try? freeRuns()
    if change != nil { _ = try? registry.sealAll() }
  }

  /// The keys beside the runs that the new runs make needless, and what changes have left then.
  private func settledKeys() throws(StoreError) -> ([FreshKey], ChangeState?) {
    let snapshot = try registry.beginSnapshot()
    guard var state = try registry.changeState(snapshot.reader) else { return ([], nil) }
    var settled: [FreshKey] = []
    var restCount = 0
    let (old, new) = (base.tables, catalog.tables)
    try snapshot.reader.forEach(
      in: registry.keyspaces.freshKey, from: NumberKey(combined: 0)
    ) { bytes, _ in
      guard let key = FreshKey(bytes), key.table < new.count,
        key.index < new[key.table].indexes.count
      else { return true }
      let run = new[key.table].indexes[key.index].first { $0.segments.contains(key.row >> 16) }
      if let run, !old[key.table].indexes[key.index].contains(run) {
        settled.append(key)
      } else {
        restCount += 1
      }
      return true
    }
    if restCount == 0, state.freshRowCount == 0 { state.settledChange = state.changeNumber }
    return (settled, state)
  }

  private func freeRuns() throws(StoreError) {
    let named = NamedKeys(catalog, of: registry)
    let keyspaces = registry.keyspaces
    for run in base.tables.flatMap(\.indexes).joined() {
      let sums = Keyspaces.runChecksumKey(run.number)
      guard !named.contains(sums, in: keyspaces.checksum) else { continue }
      try write(0) { (transaction, _) throws(PageError) in
        for partition in 0..<UInt32(1) << run.partitionBits {
          try transaction.remove(NumberKey(run.number, partition), in: keyspaces.partition)
        }
        try transaction.remove(sums, in: keyspaces.checksum)
      }
    }
    try flush()
  }

  /// Gives up what was written since the last flush; the load cannot be published any more.
  package func abandon() {
    isAbandoned = true
    if let open = transaction.take() { open.abort() }
  }

  private func write(
    _ byteCount: Int, _ body: (inout WriteTransaction, Keyspaces) throws(PageError) -> Void
  ) throws(StoreError) {
    if let failure { throw failure }
    do throws(PageError) {
      var open: WriteTransaction
      if let current = transaction.take() {
        open = current
      } else {
        open = try (trial?.environment ?? registry.environment).beginWriting()
      }
      try body(&open, trial?.keyspaces ?? registry.keyspaces)
      transaction = .some(open)
    } catch { throw failed(error) }
    self.byteCount += byteCount
    pendingByteCount += byteCount
    if pendingByteCount > Self.transactionByteCountMax { try flush() }
  }

  private func failed(_ error: PageError) -> StoreError {
    let reason = StoreError(error)
    failure = reason
    return reason
  }

  private static func bytes(_ numbers: [UInt64]) -> [UInt8] {
    var writer = ByteWriter(capacity: 8 * numbers.count)
    for number in numbers { writer.append(number) }
    return writer.bytes
  }

  // MARK: Leftovers

  /// Removes values that no catalog names.
  private func sweep() throws(StoreError) {
    var leftovers: [(Keyspace, NumberKey)] = []
    let named = NamedKeys(base, of: registry)
    let keyspaces = registry.keyspaces
    do throws(PageError) {
      let reading = try registry.environment.beginReading()
      for keyspace in [
        keyspaces.segment, keyspaces.checksum, keyspaces.zone, keyspaces.removed,
        keyspaces.partition, keyspaces.word,
      ] {
        try reading.forEach(in: keyspace) { key, _ in
          if let number = NumberKey(key), !named.contains(number, in: keyspace) {
            leftovers.append((keyspace, number))
          }
          return true
        }
      }
    } catch { throw StoreError(error) }
    for (keyspace, key) in leftovers {
      try write(0) { (transaction, _) throws(PageError) in
        try transaction.remove(key, in: keyspace)
      }
    }
    try shortenWords()
    try flush()
  }

  /// Rewrites each dictionary's last chunk if it holds words that no catalog counts.
  private func shortenWords() throws(StoreError) {
    for number in base.dictionaries.indices {
      guard let last = try lastWords(ofDictionary: number), last.hasMore else { continue }
      try put(last.words, under: last.key)
    }
  }

  /// Copies each dictionary's last chunk, to which words are added.
  private func copyWords() throws(StoreError) {
    for number in base.dictionaries.indices {
      guard let last = try lastWords(ofDictionary: number) else { continue }
      try put(last.words, under: last.key)
    }
  }

  private func put(_ words: [[UInt8]], under key: NumberKey) throws(StoreError) {
    try write(0) { (transaction, keyspaces) throws(PageError) in
      try transaction.put(
        encodeWordChunk(words, key: key.combined), for: key, in: keyspaces.word)
    }
  }

  /// The words of a dictionary's last chunk that the catalog counts, and whether it holds more; nil
  /// where the last chunk is full.
  private func lastWords(
    ofDictionary number: Int
  ) throws(StoreError) -> (key: NumberKey, words: [[UInt8]], hasMore: Bool)? {
    let wordCount = base.dictionaries[number].wordCount
    let kept = wordCount & (WordChunk.wordCountMax - 1)
    guard kept > 0 else { return nil }
    let key = NumberKey(UInt32(number), UInt32(wordCount >> WordChunk.shift))
    do throws(PageError) {
      let reading = try registry.environment.beginReading()
      guard let bytes = try reading.get(key, in: registry.keyspaces.word),
        let chunk = try? WordChunk(reading: bytes, key: key.combined), chunk.wordCount >= kept
      else { return nil }
      return (key, (0..<kept).map { chunk[$0].copied }, chunk.wordCount > kept)
    } catch { throw StoreError(error) }
  }
}
