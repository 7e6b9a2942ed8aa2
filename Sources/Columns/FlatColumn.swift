// A column with one code a row: the part of a column of integers that needs no run and no rank.
//
// Encodings constant, frame of reference, delta, dictionary, flags and plain. A run-length or
// presence column holds one of these for its values, so the two need no memory of their own.

import Bytes

/// A view over a flat column; checked when made, so that no later read leaves the bytes.
@safe struct FlatColumn {
  let start: UnsafeRawPointer
  let codes: UnsafeRawPointer
  let base: Int64
  /// The slope of a delta, or the number of entries of a dictionary.
  let slope: Int64
  let rowCount: UInt32
  let secondOffset: UInt32
  let exceptionsOffset: UInt32
  let exceptionCount: UInt32
  let encoding: Encoding
  let width: UInt8
  /// Codes that are not transposed: how many bits one begins after the one before, and the first
  /// one after the beginning.
  let stride: UInt16
  let firstBit: UInt16
  let flags: UInt8
  /// How far a code of a frame of reference is shifted.
  let shift: UInt8
  /// How many of the greatest codes do not stand for themselves.
  let specialCount: UInt8
  /// Whether a value is the base and its shifted code, with nothing more to ask.
  let isDirect: Bool

  /// Checks the flat column that fills `bytes`.
  init(
    _ bytes: LentBytes, _ header: ColumnHeader, rowCodes: RowCodes? = nil
  ) throws(Corruption) {
    switch header.encoding {
    case .constant: try Constant.check(header)
    case .frameOfReference: try FrameOfReference.check(header, bytes)
    case .delta: try Delta.check(header, bytes)
    case .dictionary: try DictionaryCodes.check(header, bytes)
    case .flags: try Flags.check(header, bytes)
    case .plain: try Plain.check(header, bytes)
    case .runLength, .tokens, .symbols, .presence, .derived, .plainText, .rowCodes:
      throw Corruption(.column, at: 0)
    }
    try header.expectNone()
    if header.flags.contains(.exceptions) {
      _ = try ExceptionRows(
        bytes, at: header.exceptionsOffset, rowCount: header.rowCount,
        count: header.exceptionCount, withValues: true)
    } else {
      try header.expectNone(exceptions: true)
    }
    unsafe start = unsafe bytes.base
    if header.flags.contains(.rowCodes) {
      guard let rowCodes, rowCodes.rowCount == header.rowCount,
        header.firstBit + header.width <= rowCodes.width
      else { throw Corruption(.column, at: 48) }
      unsafe codes = unsafe rowCodes.codes
      (stride, firstBit) = (UInt16(rowCodes.width), UInt16(header.firstBit))
    } else {
      unsafe codes = unsafe bytes.base + ColumnHeader.size
      (stride, firstBit) = (UInt16(header.width), 0)
    }
    base = header.base
    slope = header.slope
    rowCount = UInt32(header.rowCount)
    secondOffset = UInt32(header.secondOffset)
    exceptionsOffset = UInt32(header.exceptionsOffset)
    exceptionCount = UInt32(header.exceptionCount)
    encoding = header.encoding
    width = UInt8(header.width)
    flags = UInt8(truncatingIfNeeded: header.flags.rawValue)
    shift = header.encoding == .frameOfReference ? UInt8(truncatingIfNeeded: header.slope) : 0
    let coded = header.encoding != .constant
    specialCount =
      (header.flags.contains(.absentCode) ? 1 : 0)
      + (coded && header.flags.contains(.exceptions) ? 1 : 0)
    isDirect =
      header.encoding == .frameOfReference && header.width >= 1
      && header.flags.isSubset(of: [.transposed, .rowCodes])
  }

  /// Checks that the packed codes, with their slack, lie inside the bytes and before the others.
  static func checkCodes(_ header: ColumnHeader, _ bytes: LentBytes) throws(Corruption) {
    if header.flags.contains(.transposed) {
      guard header.width >= 1, header.width <= 16 else { throw Corruption(.column, at: 1) }
    }
    if header.flags.contains(.rowCodes) {
      guard header.width >= 1, header.width <= RowCodes.columnWidthMax,
        !header.flags.contains(.transposed)
      else { throw Corruption(.column, at: 1) }
      return
    }
    _ = try bytes.slice(
      ColumnHeader.size,
      count: codesByteCount(
        rowCount: header.rowCount, width: header.width,
        transposed: header.flags.contains(.transposed)),
      of: .column)
  }

  /// The bytes that packed codes take, slack included.
  static func codesByteCount(rowCount: Int, width: Int, transposed: Bool) -> Int {
    if transposed { return ((rowCount + 1023) >> 10) * 128 * width }
    return width == 0 ? 0 : (rowCount * width + 7) >> 3 + 8
  }

  /// Checks the bases of blocks, if there are any.
  static func checkBlockBases(_ header: ColumnHeader, _ bytes: LentBytes) throws(Corruption) {
    guard header.flags.contains(.blockBases) else {
      try header.expectNone(second: true)
      return
    }
    guard header.secondByteCount == 8 * header.blockCount else {
      throw Corruption(.column, at: 28)
    }
    guard header.secondOffset >= ColumnHeader.size else { throw Corruption(.column, at: 24) }
    _ = try bytes.slice(header.secondOffset, count: header.secondByteCount, of: .column)
  }

  @inline(__always) func has(_ flag: ColumnFlags) -> Bool {
    flags & UInt8(truncatingIfNeeded: flag.rawValue) != 0
  }

  /// Whether codes of other columns lie between those of this one.
  @inline(__always) var isInRowCodes: Bool { stride > width }

  @inline(__always) var bitWidth: Int { Int(width) }

  /// The greatest code that stands for itself.
  @inline(__always) var ordinaryMax: UInt64 {
    (width == 0 ? 0 : UInt64.max &>> UInt64(64 &- width)) &- UInt64(specialCount)
  }

  /// The code that means absent, if one does.
  @inline(__always) var absentCode: UInt64 { UInt64.max &>> UInt64(64 &- width) }

  @inline(__always) func base(ofBlock block: Int) -> Int64 {
    guard has(.blockBases) else { return base }
    return unsafe start.loadUnaligned(
      fromByteOffset: Int(secondOffset) &+ block &* 8, as: Int64.self)
  }

  /// An entry of the dictionary; codes past its end are absent.
  @inline(__always) func entry(_ code: UInt64) -> Int64 {
    guard code < UInt64(bitPattern: slope) else { return absentValue }
    return unsafe start.loadUnaligned(
      fromByteOffset: Int(secondOffset) &+ Int(truncatingIfNeeded: code) &* 8, as: Int64.self)
  }

  @inline(__always) var exceptionRows: ExceptionRows {
    unsafe ExceptionRows(
      trusting: start + Int(exceptionsOffset), rowCount: Int(rowCount),
      count: Int(exceptionCount))
  }
}
