// One row as a single value: what a change stores until the row's segment is written anew.
//
//   OFFSET  SIZE  FIELD
//        0     1  kind: 0 a row; 1 a place that was emptied, whose values are those it had
//        1     1  zero
//        2     2  field count n
//        4     4  zero
//        8     8  number of the change that wrote it
//       16     8  parent's row, or the least Int64 for none
//       24    8n  by field: the stored integer, the least Int64 for absent; of a text its bytes'
//                 count, -1 for absent
//            then the texts side by side, in the order of the fields
//   last 8        XXH3 of everything before ^ mix(key as one u64)
//
// Every field is there, also those that follow from others: what they follow from may change, and
// a row changes only when a change says so.

package import Bytes
import Columns

/// One row with all its values, apart from where it lies.
package struct WholeRow: Equatable, Sendable {
  /// The integers by field; of a text 0.
  package var values: [Int64]
  /// The texts by field; nil for an absent one and for fields that are integers.
  package var texts: [[UInt8]?]
  /// The row of the parent's table that it belongs to, or `absentValue`.
  package var parentRow: Int64

  /// A row without values.
  package init(of plan: TablePlan) {
    values = plan.isText.map { $0 ? 0 : absentValue }
    texts = Array(repeating: nil, count: plan.fieldCount)
    parentRow = absentValue
  }

  /// The row that a buffer holds.
  package init(_ buffer: RowBuffer) {
    let plan = buffer.plan
    values = (0..<plan.fieldCount).map { plan.isText[$0] ? 0 : buffer.values[$0] }
    texts = (0..<plan.fieldCount).map { plan.isText[$0] ? buffer.text(of: $0)?.copied : nil }
    parentRow = buffer.values[plan.linkColumn]
  }

  /// The row as its bytes are stored under a key.
  package func encoded(
    _ kind: StoredRow.Kind, change: UInt64, key: UInt64, _ plan: TablePlan
  ) -> [UInt8] {
    let textByteCount = texts.reduce(0) { $0 + ($1?.count ?? 0) }
    var writer = ByteWriter(capacity: 32 + 8 * values.count + textByteCount)
    writer.append(kind.rawValue)
    writer.append(UInt8(0))
    writer.append(UInt16(values.count))
    writer.append(UInt32(0))
    writer.append(change)
    writer.append(parentRow)
    for field in values.indices {
      writer.append(plan.isText[field] ? Int64(texts[field]?.count ?? -1) : values[field])
    }
    for text in texts { if let text { writer.append(text) } }
    writer.append(checksum(writer.bytes) ^ mix(key))
    return writer.bytes
  }
}

/// The bytes of a row that lies apart from its segment, checked.
package struct StoredRow: Sendable {
  /// What the row's place holds.
  package enum Kind: UInt8, Sendable {
    case row
    case emptied
  }

  package let kind: Kind
  let bytes: LentBytes
  private let fieldCount: Int

  static let valuesOffset = 24

  /// Throws a corruption unless the bytes are a row of the table, stored under this key.
  package init(reading bytes: LentBytes, key: UInt64, _ plan: TablePlan) throws(Corruption) {
    let end = bytes.count - 8
    guard end >= Self.valuesOffset + 8 * plan.fieldCount,
      let kind = Kind(rawValue: bytes[0]), bytes[1] == 0,
      bytes.load(2, as: UInt16.self) == UInt16(plan.fieldCount), bytes.load(4, as: UInt32.self) == 0
    else { throw Corruption(.freshRow, at: 0) }
    guard checksum(bytes.part(0, end)) ^ mix(key) == bytes.load(end, as: UInt64.self) else {
      throw Corruption(.freshRow, at: end)
    }
    (self.kind, self.bytes, fieldCount) = (kind, bytes.part(0, end), plan.fieldCount)
    var textEnd = Self.valuesOffset + 8 * fieldCount
    for field in 0..<fieldCount where plan.isText[field] {
      let count = value(of: field)
      guard count >= -1, count <= Int64(end - textEnd) else {
        throw Corruption(.freshRow, at: Self.valuesOffset + 8 * field)
      }
      textEnd += max(0, Int(count))
    }
    guard textEnd == end else { throw Corruption(.freshRow, at: textEnd) }
  }

  /// The number of the change that wrote it.
  package var change: UInt64 { bytes.load(8) }

  /// The row that it belongs to, or `absentValue`.
  package var parentRow: Int64 { bytes.load(16) }

  @inline(__always)
  func value(of field: Int) -> Int64 { bytes.load(Self.valuesOffset &+ 8 &* field) }
}

extension RowBuffer {
  /// Takes the values of a row that lies apart from its segment.
  package func fill(from stored: StoredRow) {
    textEnd = 0
    var from = StoredRow.valuesOffset + 8 * plan.fieldCount
    for field in 0..<plan.fieldCount {
      let value = stored.value(of: field)
      guard plan.isText[field] else {
        values[field] = value
        continue
      }
      let count = Int(value)
      textStarts[field] = Int32(truncatingIfNeeded: textEnd)
      textCounts[field] = Int32(truncatingIfNeeded: count)
      guard count > 0 else { continue }
      reserve(count)
      textEnd += textRoom.write(stored.bytes.part(from, from + count), at: 0)
      from += count
    }
    values[plan.linkColumn] = stored.parentRow
  }

  /// Takes the values of a row.
  package func fill(from row: WholeRow) {
    textEnd = 0
    for field in 0..<plan.fieldCount {
      guard plan.isText[field] else {
        values[field] = row.values[field]
        continue
      }
      textStarts[field] = Int32(truncatingIfNeeded: textEnd)
      textCounts[field] = Int32(truncatingIfNeeded: row.texts[field]?.count ?? -1)
      guard let text = row.texts[field], !text.isEmpty else { continue }
      reserve(text.count)
      textEnd += text.lend { textRoom.write($0, at: 0) }
    }
    values[plan.linkColumn] = row.parentRow
  }
}
