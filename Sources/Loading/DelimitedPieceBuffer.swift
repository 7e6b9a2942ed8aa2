// The memory that pieces lie in, used again and again.

import Bytes
import Synchronization

/// Memory for a piece, with room behind it for a line feed and for reads of 64 bytes at a time.
@safe
final class PieceBuffer: @unchecked Sendable {
  static let slackByteCount = 128

  /// The memory without the room behind it.
  let view: ScratchView<UInt8>
  private let scratch: Scratch<UInt8>

  init(byteCount: Int) {
    scratch = Scratch(count: byteCount + Self.slackByteCount)
    view = unsafe ScratchView(scratch.view.base, count: byteCount)
  }
}

/// Buffers of one size that wait for their next piece.
final class PieceBufferPool: Sendable {
  private let byteCount: Int
  private let waiting = Mutex<[PieceBuffer]>([])

  init(byteCount: Int) { self.byteCount = byteCount }

  /// A buffer of at least `byteCountMin` bytes with anything in it.
  func take(byteCountMin: Int) -> PieceBuffer {
    if byteCountMin <= byteCount, let buffer = waiting.withLock({ $0.popLast() }) { return buffer }
    return PieceBuffer(byteCount: max(byteCount, byteCountMin))
  }

  /// Keeps a buffer for later, unless a long record made it grow.
  func give(back buffer: PieceBuffer) {
    guard buffer.view.count == byteCount else { return }
    waiting.withLock { $0.append(buffer) }
  }
}
