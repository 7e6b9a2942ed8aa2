// Decodes whole blocks of a column, and computes what follows from other columns block by block.

package import Bytes
package import Columns
import Rows

extension SegmentView {
  package static let blockRowCount = 1_024

  package var blockCount: Int { (rowCount + Self.blockRowCount - 1) / Self.blockRowCount }

  package func rowCount(ofBlock block: Int) -> Int {
    min(Self.blockRowCount, rowCount - block * Self.blockRowCount)
  }

  /// The stored column of a field that follows from no other here, for scans; nil where it does.
  ///
  /// The column must be open.
  package func direct(_ field: Int) -> IntegerColumn? {
    guard unsafe derived[field] == nil, !plan.isText[field] else { return nil }
    return unsafe columns[field]
  }

  /// What a derived column stores; nil where the column is stored as it is.
  ///
  /// It must be open.
  package func derivedColumn(_ field: Int) -> DerivedColumn? { unsafe derived[field] }

  /// The column of a text field's own texts, or of its exceptions.
  ///
  /// It must be open.
  package func textColumn(_ field: Int) -> TextColumn { unsafe texts[field] }

  /// Decodes what is stored for each row of a block, be it values or a part of them.
  package func decodeStored(_ field: Int, block: Int, into target: ScratchView<Int64>) {
    if let column = unsafe derived[field], column.isTable { return }
    _ = unsafe columns[field].decode(block: block, into: target)
  }

  /// Turns what is stored into values; `values` holds fields of the block at `field * stride`, the
  /// sources decoded.
  ///
  /// For an inherited field it holds the parents' values already.
  package func apply(
    _ step: DerivedStep, block: Int, values: ScratchView<Int64>, stride: Int
  ) {
    guard let column = unsafe derived[step.field] else { return }
    let count = rowCount(ofBlock: block)
    let target = values.from(step.field * stride)
    switch step.kind {
    case .inherited, .children, .firstChild: break
    case .digits(let terms, _):
      unsafe withUnsafeTemporaryAllocation(of: Int64.self, capacity: Self.blockRowCount) { sums in
        guard let sums = sums.baseAddress else { return }
        unsafe sums.update(repeating: 0, count: count)
        for term in terms {
          unsafe term.add(from: values.base, stride: stride, count: count, to: sums)
        }
        for row in 0..<count {
          let stored = target[row]
          target[row] = unsafe stored == absentValue ? stored : stored &+ sums[row]
        }
      }
    case .difference(let source):
      let sources = values.from(source * stride)
      for row in 0..<count {
        let from = sources[row]
        target[row] = from == absentValue ? absentValue : from &- target[row]
      }
    case .mapped(let source):
      let sources = values.from(source * stride)
      let table = column.stored
      for row in 0..<count { target[row] = mapped(sources[row], by: table) }
    }
    putExceptions(of: column, block: block, into: target)
  }

  package func putExceptions(
    of column: DerivedColumn, block: Int, into target: ScratchView<Int64>
  ) {
    guard column.exceptionCount > 0, let values = column.exceptionValues else { return }
    for index in column.exceptions(inBlock: block) {
      target[column.exceptionRow(index) - block * Self.blockRowCount] = values.value(at: index)
    }
  }

  /// The parents' rows of a block.
  package func decodeParents(block: Int, into target: ScratchView<Int64>) {
    decodeStored(plan.linkColumn, block: block, into: target)
    if let column = unsafe derived[plan.linkColumn] {
      putExceptions(of: column, block: block, into: target)
    }
  }
}

/// What a table says for a code; absent where it says nothing.
@inline(__always)
private func mapped(_ code: Int64, by table: IntegerColumn) -> Int64 {
  guard code >= 0, code < Int64(table.rowCount) else { return absentValue }
  return table.value(at: Int(code))
}
