// Puts the records of files in the order of their parents, outside memory.
//
//   pieces --workers: find records and parents--> buckets, each of a range of parents, in a file
//   buckets, one after another: read, sort, cut into pieces again
//
// A record is kept whole, with its place in its file, so that whatever is said of it later names
// the line where it stood. Of one parent, records come in the order of their files; those without
// a parent, and those that are none, come behind all others in that order.
//
// A record in a bucket:
//
//   OFFSET  SIZE  FIELD
//   0       4     row of its parent, less the first of the bucket
//   4       4     byte count
//   8       8     offset in its file
//   16      8     line, and from bit 40 on the file; the highest bit: its quotes are malformed
//   24            its bytes, its line end included
//
// Memory: 64 KiB a bucket for each worker, of 1,024 buckets at most.

import Bytes
import Synchronization

/// Sorts the records of one table's files.
final class RecordSorter: Sendable {
  static let headByteCount = 24
  private static let bucketCountMax = 1_024

  /// Where records lie, one behind the other: in which of the files, and where there.
  struct Extent {
    var file: Int
    var offset: Int
    var byteCount: Int
  }

  /// Records of a range of parents, or without.
  struct Bucket {
    var extents: [Extent] = []
    /// Whether they lie there in their order.
    var isSorted = false

    var byteCount: Int { extents.reduce(0) { $0 + $1.byteCount } }
  }

  /// One for each worker, so that none waits for another to write.
  let files: [SpillFile]
  let bucketByteCountMax: Int
  private let bucketByteCount: Int
  private let parentRowCount: Int
  /// Parents of one bucket.
  let parentSpan: Int
  let bucketCount: Int
  private let extents: Mutex<[[Extent]]>
  /// Of each piece the records without a parent.
  private let parentless = Mutex<[(piece: Int, extent: Extent)]>([])

  /// Makes a sorter of about `byteCount` bytes of files, nil when that is not known, for so many
  /// workers; parents are rows below `parentRowCount`.
  init(
    beside path: String, byteCount: Int?, parentRowCount: Int, limits: LoadLimits, jobs: Int
  ) throws(LoadError) {
    bucketByteCount = limits.bucketByteCount
    bucketByteCountMax = limits.bucketByteCountMax
    var files: [SpillFile] = []
    for _ in 0..<jobs { files.append(try SpillFile(beside: path)) }
    self.files = files
    self.parentRowCount = parentRowCount
    let wanted = byteCount.map { $0 / limits.bucketByteCount + 1 } ?? Self.bucketCountMax
    let bucketCount = min(wanted, Self.bucketCountMax)
    parentSpan = max(1, (parentRowCount + bucketCount - 1) / bucketCount)
    self.bucketCount = (parentRowCount + parentSpan - 1) / parentSpan
    extents = Mutex([[Extent]](repeating: [], count: self.bucketCount))
  }

  /// Adds the pieces that `next` gives, on a thread for each worker.
  func add(
    _ workers: [RecordWorker], next: @escaping @Sendable () throws -> DelimitedPiece?
  ) throws {
    precondition(workers.count == files.count)
    let failure = FirstFailure()
    runOnThreads(workers.count) { number in
      do {
        let writer = BucketWriter(self, file: number)
        while let piece = try next() {
          try writer.add(try workers[number].records(of: piece), of: piece)
        }
        try writer.finish()
      } catch { failure.note(error) }
    }
    try failure.rethrow()
  }

  /// The bucket of a parent; nil for none.
  fileprivate func bucket(ofParent row: Int64) -> Int? {
    row < Int64(parentRowCount) ? Int(row) / parentSpan : nil
  }

  fileprivate func note(_ extent: Extent, in bucket: Int) {
    extents.withLock { $0[bucket].append(extent) }
  }

  fileprivate func note(_ extent: Extent, ofPiece piece: Int) {
    parentless.withLock { $0.append((piece, extent)) }
  }

  /// What was added, in the order in which it is to be loaded.
  func buckets() -> [Bucket] {
    var buckets = extents.withLock { $0.map { Bucket(extents: $0) } }
    // A stable sort: a piece has several of them where its records are many.
    for (_, extent) in parentless.withLock({ $0.sorted { $0.piece < $1.piece } }) {
      if let last = buckets.last, last.isSorted, last.byteCount < bucketByteCount {
        buckets[buckets.count - 1].extents.append(extent)
      } else {
        buckets.append(Bucket(extents: [extent], isSorted: true))
      }
    }
    return buckets.filter { !$0.extents.isEmpty }
  }
}

/// Collects one worker's records by bucket.
private final class BucketWriter {
  private static let byteCount = SpillFile.alignment
  private static let pageByteCount = 4_096

  private let sorter: RecordSorter
  private let file: Int
  /// A part for each bucket, and one for records without a parent.
  private let room: Scratch<UInt8>
  private var counts: [Int]
  private var piece = 0

  init(_ sorter: RecordSorter, file: Int) {
    self.sorter = sorter
    self.file = file
    room = Scratch(count: (sorter.bucketCount + 1) * Self.byteCount)
    counts = [Int](repeating: 0, count: sorter.bucketCount + 1)
  }

  func add(_ records: FoundRecords, of piece: DelimitedPiece) throws(LoadError) {
    self.piece = piece.number
    let file = UInt64(piece.file) << RecordPlace.fileShift
    var malformed = records.malformed[...]
    for record in 0..<records.count {
      let start = records.starts[record]
      let end = record + 1 < records.count ? records.starts[record + 1] : piece.bytes.count
      let bucket = sorter.bucket(ofParent: records.parents[record])
      let isMalformed = malformed.first == record
      if isMalformed { malformed.removeFirst() }
      try add(
        piece.bytes.part(start, end), to: bucket ?? sorter.bucketCount,
        parent: bucket.map { Int(records.parents[record]) - $0 * sorter.parentSpan } ?? 0,
        offset: piece.byteOffset + start,
        place: file | UInt64(records.lines[record])
          | (isMalformed ? RecordPlace.malformed : 0))
    }
    try hand(on: sorter.bucketCount)
  }

  private func add(
    _ text: LentBytes, to bucket: Int, parent: Int, offset: Int, place: UInt64
  ) throws(LoadError) {
    // A file's last record may have no line end.
    let last = text[text.count - 1]
    let textByteCount = text.count + (last == .lineFeed || last == .carriageReturn ? 0 : 1)
    let byteCount = RecordSorter.headByteCount + textByteCount
    func write(to target: ScratchView<UInt8>) {
      let memory = unsafe UnsafeMutableRawPointer(target.base)
      unsafe memory.storeBytes(of: UInt32(parent), as: UInt32.self)
      unsafe memory.storeBytes(of: UInt32(textByteCount), toByteOffset: 4, as: UInt32.self)
      unsafe memory.storeBytes(of: Int64(offset), toByteOffset: 8, as: Int64.self)
      unsafe memory.storeBytes(of: place, toByteOffset: 16, as: UInt64.self)
      let end = target.write(text, at: RecordSorter.headByteCount)
      if text.count < textByteCount { target[end] = .lineFeed }
    }
    if counts[bucket] + byteCount > Self.byteCount { try hand(on: bucket) }
    guard byteCount <= Self.byteCount else {
      let alone = Scratch<UInt8>(count: byteCount)
      write(to: alone.view)
      return try hand(alone.view.lent(count: byteCount), holding: byteCount, on: bucket)
    }
    write(to: room.view.from(bucket * Self.byteCount + counts[bucket]))
    counts[bucket] += byteCount
  }

  private func hand(on bucket: Int) throws(LoadError) {
    guard counts[bucket] > 0 else { return }
    // Of whole pages the system has to read nothing.
    let pageCount = (counts[bucket] + Self.pageByteCount - 1) / Self.pageByteCount
    try hand(
      room.view.from(bucket * Self.byteCount).lent(count: pageCount * Self.pageByteCount),
      holding: counts[bucket], on: bucket)
    counts[bucket] = 0
  }

  private func hand(
    _ bytes: LentBytes, holding byteCount: Int, on bucket: Int
  ) throws(LoadError) {
    let offset = try sorter.files[file].append(bytes)
    let extent = RecordSorter.Extent(file: file, offset: offset, byteCount: byteCount)
    if bucket < sorter.bucketCount {
      sorter.note(extent, in: bucket)
    } else {
      sorter.note(extent, ofPiece: piece)
    }
  }

  func finish() throws(LoadError) {
    for bucket in counts.indices { try hand(on: bucket) }
  }
}

/// The place of a record as a bucket holds it.
enum RecordPlace {
  static let fileShift: UInt64 = 40
  static let malformed: UInt64 = 1 << 63
  static let lineMask: UInt64 = 1 << fileShift - 1
}
