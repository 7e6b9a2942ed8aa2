// Cuts the content of a file into pieces of whole records, one after the other.

import Bytes

/// The part of reading that only one worker does at a time.
struct DelimitedCutter {
  private let input: InputFile
  private let dialect: DelimitedDialect
  private let limits: DelimitedLimits
  private let pool: PieceBufferPool
  private var buffer: PieceBuffer
  /// Bytes in the buffer; the first begins a record.
  private var filledCount = 0
  /// Where the buffer's first byte lies in the content, and on which line.
  private var byteOffset = 0
  private var line = 1
  private var pieceCount = 0
  private var inputHasEnded = false
  private var failure: DelimitedError?

  init(_ input: InputFile, dialect: DelimitedDialect, limits: DelimitedLimits) {
    precondition(limits.pieceByteCount > 0)
    precondition(limits.pieceByteCount <= limits.recordByteCountMax)
    precondition(limits.recordByteCountMax < 1 << 30)
    precondition(![.quote, .lineFeed, .carriageReturn].contains(dialect.delimiter))
    self.input = input
    self.dialect = dialect
    self.limits = limits
    pool = PieceBufferPool(byteCount: limits.pieceByteCount + 4)
    buffer = pool.take(byteCountMin: 4)
  }

  /// Cuts off the first record, behind a byte order mark and blank lines, as a piece of its own.
  ///
  /// Called once, before `nextPiece`.
  mutating func headerPiece() throws(DelimitedError) -> DelimitedPiece {
    try fill(to: 4)
    try skipByteOrderMark()
    while true {
      skipBlankLines()
      let end = unsafe recordEnd(
        buffer.view.base, from: 0, to: filledCount, isLast: inputHasEnded,
        delimiter: dialect.delimiter)
      switch end {
      case .at(let end) where end > 0: return takePiece(end, isHeader: true)
      case .openQuote(let position): throw error(.quoteNeverClosed, at: position)
      case .at where inputHasEnded: throw error(.empty, at: 0)
      default:
        do throws(DelimitedError) {
          try grow()
        } catch {
          throw error.code == .recordTooLong && holdsCarriageReturnsAlone
            ? self.error(.carriageReturnLines, at: 0) : error
        }
      }
    }
  }

  /// The next piece, or nil behind the last one.
  ///
  /// What comes before an open quote or a record that is too long is given out first; what comes
  /// before damage to the file itself need not be. An error stays.
  mutating func nextPiece() throws(DelimitedError) -> DelimitedPiece? {
    if let failure { throw failure }
    do throws(DelimitedError) {
      return try cutPiece()
    } catch {
      failure = error
      throw error
    }
  }

  private mutating func cutPiece() throws(DelimitedError) -> DelimitedPiece? {
    var boundaries = DelimitedBoundaries(delimiter: dialect.delimiter)
    try fill(to: limits.pieceByteCount)
    while true {
      let base = unsafe UnsafePointer(buffer.view.base)
      unsafe boundaries.scan(base, to: filledCount)
      var openQuote: Int?
      if inputHasEnded { openQuote = unsafe boundaries.finish(base, at: filledCount) }
      if boundaries.boundary > 0 { return takePiece(boundaries.boundary, isHeader: false) }
      if let openQuote { throw error(.quoteNeverClosed, at: openQuote) }
      if inputHasEnded { return nil }
      try grow()
    }
  }

  /// Makes the first bytes of the buffer a piece, and moves the rest to a buffer of its own.
  private mutating func takePiece(_ count: Int, isHeader: Bool) -> DelimitedPiece {
    let restCount = filledCount - count
    let next = pool.take(byteCountMin: restCount)
    unsafe next.view.base.update(from: buffer.view.base + count, count: restCount)
    let lines = unsafe lineFeedCount(buffer.view.base, count: count)
    let piece = DelimitedPiece(
      buffer, count: count, number: isHeader ? 0 : pieceCount, byteOffset: byteOffset,
      firstLine: line, lineFeedCount: lines, pool: pool)
    buffer = next
    filledCount = restCount
    byteOffset += count
    line += lines
    if !isHeader { pieceCount += 1 }
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
    do throws(InputError) {
      let readCount = try input.read(into: target)
      filledCount += readCount
      inputHasEnded = readCount < target.count
    } catch {
      throw DelimitedError(.input(error))
    }
  }

  /// Reads on when the buffer's first record is longer than the buffer.
  private mutating func grow() throws(DelimitedError) {
    guard filledCount <= limits.recordByteCountMax else { throw error(.recordTooLong, at: 0) }
    let wider = max(2 * filledCount, limits.pieceByteCount, 4)
    try fill(to: min(limits.recordByteCountMax + 1, wider))
  }

  private mutating func skipByteOrderMark() throws(DelimitedError) {
    let first = (0..<3).map { $0 < filledCount ? buffer.view[$0] : 0 }
    if first.starts(with: [0xff, 0xfe]) || first.starts(with: [0xfe, 0xff]) {
      throw error(.notUTF8, at: 0)
    }
    if first == [0xef, 0xbb, 0xbf] { drop(3) }
  }

  private mutating func skipBlankLines() {
    var at = 0
    while at < filledCount {
      if buffer.view[at] == .lineFeed {
        at += 1
      } else if at + 1 < filledCount, buffer.view[at] == .carriageReturn,
        buffer.view[at + 1] == .lineFeed
      {
        at += 2
      } else {
        break
      }
    }
    drop(at)
  }

  private var holdsCarriageReturnsAlone: Bool {
    let bytes = unsafe UnsafeBufferPointer(start: buffer.view.base, count: filledCount)
    return unsafe bytes.contains(.carriageReturn) && !bytes.contains(.lineFeed)
  }

  private mutating func drop(_ count: Int) {
    line += unsafe lineFeedCount(buffer.view.base, count: count)
    unsafe buffer.view.base.update(from: buffer.view.base + count, count: filledCount - count)
    filledCount -= count
    byteOffset += count
  }

  private func error(_ code: DelimitedError.Code, at position: Int) -> DelimitedError {
    DelimitedError(
      code, line: unsafe line + lineFeedCount(buffer.view.base, count: position),
      byteOffset: byteOffset + position)
  }
}

extension LentBytes {
  /// The bytes for the loops of this module that read 64 of them at a time.
  var pointer: UnsafePointer<UInt8> { unsafe base.assumingMemoryBound(to: UInt8.self) }
}
