// Sorts the entries of one partition and writes its stored form.
//
// In three steps, so that the stored form goes straight into memory of the file: append entries,
// `sort`, and then, with `byteCount` known, `write`. One writer serves one thread for many
// partitions, one after another; its memory is at most 22 bytes an entry of the largest.

package import Bytes

/// Two rows of a unique index with the same key; the earlier one stays.
package struct IndexDuplicate: Equatable, Sendable {
  /// The row that stays.
  package let earlier: UInt32
  /// The row that has the key again.
  package let later: UInt32
}

/// Sorts the entries of one partition and writes its stored form.
package final class IndexRunWriter {
  private typealias Layout = IndexRunPartitionLayout
  /// Sorting cells in a bucket: with two entries in each, little is left to the insertion sort.
  private static let cellsPerBucket = 8
  /// Cells of more entries hold many equal hashes and are sorted by comparison first.
  private static let cellEntryCountMax = 64

  private let shape: IndexRunShape
  private var partition = 0
  private var unsorted = Scratch<UInt64>(count: 0)
  private var sorted = Scratch<UInt64>(count: 0)
  private var counts = Scratch<UInt32>(count: 0)
  private var isSorted = false
  private var bucketCount = 1
  private var leastRow: UInt32 = 0
  private var rowWidth = 0
  private var startByteCount = 2

  /// Entries appended, and after `sort` those that stay.
  package private(set) var entryCount = 0
  /// After `sort`, rows whose entries have the hash bits of an earlier row's, in rising order.
  ///
  /// Their keys are equal if the shape's `areEntriesExact`; otherwise they must be compared.
  package private(set) var duplicates: [IndexDuplicate] = []

  package init(shape: IndexRunShape) { self.shape = shape }

  /// Starts a partition, forgetting the one before.
  package func begin(partition: Int) {
    precondition(partition >= 0 && partition < shape.partitionCount)
    self.partition = partition
    entryCount = 0
    isSorted = false
    duplicates.removeAll(keepingCapacity: true)
  }

  /// Adds a key's hash and row.
  package func append(hash: UInt64, row: UInt32) {
    precondition(shape.partition(of: hash) == partition)
    let room = room(for: 1)
    room[0] = shape.entry(hash: hash, row: row)
  }

  /// Adds entries that `shape.entry` made.
  func append(_ entries: ScratchView<UInt64>, count: Int) {
    let room = room(for: count)
    for index in 0..<count { room[index] = entries[index] }
  }

  private func room(for count: Int) -> ScratchView<UInt64> {
    precondition(!isSorted)
    if entryCount + count > unsorted.view.count {
      let larger = Scratch<UInt64>(count: max(1_024, (entryCount + count) * 5 / 4))
      let (from, to) = (unsorted.view, larger.view)
      for index in 0..<entryCount { to[index] = from[index] }
      unsorted = larger
    }
    entryCount += count
    return unsorted.view.from(entryCount - count)
  }

  /// Sorts the entries by (hash, row) and finds equal hashes.
  ///
  /// With `keepsFirstOnly` the entry with the least row stays of each hash; this is right only if
  /// the shape's `areEntriesExact`.
  package func sort(findingDuplicates: Bool = false, keepsFirstOnly: Bool = false) {
    precondition(!isSorted)
    precondition(!keepsFirstOnly || shape.areEntriesExact)
    isSorted = true
    if sorted.view.count < entryCount { sorted = Scratch(count: unsorted.view.count) }
    let cellCount = Layout.bucketCount(entryCount: entryCount) * IndexRunWriter.cellsPerBucket
    if counts.view.count < cellCount + 1 { counts = Scratch(count: cellCount * 5 / 4 + 1) }
    scatterEntries(
      from: unsorted.view, to: sorted.view, count: entryCount, counts: counts.view,
      cellCount: cellCount)
    sortLargeCells(cellCount)
    sortByInsertion(sorted.view, count: entryCount)
    if findingDuplicates || keepsFirstOnly { findDuplicates(keepsFirstOnly: keepsFirstOnly) }
    measure(areCellsFull: !keepsFirstOnly)
  }

  /// Bytes that `write` fills.
  package var byteCount: Int {
    precondition(isSorted)
    return Layout.byteCount(
      bucketsOffset: Layout.bucketsOffset(
        bucketCount: bucketCount, startByteCount: startByteCount),
      entryCount: entryCount, rowWidth: rowWidth)
  }

  /// Writes the stored form into exactly `byteCount` bytes.
  package func write(into target: ScratchView<UInt8>) {
    precondition(isSorted)
    precondition(target.count == byteCount)
    let bucketsOffset = Layout.bucketsOffset(
      bucketCount: bucketCount, startByteCount: startByteCount)
    var header = ByteWriter(capacity: Layout.headerByteCount)
    header.append(Layout.magic)
    header.append(Layout.version)
    header.append(UInt8(shape.partitionBits))
    header.append(shape.keyKind.rawValue)
    header.append(UInt32(entryCount))
    header.append(UInt32(bucketCount))
    header.append(leastRow)
    header.append(UInt8(rowWidth))
    header.append(UInt8(startByteCount))
    header.pad(to: Layout.headerByteCount)
    for index in 0..<Layout.headerByteCount { target[index] = header.bytes[index] }

    let starts = counts.view
    for bucket in 0...bucketCount {
      let offset = Layout.headerByteCount + bucket * startByteCount
      let start = Int(starts[bucket]) - (startByteCount == 2 ? bucket * 16 : 0)
      for byte in 0..<startByteCount {
        target[offset + byte] = UInt8(truncatingIfNeeded: start >> (8 * byte))
      }
    }
    for offset in Layout.headerByteCount + (bucketCount + 1) * startByteCount..<bucketsOffset {
      target[offset] = 0
    }
    packBuckets(
      sorted.view, starts: starts, bucketCount: bucketCount, rowBits: shape.rowBits,
      leastRow: leastRow, rowWidth: rowWidth, into: target.from(bucketsOffset))
  }

  /// The stored form as an array.
  package func bytes() -> [UInt8] {
    let count = byteCount
    return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
      guard let base = buffer.baseAddress else { return }
      unsafe write(into: ScratchView(base, count: count))
      written = count
    }
  }

  /// Sorts cells so large that insertion would be slow; `counts` holds where each cell ends.
  private func sortLargeCells(_ cellCount: Int) {
    let (entries, ends) = (sorted.view, counts.view)
    var start = 0
    for cell in 0..<cellCount {
      let end = Int(ends[cell])
      if end - start > IndexRunWriter.cellEntryCountMax {
        var cellEntries = (start..<end).map { entries[$0] }
        cellEntries.sort()
        for index in start..<end { entries[index] = cellEntries[index - start] }
      }
      start = end
    }
  }

  private func findDuplicates(keepsFirstOnly: Bool) {
    let entries = sorted.view
    let rowBits = UInt64(shape.rowBits)
    let rowMask = (UInt64(1) << rowBits) - 1
    var keptCount = min(1, entryCount)
    var first = 0
    for index in 1..<max(1, entryCount) {
      let entry = entries[index]
      if (entry ^ entries[first]) >> rowBits == 0 {
        duplicates.append(
          IndexDuplicate(
            earlier: UInt32(entries[first] & rowMask), later: UInt32(entry & rowMask)))
        if keepsFirstOnly { continue }
      } else {
        first = keptCount
      }
      entries[keptCount] = entry
      keptCount += 1
    }
    entryCount = keptCount
  }

  /// Chooses bucket count and widths, and leaves the buckets' starts in `counts`.
  ///
  /// With `areCellsFull` no entry has been left out since they were scattered.
  private func measure(areCellsFull: Bool) {
    bucketCount = Layout.bucketCount(entryCount: entryCount)
    if counts.view.count < bucketCount + 1 { counts = Scratch(count: bucketCount + 1) }
    let entries = sorted.view
    let rowMask = (UInt64(1) << UInt64(shape.rowBits)) &- 1
    var (least, greatest) = (entryCount == 0 ? 0 : UInt64.max, UInt64(0))
    for index in 0..<entryCount {
      let row = entries[index] & rowMask
      least = min(least, row)
      greatest = max(greatest, row)
    }
    if areCellsFull { startBucketsAtCells() } else { startBuckets() }
    let starts = counts.view
    leastRow = UInt32(least)
    rowWidth = UInt64.bitWidth - (greatest - least).leadingZeroBitCount
    let isNarrow = (0...bucketCount).allSatisfy {
      Int16(exactly: Int(starts[$0]) - $0 * 16) != nil
    }
    startByteCount = isNarrow ? 2 : 4
  }

  /// Makes the ends of cells the starts of the buckets that they are parts of.
  private func startBucketsAtCells() {
    let counts = counts.view
    // The last cell of a bucket ends where the next begins; written places are read no more.
    var start: UInt32 = 0
    for bucket in 0..<bucketCount {
      let end = counts[(bucket &+ 1) &* IndexRunWriter.cellsPerBucket &- 1]
      counts[bucket] = start
      start = end
    }
    counts[bucketCount] = start
  }

  private func startBuckets() {
    let (entries, starts) = (sorted.view, counts.view)
    var bucket = 0
    starts[0] = 0
    for index in 0..<entryCount {
      let own = Int(truncatingIfNeeded: ((entries[index] >> 32) &* UInt64(bucketCount)) >> 32)
      while bucket < own {
        bucket &+= 1
        starts[bucket] = UInt32(truncatingIfNeeded: index)
      }
    }
    while bucket < bucketCount {
      bucket += 1
      starts[bucket] = UInt32(entryCount)
    }
  }
}

/// Distributes entries over cells of rising hash; afterwards `counts` holds where each cell ends.
private func scatterEntries(
  from source: ScratchView<UInt64>, to target: ScratchView<UInt64>, count: Int,
  counts: ScratchView<UInt32>, cellCount: Int
) {
  let cells = UInt64(cellCount)
  for cell in 0..<cellCount { counts[cell] = 0 }
  for index in 0..<count {
    let cell = Int(truncatingIfNeeded: ((source[index] >> 32) &* cells) >> 32)
    counts[cell] = counts[cell] &+ 1
  }
  var start: UInt32 = 0
  for cell in 0..<cellCount {
    let cellEntryCount = counts[cell]
    counts[cell] = start
    start &+= cellEntryCount
  }
  for index in 0..<count {
    let entry = source[index]
    let cell = Int(truncatingIfNeeded: ((entry >> 32) &* cells) >> 32)
    let place = counts[cell]
    target[Int(place)] = entry
    counts[cell] = place &+ 1
  }
}

/// Sorts entries that are all near their places.
private func sortByInsertion(_ entries: ScratchView<UInt64>, count: Int) {
  for index in 1..<max(1, count) {
    let entry = entries[index]
    var place = index
    while place > 0, entries[place &- 1] > entry {
      entries[place] = entries[place &- 1]
      place &-= 1
    }
    entries[place] = entry
  }
}

/// Writes fingerprints and rows bucket by bucket, and the zeros after them.
private func packBuckets(
  _ entries: ScratchView<UInt64>, starts: ScratchView<UInt32>, bucketCount: Int, rowBits: Int,
  leastRow: UInt32, rowWidth: Int, into target: ScratchView<UInt8>
) {
  let rowMask = (UInt64(1) << UInt64(rowBits)) &- 1
  let buckets = UInt64(bucketCount)
  let width = UInt64(rowWidth)
  var bits = BitPacker(target)
  for bucket in 0..<bucketCount {
    let start = Int(starts[bucket])
    let end = Int(starts[bucket &+ 1])
    for index in start..<end {
      bits.append((((entries[index] >> 32) &* buckets) >> 25) & 0x7f, width: 7)
    }
    for index in start..<end {
      bits.append((entries[index] & rowMask) &- UInt64(leastRow), width: width)
    }
  }
  bits.finish()
}

/// Writes bits from the lowest of each byte on.
private struct BitPacker {
  private let target: ScratchView<UInt8>
  private var offset = 0
  private var word: UInt64 = 0
  private var filled: UInt64 = 0

  init(_ target: ScratchView<UInt8>) { self.target = target }

  @inline(__always)
  mutating func append(_ value: UInt64, width: UInt64) {
    word |= value &<< filled
    filled &+= width
    guard filled >= 64 else { return }
    store()
    filled &-= 64
    // The bits of `value` that did not fit; a shift by `width` - 0 leaves none.
    word = value >> (width &- filled)
  }

  /// Writes what is left, and zeros to the end.
  mutating func finish() {
    if filled > 0 { store() }
    word = 0
    while offset < target.count { store() }
  }

  @inline(__always)
  private mutating func store() {
    assert(offset &+ 8 <= target.count)
    unsafe UnsafeMutableRawPointer(target.base).storeBytes(
      of: word.littleEndian, toByteOffset: offset, as: UInt64.self)
    offset &+= 8
  }
}
