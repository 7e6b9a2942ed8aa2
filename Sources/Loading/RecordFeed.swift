// Gives the pieces of a table's files to the workers: as they come, or sorted by parent when they
// come in another order.

import Bytes
import Synchronization

/// Pieces of files in the order in which they are to be loaded.
final class RecordFeed: Sendable {
  private struct Sorted {
    var buckets: [RecordSorter.Bucket]
    var next = 0
    var records: SortedBucket?
    var recordCount = 0
    var pieceCount = 0
  }

  /// Records that make up one piece.
  private struct Cut {
    var number: Int
    var bucket: SortedBucket
    var range: Range<Int>
    var byteCount: Int
  }

  private let source: PeekedSource
  /// Nil where pieces go as they come.
  private let sorter: RecordSorter?
  private let sorted: Mutex<Sorted>
  private let dialects: [DelimitedDialect]
  private let pool: PieceBufferPool
  private let bucketPool: PieceBufferPool
  private let pieceByteCount: Int

  /// Whether records are sorted.
  var isSorted: Bool { sorter != nil }

  /// Looks at the first records, and sorts all of them if they are in no order, or `always`, and
  /// says so before; `makeWorker` makes what finds their parents, if that can be done.
  init(
    _ source: DelimitedSource, limits: LoadLimits, jobs: Int, parentRowCount: Int,
    beside path: String, always: Bool, willSort: () -> Void, makeWorker: () -> RecordWorker?
  ) throws {
    self.source = PeekedSource(source)
    pieceByteCount = limits.pieceByteCount
    pool = PieceBufferPool(byteCount: pieceByteCount)
    dialects = source.files.indices.map { source.dialect(ofFile: $0) }
    guard let first = makeWorker(), try always || !self.source.isInOrder(first) else {
      sorter = nil
      sorted = Mutex(Sorted(buckets: []))
      bucketPool = PieceBufferPool(byteCount: 0)
      return
    }
    willSort()
    let workers = [first] + (1..<max(1, jobs)).compactMap { _ in makeWorker() }
    let sorter = try RecordSorter(
      beside: path, byteCount: source.byteCount, parentRowCount: parentRowCount, limits: limits,
      jobs: workers.count)
    try sorter.add(workers) { [source = self.source] in try source.nextPiece() }
    let buckets = sorter.buckets()
    let byteCounts = buckets.map(\.byteCount).filter { $0 <= limits.bucketByteCountMax }
    bucketPool = PieceBufferPool(byteCount: byteCounts.max() ?? 0)
    sorted = Mutex(Sorted(buckets: buckets))
    self.sorter = sorter
  }

  /// The next piece, or nil behind the last one; several threads may ask.
  func nextPiece() throws(LoadError) -> DelimitedPiece? {
    guard let sorter else { return try source.nextPiece() }
    let cut = try sorted.withLock { (sorted) throws(LoadError) in
      try next(&sorted, of: sorter)
    }
    return try cut.map { (cut) throws(LoadError) in try piece(of: cut) }
  }

  /// Cuts off records of one file that are as many bytes as a piece has.
  ///
  /// A malformed one is a piece of its own, since a quote that it opens may otherwise end in the
  /// next.
  private func next(_ sorted: inout Sorted, of sorter: RecordSorter) throws(LoadError) -> Cut? {
    while sorted.recordCount == sorted.records?.records.count ?? 0 {
      sorted.records = nil
      guard sorted.next < sorted.buckets.count else { return nil }
      sorted.records = try SortedBucket(
        sorted.buckets[sorted.next], of: sorter, pool: bucketPool)
      sorted.recordCount = 0
      sorted.next += 1
    }
    guard let bucket = sorted.records else { return nil }
    let first = bucket.records[sorted.recordCount]
    var (end, byteCount) = (sorted.recordCount + 1, first.byteCount)
    while !first.isMalformed, end < bucket.records.count {
      let record = bucket.records[end]
      guard !record.isMalformed, record.place.file == first.place.file,
        byteCount + record.byteCount <= pieceByteCount
      else { break }
      byteCount += record.byteCount
      end += 1
    }
    defer {
      sorted.recordCount = end
      sorted.pieceCount += 1
    }
    return Cut(
      number: sorted.pieceCount, bucket: bucket, range: sorted.recordCount..<end,
      byteCount: byteCount)
  }

  private func piece(of cut: Cut) throws(LoadError) -> DelimitedPiece {
    let buffer = pool.take(byteCountMin: cut.byteCount)
    var origins: [RecordOrigin] = []
    origins.reserveCapacity(cut.range.count)
    var end = 0
    for record in cut.bucket.records[cut.range] {
      origins.append(RecordOrigin(start: end, place: record.place))
      end = try cut.bucket.copy(record, to: buffer.view, at: end)
    }
    let file = origins[0].place.file
    return DelimitedPiece(
      buffer, count: end, number: cut.number, file: file, dialect: dialects[file],
      lineEndCount: origins.count, origins: origins, pool: pool)
  }
}

/// The pieces of a source, of which the first may be looked at before they are taken.
private final class PeekedSource: Sendable {
  /// More records than one in this many whose parent is before that of the record before are no
  /// order.
  ///
  /// Of the records before alone, so that one at a wrong place counts once.
  private static let backwardShareMax = 20
  /// Records at the beginning that are looked at, and as many as are evidence.
  ///
  /// Counted in records and bytes, so that what is found does not depend on the size of pieces.
  private static let sampleCountMax = 20_000
  private static let sampleCountMin = 1_000
  private static let sampleByteCountMax = 8 << 20

  private let source: DelimitedSource
  private let waiting = Mutex<[DelimitedPiece]>([])

  init(_ source: DelimitedSource) { self.source = source }

  func nextPiece() throws(LoadError) -> DelimitedPiece? {
    if let piece = waiting.withLock({ $0.popLast() }) { return piece }
    return try source.nextPiece()
  }

  /// Whether the first records are in the order of their parents, as far as they show it.
  func isInOrder(_ worker: RecordWorker) throws -> Bool {
    var pieces: [DelimitedPiece] = []
    defer { waiting.withLock { $0 = pieces.reversed() } }
    var (seenCount, count, backwardCount, last) = (0, 0, 0, Int64.min)
    while seenCount < Self.sampleCountMax, let piece = try source.nextPiece() {
      pieces.append(piece)
      guard piece.file == 0, piece.byteOffset < Self.sampleByteCountMax else { break }
      let records = try worker.records(of: piece)
      for record in 0..<records.count {
        seenCount += 1
        guard seenCount <= Self.sampleCountMax,
          piece.byteOffset + records.starts[record] < Self.sampleByteCountMax
        else { break }
        let parent = records.parents[record]
        guard parent != .max else { continue }
        count += 1
        backwardCount += parent < last ? 1 : 0
        last = parent
      }
    }
    return count < Self.sampleCountMin || backwardCount <= count / Self.backwardShareMax
  }
}
