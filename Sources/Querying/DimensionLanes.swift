// One dimension in the segment that is being scanned: from its field's codes or pieces to slots.

import Bytes
import Columns
import Segments
import Store

/// One dimension of a count; used by one thread.
final class DimensionLanes {
  let dimension: Dimension
  let space: SlotSpace

  /// How slots come from the field in this segment.
  enum Mode {
    /// Every row has this slot.
    case constant(Int)
    /// A few pieces of equal rows.
    case pieces
    /// Codes that become slots.
    case codes(CodeSlots)
    /// One slot a run.
    case runs
    /// Numbers of children, one less than their slots.
    case children
    /// Each value's slot is looked up.
    case values
    /// A value of the segment may have no slot: rows are counted one by one.
    case outside
  }

  private(set) var mode = Mode.outside
  private(set) var source: FieldSource
  /// On the mode `pieces`: the first row and the slot of each.
  private(set) var pieceStarts: [Int] = []
  private(set) var pieceSlots: [Int] = []
  /// Codes or slots of the current block.
  let codes = Scratch<UInt16>(count: laneCount + expansionSlack)
  /// On the mode `runs`: the slot of each run.
  private lazy var runSlots = Scratch<UInt16>(count: 65_536 + laneCount)
  /// The same, to be asked without counting references.
  private var runSlotsView: ScratchView<UInt16>
  /// On the mode `children`: how many each row of the segment has, and whether a row of it has
  /// another number.
  private var childCounts: ScratchView<UInt16>
  private var hasOtherCounts = false

  init(_ dimension: Dimension, space: SlotSpace) {
    self.dimension = dimension
    self.space = space
    source = FieldSource(field: dimension.field)
    (runSlotsView, childCounts) = (codes.view, codes.view)
  }

  /// Chooses the mode for the current segment.
  func begin(_ fields: SegmentFields, in snapshot: borrowing Snapshot) throws(StoreError) {
    source = try fields.source(dimension.field, in: snapshot)
    switch source.path {
    case .constant: mode = constantMode(source.constant)
    case .codes:
      mode = .outside
      if let column = source.column,
        let slots = CodeSlots(column, space: space, zone: source.zone)
      {
        mode = .codes(slots)
      }
    case .runs: mode = runsMode()
    case .pieces: mode = piecesMode()
    case .children:
      let isInside =
        space.table == nil && space.least == 0 && source.counts.greatest < space.span
      mode = isInside ? .children : .outside
      childCounts = source.counts.view
      hasOtherCounts = source.derived?.exceptionCount != 0
    case .values, .derived: mode = .values
    }
  }

  private func constantMode(_ value: Int64) -> Mode {
    let slot = space.slot(of: value)
    return slot < 0 ? .outside : .constant(slot)
  }

  private func piecesMode() -> Mode {
    let pieces = source.pieces
    var starts: [Int] = []
    var slots: [Int] = []
    for index in pieces.starts.indices {
      let slot = space.slot(of: pieces.values[index])
      if slot < 0 { return .outside }
      guard slot != slots.last else { continue }
      starts.append(pieces.starts[index])
      slots.append(slot)
    }
    pieceStarts = starts
    pieceSlots = slots
    if pieceSlots.count == 1, source.pieces.exceptionRows.isEmpty {
      return .constant(pieceSlots[0])
    }
    return .pieces
  }

  /// Finds the slot of each run; blocks are then only spread over their rows.
  private func runsMode() -> Mode {
    guard let values = source.column?.runValues,
      let slots = CodeSlots(values, space: space, zone: source.zone)
    else { return .outside }
    runSlotsView = runSlots.view
    for block in 0..<(values.rowCount + laneCount - 1) / laneCount {
      values.unpackCodes(block: block, into: codes.view)
      let isWhole = slots.put(
        codes.view, block: block, stride: UInt16(1), isFirst: true,
        into: runSlotsView.from(block * laneCount))
      guard isWhole else { return .outside }
    }
    return .runs
  }

  // MARK: Blocks

  /// Brings the codes of a block, or its slots; false if a row has none.
  func load(
    block: Int, _ fields: SegmentFields, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Bool {
    switch mode {
    case .constant: return true
    case .outside: return false
    case .pieces: return fillSlots(block: block, rowCount: fields.rowCount(ofBlock: block))
    case .codes:
      source.column?.unpackCodes(block: block, into: codes.view)
      return true
    case .runs:
      spread(block: block, rowCount: fields.rowCount(ofBlock: block), stride: 1, into: codes.view)
      return true
    case .children: return !hasOtherCounts || putChildren(block: block)
    case .values:
      let values = try fields.values(source, block: block, in: snapshot)
      return putSlots(
        values, count: fields.rowCount(ofBlock: block), least: space.least, shift: space.shift,
        span: space.span, table: space.table, into: codes.view) == 0
    }
  }

  /// Whether the slots can be put into cells at once, without being loaded before.
  var isSpread: Bool { if case .runs = mode { true } else { false } }

  /// On the mode `runs`: puts the slots of a block, times the stride.
  @inline(__always)
  func spread<Cell: CellNumber>(
    block: Int, rowCount: Int, stride: Cell, into cells: ScratchView<Cell>
  ) {
    let runs = source.runs(ofBlock: block)
    expandRuns(
      runs.starts, count: runs.count, firstRow: block * laneCount, rowCount: rowCount,
      numbers: runSlotsView.from(runs.before), stride: stride, into: cells)
  }

  private func putChildren(block: Int) -> Bool {
    let view = codes.view
    putLine(
      childCounts.from(block * laneCount), offset: 1, stride: 1, isFirst: true, into: view)
    guard let derived = source.derived, let values = derived.exceptionValues else { return true }
    for index in derived.exceptions(inBlock: block) {
      let slot = space.slot(of: values.value(at: index))
      if slot < 0 { return false }
      view[derived.exceptionRow(index) & (laneCount - 1)] = UInt16(truncatingIfNeeded: slot)
    }
    return true
  }

  private func fillSlots(block: Int, rowCount: Int) -> Bool {
    let first = block * laneCount
    let end = first + rowCount
    var piece = lastPlace(pieceStarts, upTo: first)
    var row = first
    let view = codes.view
    while row < end {
      let next = piece + 1 < pieceStarts.count ? min(pieceStarts[piece + 1], end) : end
      let slot = UInt16(truncatingIfNeeded: pieceSlots[piece])
      while row < next {
        view[row &- first] = slot
        row &+= 1
      }
      piece += 1
    }
    for index in source.pieces.exceptions(in: first..<end) {
      let slot = space.slot(of: source.pieces.exceptionValues[index])
      if slot < 0 { return false }
      view[source.pieces.exceptionRows[index] - first] = UInt16(truncatingIfNeeded: slot)
    }
    return true
  }

  /// Whether the block is told by pieces alone: no row of it has a value of its own.
  func isPiecewise(block: Int, rowCount: Int) -> Bool {
    guard case .pieces = mode else { return false }
    return source.pieces.exceptions(in: block * laneCount..<block * laneCount + rowCount).isEmpty
  }

  /// Puts or adds the slots of the loaded block, times the stride; false if a row has no slot.
  @inline(__always)
  func put<Cell: CellNumber>(
    block: Int, stride: Int, isFirst: Bool, into cells: ScratchView<Cell>
  ) -> Bool {
    let stride = Cell(truncatingIfNeeded: stride)
    switch mode {
    case .outside: return false
    case .constant(let slot):
      putConstant(Cell(truncatingIfNeeded: slot) &* stride, isFirst: isFirst, into: cells)
    case .children where !hasOtherCounts:
      putLine(
        childCounts.from(block * laneCount), offset: 1, stride: stride, isFirst: isFirst,
        into: cells)
    case .pieces, .values, .runs, .children:
      putLine(codes.view, offset: 0, stride: stride, isFirst: isFirst, into: cells)
    case .codes(let slots):
      return slots.put(codes.view, block: block, stride: stride, isFirst: isFirst, into: cells)
    }
    return true
  }
}
