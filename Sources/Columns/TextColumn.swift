// A stored column of texts: a view over its bytes that reads any row.
//
// Opening checks every offset, width and count of the header against the bytes, in time that does
// not grow with the rows; what it cannot check is checked when a row is read. No read leaves the
// column's bytes, whatever they say.

package import Bytes
public import CKernels

/// A view over the bytes of a column of texts; valid while their owner is.
@safe @frozen @usableFromInline
package struct TextColumn: @unchecked Sendable {
  @usableFromInline let base: UnsafeRawPointer
  /// The texts, or of tokens the escaped texts.
  @usableFromInline let texts: TextRows
  @usableFromInline let storedRowCount: UInt32
  @usableFromInline let codesOffset: UInt32
  /// Offsets of the dictionaries: 0 for a direct part, that of four zero bytes for a missing one.
  @usableFromInline let dictionaryOffset0: UInt32
  @usableFromInline let dictionaryOffset1: UInt32
  @usableFromInline let dictionaryOffset2: UInt32
  @usableFromInline let placeCount0: UInt32
  @usableFromInline let placeCount1: UInt32
  @usableFromInline let placeCount2: UInt32
  /// Offset of the exceptions, or of the table of ranges.
  @usableFromInline let exceptionsOffset: UInt32
  @usableFromInline let exceptionCount: UInt32
  @usableFromInline let escapesOffset: UInt32
  @usableFromInline let streamByteCount: UInt32
  @usableFromInline let encoding: UInt8
  @usableFromInline let width0: UInt8
  @usableFromInline let width1: UInt8
  @usableFromInline let width2: UInt8
  @usableFromInline let entryWidth0: UInt8
  @usableFromInline let entryWidth1: UInt8
  @usableFromInline let entryWidth2: UInt8
  @usableFromInline let anchorShift: UInt8
  /// Whether the tokens lie as RangedTokens.swift says.
  @usableFromInline let isRanged: Bool

  /// Opens a column of any encoding of texts.
  package init(_ bytes: LentBytes) throws(Corruption) {
    guard bytes.count >= TextHeader.size else { throw Corruption(.column, at: bytes.count) }
    let encoding = bytes[0]
    let isConstant = encoding == TextHeader.constant
    let rowCount = try checkedRowCount(bytes, base: isConstant ? TextHeader.absentBase : 0)
    var tokens = TokenFields()
    switch encoding {
    case TextHeader.constant:
      guard bytes[1] == 0 else { throw Corruption(.column, at: 1) }
      guard bytes.load(2, as: UInt16.self) == 0 else { throw Corruption(.column, at: 2) }
      try checkZeros(bytes, from: 16)
      texts = TextRows(none: bytes)
    case TextHeader.tokens:
      tokens = try TokenFields(bytes, rowCount: rowCount)
      texts = try tokens.escapedTexts(bytes)
    case TextHeader.plainText, TextHeader.symbols:
      texts = try TextRows(bytes)
    default:
      throw Corruption(.column, at: 0)
    }
    unsafe base = bytes.base
    storedRowCount = UInt32(rowCount)
    codesOffset = UInt32(tokens.codesOffset)
    dictionaryOffset0 = UInt32(tokens.dictionaryOffsets.0)
    dictionaryOffset1 = UInt32(tokens.dictionaryOffsets.1)
    dictionaryOffset2 = UInt32(tokens.dictionaryOffsets.2)
    placeCount0 = UInt32(tokens.placeCounts.0)
    placeCount1 = UInt32(tokens.placeCounts.1)
    placeCount2 = UInt32(tokens.placeCounts.2)
    exceptionsOffset = UInt32(tokens.isRanged ? tokens.rangesOffset : tokens.exceptionsOffset)
    exceptionCount = UInt32(tokens.exceptionCount)
    escapesOffset = UInt32(tokens.escapesOffset)
    self.encoding = encoding
    (width0, width1, width2) = tokens.widths
    (entryWidth0, entryWidth1, entryWidth2) = tokens.entryWidths
    anchorShift = tokens.anchorShift
    streamByteCount = UInt32(tokens.streamByteCount)
    isRanged = tokens.isRanged
  }

  @inlinable package var rowCount: Int { Int(storedRowCount) }

  /// Whether rows are codes of words, to be read by `tokenCodes(at:)`, instead of texts.
  @inlinable package var isTokens: Bool { encoding == 5 }

  /// Whether every row is absent and nothing is stored.
  @inlinable package var isAbsent: Bool { encoding == 0 }

  /// Asks for the first line that reading `row` touches: packed codes, or the anchor of a text; of
  /// tokens in ranges also for the lines where they probably lie.
  @inlinable package func prefetch(row: Int) {
    assert(row >= 0 && row < rowCount)
    if isRanged { return prefetchRanges(row: row) }
    var offset = Int(texts.anchorsOffset) &+ (row >> 5) &* 4
    if isTokens {
      let bit = row &* Int(width0 &+ width1 &+ width2)
      offset = Int(codesOffset) &+ (bit >> 3)
    }
    unsafe hearth_prefetch(base + offset)
  }

  /// Asks for the lengths and the first bytes of a text; reads its anchor, so prefetch that before.
  package func prefetchText(row: Int) {
    guard texts.rowCount > 0, !isTokens else { return }
    let group = Int(texts.textsOffset) &+ texts.anchor(of: row)
    unsafe hearth_prefetch(base + group)
    unsafe hearth_prefetch(base + (group &+ 64))
  }

  /// Writes the text of a row at `position` of `output`; returns its byte count, -1 for absent.
  ///
  /// A count above `output.count - position` means that the text did not fit: make room for that
  /// many bytes and call again. Bytes of `output` behind the text may change.
  package func appendText(
    at row: Int, to output: ScratchView<UInt8>, at position: Int
  ) throws(Corruption) -> Int {
    precondition(row >= 0 && row < rowCount)
    precondition(!isTokens)
    return isAbsent ? -1 : try texts.append(row, to: output, at: position)
  }
}
