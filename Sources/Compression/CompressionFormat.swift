// Recognises compressed bytes by how they begin.

package import Bytes

/// The compressed formats that are read.
package enum CompressionFormat: Equatable, Sendable {
  case gzip
  case zstd

  /// The bytes that `detectCompression` needs to see.
  package static let magicByteCount = 4
}

/// The format of bytes that begin so, or nil when they are not compressed.
///
/// A zstd stream may begin with a skippable frame.
package func detectCompression(first bytes: LentBytes) -> CompressionFormat? {
  if bytes.count >= 2, bytes[0] == 0x1f, bytes[1] == 0x8b { return .gzip }
  guard bytes.count >= 4 else { return nil }
  let magic = bytes.load(0, as: UInt32.self)
  return magic == 0xfd2f_b528 || magic & 0xffff_fff0 == 0x184d_2a50 ? .zstd : nil
}
