// Rows of one segment before they are encoded: gathered column by column, in row order.

package import Bytes
import Columns
import Rows

/// Up to 65,536 rows of a table, column by column, ready to be encoded.
///
/// Filled by one thread and encoded by another. Every text is either words of dictionaries (codes)
/// or bytes in the arena of its field.
@safe package final class SegmentRows: @unchecked Sendable {
  package static let capacity = SegmentHeader.rowCountMax
  /// In a text made of other fields: the row's text is in the arena instead.
  package static let exceptionalText: Int64 = -1
  /// In the parent's code of a text that is no words: it is the parent's, although it was given.
  package static let followedText = UInt32.max - 2

  package let plan: TablePlan
  package var rowCount = 0
  /// The row number in the table of the first row.
  package var segment = 0
  /// Integers: field f of row r at `f * capacity + r`; in a text made of other fields which
  /// alternative it is, absent or `exceptionalText`.
  package let values: ScratchView<Int64>
  /// What the parent says for inherited integers, laid out alike.
  package let parentValues: ScratchView<Int64>
  /// The parent's row of each row, or `absentValue`.
  package let parents: ScratchView<Int64>
  /// 1 where the parent is not the one that the position says.
  package let isLate: ScratchView<UInt8>
  /// The last positional parent before this segment.
  package var parentBefore: Int64 = 0
  /// The parents that positions say, where they are known before; else they follow from `parents`.
  package var positionalParents: ScratchView<Int64>?
  /// Codes of words by text field: part p of row r at `p * capacity + r`.
  package private(set) var codes: [ScratchView<UInt32>?]
  /// What the parent says for inherited words, laid out alike.
  package private(set) var parentCodes: [ScratchView<UInt32>?]
  /// Texts kept as bytes, by field.
  package private(set) var texts: [TextRowsBuffer?]
  private var owners: [AnyObject] = []

  package init(_ plan: TablePlan) {
    self.plan = plan
    let capacity = Self.capacity
    var owners: [AnyObject] = []
    func make<Element: BitwiseCopyable>(_ count: Int) -> ScratchView<Element> {
      let scratch = Scratch<Element>(count: count)
      owners.append(scratch)
      return scratch.view
    }
    values = make(plan.fieldCount * capacity)
    let hasParent = plan.parent != nil
    parentValues = make(hasParent ? plan.fieldCount * capacity : 0)
    parents = make(hasParent ? capacity : 0)
    isLate = make(hasParent ? capacity : 0)
    codes = []
    parentCodes = []
    texts = []
    for field in 0..<plan.fieldCount {
      let words = plan.table.fields[field].words
      codes.append(words.map { make($0.partCount * capacity) })
      let isInherited = plan.isText[field] && plan.inherited[field] >= 0
      parentCodes.append(isInherited ? words.map { make($0.partCount * capacity) } : nil)
      texts.append(plan.isText[field] ? TextRowsBuffer(capacity: capacity) : nil)
    }
    self.owners = owners
  }

  /// Makes the buffer empty again.
  package func removeAll() {
    rowCount = 0
    for text in texts { text?.removeAll() }
  }

  /// Bytes of the texts that are kept as bytes.
  package var textByteCount: Int {
    texts.reduce(0) { $0 + ($1?.byteCount ?? 0) }
  }

  /// The integers of a field, one a row.
  package func column(_ field: Int) -> ScratchView<Int64> {
    unsafe ScratchView(values.base + field * Self.capacity, count: rowCount)
  }

  func parentColumn(_ field: Int) -> ScratchView<Int64> {
    unsafe ScratchView(parentValues.base + field * Self.capacity, count: rowCount)
  }
}

/// Texts of rows side by side in an arena.
package final class TextRowsBuffer {
  package let starts: ScratchView<UInt32>
  package let byteCounts: ScratchView<UInt32>
  private let storage: (Scratch<UInt32>, Scratch<UInt32>)
  private(set) var arena: [UInt8] = []

  /// Bytes of all texts together.
  package var byteCount: Int { arena.count }

  package init(capacity: Int) {
    storage = (Scratch(count: capacity), Scratch(count: capacity))
    (starts, byteCounts) = (storage.0.view, storage.1.view)
  }

  package func isAbsent(_ row: Int) -> Bool { byteCounts[row] == TextInput.absent }

  /// A copy of the text of a row; nil where it is absent.
  package func text(_ row: Int) -> [UInt8]? {
    guard !isAbsent(row) else { return nil }
    return Array(arena[Int(starts[row])..<Int(starts[row] + byteCounts[row])])
  }

  /// Whether two rows have the same text, or none.
  package func isEqual(_ row: Int, _ other: Int) -> Bool {
    guard byteCounts[row] == byteCounts[other] else { return false }
    guard !isAbsent(row) else { return true }
    let (start, otherStart) = (Int(starts[row]), Int(starts[other]))
    return (0..<Int(byteCounts[row])).allSatisfy { arena[start + $0] == arena[otherStart + $0] }
  }

  package func removeAll() { arena.removeAll(keepingCapacity: true) }

  /// Sets a row's text to that of a row of another buffer.
  package func copy(_ row: Int, of other: TextRowsBuffer, to target: Int) {
    let byteCount = other.byteCounts[row]
    byteCounts[target] = byteCount
    guard byteCount != TextInput.absent else { return }
    starts[target] = UInt32(arena.count)
    let start = Int(other.starts[row])
    arena.append(contentsOf: other.arena[start..<start + Int(byteCount)])
  }

  /// Sets the text of a row; nil is absent.
  package func set(_ text: LentBytes?, row: Int) {
    guard let text else {
      byteCounts[row] = TextInput.absent
      return
    }
    starts[row] = UInt32(arena.count)
    byteCounts[row] = UInt32(text.count)
    unsafe arena.append(contentsOf: text.buffer)
  }
}
