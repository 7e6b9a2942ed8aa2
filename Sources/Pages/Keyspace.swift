// A named tree of keys and values, and the keys of two numbers that most keyspaces use.

package import Bytes
import CLMDB

/// A named tree of keys and values inside the file; a handle that is valid while its environment is
/// open.
package struct Keyspace: Equatable, Sendable {
  /// Its name in the file.
  package let name: String
  let handle: UInt32
}

/// Two numbers as a key of eight bytes whose byte order is the order of the numbers.
///
///     OFFSET  SIZE  FIELD
///     0       4     first number, big-endian
///     4       4     second number, big-endian
@frozen package struct NumberKey: Hashable, Comparable, Sendable {
  /// The two numbers as one, the first in the upper half.
  package let combined: UInt64

  @inlinable package init(_ first: UInt32, _ second: UInt32) {
    combined = UInt64(first) << 32 | UInt64(second)
  }

  /// A key of one number.
  @inlinable package init(combined: UInt64) { self.combined = combined }

  /// Reads a key that a cursor found; nil when it has not eight bytes.
  @inlinable package init?(_ bytes: LentBytes) {
    guard bytes.count == 8 else { return nil }
    combined = UInt64(bigEndian: UInt64(littleEndian: bytes.load(0, as: UInt64.self)))
  }

  @inlinable package var first: UInt32 { UInt32(truncatingIfNeeded: combined >> 32) }
  @inlinable package var second: UInt32 { UInt32(truncatingIfNeeded: combined) }

  @inlinable package static func < (left: NumberKey, right: NumberKey) -> Bool {
    left.combined < right.combined
  }

  /// The eight bytes, for callers that need them as an array.
  package var bytes: [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: combined >> (56 - 8 * $0)) }
  }

  /// Lends the eight bytes for the length of `body`.
  func lend<Result>(_ body: (LentBytes) throws(PageError) -> Result) throws(PageError) -> Result {
    try unsafe withUnsafeBytes(of: combined.bigEndian) { (bytes) throws(PageError) -> Result in
      try unsafe body(LentBytes(bytes))
    }
  }
}

/// The bytes a key may have at most: the limit of LMDB as distributions build it.
package let keyByteCountMax = 511

extension LentBytes {
  /// These bytes as LMDB wants them; it only reads a key.
  var asValue: MDB_val {
    unsafe MDB_val(mv_size: count, mv_data: UnsafeMutableRawPointer(mutating: base))
  }
}
