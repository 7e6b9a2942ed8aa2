// Parses the records of a piece into columns: fields to integers, texts to words, and refusals.

import Bytes
import Columns
import Rows
import Rules
import Segments
import Store

/// The parser of one worker; it keeps what is costly to make from piece to piece.
///
/// Records are parsed in batches, field by field: a loop over the texts of one field takes those
/// that are plain, and the others are looked at one by one. What comes out is the same as if each
/// record were parsed on its own, field after field up to the first that refuses it.
@safe final class PieceParser {
  let feeds: FieldFeeds
  /// Taken for the length of a piece: a loop over a local costs no checks of exclusive access.
  private var splitter: RecordSplitter?
  private let batch: RecordBatch
  /// Records that may be parsed together.
  private let batchCountMax: Int
  let wordTextByteCountMax: Int
  let splitScratch: Scratch<UInt8>
  private var unpaired = Scratch<UInt8>(count: 1_024)
  private var converted = Scratch<UInt8>(count: 1_024)
  private let parents: ParentFinder?
  private let pool: ParsedPiecePool
  let parsers: FieldParsers
  private let constants: ConstantTexts
  private let composers: [Int: TextComposer]
  /// By rule.
  private let ruleLoops: [RuleLoop]
  /// What was found about records of the batch that may yet be refused.
  private var found: [(record: Int, finding: RowFinding)] = []
  /// Whether the text that was inspected last has a letter that only looks like Đ.
  private var hasLookAlike = false
  /// Repairs that were made, by field and repair.
  var repairCounts: [Int]
  /// By dictionary.
  let known: [Held<KnownWords>?]

  init(
    _ feeds: FieldFeeds, schema: Schema, limits: LoadLimits, splitter: consuming RecordSplitter,
    pool: ParsedPiecePool, parents: ParentFinder?
  ) {
    self.feeds = feeds
    wordTextByteCountMax = limits.wordTextByteCountMax
    batch = RecordBatch(fieldCountMax: feeds.columnCount + 1)
    // Otherwise words would not get their codes in the order of the records.
    batchCountMax =
      feeds.isShared.contains(true) ? 1 : min(limits.batchRecordCountMax, RecordBatch.capacity)
    self.splitter = .some(splitter)
    self.parents = parents
    repairCounts = Array(
      repeating: 0, count: feeds.plan.fieldCount * TextRepair.allCases.count)
    self.pool = pool
    splitScratch = Scratch(count: limits.wordTextByteCountMax + 64)
    parsers = FieldParsers(feeds.plan.table, in: schema)
    constants = ConstantTexts(feeds.constants)
    composers = feeds.plan.alternatives.mapValues { TextComposer($0, codeTexts: feeds.codeTexts) }
    ruleLoops = feeds.rules.map { RuleLoop($0, feeds: feeds) }
    // What one field takes for a word another may refuse.
    known = feeds.usesDictionary.indices.map {
      feeds.usesDictionary[$0] && !feeds.isShared[$0] ? Held(KnownWords()) : nil
    }
  }

  /// Parses a piece.
  ///
  /// Throws what reading parents throws.
  func parse(_ piece: DelimitedPiece) throws -> ParsedPiece {
    let parsed = pool.take(capacity: piece.lineEndCount + 1)
    guard var splitter = splitter.take() else { preconditionFailure("one piece at a time") }
    for words in known { words?.value.beginPiece() }
    for loop in ruleLoops { loop.beginPiece() }
    splitter.begin(piece)
    var batch = batch
    while fill(&batch, &splitter, piece, parsed) { parseBatch(&batch, piece, parsed) }
    self.splitter = .some(splitter)
    if piece.origins.isEmpty {
      parsed.fillLines(of: piece)
      parsed.fillLinesOfFindings()
    } else {
      parsed.fillPlaces(from: piece.origins)
    }
    try parents?.find(for: parsed, feeds: feeds)
    parsed.noteUsedWords()
    parsed.noteTextByteCountMax(pieceByteCount: piece.bytes.count)
    return parsed
  }

  /// Takes in the next well-formed records; false at the end of the piece.
  private func fill(
    _ batch: inout RecordBatch, _ splitter: inout RecordSplitter, _ piece: DelimitedPiece,
    _ parsed: ParsedPiece
  ) -> Bool {
    let firstRow = parsed.rowCount
    var count = 0
    while count < batchCountMax,
      splitter.next(into: batch.places.from(count), stride: RecordBatch.capacity)
    {
      parsed.recordCount += 1
      parsed.offsets[firstRow + count] = splitter.byteOffset
      if splitter.isMalformed {
        refuse(firstRow + count, .malformedQuotes, parsed)
      } else if splitter.fieldCount != feeds.columnCount {
        refuse(firstRow + count, .wrongFieldCount, parsed)
      } else {
        count += 1
      }
    }
    batch.count = count
    batch.refusedCount = 0
    return count > 0
  }

  private func parseBatch(
    _ batch: inout RecordBatch, _ piece: DelimitedPiece, _ parsed: ParsedPiece
  ) {
    for record in 0..<batch.count { batch.isRefused[record] = 0 }
    for feed in feeds.feeds {
      guard feed.column >= 0 else {
        let text = constants.text(feed.field)
        for record in 0..<batch.count { parse(text, feed, record, &batch, parsed) }
        continue
      }
      if feed.isJoined, let join = feeds.joins[feed.field] {
        for record in 0..<batch.count {
          let parts = join.columns.map { text(of: batch.column($0)[record], piece).copied }
          parse(withRoom(join.join(parts)), feed, record, &batch, parsed)
        }
      } else {
        parseColumn(feed, &batch, piece, parsed)
      }
    }
    for (rule, loop) in zip(feeds.rules, ruleLoops) { judge(rule, loop, &batch, parsed) }
    if feeds.foldsRepeats, let key = feeds.plan.table.key { foldRepeats(of: key, &batch, parsed) }
    finish(batch, parsed)
  }

  /// Parses the texts of one column: those that are plain by a loop, others one by one.
  private func parseColumn(
    _ feed: FieldFeed, _ batch: inout RecordBatch, _ piece: DelimitedPiece, _ parsed: ParsedPiece
  ) {
    var places = batch.column(feed.column)
    if let cut = feed.cut { places = batch.take(cut, from: places) }
    if feed.hasAbsentMarkers, !feed.changesMeanings, let conversion = conversion(feed.field) {
      places = batch.empty(places, of: piece.bytes, where: conversion.isAbsentMarker)
    }
    let texts = FieldTexts(piece.bytes, places: places, count: batch.count)
    let restCount = parsePlain(texts, feed, batch, parsed)
    for index in 0..<restCount {
      let record = Int(batch.rest[index])
      let place = places[record]
      var text = text(of: place, piece)
      if place.hasPairs, let cut = feed.cut { text = take(cut, from: text) }
      parse(text, feed, record, &batch, parsed)
    }
  }

  /// Keeps the records that are not refused, and what was found about them.
  private func finish(_ batch: RecordBatch, _ parsed: ParsedPiece) {
    for found in found where batch.isRefused[found.record] == 0 {
      parsed.findings.append(found.finding)
    }
    found.removeAll(keepingCapacity: true)
    if batch.refusedCount > 0 {
      parsed.keep(batch.count, isRefused: batch.isRefused, scratch: batch.rest)
    } else {
      parsed.rowCount += batch.count
    }
  }

  /// Judges the records of a batch by one rule.
  private func judge(
    _ rule: RowRule, _ loop: RuleLoop, _ batch: inout RecordBatch, _ parsed: ParsedPiece
  ) {
    for index in 0..<loop.find(batch, in: parsed) {
      let record = Int(batch.rest[index])
      let row = parsed.rowCount + record
      let findings = rule.findings(JudgedRow(parsed: parsed, row: row, fixed: feeds.fixed))
      for finding in findings.all {
        note(.finding(finding), rule.level, rule.field, record, &batch, parsed)
        if rule.level == .refuse { break }
      }
    }
  }

  /// Takes out records that repeat the row before them; one that says something else is refused.
  private func foldRepeats(of key: Int, _ batch: inout RecordBatch, _ parsed: ParsedPiece) {
    var last = parsed.rowCount - 1
    for record in 0..<batch.count where batch.isRefused[record] == 0 {
      let row = parsed.rowCount + record
      let hasSameKey = last >= 0 && parsed.says(row, theSameAs: last, of: key)
      if parsed.isLeading, last < 0 || hasSameKey {
        parsed.leadingCount += 1
        last = row
      } else if !hasSameKey {
        parsed.isLeading = false
        last = row
      } else if let field = parsed.fieldThatDiffers(row, from: last) {
        note(.differingRepeat, .refuse, field, record, &batch, parsed)
      } else {
        batch.isRefused[record] = 1
        batch.refusedCount += 1
        parsed.repeatCount += 1
      }
    }
  }

  /// Notes what is wrong with a record, which is refused if the level says so.
  private func note(
    _ reason: Refusal.Reason, _ level: LoadPlan.Level, _ field: Int, _ record: Int,
    _ batch: inout RecordBatch, _ parsed: ParsedPiece
  ) {
    let refusal = Refusal(
      table: feeds.plan.table.name, line: 0,
      byteOffset: parsed.offsets[parsed.rowCount + record],
      field: feeds.plan.table.fields[field].name, reason: reason)
    if level == .refuse {
      batch.isRefused[record] = 1
      batch.refusedCount += 1
      parsed.refusals.append(refusal)
    } else {
      found.append((record, RowFinding(refusal: refusal, level: level)))
    }
  }

  /// Parses texts as far as a loop can; returns how many of `batch.rest` it leaves.
  private func parsePlain(
    _ texts: FieldTexts, _ feed: FieldFeed, _ batch: RecordBatch, _ parsed: ParsedPiece
  ) -> Int {
    let row = parsed.rowCount
    if feed.changesMeanings { return leaveAll(texts, batch) }
    switch feed.kind {
    case .integer:
      guard let values = parsed.values[feed.field]?.from(row) else { return 0 }
      let count = parsers.parse(texts, field: feed.field, into: values, rest: batch.rest)
      guard count > 0, parsers.acceptsNewCodes(feed.field) else { return count }
      return parseKnownCodes(texts, feed.field, into: values, batch.rest, count: count)
    case .words(let split):
      return parseKnownWords(texts, split, feed.field, row, batch.rest, parsed)
    case .composed:
      guard let values = parsed.values[feed.field]?.from(row),
        let composer = composers[feed.field]
      else { return 0 }
      return composer.find(texts, row: row, in: parsed, into: values, rest: batch.rest)
    case .text: return leaveAll(texts, batch)
    }
  }

  private func leaveAll(_ texts: FieldTexts, _ batch: RecordBatch) -> Int {
    for record in 0..<texts.count { batch.rest[record] = UInt16(record) }
    return texts.count
  }

  /// Parses one text that was left, unless an earlier field refuses its record.
  private func parse(
    _ text: LentBytes, _ feed: FieldFeed, _ record: Int, _ batch: inout RecordBatch,
    _ parsed: ParsedPiece
  ) {
    guard batch.isRefused[record] == 0 else { return }
    let row = parsed.rowCount + record
    hasLookAlike = false
    guard let problem = parse(text, feed, row, parsed) else {
      if hasLookAlike {
        note(.field(.lookAlikeLetter), feeds.lookAlikeLevel, feed.field, record, &batch, parsed)
      }
      return
    }
    note(.field(problem), feed.level, feed.field, record, &batch, parsed)
    // A field that may be absent is, where a plan keeps the row.
    if feed.level != .refuse { _ = parsePlain(LentBytes.empty, feed, row, parsed) }
  }

  private func parse(
    _ text: LentBytes, _ feed: FieldFeed, _ row: Int, _ parsed: ParsedPiece
  ) -> FieldProblem? {
    guard let conversion = conversion(feed.field) else {
      return parsePlain(text, feed, row, parsed)
    }
    return feed.kind.isInteger
      ? parseInteger(text, feed.field, row, parsed, by: conversion)
      : parseText(text, feed, row, parsed, by: conversion)
  }

  /// Parses one text as it stands.
  func parsePlain(
    _ text: LentBytes, _ feed: FieldFeed, _ row: Int, _ parsed: ParsedPiece
  ) -> FieldProblem? {
    switch feed.kind {
    case .integer: parseInteger(text, feed.field, row, parsed)
    case .words(let split): parseWords(text, split, feed.field, row, parsed)
    case .text: parseText(text, feed.field, row, parsed)
    case .composed: parseComposed(text, feed.field, row, parsed)
    }
  }

  private func conversion(_ field: Int) -> FieldConversion? { feeds.conversions[field] }

  private func refuse(_ row: Int, _ reason: Refusal.Reason, _ parsed: ParsedPiece) {
    parsed.refusals.append(
      Refusal(
        table: feeds.plan.table.name, line: 0, byteOffset: parsed.offsets[row], field: "",
        reason: reason))
  }

  /// The text at a place; lent until the next call.
  private func text(of place: TextPlace, _ piece: DelimitedPiece) -> LentBytes {
    let raw = piece.bytes.part(place.start, place.start + place.count)
    guard place.hasPairs else { return raw }
    if unpaired.view.count < raw.count { unpaired = Scratch(count: 2 * raw.count) }
    return unpaired.view.lent(
      count:
        copyUnquoted(raw, to: unpaired.view, hasEscapes: piece.dialect.hasEscapes))
  }

  /// A text with bytes behind it that may be read, as behind the texts of a piece; lent until the
  /// next call.
  func withRoom(_ text: [UInt8]) -> LentBytes {
    if converted.view.count < text.count { converted = Scratch(count: 2 * text.count) }
    for index in text.indices { converted.view[index] = text[index] }
    return converted.view.lent(count: text.count)
  }

  private func take(_ cut: Cut, from text: LentBytes) -> LentBytes {
    guard cut.fits(text.count) else { return LentBytes.empty }
    return text.part(cut.offset, cut.offset + cut.count)
  }

  func parseInteger(
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
      let list = feeds.plan.dictionary[field]
      guard let words = parsed.words[list] else { return problem }
      let code: UInt32
      if let normal = normalised(text) {
        code = normal.lend { words.value.code(of: $0) }
      } else {
        let hash = mix(text)
        code = words.value.code(of: text, hash: hash)
        known[list]?.value.set(text, hash: hash, code: code)
      }
      parsed.values[field]?[row] = -2 - Int64(code)
      return nil
    }
  }

  // MARK: Texts

  /// Inspects a text and gives it in the normal form that is stored; nil when it needs no change.
  ///
  /// A text that needs a closer look each time it comes must not be known.
  func inspect(
    _ text: LentBytes
  ) -> (problem: FieldProblem?, normal: [UInt8]?, mayBeKnown: Bool) {
    let inspection = TextInspection(text)
    if let problem = inspection.problem { return (problem, nil, false) }
    if inspection.hasLookAlike { hasLookAlike = true }
    if inspection.isSurelyNormal { return (nil, nil, !inspection.hasLookAlike) }
    return (nil, normalised(text), false)
  }

  private func parseText(
    _ text: LentBytes, _ field: Int, _ row: Int, _ parsed: ParsedPiece
  ) -> FieldProblem? {
    guard let texts = parsed.texts[field] else { return nil }
    guard text.count > 0 else {
      texts.set(nil, row: row)
      return feeds.plan.table.fields[field].isRequired ? .requiredIsAbsent : nil
    }
    let (problem, normal, _) = inspect(text)
    if let problem { return problem }
    if let normal {
      normal.lend { texts.set($0, row: row) }
    } else {
      texts.set(text, row: row)
    }
    return nil
  }

  // MARK: Texts made of other fields

  /// Finds which alternative a text is; a text that is none is kept as it is.
  private func parseComposed(
    _ text: LentBytes, _ field: Int, _ row: Int, _ parsed: ParsedPiece
  ) -> FieldProblem? {
    guard let values = parsed.values[field], let composer = composers[field] else { return nil }
    guard text.count > 0 else {
      values[row] = absentValue
      return feeds.plan.table.fields[field].isRequired ? .requiredIsAbsent : nil
    }
    if let alternative = composer.alternative(of: text, row: row, in: parsed) {
      values[row] = Int64(alternative)
      return nil
    }
    values[row] = SegmentRows.exceptionalText
    return parseText(text, field, row, parsed)
  }
}
