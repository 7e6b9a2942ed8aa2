// Parses the records of a piece into columns: fields to integers, texts to words, and refusals.

import Bytes
import Columns
import Rows
import Rules
import Segments
import Store

/// The parser of one worker; it keeps what is costly to make from piece to piece.
@safe final class PieceParser {
  private let feeds: FieldFeeds
  /// Taken for the length of a piece: a loop over a local costs no checks of exclusive access.
  private var splitter: RecordSplitter?
  private let wordTextByteCountMax: Int
  private let splitScratch: Scratch<UInt8>
  private let parents: ParentFinder?
  private let parsers: FieldParsers
  private let defaults: DefaultTexts
  /// By field: where in the piece the text of the row before begins, and its bytes or -1.
  private let lastStarts: ScratchView<Int>
  private let lastCounts: ScratchView<Int>
  private let lastTexts: Scratch<Int>

  init(
    _ feeds: FieldFeeds, schema: Schema, limits: LoadLimits, splitter: consuming RecordSplitter,
    parents: ParentFinder?
  ) {
    self.feeds = feeds
    wordTextByteCountMax = limits.wordTextByteCountMax
    self.splitter = .some(splitter)
    self.parents = parents
    splitScratch = Scratch(count: limits.wordTextByteCountMax + 64)
    lastTexts = Scratch(count: 2 * feeds.plan.fieldCount)
    lastStarts = lastTexts.view
    lastCounts = lastTexts.view.from(feeds.plan.fieldCount)
    parsers = FieldParsers(feeds.plan.table, in: schema)
    defaults = DefaultTexts(feeds.plan.table)
  }

  /// Parses a piece.
  ///
  /// Throws what reading parents throws.
  func parse(_ piece: DelimitedPiece) throws -> ParsedPiece {
    let capacity =
      unsafe lineFeedCount(
        piece.bytes.base.assumingMemoryBound(to: UInt8.self), count: piece.bytes.count) + 1
    let parsed = ParsedPiece(feeds, capacity: capacity)
    guard var splitter = splitter.take() else { preconditionFailure("one piece at a time") }
    forgetTexts()
    splitter.begin(piece)
    var recordCount = 0
    while splitter.next() {
      recordCount += 1
      parseRecord(&splitter, piece, into: parsed)
    }
    parsed.recordCount = recordCount
    self.splitter = .some(splitter)
    try parents?.find(for: parsed, feeds: feeds)
    parsed.noteUsedWords()
    parsed.noteTextByteCountMax(pieceByteCount: piece.bytes.count)
    return parsed
  }

  private func parseRecord(
    _ splitter: inout RecordSplitter, _ piece: DelimitedPiece, into parsed: ParsedPiece
  ) {
    let row = parsed.rowCount
    guard !splitter.isMalformed else { return refuse(&splitter, .malformedQuotes, "", parsed) }
    guard splitter.fieldCount == feeds.columnCount else {
      return refuse(&splitter, .wrongFieldCount, "", parsed)
    }
    for feed in feeds.feeds {
      var text = feed.column >= 0 ? splitter.text(ofField: feed.column) : defaults.text(feed.field)
      if let cut = feed.cut { text = take(cut, from: text) }
      let problem: FieldProblem?
      switch feed.kind {
      case .integer:
        problem = parseInteger(text, feed.field, row, parsed)
      case .words(let split):
        problem = parseWords(text, split, feed.field, row, piece, parsed)
      case .text:
        problem = parseText(text, feed.field, row, parsed)
      case .composed:
        problem = parseComposed(text, feed.field, row, parsed)
      }
      if let problem {
        return refuse(
          &splitter, .field(problem), feeds.plan.table.fields[feed.field].name, parsed)
      }
    }
    parsed.lines[row] = splitter.line
    parsed.offsets[row] = splitter.byteOffset
    parsed.rowCount = row + 1
  }

  private func refuse(
    _ splitter: inout RecordSplitter, _ reason: Refusal.Reason, _ field: String,
    _ parsed: ParsedPiece
  ) {
    // A text that was taken apart for a refused row is not compared with the next one's.
    forgetTexts()
    parsed.refusals.append(
      Refusal(
        table: feeds.plan.table.name, line: splitter.line, byteOffset: splitter.byteOffset,
        field: field, reason: reason))
  }

  private func forgetTexts() {
    for field in 0..<feeds.plan.fieldCount { lastCounts[field] = -1 }
  }

  private func take(_ cut: Cut, from text: LentBytes) -> LentBytes {
    let fits = cut.length.map { $0 == text.count } ?? (cut.offset + cut.count <= text.count)
    guard fits, cut.offset + cut.count <= text.count else { return LentBytes.empty }
    return text.part(cut.offset, cut.offset + cut.count)
  }

  private func parseInteger(
    _ text: LentBytes, _ field: Int, _ row: Int, _ parsed: ParsedPiece
  ) -> FieldProblem? {
    let result = parsers.parse(text, field: field)
    guard let problem = result.problem else {
      parsed.values[field]?[row] = result.value
      return nil
    }
    guard problem == .unknownCode, parsers.acceptsNewCodes(field) else { return problem }
    switch parsers.newCode(text, field: field) {
    case .failure(let problem): return problem
    case .success:
      guard let words = parsed.words[feeds.plan.dictionary[field]] else { return problem }
      let code =
        normalised(text).map { $0.lend { words.table.code(of: $0) } } ?? words.table.code(of: text)
      parsed.values[field]?[row] = -2 - Int64(code)
      return nil
    }
  }

  // MARK: Texts

  /// Inspects a text and gives it in the normal form that is stored; nil when it needs no change.
  private func inspect(_ text: LentBytes) -> (problem: FieldProblem?, normal: [UInt8]?) {
    let inspection = TextInspection(text)
    if let problem = inspection.problem { return (problem, nil) }
    return (nil, inspection.isSurelyNormal ? nil : normalised(text))
  }

  private func parseText(
    _ text: LentBytes, _ field: Int, _ row: Int, _ parsed: ParsedPiece
  ) -> FieldProblem? {
    guard let texts = parsed.texts[field] else { return nil }
    guard text.count > 0 else {
      texts.set(nil, row: row)
      return feeds.plan.table.fields[field].isRequired ? .requiredIsAbsent : nil
    }
    let (problem, normal) = inspect(text)
    if let problem { return problem }
    if let normal {
      normal.lend { texts.set($0, row: row) }
    } else {
      texts.set(text, row: row)
    }
    return nil
  }

  private func parseWords(
    _ text: LentBytes, _ split: WordSplit, _ field: Int, _ row: Int, _ piece: DelimitedPiece,
    _ parsed: ParsedPiece
  ) -> FieldProblem? {
    guard let codes = parsed.codes[field] else { return nil }
    guard text.count > 0 else {
      codes[row] = TokenInput.absent
      lastCounts[field] = -1
      return feeds.plan.table.fields[field].isRequired ? .requiredIsAbsent : nil
    }
    // Members of a household follow one another with the same address.
    let (lastStart, lastCount) = (lastStarts[field], lastCounts[field])
    let start = unsafe text.base - piece.bytes.base
    if row > 0, lastCount == text.count, start >= 0, start + text.count <= piece.bytes.count,
      text.isEqual(to: piece.bytes.part(lastStart, lastStart + lastCount))
    {
      for part in 0..<split.partCount {
        codes[part * parsed.capacity + row] = codes[part * parsed.capacity + row - 1]
      }
      if codes[row] == TokenInput.escape { parsed.texts[field]?.set(text, row: row) }
      (lastStarts[field], lastCounts[field]) = (start, text.count)
      return nil
    }
    let (problem, normal) = inspect(text)
    if let problem { return problem }
    if let normal {
      normal.lend { setWords($0, split, field, row, codes, parsed) }
      lastCounts[field] = -1
    } else {
      setWords(text, split, field, row, codes, parsed)
      let isInPiece = start >= 0 && start + text.count <= piece.bytes.count
      (lastStarts[field], lastCounts[field]) = (start, isInPiece ? text.count : -1)
    }
    return nil
  }

  private func setWords(
    _ text: LentBytes, _ split: WordSplit, _ field: Int, _ row: Int,
    _ codes: ScratchView<UInt32>, _ parsed: ParsedPiece
  ) {
    let first = feeds.plan.dictionary[field]
    guard text.count <= wordTextByteCountMax,
      let words = split.split(text, scratch: splitScratch.view)
    else {
      codes[row] = TokenInput.escape
      parsed.texts[field]?.set(text, row: row)
      return
    }
    codes[row] = code(words.first, first, parsed)
    guard split.partCount > 1 else { return }
    codes[parsed.capacity + row] = code(words.second, first + 1, parsed)
    codes[2 * parsed.capacity + row] = code(words.third, first + 2, parsed)
  }

  @inline(__always)
  private func code(_ word: LentBytes, _ dictionary: Int, _ parsed: ParsedPiece) -> UInt32 {
    parsed.words[dictionary]?.table.code(of: word) ?? TokenInput.escape
  }

  // MARK: Texts made of other fields

  /// Finds which alternative a text is; a text that is none is kept as it is.
  private func parseComposed(
    _ text: LentBytes, _ field: Int, _ row: Int, _ parsed: ParsedPiece
  ) -> FieldProblem? {
    guard let values = parsed.values[field], let alternatives = feeds.plan.alternatives[field]
    else { return nil }
    guard text.count > 0 else {
      values[row] = absentValue
      return feeds.plan.table.fields[field].isRequired ? .requiredIsAbsent : nil
    }
    for (index, pieces) in alternatives.enumerated()
    where isComposed(text, of: pieces, row, parsed) {
      values[row] = Int64(index)
      return nil
    }
    values[row] = SegmentRows.exceptionalText
    return parseText(text, field, row, parsed)
  }

  private func isComposed(
    _ text: LentBytes, of pieces: [TextPiece], _ row: Int, _ parsed: ParsedPiece
  ) -> Bool {
    var at = 0
    for piece in pieces {
      guard let value = parsed.values[piece.field]?[row], value >= 0 else { return false }
      if piece.dictionary >= 0 {
        let list = feeds.codeTexts[piece.dictionary]
        guard value < Int64(list.count) else { return false }
        let code = list[Int(value)]
        guard at + code.count <= text.count else { return false }
        for index in code.indices where text[at + index] != code[index] { return false }
        at += code.count
      } else {
        guard at + piece.digitCount <= text.count else { return false }
        var rest = value
        for index in stride(from: piece.digitCount - 1, through: 0, by: -1) {
          guard text[at + index] == 0x30 &+ UInt8(truncatingIfNeeded: rest % 10) else {
            return false
          }
          rest /= 10
        }
        at += piece.digitCount
      }
    }
    return at == text.count
  }
}
