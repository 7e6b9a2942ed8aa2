// Finds the records of pieces and the parents that they name, for sorting.

import Bytes
import Rows
import Store

/// The records of one piece, in the order of the file.
///
/// Lent by a worker until it looks at another piece.
struct FoundRecords {
  fileprivate(set) var count = 0
  let starts: ScratchView<Int>
  let lines: ScratchView<Int>
  /// Rows of their parents; the greatest Int64 where there is none.
  let parents: ScratchView<Int64>
  /// Those of which it depends on what follows them where they end, rising.
  fileprivate(set) var malformed: [Int] = []

  fileprivate mutating func append(start: Int, line: Int, parent: Int64) {
    starts[count] = start
    lines[count] = line
    parents[count] = parent
    count += 1
  }
}

/// Memory for the records of a piece.
private struct RecordRoom {
  let starts: Scratch<Int>
  let lines: Scratch<Int>
  let parents: Scratch<Int64>
  /// Parents of those that are rows.
  let rowParents: Scratch<Int64>

  init(_ count: Int) {
    starts = Scratch(count: count)
    lines = Scratch(count: count)
    parents = Scratch(count: count)
    rowParents = Scratch(count: count)
  }
}

/// What one worker finds the records of pieces with: a parser that looks at the parent's key alone.
final class RecordWorker: @unchecked Sendable {
  private let field: Int
  private let parser: PieceParser
  private let pool: ParsedPiecePool
  private let parents: ParentFinder
  private var room = RecordRoom(1_024)

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
    if room.starts.view.count < parsed.recordCount { room = RecordRoom(2 * parsed.recordCount) }
    let rowParents = room.rowParents.view
    do throws(StoreError) {
      try parents.find(keys, count: parsed.rowCount, into: rowParents)
    } catch { throw LoadError.store(error) }
    var records = FoundRecords(
      starts: room.starts.view, lines: room.lines.view, parents: room.parents.view)
    let refusals = parsed.refusals.sorted { $0.byteOffset < $1.byteOffset }
    var next = 0
    for row in 0...parsed.rowCount {
      let offset = row < parsed.rowCount ? parsed.offsets[row] : Int.max
      while next < refusals.count, refusals[next].byteOffset < offset {
        if refusals[next].reason == .malformedQuotes { records.malformed.append(records.count) }
        records.append(
          start: refusals[next].byteOffset - piece.byteOffset, line: refusals[next].line,
          parent: .max)
        next += 1
      }
      guard row < parsed.rowCount else { break }
      records.append(
        start: offset - piece.byteOffset, line: parsed.lines[row], parent: rowParents[row])
    }
    return records
  }
}
