// The same questions answered row by row with the row reader, as plainly as can be.

import Bytes
import Columns
import Rows
import Segments
import Store

@testable import Querying

/// Every row of a table, read one by one.
struct PlainScan {
  struct Row {
    let number: Int
    let values: [Int64]
    let texts: [[UInt8]?]
  }

  let rows: [Row]
  private let schema: Schema
  private let table: Int

  init(table: Int, in snapshot: borrowing Snapshot) throws {
    schema = snapshot.registry.schema
    self.table = table
    let plan = snapshot.plan.tables[table]
    let reader = RowReader(snapshot.plan, table: table)
    var rows: [Row] = []
    for segment in 0..<snapshot.segmentCount(table: table) {
      for place in 0..<(try snapshot.segment(segment, table: table)).rowCount {
        let number = segment << 16 + place
        guard try reader.read(number, in: snapshot) else { continue }
        let values = (0..<plan.fieldCount).map { reader.buffer.values[$0] }
        let texts = (0..<plan.fieldCount).map { field in
          plan.isText[field] ? reader.buffer.text(of: field)?.copied : nil
        }
        rows.append(Row(number: number, values: values, texts: texts))
      }
    }
    self.rows = rows
  }

  func rows(where condition: Condition) -> [Row] { rows.filter { holds(condition, $0) } }

  private func holds(_ condition: Condition, _ row: Row) -> Bool {
    switch condition {
    case .everything: return true
    case .isIn(let field, let values):
      return row.values[field] != absentValue && values.contains(row.values[field])
    case .isInRange(let field, let range):
      return row.values[field] != absentValue && range.contains(row.values[field])
    case .isAbsent(let field): return isAbsent(field, row)
    case .isPresent(let field): return !isAbsent(field, row)
    case .isText(let field, let bytes): return row.texts[field] == bytes
    case .hasPrefix(let field, let bytes): return row.texts[field]?.starts(with: bytes) ?? false
    case .all(let parts): return parts.allSatisfy { holds($0, row) }
    case .any(let parts): return parts.contains { holds($0, row) }
    case .not(let part): return !holds(part, row)
    }
  }

  private func isAbsent(_ field: Int, _ row: Row) -> Bool {
    schema.tables[table].fields[field].type == .text
      ? row.texts[field] == nil : row.values[field] == absentValue
  }

  /// Counts by keys, as `Counts` gives them.
  func counts(by dimensions: [Dimension], where condition: Condition) -> [[Int64]: UInt64] {
    let keys = dimensions.map(keyFunction)
    var counts: [[Int64]: UInt64] = [:]
    for row in rows(where: condition) {
      let key = dimensions.indices.map { keys[$0](row.values[dimensions[$0].field]) }
      counts[key, default: 0] += 1
    }
    return counts
  }

  private func keyFunction(_ dimension: Dimension) -> (Int64) -> Int64 {
    let field = schema.tables[table].fields[dimension.field]
    switch dimension.kind {
    case .value: return { $0 }
    case .year:
      return { value in Day(physical: value).map { Int64($0.year) } ?? absentValue }
    case .ageBand(let width, let day):
      return { value in
        guard let birth = Day(physical: value) else { return absentValue }
        guard let age = birth.age(on: day) else { return -1 }
        return Int64(age / width * width)
      }
    case .attribute(let position):
      guard let list = schema.codeList(of: field) else { return { _ in absentValue } }
      let texts = Set((0..<list.count).compactMap { list.attribute(position, of: $0) })
      let ordered = texts.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
      return { value in
        guard value >= 0, let text = list.attribute(position, of: Int(value)) else {
          return absentValue
        }
        return ordered.firstIndex(of: text).map { Int64($0) } ?? absentValue
      }
    }
  }
}
