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
  /// The inner dimension that is put first, right out of its runs, or -1.
  private var spreadDimension = -1
  private var cursors: [OuterCursor]

  /// The most combinations that are counted by themselves.
  static var sparseCountMax: Int { 1 << 22 }

  /// Histograms larger than this are not copied: they would leave the nearest cache.
  private static var copiedCountMax: Int { 4_096 }

  init(_ layout: CellLayout, spaces: [SlotSpace], dimensions: [Dimension]) {
    self.layout = layout
    self.dimensions = zip(dimensions, spaces).map { DimensionLanes($0, space: $1) }
    cells = Scratch(count: laneCount + expansionSlack)
    innerDimensions = layout.isOuter.indices.filter { !layout.isOuter[$0] }
    outerDimensions = layout.isOuter.indices.filter { layout.isOuter[$0] }
    cursors = outerDimensions.map { _ in OuterCursor(rowCount: 0) }
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
    copyCount = layout.innerCount <= 2_048 ? 4 : isSmall ? 2 : 1
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
    spreadDimension = innerDimensions.first { dimensions[$0].isSpread } ?? -1
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
      let isWhole = try place(block, rowCount, fields, in: snapshot)
      if !isWhole { return try countSparse(block, rowCount, selection, fields, in: snapshot) }
    } catch { throw QueryError(error) }
    countRanges(rowCount, selection)
    guard counts.sparse.count <= Self.sparseCountMax else { throw QueryError(.tooManyCells) }
  }

  /// Finds the cell of each row; false if one has none.
  private func place(
    _ block: Int, _ rowCount: Int, _ fields: SegmentFields, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Bool {
    var isFirst = true
    if spreadDimension >= 0 {
      dimensions[spreadDimension].spread(
        block: block, rowCount: rowCount,
        stride: Cell(truncatingIfNeeded: layout.strides[spreadDimension]), into: cells.view)
      isFirst = false
    }
    for index in innerDimensions where index != spreadDimension {
      let lanes = dimensions[index]
      guard try lanes.load(block: block, fields, in: snapshot),
        lanes.put(
          block: block, stride: layout.strides[index], isFirst: isFirst, into: cells.view)
      else { return false }
      isFirst = false
    }
    if Cell.bitWidth > 16 { limitCells() }
    for place in outerDimensions.indices {
      let lanes = dimensions[outerDimensions[place]]
      let isPiecewise = lanes.isPiecewise(block: block, rowCount: rowCount)
      if !isPiecewise {
        guard try lanes.load(block: block, fields, in: snapshot) else { return false }
      }
      let cursor = OuterCursor(lanes, block: block, rowCount: rowCount, isPiecewise: isPiecewise)
      guard let cursor else { return false }
      cursors[place] = cursor
    }
    return true
  }

  /// Counts range by range: rows that agree in every outer dimension.
  private func countRanges(_ rowCount: Int, _ selection: Selection?) {
    var cursors = self.cursors
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
