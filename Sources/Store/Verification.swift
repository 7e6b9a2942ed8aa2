// Checks every promise of the file and reports each one that is broken.
//
// The pages of the file come first, without LMDB, and nothing else when they are broken. Then it
// trusts nothing that was verified before, reads every large value once, and works on all
// processors: first the partitions of all index runs, then all segments, with everything that their
// rows say about zones, parents and indexes.

import Bytes
import Pages
import Rows
import Segments
import Synchronization

extension Registry {
  /// Checks the pages of a file and, when they are whole, every promise of the registry in it.
  ///
  /// Throws what `verify` throws, and what makes the file no registry.
  package static func verify(
    at path: String, jobs: Int = processorCount(),
    progress: ((VerificationProgress) -> Void)? = nil
  ) throws(StoreError) -> VerificationReport {
    let walk: PageWalkReport
    do throws(PageError) {
      walk = try walkPages(of: path)
    } catch { throw StoreError(error) }
    guard walk.findings.isEmpty else { return VerificationReport(walk) }
    return try Registry(at: path, access: .readOnly).verify(jobs: jobs, progress: progress)
  }

  /// Checks every promise of the last commit.
  ///
  /// `progress` is called now and then on this thread. Throws what makes the registry unreadable as
  /// a whole: its catalog, or the file system; all else is reported.
  package func verify(
    jobs: Int = processorCount(), progress: ((VerificationProgress) -> Void)? = nil
  ) throws(StoreError) -> VerificationReport {
    let walk: PageWalkReport
    do throws(PageError) {
      walk = try environment.walkPages()
    } catch { throw StoreError(error) }
    guard walk.findings.isEmpty else { return VerificationReport(walk) }
    let log = VerificationLog()
    log.count { $0.pages = walk.pageCount }
    let snapshot = try beginSnapshot(tolerating: { broken in
      log.note(StoreError(broken), order: VerificationOrder.words)
    })
    let verification = Verification(SharedSnapshot(snapshot), log)
    verification.run(jobs: max(1, jobs), progress: progress)
    return log.finish()
  }
}

/// Where findings belong in the report.
enum VerificationOrder {
  static let catalog = 0
  static let words = 1
  static let leftovers = 2
  static let changes = 3
  static let segments = 4
}

/// One verification of one snapshot.
final class Verification: Sendable {
  let shared: SharedSnapshot
  let log: VerificationLog
  let wordHashes: WordHashes
  /// By table: its indexes, then that of its late children.
  let indexes: [[IndexVerification]]
  /// By table and segment: rows, or 0 where the segment cannot be opened.
  let rowCounts: [[Int]]
  private let units: [(table: Int, segment: Int)]

  init(_ shared: SharedSnapshot, _ log: VerificationLog) {
    self.shared = shared
    self.log = log
    wordHashes = WordHashes(shared)
    let plan = shared.snapshot.plan
    let catalog = shared.snapshot.catalog
    log.count { report in
      report.tables = plan.tables.map { VerificationReport.OfTable(name: $0.table.name) }
      report.words = catalog.dictionaries.reduce(0) { $0 + $1.wordCount }
    }
    var units: [(table: Int, segment: Int)] = []
    var rowCounts: [[Int]] = []
    for (table, state) in catalog.tables.enumerated() {
      var counts: [Int] = []
      for segment in 0..<state.segmentCount {
        units.append((table, segment))
        let view = try? shared.snapshot.segment(segment, table: table)
        counts.append(view?.rowCount ?? 0)
      }
      rowCounts.append(counts)
    }
    self.units = units
    self.rowCounts = rowCounts
    var order = VerificationOrder.segments + units.count
    var indexes: [[IndexVerification]] = []
    for (table, state) in catalog.tables.enumerated() {
      let tablePlan = plan.tables[table]
      let names = tablePlan.table.indexes.map(\.name) + ["late_children"]
      var ofTable: [IndexVerification] = []
      for (number, runs) in state.indexes.enumerated() where number < names.count {
        let name = "\(tablePlan.table.name) index \(names[number])"
        let verifications = runs.map { run in
          order += 1
          return RunVerification(run, place: "\(name) run \(run.number)", order: order)
        }
        ofTable.append(
          IndexVerification(name: name, runs: verifications, segmentCount: state.segmentCount))
      }
      indexes.append(ofTable)
    }
    self.indexes = indexes
  }

  func run(jobs: Int, progress: ((VerificationProgress) -> Void)?) {
    verifyCatalog()
    verifyLists()
    verifyKeys()
    verifyChanges()
    let partitions = indexes.enumerated().flatMap { table, indexes in
      indexes.flatMap(\.runs).flatMap { run in
        (0..<run.shape.partitionCount).map { (table: table, run: run, partition: $0) }
      }
    }
    let meter = Meter(total: partitions.count + units.count, progress)
    forEach(partitions.count, jobs: jobs, meter) { _, index in
      let (table, run, partition) = partitions[index]
      run.read(partition, in: self.shared.snapshot, table: table, self.log)
    }
    let workers = (0..<jobs).map { _ in SegmentVerifications(self) }
    let links = LinkEnds(rowCounts.map(\.count))
    forEach(units.count, jobs: jobs, meter) { worker, index in
      let (table, segment) = self.units[index]
      workers[worker].verify(
        table: table, segment: segment, order: VerificationOrder.segments + index, links)
    }
    for worker in workers { worker.finish() }
    verifyFreshKeys()
    verifyTotals(links)
    for index in indexes.joined() { index.compare(log) }
  }

  /// Hands out positions to threads until all are done.
  private func forEach(
    _ count: Int, jobs: Int, _ meter: Meter, _ body: @escaping @Sendable (Int, Int) -> Void
  ) {
    let counter = SharedCounter()
    runOnThreads(min(jobs, max(1, count))) { worker in
      while true {
        let index = counter.next()
        guard index < count else { return }
        body(worker, index)
        meter.advance(shows: worker == 0)
      }
    }
  }
}

/// Counts up from 0 for threads that share work.
private final class SharedCounter: Sendable {
  private let value = Atomic<Int>(0)

  func next() -> Int { value.wrappingAdd(1, ordering: .relaxed).oldValue }
}

/// Counts what is done; the first thread, which is the caller's, shows it.
private final class Meter: @unchecked Sendable {
  private let done = Atomic<Int>(0)
  private let total: Int
  private let progress: ((VerificationProgress) -> Void)?

  init(total: Int, _ progress: ((VerificationProgress) -> Void)?) {
    self.total = total
    self.progress = progress
  }

  func advance(shows: Bool) {
    let count = done.wrappingAdd(1, ordering: .relaxed).newValue
    if shows { progress?(VerificationProgress(done: count, total: total)) }
  }
}

/// By table and segment: the first and last parent by position.
final class LinkEnds: @unchecked Sendable {
  private let monitor = Monitor()
  private var ends: [[(first: Int64, last: Int64)?]]

  init(_ segmentCounts: [Int]) {
    ends = segmentCounts.map { Array(repeating: nil, count: $0) }
  }

  func set(_ first: Int64, _ last: Int64, table: Int, segment: Int) {
    monitor.withLock { ends[table][segment] = (first, last) }
  }

  func ends(table: Int) -> [(first: Int64, last: Int64)?] { ends[table] }
}
