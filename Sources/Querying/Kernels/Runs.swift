// From one value a run to one value a row.

import Bytes
import Columns

/// Room that `expandRuns` needs behind the last row.
let expansionSlack = 32

/// Gives each row of a block the number of its run, times the stride.
///
/// `starts` holds the rows, counted in the segment, at which a run begins in the block; `numbers`
/// begins with that of the run before the first of these, which reaches into the block unless the
/// block's first row begins a run.
@inline(__always)
func expandRuns<Cell: CellNumber>(
  _ starts: ScratchView<UInt16>, count: Int, firstRow: Int, rowCount: Int,
  numbers: ScratchView<UInt16>, stride: Cell, into target: ScratchView<Cell>
) {
  precondition(starts.count >= count)
  precondition(numbers.count > count)
  precondition(target.count >= laneCount + expansionSlack)
  precondition(rowCount <= laneCount)
  let rows = unsafe UnsafePointer(starts.base)
  let from = unsafe UnsafePointer(numbers.base)
  let to = unsafe target.base
  let first = UInt16(truncatingIfNeeded: firstRow)
  let size = MemoryLayout<SIMD8<Cell>>.size
  var row = 0
  for index in 0...count {
    // Rows of a block are less than 1,024 apart, whatever stored bytes say.
    let end = unsafe index < count ? Int((rows[index] &- first) & 1_023) : rowCount
    // Most runs are short: a few stores without a branch, and more for the others.
    let eight = unsafe SIMD8<Cell>(repeating: Cell(from[index]) &* stride)
    let at = unsafe UnsafeMutableRawPointer(to + row)
    unsafe at.storeBytes(of: eight, as: SIMD8<Cell>.self)
    unsafe at.storeBytes(of: eight, toByteOffset: size, as: SIMD8<Cell>.self)
    unsafe at.storeBytes(of: eight, toByteOffset: 2 &* size, as: SIMD8<Cell>.self)
    unsafe at.storeBytes(of: eight, toByteOffset: 3 &* size, as: SIMD8<Cell>.self)
    row &+= 32
    while row < end {
      unsafe UnsafeMutableRawPointer(to + row).storeBytes(of: eight, as: SIMD8<Cell>.self)
      row &+= 8
    }
    row = end
  }
}

/// Selects the rows whose run is wanted; arguments as for `expandRuns`, `runBefore` is the run
/// before the first start, and bit r of `wanted` is that of run r.
func selectRuns(
  _ starts: ScratchView<UInt16>, count: Int, firstRow: Int, rowCount: Int, runBefore: Int,
  wanted: ScratchView<UInt64>
) -> Selection {
  precondition(starts.count >= count)
  let rows = unsafe UnsafePointer(starts.base)
  let bits = unsafe UnsafePointer(wanted.base)
  var selection = Selection()
  unsafe withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 16) { buffer in
    guard let toggles = buffer.baseAddress else { return }
    unsafe toggles.update(repeating: 0, count: 16)
    var before = unsafe (bits[runBefore >> 6] &>> UInt64(runBefore & 63)) & 1
    // A row is like the row before, unless a change is noted at it.
    unsafe toggles[0] = before
    var run = runBefore
    for index in 0..<count {
      let row = unsafe Int(rows[index]) &- firstRow
      run &+= 1
      let bit = unsafe (bits[run >> 6] &>> UInt64(run & 63)) & 1
      unsafe toggles[(row >> 6) & 15] ^= (bit ^ before) &<< UInt64(row & 63)
      before = bit
    }
    var carry: UInt64 = 0
    for word in 0..<16 {
      var sum = unsafe toggles[word]
      sum ^= sum &<< 1
      sum ^= sum &<< 2
      sum ^= sum &<< 4
      sum ^= sum &<< 8
      sum ^= sum &<< 16
      sum ^= sum &<< 32
      sum ^= carry
      carry = 0 &- (sum &>> 63)
      selection.setWord(word, to: sum)
    }
  }
  selection.and(Selection(first: rowCount))
  return selection
}
