// Where a row is decoded: one integer a field, and texts side by side. Made once and filled again.

package import Bytes
import Columns
import Rows

/// Room for one decoded row of a table; used by one thread at a time.
package final class RowBuffer {
  package let plan: TablePlan
  /// The integers by field; for a text field nothing. After them the parent's row.
  package let values: ScratchView<Int64>
  /// Where each text begins in `text`, and its byte count or -1 for an absent text.
  let textStarts: ScratchView<Int32>
  let textCounts: ScratchView<Int32>
  private let storage: (Scratch<Int64>, Scratch<Int32>, Scratch<Int32>)
  private(set) var text: Scratch<UInt8>
  var textEnd = 0
  /// The row that the buffer holds, as its number in the table.
  package var row = -1

  package init(_ plan: TablePlan) {
    self.plan = plan
    storage = (
      Scratch(count: plan.fieldCount + 1), Scratch(count: plan.fieldCount),
      Scratch(count: plan.fieldCount)
    )
    (values, textStarts, textCounts) = (storage.0.view, storage.1.view, storage.2.view)
    text = Scratch(count: 4_096)
  }

  /// The text of a field, or nil when absent; valid until the buffer is filled again.
  package func text(of field: Int) -> LentBytes? {
    precondition(plan.isText[field])
    let count = Int(textCounts[field])
    guard count >= 0 else { return nil }
    return unsafe LentBytes(UnsafeRawPointer(text.view.base) + Int(textStarts[field]), count: count)
  }

  /// Makes room for `byteCount` more bytes of text.
  func reserve(_ byteCount: Int) {
    guard textEnd + byteCount > text.view.count else { return }
    let larger = Scratch<UInt8>(count: max(2 * text.view.count, textEnd + byteCount + 4_096))
    unsafe larger.view.base.update(from: text.view.base, count: textEnd)
    text = larger
  }
}

/// What texts are put together from: the words of every dictionary, in the registry's order.
package struct WordLists: Sendable {
  package let lists: [WordList]

  package init(_ lists: [WordList]) { self.lists = lists }
}
