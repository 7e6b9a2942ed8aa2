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

  /// The keys of a row at its place, as the runs of the indexes would have them: an index that is
  /// answered through another has texts that do not follow, that of late children rows whose parent
  /// is not the one that their place says.
  ///
  /// `positional` is the parent that the place says, nil for a place of no segment; `word` gives
  /// the code of an ordinal in a code list.
  func all(
    of row: WholeRow, row number: Int, positional: Int64?, word: (Int64, Int) -> [UInt8]?
  ) -> Set<FreshKey> {
    var found = Set<FreshKey>()
    for (index, declared) in plan.table.indexes.enumerated() {
      guard let hash = hash(of: row, index: index) else { continue }
      if declared.through != nil, follows(declared.fields[0], row, word) { continue }
      found.insert(FreshKey(table: plan.position, index: index, hash: hash, row: number))
    }
    if plan.parent != nil, row.parentRow != absentValue, row.parentRow != positional {
      let hash = IndexKeyKind.wide.hash(UInt64(bitPattern: row.parentRow))
      found.insert(FreshKey(table: plan.position, index: lateIndex, hash: hash, row: number))
    }
    return found
  }

  /// Whether a text is that of other fields side by side.
  private func follows(
    _ field: Int, _ row: WholeRow, _ word: (Int64, Int) -> [UInt8]?
  ) -> Bool {
    (plan.alternatives[field] ?? []).contains {
      compose($0, row, word: word) == row.texts[field]
    }
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

/// The texts of some fields side by side; nil when one of them is absent.
func compose(
  _ pieces: [TextPiece], _ row: WholeRow, word: (Int64, Int) -> [UInt8]?
) -> [UInt8]? {
  var text: [UInt8] = []
  for piece in pieces {
    let value = row.values[piece.field]
    guard value != absentValue else { return nil }
    if piece.dictionary >= 0 {
      guard let word = word(value, piece.dictionary) else { return nil }
      text += word
    } else {
      let digits = Array(String(value).utf8)
      text += Array(repeating: UInt8(ascii: "0"), count: max(0, piece.digitCount - digits.count))
      text += digits
    }
  }
  return text
}

extension WordLists {
  /// The code of an ordinal in a code list.
  func code(_ ordinal: Int64, of list: Int) -> [UInt8]? {
    lists[list][UInt32(truncatingIfNeeded: ordinal)]?.copied
  }
}
