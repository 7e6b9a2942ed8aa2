// Finds the records of pieces and the parents that they name, for sorting.

import Bytes
import Rows
import Store

/// The records of one piece, in the order of the file.
struct FoundRecords {
  private(set) var count = 0
  private(set) var starts: [Int] = []
  private(set) var lines: [Int] = []
  /// Rows of their parents; the greatest Int64 where there is none.
  private(set) var parents: [Int64] = []
  /// Whether where a record ends depends on what follows it.
  private(set) var isMalformed: [Bool] = []

  mutating func removeAll() {
    count = 0
    starts.removeAll(keepingCapacity: true)
    lines.removeAll(keepingCapacity: true)
    parents.removeAll(keepingCapacity: true)
    isMalformed.removeAll(keepingCapacity: true)
  }

  mutating func append(start: Int, line: Int, parent: Int64, isMalformed: Bool = false) {
    count += 1
    starts.append(start)
    lines.append(line)
    parents.append(parent)
    self.isMalformed.append(isMalformed)
  }
}

/// What one worker finds the records of pieces with: a parser that looks at the parent's key alone.
final class RecordWorker: @unchecked Sendable {
  private let field: Int
  private let parser: PieceParser
  private let pool: ParsedPiecePool
  private let parents: ParentFinder
  private var rows = Scratch<Int64>(count: 1_024)
  private var records = FoundRecords()

  /// Nil when no column says the parent's key.
  init?(
    _ feeds: FieldFeeds, schema: Schema, limits: LoadLimits, splitter: consuming RecordSplitter,
    parents: ParentFinder
  ) {
    guard let field = feeds.parentField, let key = feeds.onlyFeed(of: field) else { return nil }
    self.field = field
    self.parents = parents
    pool = ParsedPiecePool(key)
    parser = PieceParser(
      key, schema: schema, limits: limits, splitter: splitter, pool: pool, parents: nil)
  }

  /// The records of a piece, whether rows or refused; those without a parent that is there, and
  /// those that cannot be read, have none.
  func records(of piece: DelimitedPiece) throws -> FoundRecords {
    let parsed = try parser.parse(piece)
    defer { pool.give(back: parsed) }
    guard let keys = parsed.values[field] else { preconditionFailure("the parent's key is fed") }
    if rows.view.count < parsed.rowCount { rows = Scratch(count: 2 * parsed.rowCount) }
    let rows = rows.view
    do throws(StoreError) {
      try parents.find(keys, count: parsed.rowCount, into: rows)
    } catch { throw LoadError.store(error) }
    records.removeAll()
    let refusals = parsed.refusals.sorted { $0.byteOffset < $1.byteOffset }
    var next = 0
    for row in 0...parsed.rowCount {
      let offset = row < parsed.rowCount ? parsed.offsets[row] : Int.max
      while next < refusals.count, refusals[next].byteOffset < offset {
        records.append(
          start: refusals[next].byteOffset - piece.byteOffset, line: refusals[next].line,
          parent: .max, isMalformed: refusals[next].reason == .malformedQuotes)
        next += 1
      }
      if row < parsed.rowCount {
        records.append(
          start: offset - piece.byteOffset, line: parsed.lines[row], parent: rows[row])
      }
    }
    return records
  }
}
