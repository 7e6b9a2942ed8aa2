// Rows that lost a unique key: judged, listed or counted, and their places emptied.

import Rows
import Segments
import Store

/// What became of the rows of one load that lost a unique key.
struct LostRows {
  /// How many rows of one file, by what became of them.
  struct Counts {
    /// Refused and listed.
    var refused = 0
    /// Left out for a row that was there before.
    var kept = 0
    /// They give their values to a row that was there before.
    var replacing = 0
    /// They repeat the row that has the key.
    var repeated = 0
  }

  /// By file.
  private(set) var counts: [Counts]
  /// Those that lost the key of the table, but for those that replace the row that has it.
  private(set) var ofTableKey: [LostKey] = []
  /// Those that give their values to the row that was there before, one for each such row.
  private(set) var replacing: [LostKey] = []

  /// Builds the indexes of the rows that a load stored, and takes out those that lost a key.
  init(
    _ feeds: FieldFeeds, _ segments: Range<Int>, writer: BulkWriter, jobs: Int,
    memory: IndexMemory, lines: StoredLines, paths: [String], onDuplicate: DuplicatePolicy,
    _ refusals: RefusalLog
  ) throws {
    counts = paths.map { _ in Counts() }
    let table = feeds.plan.position
    let build = try IndexBuild(writer, table: table, segments: segments, jobs: jobs, memory: memory)
    try build.run()
    let lost = build.lost.sorted { $0.row < $1.row }
    let plan = feeds.plan.table
    let judge = try RepeatJudge(feeds, writer: writer)
    let firstRow = segments.lowerBound << 16
    var replaced = Set<Int>()
    for lost in lost {
      let place = try lines.place(ofRow: lost.row)
      let isOfTableKey = plan.key == nil || plan.indexes[lost.index].fields == plan.key.map { [$0] }
      if isOfTableKey, onDuplicate == .replace, lost.holder < firstRow,
        replaced.insert(lost.holder).inserted
      {
        replacing.append(lost)
        counts[place.file].replacing += 1
        continue
      }
      if isOfTableKey { ofTableKey.append(lost) }
      if isOfTableKey, onDuplicate == .keep, lost.holder < firstRow {
        counts[place.file].kept += 1
        continue
      }
      var fields = plan.indexes[lost.index].fields.map { plan.fields[$0].name }
      var reason = Refusal.Reason.duplicate
      switch try judge?.verdict(lost) {
      case .repeats:
        counts[place.file].repeated += 1
        continue
      case .differs(let field): (fields, reason) = ([plan.fields[field].name], .differingRepeat)
      case .isDuplicate, nil: break
      }
      counts[place.file].refused += 1
      let refusal = Refusal(
        table: plan.name, line: place.line, byteOffset: place.offset,
        field: fields.joined(separator: "+"), reason: reason)
      try refusals.add([refusal], file: paths[place.file])
    }
    for (segment, rows) in Dictionary(grouping: lost, by: { $0.row >> 16 }).sorted(by: {
      $0.key < $1.key
    }) {
      try writer.put(
        removedPlaces: rows.map { $0.row & 0xFFFF }, segment: segment, table: table)
    }
    writer.catalog.tables[table].rowCount -= lost.count
    try writer.flush()
  }
}
