// Takes parsed pieces in file order, gives words and rows their numbers, and fills segments.

import Bytes
import Columns
import Rows
import Segments
import Store

/// What became of one file.
struct AdmittedFile {
  var recordCount = 0
  var rowCount = 0
  var lateCount = 0
  /// Records that repeat a row that is stored.
  var repeatCount = 0
  /// Rows that lost a unique key to an earlier row.
  var lostCount = 0
  /// Rows whose key a row has that was there before, and stays.
  var keptCount = 0
  /// Rows that give their values to a row that was there before.
  var replacingCount = 0
}

/// The place where rows get their numbers; used by one thread at a time.
final class Admission {
  /// More rows out of their parents' order than one in this many, and than a thousand, are no
  /// order.
  private static let lateShareMax = 10
  private static let lateCountMin = 1_000

  private let plan: TablePlan
  private let feeds: FieldFeeds
  private let words: RegistryWords
  private let refusals: RefusalLog
  private let paths: [String]
  private var rows: SegmentRows?
  private let pool: SegmentRowsPool
  private var segment: Int
  private let textByteCountMax: Int
  /// Parents before this row have children elsewhere already: theirs come late.
  private let parentFloor: Int64
  private var lastParent: Int64
  /// The parent of the row before, if that stands before others of earlier parents.
  private var parentAhead: Int64 = -1
  private(set) var lines: LineMap
  /// What the pieces of each file were, by file.
  private(set) var files: [AdmittedFile]
  private var lateCount = 0
  /// What the last row says, if rows may be repeated.
  private var lastRow: RowCopy?

  init(
    _ feeds: FieldFeeds, words: RegistryWords, refusals: RefusalLog, paths: [String],
    limits: LoadLimits, firstSegment: Int, parentFloor: Int64, lines: LineMap
  ) {
    plan = feeds.plan
    self.feeds = feeds
    self.words = words
    self.refusals = refusals
    self.paths = paths
    self.lines = lines
    files = paths.map { _ in AdmittedFile() }
    segment = firstSegment
    self.parentFloor = parentFloor
    lastParent = parentFloor
    textByteCountMax = limits.segmentTextByteCountMax
    pool = SegmentRowsPool(feeds)
  }

  /// Takes a piece; gives the segments that it filled.
  func admit(_ piece: ParsedPiece) throws -> [SegmentRows] {
    files[piece.file].recordCount += piece.recordCount
    files[piece.file].rowCount += piece.rowCount - piece.orphans.count
    files[piece.file].repeatCount += piece.repeatCount
    let codes = piece.words.enumerated().map { number, words in
      words.map {
        self.words.codes(
          of: $0, dictionary: number, rowCount: piece.rowCount, used: piece.usedWords[number])
      } ?? []
    }
    var full: [SegmentRows] = []
    let folded = try foldLeading(piece, codes: codes, &full)
    try refuse(piece)
    try warn(piece, except: folded)
    var row = piece.leadingCount
    for end in piece.orphans.filter({ $0 >= row }) + [piece.rowCount] {
      while row < end {
        let target = rows ?? takeRows()
        // Near the limit of texts row by row, so that where a segment ends depends on rows alone.
        let isNearLimit = target.textByteCount + piece.textByteCountMax >= textByteCountMax
        let count = isNearLimit ? 1 : min(end - row, SegmentRows.capacity - target.rowCount)
        copy(piece, from: row, count: count, codes: codes, to: target)
        try markLate(target, count: count, piece, from: row)
        try lines.append(row..<row + count, of: piece)
        target.rowCount += count
        row += count
        endSegmentIfFull(&full)
      }
      row = end + 1
    }
    if let rows, feeds.foldsRepeats, rows.rowCount > 0 { lastRow = copy(ofLastRow: rows) }
    return full
  }

  private func endSegmentIfFull(_ full: inout [SegmentRows]) {
    guard let target = rows,
      target.rowCount == SegmentRows.capacity || target.textByteCount >= textByteCountMax
    else { return }
    if feeds.foldsRepeats { lastRow = copy(ofLastRow: target) }
    full.append(target)
    rows = nil
  }

  private func copy(ofLastRow rows: SegmentRows) -> RowCopy {
    RowCopy(of: rows.rowCount - 1, in: rows, fed: feeds.isFed)
  }

  /// Admits the rows at the beginning of a piece one by one; gives the offsets of those that repeat
  /// the row before them.
  private func foldLeading(
    _ piece: ParsedPiece, codes: [[UInt32]], _ full: inout [SegmentRows]
  ) throws -> Set<Int> {
    guard feeds.foldsRepeats, let key = plan.table.key else { return [] }
    var folded: Set<Int> = []
    for row in 0..<piece.leadingCount where !piece.orphans.contains(row) {
      let target = rows ?? takeRows()
      copy(piece, from: row, count: 1, codes: codes, to: target)
      let said = RowCopy(of: target.rowCount, in: target, fed: feeds.isFed)
      guard let lastRow, said.says(theSameAs: lastRow, of: key) else {
        try markLate(target, count: 1, piece, from: row)
        try lines.append(row..<row + 1, of: piece)
        target.rowCount += 1
        lastRow = said
        endSegmentIfFull(&full)
        continue
      }
      folded.insert(piece.offsets[row])
      files[piece.file].rowCount -= 1
      if let field = said.fieldThatDiffers(from: lastRow) {
        piece.refusals.append(
          Refusal(
            table: plan.table.name, line: piece.lines[row], byteOffset: piece.offsets[row],
            field: plan.table.fields[field].name, reason: .differingRepeat))
      } else {
        files[piece.file].repeatCount += 1
      }
    }
    return folded
  }

  /// Lists a piece's refused rows in the order of their records.
  private func refuse(_ piece: ParsedPiece) throws(LoadError) {
    guard !piece.refusals.isEmpty || !piece.orphans.isEmpty else { return }
    let orphans = piece.orphans.map { row in
      Refusal(
        table: plan.table.name, line: piece.lines[row], byteOffset: piece.offsets[row],
        field: feeds.parentField.map { plan.table.fields[$0].name } ?? "",
        reason: .missingParent)
    }
    // Sorted records have all their parents, or are without and in the order of the file.
    let isInOrder = piece.isSorted && orphans.isEmpty
    try refusals.add(
      isInOrder
        ? piece.refusals
        : (piece.refusals + orphans).sorted { $0.byteOffset < $1.byteOffset },
      file: paths[piece.file])
  }

  /// Lists what was found about a piece's rows that are stored.
  private func warn(_ piece: ParsedPiece, except folded: Set<Int>) throws(LoadError) {
    guard !piece.findings.isEmpty else { return }
    let refused = folded.union(piece.orphans.map { piece.offsets[$0] })
    try refusals.add(
      piece.findings.filter { !refused.contains($0.refusal.byteOffset) }, file: paths[piece.file])
  }

  /// Gives the last segment, which is not full.
  func finish() -> [SegmentRows] {
    defer { rows = nil }
    return rows.map { [$0] } ?? []
  }

  /// Frees the memory of rows, when all have been encoded.
  func freeRows() { pool.removeAll() }

  /// Takes back a segment's rows that have been encoded.
  func giveBack(_ rows: SegmentRows) { pool.give(back: rows) }

  private func takeRows() -> SegmentRows {
    let taken = pool.take()
    taken.segment = segment
    taken.parentBefore = lastParent
    segment += 1
    rows = taken
    return taken
  }

  // MARK: Copying

  private func copy(
    _ piece: ParsedPiece, from row: Int, count: Int, codes: [[UInt32]], to target: SegmentRows
  ) {
    let at = target.rowCount
    for field in 0..<plan.fieldCount {
      if let values = piece.values[field] {
        copyValues(values, from: row, count: count, codes, field, to: target, at: at)
      } else if let inherited = piece.parentValues[field], !feeds.isFed[field],
        feeds.fixed[field] == absentValue
      {
        move(inherited, row, count, to: target.values, field * SegmentRows.capacity + at)
      }
      if let inherited = piece.parentValues[field] {
        move(inherited, row, count, to: target.parentValues, field * SegmentRows.capacity + at)
      }
      copyWords(piece, from: row, count: count, codes, field, to: target, at: at)
    }
    guard plan.parent != nil else { return }
    move(piece.parents, row, count, to: target.parents, at)
  }

  private func copyValues(
    _ values: ScratchView<Int64>, from row: Int, count: Int, _ codes: [[UInt32]], _ field: Int,
    to target: SegmentRows, at: Int
  ) {
    let start = field * SegmentRows.capacity + at
    move(values, row, count, to: target.values, start)
    let list = plan.dictionary[field]
    guard list >= 0, !codes[list].isEmpty, !plan.isText[field] else { return }
    for index in start..<start + count where target.values[index] <= -2 {
      let code = target.values[index]
      if code != absentValue { target.values[index] = Int64(codes[list][Int(-2 - code)]) }
    }
  }

  private func copyWords(
    _ piece: ParsedPiece, from row: Int, count: Int, _ codes: [[UInt32]], _ field: Int,
    to target: SegmentRows, at: Int
  ) {
    guard plan.isText[field] else { return }
    if let inherited = piece.parentCodes[field] {
      let parts = inherited.count / piece.capacity
      for part in 0..<parts {
        for view in [target.parentCodes[field], feeds.isFed[field] ? nil : target.codes[field]] {
          guard let view else { continue }
          move(
            inherited, part * piece.capacity + row, count, to: view,
            part * SegmentRows.capacity + at)
        }
      }
    }
    guard let texts = piece.texts[field], let targetTexts = target.texts[field] else { return }
    guard let source = piece.codes[field], let targetCodes = target.codes[field] else {
      // Of a text made of other fields only what is none of its alternatives is kept as bytes.
      let chosen = piece.values[field]
      for index in 0..<count {
        if let chosen, chosen[row + index] != SegmentRows.exceptionalText { continue }
        targetTexts.copy(row + index, of: texts, to: at + index)
      }
      return
    }
    let first = plan.dictionary[field]
    let parts = source.count / piece.capacity
    var hasEscapes = false
    for part in 0..<parts {
      let isEscaped = translate(
        source, from: row, count: count, part: part * piece.capacity, codes[first + part],
        to: targetCodes.from(part * SegmentRows.capacity + at))
      hasEscapes = hasEscapes || isEscaped
    }
    guard hasEscapes else { return }
    for index in 0..<count {
      let code = source[row + index]
      if code == TokenInput.escape { targetTexts.copy(row + index, of: texts, to: at + index) }
      guard code < TokenInput.escape else { continue }
      let isEscaped = (0..<parts).contains {
        targetCodes[$0 * SegmentRows.capacity + at + index] == TokenInput.escape
      }
      if isEscaped {
        targetCodes[at + index] = TokenInput.escape
        join(piece, field, row + index, first, parts).lend { targetTexts.set($0, row: at + index) }
      }
    }
  }

  /// Writes the registry's codes for a piece's codes of one part; says whether there is a text that
  /// is no words, or a word that the registry does not take.
  private func translate(
    _ source: ScratchView<UInt32>, from row: Int, count: Int, part: Int, _ codes: [UInt32],
    to target: ScratchView<UInt32>
  ) -> Bool {
    precondition(part + row + count <= source.count && count <= target.count)
    let (absent, escape) = (TokenInput.absent, TokenInput.escape)
    return unsafe codes.withUnsafeBufferPointer { codes in
      var greatest: UInt32 = 0
      let heads = unsafe source.base + row
      let words = unsafe source.base + part + row
      for index in 0..<count {
        let head = unsafe heads[index]
        var code = head
        if head < escape { code = unsafe codes[Int(words[index])] }
        unsafe target.base[index] = code
        greatest = max(greatest, code == absent ? 0 : code)
      }
      return greatest == escape
    }
  }

  /// The text of a row whose words the dictionaries do not take.
  private func join(
    _ piece: ParsedPiece, _ field: Int, _ row: Int, _ first: Int, _ parts: Int
  ) -> [UInt8] {
    guard let source = piece.codes[field], let split = plan.table.fields[field].words else {
      return []
    }
    let texts = (0..<parts).map { part -> [UInt8] in
      let code = Int(source[part * piece.capacity + row])
      return piece.words[first + part]?.value[code].copied ?? []
    }
    let empty: [UInt8] = []
    let room = Scratch<UInt8>(count: texts.reduce(2) { $0 + $1.count })
    let count = texts[0].lend { one in
      (parts > 1 ? texts[1] : empty).lend { two in
        (parts > 2 ? texts[2] : empty).lend { three in
          split.join(Words(one, two, three), into: room.view)
        }
      }
    }
    return room.view.lent(count: count).copied
  }

  // MARK: Parents

  private func markLate(
    _ target: SegmentRows, count: Int, _ piece: ParsedPiece, from row: Int
  ) throws {
    guard plan.parent != nil else { return }
    let at = target.rowCount
    for index in 0..<count {
      let parent = target.parents[at + index]
      if parent == absentValue || parent < lastParent || isAhead(row + index, piece) {
        target.isLate[at + index] = 1
        guard parent != absentValue else { continue }
        files[piece.file].lateCount += 1
        // Children of parents that were there come late in any order.
        guard parent >= parentFloor else { continue }
        lateCount += 1
        guard lateCount > Self.lateCountMin,
          lateCount * Self.lateShareMax > lines.rowCount + index + 1
        else { continue }
        throw LoadError.notInParentOrder(
          path: paths[piece.file], table: plan.table.name, line: piece.lines[row + index])
      } else {
        target.isLate[at + index] = 0
        lastParent = parent
      }
    }
  }

  /// Whether a row stands before others of earlier parents: its parent is greater than that of the
  /// next rows of the piece, which are in order without it.
  ///
  /// So that one household at a wrong place does not make all rows behind it late.
  private func isAhead(_ row: Int, _ piece: ParsedPiece) -> Bool {
    let parent = piece.parents[row]
    if parent == parentAhead { return true }
    parentAhead = -1
    guard parent > lastParent else { return false }
    var next = row + 1
    while next < piece.rowCount, piece.parents[next] == parent || piece.parents[next] == absentValue
    {
      next += 1
    }
    guard next < piece.rowCount else { return false }
    guard piece.parents[next] < parent, piece.parents[next] >= lastParent else { return false }
    parentAhead = parent
    return true
  }
}

@inline(__always)
private func move<Element: BitwiseCopyable>(
  _ source: ScratchView<Element>, _ from: Int, _ count: Int, to target: ScratchView<Element>,
  _ to: Int
) {
  precondition(from >= 0 && from + count <= source.count && to + count <= target.count)
  unsafe (target.base + to).update(from: source.base + from, count: count)
}

/// Buffers for rows of segments, used again when a segment has been encoded.
private final class SegmentRowsPool: @unchecked Sendable {
  private let feeds: FieldFeeds
  private let monitor = Monitor()
  private var free: [SegmentRows] = []

  init(_ feeds: FieldFeeds) { self.feeds = feeds }

  func take() -> SegmentRows {
    if let rows = monitor.withLock({ free.popLast() }) { return rows }
    let rows = SegmentRows(feeds.plan)
    for field in 0..<feeds.plan.fieldCount where !feeds.isFed[field] {
      let start = field * SegmentRows.capacity
      for index in 0..<SegmentRows.capacity { rows.values[start + index] = feeds.fixed[field] }
      if let codes = rows.codes[field] {
        for index in 0..<SegmentRows.capacity { codes[index] = TokenInput.absent }
      }
      if let texts = rows.texts[field] {
        for index in 0..<SegmentRows.capacity { texts.set(nil, row: index) }
      }
    }
    return rows
  }

  func removeAll() { monitor.withLock { free.removeAll() } }

  func give(back rows: SegmentRows) {
    rows.removeAll()
    monitor.withLock { free.append(rows) }
  }
}
