// From codes to cells, and from cells to counts: the loops in which a count by dimensions spends
// its time. Plain loops over 1,024 lanes; those without a table vectorise.
//
// A cell is the sum of `slot * stride` over dimensions. Sums wrap round, so that a lane may be
// corrected afterwards. Lanes past the last row hold any cell and are never counted.

import Bytes
import Columns

/// A number that can be a cell.
protocol CellNumber:
  FixedWidthInteger & UnsignedInteger & BitwiseCopyable & SIMDScalar & Codable & Sendable
{}
extension UInt16: CellNumber {}
extension UInt32: CellNumber {}

/// Lanes of one block, as many as a selection has rows; known when loops are compiled.
@inline(__always) var laneCount: Int { 1_024 }

/// Puts or adds `(code + offset) * stride`.
@inline(__always)
func putLine<Cell: CellNumber>(
  _ codes: ScratchView<UInt16>, offset: Cell, stride: Cell, isFirst: Bool,
  into cells: ScratchView<Cell>
) {
  precondition(codes.count >= laneCount)
  precondition(cells.count >= laneCount)
  let from = unsafe UnsafePointer(codes.base)
  let to = unsafe cells.base
  let start = offset &* stride
  if isFirst {
    if stride == 1 {
      for lane in 0..<laneCount { unsafe to[lane] = Cell(from[lane]) &+ start }
    } else {
      for lane in 0..<laneCount { unsafe to[lane] = Cell(from[lane]) &* stride &+ start }
    }
  } else {
    for lane in 0..<laneCount { unsafe to[lane] &+= Cell(from[lane]) &* stride &+ start }
  }
}

/// Puts or adds `table[code] * stride`; the table has an entry for every code from `place` on.
@inline(__always)
func putTable<Slot: SlotNumber, Cell: CellNumber>(
  _ codes: ScratchView<UInt16>, _ table: ScratchView<Slot>, from place: Int, stride: Cell,
  isFirst: Bool, into cells: ScratchView<Cell>
) {
  precondition(codes.count >= laneCount)
  precondition(cells.count >= laneCount)
  precondition(place >= 0)
  let slots = unsafe UnsafePointer(table.base + place)
  let from = unsafe UnsafePointer(codes.base)
  let to = unsafe cells.base
  if isFirst {
    for lane in 0..<laneCount {
      unsafe to[lane] = Cell(truncatingIfNeeded: slots[Int(from[lane])]) &* stride
    }
  } else {
    for lane in 0..<laneCount {
      unsafe to[lane] &+= Cell(truncatingIfNeeded: slots[Int(from[lane])]) &* stride
    }
  }
}

/// A number that can stand in a table of slots.
protocol SlotNumber: FixedWidthInteger & UnsignedInteger & BitwiseCopyable {}
extension UInt8: SlotNumber {}
extension UInt16: SlotNumber {}

/// Adds the same to every lane.
@inline(__always)
func putConstant<Cell: CellNumber>(_ value: Cell, isFirst: Bool, into cells: ScratchView<Cell>) {
  precondition(cells.count >= laneCount)
  let to = unsafe cells.base
  if isFirst {
    for lane in 0..<laneCount { unsafe to[lane] = value }
  } else {
    for lane in 0..<laneCount { unsafe to[lane] &+= value }
  }
}

/// The slots of values; returns how many of them have none.
func putSlots(
  _ values: ScratchView<Int64>, count: Int, least: Int64, shift: Int, span: Int,
  table: SlotTable?, into slots: ScratchView<UInt16>
) -> Int {
  precondition(values.count >= count)
  precondition(slots.count >= count)
  let from = unsafe UnsafePointer(values.base)
  let to = unsafe slots.base
  let limit = UInt64(span)
  var outsideCount = 0
  if let bytes = table?.bytes {
    let slots = unsafe UnsafePointer(bytes.view.base)
    for row in 0..<count {
      let value = unsafe from[row]
      let place = UInt64(bitPattern: (value &- least) &>> Int64(shift))
      let isInside = place < limit && value != absentValue
      outsideCount &+= isInside || value == absentValue ? 0 : 1
      // The place behind the last one holds zero.
      unsafe to[row] = UInt16(slots[Int(truncatingIfNeeded: isInside ? place : limit)])
    }
  } else if let words = table?.words {
    let slots = unsafe UnsafePointer(words.view.base)
    for row in 0..<count {
      let value = unsafe from[row]
      let place = UInt64(bitPattern: (value &- least) &>> Int64(shift))
      let isInside = place < limit && value != absentValue
      outsideCount &+= isInside || value == absentValue ? 0 : 1
      unsafe to[row] = slots[Int(truncatingIfNeeded: isInside ? place : limit)]
    }
  } else {
    for row in 0..<count {
      let value = unsafe from[row]
      let place = UInt64(bitPattern: value &- least)
      let isInside = place < limit && value != absentValue
      outsideCount &+= isInside || value == absentValue ? 0 : 1
      unsafe to[row] = isInside ? UInt16(truncatingIfNeeded: place) &+ 1 : 0
    }
  }
  return outsideCount
}

/// Where the counters of lane 0, 1, 2 and 3 of four begin, seen from the first.
///
/// Equal neighbours would wait for each other's addition if there were only one histogram.
struct HistogramCopies {
  let second: Int
  let third: Int
  let fourth: Int

  /// One, two or four histograms side by side.
  init(_ copyCount: Int, cellCount: Int) {
    second = copyCount > 1 ? cellCount : 0
    third = copyCount > 2 ? 2 * cellCount : 0
    fourth = third + second
  }
}

/// Counts the cells of some lanes.
@inline(__always)
func countCells<Cell: CellNumber>(
  _ cells: ScratchView<Cell>, _ lanes: Range<Int>, into counts: ScratchView<UInt32>,
  copies: HistogramCopies
) {
  precondition(lanes.lowerBound >= 0)
  precondition(lanes.upperBound <= cells.count)
  let from = unsafe UnsafePointer(cells.base)
  let first = unsafe counts.base
  let second = unsafe first + copies.second
  let third = unsafe first + copies.third
  let fourth = unsafe first + copies.fourth
  var lane = lanes.lowerBound
  let end = lanes.upperBound
  while lane &+ 4 <= end {
    unsafe first[Int(from[lane])] &+= 1
    unsafe second[Int(from[lane &+ 1])] &+= 1
    unsafe third[Int(from[lane &+ 2])] &+= 1
    unsafe fourth[Int(from[lane &+ 3])] &+= 1
    lane &+= 4
  }
  while lane < end {
    unsafe first[Int(from[lane])] &+= 1
    lane &+= 1
  }
}

/// Counts the cells of those lanes that are selected.
@inline(__always)
func countCells<Cell: CellNumber>(
  _ cells: ScratchView<Cell>, _ lanes: Range<Int>, where selection: Selection,
  into counts: ScratchView<UInt32>, copies: HistogramCopies
) {
  precondition(lanes.lowerBound >= 0)
  precondition(lanes.upperBound <= cells.count)
  let from = unsafe UnsafePointer(cells.base)
  let first = unsafe counts.base
  let second = unsafe first + copies.second
  let third = unsafe first + copies.third
  let fourth = unsafe first + copies.fourth
  for index in lanes.lowerBound >> 6..<(lanes.upperBound + 63) >> 6 {
    var word = selectedWord(selection, index, lanes)
    guard word != 0 else { continue }
    let at = unsafe from + index &* 64
    if word.nonzeroBitCount < 20 {
      while word != 0 {
        unsafe first[Int(at[word.trailingZeroBitCount])] &+= 1
        word &= word &- 1
      }
    } else {
      // Lanes that are not selected add nothing; a branch for each would be mispredicted.
      var lane = 0
      while lane < 64 {
        unsafe first[Int(at[lane])] &+= UInt32(truncatingIfNeeded: word & 1)
        unsafe second[Int(at[lane &+ 1])] &+= UInt32(truncatingIfNeeded: (word &>> 1) & 1)
        unsafe third[Int(at[lane &+ 2])] &+= UInt32(truncatingIfNeeded: (word &>> 2) & 1)
        unsafe fourth[Int(at[lane &+ 3])] &+= UInt32(truncatingIfNeeded: (word &>> 3) & 1)
        word = word &>> 4
        lane &+= 4
      }
    }
  }
}

/// One word of a selection without the rows outside of some lanes.
@inline(__always)
func selectedWord(_ selection: Selection, _ index: Int, _ lanes: Range<Int>) -> UInt64 {
  var word = selection.word(index)
  let first = lanes.lowerBound &- index &* 64
  let end = lanes.upperBound &- index &* 64
  if first > 0 { word &= UInt64.max &<< UInt64(first) }
  if end < 64 { word &= ~(UInt64.max &<< UInt64(end)) }
  return word
}

/// How many of some lanes are selected.
func selectedCount(_ selection: Selection, _ lanes: Range<Int>) -> Int {
  var count = 0
  for index in lanes.lowerBound >> 6..<(lanes.upperBound + 63) >> 6 {
    count &+= selectedWord(selection, index, lanes).nonzeroBitCount
  }
  return count
}

/// Adds up four histograms into `totals` and clears them.
func moveCounts(
  _ counts: ScratchView<UInt32>, count: Int, copyCount: Int, copyStride: Int,
  to totals: ScratchView<UInt32>
) {
  precondition(totals.count >= count)
  let from = unsafe counts.base
  let to = unsafe totals.base
  for copy in 0..<copyCount {
    let part = unsafe from + copy &* copyStride
    for index in 0..<count {
      unsafe to[index] &+= part[index]
      unsafe part[index] = 0
    }
  }
}
