// Cuts the content of a file into pieces of whole records, one after the other.

import Bytes

/// The part of reading that only one worker does at a time.
struct DelimitedCutter {
  /// Bytes that are read at first to find the end of the header.
  private static let headerByteCount = 1 << 16

  private let input: InputText
  private let file: Int
  let dialect: DelimitedDialect
  private let limits: DelimitedLimits
  /// Of small buffers until the first piece behind the header is asked for.
  private var pool = PieceBufferPool(byteCount: 0)
  private var buffer = PieceBuffer(byteCount: 0)
  /// Bytes in the buffer; the first begins a record.
  private var filledCount = 0
  /// Where the buffer's first byte lies in the content, and on which line.
  private var byteOffset = 0
  private var line = 1
  private var inputHasEnded = false
  private var failure: DelimitedError?

  /// `file` is the number of the file among those of its source.
  init(_ input: InputText, file: Int, dialect: DelimitedDialect, limits: DelimitedLimits) {
    precondition(limits.pieceByteCount > 0)
    precondition(limits.pieceByteCount <= limits.recordByteCountMax)
    precondition(limits.recordByteCountMax < 1 << 30)
    precondition(![.quote, .lineFeed, .carriageReturn].contains(dialect.delimiter))
    self.input = input
    self.file = file
    self.dialect = dialect
    self.limits = limits
  }

  /// Passes over the bytes before an offset of the content.
  ///
  /// Called before a piece is taken.
  mutating func skip(to offset: Int) throws(DelimitedError) {
    try fill(to: offset)
    drop(min(filledCount, offset))
  }

  /// Cuts off the first record, behind blank lines, as a piece of its own.
  ///
  /// Called once, before `nextPiece`.
  mutating func headerPiece() throws(DelimitedError) -> DelimitedPiece {
    while true {
      skipBlankLines()
      let end = unsafe recordEnd(
        buffer.view.base, from: 0, to: filledCount, isLast: inputHasEnded, dialect: dialect)
      switch end {
      case .at(let end) where end > 0: return takePiece(end, number: 0)
      case .openQuote(let position): throw error(.quoteNeverClosed, at: position)
      case .at where inputHasEnded: throw error(.empty, at: 0)
      default: try grow(to: min(limits.pieceByteCount, Self.headerByteCount))
      }
    }
  }

  /// The next piece, or nil behind the last one.
  ///
  /// What comes before an open quote or a record that is too long is given out first; what comes
  /// before damage to the file itself need not be. An error stays.
  mutating func nextPiece(
    number: Int, pool: PieceBufferPool
  ) throws(DelimitedError) -> DelimitedPiece? {
    if let failure { throw failure }
    self.pool = pool
    do throws(DelimitedError) {
      return try cutPiece(number: number)
    } catch {
      failure = error
      throw error
    }
  }

  private mutating func cutPiece(number: Int) throws(DelimitedError) -> DelimitedPiece? {
    var boundaries = DelimitedBoundaries(dialect)
    try fill(to: limits.pieceByteCount)
    while true {
      let base = unsafe UnsafePointer(buffer.view.base)
      unsafe boundaries.scan(base, to: filledCount)
      var openQuote: Int?
      if inputHasEnded { openQuote = unsafe boundaries.finish(base, at: filledCount) }
      if boundaries.boundary > 0 { return takePiece(boundaries.boundary, number: number) }
      if let openQuote { throw error(.quoteNeverClosed, at: openQuote) }
      if inputHasEnded {
        pool.give(back: buffer)
        buffer = PieceBuffer(byteCount: 0)
        return nil
      }
      try grow(to: limits.pieceByteCount)
    }
  }

  /// Makes the first bytes of the buffer a piece, and moves the rest to a buffer of its own.
  private mutating func takePiece(_ count: Int, number: Int) -> DelimitedPiece {
    let restCount = filledCount - count
    let next = pool.take(byteCountMin: restCount)
    unsafe next.view.base.update(from: buffer.view.base + count, count: restCount)
    let lines = unsafe lineEndCount(buffer.view.base, count: count)
    let piece = DelimitedPiece(
      buffer, count: count, number: number, file: file, dialect: dialect, byteOffset: byteOffset,
      firstLine: line, lineEndCount: lines, pool: pool)
    buffer = next
    filledCount = restCount
    byteOffset += count
    line += lines
    return piece
  }

  /// Reads until the buffer holds so many bytes or the input ends.
  private mutating func fill(to count: Int) throws(DelimitedError) {
    guard !inputHasEnded, count > filledCount else { return }
    if buffer.view.count < count {
      let wider = pool.take(byteCountMin: count)
      unsafe wider.view.base.update(from: buffer.view.base, count: filledCount)
      pool.give(back: buffer)
      buffer = wider
    }
    let target = unsafe ScratchView(buffer.view.base + filledCount, count: count - filledCount)
    let readCount = try input.read(into: target)
    filledCount += readCount
    inputHasEnded = readCount < target.count
  }

  /// Reads on when the buffer's first record is longer than the buffer.
  private mutating func grow(to count: Int) throws(DelimitedError) {
    guard filledCount <= limits.recordByteCountMax else { throw error(.recordTooLong, at: 0) }
    let wider = max(2 * filledCount, count, 4)
    try fill(to: min(limits.recordByteCountMax + 1, wider))
  }

  private mutating func skipBlankLines() {
    var at = 0
    while at < filledCount {
      let isReturn = buffer.view[at] == .carriageReturn
      guard isReturn || buffer.view[at] == .lineFeed else { break }
      // Whether a line feed goes with it is not known.
      if isReturn, at + 1 == filledCount, !inputHasEnded { break }
      at += 1
      if isReturn, at < filledCount, buffer.view[at] == .lineFeed { at += 1 }
    }
    drop(at)
  }

  private mutating func drop(_ count: Int) {
    line += unsafe lineEndCount(buffer.view.base, count: count)
    unsafe buffer.view.base.update(from: buffer.view.base + count, count: filledCount - count)
    filledCount -= count
    byteOffset += count
  }

  private func error(_ code: DelimitedError.Code, at position: Int) -> DelimitedError {
    DelimitedError(
      code, line: unsafe line + lineEndCount(buffer.view.base, count: position),
      byteOffset: byteOffset + position)
  }
}

extension LentBytes {
  /// The bytes for the loops of this module that read 64 of them at a time.
  var pointer: UnsafePointer<UInt8> { unsafe base.assumingMemoryBound(to: UInt8.self) }
}
