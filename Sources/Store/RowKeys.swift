// The keys under which the indexes of a table find one row.

import Bytes
import Columns
import Rows
import Segments

/// Makes the keys of whole rows of one table.
struct RowKeys: Sendable {
  private let plan: TablePlan
  private let kinds: [IndexKeyKind]
  /// The indexes of which no two current rows may have a key.
  let uniqueIndexes: [Int]

  init(_ plan: TablePlan) {
    self.plan = plan
    kinds = plan.table.indexes.map { IndexKeys.kind(of: $0, in: plan.table) }
    uniqueIndexes = plan.table.indexes.indices.filter {
      plan.table.indexes[$0].isUnique && plan.table.indexes[$0].through == nil
    }
  }

  /// The position of the index of late children: after those of the schema.
  var lateIndex: Int { plan.table.indexes.count }

  /// The hash of each index's key; nil for an index that does not hold the row.
  ///
  /// The last is that of the row it belongs to, where the table has a parent.
  func hashes(of row: WholeRow) -> [UInt64?] {
    var hashes = plan.table.indexes.indices.map { hash(of: row, index: $0) }
    guard plan.parent != nil else { return hashes }
    hashes.append(
      row.parentRow == absentValue
        ? nil : IndexKeyKind.wide.hash(UInt64(bitPattern: row.parentRow)))
    return hashes
  }

  /// The keys of a row at its place.
  func all(of row: WholeRow, row number: Int) -> Set<FreshKey> {
    var found = Set<FreshKey>()
    for (index, hash) in hashes(of: row).enumerated() {
      guard let hash else { continue }
      found.insert(FreshKey(table: plan.position, index: index, hash: hash, row: number))
    }
    return found
  }

  /// The hash of one index's key; nil when a field of it is absent.
  func hash(of row: WholeRow, index: Int) -> UInt64? {
    let declared = plan.table.indexes[index]
    let isSingle = declared.fields.count == 1
    var joined: UInt64 = 0
    for field in declared.fields {
      let part: UInt64
      if plan.isText[field] {
        guard let text = row.texts[field] else { return nil }
        part = text.lend { IndexKeys.hash(of: $0, isFolded: declared.isFolded) }
      } else {
        let value = row.values[field]
        guard value != absentValue else { return nil }
        if isSingle { return kinds[index].hash(UInt64(bitPattern: value)) }
        part = IndexKeys.part(of: value)
      }
      if isSingle { return part }
      joined = IndexKeys.join(joined, part)
    }
    return joined
  }

  /// Whether two rows have the same key of an index, which both have.
  func haveSameKey(_ left: WholeRow, _ right: WholeRow, index: Int) -> Bool {
    let declared = plan.table.indexes[index]
    return declared.fields.allSatisfy { field in
      guard plan.isText[field] else { return left.values[field] == right.values[field] }
      guard declared.isFolded else { return left.texts[field] == right.texts[field] }
      return left.texts[field].map { text in text.lend { FoldedHash(folding: $0).sum } }
        == right.texts[field].map { text in text.lend { FoldedHash(folding: $0).sum } }
    }
  }
}
