// Writes a table as comma-separated text: workers make the text of eight blocks at a time, and the
// calling thread hands it on in the order of the rows.

package import Bytes
import Rows
import Segments
package import Store

/// Writes rows of a table in stored order; emptied places are left out.
package struct TableExport {
  private static let blocksPerPiece = 8

  private let table: Int
  private let fields: [Int]
  private let chosen: [Int]?
  private let threadCount: Int

  /// Writes all rows, or those of `rows`, which ascend.
  package init(table: Int, fields: [Int], rows: [Int]? = nil, threadCount: Int) {
    precondition(threadCount > 0 && !fields.isEmpty)
    self.table = table
    self.fields = fields
    chosen = rows
    self.threadCount = threadCount
  }

  /// Gives the header and then the rows to `sink`, some at a time; returns how many rows.
  ///
  /// Throws a `StoreError`, or what `sink` throws.
  package func write(
    in snapshot: borrowing Snapshot, to sink: (LentBytes) throws -> Void
  ) throws -> Int {
    try header(snapshot).lend { bytes throws in try sink(bytes) }
    let pieces = try self.pieces(in: snapshot)
    let order = ExportOrder(pieceCount: pieces.count, aheadCountMax: 2 * threadCount)
    let work = ExportWork(pieces: pieces, chosen: chosen, table: table, fields: fields)
    let outcome = unsafe withUnsafePointer(to: snapshot) { pointer -> Result<Int, any Error> in
      // The snapshot outlives the threads, which are waited for below.
      let lent = unsafe LentSnapshot(pointer: pointer)
      let threads = (0..<min(threadCount, max(1, pieces.count))).map { _ in
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

  private func header(_ snapshot: borrowing Snapshot) -> [UInt8] {
    let declared = snapshot.plan.tables[table].table
    return Array((fields.map { declared.fields[$0].name }.joined(separator: ",") + "\n").utf8)
  }

  private func pieces(in snapshot: borrowing Snapshot) throws(StoreError) -> [ExportPiece] {
    var pieces: [ExportPiece] = []
    var next = 0
    for segment in 0..<snapshot.segmentCount(table: table) {
      let blockCount = try snapshot.segment(segment, table: table).blockCount
      for first in stride(from: 0, to: blockCount, by: Self.blocksPerPiece) {
        let blocks = first..<min(first + Self.blocksPerPiece, blockCount)
        var piece = ExportPiece(segment: segment, blocks: blocks, rows: 0..<0)
        if let chosen {
          let end = segment << 16 + blocks.upperBound << 10
          var last = next
          while last < chosen.count, chosen[last] < end { last += 1 }
          piece.rows = next..<last
          next = last
          if piece.rows.isEmpty { continue }
        }
        pieces.append(piece)
      }
    }
    return pieces
  }
}

@unsafe private struct LentSnapshot: @unchecked Sendable {
  let pointer: UnsafePointer<Snapshot>
}

/// Some blocks of a segment, and the positions of their rows among the chosen ones.
private struct ExportPiece: Sendable {
  let segment: Int
  let blocks: Range<Int>
  var rows: Range<Int>
}

/// What all threads of an export share.
private struct ExportWork: Sendable {
  let pieces: [ExportPiece]
  let chosen: [Int]?
  let table: Int
  let fields: [Int]

  /// Makes pieces until none is left.
  func run(_ order: ExportOrder, in snapshot: borrowing Snapshot) {
    while let (number, rested) = order.begin() {
      let writer = rested ?? BlockText(table: table, fields: fields, in: snapshot)
      writer.output.removeAll()
      do throws(StoreError) {
        order.finish(number, writer, rowCount: try write(pieces[number], to: writer, snapshot))
      } catch {
        return order.fail(error)
      }
    }
  }

  private func write(
    _ piece: ExportPiece, to writer: BlockText, _ snapshot: borrowing Snapshot
  ) throws(StoreError) -> Int {
    let view = try snapshot.segment(piece.segment, table: table)
    let removed = try snapshot.removedPlaces(piece.segment, table: table)
    var count = 0
    for block in piece.blocks {
      let first = block << 10
      var places = Array(first..<first + view.rowCount(ofBlock: block))
      if let chosen {
        let base = piece.segment << 16
        places = chosen[piece.rows].lazy.map { $0 - base }.filter { $0 >> 10 == block }
      }
      if let removed { places.removeAll { removed[$0 >> 3] & (1 << UInt8($0 & 7)) != 0 } }
      count += places.count
      try writer.append(
        segment: piece.segment, block: block, places: places, in: snapshot)
    }
    return count
  }
}

/// Hands out pieces to make, a few ahead of the one that is written next, and gives them on in
/// order.
private final class ExportOrder: @unchecked Sendable {
  private let pieceCount: Int
  private let aheadCountMax: Int
  private let monitor = Monitor()
  private var begunCount = 0
  private var writtenCount = 0
  private var made: [Int: (writer: BlockText, rowCount: Int)] = [:]
  private var free: [BlockText] = []
  private var failure: StoreError?
  private var isClosed = false

  init(pieceCount: Int, aheadCountMax: Int) {
    self.pieceCount = pieceCount
    self.aheadCountMax = aheadCountMax
  }

  /// The next piece to make, and a writer at rest; nil when there is no more to do.
  func begin() -> (number: Int, writer: BlockText?)? {
    monitor.withLock {
      while begunCount < pieceCount, begunCount - writtenCount >= aheadCountMax, !isClosed {
        monitor.wait()
      }
      guard begunCount < pieceCount, !isClosed else { return nil }
      begunCount += 1
      return (begunCount - 1, free.popLast())
    }
  }

  func finish(_ number: Int, _ writer: BlockText, rowCount: Int) {
    monitor.withLock {
      made[number] = (writer, rowCount)
      monitor.signalAll()
    }
  }

  func fail(_ error: StoreError) {
    monitor.withLock {
      if failure == nil { failure = error }
      isClosed = true
      monitor.signalAll()
    }
  }

  /// Lets the threads end.
  func close() {
    monitor.withLock {
      isClosed = true
      monitor.signalAll()
    }
  }

  /// Gives all pieces to `sink`, in order; returns how many rows they have.
  func drain(to sink: (LentBytes) throws -> Void) throws -> Int {
    var rowCount = 0
    for number in 0..<pieceCount {
      let piece = try monitor.withLock { () throws -> (writer: BlockText, rowCount: Int) in
        while true {
          if let piece = made.removeValue(forKey: number) { return piece }
          if let failure { throw failure }
          monitor.wait()
        }
      }
      try sink(piece.writer.output.bytes)
      rowCount += piece.rowCount
      monitor.withLock {
        writtenCount += 1
        free.append(piece.writer)
        monitor.signalAll()
      }
    }
    return rowCount
  }
}
