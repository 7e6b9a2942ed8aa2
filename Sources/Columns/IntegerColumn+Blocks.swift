// Whole blocks of a column: values, and for narrow columns codes.

package import Bytes

extension IntegerColumn {
  /// Decodes a block into `target`, which has room for it; returns how many rows it has.
  @discardableResult
  package func decode(block: Int, into target: ScratchView<Int64>) -> Int {
    let count = rowCount(ofBlock: block)
    precondition(block >= 0)
    precondition(count > 0)
    precondition(target.count >= count)
    switch outer {
    case .none:
      unsafe flat.decode(first: block << 10, count: count, into: target.base)
    case .runs, .listedRuns:
      unsafe decodeMarked(block: block, count: count, others: nil, into: target.base)
    case .presence, .listedPresence:
      unsafe decodeMarked(block: block, count: count, others: absentValue, into: target.base)
    }
    return count
  }

  /// Gives each row the nested value of the last mark up to it, or `others` where it has none.
  private func decodeMarked(
    block: Int, count: Int, others: Int64?, into target: UnsafeMutablePointer<Int64>
  ) {
    let marks = marks
    let before = block == 0 ? 0 : marks.count(through: block << 10 &- 1)
    let through = marks.count(through: block << 10 &+ count &- 1)
    // A run that began in an earlier block goes on until the first mark of this one.
    let first = max(0, before &- 1)
    unsafe withUnsafeTemporaryAllocation(of: Int64.self, capacity: 1026) { values in
      unsafe withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 16) { words in
        guard let values = values.baseAddress, let words = words.baseAddress else { return }
        unsafe marks.words(ofBlock: block, into: words)
        unsafe values.pointee = others ?? 0
        unsafe flat.decode(first: first, count: through &- first, into: values + 1)
        var next = before &- first
        if others == nil {
          for place in 0..<count {
            next &+= unsafe Int(truncatingIfNeeded: words[place >> 6] &>> UInt64(place & 63)) & 1
            unsafe target[place] = values[next]
          }
        } else {
          // The others are read from place 0: a branch would be mispredicted at every third row.
          for place in 0..<count {
            let bit =
              unsafe Int(
                truncatingIfNeeded: words[place >> 6] &>> UInt64(place & 63)) & 1
            next &+= bit
            unsafe target[place] = values[next &* bit]
          }
        }
      }
    }
  }

  /// Whether `unpackCodes` serves this column.
  package var isNarrow: Bool { outer == .none && flat.isNarrow }

  /// How many different codes there may be: 2 to the power of the width.
  package var codeCount: Int {
    precondition(isNarrow)
    return 1 << flat.bitWidth
  }

  /// Unpacks the codes of a block of a narrow column into 1,024 lanes; those past the last row are
  /// below `codeCount` and mean nothing.
  package func unpackCodes(block: Int, into codes: ScratchView<UInt16>) {
    precondition(isNarrow)
    precondition(block >= 0)
    precondition(block << 10 < rowCount)
    precondition(codes.count >= 1024)
    unsafe flat.unpackCodes(block: block, into: codes.base)
  }

  /// What a code means in a block; a row that is an exception has a code that says nothing.
  package func value(ofCode code: UInt16, block: Int) -> Int64 {
    precondition(isNarrow)
    precondition(block >= 0)
    precondition(block << 10 < rowCount)
    return flat.value(ofCode: code, block: block)
  }

  /// Whether codes mean the same in every block.
  package var hasBlockBases: Bool { flat.has(.blockBases) }

  /// Whether rows of the block are exceptions; codes are then not enough.
  package func hasExceptions(inBlock block: Int) -> Bool {
    guard flat.exceptionCount != 0 else { return false }
    return outer != .none || !flat.exceptionRows.range(inBlock: block).isEmpty
  }
}
