// Selects the rows of a block whose value is in a set, by whichever path leads to the field.

import Bytes
import Columns
import Rows
import Segments
import Store

/// One field and the values that are wanted; used by one thread.
final class ValueComparison {
  let field: Int
  let wanted: ValueSet
  private var decision = Decision.some
  /// The zone of the segment that was decided last.
  private var zone = FieldZone.unknown
  private var hasBlocks = false
  private var members: Scratch<UInt8>?
  private var membersSegment = -1
  /// On the path `runs`: one bit a run.
  private var wantedRuns: Scratch<UInt64>?
  private var wantedRunsSegment = -1

  init(_ field: Int, _ wanted: ValueSet) {
    self.field = field
    self.wanted = wanted
  }

  func decide(_ zones: ZoneMaps) -> Decision {
    zone = FieldZone(zones, field: field)
    decision = wanted.decision(zone)
    if decision == .some, zone.isKnown, !wanted.mayOccur(in: zones, field: field) {
      decision = .none
    }
    hasBlocks = decision == .some && zone.isKnown && zones.hasBlocks(column: field)
    return decision
  }

  func decide(_ zones: ZoneMaps, block: Int) -> Decision {
    guard hasBlocks else { return decision }
    return wanted.decision(zone.narrowed(to: block, of: zones, field: field))
  }

  /// The rows of a block whose value is in the set.
  func select(
    block: Int, _ fields: SegmentFields, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Selection {
    let source = try fields.source(field, in: snapshot)
    switch source.path {
    case .constant:
      return wanted.contains(source.constant)
        ? Selection(first: fields.rowCount(ofBlock: block)) : Selection()
    case .pieces:
      let first = block * Selection.rowCount
      return source.pieces.rows(first..<first + fields.rowCount(ofBlock: block), in: wanted)
    case .codes, .values:
      guard let column = source.column, column.isNarrow else { break }
      if let range = onlyRange {
        var selection = Selection()
        selectRange(column, block: block, range, into: &selection)
        return selection
      }
      guard source.path == .codes else { break }
      return selectCodes(column, block: block, segment: fields.segment)
    case .runs:
      return selectRuns(source, block: block, fields)
    case .children, .derived: break
    }
    let values = try fields.values(source, block: block, in: snapshot)
    return selectValues(values, count: fields.rowCount(ofBlock: block))
  }

  /// Whether a count can be had of the stored codes without marking rows; nil if not.
  func countColumn(
    _ fields: SegmentFields, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> (column: IntegerColumn, range: ClosedRange<Int64>)? {
    let source = try fields.source(field, in: snapshot)
    guard let column = source.column, column.isNarrow, let range = onlyRange else { return nil }
    return (column, range)
  }

  private var onlyRange: ClosedRange<Int64>? {
    wanted.ranges.count == 1 && !wanted.includesAbsent ? wanted.ranges[0] : nil
  }

  /// Asks each run of the segment once, and then only spreads the answers.
  private func selectRuns(_ source: FieldSource, block: Int, _ fields: SegmentFields) -> Selection {
    let wanted = wantedRuns ?? Scratch<UInt64>(count: 1_024 + 16)
    wantedRuns = wanted
    if wantedRunsSegment != fields.segment, let values = source.column?.runValues {
      for block in 0..<(values.rowCount + Selection.rowCount - 1) / Selection.rowCount {
        var selection = Selection()
        if let range = onlyRange {
          selectRange(values, block: block, range, into: &selection)
        } else {
          selection = selectCodes(values, block: block, segment: fields.segment)
        }
        for word in 0..<16 { wanted.view[block * 16 + word] = selection.word(word) }
      }
      wantedRunsSegment = fields.segment
    }
    let runs = source.runs(ofBlock: block)
    return Querying.selectRuns(
      runs.starts, count: runs.count, firstRow: block * Selection.rowCount,
      rowCount: fields.rowCount(ofBlock: block), runBefore: runs.before, wanted: wanted.view)
  }

  private func selectCodes(_ column: IntegerColumn, block: Int, segment: Int) -> Selection {
    let table = members ?? Scratch<UInt8>(count: 65_536)
    members = table
    if membersSegment != segment {
      for code in 0..<column.codeCount {
        let value = column.value(ofCode: UInt16(truncatingIfNeeded: code), block: 0)
        table.view[code] = wanted.contains(value) ? 1 : 0
      }
      membersSegment = segment
    }
    var selection = Selection()
    selectMembers(column, block: block, table: table.view, into: &selection)
    for index in column.exceptionRange(inBlock: block) {
      let (row, value) = column.exception(at: index)
      selection[row & 1_023] = wanted.contains(value)
    }
    return selection
  }

  private func selectValues(_ values: ScratchView<Int64>, count: Int) -> Selection {
    var selection = Selection()
    let range = onlyRange
    for word in 0..<(count + 63) >> 6 {
      let first = word << 6
      let end = min(64, count - first)
      var bits: UInt64 = 0
      if let range {
        let least = range.lowerBound
        let reach = UInt64(bitPattern: range.upperBound &- least)
        for lane in 0..<end {
          let isIn = UInt64(bitPattern: values[first &+ lane] &- least) <= reach
          bits |= (isIn ? 1 : 0) &<< UInt64(lane)
        }
      } else {
        for lane in 0..<end where wanted.contains(values[first + lane]) {
          bits |= 1 &<< UInt64(lane)
        }
      }
      selection.setWord(word, to: bits)
    }
    return selection
  }
}

extension Pieces {
  /// The rows whose value is in a set; `rows` are those of one block.
  func rows(_ rows: Range<Int>, in wanted: ValueSet) -> Selection {
    var selection = Selection()
    var piece = piece(ofRow: rows.lowerBound)
    var row = rows.lowerBound
    while row < rows.upperBound {
      let end = piece + 1 < starts.count ? min(starts[piece + 1], rows.upperBound) : rows.upperBound
      if wanted.contains(values[piece]) {
        var part = Selection(first: end - rows.lowerBound)
        part.andNot(Selection(first: row - rows.lowerBound))
        selection.or(part)
      }
      row = end
      piece += 1
    }
    for index in exceptions(in: rows) {
      selection[exceptionRows[index] - rows.lowerBound] = wanted.contains(exceptionValues[index])
    }
    return selection
  }
}
