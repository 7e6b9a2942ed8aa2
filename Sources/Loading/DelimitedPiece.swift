// A piece of delimited text that holds whole records, in memory of its own.

import Bytes

/// Whole records of delimited text, owned by one worker at a time.
///
/// Its memory goes back to the pool when the last reference to the piece is gone.
@safe
final class DelimitedPiece: @unchecked Sendable {
  /// The place of the piece among all pieces of its source, the first being 0.
  let number: Int
  /// The file that it is a piece of, among those of its source.
  let file: Int
  /// How that file is written.
  let dialect: DelimitedDialect
  /// The offset of the piece in the decompressed bytes of its file.
  let byteOffset: Int
  /// The physical line of the piece's first byte, the file's first line being 1.
  let firstLine: Int
  /// Line ends among its bytes, or as many as it has records where those are sorted.
  let lineEndCount: Int
  /// Where its records stood, by record, if they are sorted; its own place says nothing then.
  let origins: [RecordOrigin]
  /// The bytes of the piece; the one after them is a line feed, and 64 more may be read.
  let bytes: LentBytes
  private let buffer: PieceBuffer
  private let pool: PieceBufferPool

  /// Takes the first `count` bytes of the buffer; with `origins` they are sorted records of one
  /// file, and what is said of their place there is in these alone.
  init(
    _ buffer: PieceBuffer, count: Int, number: Int, file: Int, dialect: DelimitedDialect,
    byteOffset: Int = 0, firstLine: Int = 1, lineEndCount: Int, origins: [RecordOrigin] = [],
    pool: PieceBufferPool
  ) {
    precondition(count <= buffer.view.count && count <= Int(Int32.max))
    unsafe buffer.view.base[count] = .lineFeed
    bytes = unsafe LentBytes(buffer.view.base, count: count)
    self.buffer = buffer
    self.number = number
    self.file = file
    self.dialect = dialect
    self.byteOffset = byteOffset
    self.firstLine = firstLine
    self.lineEndCount = lineEndCount
    self.origins = origins
    self.pool = pool
  }

  deinit { pool.give(back: buffer) }
}

/// Where a record that begins at `start` in its piece stood in its file.
struct RecordOrigin {
  var start: Int
  var place: LineMap.Place
}
