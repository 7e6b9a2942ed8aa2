// A piece of delimited text that holds whole records, in memory of its own.

import Bytes
import CKernels

/// Whole records of delimited text, owned by one worker at a time.
///
/// Its memory goes back to the pool when the last reference to the piece is gone.
@safe
final class DelimitedPiece: @unchecked Sendable {
  /// The place of the piece among its file's pieces, the first being 0.
  let number: Int
  /// The offset of the piece in the decompressed bytes of its file.
  let byteOffset: Int
  /// The physical line of the piece's first byte, the file's first line being 1.
  let firstLine: Int
  /// Line feeds among its bytes.
  let lineFeedCount: Int
  /// The bytes of the piece; the one after them is a line feed, and 64 more may be read.
  let bytes: LentBytes
  private let buffer: PieceBuffer
  private let pool: PieceBufferPool

  /// Takes the first `count` bytes of the buffer.
  init(
    _ buffer: PieceBuffer, count: Int, number: Int, byteOffset: Int, firstLine: Int,
    lineFeedCount: Int, pool: PieceBufferPool
  ) {
    precondition(count <= buffer.view.count && count <= Int(Int32.max))
    unsafe buffer.view.base[count] = .lineFeed
    bytes = unsafe LentBytes(buffer.view.base, count: count)
    self.buffer = buffer
    self.number = number
    self.byteOffset = byteOffset
    self.firstLine = firstLine
    self.lineFeedCount = lineFeedCount
    self.pool = pool
  }

  deinit { pool.give(back: buffer) }
}

extension UInt8 {
  static let lineFeed: UInt8 = 0x0a
  static let carriageReturn: UInt8 = 0x0d
  static let quote: UInt8 = 0x22
}

/// Line feeds among `count` bytes; up to 63 bytes after them are read too.
func lineFeedCount(_ base: UnsafePointer<UInt8>, count: Int) -> Int {
  var lines = 0
  var at = 0
  while at < count {
    let rest = count &- at
    let valid = rest >= 64 ? ~0 : ~(~0 &<< UInt64(rest))
    lines &+= unsafe (hearth_mask64(base + at, .lineFeed) & valid).nonzeroBitCount
    at &+= 64
  }
  return lines
}
