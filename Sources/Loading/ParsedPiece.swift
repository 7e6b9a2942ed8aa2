// The rows of one piece of a file, parsed column by column, before anything is numbered.

import Bytes
import Columns
import Rows
import Segments
import Synchronization

/// The accepted rows of one piece, and the refused ones.
///
/// Made by one worker and admitted by another. Codes of words and new codes of open lists are the
/// piece's own: word w of the dictionary is `words[d].value[w]`; a new code c is stored as `-2 -
/// c`.
final class ParsedPiece: @unchecked Sendable {
  let plan: TablePlan
  /// The file of the piece, among those of its table.
  var file = 0
  /// Rows that the buffers have room for.
  let capacity: Int
  var rowCount = 0
  /// Integers of fed fields by field: one a row.
  let values: [ScratchView<Int64>?]
  /// Codes of words by field: part p of row r at `p * capacity + r`.
  let codes: [ScratchView<UInt32>?]
  /// Texts kept as bytes by field.
  let texts: [TextRowsBuffer?]
  /// Words by dictionary, and new codes of open lists by code list, where the table has any.
  let words: [Held<WordTable>?]
  let parents: ScratchView<Int64>
  let parentValues: [ScratchView<Int64>?]
  /// Words that the parent has, in codes of the registry.
  let parentCodes: [ScratchView<UInt32>?]
  let lines: ScratchView<Int>
  let offsets: ScratchView<Int>
  var refusals: [Refusal] = []
  /// What is odd about accepted rows, in their order.
  var findings: [RowFinding] = []
  /// Rows at the beginning that may repeat one of the piece before: all have the key of the first.
  var leadingCount = 0
  /// Whether every row so far has the key of the first.
  var isLeading = true
  /// Records that repeat a row of the piece.
  var repeatCount = 0
  /// Accepted rows that name a parent that is not there, rising: they are refused after all.
  var orphans: [Int] = []
  /// Whether its records are in the order of their parents rather than in that of the file.
  private(set) var isSorted = false
  /// Records of the piece, refused ones included.
  var recordCount = 0
  /// By dictionary the words that accepted rows have, in the order in which they have them; nil
  /// when every row of the piece is accepted, and that is the order of the words.
  var usedWords: [[UInt32]?]
  /// Bytes of texts that the rows can add to a segment at most.
  var textByteCountMax = 0
  private let owners: [AnyObject]

  init(_ feeds: FieldFeeds, capacity: Int) {
    let plan = feeds.plan
    var owners: [AnyObject] = []
    func make<Element: BitwiseCopyable>(_ count: Int) -> ScratchView<Element> {
      let scratch = Scratch<Element>(count: count)
      owners.append(scratch)
      return scratch.view
    }
    self.plan = plan
    self.capacity = capacity
    var values: [ScratchView<Int64>?] = []
    var codes: [ScratchView<UInt32>?] = []
    var texts: [TextRowsBuffer?] = []
    var parentValues: [ScratchView<Int64>?] = []
    var parentCodes: [ScratchView<UInt32>?] = []
    for field in 0..<plan.fieldCount {
      let isFed = feeds.isFed[field]
      let isText = plan.isText[field]
      let words = plan.table.fields[field].words
      let isComposed = plan.alternatives[field] != nil
      values.append(isFed && (!isText || isComposed) ? make(capacity) : nil)
      codes.append(isFed ? words.map { make($0.partCount * capacity) } : nil)
      texts.append(isFed && isText ? TextRowsBuffer(capacity: capacity) : nil)
      let isInherited = plan.inherited[field] >= 0
      parentValues.append(isInherited && !isText ? make(capacity) : nil)
      parentCodes.append(isInherited && isText ? words.map { make($0.partCount * capacity) } : nil)
    }
    self.values = values
    self.codes = codes
    self.texts = texts
    self.parentValues = parentValues
    self.parentCodes = parentCodes
    usedWords = feeds.usesDictionary.map { _ in nil }
    words = feeds.usesDictionary.map { $0 ? Held(WordTable()) : nil }
    parents = make(plan.parent == nil ? 0 : capacity)
    lines = make(capacity)
    offsets = make(capacity)
    self.owners = owners
  }
}

extension ParsedPiece {
  /// Makes the piece empty again.
  func removeAll() {
    rowCount = 0
    recordCount = 0
    isSorted = false
    (leadingCount, isLeading, repeatCount) = (0, true, 0)
    textByteCountMax = 0
    refusals.removeAll()
    findings.removeAll()
    orphans.removeAll()
    for index in usedWords.indices { usedWords[index] = nil }
    for text in texts { text?.removeAll() }
    for words in words { words?.value.removeAll() }
  }

  /// Keeps those of the next `count` rows that are not refused.
  ///
  /// `scratch` has room for their places.
  func keep(_ count: Int, isRefused: ScratchView<UInt8>, scratch kept: ScratchView<UInt16>) {
    var keptCount = 0
    for record in 0..<count where isRefused[record] == 0 {
      kept[keptCount] = UInt16(truncatingIfNeeded: record)
      keptCount += 1
    }
    func close<Element>(_ rows: ScratchView<Element>) {
      for index in 0..<keptCount { rows[index] = rows[Int(kept[index])] }
    }
    close(offsets.from(rowCount))
    for field in 0..<plan.fieldCount {
      if let values = values[field] { close(values.from(rowCount)) }
      if let codes = codes[field] {
        for part in 0..<codes.count / max(capacity, 1) {
          close(codes.from(part * capacity + rowCount))
        }
      }
      guard let texts = texts[field] else { continue }
      close(texts.starts.from(rowCount))
      close(texts.byteCounts.from(rowCount))
    }
    rowCount += keptCount
  }

  /// Fills in the lines of rows and refusals, whose offsets are known.
  func fillLines(of piece: DelimitedPiece) {
    // Each record ends with a line, but for the last of a file.
    let bytes = piece.bytes
    let last = bytes.count > 0 ? bytes[bytes.count - 1] : 0
    let endsWithLine = last == .lineFeed || last == .carriageReturn
    if rowCount == recordCount, endsWithLine, recordCount == piece.lineEndCount {
      for row in 0..<rowCount { lines[row] = piece.firstLine + row }
      return
    }
    refusals.sort { $0.byteOffset < $1.byteOffset }
    var (line, position) = (piece.firstLine, 0)
    func goTo(_ offset: Int) -> Int {
      let next = offset - piece.byteOffset
      line += unsafe lineEndCount(bytes.pointer + position, count: next - position)
      position = next
      return line
    }
    var refusal = 0
    for row in 0...rowCount {
      let offset = row < rowCount ? offsets[row] : Int.max
      while refusal < refusals.count, refusals[refusal].byteOffset < offset {
        refusals[refusal].line = goTo(refusals[refusal].byteOffset)
        refusal += 1
      }
      if row < rowCount { lines[row] = goTo(offset) }
    }
  }

  /// Fills in the lines of findings, once those of rows are known.
  func fillLinesOfFindings() {
    var row = 0
    findings.sort { $0.refusal.byteOffset < $1.refusal.byteOffset }
    for index in findings.indices {
      while offsets[row] < findings[index].refusal.byteOffset { row += 1 }
      findings[index].refusal.line = lines[row]
    }
  }

  /// Says of rows, refusals and findings where they stood before their records were sorted; each
  /// begins where a record does.
  func fillPlaces(from origins: [RecordOrigin]) {
    var next = 0
    for row in 0..<rowCount {
      while origins[next].start < offsets[row] { next += 1 }
      (lines[row], offsets[row]) = (origins[next].place.line, origins[next].place.offset)
    }
    func fill(_ refusal: inout Refusal) {
      var (low, high) = (0, origins.count)
      while high - low > 1 {
        let middle = (low + high) / 2
        if origins[middle].start <= refusal.byteOffset { low = middle } else { high = middle }
      }
      (refusal.line, refusal.byteOffset) = (origins[low].place.line, origins[low].place.offset)
    }
    refusals.sort { $0.byteOffset < $1.byteOffset }
    findings.sort { $0.refusal.byteOffset < $1.refusal.byteOffset }
    for index in refusals.indices { fill(&refusals[index]) }
    for index in findings.indices { fill(&findings[index].refusal) }
    isSorted = true
  }

  /// Notes which words accepted rows have, if some rows are refused: these leave no trace, not even
  /// in the order of the words.
  func noteUsedWords() {
    guard !refusals.isEmpty || !orphans.isEmpty else { return }
    // The rows between those that are refused after all.
    let edges = [-1] + orphans + [rowCount]
    let ranges = zip(edges, edges.dropFirst()).map { $0 + 1..<$1 }
    var sources = [[WordSource]](repeating: [], count: words.count)
    for field in 0..<plan.fieldCount where plan.dictionary[field] >= 0 {
      let first = plan.dictionary[field]
      if let codes = codes[field] {
        for part in 0..<codes.count / max(capacity, 1) {
          sources[first + part].append(.words(heads: codes, codes: codes.from(part * capacity)))
        }
      } else if let values = values[field] {
        sources[first].append(.newCodes(values))
      }
    }
    for (dictionary, words) in words.enumerated() {
      if let words {
        usedWords[dictionary] = used(sources[dictionary], wordCount: words.value.count, ranges)
      }
    }
  }

  /// Where a dictionary's words stand in the rows of a piece.
  private enum WordSource {
    case words(heads: ScratchView<UInt32>, codes: ScratchView<UInt32>)
    case newCodes(ScratchView<Int64>)
  }

  /// The words of rows, as the rows, and the fields of each, come first to them.
  private func used(
    _ sources: [WordSource], wordCount: Int, _ ranges: [Range<Int>]
  ) -> [UInt32] {
    var isUsed = [Bool](repeating: false, count: wordCount)
    var order: [UInt32] = []
    func note(_ word: Int) {
      guard !isUsed[word] else { return }
      isUsed[word] = true
      order.append(UInt32(word))
    }
    for range in ranges where wordCount > 0 {
      for row in range {
        for source in sources {
          switch source {
          case .words(let heads, let codes):
            if heads[row] < TokenInput.escape { note(Int(codes[row])) }
          case .newCodes(let values):
            if values[row] <= -2, values[row] != absentValue { note(Int(-2 - values[row])) }
          }
        }
      }
    }
    return order
  }

  /// Notes how many bytes of texts the rows can add to a segment: those that are kept as bytes, and
  /// those whose words a dictionary does not take, which the normal form makes three times as long
  /// at most.
  func noteTextByteCountMax(pieceByteCount: Int) {
    let wordFieldCount = codes.count { $0 != nil }
    textByteCountMax = texts.reduce(wordFieldCount * 3 * pieceByteCount) {
      $0 + ($1?.byteCount ?? 0)
    }
  }
}

/// Something odd about a row that is stored all the same.
struct RowFinding {
  var refusal: Refusal
  var level: LoadPlan.Level
}

/// Parsed pieces that wait for their next use: their memory is costly to have anew.
final class ParsedPiecePool: Sendable {
  private let feeds: FieldFeeds
  private let waiting = Mutex<[ParsedPiece]>([])

  init(_ feeds: FieldFeeds) { self.feeds = feeds }

  /// An empty piece with room for so many rows.
  func take(capacity: Int) -> ParsedPiece {
    if let piece = waiting.withLock({ $0.popLast() }), piece.capacity >= capacity {
      return piece
    }
    return ParsedPiece(feeds, capacity: capacity + capacity / 4)
  }

  /// Frees the memory of pieces, when all have been admitted.
  func removeAll() { waiting.withLock { $0.removeAll() } }

  /// Takes back a piece that has been admitted.
  func give(back piece: ParsedPiece) {
    piece.removeAll()
    waiting.withLock { $0.append(piece) }
  }
}
