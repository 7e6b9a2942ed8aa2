// Delimited text that many workers read together.

import Bytes
import Synchronization

/// A file of delimited text with a header, given out in pieces of whole records.
///
/// Workers pull pieces from any thread and split them on their own; the pieces and their numbers do
/// not depend on how many workers there are, and the records not on how long pieces are.
final class DelimitedSource: Sendable {
  /// The names of the columns.
  let header: DelimitedHeader
  /// How the file is written.
  let dialect: DelimitedDialect
  private let input: InputFile
  private let cutter: Mutex<DelimitedCutter>

  /// Opens the file at a path, `-` being the standard input, and reads its header.
  init(
    path: String, dialect: DelimitedDialect = DelimitedDialect(),
    limits: DelimitedLimits = DelimitedLimits()
  ) throws(DelimitedError) {
    do throws(InputError) {
      input = try InputFile(path: path)
    } catch {
      throw DelimitedError(.input(error))
    }
    var cutter = DelimitedCutter(input, dialect: dialect, limits: limits)
    header = try DelimitedHeader(cutter.headerPiece(), dialect: dialect, limits: limits)
    self.dialect = dialect
    self.cutter = Mutex(cutter)
  }

  /// The next piece, or nil behind the last one; an error is thrown to every worker that asks.
  func nextPiece() throws(DelimitedError) -> DelimitedPiece? {
    try cutter.withLock { (cutter) throws(DelimitedError) -> DelimitedPiece? in
      try cutter.nextPiece()
    }
  }

  /// A splitter for the pieces of this file: it keeps one field more than the header has columns,
  /// so that a delimiter too many at the end of a line can be told from a value too many.
  func makeSplitter() -> RecordSplitter {
    RecordSplitter(fieldCountMax: header.names.count + 1, delimiter: dialect.delimiter)
  }

  /// The bytes of the file as it lies on disk; nil for a pipe.
  var byteCount: Int? { input.size }

  /// How many of them have been read.
  var consumedByteCount: Int { input.consumedByteCount }

  /// The checksum of the file as it lies on disk, once `nextPiece` has returned nil.
  var contentHash: UInt64? { cutter.withLock { _ in input.contentHash } }
}
