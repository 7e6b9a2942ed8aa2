// The key of an encrypted stream: 32 random bytes.

import CSodium

/// A key of 256 bits, and the mark by which it is recognised.
package struct EncryptionKey: Equatable, Sendable {
  package static let byteCount = 32
  package static let markByteCount = 16

  let bytes: [UInt8]

  /// A key out of 32 bytes, which must come from a source of random numbers; nil for any other
  /// count.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }

  /// BLAKE2b of the key in 16 bytes: says whether a key is the right one, and nothing of the key.
  package var mark: [UInt8] {
    var mark = [UInt8](repeating: 0, count: Self.markByteCount)
    let status = unsafe crypto_generichash(
      &mark, mark.count, bytes, UInt64(bytes.count), nil, 0)
    precondition(status == 0)
    return mark
  }
}
