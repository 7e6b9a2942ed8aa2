// What the threads of a count made, put together.

import Bytes

/// The counters of all threads of a count.
struct CellAnswer {
  let dimensions: [Dimension]
  let spaces: [SlotSpace]
  let labels: [DimensionLabels]
  let layout: CellLayout
  let statistics: ScanStatistics
  /// The counters of all threads together.
  private var dense: [UInt64] = []
  private var sparse: [CellKeys: UInt64] = [:]

  init(
    dimensions: [Dimension], spaces: [SlotSpace], labels: [DimensionLabels], layout: CellLayout,
    parts: [CellCounts], statistics: ScanStatistics
  ) {
    self.dimensions = dimensions
    self.spaces = spaces
    self.labels = labels
    self.layout = layout
    self.statistics = statistics
    if let cellCount = layout.cellCount {
      dense = Array(repeating: 0, count: cellCount)
      for part in parts {
        guard let counts = part.dense?.view else { continue }
        for cell in 0..<cellCount { dense[cell] &+= UInt64(counts[cell]) }
      }
    }
    for part in parts { sparse.merge(part.sparse) { $0 + $1 } }
  }

  /// Every combination that occurs, in the order of its keys.
  var counts: Counts {
    var cells: [(keys: CellKeys, count: UInt64)] = []
    forEachCell { slots, count in
      var keys = CellKeys()
      for index in spaces.indices { keys[index] = spaces[index].keys[slots[index]] }
      cells.append((keys, count))
    }
    if !sparse.isEmpty {
      var all = sparse
      for cell in cells { all[cell.keys, default: 0] += cell.count }
      cells = all.map { ($0.key, $0.value) }
    }
    cells.sort { left, right in
      (left.keys.first, left.keys.second, left.keys.third)
        < (right.keys.first, right.keys.second, right.keys.third)
    }
    var keys: [Int64] = []
    keys.reserveCapacity(cells.count * spaces.count)
    for cell in cells {
      for index in spaces.indices { keys.append(cell.keys[index]) }
    }
    return Counts(
      dimensions: dimensions, keys: keys, counts: cells.map(\.count), labels: labels)
  }

  /// For each key of the first of two dimensions, how many keys of the second occur with it.
  var distinct: Counts {
    precondition(spaces.count == 2)
    var found: [Int64: UInt64] = [:]
    if sparse.isEmpty {
      var counts = [UInt64](repeating: 0, count: spaces[0].slotCount)
      var hasRows = [Bool](repeating: false, count: spaces[0].slotCount)
      forEachCell { slots, _ in
        hasRows[slots[0]] = true
        counts[slots[0]] += slots[1] == 0 ? 0 : 1
      }
      for slot in counts.indices where hasRows[slot] { found[spaces[0].keys[slot]] = counts[slot] }
    } else {
      let all = counts
      for row in 0..<all.rowCount {
        let isPresent = all.key(row: row, dimension: 1) != Counts.absentKey
        found[all.key(row: row, dimension: 0), default: 0] += isPresent ? 1 : 0
      }
    }
    let keys = found.keys.sorted()
    return Counts(
      dimensions: [dimensions[0]], keys: keys, counts: keys.map { found[$0] ?? 0 },
      labels: [labels[0]])
  }

  /// Calls `body` with the slots and the count of each cell that has one, as the cells lie.
  private func forEachCell(_ body: ([Int], UInt64) -> Void) {
    var slots = [Int](repeating: 0, count: spaces.count)
    for cell in dense.indices where dense[cell] != 0 {
      for index in slots.indices { slots[index] = layout.slot(index, ofCell: cell) }
      body(slots, dense[cell])
    }
  }
}
