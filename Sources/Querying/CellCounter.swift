// Counts the rows of blocks by their cells; one for each thread.

import Bytes
import Columns
import Segments
import Store

/// What one thread counted by dimensions.
struct CellCounts: Sendable {
  /// A counter for each cell; empty if every combination is counted by itself.
  var dense: Scratch<UInt32>?
  /// Combinations with a key that has no slot.
  var sparse: [CellKeys: UInt64] = [:]
}

/// Counts rows by up to three dimensions; used by one thread.
final class CellCounter<Cell: CellNumber> {
  private let layout: CellLayout
  private let dimensions: [DimensionLanes]
  private let cells: Scratch<Cell>
  /// Histograms of the inner cells of the current range of rows.
  private let inner: Scratch<UInt32>?
  private let copyCount: Int
  private var counts: CellCounts
  /// Where the counts of `inner` belong.
  private var innerBase = 0
  private let innerDimensions: [Int]
  private let outerDimensions: [Int]
  private var cursors: [OuterCursor]

  /// The most combinations that are counted by themselves.
  static var sparseCountMax: Int { 1 << 22 }

  /// Histograms larger than this are not copied: they would leave the nearest cache.
  private static var copiedCountMax: Int { 4_096 }

  init(_ layout: CellLayout, spaces: [SlotSpace], dimensions: [Dimension]) {
    self.layout = layout
    self.dimensions = zip(dimensions, spaces).map { DimensionLanes($0, space: $1) }
    cells = Scratch(count: laneCount)
    innerDimensions = layout.isOuter.indices.filter { !layout.isOuter[$0] }
    outerDimensions = layout.isOuter.indices.filter { layout.isOuter[$0] }
    cursors = outerDimensions.map { _ in OuterCursor() }
    counts = CellCounts()
    guard let cellCount = layout.cellCount else {
      inner = nil
      copyCount = 1
      return
    }
    // A lane may hold any cell where stored bytes contradict each other; it must find room.
    let slack = Cell.bitWidth == 16 ? 65_536 : 4
    counts.dense = Scratch(count: cellCount + slack)
    let isSmall = layout.innerCount <= Self.copiedCountMax
    copyCount = layout.innerCount <= 1_024 ? 4 : isSmall ? 2 : 1
    let movesOften = !outerDimensions.isEmpty && layout.innerCount > 256
    let isCopied = isSmall && !movesOften && !innerDimensions.isEmpty
    inner = isCopied ? Scratch(count: copyCount * layout.innerCount + slack) : nil
  }

  /// What was counted.
  func finish() -> CellCounts {
    flush()
    return counts
  }

  func begin(_ fields: SegmentFields, in snapshot: borrowing Snapshot) throws(StoreError) {
    for dimension in dimensions { try dimension.begin(fields, in: snapshot) }
  }

  /// Counts the rows of a block, or those that are selected.
  func count(
    block: Int, where selection: Selection?, _ fields: SegmentFields,
    in snapshot: borrowing Snapshot
  ) throws(QueryError) {
    let rowCount = fields.rowCount(ofBlock: block)
    do throws(StoreError) {
      guard layout.cellCount != nil else {
        return try countSparse(block, rowCount, selection, fields, in: snapshot)
      }
      for dimension in dimensions {
        guard try dimension.load(block: block, fields, in: snapshot) else {
          return try countSparse(block, rowCount, selection, fields, in: snapshot)
        }
      }
      var isFirst = true
      for index in innerDimensions {
        let isWhole = dimensions[index].put(
          block: block, stride: layout.strides[index], isFirst: isFirst, into: cells.view)
        guard isWhole else {
          return try countSparse(block, rowCount, selection, fields, in: snapshot)
        }
        isFirst = false
      }
      if Cell.bitWidth > 16 { limitCells() }
      for place in outerDimensions.indices {
        let lanes = dimensions[outerDimensions[place]]
        guard cursors[place].begin(lanes, block: block, rowCount: rowCount) else {
          return try countSparse(block, rowCount, selection, fields, in: snapshot)
        }
      }
    } catch { throw QueryError(error) }
    countRanges(rowCount, selection)
    guard counts.sparse.count <= Self.sparseCountMax else { throw QueryError(.tooManyCells) }
  }

  /// Counts range by range: rows that agree in every outer dimension.
  private func countRanges(_ rowCount: Int, _ selection: Selection?) {
    var row = 0
    while row < rowCount {
      var end = rowCount
      var base = 0
      for place in outerDimensions.indices {
        cursors[place].advance(to: row)
        base += cursors[place].slot * layout.strides[outerDimensions[place]]
        end = min(end, cursors[place].end)
      }
      countRange(row..<end, base: base, selection)
      row = end
    }
  }

  private func countRange(_ rows: Range<Int>, base: Int, _ selection: Selection?) {
    guard let dense = counts.dense else { return }
    if innerDimensions.isEmpty {
      let count = selection.map { selectedCount($0, rows) } ?? rows.count
      dense.view[base] &+= UInt32(truncatingIfNeeded: count)
      return
    }
    var target = dense.view.from(base)
    var copies = HistogramCopies(1, cellCount: 0)
    if let inner {
      if base != innerBase {
        flush()
        innerBase = base
      }
      target = inner.view
      copies = HistogramCopies(copyCount, cellCount: layout.innerCount)
    }
    if let selection {
      countCells(cells.view, rows, where: selection, into: target, copies: copies)
    } else {
      countCells(cells.view, rows, into: target, copies: copies)
    }
  }

  private func flush() {
    guard let inner, let dense = counts.dense else { return }
    moveCounts(
      inner.view, count: layout.innerCount, copyCount: copyCount, copyStride: layout.innerCount,
      to: dense.view.from(innerBase))
  }

  private func limitCells() {
    let view = cells.view
    let limit = Cell(truncatingIfNeeded: layout.innerCount)
    for lane in 0..<laneCount { view[lane] = min(view[lane], limit) }
  }

  // MARK: Combinations without a counter

  private func countSparse(
    _ block: Int, _ rowCount: Int, _ selection: Selection?, _ fields: SegmentFields,
    in snapshot: borrowing Snapshot
  ) throws(StoreError) {
    var columns: [ScratchView<Int64>] = []
    for dimension in dimensions {
      columns.append(try fields.values(dimension.source, block: block, in: snapshot))
    }
    for row in 0..<rowCount where selection?[row] ?? true {
      var keys = CellKeys()
      for index in dimensions.indices {
        keys[index] = dimensions[index].space.key(of: columns[index][row])
      }
      counts.sparse[keys, default: 0] += 1
    }
  }
}

/// Walks over the slots of an outer dimension in one block, range by range.
struct OuterCursor {
  private(set) var slot = 0
  /// The first row after the range.
  private(set) var end = 0
  private var kind = Kind.constant
  private var lanes: DimensionLanes?
  private var piece = 0
  private var firstRow = 0
  private var rowCount = 0

  private enum Kind {
    case constant
    case pieces
    case lanes
  }

  /// Begins with a block that was loaded; false if a row has no slot.
  mutating func begin(_ lanes: DimensionLanes, block: Int, rowCount: Int) -> Bool {
    self.lanes = lanes
    self.rowCount = rowCount
    firstRow = block * laneCount
    end = 0
    switch lanes.mode {
    case .outside: return false
    case .constant(let slot):
      self.slot = slot
      kind = .constant
    case .pieces where !lanes.hasExceptions(block: block, rowCount: rowCount):
      kind = .pieces
      piece = lastPlace(lanes.pieceStarts, upTo: firstRow)
    case .pieces, .values, .runs, .children: kind = .lanes
    case .codes:
      kind = .lanes
      return lanes.turnIntoSlots(block: block)
    }
    return true
  }

  /// Goes to the range that begins at a row, if the current one has ended.
  mutating func advance(to row: Int) {
    guard row >= end, let lanes else { return }
    switch kind {
    case .constant: end = rowCount
    case .pieces:
      let starts = lanes.pieceStarts
      while piece + 1 < starts.count, starts[piece + 1] <= firstRow + row { piece += 1 }
      slot = lanes.pieceSlots[piece]
      end = piece + 1 < starts.count ? min(starts[piece + 1] - firstRow, rowCount) : rowCount
    case .lanes:
      let codes = lanes.codes.view
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
