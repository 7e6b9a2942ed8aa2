// Memory for what reading rows of many segments needs: side by side, in few and large pages.
//
// Look-ups here and there in a large table touch the descriptions of other segments each time;
// scattered over the heap, each costs a walk through the page tables besides its lines.

import Bytes
import Glibc

/// Gives out pieces of memory, each freed with the chunk that it lies in.
@safe final class RowMemory: @unchecked Sendable {
  /// Memory for many pieces; freed when the last piece of it is given up.
  @safe final class Chunk: @unchecked Sendable {
    fileprivate let start: UnsafeMutableRawPointer
    fileprivate let byteCount: Int
    fileprivate var usedByteCount = 0

    fileprivate init(byteCount: Int) {
      self.byteCount = byteCount
      unsafe start = .allocate(
        byteCount: byteCount, alignment: byteCount < largePageByteCount ? 64 : largePageByteCount)
      if byteCount >= largePageByteCount { unsafe madvise(start, byteCount, MADV_HUGEPAGE) }
    }

    deinit { unsafe start.deallocate() }
  }

  private let monitor = Monitor()
  private var last: Chunk?

  init() {}

  /// A piece that begins a cache line, and the chunk that keeps it.
  func take(_ byteCount: Int) -> (UnsafeMutableRawPointer, Chunk) {
    let needed = (byteCount + 63) & ~63
    return unsafe monitor.withLock {
      var chunk = last
      if chunk.map({ $0.byteCount - $0.usedByteCount < needed }) ?? true {
        let usual = min(largePageByteCount, max(1 << 16, 2 * (chunk?.byteCount ?? 0)))
        chunk = Chunk(byteCount: max(usual, needed))
        last = chunk
      }
      guard let chunk else { preconditionFailure() }
      let piece = unsafe chunk.start + chunk.usedByteCount
      chunk.usedByteCount += needed
      return unsafe (piece, chunk)
    }
  }
}

/// A large page of x86-64 and most ARM64.
private let largePageByteCount = 1 << 21
