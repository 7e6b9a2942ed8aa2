// The records of one bucket in their order.
//
// Memory: 40 bytes a record, and the records themselves unless they are more than a bucket may hold
// in memory: then each is read when its turn comes.

import Bytes

/// One bucket of a sorter.
///
/// Several threads may copy its records.
final class SortedBucket: Sendable {
  /// One record; it lies at a place of the bucket's memory, or else of one of the files.
  struct Record {
    fileprivate var parent: UInt32
    fileprivate var storedByteCount: UInt32
    fileprivate var offset: Int
    fileprivate var location: UInt64
    fileprivate var at: Int
    fileprivate var file: Int32

    var byteCount: Int { Int(storedByteCount) }
    var isMalformed: Bool { location >= RecordPlace.malformed }

    var place: LineMap.Place {
      LineMap.Place(
        file: Int((location & ~RecordPlace.malformed) >> RecordPlace.fileShift),
        line: Int(location & RecordPlace.lineMask), offset: offset)
    }

    /// Rises along the files.
    fileprivate var order: UInt64 { location & ~RecordPlace.malformed }
  }

  let records: [Record]
  private let files: [SpillFile]
  /// The records' memory, which goes back where it came from; nil if they stay in the file.
  private let buffer: PieceBuffer?
  private let pool: PieceBufferPool

  /// Reads and sorts a bucket.
  init(
    _ bucket: RecordSorter.Bucket, of sorter: RecordSorter, pool: PieceBufferPool
  ) throws(LoadError) {
    files = sorter.files
    self.pool = pool
    let byteCount = bucket.byteCount
    var found: [Record] = []
    if byteCount <= sorter.bucketByteCountMax {
      let buffer = pool.take(byteCountMin: byteCount)
      self.buffer = buffer
      var end = 0
      for extent in bucket.extents {
        let part = unsafe ScratchView(buffer.view.base + end, count: extent.byteCount)
        try files[extent.file].read(extent.offset, into: part)
        end += extent.byteCount
      }
      Self.find(in: buffer.view.lent(count: end), at: 0, of: 0, &found)
    } else {
      buffer = nil
      for extent in bucket.extents {
        let part = Scratch<UInt8>(count: extent.byteCount)
        try files[extent.file].read(extent.offset, into: part.view)
        Self.find(
          in: part.view.lent(count: extent.byteCount), at: extent.offset, of: extent.file, &found)
      }
    }
    records = bucket.isSorted ? found : Self.sorted(found, parentCount: sorter.parentSpan)
  }

  deinit { if let buffer { pool.give(back: buffer) } }

  /// Adds the records among bytes that lie at a place.
  private static func find(
    in bytes: LentBytes, at place: Int, of file: Int, _ found: inout [Record]
  ) {
    var at = 0
    while at < bytes.count {
      let record = Record(
        parent: bytes.load(at), storedByteCount: bytes.load(at + 4),
        offset: Int(bytes.load(at + 8, as: Int64.self)), location: bytes.load(at + 16),
        at: place + at + RecordSorter.headByteCount, file: Int32(file))
      found.append(record)
      at += RecordSorter.headByteCount + record.byteCount
    }
  }

  /// Sorts records by parent, and those of one parent by place.
  private static func sorted(_ found: [Record], parentCount: Int) -> [Record] {
    var ends = [Int](repeating: 0, count: parentCount)
    for record in found { ends[Int(record.parent)] += 1 }
    var count = 0
    for parent in ends.indices {
      (ends[parent], count) = (count, count + ends[parent])
    }
    guard let first = found.first else { return [] }
    var sorted = [Record](repeating: first, count: found.count)
    for record in found {
      sorted[ends[Int(record.parent)]] = record
      ends[Int(record.parent)] += 1
    }
    var start = 0
    for end in ends {
      sortByPlace(&sorted, start..<end)
      start = end
    }
    return sorted
  }

  private static func sortByPlace(_ records: inout [Record], _ range: Range<Int>) {
    guard range.count <= 16 else {
      return records[range].sort { $0.order < $1.order }
    }
    for index in range.dropFirst() {
      let record = records[index]
      var place = index
      while place > range.lowerBound, records[place - 1].order > record.order {
        records[place] = records[place - 1]
        place -= 1
      }
      records[place] = record
    }
  }

  /// Copies a record and returns the end of the copy.
  func copy(_ record: Record, to target: ScratchView<UInt8>, at end: Int) throws(LoadError) -> Int {
    precondition(end + record.byteCount <= target.count)
    if let buffer {
      return target.write(
        buffer.view.from(record.at).lent(count: record.byteCount), at: end)
    }
    try files[Int(record.file)].read(
      record.at, into: unsafe ScratchView(target.base + end, count: record.byteCount))
    return end + record.byteCount
  }
}
