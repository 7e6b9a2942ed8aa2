// The keys of one index, read block by block out of finished segments.

package import Bytes
import Columns
package import Rows
import Segments

/// Reads the keys of one index for one worker.
package final class IndexKeySource {
  /// What is gathered for one block: hashes, and the rows they belong to.
  package let hashes = Scratch<UInt64>(count: BlockReader.stride)
  package let rows = Scratch<UInt32>(count: BlockReader.stride)

  private let shared: SharedSnapshot
  private let plan: TablePlan
  private let index: Index
  private let kind: IndexKeyKind
  private let reader: BlockReader
  private let rowReader: RowReader
  private let wordHashes: WordHashes
  private let isPresent = Scratch<UInt8>(count: BlockReader.stride)

  /// With `reader` the source decodes columns there, so that several sources share what they
  /// decode.
  package init(
    _ shared: SharedSnapshot, table: Int, index: Index, wordHashes: WordHashes,
    reader: BlockReader? = nil
  ) {
    self.shared = shared
    let registryPlan = shared.snapshot.plan
    plan = registryPlan.tables[table]
    self.index = index
    self.wordHashes = wordHashes
    kind = IndexKeys.kind(of: index, in: plan.table)
    self.reader = reader ?? BlockReader(registryPlan, table: table)
    rowReader = RowReader(registryPlan, table: table, readsSealed: true)
  }

  /// Gathers the keys of a block, those of emptied places included; returns how many there are.
  package func gather(segment: Int, block: Int) throws(StoreError) -> Int {
    try reader.begin(segment: segment, block: block, in: shared.snapshot)
    if index.through != nil { return try gatherExceptions(segment: segment, block: block) }
    let count = reader.rowCount
    for row in 0..<count {
      hashes.view[row] = 0
      isPresent.view[row] = 1
    }
    for field in index.fields { try add(field, segment: segment, block: block, count: count) }
    var kept = 0
    let firstRow = segment << 16 + block << 10
    for row in 0..<count where isPresent.view[row] != 0 {
      hashes.view[kept] = hashes.view[row]
      rows.view[kept] = UInt32(firstRow + row)
      kept += 1
    }
    return kept
  }

  /// The integers of a field in the block that was gathered, by place in the block.
  package func values(_ field: Int) throws(StoreError) -> ScratchView<Int64> {
    try reader.values(field, in: shared.snapshot)
  }

  private func add(
    _ field: Int, segment: Int, block: Int, count: Int
  ) throws(StoreError) {
    let isSingle = index.fields.count == 1
    guard plan.isText[field] else {
      let values = try reader.values(field, in: shared.snapshot)
      for row in 0..<count {
        let value = values[row]
        if value == absentValue {
          isPresent.view[row] = 0
        } else if isSingle {
          hashes.view[row] = kind.hash(UInt64(bitPattern: value))
        } else {
          hashes.view[row] = IndexKeys.join(hashes.view[row], IndexKeys.part(of: value))
        }
      }
      return
    }
    let first = plan.dictionary[field]
    let parts: [Scratch<UInt64>?] =
      index.isFolded && plan.table.fields[field].words == .name
      ? (0..<3).map { wordHashes.sums(first + $0) } : []
    if parts.contains(where: { $0 == nil }) || parts.isEmpty {
      for row in 0..<count { try addText(field, segment << 16 + block << 10 + row, row, isSingle) }
      return
    }
    try addNames(field, first, segment: segment, block: block, count: count, isSingle: isSingle)
  }

  /// Names that are words have their hash from those of the words.
  private func addNames(
    _ field: Int, _ first: Int, segment: Int, block: Int, count: Int, isSingle: Bool
  ) throws(StoreError) {
    let codes = try reader.wordCodes(field, in: shared.snapshot)
    guard let one = wordHashes.sums(first)?.view, let two = wordHashes.sums(first + 1)?.view,
      let three = wordHashes.sums(first + 2)?.view
    else { return }
    for row in 0..<count {
      let code = codes[row]
      if code >= TokenInput.escape {
        if code == TokenInput.absent {
          isPresent.view[row] = 0
        } else {
          try addText(field, segment << 16 + block << 10 + row, row, isSingle)
        }
        continue
      }
      let middle = Int(codes[BlockReader.stride + row])
      let given = Int(codes[2 * BlockReader.stride + row])
      let (at1, at2, at3) = (2 * Int(code), 2 * middle, 2 * given)
      guard at1 < one.count, at2 < two.count, at3 < three.count else {
        throw StoreError(Corruption(.dictionary, at: 0, in: plan.table.name))
      }
      var name = FoldedHash(sum: one[at1], power: one[at1 + 1])
      name = name.followed(by: FoldedHash(sum: two[at2], power: two[at2 + 1]))
      name = name.followed(by: FoldedHash(sum: three[at3], power: three[at3 + 1]))
      hashes.view[row] = isSingle ? name.sum : IndexKeys.join(hashes.view[row], name.sum)
    }
  }

  private func addText(
    _ field: Int, _ number: Int, _ row: Int, _ isSingle: Bool
  ) throws(StoreError) {
    try rowReader.read(number, in: shared.snapshot)
    guard let text = rowReader.buffer.text(of: field) else {
      isPresent.view[row] = 0
      return
    }
    let hash = IndexKeys.hash(of: text, isFolded: index.isFolded)
    hashes.view[row] = isSingle ? hash : IndexKeys.join(hashes.view[row], hash)
  }

  /// An index on a derived text holds the rows whose text does not follow.
  private func gatherExceptions(segment: Int, block: Int) throws(StoreError) -> Int {
    guard let field = index.fields.first, let view = reader.view else { return 0 }
    do throws(Corruption) {
      try view.open(field)
    } catch { throw StoreError(error) }
    var kept = 0
    let firstRow = segment << 16 + block << 10
    for row in 0..<reader.rowCount where !view.followsFromOthers(field, row: block << 10 + row) {
      try rowReader.read(firstRow + row, in: shared.snapshot)
      guard let text = rowReader.buffer.text(of: field) else { continue }
      hashes.view[kept] = IndexKeys.hash(of: text, isFolded: index.isFolded)
      rows.view[kept] = UInt32(firstRow + row)
      kept += 1
    }
    return kept
  }
}
