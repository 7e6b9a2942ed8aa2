// One value of a flat column.

import Bytes

extension FlatColumn {
  @inline(__always) func code(at row: Int) -> UInt64 {
    if has(.transposed) { return unsafe transposedCode(codes, width: bitWidth, at: row) }
    return width == 0 ? 0 : plainCode(at: row)
  }

  @inline(__always) func plainCode(at row: Int) -> UInt64 {
    unsafe Columns.plainCode(
      codes, width: bitWidth, bit: row &* Int(stride) &+ Int(firstBit))
  }

  @inline(__always) func value(at row: Int) -> Int64 {
    if isDirect {
      let code =
        has(.transposed)
        ? unsafe transposedCode(codes, width: bitWidth, at: row)
        : plainCode(at: row)
      return base &+ Int64(bitPattern: code &<< UInt64(shift))
    }
    switch encoding {
    case .frameOfReference:
      let code = code(at: row)
      if code > ordinaryMax { return specialValue(code, at: row) }
      return base(ofBlock: row >> 10) &+ Int64(bitPattern: code &<< UInt64(shift))
    case .constant:
      return exceptionCount == 0 ? base : exception(at: row, others: base)
    case .dictionary:
      let code = code(at: row)
      if code > ordinaryMax { return specialValue(code, at: row) }
      return entry(code)
    case .delta:
      let code = code(at: row)
      if exceptionCount != 0, code > ordinaryMax { return specialValue(code, at: row) }
      return base(ofBlock: row >> 10) &+ slope &* Int64(row) &+ Int64(bitPattern: code)
    case .flags:
      let byte = unsafe codes.load(fromByteOffset: row >> 3, as: UInt8.self)
      return base &+ Int64((byte &>> UInt8(truncatingIfNeeded: row & 7)) & 1)
    default:
      return unsafe codes.loadUnaligned(fromByteOffset: row &* 8, as: Int64.self)
    }
  }

  /// What one of the greatest codes means at a row.
  @inline(__always) private func specialValue(_ code: UInt64, at row: Int) -> Int64 {
    if has(.absentCode), code == absentCode { return absentValue }
    return exceptionCount == 0 ? absentValue : exception(at: row, others: absentValue)
  }

  @inline(__always) private func exception(at row: Int, others: Int64) -> Int64 {
    unsafe listedValue(
      start + Int(exceptionsOffset), rowCount: rowCount, count: exceptionCount, at: row,
      others: others)
  }

  /// Asks for the lines that `value(at:)` reads first.
  @inline(__always) func prefetch(row: Int) {
    let bytes = unsafe LentBytes(start, count: 0)
    switch encoding {
    case .constant:
      if exceptionCount != 0 { exceptionRows.prefetch(row: row) }
      return
    case .plain:
      Bytes.prefetch(bytes, at: 64 &+ row &* 8)
      return
    case .flags:
      Bytes.prefetch(bytes, at: 64 &+ row >> 3)
      return
    default:
      break
    }
    if has(.transposed) {
      let bit = ((row >> 6) & 15) &* bitWidth
      let lane = 64 &+ (row >> 10) &* (bitWidth &* 128) &+ (row & 63) &* 2
      Bytes.prefetch(bytes, at: lane &+ (bit >> 4) &* 128)
      Bytes.prefetch(bytes, at: lane &+ ((bit &+ bitWidth &- 1) >> 4) &* 128)
    } else if width != 0 {
      unsafe Bytes.prefetch(
        LentBytes(codes, count: 0), at: (row &* Int(stride) &+ Int(firstBit)) >> 3)
    }
    if has(.blockBases) { Bytes.prefetch(bytes, at: Int(secondOffset) &+ (row >> 10) &* 8) }
  }
}

/// The listed value of an exceptional row, or `others`.
///
/// Takes the fields and not the column, which would have to be copied to memory for the call.
@inline(never) private func listedValue(
  _ list: UnsafeRawPointer, rowCount: UInt32, count: UInt32, at row: Int, others: Int64
) -> Int64 {
  let rows = unsafe ExceptionRows(trusting: list, rowCount: Int(rowCount), count: Int(count))
  let index = rows.index(of: row)
  return index < 0 ? others : rows.value(at: index)
}
