// Loads files into a registry: all of them together, and published at once or not at all.

import Bytes
import Glibc
import Rows
import Segments
package import Store
import Synchronization

/// What becomes of a row whose key a row has that the registry holds already.
public enum DuplicatePolicy: String, CaseIterable, Sendable {
  /// It is refused and listed.
  case reject
  /// The row that is there takes its values, of the fields that the file has.
  case replace
  /// The row that is there stays, and the other is counted.
  case keep
}

/// What to load, and how.
public struct LoadOptions: Sendable {
  /// Workers; nil uses every processor.
  public var jobs: Int?
  /// Where refused rows are listed; nil lists none.
  public var rejectsPath: String?
  /// Where warnings about rows that are stored are listed; nil lists none.
  public var warningsPath: String?
  /// Bytes of a file that a worker takes at a time; nil is 2 MiB.
  ///
  /// What is stored does not depend on it.
  public var pieceByteCount: Int?
  /// Whether files that were loaded before may be loaded again.
  public var allowsRepeatedFiles = false
  /// What becomes of rows whose key a row has that was loaded before.
  public var onDuplicate = DuplicatePolicy.reject
  /// Whether the load is only tried: all is read, judged and reported, and nothing is stored.
  public var isDryRun = false

  /// The usual options.
  public init() {}
}

/// Loads the files of one load.
package struct Loader {
  private let registry: Registry
  private let options: LoadOptions
  private let limits: LoadLimits

  package init(
    _ registry: Registry, options: LoadOptions = LoadOptions(), limits: LoadLimits = LoadLimits()
  ) {
    self.registry = registry
    self.options = options
    var limits = limits
    if let pieceByteCount = options.pieceByteCount { limits.pieceByteCount = pieceByteCount }
    self.limits = limits
  }

  /// Loads files, each for one table, and publishes them together.
  ///
  /// Throws `LoadError`; the registry then holds what it held before.
  package func load(
    _ inputs: [LoadInput], progress: ((LoadProgress) -> Void)? = nil
  ) throws -> LoadReport {
    let start = now()
    let memory = MemoryMeter()
    defer { memory.stop() }
    do {
      var report = try run(try ordered(inputs), LoadProgressMeter(progress))
      memory.stop()
      report.seconds.total = now() - start
      report.peakAnonymousBytes = memory.peakAnonymous
      report.peakTotalBytes = memory.peakTotal
      return report
    } catch let error as StoreError {
      throw LoadError.store(error)
    }
  }

  /// The files of each table, parents before their children.
  private func ordered(
    _ inputs: [LoadInput]
  ) throws(LoadError) -> [(table: Int, inputs: [LoadInput])] {
    guard inputs.count(where: { $0.path == "-" }) <= 1 else { throw .standardInputRepeated }
    var found: [(table: Int, inputs: [LoadInput])] = []
    for input in inputs {
      guard let table = registry.schema.tables.firstIndex(where: { $0.name == input.table }) else {
        throw .unknownTable(input.table)
      }
      guard let place = found.firstIndex(where: { $0.table == table }) else {
        found.append((table, [input]))
        continue
      }
      guard !found[place].inputs.contains(where: { $0.path == input.path }) else {
        throw .fileRepeated(path: input.path)
      }
      guard found[place].inputs[0].plan == input.plan else {
        throw .plansDiffer(path: input.path, table: input.table)
      }
      found[place].inputs.append(input)
    }
    return found.sorted { $0.table < $1.table }
  }

  private func run(
    _ inputs: [(table: Int, inputs: [LoadInput])], _ progress: LoadProgressMeter
  ) throws -> LoadReport {
    let jobs = options.jobs ?? processorCount()
    let refusals = RefusalLog(path: options.rejectsPath, warningsPath: options.warningsPath)
    try refusals.requireWritable()
    let writer = try BulkWriter(registry, isTrial: options.isDryRun)
    var report = LoadReport()
    report.jobs = jobs
    do {
      let words = RegistryWords(try registry.beginSnapshot(), limits: limits)
      let memory = IndexMemory()
      var loads: [TableLoad] = []
      if !options.allowsRepeatedFiles { try refuseRepeated(inputs, known: writer.base.loads) }
      for (table, inputs) in inputs {
        loads.append(
          try TableLoad.load(
            inputs, table: table, writer: writer, words: words, refusals: refusals,
            limits: limits, jobs: jobs, memory: memory, progress: progress,
            onDuplicate: options.onDuplicate))
        try checkRepeated(loads[loads.count - 1], known: writer.base.loads)
      }
      progress.publishing()
      let loaded = registry.plan.tables.indices.map { table in
        loads.first { $0.table == table && !$0.segments.isEmpty }?.segments
      }
      for load in loads {
        try load.late.finish(
          plan: registry.plan.tables[load.table], feeds: load.feeds, loaded: loaded,
          writer: writer, jobs: jobs)
      }
      report.households = try review(loads, writer, refusals)
      let number = UInt64(writer.base.loads.count + 1)
      let replaced = try ReplacedRows(loads, number: number, writer: writer, refusals)
      try refusals.finish()
      fill(&report, loads, replaced, refusals)
      report.isDryRun = options.isDryRun
      if options.isDryRun {
        writer.abandon()
      } else {
        writer.catalog.loads.append(record(number, of: loads, report))
        let beforePublish = now()
        try writer.publish(with: replaced.draft)
        report.seconds.commit += now() - beforePublish
      }
      report.fileBytes = fileByteCount(registry.path)
      return report
    } catch {
      writer.abandon()
      throw error
    }
  }

  /// Judges the households of loads whose plans ask for it.
  private func review(
    _ loads: [TableLoad], _ writer: BulkWriter, _ refusals: RefusalLog
  ) throws -> [LoadReport.Household] {
    var found: [LoadReport.Household] = []
    for persons in loads {
      guard let rules = persons.households, let parent = persons.feeds.plan.parent else { continue }
      try writer.flush()
      let draft = SharedSnapshot(try writer.draft())
      if let households = loads.first(where: { $0.table == parent }) {
        found += try HouseholdReview(
          rules, persons: persons, households: households, draft: draft, log: refusals
        ).counts
      }
      let earlier = try EarlierHouseholds(
        rules, persons: persons,
        firstHousehold: writer.base.tables[parent].segmentCount << 16, draft: draft, log: refusals)
      for more in earlier.counts {
        if let place = found.firstIndex(where: { $0.code == more.code && $0.area == more.area }) {
          found[place].count += more.count
        } else {
          found.append(more)
        }
      }
    }
    return found.sorted { ($0.code, $0.area) < ($1.code, $1.area) }
  }

  /// Refuses a file that was loaded before without loading it first; only one of a known length is
  /// read for that.
  ///
  /// A pipe and a compressed file are known only when they have been read.
  private func refuseRepeated(
    _ inputs: [(table: Int, inputs: [LoadInput])], known: [Catalog.LoadRecord]
  ) throws(LoadError) {
    for (table, path) in inputs.flatMap({ table in table.inputs.map { (table.table, $0.path) } }) {
      let name = registry.plan.tables[table].table.name
      let size = UInt64(fileByteCount(path))
      let same = known.flatMap(\.files).filter { $0.table == name && $0.byteCount == size }
      guard size > 0, !same.isEmpty, let hash = contentHash(path) else { continue }
      if same.contains(where: { $0.hash == hash }) { throw .alreadyLoaded(path: path) }
    }
  }

  private func checkRepeated(
    _ load: TableLoad, known: [Catalog.LoadRecord]
  ) throws(LoadError) {
    guard !options.allowsRepeatedFiles else { return }
    let name = registry.plan.tables[load.table].table.name
    let knownHashes = Set(known.flatMap(\.files).filter { $0.table == name }.map(\.hash))
    var hashes: Set<UInt64> = []
    for (number, file) in load.source.files.enumerated() {
      guard let hash = load.source.content(ofFile: number)?.hash else { continue }
      if knownHashes.contains(hash) { throw .alreadyLoaded(path: file.path) }
      if !hashes.insert(hash).inserted { throw .fileRepeated(path: file.path) }
    }
  }

  private func fill(
    _ report: inout LoadReport, _ loads: [TableLoad], _ replaced: ReplacedRows,
    _ refusals: RefusalLog
  ) {
    for (position, load) in loads.enumerated() {
      let table = registry.plan.tables[load.table].table.name
      report.files += load.source.files.indices.map { number in
        let (source, file) = (load.source.files[number], load.files[number])
        let refused = replaced.refused[position][number]
        return LoadReport.File(
          table: table, path: source.path, format: source.format, bytes: source.byteCount,
          records: file.recordCount, stored: file.rowCount - file.lostCount,
          duplicates: file.lostCount + refused, kept: file.keptCount,
          replaced: file.replacingCount - refused, late: file.lateCount,
          repeats: file.repeatCount, isSorted: load.isSorted,
          unusedColumns: load.feeds.unusedColumns)
      }
      report.repairs += load.repairs
      report.stored += load.files.reduce(0) { $0 + $1.rowCount - $1.lostCount }
      report.seconds.parse += load.seconds.parse
      report.seconds.admit += load.seconds.admit
      report.seconds.encode += load.seconds.encode
      report.seconds.commit += load.seconds.commit
      report.seconds.index += load.indexSeconds
    }
    report.refused = refusals.count
    report.refusals = refusals.refused
    report.findings = refusals.findings
    report.firstLines = refusals.firstLines
  }

  private func record(
    _ number: UInt64, of loads: [TableLoad], _ report: LoadReport
  ) -> Catalog.LoadRecord {
    Catalog.LoadRecord(
      number: number, seconds: UInt64(time(nil)), storedCount: UInt64(report.stored),
      refusedCount: UInt64(report.refused),
      files: loads.flatMap { load in
        load.source.files.indices.map { file in
          let content = load.source.content(ofFile: file) ?? (0, 0)
          return Catalog.LoadedFile(
            table: registry.plan.tables[load.table].table.name,
            byteCount: UInt64(content.byteCount), hash: content.hash)
        }
      })
  }
}

/// Bytes of a file on disk.
private func fileByteCount(_ path: String) -> Int {
  var status = stat()
  return unsafe stat(path, &status) == 0 ? Int(status.st_size) : 0
}

/// The checksum of a file's bytes; nil when it cannot be read, which the load itself will tell.
private func contentHash(_ path: String) -> UInt64? {
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  let sum = StreamingChecksum()
  let buffer = Scratch<UInt8>(count: 1 << 20)
  while true {
    let count = unsafe read(descriptor, buffer.view.base, buffer.view.count)
    guard count >= 0 else { return nil }
    if count == 0 { return sum.value }
    sum.update(buffer.view.lent(count: count))
  }
}

/// Watches how much memory the process holds.
private final class MemoryMeter: Sendable {
  private struct Peak { var anonymous = 0, total = 0, isStopped = false }
  private let peak = Mutex(Peak())
  private let thread: Mutex<pthread_t?> = Mutex(nil)

  init() {
    let handle = startThread { [self] in
      // Short naps, since the end of the load waits for the last of them.
      var napCount = 0
      while !isStopped {
        if napCount % 10 == 0 { sample() }
        napCount += 1
        usleep(2_000)
      }
      sample()
    }
    thread.withLock { $0 = handle }
  }

  var peakAnonymous: Int { peak.withLock { $0.anonymous } }
  var peakTotal: Int { peak.withLock { $0.total } }

  /// Stops watching; may be called again.
  func stop() {
    peak.withLock { $0.isStopped = true }
    if let handle = thread.withLock({ $0.take() }) { joinThread(handle) }
  }

  private var isStopped: Bool { peak.withLock { $0.isStopped } }

  private func sample() {
    let (anonymous, total) = Self.memory()
    peak.withLock { peak in
      peak.anonymous = max(peak.anonymous, anonymous)
      peak.total = max(peak.total, total)
    }
  }

  /// Anonymous and all resident bytes, as the kernel counts them.
  private static func memory() -> (Int, Int) {
    let descriptor = unsafe open("/proc/self/status", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return (0, 0) }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 8_192)
    let count = unsafe buffer.withUnsafeMutableBytes { bytes in
      unsafe read(descriptor, bytes.baseAddress, bytes.count)
    }
    let lines = buffer.prefix(max(0, count)).split(separator: .lineFeed)
    func kilobytes(_ name: String) -> Int {
      guard let line = lines.first(where: { $0.starts(with: name.utf8) }) else { return 0 }
      return line.reduce(0) { 48...57 ~= $1 ? 10 * $0 + Int($1) - 48 : $0 }
    }
    return (kilobytes("RssAnon:") * 1_024, kilobytes("VmRSS:") * 1_024)
  }
}
