// One row as a value that outlives its snapshot.

import Bytes
import Columns
import Querying
public import Rows
import Rules
import Segments
import Store

/// One row of a table, read whole; it outlives the snapshot it came from.
public struct Row: Sendable {
  /// The table that the row is of.
  public let table: Table
  /// The row's values in the order of the table's fields.
  public let values: [Value]
  /// What identifies the row for life; nothing else may be read from it.
  public var id: Int { number }
  /// Where the row lies: its number in the table.
  let number: Int
  let tablePosition: Int

  init(_ reader: RowReader, in snapshot: borrowing Store.Snapshot) {
    self.init(reader.buffer, number: reader.buffer.row, in: snapshot)
  }

  init(_ buffer: RowBuffer, number: Int, in snapshot: borrowing Store.Snapshot) {
    let plan = buffer.plan
    table = plan.table
    tablePosition = plan.position
    self.number = number
    var values: [Value] = []
    values.reserveCapacity(plan.fieldCount)
    for field in 0..<plan.fieldCount {
      values.append(Self.value(of: field, buffer, snapshot))
    }
    self.values = values
  }

  private static func value(
    of field: Int, _ buffer: RowBuffer, _ snapshot: borrowing Store.Snapshot
  ) -> Value {
    let plan = buffer.plan
    if plan.isText[field] {
      return buffer.text(of: field).map { .text(String($0)) } ?? .absent
    }
    let stored = buffer.values[field]
    if stored == absentValue { return .absent }
    if case .code = plan.table.fields[field].type {
      let word = snapshot.words.lists[plan.dictionary[field]][UInt32(truncatingIfNeeded: stored)]
      return word.map { .code(String($0)) } ?? .absent
    }
    return Value(stored: stored, type: plan.table.fields[field].type, codes: nil) ?? .absent
  }

  /// The value of a field; absent for a name that the table does not have.
  public subscript(field: String) -> Value {
    table.position(of: field).map { values[$0] } ?? .absent
  }

  /// The fields that have values as a JSON object, as `ExportFormat.ndjson` writes them.
  public var json: String { jsonObject(table.fields, values) }
}

/// A text in the form in which texts are stored.
func normalText(_ text: String) -> [UInt8] {
  let bytes = Array(text.utf8)
  return bytes.lend { normalised($0) } ?? bytes
}
