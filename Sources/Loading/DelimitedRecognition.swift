// Recognises how a file of delimited text is written, by its beginning.
//
// What is declared is obeyed. Of the delimiters, that one is taken under which the header names
// most fields of the table, then that under which most records have as many fields as the header;
// two that are equal in both are refused. The header is the line that names most fields of the
// table, the first of several; one behind the first line has to name two at least, or nothing else.
// All of it is decided by the first 256 KiB, so it does not depend on how a file is cut or read.

import Bytes

/// What is known of a file before its first record is read.
struct DelimitedRecognition {
  private(set) var dialect = DelimitedDialect()
  /// Where the header begins; without one, where the records do.
  private(set) var headerOffset = 0
  private(set) var format = RecognisedFormat()

  private static let lineCountMax = 100
  private static let recordCountMax = 100
  /// So many fields a header must name that is not the first line, unless it names nothing else.
  private static let knownCountMin = 2
  /// So many records must end in a delimiter when the header does not.
  private static let delimiterEndCountMin = 3

  /// One way to read the beginning.
  private struct Reading {
    var delimiter: DelimitedFormat.Delimiter
    var header = Line(offset: 0, number: 1, passedCount: 0)
    /// Whether the last of several names is empty.
    var headerEndsInDelimiter = false
    var columnCount = 0
    var knownCount = 0
    var sample = Sample()

    /// What it has for it, the weightiest first.
    var evidence: (Int, Int, Int) {
      (knownCount, columnCount > 1 ? sample.agreeingCount : 0, columnCount > 1 ? 1 : 0)
    }
  }

  /// The beginning of a line that is not blank, and the number of such lines before it.
  private struct Line {
    var offset: Int
    var number: Int
    var passedCount: Int
  }

  private struct Sample {
    var recordCount = 0
    var agreeingCount = 0
    var malformedCount = 0
    /// Records with one field more than the header has, the last being empty.
    var delimiterEndCount = 0
    /// Records with as many fields as the header, the last being empty.
    var emptyEndCount = 0
  }

  private let piece: DelimitedPiece
  private let isWhole: Bool
  private let lines: [Line]
  private let declared: DelimitedFormat
  private let knows: (String) -> Bool
  private let columnCountMax: Int

  /// Looks at the beginning of a text; `knows` says whether a table has a field of a name.
  init(
    _ text: InputText, declared: DelimitedFormat, limits: DelimitedLimits,
    knows: @escaping (String) -> Bool
  ) throws(DelimitedError) {
    let (bytes, isWhole) = text.beginning
    piece = Self.copy(bytes)
    self.isWhole = isWhole
    self.declared = declared
    self.knows = knows
    columnCountMax = limits.columnCountMax
    lines = try Self.lines(piece.bytes, declared: declared)
    settle(try choose())
  }

  /// The reading with the most evidence; without a delimiter in the header, that of the comma.
  private func choose() throws(DelimitedError) -> Reading {
    var readings: [Reading] = []
    for delimiter in declared.delimiter.map({ [$0] }) ?? DelimitedFormat.Delimiter.allCases {
      let reading = read(delimiter)
      readings.append(reading)
      // None can have more for it.
      if reading.columnCount > 1, reading.knownCount == reading.columnCount { return reading }
    }
    var best = readings[0]
    for reading in readings where reading.evidence > best.evidence { best = reading }
    let equalCount = readings.count { $0.evidence == best.evidence }
    if best.columnCount > 1, equalCount > 1, best.sample.recordCount > 0 || hasHeader {
      throw DelimitedError(.delimiterUnclear, line: best.header.number)
    }
    return best
  }

  private mutating func settle(_ best: Reading) {
    dialect.delimiter = best.delimiter.byte
    let doubled = best.sample
    if declared.quotes == nil, doubled.malformedCount > 0 {
      var escaping = dialect
      escaping.hasEscapes = true
      let escaped = sample(best, escaping)
      dialect.hasEscapes =
        escaped.malformedCount == 0 && escaped.agreeingCount >= doubled.agreeingCount
        && escaped.recordCount > 0
    }
    dialect.hasEscapes = dialect.hasEscapes || declared.quotes == .escaped
    let final = dialect.hasEscapes ? sample(best, dialect) : doubled
    let wholeCount = final.recordCount - final.malformedCount
    dialect.endsInDelimiter =
      best.headerEndsInDelimiter
      ? final.emptyEndCount == wholeCount
      : final.delimiterEndCount == wholeCount && wholeCount >= Self.delimiterEndCountMin
    let isHeaderLonger = best.headerEndsInDelimiter && dialect.endsInDelimiter
    headerOffset = best.header.offset
    format.delimiter = best.delimiter.rawValue
    format.delimiterIsDeclared = declared.delimiter != nil
    let quotes: DelimitedFormat.Quotes = dialect.hasEscapes ? .escaped : .doubled
    format.quotes = quotes.rawValue
    format.quotesAreDeclared = declared.quotes != nil
    format.encoding = (declared.encoding ?? .utf8).rawValue
    format.columnCount = best.columnCount - (isHeaderLonger ? 1 : 0)
    format.knownColumnCount = declared.names?.count { knows($0) } ?? best.knownCount
    format.headerLine = hasHeader ? best.header.number : 0
    format.headerLineIsDeclared = declared.headerLine != nil || declared.names != nil
    format.passedLineCount = best.header.passedCount
    format.sampledCount = final.recordCount
    format.agreeingCount = dialect.endsInDelimiter ? wholeCount : final.agreeingCount
    format.malformedIfDoubledCount = doubled.malformedCount
    format.endsInDelimiter = dialect.endsInDelimiter
  }

  private var hasHeader: Bool { declared.headerLine.map { $0 > 0 } ?? (declared.names == nil) }

  // MARK: Reading the beginning one way

  private func read(_ delimiter: DelimitedFormat.Delimiter) -> Reading {
    var reading = Reading(delimiter: delimiter)
    var dialect = DelimitedDialect(delimiter: delimiter.byte)
    dialect.hasEscapes = declared.quotes == .escaped
    reading.header = lines[0]
    if hasHeader {
      findHeader(&reading, dialect)
    } else {
      // Declared names speak for no delimiter.
      reading.columnCount = declared.names?.count ?? 0
    }
    reading.sample = sample(reading, dialect)
    return reading
  }

  private func findHeader(_ reading: inout Reading, _ dialect: DelimitedDialect) {
    var records = RecordSplitter(fieldCountMax: columnCountMax)
    for (place, line) in lines.enumerated() {
      records.begin(piece, at: line.offset, dialect: dialect)
      guard records.next() else { continue }
      var knownCount = 0
      for field in 0..<min(records.fieldCount, columnCountMax)
      where knows(String(records.text(ofField: field))) {
        knownCount += 1
      }
      let isNamed = knownCount >= Self.knownCountMin || knownCount == records.fieldCount
      guard place == 0 || (isNamed && knownCount > reading.knownCount) else { continue }
      reading.header = line
      reading.columnCount = records.fieldCount
      reading.knownCount = knownCount
      let last = min(records.fieldCount, columnCountMax) - 1
      reading.headerEndsInDelimiter = last > 0 && records.text(ofField: last).count == 0
      if knownCount == records.fieldCount, knownCount > 1 { return }
    }
  }

  /// Reads the records behind the header.
  ///
  /// One that goes on behind the beginning is not counted.
  private func sample(_ reading: Reading, _ dialect: DelimitedDialect) -> Sample {
    var sample = Sample()
    let columnCount = reading.columnCount
    var records = RecordSplitter(fieldCountMax: columnCount + 1)
    records.begin(piece, at: reading.header.offset, dialect: dialect)
    if hasHeader { _ = records.next() }
    while sample.recordCount < Self.recordCountMax, records.next() {
      guard isWhole || records.recordEnd < piece.bytes.count else { break }
      sample.recordCount += 1
      guard !records.isMalformed else {
        sample.malformedCount += 1
        continue
      }
      let isEmptyAtEnd =
        records.fieldCount <= columnCount + 1
        && records.text(ofField: records.fieldCount - 1).count == 0
      if records.fieldCount == columnCount {
        sample.agreeingCount += 1
        if isEmptyAtEnd { sample.emptyEndCount += 1 }
      } else if records.fieldCount == columnCount + 1, isEmptyAtEnd {
        sample.delimiterEndCount += 1
      }
    }
    return sample
  }

  // MARK: Lines

  /// The beginning in memory of its own, with room behind it.
  private static func copy(_ bytes: LentBytes) -> DelimitedPiece {
    let buffer = PieceBuffer(byteCount: bytes.count)
    unsafe buffer.view.base.update(from: bytes.pointer, count: bytes.count)
    return DelimitedPiece(
      buffer, count: bytes.count, number: 0, file: 0, dialect: DelimitedDialect(),
      lineEndCount: 0, pool: PieceBufferPool(byteCount: bytes.count))
  }

  /// The lines on which a header may begin; where the records begin if there is none.
  private static func lines(
    _ bytes: LentBytes, declared: DelimitedFormat
  ) throws(DelimitedError) -> [Line] {
    let isMarked = bytes.count >= 3 && bytes[0] == 0xef && bytes[1] == 0xbb && bytes[2] == 0xbf
    let first = Line(offset: isMarked ? 3 : 0, number: 1, passedCount: 0)
    let wanted = declared.headerLine ?? (declared.names == nil ? nil : 0)
    if wanted == 0 { return [first] }
    var lines: [Line] = []
    var line = first
    while line.offset < bytes.count, lines.count < lineCountMax {
      let end = unsafe firstStop(
        bytes.pointer, from: line.offset, to: bytes.count, delimiter: .lineFeed)
      let isBlank = end == line.offset
      if line.number == wanted { return [line] }
      if wanted == nil, !isBlank { lines.append(line) }
      let isPair =
        end + 1 < bytes.count && bytes[end] == .carriageReturn && bytes[end + 1] == .lineFeed
      line = Line(
        offset: end + (isPair ? 2 : 1), number: line.number + 1,
        passedCount: line.passedCount + (isBlank ? 0 : 1))
    }
    if let wanted { throw DelimitedError(.headerLineMissing, line: wanted) }
    return lines.isEmpty ? [first] : lines
  }
}
