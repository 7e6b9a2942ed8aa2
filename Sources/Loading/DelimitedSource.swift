// Delimited text that many workers read together.

import Bytes
import Synchronization

/// Files of delimited text with one header, given out in pieces of whole records.
///
/// Workers pull pieces from any thread and split them on their own; the pieces and their numbers do
/// not depend on how many workers there are, and the records not on how long pieces are.
final class DelimitedSource: Sendable {
  /// The names of the columns.
  let header: DelimitedHeader
  /// In the order in which they are read.
  let files: [File]
  private let state: Mutex<State>
  private let pool: PieceBufferPool

  /// One of the files.
  struct File: Sendable {
    let path: String
    /// How it is written.
    let format: RecognisedFormat
    fileprivate let text: InputText

    /// The bytes of the file as it lies on disk; nil for a pipe.
    var byteCount: Int? { text.file.size }

    /// How many of them have been read.
    var consumedByteCount: Int { text.file.consumedByteCount }
  }

  private struct State {
    var cutters: [DelimitedCutter]
    var file = 0
    var pieceCount = 0
  }

  /// Opens files of one table and reads their headers, which must be equal.
  ///
  /// `knows` says whether the table has a field of a name. Throws `unreadable`.
  init(
    _ inputs: [LoadInput], limits: DelimitedLimits = DelimitedLimits(),
    knows: @escaping (String) -> Bool = { _ in false }
  ) throws(LoadError) {
    precondition(!inputs.isEmpty)
    var header = DelimitedHeader.none
    var files: [File] = []
    var cutters: [DelimitedCutter] = []
    for (number, input) in inputs.enumerated() {
      do throws(DelimitedError) {
        let text = try InputText(
          path: input.path, encoding: input.format.encoding, limits: limits)
        let recognition = try DelimitedRecognition(
          text, declared: input.format, limits: limits, knows: knows)
        var cutter = DelimitedCutter(
          text, file: number, dialect: recognition.dialect, limits: limits)
        let own = try Self.header(&cutter, recognition, input.format, limits, knows: knows)
        if number == 0 { header = own }
        if let column = own.firstDifference(from: header) {
          throw DelimitedError(.headerDiffers, line: own.line, column: column)
        }
        files.append(File(path: input.path, format: recognition.format, text: text))
        cutters.append(cutter)
      } catch {
        throw LoadError.unreadable(path: input.path, error)
      }
    }
    self.header = header
    self.files = files
    state = Mutex(State(cutters: cutters))
    pool = PieceBufferPool(byteCount: limits.pieceByteCount)
  }

  private static func header(
    _ cutter: inout DelimitedCutter, _ recognition: DelimitedRecognition,
    _ declared: DelimitedFormat, _ limits: DelimitedLimits, knows: (String) -> Bool
  ) throws(DelimitedError) -> DelimitedHeader {
    try cutter.skip(to: recognition.headerOffset)
    guard recognition.format.headerLine > 0 else {
      return try DelimitedHeader(declared: declared.names ?? [])
    }
    let piece = try cutter.headerPiece()
    guard let names = declared.names else {
      return try DelimitedHeader(piece, limits: limits, knows: knows)
    }
    guard names.count == recognition.format.columnCount else {
      throw DelimitedError(.namesDoNotFit, line: piece.firstLine, byteOffset: piece.byteOffset)
    }
    return try DelimitedHeader(declared: names)
  }

  /// The next piece, or nil behind the last one; an error is thrown to every worker that asks.
  func nextPiece() throws(LoadError) -> DelimitedPiece? {
    try state.withLock { (state) throws(LoadError) -> DelimitedPiece? in
      while state.file < files.count {
        do throws(DelimitedError) {
          if let piece = try state.cutters[state.file].nextPiece(
            number: state.pieceCount, pool: pool)
          {
            state.pieceCount += 1
            return piece
          }
        } catch {
          throw LoadError.unreadable(path: files[state.file].path, error)
        }
        state.file += 1
      }
      return nil
    }
  }

  /// How a file is written.
  func dialect(ofFile file: Int) -> DelimitedDialect {
    state.withLock { $0.cutters[file].dialect }
  }

  /// A splitter for the pieces of these files: it keeps one field more than the header has columns,
  /// so that a delimiter too many at the end of a line can be told from a value too many.
  func makeSplitter() -> RecordSplitter { RecordSplitter(fieldCountMax: header.names.count + 1) }

  /// The bytes of the files as they lie on disk; nil if one is a pipe.
  var byteCount: Int? {
    files.reduce(0) { sum, file in
      guard let sum, let count = file.byteCount else { return nil }
      return sum + count
    }
  }

  /// How many of them have been read.
  var consumedByteCount: Int { files.reduce(0) { $0 + $1.consumedByteCount } }

  /// Bytes and checksum of a file's content, decompressed, once `nextPiece` has returned nil.
  func content(ofFile file: Int) -> (byteCount: Int, hash: UInt64)? {
    state.withLock { _ in
      let file = files[file].text.file
      return file.contentHash.map { (file.contentByteCount, $0) }
    }
  }
}
