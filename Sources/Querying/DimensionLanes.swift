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
    /// Codes whose slot is the code and an offset.
    case line(offset: Int)
    /// Codes whose slot stands in a table, from a place on.
    case table(SlotTable, from: Int)
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
  let codes = Scratch<UInt16>(count: laneCount)

  init(_ dimension: Dimension, space: SlotSpace) {
    self.dimension = dimension
    self.space = space
    source = FieldSource(field: dimension.field)
  }

  /// Chooses the mode for the current segment.
  func begin(_ fields: SegmentFields, in snapshot: borrowing Snapshot) throws(StoreError) {
    source = try fields.source(dimension.field, in: snapshot)
    switch source.path {
    case .constant: mode = constantMode(source.constant)
    case .codes:
      guard let column = source.column else { return mode = .outside }
      mode = codesMode(column)
    case .pieces: mode = piecesMode()
    case .children:
      let isInside =
        space.table == nil && space.least == 0 && source.counts.greatest < space.span
      mode = isInside ? .line(offset: 1) : .outside
    case .values, .derived: mode = .values
    }
  }

  private func constantMode(_ value: Int64) -> Mode {
    let slot = space.slot(of: value)
    return slot < 0 ? .outside : .constant(slot)
  }

  private func piecesMode() -> Mode {
    pieceStarts.removeAll(keepingCapacity: true)
    pieceSlots.removeAll(keepingCapacity: true)
    for index in source.pieces.starts.indices {
      let slot = space.slot(of: source.pieces.values[index])
      if slot < 0 { return .outside }
      guard slot != pieceSlots.last else { continue }
      pieceStarts.append(source.pieces.starts[index])
      pieceSlots.append(slot)
    }
    if pieceSlots.count == 1, source.pieces.exceptionRows.isEmpty {
      return .constant(pieceSlots[0])
    }
    return .pieces
  }

  private func codesMode(_ column: IntegerColumn) -> Mode {
    let zone = source.zone
    if let frame = column.frame {
      let offset = (frame.base &- space.least) >> Int64(space.shift)
      let specialCode = frame.codeMax + 1
      if space.table == nil, frame.shift == 0, !zone.mayBeAbsent,
        space.slot(of: zone.least) >= 0, space.slot(of: zone.greatest) >= 0
      {
        return .line(offset: Int(offset) + 1)
      }
      if let table = space.table, frame.shift == space.shift,
        offset >= 0, offset < space.span,
        !zone.mayBeAbsent || Int(offset) + specialCode >= space.span,
        space.slot(of: zone.least) >= 0, space.slot(of: zone.greatest) >= 0
      {
        return .table(table, from: Int(offset))
      }
    }
    return ownTable(column)
  }

  /// A table of this segment's codes alone.
  private func ownTable(_ column: IntegerColumn) -> Mode {
    let codeCount = column.codeCount
    let table = SlotTable(count: codeCount, slotCount: space.slotCount)
    let frame = column.frame
    for code in 0..<codeCount {
      var value = absentValue
      if let frame {
        if code <= frame.codeMax { value = frame.base &+ Int64(code) &<< Int64(frame.shift) }
      } else {
        value = column.value(ofCode: UInt16(truncatingIfNeeded: code), block: 0)
      }
      var slot = space.slot(of: value)
      if slot < 0 {
        let zone = source.zone
        guard zone.isKnown, value < zone.least || value > zone.greatest else { return .outside }
        slot = 0
      }
      table.fill(code..<code + 1, with: slot)
    }
    return .table(table, from: 0)
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
    case .line, .table:
      if source.path == .codes { source.column?.unpackCodes(block: block, into: codes.view) }
      return true
    case .values:
      let values = try fields.values(source, block: block, in: snapshot)
      return putSlots(
        values, count: fields.rowCount(ofBlock: block), least: space.least, shift: space.shift,
        span: space.span, table: space.table, into: codes.view) == 0
    }
  }

  /// The codes of the block that was loaded last.
  func loadedCodes(block: Int) -> ScratchView<UInt16> {
    source.path == .children ? source.counts.view.from(block * laneCount) : codes.view
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

  /// Whether rows of the block have a slot of their own besides their code or piece.
  func hasExceptions(block: Int, rowCount: Int) -> Bool {
    switch mode {
    case .constant, .values, .outside: false
    case .pieces:
      !source.pieces.exceptions(in: block * laneCount..<block * laneCount + rowCount).isEmpty
    case .line, .table:
      if source.path == .children {
        source.derived.map { !$0.exceptions(inBlock: block).isEmpty } ?? false
      } else {
        source.column.map { $0.hasExceptions(inBlock: block) } ?? false
      }
    }
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
      return true
    case .pieces, .values:
      putLine(codes.view, offset: 0, stride: stride, isFirst: isFirst, into: cells)
      return true
    case .line(let offset):
      putLine(
        loadedCodes(block: block), offset: Cell(truncatingIfNeeded: offset), stride: stride,
        isFirst: isFirst, into: cells)
    case .table(let table, let place):
      if let bytes = table.bytes {
        putTable(
          codes.view, bytes.view, from: place, stride: stride, isFirst: isFirst, into: cells)
      } else if let words = table.words {
        putTable(
          codes.view, words.view, from: place, stride: stride, isFirst: isFirst, into: cells)
      }
    }
    return correct(block: block, stride: stride, into: cells)
  }

  /// Gives exceptional rows their own slots instead of those that their codes stand for.
  private func correct<Cell: CellNumber>(
    block: Int, stride: Cell, into cells: ScratchView<Cell>
  ) -> Bool {
    if source.path == .children {
      guard let derived = source.derived, let values = derived.exceptionValues else { return true }
      for index in derived.exceptions(inBlock: block) {
        let lane = derived.exceptionRow(index) & (laneCount - 1)
        guard correct(lane, values.value(at: index), block, stride, cells) else { return false }
      }
    } else if let column = source.column {
      for index in column.exceptionRange(inBlock: block) {
        let (row, value) = column.exception(at: index)
        guard correct(row & (laneCount - 1), value, block, stride, cells) else { return false }
      }
    }
    return true
  }

  private func correct<Cell: CellNumber>(
    _ lane: Int, _ value: Int64, _ block: Int, _ stride: Cell, _ cells: ScratchView<Cell>
  ) -> Bool {
    let slot = space.slot(of: value)
    if slot < 0 { return false }
    let code = Int(loadedCodes(block: block)[lane])
    var coded = code
    switch mode {
    case .line(let offset): coded = code &+ offset
    case .table(let table, let place): coded = table[place + code]
    default: break
    }
    cells[lane] &+= Cell(truncatingIfNeeded: slot &- coded) &* stride
    return true
  }
}
