// The grammar of delimited text once more, a character at a time, to compare the reader with.

import Bytes

@testable import Loading

/// A record as both readers describe it.
struct ReadRecord: Equatable, CustomStringConvertible {
  var byteOffset: Int
  var byteCount: Int
  var line: Int
  /// Whole fields; of a malformed record, those before the malformed one.
  var fields: [String]
  var isMalformed = false

  var description: String {
    "\(byteOffset)+\(byteCount) line \(line) \(isMalformed ? "malformed " : "")\(fields)"
  }
}

/// What a file gives: its records, the header being the first, and the error that ends it.
struct ReadFile: Equatable {
  var records: [ReadRecord] = []
  var error: DelimitedError?
}

/// Fields of a record that both readers keep.
private let keptFieldCountMax = 1_000

/// Reads one record after the other with a plain state machine.
func readByReference(
  _ text: [UInt8], dialect: DelimitedDialect = DelimitedDialect()
) -> ReadFile {
  var file = ReadFile()
  var at = 0
  // A carriage return before a line feed ends no line; the line feed does.
  func endsLine(_ place: Int) -> Bool {
    text[place] == 10
      || (text[place] == 13 && (place + 1 == text.count || text[place + 1] != 10))
  }
  func behindLineEnd(from place: Int) -> Int {
    (place..<text.count).first(where: endsLine).map { $0 + 1 } ?? text.count
  }
  var lines = [1]
  for place in text.indices { lines.append((lines.last ?? 1) + (endsLine(place) ? 1 : 0)) }
  while at < text.count {
    if text[at] == 10 || text[at] == 13 {
      at += 1
      continue
    }
    var record = ReadRecord(byteOffset: at, byteCount: 0, line: lines[at], fields: [])
    var state = State.fieldStart
    var field: [UInt8] = []
    var fieldStart = at
    var place = at
    var isLastFieldQuoted = false
    func finishField() {
      record.fields.append(String(decoding: field, as: UTF8.self))
      isLastFieldQuoted = state == .closed
      field = []
      state = .fieldStart
    }
    reading: while true {
      guard place < text.count else {
        if state == .quoted || state == .escaped {
          file.error = DelimitedError(
            .quoteNeverClosed, line: lines[fieldStart], byteOffset: fieldStart)
          return file
        }
        finishField()
        break reading
      }
      let byte = text[place]
      switch (state, byte) {
      case (.fieldStart, 34):
        fieldStart = place
        state = .quoted
      case (.fieldStart, dialect.delimiter), (.bare, dialect.delimiter),
        (.closed, dialect.delimiter):
        finishField()
      case (.fieldStart, 10), (.bare, 10), (.closed, 10), (.fieldStart, 13), (.bare, 13),
        (.closed, 13):
        finishField()
        place = behindLineEnd(from: place)
        break reading
      case (.fieldStart, _), (.bare, _):
        state = .bare
        field.append(byte)
      case (.quoted, 34): state = .closed
      case (.quoted, 92) where dialect.hasEscapes: state = .escaped
      case (.quoted, _): field.append(byte)
      case (.escaped, _):
        if byte != 34 && byte != 92 { field.append(92) }
        field.append(byte)
        state = .quoted
      case (.closed, 34) where !dialect.hasEscapes:
        field.append(34)
        state = .quoted
      case (.closed, _):
        record.isMalformed = true
        place = behindLineEnd(from: fieldStart)
        break reading
      }
      place += 1
    }
    record.byteCount = place - at
    if dialect.endsInDelimiter, !record.isMalformed {
      let isEnded = record.fields.last == "" && !isLastFieldQuoted
      record.fields = isEnded ? record.fields.dropLast() : []
    }
    record.fields.removeLast(max(0, record.fields.count - keptFieldCountMax))
    file.records.append(record)
    at = place
  }
  return file
}

private enum State {
  case fieldStart
  case bare
  case quoted
  case escaped
  case closed
}

/// Reads a file to its end with the reader itself; the header is the first record.
func readByPieces(
  _ path: String, pieceByteCount: Int = 2 << 20, recordByteCountMax: Int = 64 << 20,
  dialect: DelimitedDialect = DelimitedDialect()
) -> ReadFile {
  let limits = DelimitedLimits(
    pieceByteCount: pieceByteCount, recordByteCountMax: recordByteCountMax,
    beginningByteCount: 1 << 10)
  var file = ReadFile()
  do throws(DelimitedError) {
    let text = try InputText(path: path, encoding: nil, limits: limits)
    let isMarked = text.beginning.bytes.copied.starts(with: [0xef, 0xbb, 0xbf])
    var cutter = DelimitedCutter(text, file: 0, dialect: dialect, limits: limits)
    try cutter.skip(to: isMarked ? 3 : 0)
    var records = RecordSplitter(fieldCountMax: keptFieldCountMax)
    records.begin(try cutter.headerPiece())
    append(&records, to: &file)
    var pieceCount = 0
    let pool = PieceBufferPool(byteCount: pieceByteCount)
    while let piece = try cutter.nextPiece(number: pieceCount, pool: pool) {
      precondition(piece.number == pieceCount)
      pieceCount += 1
      records.begin(piece)
      append(&records, to: &file)
    }
  } catch {
    file.error = error
  }
  return file
}

extension DelimitedSource {
  /// One file of which nothing is declared and no name is known.
  convenience init(
    path: String, format: DelimitedFormat = DelimitedFormat(),
    limits: DelimitedLimits = DelimitedLimits(), knows: @escaping (String) -> Bool = { _ in false }
  ) throws {
    try self.init(
      [LoadInput(table: "", path: path, format: format)], limits: limits, knows: knows)
  }
}

/// Appends the records of a splitter that has just begun.
func append(_ records: inout RecordSplitter, to file: inout ReadFile) {
  while records.next() {
    let keptCount = min(records.fieldCount, records.places.count - 1)
    let fields = (0..<keptCount).map { String(records.text(ofField: $0)) }
    file.records.append(
      ReadRecord(
        byteOffset: records.byteOffset, byteCount: records.recordBytes.count, line: records.line,
        fields: fields, isMalformed: records.isMalformed))
  }
}
