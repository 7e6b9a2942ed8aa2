// Loads the file of one table: its rows into segments, then its indexes, all beside what is there.

import Bytes
import Columns
import Rows
import Segments
import Store
import Synchronization

/// What one file became.
struct TableLoad {
  let table: Int
  let feeds: FieldFeeds
  let segments: Range<Int>
  let late: LateColumns
  let recordCount: Int
  let lateCount: Int
  let lostCount: Int
  let repeatCount: Int
  let rowCount: Int
  let source: DelimitedSource
  let seconds: StageSeconds
  let indexSeconds: Double
  let repairs: [LoadReport.Repaired]

  /// Loads a file.
  ///
  /// Nothing of it is published.
  init(
    _ input: LoadInput, table: Int, writer: BulkWriter, words: RegistryWords, refusals: RefusalLog,
    limits: LoadLimits, jobs: Int, progress: LoadProgressMeter
  ) throws {
    let plan = writer.registry.plan
    let path = input.path
    let source = try Self.open(input, limits)
    let feeds = try FieldFeeds(
      header: source.header.names, plan: plan, table: table, path: path,
      planned: input.plan?.table(plan.tables[table].table.name))
    let before = writer.catalog.tables[table]
    let admission = try Self.admission(
      feeds, before, words, refusals, path, limits, writer: writer)
    let draft = plan.tables[table].parent == nil ? nil : SharedSnapshot(try writer.draft())
    let pool = ParsedPiecePool(feeds)
    let parsers = (0..<jobs).map { _ in
      PieceParser(
        feeds, schema: plan.schema, limits: limits, splitter: source.makeSplitter(), pool: pool,
        parents: draft.flatMap { ParentFinder($0, plan: plan, table: table) })
    }
    progress.begin(source, table: plan.tables[table].table.name)
    var late = LateColumns()
    let pipeline = Pipeline<ParsedPiece, SegmentRows, EncodedSegment>(
      jobs: jobs,
      stages: .init(
        parse: { worker in
          guard let piece = try source.nextPiece() else { return nil }
          return (piece.number, try parsers[worker].parse(piece))
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
    do {
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
    } catch let error as DelimitedError {
      throw LoadError.unreadable(path: path, error)
    }
    try words.store(in: writer)
    try writer.flush()
    segments = before.segmentCount..<writer.catalog.tables[table].segmentCount
    progress.indexing()
    let start = now()
    let lost = try Self.buildIndexes(
      feeds, segments: segments, writer: writer, jobs: jobs, lines: admission.lines,
      refusals: refusals)
    lostCount = lost.refused
    repeatCount = admission.repeatCount + lost.repeated
    indexSeconds = now() - start
    (self.table, self.feeds, self.late, self.source) = (table, feeds, late, source)
    recordCount = admission.recordCount
    lateCount = admission.lateCount
    repairs = Self.repairs(parsers)
    rowCount = writer.catalog.tables[table].rowCount - before.rowCount
  }

  private static func open(
    _ input: LoadInput, _ limits: LoadLimits
  ) throws(LoadError) -> DelimitedSource {
    do throws(DelimitedError) {
      return try DelimitedSource(
        path: input.path, dialect: DelimitedDialect(input.format), limits: limits.delimited)
    } catch { throw .unreadable(path: input.path, error) }
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
    _ refusals: RefusalLog, _ path: String, _ limits: LoadLimits, writer: BulkWriter
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
      feeds, words: words, refusals: refusals, path: path, limits: limits,
      firstSegment: before.segmentCount, parentFloor: parentFloor)
  }

  /// Builds the indexes and empties the places of rows that lost a key; gives how many of them are
  /// refused, and how many repeat the row that has the key.
  private static func buildIndexes(
    _ feeds: FieldFeeds, segments: Range<Int>, writer: BulkWriter, jobs: Int, lines: LineMap,
    refusals: RefusalLog
  ) throws -> (refused: Int, repeated: Int) {
    let table = feeds.plan.position
    let build = try IndexBuild(writer, table: table, segments: segments, jobs: jobs)
    try build.run()
    let lost = build.lost.sorted { $0.row < $1.row }
    let plan = writer.registry.plan.tables[table].table
    var rowBase: [Int: Int] = [:]
    let draft = try writer.draft()
    var counted = 0
    for segment in segments {
      rowBase[segment] = counted
      counted += try draft.segment(segment, table: table).rowCount
    }
    for (segment, rows) in Dictionary(grouping: lost, by: { $0.row >> 16 }).sorted(by: {
      $0.key < $1.key
    }) {
      try writer.put(
        removedPlaces: rows.map { $0.row & 0xFFFF }, segment: segment, table: table)
    }
    let judge = try RepeatJudge(feeds, writer: writer)
    var refused: [Refusal] = []
    for lost in lost {
      let place = lines[(rowBase[lost.row >> 16] ?? 0) + lost.row & 0xFFFF]
      var fields = plan.indexes[lost.index].fields.map { plan.fields[$0].name }
      var reason = Refusal.Reason.duplicate
      switch try judge?.verdict(lost) {
      case .repeats: continue
      case .differs(let field): (fields, reason) = ([plan.fields[field].name], .differingRepeat)
      case .isDuplicate, nil: break
      }
      refused.append(
        Refusal(
          table: plan.name, line: place.line, byteOffset: place.offset,
          field: fields.joined(separator: "+"), reason: reason))
    }
    try refusals.add(refused)
    writer.catalog.tables[table].rowCount -= lost.count
    try writer.flush()
    return (refused.count, lost.count - refused.count)
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
