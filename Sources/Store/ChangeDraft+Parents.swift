// What rows take from the rows that they belong to, when they are added, moved or replaced.

import Columns
import Rows
package import Segments

extension ChangeDraft {
  /// Gives fields that mostly equal the parent's the values that it has, but for some.
  package func follow(
    parentOf row: inout WholeRow, table: Int, except own: Set<Int>
  ) throws(StoreError) {
    guard let parent = try parent(of: row, table: table) else { return }
    let plan = plan.tables[table]
    for (field, source) in plan.inherited.enumerated() where source >= 0 && !own.contains(field) {
      if plan.isText[field] {
        row.texts[field] = parent.texts[source]
      } else {
        row.values[field] = parent.values[source]
      }
    }
  }

  /// The fields that could follow from the parent and do not.
  package func ownFields(of row: WholeRow, table: Int) throws(StoreError) -> Set<Int> {
    let parent = try parent(of: row, table: table)
    let plan = plan.tables[table]
    var own = Set<Int>()
    for (field, source) in plan.inherited.enumerated() where source >= 0 {
      let follows =
        plan.isText[field]
        ? row.texts[field] == parent?.texts[source]
        : row.values[field] == parent?.values[source] ?? absentValue
      if !follows { own.insert(field) }
    }
    return own
  }

  private func parent(of row: WholeRow, table: Int) throws(StoreError) -> WholeRow? {
    guard let parent = plan.tables[table].parent, row.parentRow != absentValue else { return nil }
    return try current(RowID(table: parent, row: Int(row.parentRow)))
  }

  /// Gives a row the values of another in some fields; with another parent it moves there, and what
  /// followed from the old one follows from the new.
  ///
  /// Throws `ChangeError`, and then has done nothing.
  package func replace(_ id: RowID, with other: WholeRow, fields: [Bool]) throws {
    let plan = plan.tables[id.table]
    guard let old = try current(id) else { throw missing(id.table) }
    var row = old
    for field in fields.indices where fields[field] {
      row.values[field] = other.values[field]
      row.texts[field] = other.texts[field]
    }
    if let link = plan.table.parent, fields[link.field] { row.parentRow = other.parentRow }
    if row.parentRow != old.parentRow {
      let given = Set(fields.indices.filter { fields[$0] })
      try follow(
        parentOf: &row, table: id.table,
        except: given.union(try ownFields(of: old, table: id.table)))
    }
    try update(id, to: row)
  }
}
