// Builds the runs of a table's indexes from segments that a load has finished.

import Bytes
import Columns
import Rows
import Segments
import Store
import Synchronization

/// Builds one table's runs over the segments that a load added, and over those of earlier runs that
/// they take the place of.
final class IndexBuild: @unchecked Sendable {
  /// Memory for the entries of one pass.
  private static let passByteCountMax = 768 << 20

  /// Partitions that may wait to be written, a few hundred kilobytes each: while a transaction is
  /// committed, the workers go on.
  private static let builtCountMax = 32

  /// What the new run of an index holds.
  private struct Span {
    /// Those of the load, and those of the runs that it takes the place of.
    var segments: Range<Int>
    /// Keys at most.
    var entryCount: Int
    /// Whether runs stay beside the new one.
    var hasOthers: Bool
  }

  /// What the workers have built and the caller's thread is to write, run by run.
  private enum Built {
    case partition(Int, bytes: [UInt8])
    /// The partitions given since the last end are a run, whose number is not known yet.
    case end(Catalog.RunState, checksums: [UInt64], index: Int)
  }

  private let writer: BulkWriter
  /// Sees, of the runs that were there, those that stay.
  private let draft: SharedSnapshot
  private let plan: TablePlan
  /// The segments of the load.
  private let segments: Range<Int>
  private let jobs: Int
  private let wordHashes: WordHashes
  /// By index.
  private let spans: [Span]
  /// New rows that lost a key, known when all indexes are built.
  private(set) var lost: [LostKey] = []
  private var claims = KeyClaims()
  private let built = Handover<Built>(countMax: IndexBuild.builtCountMax)
  /// Items that were handed over for the runs before.
  private var givenCount = 0
  private let memory: IndexMemory

  /// `memory` is used again from index to index.
  init(
    _ writer: BulkWriter, table: Int, segments: Range<Int>, jobs: Int, memory: IndexMemory
  ) throws(StoreError) {
    self.writer = writer
    self.memory = memory
    plan = writer.registry.plan.tables[table]
    self.segments = segments
    self.jobs = max(1, jobs)
    spans = try Self.takeRuns(for: plan, segments, from: writer)
    draft = SharedSnapshot(try writer.draft())
    wordHashes = WordHashes(draft)
  }

  private var firstRow: Int { segments.lowerBound << 16 }

  /// Takes the runs that are written anew out of the catalog; says what the new ones hold.
  private static func takeRuns(
    for plan: TablePlan, _ segments: Range<Int>, from writer: BulkWriter
  ) throws(StoreError) -> [Span] {
    let draft = try writer.draft()
    var spans: [Span] = []
    for (index, runs) in writer.catalog.tables[plan.position].indexes.enumerated() {
      // Rows that changes added lie in segments that no run covers.
      let covered = runs.last?.segments.upperBound ?? 0
      let newCount = try entryCount(of: index, plan, covered..<segments.upperBound, draft)
      let sizes = runs.map(\.entryCount)
      let kept =
        segments.isEmpty ? runs.count : RunMerge.keptCount(of: sizes, adding: UInt64(newCount))
      let first =
        segments.isEmpty
        ? segments.lowerBound : kept > 0 ? runs[kept - 1].segments.upperBound : 0
      spans.append(
        Span(
          segments: first..<segments.upperBound,
          entryCount: newCount + Int(sizes[kept...].reduce(0, +)), hasOthers: kept > 0))
      writer.catalog.tables[plan.position].indexes[index].removeLast(runs.count - kept)
    }
    return spans
  }

  /// At most how many keys an index gets of segments: what the zone maps say is present.
  private static func entryCount(
    of number: Int, _ plan: TablePlan, _ segments: Range<Int>, _ draft: borrowing Snapshot
  ) throws(StoreError) -> Int {
    guard number < plan.table.indexes.count else {
      var count = 0
      for segment in segments {
        count +=
          try draft.segmentWithLink(segment, of: plan).linkExceptions?.exceptionCount ?? 0
      }
      return count
    }
    let index = plan.table.indexes[number]
    if index.through != nil { return 0 }
    var count = 0
    for segment in segments {
      let zones = try draft.zones(segment, table: plan.position)
      let absent = index.fields.filter { !plan.isText[$0] && !plan.lateFields.contains($0) }.map {
        zones.absentCount(column: $0)
      }
      count += zones.rowCount - (absent.max() ?? 0)
    }
    return count
  }

  /// Builds every index of the table, and that of rows that are not at their parents' place.
  ///
  /// The caller's thread writes while the next keys are gathered and sorted.
  func run() throws {
    let thread = startThread { [self] in
      do {
        try buildAll()
        built.close()
      } catch {
        built.fail(error)
      }
    }
    defer { joinThread(thread) }
    do {
      try writeAll()
    } catch {
      built.fail(error)
      throw error
    }
    lost = claims.settle()
  }

  private func buildAll() throws {
    for (number, index) in plan.table.indexes.enumerated() {
      try build(index, number: number)
    }
    if plan.parent != nil { try buildLateChildren() }
  }

  private func writeAll() throws {
    var run: UInt32?
    while let next = try built.take() {
      let number = run ?? writer.nextRun()
      run = number
      switch next {
      case .partition(let partition, let bytes):
        guard !bytes.isEmpty else { continue }
        try writer.put(partition: partition, run: number, bytes: bytes)
      case .end(var state, let checksums, let index):
        run = nil
        guard state.entryCount > 0 else { continue }
        state.number = number
        try writer.put(checksums: checksums, run: number)
        writer.catalog.tables[plan.position].indexes[index].append(state)
      }
    }
  }

  private func build(_ index: Index, number: Int) throws {
    let kind = IndexKeys.kind(of: index, in: plan.table)
    let span = spans[number]
    let shape = IndexRunShape(
      keyKind: kind, entryCount: span.entryCount, rowCountMax: segments.upperBound << 16,
      isUnique: index.isUnique)
    let known =
      index.isUnique && span.hasOthers
      ? KnownKeys(draft, plan, index: number, wordHashes: wordHashes, jobs: jobs) : nil
    let duplicates = try writeRun(shape, of: number, findsDuplicates: index.isUnique) {
      (worker, isFirstPass, add) in
      let source = IndexKeySource(
        self.draft, table: self.plan.position, index: index, wordHashes: self.wordHashes)
      for segment in span.segments where segment % self.jobs == worker {
        let view = try self.draft.snapshot.segment(segment, table: self.plan.position)
        for block in 0..<view.blockCount {
          let count = try source.gather(segment: segment, block: block)
          add(source.hashes.view, source.rows.view, count)
          guard isFirstPass, segment >= self.segments.lowerBound else { continue }
          try known?.ask(source, count, worker: worker)
        }
      }
    }
    guard index.isUnique else { return }
    try claim(duplicates, index: index, number: number, isExact: shape.areEntriesExact)
    for (row, holder) in try known?.confirmed() ?? [] {
      claims.addKnown(row, holder: holder, ofIndex: number)
    }
  }

  private typealias Add = (ScratchView<UInt64>, ScratchView<UInt32>, Int) -> Void

  /// Gathers keys on all workers and writes the run; gives rows with equal hashes.
  private func writeRun(
    _ shape: IndexRunShape, of index: Int, findsDuplicates: Bool,
    _ gather: @escaping (_ worker: Int, _ isFirstPass: Bool, _ add: Add) throws -> Void
  ) throws -> [IndexDuplicate] {
    let span = spans[index]
    let run = RunParts(partitionCount: shape.partitionCount)
    for pass in shape.passes(
      entryCount: span.entryCount, byteCountMax: Self.passByteCountMax)
    {
      let builder = IndexRunBuilder(
        shape: shape, partitions: pass, workerCount: jobs, memory: memory)
      try onWorkers(jobs) { worker in
        try gather(worker, pass.lowerBound == 0) { hashes, rows, count in
          builder.workers[worker].add(hashes: hashes, rows: rows, count: count)
        }
      }
      let place = Counter()
      try onWorkers(jobs) { [self] _ in
        let sorter = IndexRunWriter(shape: shape)
        while case let partition = pass.lowerBound + place.next(), partition < pass.upperBound {
          builder.collect(partition, into: sorter)
          sorter.sort(findingDuplicates: findsDuplicates)
          let bytes = sorter.entryCount == 0 ? [] : sorter.bytes()
          run.add(partition, sorter, sum: bytes.isEmpty ? 0 : checksum(bytes))
          try built.give(.partition(partition, bytes: bytes), number: givenCount + partition)
        }
      }
    }
    let (checksums, entryCount, duplicates) = run.all
    givenCount += shape.partitionCount
    try built.give(
      .end(
        Catalog.RunState(
          number: 0, partitionBits: UInt8(shape.partitionBits), keyBits: shape.keyKind.rawValue,
          firstSegment: span.segments.lowerBound, segmentCount: span.segments.count,
          entryCount: UInt64(entryCount)),
        checksums: checksums, index: index),
      number: givenCount)
    givenCount += 1
    return duplicates
  }

  // MARK: Unique keys

  /// Notes which rows have the same key; rows of equal hashes need not.
  private func claim(
    _ duplicates: [IndexDuplicate], index: Index, number: Int, isExact: Bool
  ) throws {
    let left = RowReader(writer.registry.plan, table: plan.position)
    let right = RowReader(writer.registry.plan, table: plan.position)
    // By the first row of a hash, all rows of it.
    var groups: [UInt32: [Int]] = [:]
    for pair in duplicates {
      groups[pair.earlier, default: [Int(pair.earlier)]].append(Int(pair.later))
    }
    for rows in groups.values {
      // Of rows that were there before, those count that still are.
      let rows = try rows.sorted().filter {
        try $0 >= firstRow || draft.snapshot.isPresent(row: $0, table: plan.position)
      }
      guard let last = rows.last, last >= firstRow else { continue }
      var keys: [[Int]] = isExact ? [rows] : []
      for row in isExact ? [] : rows {
        try right.read(row, in: draft.snapshot)
        let place = try keys.firstIndex {
          try left.read($0[0], in: draft.snapshot)
          return left.hasSameKey(as: right, fields: index.fields)
        }
        if let place { keys[place].append(row) } else { keys.append([row]) }
      }
      for rows in keys where rows.count > 1 {
        guard rows[0] < firstRow else {
          claims.add(rows, ofIndex: number)
          continue
        }
        for row in rows[1...] { claims.addKnown(row, holder: rows[0], ofIndex: number) }
      }
    }
  }

  // MARK: Rows away from their parents' place

  private func buildLateChildren() throws {
    let number = plan.table.indexes.count
    let span = spans[number]
    guard span.entryCount > 0 else { return }
    let hashes = Scratch<UInt64>(count: 65_536)
    let rows = Scratch<UInt32>(count: 65_536)
    let shape = IndexRunShape(
      keyKind: .wide, entryCount: span.entryCount, rowCountMax: segments.upperBound << 16)
    _ = try writeRun(shape, of: number, findsDuplicates: false) { worker, _, add in
      guard worker == 0 else { return }
      for segment in span.segments {
        let view = try self.draft.snapshot.segmentWithLink(segment, of: self.plan)
        let count = IndexKeys.gatherLateChildren(
          of: view, segment: segment, hashes: hashes.view, rows: rows.view)
        add(hashes.view, rows.view, count)
      }
    }
  }
}

/// What is known of a run's partitions as they are built.
private final class RunParts: Sendable {
  private typealias Parts = (checksums: [UInt64], entryCount: Int, duplicates: [IndexDuplicate])
  private let parts: Mutex<Parts>

  init(partitionCount: Int) {
    parts = Mutex((Array(repeating: 0, count: partitionCount), 0, []))
  }

  var all: (checksums: [UInt64], entryCount: Int, duplicates: [IndexDuplicate]) {
    parts.withLock { $0 }
  }

  func add(_ partition: Int, _ sorted: IndexRunWriter, sum: UInt64) {
    parts.withLock { parts in
      parts.checksums[partition] = sum
      parts.entryCount += sorted.entryCount
      parts.duplicates += sorted.duplicates
    }
  }
}

extension Snapshot {
  /// A segment whose link column is open.
  fileprivate borrowing func segmentWithLink(
    _ number: Int, of plan: TablePlan
  ) throws(StoreError) -> SegmentView {
    let view = try segment(number, table: plan.position)
    do throws(Corruption) {
      try view.open(plan.linkColumn)
    } catch { throw StoreError.corruption(error) }
    return view
  }
}

/// Does the same on several threads and waits for them; throws the first failure.
func onWorkers(_ jobs: Int, _ body: @escaping (Int) throws -> Void) throws {
  let failure = FirstFailure()
  let work = UncheckedBody(body)
  runOnThreads(jobs) { worker in
    do { try work.body(worker) } catch { failure.note(error) }
  }
  try failure.rethrow()
}

/// The first failure of several threads.
final class FirstFailure: Sendable {
  private let failure = Mutex<(any Error)?>(nil)

  func note(_ error: any Error) { failure.withLock { if $0 == nil { $0 = error } } }

  func rethrow() throws {
    if let error = failure.withLock({ $0 }) { throw error }
  }
}

/// A body that threads share because its caller waits for them.
private struct UncheckedBody: @unchecked Sendable {
  let body: (Int) throws -> Void
  init(_ body: @escaping (Int) throws -> Void) { self.body = body }
}

extension RowReader {
  /// Whether two rows that were read agree in the fields of a key.
  func hasSameKey(as other: RowReader, fields: [Int]) -> Bool {
    fields.allSatisfy { field in
      guard plan.isText[field] else {
        return buffer.values[field] == other.buffer.values[field]
          && buffer.values[field] != absentValue
      }
      guard let left = buffer.text(of: field), let right = other.buffer.text(of: field) else {
        return false
      }
      return left.isEqual(to: right)
    }
  }
}
