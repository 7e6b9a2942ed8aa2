// Which fields of a table are written, and what stands before their values in JSON.

import Rows
import Segments

/// A table as it is written: which of its fields, and with the rows of which tables in them.
package struct ExportedTable: Sendable {
  package var table: Int
  package var fields: [Int]
  /// Tables whose rows belong to rows of this one.
  package var children: [ExportedTable]

  package init(table: Int, fields: [Int], children: [ExportedTable] = []) {
    self.table = table
    self.fields = fields
    self.children = children
  }
}

extension FieldLabels {
  convenience init(_ fields: [Field]) {
    self.init(fields.map { ($0.name, $0.type != .flag) })
  }

  /// The labels of fields, and after them of the tables in them.
  convenience init(_ exported: ExportedTable, in plan: RegistryPlan) {
    let fields = plan.tables[exported.table].table.fields
    self.init(
      exported.fields.map { (fields[$0].name, fields[$0].type != .flag) }
        + exported.children.map { (plan.tables[$0.table].table.name, false) })
  }
}
