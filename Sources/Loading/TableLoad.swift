// Loads the file of one table: its rows into segments, then its indexes, all beside what is there.

import Bytes
import Columns
import Glibc
import Rows
import Rules
import Segments
import Store
import Synchronization

/// What the files of one table became.
struct TableLoad {
  let table: Int
  let feeds: FieldFeeds
  let segments: Range<Int>
  let late: LateColumns
  /// By file.
  let files: [AdmittedFile]
  let source: DelimitedSource
  let seconds: StageSeconds
  let indexSeconds: Double
  let repairs: [LoadReport.Repaired]
  /// What the plan asks of the households that the rows belong to.
  let households: HouseholdRules?
  /// Rows whose key a row has that stands elsewhere.
  let otherPlaces: [LostKey]
  /// Rows that give their values to rows that were there before.
  let replaced: [LostKey]
  /// Where the stored rows stood.
  let lines: StoredLines
  /// Whether the files' records had to be sorted.
  let isSorted: Bool

  /// Loads files; those whose records turn out to be in no order are begun again, to be sorted.
  ///
  /// Nothing of them is published.
  static func load(
    _ inputs: [LoadInput], table: Int, writer: BulkWriter, words: RegistryWords,
    refusals: RefusalLog, limits: LoadLimits, jobs: Int, memory: IndexMemory,
    progress: LoadProgressMeter, onDuplicate: DuplicatePolicy
  ) throws -> TableLoad {
    func load(sorting: Bool) throws -> TableLoad {
      try TableLoad(
        inputs, table: table, writer: writer, words: words, refusals: refusals, limits: limits,
        jobs: jobs, memory: memory, progress: progress, onDuplicate: onDuplicate,
        sorting: sorting)
    }
    let before = writer.catalog.tables[table]
    let mark = try refusals.mark()
    do {
      return try load(sorting: false)
    } catch let error as LoadError {
      guard case .notInParentOrder = error, inputs.allSatisfy({ canBeReadAgain($0.path) }) else {
        throw error
      }
      writer.catalog.tables[table] = before
      try refusals.forget(since: mark)
      return try load(sorting: true)
    }
  }

  private init(
    _ inputs: [LoadInput], table: Int, writer: BulkWriter, words: RegistryWords,
    refusals: RefusalLog, limits: LoadLimits, jobs: Int, memory: IndexMemory,
    progress: LoadProgressMeter, onDuplicate: DuplicatePolicy, sorting: Bool
  ) throws {
    let plan = writer.registry.plan
    let known = plan.tables[table].table
    precondition(inputs.allSatisfy { $0.plan == inputs[0].plan }, "one plan for each table")
    let planned = inputs[0].plan?.table(known.name)
    let source = try DelimitedSource(inputs, limits: limits.delimited) {
      planned?.columns.contains($0) ?? (known.position(ofColumn: $0) != nil)
    }
    let feeds = try FieldFeeds(
      header: source.header.names, plan: plan, table: table, path: inputs[0].path,
      planned: planned)
    let before = writer.catalog.tables[table]
    let draft = plan.tables[table].parent == nil ? nil : SharedSnapshot(try writer.draft())
    let pool = ParsedPiecePool(feeds)
    let parsers = (0..<jobs).map { _ in
      PieceParser(
        feeds, schema: plan.schema, limits: limits, splitter: source.makeSplitter(), pool: pool,
        parents: draft.flatMap { ParentFinder($0, plan: plan, table: table) })
    }
    progress.begin(source, table: known.name)
    let feed = try Self.feed(
      source, feeds, draft, writer.registry, limits: limits, jobs: jobs, sorting: sorting,
      progress: progress)
    let places = feed.isSorted ? try LineMap(beside: writer.registry.path) : LineMap()
    let admission = try Self.admission(
      feeds, before, words, refusals, inputs.map(\.path), limits, places, writer: writer)
    isSorted = feed.isSorted
    var late = LateColumns()
    let pipeline = Self.pipeline(feed, parsers, admission, pool)
    seconds = try pipeline.run { segment in
      try writer.put(segment)
      writer.catalog.tables[table].segmentCount += 1
      writer.catalog.tables[table].rowCount += segment.rowCount
      if let parent = segment.firstParent {
        writer.catalog.tables[table].firstParents.append(parent)
      }
      late.segments.append((segment.segment, segment.rowCount, segment.late))
      progress.advance(rows: segment.rowCount)
    }
    // What the indexes need for their keys is taken from there.
    admission.freeRows()
    pool.removeAll()
    try words.store(in: writer)
    try writer.flush()
    segments = before.segmentCount..<writer.catalog.tables[table].segmentCount
    progress.indexing()
    let start = now()
    households = planned?.households
    lines = try StoredLines(admission.lines, segments, of: table, writer)
    let lost = try LostRows(
      feeds, segments, writer: writer, jobs: jobs, memory: memory, lines: lines,
      paths: inputs.map(\.path), onDuplicate: onDuplicate, refusals)
    indexSeconds = now() - start
    (self.table, self.feeds, self.late, self.source) = (table, feeds, late, source)
    repairs = Self.repairs(parsers)
    (otherPlaces, replaced) = (lost.ofTableKey, lost.replacing)
    files = zip(admission.files, lost.counts).map { file, lost in
      var file = file
      file.lostCount = lost.refused
      file.keptCount = lost.kept
      file.repeatCount += lost.repeated
      file.replacingCount = lost.replacing
      file.rowCount -= lost.repeated + lost.kept + lost.replacing
      return file
    }
  }

  /// The files' pieces, sorted by parent if they have to be.
  private static func feed(
    _ source: DelimitedSource, _ feeds: FieldFeeds, _ draft: SharedSnapshot?, _ registry: Registry,
    limits: LoadLimits, jobs: Int, sorting: Bool, progress: LoadProgressMeter
  ) throws -> RecordFeed {
    let (plan, table) = (registry.plan, feeds.plan.position)
    let parentRowCount = feeds.plan.parent.flatMap { parent in
      draft.map { $0.snapshot.segmentCount(table: parent) << 16 }
    }
    return try RecordFeed(
      source, limits: limits, jobs: jobs, parentRowCount: parentRowCount ?? 0,
      beside: registry.path, always: sorting, willSort: progress.sorting
    ) {
      draft.flatMap { ParentFinder($0, plan: plan, table: table) }.flatMap {
        RecordWorker(
          feeds, schema: plan.schema, limits: limits, splitter: source.makeSplitter(), parents: $0)
      }
    }
  }

  /// The way of the files' pieces to encoded segments.
  private static func pipeline(
    _ feed: RecordFeed, _ parsers: [PieceParser], _ admission: Admission,
    _ pool: ParsedPiecePool
  ) -> Pipeline<ParsedPiece, SegmentRows, EncodedSegment> {
    Pipeline(
      jobs: parsers.count,
      stages: .init(
        parse: { worker in
          guard let piece = try feed.nextPiece() else { return nil }
          let parsed = try parsers[worker].parse(piece)
          parsed.file = piece.file
          return (piece.number, parsed)
        },
        admit: { piece in
          defer { pool.give(back: piece) }
          return try admission.admit(piece)
        },
        finish: { admission.finish() },
        encode: { _, rows in
          let encoded = encodeSegment(rows)
          admission.giveBack(rows)
          return encoded
        }))
  }

  /// The repairs of all workers.
  private static func repairs(_ parsers: [PieceParser]) -> [LoadReport.Repaired] {
    guard let table = parsers.first?.feeds.plan.table else { return [] }
    return table.fields.indices.flatMap { field in
      TextRepair.allCases.enumerated().map { position, repair in
        LoadReport.Repaired(
          table: table.name, field: table.fields[field].name, repair: repair.rawValue,
          count: parsers.reduce(0) {
            $0 + $1.repairCounts[field * TextRepair.allCases.count + position]
          })
      }
    }.filter { $0.count > 0 }
  }

  private static func admission(
    _ feeds: FieldFeeds, _ before: Catalog.TableState, _ words: RegistryWords,
    _ refusals: RefusalLog, _ paths: [String], _ limits: LoadLimits, _ lines: LineMap,
    writer: BulkWriter
  ) throws -> Admission {
    var parentFloor: Int64 = 0
    if let parent = feeds.plan.parent,
      let last = try writer.draft().lastPositionalParent(table: feeds.plan.position)
    {
      // Parents of earlier loads have their children already: more of them come late, and no row
      // stands at the place of their children.
      parentFloor = max(last, Int64(writer.base.tables[parent].segmentCount << 16))
    }
    return Admission(
      feeds, words: words, refusals: refusals, paths: paths, limits: limits,
      firstSegment: before.segmentCount, parentFloor: parentFloor, lines: lines)
  }
}

extension TableLoad {
  /// Lists or counts what is odd about a row that the load stored.
  func note(
    _ finding: Finding, ofRow row: Int, field: String, _ level: LoadPlan.Level, _ log: RefusalLog
  ) throws(LoadError) {
    let place = try lines.place(ofRow: row)
    let refusal = Refusal(
      table: feeds.plan.table.name, line: place.line, byteOffset: place.offset, field: field,
      reason: .finding(finding))
    try log.add(
      [RowFinding(refusal: refusal, level: level)], file: source.files[place.file].path)
  }
}

/// Whether the bytes at a path are there for a second reading.
private func canBeReadAgain(_ path: String) -> Bool {
  var status = stat()
  return unsafe path != "-" && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
}

/// Where the rows of a load stood, by row number.
struct StoredLines {
  private let lines: LineMap
  /// By segment of the load, the rows before it.
  private let rowBases: [Int]
  private let firstSegment: Int

  init(_ lines: LineMap, _ segments: Range<Int>, of table: Int, _ writer: BulkWriter) throws {
    self.lines = lines
    firstSegment = segments.lowerBound
    let draft = try writer.draft()
    var bases: [Int] = []
    var counted = 0
    for segment in segments {
      bases.append(counted)
      counted += try draft.segment(segment, table: table).rowCount
    }
    rowBases = bases
  }

  func place(ofRow row: Int) throws(LoadError) -> LineMap.Place {
    try lines.place(ofRow: rowBases[row >> 16 - firstSegment] + row & 0xFFFF)
  }
}

/// Counts up from 0, for workers that share work.
final class Counter: Sendable {
  private let value = Mutex(0)

  func next() -> Int {
    value.withLock { value in
      value += 1
      return value - 1
    }
  }
}
