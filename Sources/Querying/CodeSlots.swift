// How the codes of one narrow column become slots of a dimension, in one segment.

import Bytes
import Columns

/// From codes to slots.
final class CodeSlots {
  /// How a code's slot is found.
  private enum Rule {
    /// It is the code and an offset.
    case line(offset: Int)
    /// It stands in a table, from a place on.
    case table(SlotTable, from: Int)
  }

  private let column: IntegerColumn
  private let space: SlotSpace
  private let rule: Rule

  /// Chooses the rule of a column whose codes mean the same in every block; nil if a row may have a
  /// value without a slot.
  ///
  /// `zone` covers the values of all rows.
  init?(_ column: IntegerColumn, space: SlotSpace, zone: FieldZone) {
    self.column = column
    self.space = space
    guard let frame = column.frame, space.slot(of: zone.least) >= 0,
      space.slot(of: zone.greatest) >= 0
    else {
      guard let table = Self.ownTable(column, space, zone) else { return nil }
      rule = .table(table, from: 0)
      return
    }
    let offset = Int((frame.base &- space.least) >> Int64(space.shift))
    if space.table == nil, frame.shift == 0, !zone.mayBeAbsent {
      rule = .line(offset: offset + 1)
    } else if let table = space.table, frame.shift == space.shift, offset >= 0,
      offset < space.span, !zone.mayBeAbsent || offset + frame.codeMax + 1 >= space.span
    {
      // Codes that do not stand for themselves fall behind the table, where all is absent.
      rule = .table(table, from: offset)
    } else if let table = Self.ownTable(column, space, zone) {
      rule = .table(table, from: 0)
    } else {
      return nil
    }
  }

  /// A table of this column's codes alone; nil if one of them has no slot.
  private static func ownTable(
    _ column: IntegerColumn, _ space: SlotSpace, _ zone: FieldZone
  ) -> SlotTable? {
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
        guard zone.isKnown, value < zone.least || value > zone.greatest else { return nil }
        slot = 0
      }
      table.fill(code..<code + 1, with: slot)
    }
    return table
  }

  /// Puts or adds the slots of a block's codes, times the stride; false if a row has no slot.
  @inline(__always)
  func put<Cell: CellNumber>(
    _ codes: ScratchView<UInt16>, block: Int, stride: Cell, isFirst: Bool,
    into cells: ScratchView<Cell>
  ) -> Bool {
    switch rule {
    case .line(let offset):
      putLine(
        codes, offset: Cell(truncatingIfNeeded: offset), stride: stride, isFirst: isFirst,
        into: cells)
    case .table(let table, let place):
      if let bytes = table.bytes {
        putTable(codes, bytes.view, from: place, stride: stride, isFirst: isFirst, into: cells)
      } else if let words = table.words {
        putTable(codes, words.view, from: place, stride: stride, isFirst: isFirst, into: cells)
      }
    }
    guard column.exceptionCount > 0 else { return true }
    return correct(codes, block: block, stride: stride, cells)
  }

  /// Gives exceptional rows their own slots instead of those that their codes stand for.
  private func correct<Cell: CellNumber>(
    _ codes: ScratchView<UInt16>, block: Int, stride: Cell, _ cells: ScratchView<Cell>
  ) -> Bool {
    for index in column.exceptionRange(inBlock: block) {
      let (row, value) = column.exception(at: index)
      let lane = row & (laneCount - 1)
      let slot = space.slot(of: value)
      if slot < 0 { return false }
      let code = Int(codes[lane])
      let coded: Int
      switch rule {
      case .line(let offset): coded = code &+ offset
      case .table(let table, let place): coded = table[place + code]
      }
      cells[lane] &+= Cell(truncatingIfNeeded: slot &- coded) &* stride
    }
    return true
  }
}
