// Builds the runs of a table's indexes from segments that a load has finished.

import Bytes
import Columns
import Rows
import Segments
import Store
import Synchronization

/// Builds one table's runs over the segments that a load added.
final class IndexBuild {
  /// Memory for the entries of one pass.
  private static let passByteCountMax = 768 << 20

  /// Partitions that may wait to be written, a few hundred kilobytes each: while a transaction is
  /// committed, the workers go on.
  private static let builtCountMax = 128

  private let writer: BulkWriter
  private let draft: SharedSnapshot
  private let plan: TablePlan
  private let segments: Range<Int>
  private let jobs: Int
  private let wordHashes: WordHashes
  /// New rows that lost a key, known when all indexes are built.
  private(set) var lost: [LostKey] = []
  private var claims = KeyClaims()
  /// Used again from index to index.
  private let memory = IndexMemory()

  init(_ writer: BulkWriter, table: Int, segments: Range<Int>, jobs: Int) throws(StoreError) {
    self.writer = writer
    draft = SharedSnapshot(try writer.draft())
    plan = writer.registry.plan.tables[table]
    self.segments = segments
    self.jobs = max(1, jobs)
    wordHashes = WordHashes(draft)
  }

  /// Builds every index of the table, and that of rows that are not at their parents' place.
  func run() throws {
    for (number, index) in plan.table.indexes.enumerated() {
      try build(index, number: number)
    }
    lost = claims.settle()
    if plan.parent != nil { try buildLateChildren() }
  }

  private func build(_ index: Index, number: Int) throws {
    let kind = IndexKeys.kind(of: index, in: plan.table)
    let count = try entryCount(of: index)
    let shape = IndexRunShape(
      keyKind: kind, entryCount: count, rowCountMax: segments.upperBound << 16,
      isUnique: index.isUnique)
    if index.isUnique { try findKnownKeys(index, number: number, kind: kind) }
    let duplicates = try writeRun(shape, of: number, findsDuplicates: index.isUnique, count) {
      (worker, add) in
      let source = IndexKeySource(
        self.draft, table: self.plan.position, index: index, wordHashes: self.wordHashes)
      try self.forEachBlock(of: worker) { segment, block in
        let count = try source.gather(segment: segment, block: block)
        add(source.hashes.view, source.rows.view, count)
      }
    }
    if index.isUnique {
      try claim(duplicates, index: index, number: number, isExact: shape.areEntriesExact)
    }
  }

  private func forEachBlock(
    of worker: Int, _ body: (Int, Int) throws -> Void
  ) throws {
    for segment in segments where (segment - segments.lowerBound) % jobs == worker {
      let view = try draft.snapshot.segment(segment, table: plan.position)
      for block in 0..<view.blockCount { try body(segment, block) }
    }
  }

  /// At most how many keys an index gets: what the zone maps say is present.
  private func entryCount(of index: Index) throws(StoreError) -> Int {
    if index.through != nil { return 0 }
    var count = 0
    for segment in segments {
      let zones = try draft.snapshot.zones(segment, table: plan.position)
      let absent = index.fields.filter { !plan.isText[$0] && !plan.lateFields.contains($0) }.map {
        zones.absentCount(column: $0)
      }
      count += zones.rowCount - (absent.max() ?? 0)
    }
    return count
  }

  private typealias Add = (ScratchView<UInt64>, ScratchView<UInt32>, Int) -> Void

  /// Gathers keys on all workers and writes the run; gives rows with equal hashes.
  private func writeRun(
    _ shape: IndexRunShape, of index: Int, findsDuplicates: Bool, _ count: Int,
    _ gather: @escaping (_ worker: Int, _ add: Add) throws -> Void
  ) throws -> [IndexDuplicate] {
    let run = writer.nextRun()
    var checksums = [UInt64](repeating: 0, count: shape.partitionCount)
    var duplicates: [IndexDuplicate] = []
    var entryCount = 0
    for pass in shape.passes(entryCount: count, byteCountMax: Self.passByteCountMax) {
      let builder = IndexRunBuilder(
        shape: shape, partitions: pass, workerCount: jobs, memory: memory)
      try onWorkers { worker in
        try gather(worker) { hashes, rows, count in
          builder.workers[worker].add(hashes: hashes, rows: rows, count: count)
        }
      }
      let next = Mutex(pass.lowerBound)
      let writers = (0..<jobs).map { _ in IndexRunWriter(shape: shape) }
      let pipeline = Pipeline<BuiltPartition, BuiltPartition, BuiltPartition>(
        jobs: jobs, encodedCountMax: Self.builtCountMax,
        stages: .init(
          parse: { worker in
            let partition = next.withLock { number in
              number += 1
              return number - 1
            }
            guard partition < pass.upperBound else { return nil }
            builder.collect(partition, into: writers[worker])
            writers[worker].sort(findingDuplicates: findsDuplicates)
            let bytes = writers[worker].entryCount == 0 ? [] : writers[worker].bytes()
            let built = BuiltPartition(
              number: partition, entryCount: writers[worker].entryCount, bytes: bytes,
              sum: checksum(bytes),
              duplicates: writers[worker].duplicates)
            return (partition - pass.lowerBound, built)
          },
          admit: { [$0] }, finish: { [] }, encode: { _, built in built }))
      _ = try pipeline.run { built in
        entryCount += built.entryCount
        duplicates += built.duplicates
        guard built.entryCount > 0 else { return }
        checksums[built.number] = built.sum
        try self.writer.put(partition: built.number, run: run, bytes: built.bytes)
      }
    }
    guard entryCount > 0 else { return [] }
    try writer.put(checksums: checksums, run: run)
    writer.catalog.tables[plan.position].indexes[index].append(
      Catalog.RunState(
        number: run, partitionBits: UInt8(shape.partitionBits), keyBits: shape.keyKind.rawValue,
        firstSegment: segments.lowerBound, segmentCount: segments.count,
        entryCount: UInt64(entryCount)))
    return duplicates
  }

  private struct BuiltPartition: Sendable {
    var number: Int
    var entryCount: Int
    var bytes: [UInt8]
    var sum: UInt64
    var duplicates: [IndexDuplicate]
  }

  private func onWorkers(_ body: @escaping (Int) throws -> Void) throws {
    let failure = FirstFailure()
    let work = UncheckedBody(body)
    runOnThreads(jobs) { worker in
      do { try work.body(worker) } catch { failure.note(error) }
    }
    try failure.rethrow()
  }

  // MARK: Unique keys

  /// Notes which rows have the same key; rows of equal hashes need not.
  private func claim(
    _ duplicates: [IndexDuplicate], index: Index, number: Int, isExact: Bool
  ) throws {
    let left = RowReader(writer.registry.plan, table: plan.position)
    let right = RowReader(writer.registry.plan, table: plan.position)
    // By the first row of a hash, the keys of that hash with their rows.
    var groups: [UInt32: [[Int]]] = [:]
    for pair in duplicates.sorted(by: { $0.later < $1.later }) {
      var keys = groups[pair.earlier] ?? [[Int(pair.earlier)]]
      let later = Int(pair.later)
      var place = isExact ? 0 : keys.count
      if !isExact {
        try right.read(later, in: draft.snapshot)
        for key in keys.indices {
          try left.read(keys[key][0], in: draft.snapshot)
          if left.hasSameKey(as: right, fields: index.fields) { place = key }
        }
      }
      if place == keys.count { keys.append([]) }
      keys[place].append(later)
      groups[pair.earlier] = keys
    }
    for keys in groups.values {
      for rows in keys where rows.count > 1 { claims.add(rows, ofIndex: number) }
    }
  }

  /// Finds new rows whose key a row has that was there before the load.
  private func findKnownKeys(_ index: Index, number: Int, kind: IndexKeyKind) throws {
    guard writer.base.tables[plan.position].segmentCount > 0 else { return }
    let found = Mutex<[(row: Int, holder: Int)]>([])
    try onWorkers { worker in
      let source = IndexKeySource(
        self.draft, table: self.plan.position, index: index, wordHashes: self.wordHashes)
      let known = RowReader(self.writer.registry.plan, table: self.plan.position)
      let new = RowReader(self.writer.registry.plan, table: self.plan.position)
      let candidates = Scratch<UInt32>(count: 64)
      try self.forEachBlock(of: worker) { segment, block in
        let count = try source.gather(segment: segment, block: block)
        for place in 0..<count {
          let row = Int(source.rows.view[place])
          try self.draft.snapshot.forEachCandidate(
            of: source.hashes.view[place], index: number, table: self.plan.position,
            scratch: candidates.view
          ) { candidate throws(StoreError) in
            guard candidate < self.segments.lowerBound << 16,
              try known.read(candidate, in: self.draft.snapshot),
              try new.read(row, in: self.draft.snapshot),
              known.hasSameKey(as: new, fields: index.fields)
            else { return true }
            found.withLock { $0.append((row, candidate)) }
            return false
          }
        }
      }
    }
    for (row, holder) in found.withLock({ $0 }) {
      claims.addKnown(row, holder: holder, ofIndex: number)
    }
  }

  // MARK: Rows away from their parents' place

  private func buildLateChildren() throws {
    let hashes = Scratch<UInt64>(count: 65_536)
    let rows = Scratch<UInt32>(count: 65_536)
    var total = 0
    for segment in segments {
      total += try openedLink(of: segment).linkExceptions?.exceptionCount ?? 0
    }
    guard total > 0 else { return }
    let shape = IndexRunShape(
      keyKind: .wide, entryCount: total, rowCountMax: segments.upperBound << 16)
    _ = try writeRun(
      shape, of: plan.table.indexes.count, findsDuplicates: false, total
    ) { worker, add in
      guard worker == 0 else { return }
      for segment in self.segments {
        let view = try self.openedLink(of: segment)
        let count = IndexKeys.gatherLateChildren(
          of: view, segment: segment, hashes: hashes.view, rows: rows.view)
        add(hashes.view, rows.view, count)
      }
    }
  }

  private func openedLink(of segment: Int) throws(StoreError) -> SegmentView {
    let view = try draft.snapshot.segment(segment, table: plan.position)
    do throws(Corruption) {
      try view.open(plan.linkColumn)
    } catch { throw StoreError.corruption(error) }
    return view
  }
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
