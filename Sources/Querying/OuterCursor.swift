// Walks over the rows of a block, range by range, as long as an outer dimension stays equal.

import Bytes
import Columns

/// The ranges of equal slots of one dimension in one block.
struct OuterCursor {
  private(set) var slot = 0
  /// The first row after the range.
  private(set) var end = 0
  private let kind: Kind
  private let rowCount: Int
  private var starts: [Int] = []
  private var slots: [Int] = []
  private var codes: ScratchView<UInt16>?
  private var piece = 0
  private var firstRow = 0

  private enum Kind {
    case constant
    case pieces
    case lanes
  }

  /// Nothing to walk over.
  init(rowCount: Int) {
    kind = .constant
    self.rowCount = rowCount
  }

  /// Begins with a block, which is loaded unless it is piecewise; nil if a row has no slot.
  init?(_ lanes: DimensionLanes, block: Int, rowCount: Int, isPiecewise: Bool) {
    self.rowCount = rowCount
    firstRow = block * laneCount
    switch lanes.mode {
    case .outside: return nil
    case .constant(let slot):
      kind = .constant
      self.slot = slot
    case .pieces where isPiecewise:
      kind = .pieces
      starts = lanes.pieceStarts
      slots = lanes.pieceSlots
      piece = lastPlace(starts, upTo: firstRow)
    case .pieces, .values, .runs:
      kind = .lanes
      codes = lanes.codes.view
    case .codes, .children:
      kind = .lanes
      guard lanes.turnIntoSlots(block: block) else { return nil }
      codes = lanes.codes.view
    }
  }

  /// Goes to the range that begins at a row, if the current one has ended.
  mutating func advance(to row: Int) {
    guard row >= end else { return }
    switch kind {
    case .constant: end = rowCount
    case .pieces:
      while piece + 1 < starts.count, starts[piece + 1] <= firstRow + row { piece += 1 }
      slot = slots[piece]
      end = piece + 1 < starts.count ? min(starts[piece + 1] - firstRow, rowCount) : rowCount
    case .lanes:
      guard let codes else { return }
      let found = codes[row]
      var next = row &+ 1
      while next < rowCount, codes[next] == found { next &+= 1 }
      slot = Int(found)
      end = next
    }
  }
}

extension DimensionLanes {
  /// Replaces the codes of the loaded block by slots; false if a row has none.
  func turnIntoSlots(block: Int) -> Bool {
    let slots = Scratch<UInt16>(count: laneCount)
    guard put(block: block, stride: 1, isFirst: true, into: slots.view) else { return false }
    for lane in 0..<laneCount { codes.view[lane] = slots.view[lane] }
    return true
  }
}
