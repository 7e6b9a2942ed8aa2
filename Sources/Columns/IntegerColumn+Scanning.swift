// What scans ask of a column beyond its values: its exceptions, its frame, the values of its runs.

package import Bytes

extension IntegerColumn {
  /// How many rows have a value that no code says, in a column without runs or gaps.
  package var exceptionCount: Int { outer == .none ? Int(flat.exceptionCount) : 0 }

  /// The positions of the exceptions of a block in a column without runs or gaps.
  package func exceptionRange(inBlock block: Int) -> Range<Int> {
    precondition(block >= 0)
    precondition(block << 10 < rowCount)
    guard outer == .none, flat.exceptionCount != 0 else { return 0..<0 }
    return flat.exceptionRows.range(inBlock: block)
  }

  /// The row and the value of the exception at a position.
  package func exception(at index: Int) -> (row: Int, value: Int64) {
    precondition(index >= 0)
    precondition(index < Int(flat.exceptionCount))
    let rows = flat.exceptionRows
    return (rows.row(at: index), rows.value(at: index))
  }

  /// Where ordinary codes begin and how far each is shifted, if the column is narrow and a code's
  /// value is `base + code << shift` in every block; codes past `codeMax` do not stand for
  /// themselves.
  package var frame: (base: Int64, shift: Int, codeMax: Int)? {
    guard outer == .none, !flat.has(.blockBases) else { return nil }
    switch flat.encoding {
    case .constant: return (flat.base, 0, 0)
    case .flags: return (flat.base, 0, 1)
    case .frameOfReference where flat.width <= 16:
      // With one bit and two special codes no code is left.
      guard flat.ordinaryMax <= 65_535 else { return nil }
      return (flat.base, Int(flat.shift), Int(flat.ordinaryMax))
    default: return nil
    }
  }

  /// Decodes the values of `count` runs of a run-length column.
  package func decodeRuns(first: Int, count: Int, into target: ScratchView<Int64>) {
    precondition(encoding == .runLength)
    precondition(first >= 0)
    precondition(count >= 0)
    precondition(first + count <= Int(flat.rowCount))
    precondition(target.count >= count)
    unsafe flat.decode(first: first, count: count, into: target.base)
  }
}
