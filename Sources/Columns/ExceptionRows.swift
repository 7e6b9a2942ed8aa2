// The sorted list of rows that a column's codes do not say, with a directory of blocks.
//
//   OFFSET                 SIZE       FIELD
//        0                 2 * B      for each of B blocks, how many exceptions lie before it
//   P(2B)                  2 * N      the N rows, ascending
//   P(2B) + P(2N)          8          base of the values, Int64 (none of this in a derived column)
//         +  8             1          bytes W of each value: 1, 2, 4 or 8; then seven zeros
//         + 16             W * N      the values less the base
//
// P raises to a multiple of 8. The directory makes "this row is no exception" cost one cache line.
//
// Invariants, checked when the column is opened: the rows ascend strictly and are below the row
// count; the directory agrees with them.

import Bytes
import CKernels

/// A view over a list of exceptional rows; its owner has checked it.
@safe struct ExceptionRows {
  private let start: UnsafeRawPointer
  private let blockCount: Int
  let count: Int

  init(trusting start: UnsafeRawPointer, rowCount: Int, count: Int) {
    unsafe self.start = unsafe start
    blockCount = (rowCount + 1023) >> 10
    self.count = count
  }

  /// Checks the list at `offset` of a column.
  init(
    _ bytes: LentBytes, at offset: Int, rowCount: Int, count: Int, withValues: Bool
  ) throws(Corruption) {
    guard count > 0, count <= rowCount else { throw Corruption(.column, at: 36) }
    let part = try bytes.slice(
      offset, count: Self.valuesOffset(rowCount: rowCount, count: count), of: .column)
    unsafe self.init(trusting: part.base, rowCount: rowCount, count: count)
    if withValues {
      let at = offset + Self.valuesOffset(rowCount: rowCount, count: count)
      let width = Int(
        truncatingIfNeeded: try bytes.checkedLoad(at + 8, as: UInt64.self, of: .column))
      guard Self.valueWidths.contains(width) else { throw Corruption(.column, at: at + 8) }
      _ = try bytes.slice(at + 16, count: width * count, of: .column)
    }
    var previous = -1
    var block = 0
    for index in 0..<count {
      let row = row(at: index)
      guard row > previous, row < rowCount else { throw Corruption(.column, at: offset) }
      while block <= row >> 10 {
        guard self.first(inBlock: block) == index else { throw Corruption(.column, at: offset) }
        block += 1
      }
      previous = row
    }
    while block < blockCount {
      guard self.first(inBlock: block) == count else { throw Corruption(.column, at: offset) }
      block += 1
    }
  }

  private static let valueWidths = [1, 2, 4, 8]

  /// The list as the kernels read it.
  var kernelList: hearth_list {
    unsafe hearth_list(
      start: start.assumingMemoryBound(to: UInt8.self), count: UInt32(count),
      block_count: UInt32(blockCount))
  }

  /// Bytes of a list whose values take `valueWidth` bytes each; 0 for a list without values.
  static func byteCount(rowCount: Int, count: Int, valueWidth: Int) -> Int {
    let rows = valuesOffset(rowCount: rowCount, count: count)
    return valueWidth == 0 ? rows : rows + 16 + (valueWidth * count + 7) & ~7
  }

  private static func valuesOffset(rowCount: Int, count: Int) -> Int {
    rowsOffset(rowCount) + ((2 * count + 7) & ~7)
  }

  /// The bytes that a value takes whose distance from the base is at most `spread`.
  static func valueWidth(of spread: UInt64) -> Int {
    spread < 1 << 8 ? 1 : spread < 1 << 16 ? 2 : spread < 1 << 32 ? 4 : 8
  }

  private static func rowsOffset(_ rowCount: Int) -> Int {
    (2 * ((rowCount + 1023) >> 10) + 7) & ~7
  }

  private var rowsOffset: Int { (2 &* blockCount &+ 7) & ~7 }

  @inline(__always) func row(at index: Int) -> Int {
    Int(unsafe start.loadUnaligned(fromByteOffset: rowsOffset &+ 2 &* index, as: UInt16.self))
  }

  @inline(__always) func value(at index: Int) -> Int64 {
    let values = rowsOffset &+ ((2 &* count &+ 7) & ~7)
    let base = unsafe start.loadUnaligned(fromByteOffset: values, as: Int64.self)
    let width = unsafe start.load(fromByteOffset: values &+ 8, as: UInt8.self)
    let at = values &+ 16 &+ Int(width) &* index
    let distance: UInt64
    switch width {
    case 1: distance = UInt64(unsafe start.load(fromByteOffset: at, as: UInt8.self))
    case 2: distance = UInt64(unsafe start.loadUnaligned(fromByteOffset: at, as: UInt16.self))
    case 4: distance = UInt64(unsafe start.loadUnaligned(fromByteOffset: at, as: UInt32.self))
    default: distance = unsafe start.loadUnaligned(fromByteOffset: at, as: UInt64.self)
    }
    return base &+ Int64(bitPattern: distance)
  }

  @inline(__always) private func first(inBlock block: Int) -> Int {
    // A list of 65,536 rows still has at most 64,512 before the last block.
    Int(unsafe start.loadUnaligned(fromByteOffset: 2 &* block, as: UInt16.self))
  }

  /// The positions of the exceptions in one block.
  @inline(__always) func range(inBlock block: Int) -> Range<Int> {
    let lower = first(inBlock: block)
    return unsafe Range(
      uncheckedBounds: (lower, block &+ 1 < blockCount ? first(inBlock: block &+ 1) : count))
  }

  /// The position of a row in the list, or -1.
  func index(of row: Int) -> Int {
    let range = range(inBlock: row >> 10)
    var lower = range.lowerBound
    var upper = range.upperBound
    while lower < upper {
      let middle = (lower &+ upper) >> 1
      if self.row(at: middle) < row { lower = middle &+ 1 } else { upper = middle }
    }
    return lower < range.upperBound && self.row(at: lower) == row ? lower : -1
  }

  /// How many of the rows are at most `row`.
  func count(through row: Int) -> Int {
    let range = range(inBlock: row >> 10)
    var lower = range.lowerBound
    var upper = range.upperBound
    while lower < upper {
      let middle = (lower &+ upper) >> 1
      if self.row(at: middle) <= row { lower = middle &+ 1 } else { upper = middle }
    }
    return lower
  }

  /// Asks for the directory's line.
  @inline(__always) func prefetch(row: Int) {
    unsafe Bytes.prefetch(LentBytes(start, count: 0), at: (row >> 10) &* 2)
  }

  /// Writes a list into the zeroed bytes of a column.
  static func write(
    rows: [UInt16], values: [Int64]?, base: Int64 = 0, valueWidth: Int = 0, rowCount: Int,
    into bytes: inout [UInt8], at offset: Int
  ) {
    let blockCount = (rowCount + 1023) >> 10
    var at = offset
    var index = 0
    for block in 0..<blockCount {
      while index < rows.count, Int(rows[index]) < block << 10 { index += 1 }
      store(UInt16(index), into: &bytes, at: at + 2 * block)
    }
    at += rowsOffset(rowCount)
    for index in rows.indices { store(rows[index], into: &bytes, at: at + 2 * index) }
    at += (2 * rows.count + 7) & ~7
    guard let values else { return }
    precondition(valueWidths.contains(valueWidth))
    store(base, into: &bytes, at: at)
    store(UInt64(valueWidth), into: &bytes, at: at + 8)
    at += 16
    for index in values.indices {
      let distance = UInt64(bitPattern: values[index] &- base)
      switch valueWidth {
      case 1: store(UInt8(truncatingIfNeeded: distance), into: &bytes, at: at + index)
      case 2: store(UInt16(truncatingIfNeeded: distance), into: &bytes, at: at + 2 * index)
      case 4: store(UInt32(truncatingIfNeeded: distance), into: &bytes, at: at + 4 * index)
      default: store(distance, into: &bytes, at: at + 8 * index)
      }
    }
  }
}

/// Writes a little-endian integer over bytes of a column being built.
func store<T: FixedWidthInteger & BitwiseCopyable>(
  _ value: T, into bytes: inout [UInt8], at offset: Int
) {
  precondition(offset >= 0)
  precondition(offset + MemoryLayout<T>.size <= bytes.count)
  unsafe bytes.withUnsafeMutableBytes { buffer in
    unsafe buffer.storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
  }
}
