// One partition of an index run: fingerprints and rows of keys, in buckets of about 16.
//
//     OFFSET  SIZE  FIELD
//     0       4     magic, "HXRP"
//     4       2     version, 1
//     6       1     partition bits p of the run, 0...16
//     7       1     key kind: 40 or 64
//     8       4     entry count n
//     12      4     bucket count b: n / 16 rounded up, at least 1
//     16      4     least row
//     20      1     row width w in bits, 0...32
//     21      1     start width in bytes, 2 or 4
//     22      42    zero
//     64            bucket starts, b + 1 of them: the number of entries in earlier buckets. In 2
//                   bytes less 16 times the bucket, signed; in 4 bytes as it is. Then zeros to a
//                   multiple of 8
//     ...           the buckets without gaps, as bits from the lowest of each byte on: of each
//                   bucket its fingerprints, 7 bits each, and then its rows less the least row,
//                   w bits each. n * (7 + w) bits, then zeros to a multiple of 8
//     ...     8     zero
//
// Entries of a bucket are in order of (hash, row). The last 8 bytes let a load of 8 bytes begin at
// the last bit.
//
// Invariants, checked when a partition is opened:
//   - the header's fields are in their ranges, and the byte count is what they say
//   - starts rise from 0 to n
// A row is not checked here: the caller compares it with the table's row count.

package import Bytes

/// Offsets and limits of the stored form.
enum IndexRunPartitionLayout {
  static let magic: UInt32 = 0x5052_5848
  static let version: UInt16 = 1
  static let headerByteCount = 64
  static let slackByteCount = 8
  static let bucketEntryCountMean = 16
  static let fingerprintBits = 7
  /// The lowest bit of each of eight fingerprints side by side.
  static let fingerprintOnes: UInt64 = 0x2_0408_1020_4081

  static func bucketCount(entryCount: Int) -> Int {
    max(1, (entryCount + bucketEntryCountMean - 1) / bucketEntryCountMean)
  }

  static func bucketsOffset(bucketCount: Int, startByteCount: Int) -> Int {
    (headerByteCount + (bucketCount + 1) * startByteCount + 7) & ~7
  }

  static func byteCount(bucketsOffset: Int, entryCount: Int, rowWidth: Int) -> Int {
    let bitCount = entryCount * (fingerprintBits + rowWidth)
    return bucketsOffset + (bitCount + 63) / 64 * 8 + slackByteCount
  }
}

/// One partition, checked and ready for look-ups; 32 bytes, to be kept in arrays.
@safe package struct IndexRunPartition: @unchecked Sendable {
  private let base: UnsafeRawPointer
  private let bucketsOffset: UInt32
  private let bucketCount: UInt32
  private let storedEntryCount: UInt32
  private let leastRow: UInt32
  private let partitionBits: UInt8
  private let rowWidth: UInt8
  private let startByteCount: UInt8

  /// Opens stored bytes, which must outlive this value.
  ///
  /// After it, no look-up leaves the bytes, whatever they say.
  package init(_ bytes: LentBytes) throws(Corruption) {
    typealias Layout = IndexRunPartitionLayout
    guard bytes.count >= Layout.headerByteCount else {
      throw Corruption(.partition, at: bytes.count)
    }
    try IndexRunPartition.require(bytes.load(0, as: UInt32.self) == Layout.magic, at: 0)
    try IndexRunPartition.require(bytes.load(4, as: UInt16.self) == Layout.version, at: 4)
    try IndexRunPartition.require(Int(bytes[6]) <= IndexRunShape.partitionBitsMax, at: 6)
    try IndexRunPartition.require(IndexKeyKind(rawValue: bytes[7]) != nil, at: 7)
    let entryCount = Int(bytes.load(8, as: UInt32.self))
    let bucketCount = Int(bytes.load(12, as: UInt32.self))
    try IndexRunPartition.require(
      bucketCount == Layout.bucketCount(entryCount: entryCount), at: 12)
    let rowWidth = Int(bytes[20])
    try IndexRunPartition.require(rowWidth <= 32, at: 20)
    let startByteCount = Int(bytes[21])
    try IndexRunPartition.require(startByteCount == 2 || startByteCount == 4, at: 21)
    for offset in 22..<Layout.headerByteCount {
      try IndexRunPartition.require(bytes[offset] == 0, at: offset)
    }
    let bucketsOffset = Layout.bucketsOffset(
      bucketCount: bucketCount, startByteCount: startByteCount)
    try IndexRunPartition.require(
      bytes.count
        == Layout.byteCount(
          bucketsOffset: bucketsOffset, entryCount: entryCount, rowWidth: rowWidth),
      at: 8)

    unsafe base = unsafe bytes.base
    self.bucketsOffset = UInt32(bucketsOffset)
    self.bucketCount = UInt32(bucketCount)
    storedEntryCount = UInt32(entryCount)
    leastRow = bytes.load(16)
    partitionBits = bytes[6]
    self.rowWidth = UInt8(rowWidth)
    self.startByteCount = UInt8(startByteCount)
    try checkStarts()
  }

  /// Keys in this partition.
  package var entryCount: Int { Int(storedEntryCount) }

  /// Bits of a hash that choose a partition.
  package var runPartitionBits: Int { Int(partitionBits) }

  /// Writes the rows of keys that may have this hash into `rows`, and returns how many there are.
  ///
  /// All keys with this hash are among them, in rising order of (hash, row); of other keys about
  /// one in 8 look-ups finds one. When there are more than `rows` has room for, only the first are
  /// written.
  package func candidates(hash: UInt64, into rows: ScratchView<UInt32>) -> Int {
    let (bucket, fingerprint) = place(hash)
    let start = self.start(bucket)
    let count = self.start(bucket &+ 1) &- start
    let width = Int(rowWidth)
    let bits = IndexRunPartitionLayout.fingerprintBits
    let ones = IndexRunPartitionLayout.fingerprintOnes
    var bit = Int(bucketsOffset) &* 8 &+ start &* (bits &+ width)
    let rowsBit = bit &+ count &* bits
    let rowMask = (UInt64(1) << UInt64(width)) &- 1
    let wanted = fingerprint &* ones
    let (low, high) = (ones &* 0x3f, ones &* 0x40)
    var found = 0
    var index = 0
    while index < count {
      // Eight fingerprints at a time: with a shift of up to 7 bits a load has no more whole ones.
      // A lane's high bit stays clear in `unlike` where all seven bits of the lane are zero.
      let difference = (load(bit) ^ wanted) & (low | high)
      let unlike = ((difference & low) &+ low) | difference
      var equal = ~unlike & high
      let left = count &- index
      if left < 8 { equal &= (UInt64(1) << UInt64(left &* bits)) &- 1 }
      while equal != 0 {
        let lane = index &+ equal.trailingZeroBitCount / bits
        if found < rows.count {
          let row = load(rowsBit &+ lane &* width) & rowMask
          rows[found] = leastRow &+ UInt32(truncatingIfNeeded: row)
        }
        found &+= 1
        equal &= equal &- 1
      }
      index &+= 8
      bit &+= 8 &* bits
    }
    return found
  }

  /// Asks for the line that says where the bucket of a hash is.
  package func prefetchStart(hash: UInt64) {
    let (bucket, _) = place(hash)
    unsafe prefetch(
      LentBytes(base, count: 0),
      at: IndexRunPartitionLayout.headerByteCount &+ bucket &* Int(startByteCount))
  }

  /// Asks for the lines of the bucket of a hash, once its start has come.
  package func prefetchBucket(hash: UInt64) {
    let (bucket, _) = place(hash)
    let bit = start(bucket) &* (IndexRunPartitionLayout.fingerprintBits &+ Int(rowWidth))
    let offset = Int(bucketsOffset) &+ bit >> 3
    unsafe prefetch(LentBytes(base, count: 0), at: offset)
    unsafe prefetch(LentBytes(base, count: 0), at: offset &+ 64)
  }

  /// How many buckets the entries lie in.
  package var buckets: Int { Int(bucketCount) }

  /// Calls `body` with bucket, fingerprint and row of each entry, in stored order.
  package func forEach(_ body: (_ bucket: Int, _ fingerprint: UInt8, _ row: UInt32) -> Void) {
    let width = Int(rowWidth)
    let rowMask = (UInt64(1) << UInt64(width)) &- 1
    for bucket in 0..<Int(bucketCount) {
      let start = self.start(bucket)
      let count = self.start(bucket + 1) - start
      let bits = IndexRunPartitionLayout.fingerprintBits
      let bit = Int(bucketsOffset) * 8 + start * (bits + width)
      for index in 0..<count {
        let row = load(bit + count * bits + index * width) & rowMask
        body(
          bucket, UInt8(truncatingIfNeeded: load(bit + index * bits) & 0x7f),
          leastRow &+ UInt32(truncatingIfNeeded: row))
      }
    }
  }

  @inline(__always)
  private func place(_ hash: UInt64) -> (bucket: Int, fingerprint: UInt64) {
    Self.place(hash, partitionBits: UInt64(partitionBits), bucketCount: UInt64(bucketCount))
  }

  /// Where a hash belongs in a partition of so many buckets.
  @inline(__always)
  static func place(
    _ hash: UInt64, partitionBits: UInt64, bucketCount: UInt64
  ) -> (bucket: Int, fingerprint: UInt64) {
    let rest = (hash << partitionBits) >> 32
    let product = rest &* bucketCount
    return (Int(truncatingIfNeeded: product >> 32), (product >> 25) & 0x7f)
  }

  /// Entries in buckets before `bucket`, which is at most the bucket count.
  @inline(__always)
  private func start(_ bucket: Int) -> Int {
    let starts = IndexRunPartitionLayout.headerByteCount
    if startByteCount == 2 {
      let distance = unsafe base.loadUnaligned(
        fromByteOffset: starts &+ bucket &* 2, as: Int16.self)
      return bucket &* 16 &+ Int(Int16(littleEndian: distance))
    }
    let stored = unsafe base.loadUnaligned(fromByteOffset: starts &+ bucket &* 4, as: UInt32.self)
    return Int(UInt32(littleEndian: stored))
  }

  /// 57 bits or more from a bit on.
  @inline(__always)
  private func load(_ bit: Int) -> UInt64 {
    let word = unsafe base.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self)
    return UInt64(littleEndian: word) >> UInt64(bit & 7)
  }

  private func checkStarts() throws(Corruption) {
    var last = 0
    for bucket in 0...Int(bucketCount) {
      let start = self.start(bucket)
      let isLast = bucket == Int(bucketCount)
      guard start >= last, start <= entryCount, bucket > 0 || start == 0,
        !isLast || start == entryCount
      else {
        throw Corruption(
          .partition,
          at: IndexRunPartitionLayout.headerByteCount + bucket * Int(startByteCount))
      }
      last = start
    }
  }

  private static func require(_ isKept: Bool, at offset: Int) throws(Corruption) {
    guard isKept else { throw Corruption(.partition, at: offset) }
  }
}
