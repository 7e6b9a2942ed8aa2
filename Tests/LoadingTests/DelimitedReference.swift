// The grammar of delimited text once more, a character at a time, to compare the reader with.

import Bytes
import Support

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

/// Reads one record after the other with a plain state machine.
func readByReference(_ text: [UInt8], delimiter: UInt8 = 0x2c) -> ReadFile {
  var file = ReadFile()
  var at = 0
  var lines = [1]
  for byte in text { lines.append((lines.last ?? 1) + (byte == 10 ? 1 : 0)) }
  while at < text.count {
    if text[at] == 10 {
      at += 1
      continue
    }
    if text[at...].starts(with: [13, 10]) || (text[at] == 13 && at + 1 == text.count) {
      at += text[at...].starts(with: [13, 10]) ? 2 : 1
      continue
    }
    var record = ReadRecord(byteOffset: at, byteCount: 0, line: lines[at], fields: [])
    var state = State.fieldStart
    var field: [UInt8] = []
    var fieldStart = at
    var place = at
    func finishField() {
      record.fields.append(String(decoding: field, as: UTF8.self))
      field = []
      state = .fieldStart
    }
    reading: while true {
      guard place < text.count else {
        if state == .quoted {
          file.error = DelimitedError(
            .quoteNeverClosed, line: lines[fieldStart], byteOffset: fieldStart)
          return file
        }
        if state == .bare, field.last == 13 { field.removeLast() }
        finishField()
        break reading
      }
      let byte = text[place]
      switch (state, byte) {
      case (.fieldStart, 34):
        fieldStart = place
        state = .quoted
      case (.fieldStart, delimiter), (.bare, delimiter), (.closed, delimiter):
        finishField()
      case (.fieldStart, 10), (.bare, 10), (.closed, 10):
        if state == .bare, field.last == 13 { field.removeLast() }
        finishField()
        place += 1
        break reading
      case (.fieldStart, _), (.bare, _):
        state = .bare
        field.append(byte)
      case (.quoted, 34): state = .closed
      case (.quoted, _): field.append(byte)
      case (.closed, 34):
        field.append(34)
        state = .quoted
      case (.closed, 13) where place + 1 == text.count || text[place + 1] == 10: break
      case (.closed, _):
        record.isMalformed = true
        place = (text[fieldStart...].firstIndex(of: 10) ?? text.count - 1) + 1
        break reading
      }
      place += 1
    }
    record.byteCount = place - at
    file.records.append(record)
    at = place
  }
  return file
}

private enum State {
  case fieldStart
  case bare
  case quoted
  case closed
}

/// Reads a file to its end with the reader itself; the header is the first record.
func readByPieces(
  _ path: String, pieceByteCount: Int = 2 << 20, recordByteCountMax: Int = 64 << 20,
  delimiter: UInt8 = 0x2c
) -> ReadFile {
  let limits = DelimitedLimits(
    pieceByteCount: pieceByteCount, recordByteCountMax: recordByteCountMax)
  var file = ReadFile()
  do throws(DelimitedError) {
    let input: InputFile
    do throws(InputError) {
      input = try InputFile(path: path)
    } catch {
      throw DelimitedError(.input(error))
    }
    var cutter = DelimitedCutter(
      input, dialect: DelimitedDialect(delimiter: delimiter), limits: limits)
    var records = RecordSplitter(fieldCountMax: 100, delimiter: delimiter)
    records.begin(try cutter.headerPiece())
    append(&records, to: &file)
    var pieceCount = 0
    while let piece = try cutter.nextPiece() {
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

/// Appends the records of a splitter that has just begun.
func append(_ records: inout RecordSplitter, to file: inout ReadFile) {
  while records.next() {
    let fields = (0..<records.fieldCount).map { String(records.text(ofField: $0)) }
    file.records.append(
      ReadRecord(
        byteOffset: records.byteOffset, byteCount: records.recordBytes.count, line: records.line,
        fields: fields, isMalformed: records.isMalformed))
  }
}
