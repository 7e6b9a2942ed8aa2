// What all partitions of an index run share: how a key becomes a hash, and a hash a place.
//
// A run is 2^p partitions, each a value of its own. All places come from one 64-bit hash:
//   - the upper p bits choose the partition
//   - the rest, as a fraction of 1, times the partition's bucket count: its integer part is the
//     bucket, the next 7 bits are the fingerprint
// So the order of hashes is the order of partitions, buckets and fingerprints.

import Bytes

/// How keys of an index become 64-bit hashes.
package enum IndexKeyKind: UInt8, Sendable {
  /// Integers below 2^40, such as numbers of up to twelve digits: a bijection, in the upper 40
  /// bits.
  case digits = 40
  /// All other keys: a bijection of 64-bit integers, or a hash of bytes.
  case wide = 64

  /// The hash of an integer key.
  ///
  /// A key of 2^40 or more in a `digits` index shares the hash of another key; its candidates do
  /// not pass confirmation.
  @inlinable package func hash(_ key: UInt64) -> UInt64 {
    switch self {
    case .digits: mix40(key) << 24
    case .wide: mix(key)
    }
  }
}

/// The shape of a run: how many partitions, and how entries are packed while it is built.
///
/// An entry is one `UInt64`: the hash without its partition bits in the upper bits, as many as fit,
/// and the row in the lower `rowBits`.
package struct IndexRunShape: Equatable, Sendable {
  /// The mean of entries in a partition is at most this: 800 KB, so that little of the last page is
  /// lost, while a partition is sorted in the processor's cache.
  package static let partitionEntryCountMean = 196_608
  package static let partitionBitsMax = 16

  package let keyKind: IndexKeyKind
  package let partitionBits: Int
  package let rowBits: Int

  /// Chooses the shape for about `entryCount` keys of rows below `rowCountMax`.
  ///
  /// With `isUnique` and `digits` keys there are at least so many partitions that entries tell all
  /// keys apart.
  package init(keyKind: IndexKeyKind, entryCount: Int, rowCountMax: Int, isUnique: Bool = false) {
    precondition(entryCount >= 0)
    precondition(rowCountMax >= 0 && rowCountMax <= 1 << 32)
    let rowBits = max(1, Int.bitWidth - max(0, rowCountMax - 1).leadingZeroBitCount)
    var partitionBits = 0
    while entryCount >> partitionBits > IndexRunShape.partitionEntryCountMean,
      partitionBits < IndexRunShape.partitionBitsMax
    {
      partitionBits += 1
    }
    if isUnique, keyKind == .digits {
      partitionBits = max(partitionBits, Int(keyKind.rawValue) + rowBits - 64)
    }
    self.keyKind = keyKind
    self.rowBits = rowBits
    self.partitionBits = partitionBits
  }

  /// The shape with given sizes.
  package init(keyKind: IndexKeyKind, partitionBits: Int, rowBits: Int) {
    precondition(partitionBits >= 0 && partitionBits <= IndexRunShape.partitionBitsMax)
    precondition(rowBits >= 1 && rowBits <= 32)
    self.keyKind = keyKind
    self.partitionBits = partitionBits
    self.rowBits = rowBits
  }

  package var partitionCount: Int { 1 << partitionBits }

  /// Whether two entries with equal hash bits are of equal keys; otherwise they must be compared.
  package var areEntriesExact: Bool {
    keyKind == .digits && Int(keyKind.rawValue) - partitionBits + rowBits <= 64
  }

  /// The partition that holds a hash.
  @inlinable package func partition(of hash: UInt64) -> Int {
    Int(truncatingIfNeeded: (hash >> 1) >> UInt64(63 &- partitionBits))
  }

  /// The hash and row as an entry of the hash's partition.
  @inlinable package func entry(hash: UInt64, row: UInt32) -> UInt64 {
    let rowMask = (UInt64(1) << UInt64(rowBits)) &- 1
    return ((hash << UInt64(partitionBits)) & ~rowMask) | (UInt64(row) & rowMask)
  }

  /// Ranges of partitions whose entries fit into `byteCountMax` bytes, for builds in several
  /// passes.
  package func passes(entryCount: Int, byteCountMax: Int) -> [Range<Int>] {
    let passCount = max(1, min(partitionCount, (entryCount * 8 + byteCountMax - 1) / byteCountMax))
    return (0..<passCount).map { pass in
      pass * partitionCount / passCount..<(pass + 1) * partitionCount / passCount
    }
  }
}
