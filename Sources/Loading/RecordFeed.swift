// Gives the pieces of a table's files to the workers: as they come, or sorted by parent when they
// come in another order.

import Bytes
import Rows
import Segments
import Store
import Synchronization

/// Finds the parents of the records of pieces; one worker's.
final class RecordWorker: @unchecked Sendable {
  private let feeds: FieldFeeds
  private let column: Int
  private let parser: FieldParser
  private let parents: ParentFinder
  private var splitter: RecordSplitter?
  private var lastKey = Int64.min
  private var lastParent = Int64.max

  /// Nil when the parent's key is not a column as it stands.
  init?(
    _ feeds: FieldFeeds, schema: Schema, splitter: consuming RecordSplitter, parents: ParentFinder
  ) {
    guard let field = feeds.parentField,
      let feed = feeds.feeds.first(where: { $0.field == field }), feed.column >= 0,
      feed.cut == nil, !feed.hasAbsentMarkers, !feed.changesMeanings,
      feeds.conversions[field] == nil
    else { return nil }
    self.feeds = feeds
    column = feed.column
    parser = FieldParser(feeds.plan.table.fields[field], in: schema)
    self.parents = parents
    self.splitter = .some(splitter)
  }

  /// Calls `body` with each record of a piece.
  func forEachRecord(
    of piece: DelimitedPiece, _ body: (FoundRecord) throws(LoadError) -> Void
  ) throws(LoadError) {
    guard var splitter = splitter.take() else { preconditionFailure("one piece at a time") }
    splitter.begin(piece)
    while splitter.next() {
      let isWhole = !splitter.isMalformed && splitter.fieldCount == feeds.columnCount
      let parent = isWhole ? try parent(splitter.text(ofField: column)) : Int64.max
      try body(
        FoundRecord(
          parent: parent, start: splitter.recordStart, end: splitter.recordEnd,
          line: splitter.line, isMalformed: splitter.isMalformed))
    }
    self.splitter = .some(splitter)
  }

  private func parent(_ text: LentBytes) throws(LoadError) -> Int64 {
    let parsed = parser.parse(text)
    guard parsed.problem == nil, parsed.value != .min else { return .max }
    guard parsed.value != lastKey else { return lastParent }
    do throws(StoreError) {
      lastParent = try parents.row(ofKey: parsed.value).map { Int64($0) } ?? .max
    } catch { throw .store(error) }
    lastKey = parsed.value
    return lastParent
  }
}

/// Pieces of files in the order in which they are to be loaded.
final class RecordFeed: Sendable {
  /// More records than one in this many whose parent is before that of an earlier one, and they are
  /// sorted.
  private static let backwardShareMax = 10
  private static let sampleCountMin = 1_000
  private static let samplePieceCountMax = 4

  private struct Peeked: @unchecked Sendable { var pieces: [DelimitedPiece] }

  private struct Sorting: @unchecked Sendable {
    var sorter: RecordSorter
    var bucket = 0
    var records: SortedBucket?
    var pieceCount = 0
  }

  private let source: DelimitedSource
  private let peeked = Mutex(Peeked(pieces: []))
  private let sorting: Mutex<Sorting?> = Mutex(nil)
  private let pool: PieceBufferPool
  private let pieceByteCount: Int
  /// Whether pieces are sorted.
  let isSorted: Bool

  /// Looks at the first pieces, and sorts all of them if they are in no order; `worker` makes what
  /// finds the parents, if that can be done.
  init(
    _ source: DelimitedSource, limits: LoadLimits, jobs: Int, parentRowCount: Int,
    beside path: String, worker: () -> RecordWorker?
  ) throws {
    self.source = source
    pieceByteCount = limits.pieceByteCount
    pool = PieceBufferPool(byteCount: limits.pieceByteCount)
    guard let first = worker() else {
      isSorted = false
      return
    }
    var pieces: [DelimitedPiece] = []
    var (count, backwardCount, greatest) = (0, 0, Int64.min)
    while pieces.count < Self.samplePieceCountMax, let piece = try source.nextPiece() {
      pieces.append(piece)
      try first.forEachRecord(of: piece) { record throws(LoadError) in
        guard record.parent != .max else { return }
        count += 1
        backwardCount += record.parent < greatest ? 1 : 0
        greatest = max(greatest, record.parent)
      }
    }
    isSorted = count >= Self.sampleCountMin && backwardCount > count / Self.backwardShareMax
    peeked.withLock { $0.pieces = pieces.reversed() }
    guard isSorted else { return }
    let sorter = try RecordSorter(
      beside: path, byteCount: source.byteCount, parentRowCount: parentRowCount)
    let workers = [first] + (1..<max(1, jobs)).compactMap { _ in worker() }
    try sorter.add(workers) { [self] in try nextAsItComes() }
    sorting.withLock { $0 = Sorting(sorter: sorter) }
  }

  /// The next piece, or nil behind the last one; several threads may ask.
  func nextPiece() throws(LoadError) -> DelimitedPiece? {
    guard isSorted else { return try nextAsItComes() }
    return try sorting.withLock { (sorting) throws(LoadError) -> DelimitedPiece? in
      guard var state = sorting.take() else { return nil }
      defer { sorting = state }
      return try nextSorted(&state)
    }
  }

  private func nextAsItComes() throws(LoadError) -> DelimitedPiece? {
    if let piece = peeked.withLock({ $0.pieces.popLast() }) { return piece }
    return try source.nextPiece()
  }

  /// Cuts the sorted records into pieces, each of one file; a malformed record is one of its own,
  /// since a quote that it opens may otherwise end in the next.
  private func nextSorted(_ state: inout Sorting) throws(LoadError) -> DelimitedPiece? {
    while state.records?.record == nil {
      guard state.bucket < state.sorter.bucketNumbers.count else { return nil }
      state.records = nil
      state.records = try state.sorter.sorted(state.bucket)
      state.bucket += 1
    }
    guard let records = state.records, let first = records.record else { return nil }
    let buffer = pool.take(byteCountMin: max(first.bytes.count, pieceByteCount))
    var origins: [RecordOrigin] = []
    var end = 0
    while let record = records.record, record.origin.file == first.origin.file,
      end + record.bytes.count <= buffer.view.count, end == 0 || !record.isMalformed
    {
      origins.append(RecordOrigin(start: end, place: record.origin))
      end = buffer.view.write(record.bytes, at: end)
      records.advance()
      if record.isMalformed { break }
    }
    let lines = unsafe lineEndCount(UnsafePointer(buffer.view.base), count: end)
    defer { state.pieceCount += 1 }
    return DelimitedPiece(
      buffer, count: end, number: state.pieceCount, file: first.origin.file,
      dialect: source.dialect(ofFile: first.origin.file), byteOffset: 0, firstLine: 1,
      lineEndCount: lines, pool: pool, origins: origins)
  }
}
