// The checksum of bytes that arrive in parts: equal to `checksum` of them all side by side.

import CXXHash

/// XXH3-64 of bytes that arrive in parts.
@safe
package final class StreamingChecksum: @unchecked Sendable {
  private let state: OpaquePointer

  package init() {
    guard let state = unsafe XXH3_createState() else { preconditionFailure("no memory") }
    unsafe self.state = unsafe state
    unsafe XXH3_64bits_reset(state)
  }

  deinit { unsafe XXH3_freeState(state) }

  package func update(_ bytes: LentBytes) {
    unsafe XXH3_64bits_update(state, bytes.base, bytes.count)
  }

  /// The checksum of everything so far; more may follow.
  package var value: UInt64 { unsafe XXH3_64bits_digest(state) }
}
