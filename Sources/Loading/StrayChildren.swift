// Children that are not at their parents' place, for fields that must say what is true of them.

import Bytes
import Columns
import Rows
import Segments
import Store

/// The parents of one load whose children are not exactly those at their place.
struct StrayChildren {
  private let table: Int
  private let draft: SharedSnapshot
  private var affected: Set<Int>
  /// By parent, rows that are elsewhere.
  private var late: [Int: [Int]] = [:]

  /// Looks through the segments of a table that a load added; `firstParent` is the first row that
  /// it added to the parents.
  init(
    table: Int, segments: Range<Int>, firstParent: Int, draft: SharedSnapshot
  ) throws(StoreError) {
    self.table = table
    self.draft = draft
    // Rows of earlier loads that came late lie at the place of the first parent that follows.
    affected = [firstParent]
    let reader = BlockReader(draft.snapshot.plan, table: table)
    for segment in segments {
      let view = try draft.snapshot.segment(segment, table: table)
      do throws(Corruption) {
        try view.open(view.plan.linkColumn)
      } catch { throw StoreError.corruption(error) }
      let removed = try draft.snapshot.removedPlaces(segment, table: table)
      guard view.linkExceptions != nil || removed != nil else { continue }
      for block in 0..<view.blockCount {
        try reader.begin(segment: segment, block: block, in: draft.snapshot)
        let placed = try reader.positionalParents(in: draft.snapshot)
        let positions = (0..<reader.rowCount).map { placed[$0] }
        let parents = try reader.values(view.plan.linkColumn, in: draft.snapshot)
        for place in positions.indices {
          let row = segment << 16 + block << 10 + place
          let isPresent = try draft.snapshot.isPresent(row: row, table: table)
          guard parents[place] != positions[place] || !isPresent else { continue }
          affected.insert(Int(positions[place]))
          guard isPresent, parents[place] != absentValue else { continue }
          affected.insert(Int(parents[place]))
          late[Int(parents[place]), default: []].append(row)
        }
      }
    }
  }

  /// The affected parents of a segment.
  func parents(ofSegment segment: Int) -> [Int] {
    affected.filter { $0 >> 16 == segment }.sorted()
  }

  /// All children of a parent: those at its place first.
  func children(of parent: Int) throws(StoreError) -> [Int] {
    let reader = BlockReader(draft.snapshot.plan, table: table)
    var rows: [Int] = []
    for row in try draft.snapshot.positionalChildren(of: parent, childTable: table)
    where try draft.snapshot.isPresent(row: row, table: table) {
      try reader.beginParent(row, in: draft.snapshot)
      let link = reader.plan.linkColumn
      let isChild = try reader.values(link, in: draft.snapshot)[row & 1_023] == Int64(parent)
      if isChild { rows.append(row) }
    }
    return rows + (late[parent] ?? [])
  }

  /// The value of a field of a child.
  func value(_ field: Int, ofRow row: Int) throws(StoreError) -> Int64 {
    let reader = BlockReader(draft.snapshot.plan, table: table)
    try reader.beginParent(row, in: draft.snapshot)
    return try reader.values(field, in: draft.snapshot)[row & 1_023]
  }
}
