// The rows that a load stored, block by block, when all of them are there.

import Bytes
import Segments
import Store

extension TableLoad {
  /// Goes through the blocks of the rows that were stored.
  func forEachBlock(in draft: SharedSnapshot, _ body: (StoredBlock) throws -> Void) throws {
    let reader = BlockReader(draft.snapshot.plan, table: table)
    for segment in segments {
      let view = try draft.snapshot.segment(segment, table: table)
      let removed = try draft.snapshot.removedPlaces(segment, table: table)
      for block in 0..<view.blockCount {
        try reader.begin(segment: segment, block: block, in: draft.snapshot)
        try body(StoredBlock(reader: reader, removed: removed, draft: draft))
      }
    }
  }
}

/// A block of rows that a load stored; some of them may have been taken out again.
struct StoredBlock {
  let reader: BlockReader
  let rowCount: Int
  let firstRow: Int
  private let removed: LentBytes?
  private let draft: SharedSnapshot

  init(reader: BlockReader, removed: LentBytes?, draft: SharedSnapshot) {
    self.reader = reader
    self.draft = draft
    rowCount = reader.rowCount
    firstRow = reader.segment << 16 + reader.block << 10
    self.removed = removed
  }

  func values(_ field: Int) throws(StoreError) -> ScratchView<Int64> {
    try reader.values(field, in: draft.snapshot)
  }

  func isPresent(_ place: Int) -> Bool {
    guard let removed else { return true }
    let place = (firstRow + place) & 0xFFFF
    return removed[place >> 3] >> UInt8(place & 7) & 1 == 0
  }
}
