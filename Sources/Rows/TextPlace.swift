// Where texts lie in a block of bytes, and the texts of one field in many records.

package import Bytes

/// The place of one text: where it starts, and its bytes.
///
/// The start is the low 31 bits and the byte count the high 32, of which the uppermost marks a text
/// with pairs of quotes: its count is then greater than that of any other text.
@frozen @usableFromInline
package struct TextPlace: BitwiseCopyable, Equatable, Sendable {
  @usableFromInline let word: UInt64

  @inlinable package init(start: Int, count: Int, isQuoted: Bool = false, hasPairs: Bool = false) {
    word =
      UInt64(truncatingIfNeeded: start) | UInt64(truncatingIfNeeded: count) &<< 32
      | (isQuoted ? 0x8000_0000 : 0) | (hasPairs ? 1 &<< 63 : 0)
  }

  /// Where the text starts.
  @inlinable package var start: Int { Int(truncatingIfNeeded: word & 0x7FFF_FFFF) }

  /// The bytes of the text as they stand.
  @inlinable package var count: Int { Int(truncatingIfNeeded: (word &>> 32) & 0x7FFF_FFFF) }

  /// The bytes of the text if they are the text itself, else more than any text has.
  @inlinable package var plainCount: Int { Int(truncatingIfNeeded: word &>> 32) }

  /// Whether the text was in quotes.
  @inlinable package var isQuoted: Bool { word & 0x8000_0000 != 0 }

  /// Whether two quotes in it stand for one each.
  @inlinable package var hasPairs: Bool { word &>> 63 != 0 }
}

/// The texts of one field in the records that follow one another.
///
/// Its bytes go on for at least 64 more behind the last text, so that a loop may read on past the
/// end of one.
package struct FieldTexts {
  package let bytes: LentBytes
  package let places: ScratchView<TextPlace>
  package let count: Int

  package init(_ bytes: LentBytes, places: ScratchView<TextPlace>, count: Int) {
    assert(count <= places.count)
    self.bytes = bytes
    self.places = places
    self.count = count
  }
}
