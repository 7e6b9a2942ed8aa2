// Encrypts messages one after another so that none can be changed, left out, repeated or moved, and
// the end cannot be cut off: XChaCha20-Poly1305 as a stream of libsodium (`secretstream`).
//
// Each message grows by `overheadByteCount`. The stream begins with `beginningByteCount` bytes that
// are not secret and that the reading side needs first. What is read with a message, but not
// encrypted, is its context: both sides must give the same.

package import Bytes
import CSodium

/// What encrypting adds.
package enum EncryptedStream {
  package static let beginningByteCount = Int(crypto_secretstream_xchacha20poly1305_HEADERBYTES)
  package static let overheadByteCount = 17
}

/// The writing side of one stream; used by one thread at a time.
@safe package final class StreamEncryptor {
  /// What the reading side needs first.
  package let beginning: [UInt8]
  private let state: UnsafeMutablePointer<crypto_secretstream_xchacha20poly1305_state>
  private var hasEnded = false

  package init(_ key: EncryptionKey) {
    unsafe state = .allocate(capacity: 1)
    var beginning = [UInt8](repeating: 0, count: EncryptedStream.beginningByteCount)
    let status = unsafe crypto_secretstream_xchacha20poly1305_init_push(
      state, &beginning, key.bytes)
    precondition(status == 0)
    self.beginning = beginning
  }

  deinit {
    unsafe sodium_memzero(state, MemoryLayout.size(ofValue: state.pointee))
    unsafe state.deallocate()
  }

  /// Encrypts a message into room for `overheadByteCount` more bytes; nothing follows the last.
  package func encrypt(
    _ message: LentBytes, context: [UInt8], isLast: Bool, into room: ScratchView<UInt8>
  ) -> Int {
    precondition(!hasEnded)
    precondition(room.count >= message.count + EncryptedStream.overheadByteCount)
    hasEnded = isLast
    let tag =
      isLast
      ? crypto_secretstream_xchacha20poly1305_tag_final()
      : crypto_secretstream_xchacha20poly1305_tag_message()
    let status = unsafe crypto_secretstream_xchacha20poly1305_push(
      state, room.base, nil, message.base.assumingMemoryBound(to: UInt8.self),
      UInt64(message.count), context, UInt64(context.count), tag)
    precondition(status == 0)
    return message.count + EncryptedStream.overheadByteCount
  }
}

/// The reading side of one stream; used by one thread at a time.
@safe package final class StreamDecryptor {
  private let state: UnsafeMutablePointer<crypto_secretstream_xchacha20poly1305_state>

  /// `beginning` is what the writing side had; nil when it cannot be one.
  package init?(_ key: EncryptionKey, beginning: [UInt8]) {
    guard beginning.count == EncryptedStream.beginningByteCount else { return nil }
    unsafe state = .allocate(capacity: 1)
    let status = unsafe crypto_secretstream_xchacha20poly1305_init_pull(
      state, beginning, key.bytes)
    guard status == 0 else { return nil }
  }

  deinit {
    unsafe sodium_memzero(state, MemoryLayout.size(ofValue: state.pointee))
    unsafe state.deallocate()
  }

  /// Decrypts the next message of the stream into room for it; nil when it is not what was
  /// encrypted as this one, with this context.
  package func decrypt(
    _ sealed: LentBytes, context: [UInt8], into room: ScratchView<UInt8>
  ) -> (byteCount: Int, isLast: Bool)? {
    guard sealed.count >= EncryptedStream.overheadByteCount else { return nil }
    let byteCount = sealed.count - EncryptedStream.overheadByteCount
    precondition(room.count >= byteCount)
    var tag: UInt8 = 0
    let status = unsafe crypto_secretstream_xchacha20poly1305_pull(
      state, room.base, nil, &tag, sealed.base.assumingMemoryBound(to: UInt8.self),
      UInt64(sealed.count), context, UInt64(context.count))
    guard status == 0 else { return nil }
    return (byteCount, tag == crypto_secretstream_xchacha20poly1305_tag_final())
  }
}
