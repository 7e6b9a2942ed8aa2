// Hands out the pieces of an export, and gives what was made of them on in their order.

import Bytes

/// Text of a piece, or of a part of it.
struct ExportPart {
  var text = TextBytes()
  /// Rows that begin in the part.
  var rowCount = 0
  /// Whether the piece ends with it.
  var isLast = false
}

/// Hands out pieces to make, a few ahead of the one that is written next, and gives them on in
/// order.
///
/// A piece has at most one part waiting, so what waits is bounded by the pieces that are begun.
final class ExportOrder: @unchecked Sendable {
  /// Larger memory is not kept to be used again.
  private static let keptByteCountMax = 16 << 20

  private let pieceCount: Int
  private let aheadCountMax: Int
  private let monitor = Monitor()
  private var begunCount = 0
  private var writtenCount = 0
  private var made: [Int: ExportPart] = [:]
  private var free: [ExportPart] = []
  private var failure: (any Error)?
  private var isClosed = false

  init(pieceCount: Int, aheadCountMax: Int) {
    self.pieceCount = pieceCount
    self.aheadCountMax = aheadCountMax
  }

  /// The next piece to make; nil when there is no more to do.
  func begin() -> Int? {
    monitor.withLock {
      while begunCount < pieceCount, begunCount - writtenCount >= aheadCountMax, !isClosed {
        monitor.wait()
      }
      guard begunCount < pieceCount, !isClosed else { return nil }
      begunCount += 1
      return begunCount - 1
    }
  }

  /// Hands over a part of a piece, and gives an empty one in its place.
  ///
  /// Waits while an earlier part of the piece has not been taken.
  func hand(_ part: inout ExportPart, of piece: Int) {
    monitor.withLock {
      while made[piece] != nil, !isClosed { monitor.wait() }
      guard !isClosed else { return }
      made[piece] = part
      part = free.popLast() ?? ExportPart()
      part.rowCount = 0
      monitor.signalAll()
    }
  }

  func fail(_ error: any Error) {
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
    while writtenCount < pieceCount {
      let part = try take()
      if part.text.count > 0 { try sink(part.text.bytes) }
      rowCount += part.rowCount
      monitor.withLock {
        if part.isLast { writtenCount += 1 }
        if part.text.capacity <= Self.keptByteCountMax { free.append(part) }
        monitor.signalAll()
      }
    }
    return rowCount
  }

  /// The next part, once it is there.
  private func take() throws -> ExportPart {
    try monitor.withLock { () throws -> ExportPart in
      while true {
        if let part = made.removeValue(forKey: writtenCount) {
          monitor.signalAll()
          return part
        }
        if let failure { throw failure }
        monitor.wait()
      }
    }
  }
}
