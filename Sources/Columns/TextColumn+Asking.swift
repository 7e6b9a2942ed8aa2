// Asks for the lines of a text's words before they are read.

import Bytes
import CKernels

extension TextColumn {
  /// Asks for the entries of the dictionaries that a row's codes name; reads its packed places, so
  /// `prefetch` the row before.
  package func prefetchTokens(row: Int) {
    guard isTokens, !isRanged else { return }
    assert(row >= 0 && row < rowCount)
    let (shift1, shift2) = (UInt64(width0), UInt64(width0 &+ width1))
    let bit = row &* Int(width0 &+ width1 &+ width2)
    let word =
      unsafe UInt64(
        littleEndian: base.loadUnaligned(
          fromByteOffset: Int(codesOffset) &+ (bit >> 3), as: UInt64.self)) &>> UInt64(bit & 7)
    ask(word & ((1 &<< shift1) &- 1), dictionaryOffset0)
    ask((word &>> shift1) & ((1 &<< UInt64(width1)) &- 1), dictionaryOffset1)
    ask((word &>> shift2) & ((1 &<< UInt64(width2)) &- 1), dictionaryOffset2)
  }

  @inline(__always)
  private func ask(_ place: UInt64, _ dictionaryOffset: UInt32) {
    unsafe hearth_prefetch(
      base + (Int(dictionaryOffset) &+ Int(truncatingIfNeeded: place) &* 4))
  }

  /// The address of the first byte that reading a row's text needs of the row's own.
  package func address(ofRow row: Int) -> UInt? {
    guard !isAbsent, row < rowCount else { return nil }
    if isTokens {
      let bit = row &* Int(width0 &+ width1 &+ width2)
      return unsafe UInt(bitPattern: base + (Int(codesOffset) &+ (bit >> 3)))
    }
    return unsafe UInt(bitPattern: base + (Int(texts.textsOffset) &+ texts.anchor(of: row)))
  }
}
