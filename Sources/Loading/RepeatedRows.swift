// Lines that repeat a row of their table, where a plan says that lines do: one row is stored of
// those that say the same.
//
// Rows that follow one another in a piece are compared there. Those at the beginning of a piece may
// repeat what the piece before ended with, so they wait for their admission. Repeats further apart
// are found when the index of the key is built.

import Bytes
import Columns
import Rows
import Segments
import Store

extension ParsedPiece {
  /// Whether two rows say the same of a field.
  func says(_ row: Int, theSameAs other: Int, of field: Int) -> Bool {
    if let values = values[field] {
      guard values[row] == values[other] else { return false }
      guard plan.isText[field], values[row] == SegmentRows.exceptionalText else { return true }
    } else if let codes = codes[field] {
      guard codes[row] == codes[other] else { return false }
      if codes[row] != TokenInput.escape {
        return codes[row] == TokenInput.absent
          || stride(from: row, to: codes.count, by: capacity).allSatisfy {
            codes[$0] == codes[$0 - row + other]
          }
      }
    }
    return texts[field]?.isEqual(row, other) ?? true
  }

  /// Whether a row says nothing of a field.
  func isAbsent(_ row: Int, _ field: Int) -> Bool {
    if let values = values[field] { return values[row] == absentValue }
    if let codes = codes[field] { return codes[row] == TokenInput.absent }
    return texts[field]?.isAbsent(row) ?? true
  }

  /// A field of which a row says something else than another with its key; what it leaves out
  /// makes no difference.
  func fieldThatDiffers(_ row: Int, from other: Int) -> Int? {
    (0..<plan.fieldCount).first { field in
      !isAbsent(row, field) && !says(row, theSameAs: other, of: field)
    }
  }
}

/// What a stored row says of each field that its file feeds, in codes of the registry.
struct RowCopy {
  private enum Said: Equatable {
    case absent
    case integer(Int64)
    case words([UInt32])
    case text([UInt8])
  }

  private let said: [Said]

  init(of row: Int, in rows: SegmentRows, fed: [Bool]) {
    said = fed.indices.map { field in
      guard fed[field] else { return .absent }
      func text() -> Said { rows.texts[field]?.text(row).map { .text($0) } ?? .absent }
      let value = rows.values[field * SegmentRows.capacity + row]
      guard rows.plan.isText[field] else { return value == absentValue ? .absent : .integer(value) }
      if rows.plan.alternatives[field] != nil {
        if value == SegmentRows.exceptionalText { return text() }
        return value == absentValue ? .absent : .integer(value)
      }
      guard let codes = rows.codes[field] else { return text() }
      switch codes[row] {
      case TokenInput.absent: return .absent
      case TokenInput.escape: return text()
      default:
        return .words(
          stride(from: row, to: codes.count, by: SegmentRows.capacity).map { codes[$0] })
      }
    }
  }

  func says(theSameAs other: RowCopy, of field: Int) -> Bool { said[field] == other.said[field] }

  /// A field of which this row says something else than an earlier one with its key.
  func fieldThatDiffers(from other: RowCopy) -> Int? {
    said.indices.first { said[$0] != .absent && said[$0] != other.said[$0] }
  }
}

/// Compares rows that lost their key with those that have it, when both are stored.
final class RepeatJudge {
  enum Verdict: Equatable {
    /// Another key than the table's was lost.
    case isDuplicate
    case repeats
    case differs(field: Int)
  }

  private let draft: SharedSnapshot
  private let plan: TablePlan
  private let fields: [Int]
  private let lost: RowReader
  private let holder: RowReader

  /// Nil where rows may not be repeated.
  init?(_ feeds: FieldFeeds, writer: BulkWriter) throws(StoreError) {
    guard feeds.foldsRepeats else { return nil }
    draft = SharedSnapshot(try writer.draft())
    plan = feeds.plan
    // Late fields follow from children that are not there yet.
    fields = plan.table.fields.indices.filter { [plan] in
      feeds.isFed[$0] && !plan.lateFields.contains($0)
    }
    let registry = writer.registry.plan
    lost = RowReader(registry, table: plan.position, readsSealed: true)
    holder = RowReader(registry, table: plan.position)
  }

  func verdict(_ key: LostKey) throws(StoreError) -> Verdict {
    guard plan.table.indexes[key.index].fields == plan.table.key.map({ [$0] }) else {
      return .isDuplicate
    }
    guard try lost.read(key.row, in: draft.snapshot),
      try holder.read(key.holder, in: draft.snapshot)
    else { return .isDuplicate }
    let differing = fields.first { field in
      guard plan.isText[field] else {
        let value = lost.buffer.values[field]
        return value != absentValue && value != holder.buffer.values[field]
      }
      guard let text = lost.buffer.text(of: field) else { return false }
      return !(holder.buffer.text(of: field)?.isEqual(to: text) ?? false)
    }
    return differing.map { .differs(field: $0) } ?? .repeats
  }
}
