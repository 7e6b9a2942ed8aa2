// Reads the words of one row of a column of ranges, in steps between which other rows may wait.

import CKernels

/// Where a row's words lie, once `TokenReader.find` has found them.
package struct TokenPlaces {
  fileprivate var places = hearth_token_places()

  package init() {}

  /// The codes of the words, once `TokenReader.readCodes` has read them.
  @inline(__always) package var codes: (UInt32, UInt32, UInt32) { places.values }
}

/// A column of ranges, see RangedTokens.swift, arranged for reading one row.
///
/// It points into the column that it was made from.
@safe package struct TokenReader {
  private let tokens: hearth_tokens

  /// Nil for a column of another layout.
  package init?(_ column: TextColumn) {
    guard column.isRanged else { return nil }
    let base = unsafe column.base.assumingMemoryBound(to: UInt8.self)
    let ranges = unsafe base + Int(column.exceptionsOffset)
    let basesOffset = TokenRanges.basesOffset(pairWidth: Int(column.width0 &+ column.width1))
    let bases = unsafe ranges + basesOffset
    func limit(_ part: Int) -> UInt32 {
      unsafe UInt32(
        littleEndian: UnsafeRawPointer(ranges).loadUnaligned(
          fromByteOffset: TokenRanges.rawLimitsOffset + 4 * part, as: UInt32.self))
    }
    unsafe tokens = unsafe hearth_tokens(
      stream: base + Int(column.codesOffset), ranges: ranges, bases: bases,
      anchors: bases + 4 * TokenRanges.blockCount(column.rowCount),
      entries: (
        base + Int(column.dictionaryOffset0), base + Int(column.dictionaryOffset1),
        base + Int(column.dictionaryOffset2)
      ),
      stream_bit_count: column.streamByteCount &* 8, row_count: UInt32(column.rowCount),
      place_counts: (column.placeCount0, column.placeCount1, column.placeCount2),
      raw_limits: (limit(0), limit(1), limit(2)),
      widths: (column.width0, column.width1, column.width2),
      entry_widths: (column.entryWidth0, column.entryWidth1, column.entryWidth2),
      anchor_shift: column.anchorShift, part_count: UInt8(column.partCount))
  }

  /// Asks for the lines that say where a row's group lies.
  @inline(__always)
  package func ask(row: Int) {
    unsafe withUnsafePointer(to: tokens) {
      unsafe hearth_tokens_ask($0, UInt32(truncatingIfNeeded: row))
    }
  }

  /// Asks for the lines of a row's group, once those that `ask` asked for have come.
  @inline(__always)
  package func askGroup(row: Int) {
    unsafe withUnsafePointer(to: tokens) {
      unsafe hearth_tokens_ask_group($0, UInt32(truncatingIfNeeded: row))
    }
  }

  /// Finds a row's words, and asks for the lines of their entries.
  ///
  /// A row whose group or places leave the column, or the dictionary, reads as absent.
  @inline(__always)
  package func find(row: Int, into places: UnsafeMutablePointer<TokenPlaces>) {
    unsafe withUnsafePointer(to: tokens) {
      unsafe hearth_tokens_find($0, UInt32(truncatingIfNeeded: row), &places.pointee.places)
    }
  }

  /// Turns the places of words that were found into their codes.
  @inline(__always)
  package func readCodes(of places: UnsafeMutablePointer<TokenPlaces>) {
    unsafe withUnsafePointer(to: tokens) {
      unsafe hearth_tokens_codes($0, &places.pointee.places)
    }
  }
}

extension TextColumn {
  /// What `tokenCodes(at:)` says of a column of ranges.
  @inline(never) @usableFromInline func rangedCodes(at row: Int) -> (UInt32, UInt32, UInt32) {
    guard let reader = TokenReader(self) else { return (TokenInput.absent, 0, 0) }
    var places = TokenPlaces()
    unsafe reader.find(row: row, into: &places)
    unsafe reader.readCodes(of: &places)
    return places.codes
  }

  /// Asks for the lines that say where a row's group lies.
  @usableFromInline func prefetchRanges(row: Int) { TokenReader(self)?.ask(row: row) }
}
