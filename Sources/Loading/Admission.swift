// Takes parsed pieces in file order, gives words and rows their numbers, and fills segments.

import Bytes
import Columns
import Rows
import Segments
import Store

/// The place where rows get their numbers; used by one thread at a time.
final class Admission {
  /// More rows out of their parents' order than one in this many, and a thousand, end the load.
  private static let lateShareMax = 10
  private static let lateCountMin = 1_000
  /// A step of more parents than this is looked at, by so many rows behind it.
  private static let stepMax: Int64 = 4_096
  private static let lookAheadCount = 16

  private let plan: TablePlan
  private let feeds: FieldFeeds
  private let words: RegistryWords
  private let refusals: RefusalLog
  private let path: String
  private var rows: SegmentRows?
  private let pool: SegmentRowsPool
  private var segment: Int
  /// Parents before this row have children elsewhere already: theirs come late.
  private let parentFloor: Int64
  private var lastParent: Int64
  private(set) var lines = LineMap()
  private(set) var recordCount = 0
  private(set) var lateCount = 0

  init(
    _ feeds: FieldFeeds, words: RegistryWords, refusals: RefusalLog, path: String,
    firstSegment: Int, parentFloor: Int64, lastParent: Int64
  ) {
    plan = feeds.plan
    self.feeds = feeds
    self.words = words
    self.refusals = refusals
    self.path = path
    segment = firstSegment
    self.parentFloor = parentFloor
    self.lastParent = lastParent
    pool = SegmentRowsPool(feeds)
  }

  /// Takes a piece; gives the segments that it filled.
  func admit(_ piece: ParsedPiece) throws -> [SegmentRows] {
    recordCount += piece.recordCount
    try refusals.add(piece.refusals)
    try refusals.add(
      piece.orphans.map { row in
        Refusal(
          table: plan.table.name, line: piece.lines[row], byteOffset: piece.offsets[row],
          field: feeds.parentField.map { plan.table.fields[$0].name } ?? "",
          reason: .missingParent)
      })
    let codes = piece.words.enumerated().map { number, words in
      words.map { self.words.codes(of: $0, dictionary: number, rowCount: piece.rowCount) } ?? []
    }
    var full: [SegmentRows] = []
    var row = 0
    for end in piece.orphans + [piece.rowCount] {
      while row < end {
        let target = rows ?? takeRows()
        let count = min(end - row, SegmentRows.capacity - target.rowCount)
        copy(piece, from: row, count: count, codes: codes, to: target)
        try markLate(target, count: count, piece, from: row)
        for index in row..<row + count {
          lines.append(line: piece.lines[index], offset: piece.offsets[index])
        }
        target.rowCount += count
        row += count
        if target.rowCount == SegmentRows.capacity {
          full.append(target)
          rows = nil
        }
      }
      row = end + 1
    }
    return full
  }

  /// Gives the last segment, which is not full.
  func finish() -> [SegmentRows] {
    defer { rows = nil }
    return rows.map { [$0] } ?? []
  }

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
      for index in 0..<count { targetTexts.copy(row + index, of: texts, to: at + index) }
      return
    }
    let first = plan.dictionary[field]
    let parts = source.count / piece.capacity
    for index in 0..<count {
      let code = source[row + index]
      guard code < TokenInput.escape else {
        targetCodes[at + index] = code
        if code == TokenInput.escape { targetTexts.copy(row + index, of: texts, to: at + index) }
        continue
      }
      var isEscaped = false
      for part in 0..<parts {
        let local = source[part * piece.capacity + row + index]
        let known = codes[first + part][Int(local)]
        isEscaped = isEscaped || known == TokenInput.escape
        targetCodes[part * SegmentRows.capacity + at + index] = known
      }
      if isEscaped {
        targetCodes[at + index] = TokenInput.escape
        join(piece, field, row + index, first, parts).lend { targetTexts.set($0, row: at + index) }
      }
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
      return piece.words[first + part]?.table[code].copied ?? []
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
      if parent == absentValue || parent < lastParent || parent < parentFloor
        || isStray(piece, row: row + index)
      {
        target.isLate[at + index] = 1
        if parent != absentValue { lateCount += 1 }
      } else {
        target.isLate[at + index] = 0
        lastParent = parent
      }
    }
    let rowCount = lines.rowCount + count
    if parentFloor == 0, lateCount > Self.lateCountMin, lateCount * Self.lateShareMax > rowCount {
      throw LoadError.notInParentOrder(
        path: path, table: plan.table.name, line: piece.lines[row + count - 1])
    }
  }

  /// Whether a row's parent lies far ahead of those of the rows around it: were it taken for the
  /// place where the order goes on, all rows behind it would come late.
  private func isStray(_ piece: ParsedPiece, row: Int) -> Bool {
    let parent = piece.parents[row]
    guard parent > lastParent + Self.stepMax else { return false }
    var (beyond, behind) = (0, 0)
    for next in (row + 1)..<max(row + 1, min(piece.rowCount, row + 1 + Self.lookAheadCount)) {
      let other = piece.parents[next]
      if other == absentValue { continue }
      if other >= parent { beyond += 1 } else { behind += 1 }
    }
    return behind > beyond
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

  func give(back rows: SegmentRows) {
    rows.removeAll()
    monitor.withLock { free.append(rows) }
  }
}
