// Where rows came from, in a file: 16 bytes a row.
//
//   OFFSET  SIZE  FIELD
//   0       8     offset in its file
//   8       8     line, and from bit 40 on the file

import Bytes

/// Places of rows in any order, by row number; used by one thread at a time.
final class SortedPlaces {
  private static let blockRowCount = 4_096

  private let spill: SpillFile
  private(set) var count = 0
  /// The rows behind the last whole block.
  private let tail = Scratch<UInt64>(count: 2 * blockRowCount)
  /// A block that was read.
  private let block = Scratch<UInt64>(count: 2 * blockRowCount)
  private var blockNumber = -1

  init(beside path: String) throws(LoadError) { spill = try SpillFile(beside: path) }

  func append(_ place: LineMap.Place) throws(LoadError) {
    let row = count % Self.blockRowCount
    tail.view[2 * row] = UInt64(place.offset)
    tail.view[2 * row + 1] = UInt64(place.file) << RecordPlace.fileShift | UInt64(place.line)
    count += 1
    guard row == Self.blockRowCount - 1 else { return }
    _ = try spill.append(unsafe LentBytes(tail.view.base, count: 16 * Self.blockRowCount))
  }

  func place(ofRow row: Int) throws(LoadError) -> LineMap.Place {
    precondition(row >= 0 && row < count)
    let number = row / Self.blockRowCount
    let isInTail = number == count / Self.blockRowCount
    if !isInTail, number != blockNumber {
      // Until it is read whole, the block is none.
      blockNumber = -1
      let bytes = unsafe UnsafeMutableRawPointer(block.view.base).assumingMemoryBound(
        to: UInt8.self)
      try spill.read(
        number * 16 * Self.blockRowCount,
        into: unsafe ScratchView(bytes, count: 16 * Self.blockRowCount))
      blockNumber = number
    }
    let places = (isInTail ? tail : block).view
    let position = 2 * (row % Self.blockRowCount)
    return LineMap.Place(
      file: Int(places[position + 1] >> RecordPlace.fileShift),
      line: Int(places[position + 1] & RecordPlace.lineMask), offset: Int(places[position]))
  }
}
