// Gathers (hash, row) pairs from several threads by partition, for the writer to sort and write.
//
// Each thread has a worker. A worker collects eight entries (one cache line) for each partition and
// then moves them to the partition's current piece of 4 KB, so that memory is written a line at a
// time. Pieces of one worker and partition are chained, latest first; threads share nothing but the
// list of slabs that pieces are cut from.
//
// Memory: 8.13 bytes for each entry added, and for each worker 4.2 KB for each partition of the
// pass and a share of 1 MB. A run that is too large for the memory at hand is built in several
// passes, each over a range of partitions and all pairs (`IndexRunShape.passes`).

package import Bytes
import Glibc
import Synchronization

/// Gathers entries of one run, or of a range of its partitions.
package final class IndexRunBuilder: Sendable {
  package let shape: IndexRunShape
  /// The partitions that this pass gathers; pairs of others are passed over.
  package let partitions: Range<Int>
  /// One for each thread that adds.
  package let workers: [IndexRunWorker]

  /// With `memory` slabs are taken from there and given back when the builder is gone.
  package init(
    shape: IndexRunShape, partitions: Range<Int>? = nil, workerCount: Int,
    memory: IndexMemory = IndexMemory()
  ) {
    precondition(workerCount > 0)
    let partitions = partitions ?? 0..<shape.partitionCount
    precondition(partitions.lowerBound >= 0 && partitions.upperBound <= shape.partitionCount)
    let slabs = SlabList(memory)
    self.shape = shape
    self.partitions = partitions
    workers = (0..<workerCount).map { _ in
      IndexRunWorker(shape: shape, partitions: partitions, slabs: slabs)
    }
  }

  /// Hands the entries of a partition to a writer, which must then sort them.
  ///
  /// Called when all workers have added what they have; different partitions may be collected on
  /// different threads.
  package func collect(_ partition: Int, into writer: IndexRunWriter) {
    precondition(partitions.contains(partition))
    writer.begin(partition: partition)
    for worker in workers { worker.collect(partition, into: writer) }
  }
}

/// What one thread adds to a builder.
@safe package final class IndexRunWorker: @unchecked Sendable {
  private static let lineEntryCount = 8
  private static let lineByteCount: UInt = 64
  /// The first line of a piece holds the address of the piece before it.
  private static let pieceByteCount: UInt = 4_096
  private static let shareByteCount: UInt = 1 << 20

  private let shape: IndexRunShape
  private let partitions: Range<Int>
  private let slabs: SlabList
  /// Eight entries for each partition, and how many of them are filled.
  private let lines: Scratch<UInt64>
  private let fills: Scratch<UInt8>
  /// Where the next line of each partition goes; a multiple of 4,096 where there is no room, and 0
  /// where there was none yet.
  private let ends: Scratch<UInt>
  private var share: Range<UInt> = 0..<0

  fileprivate init(shape: IndexRunShape, partitions: Range<Int>, slabs: SlabList) {
    self.shape = shape
    self.partitions = partitions
    self.slabs = slabs
    lines = Scratch(count: partitions.count * IndexRunWorker.lineEntryCount)
    fills = Scratch(count: partitions.count)
    ends = Scratch(count: partitions.count)
  }

  /// Adds keys of rows that follow one another; `absent` is the value that is no key.
  package func add(
    keys: ScratchView<Int64>, count: Int, firstRow: UInt32, absent: Int64
  ) {
    precondition(count <= keys.count)
    let shape = shape
    switch shape.keyKind {
    case .digits:
      add(count) { index in
        let key = keys[index]
        guard key != absent else { return nil }
        return (mix40(UInt64(bitPattern: key)) << 24, firstRow &+ UInt32(truncatingIfNeeded: index))
      }
    case .wide:
      add(count) { index in
        let key = keys[index]
        guard key != absent else { return nil }
        return (mix(UInt64(bitPattern: key)), firstRow &+ UInt32(truncatingIfNeeded: index))
      }
    }
  }

  /// Adds hashes with their rows.
  package func add(hashes: ScratchView<UInt64>, rows: ScratchView<UInt32>, count: Int) {
    precondition(count <= hashes.count && count <= rows.count)
    add(count) { (hashes[$0], rows[$0]) }
  }

  @inline(__always)
  private func add(_ count: Int, _ pair: (Int) -> (hash: UInt64, row: UInt32)?) {
    let (lines, fills) = (lines.view, fills.view)
    let (first, partitionCount) = (partitions.lowerBound, partitions.count)
    let shape = shape
    for index in 0..<count {
      guard let (hash, row) = pair(index) else { continue }
      let place = shape.partition(of: hash) &- first
      guard UInt(bitPattern: place) < UInt(bitPattern: partitionCount) else { continue }
      let fill = Int(fills[place])
      lines[place &* IndexRunWorker.lineEntryCount &+ fill] = shape.entry(hash: hash, row: row)
      if fill &+ 1 == IndexRunWorker.lineEntryCount {
        fills[place] = 0
        moveLine(place)
      } else {
        fills[place] = UInt8(truncatingIfNeeded: fill &+ 1)
      }
    }
  }

  /// Moves the full line of a partition to its piece.
  @inline(__always)
  private func moveLine(_ place: Int) {
    let ends = ends.view
    var end = ends[place]
    if end % IndexRunWorker.pieceByteCount == 0 { end = beginPiece(after: end) }
    if let target = unsafe UnsafeMutableRawPointer(bitPattern: end) {
      unsafe target.copyMemory(
        from: lines.view.base + place &* IndexRunWorker.lineEntryCount,
        byteCount: Int(IndexRunWorker.lineByteCount))
    }
    ends[place] = end &+ IndexRunWorker.lineByteCount
  }

  /// A new piece, chained to the full one that ends at `end`; where its first entries go.
  @inline(never)
  private func beginPiece(after end: UInt) -> UInt {
    if share.isEmpty {
      let start = slabs.share(IndexRunWorker.shareByteCount)
      share = start..<start + IndexRunWorker.shareByteCount
    }
    let piece = share.lowerBound
    share = piece + IndexRunWorker.pieceByteCount..<share.upperBound
    let before = end == 0 ? 0 : end - IndexRunWorker.pieceByteCount
    unsafe UnsafeMutablePointer<UInt>(bitPattern: piece)?.pointee = before
    return piece + IndexRunWorker.lineByteCount
  }

  fileprivate func collect(_ partition: Int, into writer: IndexRunWriter) {
    let place = partition - partitions.lowerBound
    writer.append(
      lines.view.from(place * IndexRunWorker.lineEntryCount), count: Int(fills.view[place]))
    var end = ends.view[place]
    while end != 0 {
      let piece = (end - 1) & ~(IndexRunWorker.pieceByteCount - 1)
      let start = piece + IndexRunWorker.lineByteCount
      let count = Int(end - start) / MemoryLayout<UInt64>.size
      guard let entries = unsafe UnsafeMutablePointer<UInt64>(bitPattern: start),
        let before = unsafe UnsafePointer<UInt>(bitPattern: piece)
      else { return }
      writer.append(unsafe ScratchView(entries, count: count), count: count)
      let previous = unsafe before.pointee
      end = previous == 0 ? 0 : previous + IndexRunWorker.pieceByteCount
    }
  }
}

/// Slabs that wait for the next builder: the system zeroes new ones, which takes as long as filling
/// them.
package final class IndexMemory: Sendable {
  /// Bytes taken from the system at a time, in huge pages where it has them.
  fileprivate static let slabByteCount: UInt = 8 << 20
  private static let hugePageByteCount = 2 << 20
  private let free: Mutex<[UInt]> = Mutex([])

  package init() {}

  deinit {
    for base in free.withLock({ $0 }) {
      unsafe UnsafeMutableRawPointer(bitPattern: base)?.deallocate()
    }
  }

  /// A slab with anything in it, by address.
  fileprivate func take() -> UInt {
    if let base = free.withLock({ $0.popLast() }) { return base }
    let slab = UnsafeMutableRawPointer.allocate(
      byteCount: Int(Self.slabByteCount), alignment: Self.hugePageByteCount)
    unsafe madvise(slab, Int(Self.slabByteCount), MADV_HUGEPAGE)
    return UInt(bitPattern: slab)
  }

  fileprivate func give(back bases: [UInt]) { free.withLock { $0 += bases } }
}

/// Memory that pieces are cut from: handed out in shares, given back as a whole.
private final class SlabList: Sendable {
  private struct State {
    var bases: [UInt] = []
    var usedByteCount: UInt = 0
  }

  private let memory: IndexMemory
  private let state = Mutex(State())

  init(_ memory: IndexMemory) { self.memory = memory }

  deinit { memory.give(back: state.withLock { $0.bases }) }

  /// The next `byteCount` bytes, by address.
  func share(_ byteCount: UInt) -> UInt {
    state.withLock { state in
      if state.bases.isEmpty || state.usedByteCount + byteCount > IndexMemory.slabByteCount {
        state.bases.append(memory.take())
        state.usedByteCount = 0
      }
      defer { state.usedByteCount += byteCount }
      return state.bases[state.bases.count - 1] + state.usedByteCount
    }
  }
}
