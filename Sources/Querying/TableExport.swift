// Writes rows of a table as text: workers make the text of eight blocks at a time, and the calling
// thread hands it on in the order of the rows.

package import Bytes
import Columns
package import Compression
import Rows
import Segments
package import Store

/// Writes rows of a table in stored order, and then those that changed since their segments were
/// written; emptied places are left out.
///
/// What is made and not yet handed on stays small, however many or long the rows are.
package struct TableExport {
  private static let blocksPerPiece = 8
  /// So many that no worker waits for one that has to wait for a processor.
  private static let piecesAheadPerThread = 6
  /// A worker whose text is longer hands it over, though its piece is not done.
  static let partByteCountMax = 4 << 20

  private let scan: Scan
  private let exported: ExportedTable
  private let format: TextFormat
  private let absentMark: String
  private let compression: CompressionFormat?

  /// Writes the rows that a scan finds, on as many threads as it may use.
  ///
  /// A table with others in it is written as NDJSON. In CSV the mark stands for absent values.
  package init(
    _ scan: Scan, of exported: ExportedTable, as format: TextFormat, absentMark: String = "",
    compression: CompressionFormat? = nil
  ) {
    precondition(scan.threadCount > 0)
    precondition(scan.table == exported.table)
    precondition(format == .ndjson || exported.children.isEmpty)
    self.scan = scan
    self.exported = exported
    self.format = format
    self.absentMark = absentMark
    self.compression = compression
  }

  /// Gives the rows to `sink`, some at a time, of CSV after a line that names the fields; returns
  /// how many rows.
  ///
  /// Compressed text is a member or frame for each call. Throws a `QueryError`, a `StoreError`, or
  /// what `sink` throws.
  package func write(
    in snapshot: borrowing Snapshot, to sink: (LentBytes) throws -> Void
  ) throws -> Int {
    guard isMarkFit else { throw QueryError(.unfitMark, name: absentMark) }
    let pieces = try self.pieces(in: snapshot)
    let order = ExportOrder(
      pieceCount: pieces.count, aheadCountMax: Self.piecesAheadPerThread * scan.threadCount)
    let work = ExportWork(
      pieces: pieces, scan: scan, exported: exported, format: format, absentMark: absentMark,
      compression: compression)
    try work.header(in: snapshot).lend { bytes throws in
      if bytes.count > 0 { try sink(bytes) }
    }
    let outcome = unsafe withUnsafePointer(to: snapshot) { pointer -> Result<Int, any Error> in
      // The snapshot outlives the threads, which are waited for below.
      let lent = unsafe LentSnapshot(pointer: pointer)
      let threads = (0..<min(scan.threadCount, max(1, pieces.count))).map { _ in
        startThread { work.run(order, in: unsafe lent.pointer.pointee) }
      }
      defer { for thread in threads { joinThread(thread) } }
      do {
        return .success(try order.drain(to: sink))
      } catch {
        order.close()
        return .failure(error)
      }
    }
    return try outcome.get()
  }

  /// Whether the mark is no number or day, and needs no quotes.
  private var isMarkFit: Bool {
    let numbers = "0123456789+-.".utf8
    let bytes = Array(absentMark.utf8)
    return bytes.isEmpty || !bytes.allSatisfy(numbers.contains) && !bytes.lend { needsQuotes($0) }
  }

  private func pieces(in snapshot: borrowing Snapshot) throws -> [ExportPiece] {
    var statistics = ScanStatistics()
    var pieces: [ExportPiece] = []
    for segment in try scan.survivors(&statistics, in: snapshot) {
      let blockCount = try snapshot.segment(segment, table: scan.table).blockCount
      for first in stride(from: 0, to: blockCount, by: Self.blocksPerPiece) {
        let blocks = first..<min(first + Self.blocksPerPiece, blockCount)
        pieces.append(ExportPiece(segment: segment, blocks: blocks))
      }
    }
    let fresh = try scan.freshRows(in: snapshot)
    for first in stride(from: 0, to: fresh.count, by: 4_096) {
      let rows = Array(fresh[first..<min(first + 4_096, fresh.count)])
      pieces.append(ExportPiece(segment: -1, blocks: 0..<0, freshRows: rows))
    }
    return pieces
  }
}

/// Some blocks of a segment, or some rows that lie apart from theirs.
private struct ExportPiece: Sendable {
  let segment: Int
  let blocks: Range<Int>
  var freshRows: [Int] = []
}

/// What all threads of an export share.
private struct ExportWork: Sendable {
  let pieces: [ExportPiece]
  let scan: Scan
  let exported: ExportedTable
  let format: TextFormat
  let absentMark: String
  let compression: CompressionFormat?

  /// What comes before all rows; compressed, it is a member or frame even if it is empty, since
  /// a file of none would be cut off.
  func header(in snapshot: borrowing Snapshot) throws(CompressionError) -> [UInt8] {
    let fields = snapshot.plan.tables[exported.table].table.fields
    let names = exported.fields.map { fields[$0].name }.joined(separator: ",") + "\n"
    let text = Array((format == .csv ? names : "").utf8)
    guard let compression else { return text }
    return try Compressor(compression).compressed(text)
  }

  /// Makes pieces until none is left.
  func run(_ order: ExportOrder, in snapshot: borrowing Snapshot) {
    do {
      let writer = try PieceWriter(self, order, in: snapshot)
      while let number = order.begin() {
        try writer.write(pieces[number], number: number, in: snapshot)
      }
    } catch {
      order.fail(error)
    }
  }
}

/// Makes the text of pieces; used by one thread inside one snapshot.
private final class PieceWriter {
  private let work: ExportWork
  private let order: ExportOrder
  private let walk: SegmentWalk
  private let compressor: Compressor?
  private let source: Source
  /// Writes rows one by one.
  private let trees: TreeText
  private var text: RowText
  private var part = ExportPart()

  private enum Source {
    case blocks(BlockText)
    case trees(TreeText)
  }

  init(
    _ work: ExportWork, _ order: ExportOrder, in snapshot: borrowing Snapshot
  ) throws(CompressionError) {
    self.work = work
    self.order = order
    walk = SegmentWalk(work.scan, plan: snapshot.plan)
    compressor = try work.compression.map { format throws(CompressionError) in
      try Compressor(format)
    }
    let hasTrees = !work.exported.children.isEmpty
    trees = TreeText(work.exported, in: snapshot)
    source =
      hasTrees
      ? .trees(trees)
      : .blocks(BlockText(work.exported, in: snapshot))
    text = RowText(work.format, absentMark: work.absentMark)
  }

  func write(
    _ piece: ExportPiece, number: Int, in snapshot: borrowing Snapshot
  ) throws {
    for row in piece.freshRows {
      part.rowCount += 1
      try trees.append(row: row, to: &text, in: snapshot) { text in
        hand(&text, of: number, isLast: false)
      }
    }
    if !piece.blocks.isEmpty, walk.segment != piece.segment {
      try walk.begin(piece.segment, in: snapshot)
    }
    for block in piece.blocks {
      let rows = try wanted(block, in: snapshot)
      if rows.isEmpty { continue }
      part.rowCount += rows.count
      switch source {
      case .blocks(let writer):
        try writer.append(
          segment: piece.segment, block: block, rows: rows, to: &text, in: snapshot
        ) { text in hand(&text, of: number, isLast: false) }
      case .trees(let writer):
        try writer.append(
          segment: piece.segment, block: block, rows: rows, to: &text, in: snapshot
        ) { text in hand(&text, of: number, isLast: false) }
      }
    }
    hand(&text, of: number, isLast: true)
  }

  private func wanted(_ block: Int, in snapshot: borrowing Snapshot) throws -> Selection {
    switch try walk.rows(ofBlock: block, in: snapshot) {
    case .none: Selection()
    case .all: Selection(first: min(Selection.rowCount, walk.rowCount - block << 10))
    case .some(let rows): rows
    }
  }

  private func hand(_ text: inout RowText, of number: Int, isLast: Bool) {
    if text.holdsMark { return order.fail(QueryError(.unfitMark, name: work.absentMark)) }
    if let compressor, text.count > 0 {
      do throws(CompressionError) {
        try part.text.fill(compressor.byteCountMax(of: text.count)) {
          room throws(CompressionError) in try compressor.compress(text.bytes, into: room)
        }
      } catch { return order.fail(error) }
      text.removeAll()
    } else {
      text.move(to: &part.text)
    }
    part.isLast = isLast
    order.hand(&part, of: number)
  }
}
