// Lays out a flat column and writes its codes, block by block.

import Bytes

/// Where the parts of a flat column begin, and how long it is.
struct FlatLayout {
  let transposed: Bool
  private(set) var secondOffset = 0
  private(set) var exceptionsOffset = 0
  private(set) var byteCount: Int

  init(
    rowCount: Int, width: Int, secondByteCount: Int = 0, exceptionCount: Int = 0,
    valueWidth: Int = 8, narrow: Bool = true
  ) {
    // Less than a block would be padded to a block.
    transposed = narrow && width >= 1 && width <= 16 && rowCount >= 1024
    var end =
      ColumnHeader.size
      + FlatColumn.codesByteCount(rowCount: rowCount, width: width, transposed: transposed)
    if secondByteCount > 0 {
      secondOffset = padded(end)
      end = secondOffset + secondByteCount
    }
    if exceptionCount > 0 {
      exceptionsOffset = padded(end)
      end =
        exceptionsOffset
        + ExceptionRows.byteCount(
          rowCount: rowCount, count: exceptionCount, valueWidth: valueWidth)
    }
    byteCount = padded(end)
  }

  /// Says in a header where the parts lie.
  func describe(in header: inout ColumnHeader, secondByteCount: Int = 0, exceptionCount: Int = 0) {
    if transposed { header.flags.insert(.transposed) }
    header.secondOffset = secondOffset
    header.secondByteCount = secondByteCount
    if exceptionCount > 0 {
      header.flags.insert(.exceptions)
      header.exceptionsOffset = exceptionsOffset
      header.exceptionCount = exceptionCount
    }
  }
}

/// The rows, with their values, that the codes of a column do not say.
struct Exceptions {
  private(set) var rows: [UInt16] = []
  private(set) var values: [Int64] = []

  mutating func append(_ value: Int64, at row: Int) {
    rows.append(UInt16(row))
    values.append(value)
  }

  var count: Int { rows.count }

  func write(
    rowCount: Int, base: Int64, valueWidth: Int, into bytes: inout [UInt8], at offset: Int
  ) {
    guard count > 0 else { return }
    ExceptionRows.write(
      rows: rows, values: values, base: base, valueWidth: valueWidth, rowCount: rowCount,
      into: &bytes, at: offset)
  }
}

/// Writes the codes of all rows at offset 64; `fill(first, count, codes)` gives them a block at a
/// time.
func writeCodes(
  rowCount: Int, width: Int, transposed: Bool, into bytes: inout [UInt8],
  fill: (Int, Int, ScratchView<UInt64>) -> Void
) {
  guard width > 0 else {
    let none = Scratch<UInt64>(count: 1024)
    for first in stride(from: 0, to: rowCount, by: 1024) {
      fill(first, min(1024, rowCount - first), none.view)
    }
    return
  }
  let codes = Scratch<UInt64>(count: 1024)
  let narrow = Scratch<UInt16>(count: 1024)
  let wide = codes.view
  let lanes = narrow.view
  unsafe bytes.withUnsafeMutableBytes { buffer in
    guard let start = buffer.baseAddress else { return }
    var packer = unsafe PlainPacker(into: start + ColumnHeader.size)
    for first in stride(from: 0, to: rowCount, by: 1024) {
      let count = min(1024, rowCount - first)
      fill(first, count, wide)
      guard transposed else {
        for index in 0..<count {
          unsafe packer.append(wide.base[index], width: UInt64(width))
        }
        continue
      }
      for index in 0..<count {
        unsafe lanes.base[index] = UInt16(truncatingIfNeeded: wide.base[index])
      }
      for index in count..<1024 { unsafe lanes.base[index] = 0 }
      let block = unsafe (start + ColumnHeader.size + (first >> 10) * 128 * width)
        .assumingMemoryBound(to: UInt16.self)
      unsafe packTransposed(lanes.base, width: width, into: block)
    }
    packer.finish()
  }
}
