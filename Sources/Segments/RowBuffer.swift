// Where a row is decoded: one integer a field, and texts side by side. Made once and filled again.

package import Bytes
import Columns
import Rows

/// Room for one decoded row of a table; used by one thread at a time.
@safe package final class RowBuffer {
  /// What changes with each row; not in properties of the class, each use of which is checked for
  /// exclusive access.
  @safe private struct State {
    var text: UnsafeMutablePointer<UInt8>
    var textCapacity: Int
    var textEnd = 0
    var row = -1
  }

  package let plan: TablePlan
  /// The integers by field; for a text field nothing.
  ///
  /// After them the parent's row.
  package let values: ScratchView<Int64>
  /// Where each text begins, and its byte count or -1 for an absent text.
  let textStarts: ScratchView<Int32>
  let textCounts: ScratchView<Int32>
  /// Room for the columns that have to be read one by one.
  let restRoom: ScratchView<UInt32>
  private let storage: (Scratch<Int64>, Scratch<Int32>, Scratch<Int32>, Scratch<UInt32>)
  private let state: UnsafeMutablePointer<State>

  package init(_ plan: TablePlan) {
    self.plan = plan
    storage = (
      Scratch(count: plan.fieldCount + 1), Scratch(count: plan.fieldCount),
      Scratch(count: plan.fieldCount), Scratch(count: plan.fieldCount + 1)
    )
    (values, textStarts, textCounts) = (storage.0.view, storage.1.view, storage.2.view)
    restRoom = storage.3.view
    for field in 0..<plan.fieldCount { textCounts[field] = -1 }
    unsafe state = .allocate(capacity: 1)
    let capacity = 4_096
    unsafe state.initialize(to: State(text: .allocate(capacity: capacity), textCapacity: capacity))
  }

  deinit {
    unsafe state.pointee.text.deallocate()
    unsafe state.deallocate()
  }

  /// The row that the buffer holds, as its number in the table; -1 for none.
  package var row: Int {
    get { unsafe state.pointee.row }
    set { unsafe state.pointee.row = newValue }
  }

  /// Where the next text goes.
  var textEnd: Int {
    get { unsafe state.pointee.textEnd }
    set { unsafe state.pointee.textEnd = newValue }
  }

  /// The room for texts from `textEnd` on.
  var textRoom: ScratchView<UInt8> {
    unsafe ScratchView(
      state.pointee.text + state.pointee.textEnd,
      count: state.pointee.textCapacity &- state.pointee.textEnd)
  }

  /// The text of a field, or nil when absent; valid until the buffer is filled again.
  package func text(of field: Int) -> LentBytes? {
    precondition(plan.isText[field])
    let count = Int(textCounts[field])
    guard count >= 0 else { return nil }
    return unsafe LentBytes(
      UnsafeRawPointer(state.pointee.text) + Int(textStarts[field]), count: count)
  }

  /// Makes room for `byteCount` more bytes of text.
  @inline(__always)
  func reserve(_ byteCount: Int) {
    if unsafe state.pointee.textCapacity &- state.pointee.textEnd < byteCount { grow(byteCount) }
  }

  @inline(never)
  private func grow(_ byteCount: Int) {
    let capacity = unsafe 2 * state.pointee.textCapacity + byteCount
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    unsafe larger.update(from: state.pointee.text, count: state.pointee.textEnd)
    unsafe state.pointee.text.deallocate()
    unsafe state.pointee.text = unsafe larger
    unsafe state.pointee.textCapacity = capacity
  }
}

/// What texts are put together from: the words of every dictionary, in the registry's order.
package struct WordLists: Sendable {
  package let lists: [WordList]

  package init(_ lists: [WordList]) { self.lists = lists }
}
