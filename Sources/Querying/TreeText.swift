// Writes rows of one table with their children in them, and the children's children.

import Bytes
import Columns
import Rows
import Segments
import Store

/// Writes trees of rows; used by one thread inside one snapshot.
final class TreeText {
  /// One table of the tree.
  private final class Branch {
    let fields: [(field: Int, label: FieldLabel, form: ValueForm?)]
    let branches: [Branch]
    /// Named by the table, for the array of its rows.
    var label: FieldLabel?
    /// Reads the rows; those of the first table one by one.
    let children: ChildReader
    private let labels: FieldLabels

    init(_ exported: ExportedTable, in snapshot: borrowing Snapshot) {
      let plan = snapshot.plan
      labels = FieldLabels(exported, in: plan)
      var fields: [(field: Int, label: FieldLabel, form: ValueForm?)] = []
      for (field, label) in zip(exported.fields, labels.labels) {
        let form = ValueForm(
          field, of: plan.tables[exported.table], words: snapshot.words.lists)
        fields.append((field, label, form))
      }
      self.fields = fields
      children = ChildReader(plan, childTable: exported.table)
      var branches: [Branch] = []
      for child in exported.children { branches.append(Branch(child, in: snapshot)) }
      for (branch, label) in zip(branches, labels.labels.dropFirst(fields.count)) {
        branch.label = label
      }
      self.branches = branches
    }
  }

  private let root: Branch

  init(_ exported: ExportedTable, in snapshot: borrowing Snapshot) {
    root = Branch(exported, in: snapshot)
  }

  /// Writes the wanted rows of a block; calls `handOver` when the text has become long.
  func append(
    segment: Int, block: Int, rows: Selection, to text: inout RowText,
    in snapshot: borrowing Snapshot, handOver: (inout RowText) -> Void
  ) throws(StoreError) {
    var next = rows.first
    while let row = next {
      try append(
        row: segment << 16 + block << 10 + row, to: &text, in: snapshot, handOver: handOver)
      next = rows.next(from: row + 1)
    }
  }

  /// Writes a row, if it is there.
  func append(
    row: Int, to text: inout RowText, in snapshot: borrowing Snapshot,
    handOver: (inout RowText) -> Void
  ) throws(StoreError) {
    guard try root.children.reader.read(row, in: snapshot) else { return }
    try append(root, to: &text, in: snapshot, handOver)
    text.endLine()
    if text.count > TableExport.partByteCountMax { handOver(&text) }
  }

  /// Writes the row that a branch's reader has read, but for its end.
  private func append(
    _ branch: Branch, to text: inout RowText, in snapshot: borrowing Snapshot,
    _ handOver: (inout RowText) -> Void
  ) throws(StoreError) {
    let buffer = branch.children.reader.buffer
    let number = buffer.row
    try appendFields(of: branch, buffer, to: &text)
    for child in branch.branches {
      guard let label = child.label else { continue }
      text.beginArray(label)
      try child.children.children(of: number, in: snapshot) { _ throws(StoreError) in
        try append(child, to: &text, in: snapshot, handOver)
        text.endRow()
        if text.count > TableExport.partByteCountMax { handOver(&text) }
      }
      text.endArray()
    }
  }

  /// Writes the row that a buffer has, without its children.
  func append(_ buffer: RowBuffer, to text: inout RowText) throws(StoreError) {
    try appendFields(of: root, buffer, to: &text)
    text.endLine()
  }

  private func appendFields(
    of branch: Branch, _ buffer: RowBuffer, to text: inout RowText
  ) throws(StoreError) {
    text.beginRow()
    for (field, label, form) in branch.fields {
      let start = text.beginField(label)
      if try append(field, form, buffer, to: &text) {
        text.endField(label)
      } else {
        text.leaveOut(from: start)
      }
    }
  }

  @inline(__always)
  private func append(
    _ field: Int, _ form: ValueForm?, _ buffer: RowBuffer, to text: inout RowText
  ) throws(StoreError) -> Bool {
    guard let form else {
      guard let value = buffer.text(of: field) else { return false }
      text.append(text: value)
      return true
    }
    let value = buffer.values[field]
    guard value != absentValue else { return false }
    do throws(Corruption) {
      return try form.write(value, to: &text)
    } catch {
      throw StoreError.corruption(error.located("\(buffer.plan.table.name) row \(buffer.row)"))
    }
  }
}
