// What the encoders of texts are given: rows as views over the caller's memory.

package import Bytes

/// Texts of up to 65,536 rows, each a place in one arena; nothing is copied.
@safe
package struct TextInput {
  /// The byte count that marks an absent text.
  @inlinable package static var absent: UInt32 { UInt32.max }

  package let rowCount: Int
  /// Holds the bytes of every text; texts may overlap and lie in any order.
  package let arena: LentBytes
  /// Where each row's text begins in the arena.
  package let starts: ScratchView<UInt32>
  /// Bytes of each row's text, or `absent`.
  package let byteCounts: ScratchView<UInt32>

  package init(
    rowCount: Int, arena: LentBytes, starts: ScratchView<UInt32>, byteCounts: ScratchView<UInt32>
  ) {
    precondition(rowCount > 0)
    precondition(rowCount <= TextHeader.rowCountMax)
    precondition(starts.count >= rowCount)
    precondition(byteCounts.count >= rowCount)
    self.rowCount = rowCount
    self.arena = arena
    self.starts = starts
    self.byteCounts = byteCounts
  }
}

/// Words of up to 65,536 rows: one to three codes a row of the caller's dictionary of words.
///
/// Codes lie part by part: `parts[p][row]`. That is the order in which they are counted.
@safe
package struct TokenInput {
  /// The code in part 0 of a row without text; the row's other parts mean nothing.
  @inlinable package static var absent: UInt32 { UInt32.max }
  /// The code in part 0 of a row whose text is given whole; its other parts mean nothing.
  @inlinable package static var escape: UInt32 { UInt32.max - 1 }
  package static let partCountMax = 3

  package let rowCount: Int
  package let parts: [ScratchView<UInt32>]
  /// The rows whose code in part 0 is `escape`, rising.
  package let escapedRows: [UInt16]
  /// The texts of `escapedRows`, in their order; none may be absent.
  package let escapedTexts: TextInput?

  package init(
    rowCount: Int, parts: [ScratchView<UInt32>], escapedRows: [UInt16] = [],
    escapedTexts: TextInput? = nil
  ) {
    precondition(rowCount > 0)
    precondition(rowCount <= TextHeader.rowCountMax)
    precondition(parts.count >= 1)
    precondition(parts.count <= Self.partCountMax)
    for part in parts { precondition(part.count >= rowCount) }
    precondition(escapedRows.count == escapedTexts?.rowCount ?? 0)
    self.rowCount = rowCount
    self.parts = parts
    self.escapedRows = escapedRows
    self.escapedTexts = escapedTexts
  }
}
