// Puts the records of files in the order of their parents, outside memory.
//
//   pieces --workers: split, find parents--> buckets, each a range of parents, in a file
//   buckets, one after another: read, sort, cut into pieces again
//
// A record is kept whole, with its place in its file, so that whatever is said of it later names
// the line where it stood. Records without a parent, and those that are none, come last, in the
// order of their files.
//
// A record in a bucket:
//
//   OFFSET  SIZE  FIELD
//        0     8  row of the parent; the greatest Int64: none
//        8     8  offset in its file
//       16     4  line
//       20     4  byte count
//       24     4  file
//       28     4  1 if its quotes are malformed, else 0
//       32        its bytes, its line end included, then zeros to a multiple of 8
//
// Memory: for each worker 64 KB a bucket, and one bucket at a time, about 32 MB.

import Bytes
import Rows
import Store
import Synchronization

/// Sorts the records of one table's files.
final class RecordSorter: Sendable {
  /// Bytes of records that a bucket aims at.
  private static let bucketByteCount = 32 << 20
  private static let bucketCountMax = 512
  fileprivate static let headByteCount = 32
  fileprivate static let noParent = Int64.max

  private let spill: SpillFile
  private let parentRowCount: Int
  private let buckets: Mutex<[[Range<Int>]]>
  /// One for each range of parents, and one for records without.
  private let bucketCount: Int

  /// Makes a sorter of about `byteCount` bytes of records, nil when that is not known; parents are
  /// rows below `parentRowCount`.
  init(beside path: String, byteCount: Int?, parentRowCount: Int) throws(LoadError) {
    spill = try SpillFile(beside: path)
    self.parentRowCount = max(1, parentRowCount)
    let wanted = byteCount.map { $0 / Self.bucketByteCount + 1 } ?? Self.bucketCountMax
    bucketCount = min(wanted, Self.bucketCountMax) + 1
    buckets = Mutex([[Range<Int>]](repeating: [], count: bucketCount))
  }

  /// Adds the pieces that `next` gives, on several threads.
  func add(
    _ workers: [RecordWorker], next: @escaping () throws -> DelimitedPiece?
  ) throws {
    let failure = FirstFailure()
    let source = UncheckedNext(next: next)
    runOnThreads(workers.count) { number in
      do {
        let writer = BucketWriter(self)
        while let piece = try source.next() {
          try workers[number].forEachRecord(of: piece) { record throws(LoadError) in
            try writer.add(record, of: piece)
          }
        }
        try writer.finish()
      } catch { failure.note(error) }
    }
    try failure.rethrow()
  }

  fileprivate func bucket(ofParent row: Int64) -> Int {
    guard row < Int64(parentRowCount) else { return bucketCount - 1 }
    return Int(row) * (bucketCount - 1) / parentRowCount
  }

  fileprivate func note(_ bytes: LentBytes, in bucket: Int) throws(LoadError) {
    let offset = try spill.append(bytes)
    buckets.withLock { $0[bucket].append(offset..<offset + bytes.count) }
  }

  fileprivate var count: Int { bucketCount }

  /// The records of a bucket, sorted.
  func sorted(_ bucket: Int) throws(LoadError) -> SortedBucket {
    let extents = buckets.withLock { $0[bucket] }
    let bytes = Scratch<UInt8>(count: extents.reduce(0) { $0 + $1.count })
    var end = 0
    for extent in extents {
      try spill.read(
        extent.lowerBound, into: unsafe ScratchView(bytes.view.base + end, count: extent.count))
      end += extent.count
    }
    return SortedBucket(bytes)
  }

  var bucketNumbers: Range<Int> { 0..<bucketCount }
}

/// A record that was found in a piece.
struct FoundRecord {
  var parent: Int64
  var start: Int
  var end: Int
  var line: Int
  /// Whether where it ends depends on what follows it.
  var isMalformed: Bool
}

/// Collects one worker's records by bucket.
private final class BucketWriter {
  private static let byteCount = 64 << 10

  private let sorter: RecordSorter
  private let room: Scratch<UInt8>
  private var counts: [Int]

  init(_ sorter: RecordSorter) {
    self.sorter = sorter
    room = Scratch(count: sorter.count * Self.byteCount)
    counts = [Int](repeating: 0, count: sorter.count)
  }

  func add(_ record: FoundRecord, of piece: DelimitedPiece) throws(LoadError) {
    let bucket = sorter.bucket(ofParent: record.parent)
    let text = piece.bytes.part(record.start, record.end)
    // A file's last record may have no line end.
    let hasEnd = text.count > 0 && [.lineFeed, .carriageReturn].contains(text[text.count - 1])
    let textByteCount = text.count + (hasEnd ? 0 : 1)
    let byteCount = (RecordSorter.headByteCount + textByteCount + 7) & ~7
    guard byteCount <= Self.byteCount else {
      let alone = Scratch<UInt8>(count: byteCount)
      write(record, text, textByteCount, piece, to: alone.view)
      return try sorter.note(alone.view.lent(count: byteCount), in: bucket)
    }
    if counts[bucket] + byteCount > Self.byteCount { try hand(on: bucket) }
    write(
      record, text, textByteCount, piece,
      to: room.view.from(bucket * Self.byteCount + counts[bucket]))
    counts[bucket] += byteCount
  }

  private func write(
    _ record: FoundRecord, _ text: LentBytes, _ textByteCount: Int, _ piece: DelimitedPiece,
    to target: ScratchView<UInt8>
  ) {
    let memory = unsafe UnsafeMutableRawPointer(target.base)
    unsafe memory.storeBytes(of: record.parent, as: Int64.self)
    unsafe memory.storeBytes(
      of: Int64(piece.byteOffset + record.start), toByteOffset: 8, as: Int64.self)
    unsafe memory.storeBytes(
      of: UInt32(truncatingIfNeeded: record.line), toByteOffset: 16, as: UInt32.self)
    unsafe memory.storeBytes(of: UInt32(textByteCount), toByteOffset: 20, as: UInt32.self)
    unsafe memory.storeBytes(of: UInt32(piece.file), toByteOffset: 24, as: UInt32.self)
    unsafe memory.storeBytes(
      of: record.isMalformed ? 1 : 0, toByteOffset: 28, as: UInt32.self)
    let end = target.write(text, at: RecordSorter.headByteCount)
    if text.count < textByteCount { target[end] = .lineFeed }
  }

  private func hand(on bucket: Int) throws(LoadError) {
    guard counts[bucket] > 0 else { return }
    try sorter.note(room.view.from(bucket * Self.byteCount).lent(count: counts[bucket]), in: bucket)
    counts[bucket] = 0
  }

  func finish() throws(LoadError) {
    for bucket in counts.indices { try hand(on: bucket) }
  }
}

/// The records of one bucket in the order of their parents, and of their places in the files.
final class SortedBucket {
  private struct Key {
    var parent: Int64
    var file: UInt32
    var offset: Int64
    var at: Int
  }

  /// Where a record stood, and where it lies among `bytes`.
  struct Record {
    var bytes: LentBytes
    var origin: LineMap.Place
    var isMalformed: Bool
  }

  private let bytes: Scratch<UInt8>
  private var keys: [Key] = []
  private var next = 0

  init(_ bytes: Scratch<UInt8>) {
    self.bytes = bytes
    let lent = bytes.view.lent(count: bytes.view.count)
    var at = 0
    while at < lent.count {
      keys.append(
        Key(
          parent: lent.load(at, as: Int64.self), file: lent.load(at + 24, as: UInt32.self),
          offset: lent.load(at + 8, as: Int64.self), at: at))
      let textByteCount = Int(lent.load(at + 20, as: UInt32.self))
      at += (RecordSorter.headByteCount + textByteCount + 7) & ~7
    }
    keys.sort { ($0.parent, $0.file, $0.offset) < ($1.parent, $1.file, $1.offset) }
  }

  /// The next record, which stays the next; nil behind the last one.
  var record: Record? {
    guard next < keys.count else { return nil }
    let key = keys[next]
    let lent = bytes.view.lent(count: bytes.view.count)
    let start = key.at + RecordSorter.headByteCount
    return Record(
      bytes: lent.part(start, start + Int(lent.load(key.at + 20, as: UInt32.self))),
      origin: LineMap.Place(
        file: Int(key.file), line: Int(lent.load(key.at + 16, as: UInt32.self)),
        offset: Int(key.offset)),
      isMalformed: lent.load(key.at + 28, as: UInt32.self) != 0)
  }

  func advance() { next += 1 }
}

/// What several threads ask for pieces; `next` is safe for that.
private struct UncheckedNext: @unchecked Sendable {
  let next: () throws -> DelimitedPiece?
}
