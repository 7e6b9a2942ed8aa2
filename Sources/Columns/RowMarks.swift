// Which rows begin a run, or have a value: as bits with ranks, or as a list where they are few.

import Bytes

/// A view over marked rows; its owner has checked it.
@safe struct RowMarks {
  /// Lists longer than this cost a look-up more lines than they save bytes.
  static let listedCountMax = 2_048

  let start: UnsafeRawPointer
  let rowCount: Int
  let count: Int
  let isListed: Bool

  init(trusting start: UnsafeRawPointer, rowCount: Int, count: Int, isListed: Bool) {
    unsafe self.start = unsafe start
    self.rowCount = rowCount
    self.count = count
    self.isListed = isListed
  }

  /// Checks the marks at offset 64 of a column; `count` rows must be marked.
  init(_ bytes: LentBytes, rowCount: Int, count: Int, isListed: Bool) throws(Corruption) {
    if isListed {
      _ = try ExceptionRows(
        bytes, at: ColumnHeader.size, rowCount: rowCount, count: count, withValues: false)
    } else {
      _ = try RankedBits(bytes, at: ColumnHeader.size, rowCount: rowCount, setCount: count)
    }
    unsafe self.init(
      trusting: bytes.base + ColumnHeader.size, rowCount: rowCount, count: count,
      isListed: isListed)
  }

  @inline(__always) private var bits: RankedBits {
    unsafe RankedBits(trusting: start, rowCount: rowCount)
  }

  @inline(__always) private var list: ExceptionRows {
    unsafe ExceptionRows(trusting: start, rowCount: rowCount, count: count)
  }

  /// How many of rows `0...row` are marked.
  @inline(__always) func count(through row: Int) -> Int {
    isListed ? list.count(through: row) : bits.count(through: row)
  }

  @inline(__always) func isMarked(_ row: Int) -> Bool {
    isListed ? list.index(of: row) >= 0 : bits.isSet(row)
  }

  /// The row of the mark number `index`, counted from zero.
  func row(ofMark index: Int) -> Int {
    isListed ? list.row(at: index) : bits.row(ofSet: index, of: count)
  }

  /// The marks of a block as 16 words of bits.
  func words(ofBlock block: Int, into words: UnsafeMutablePointer<UInt64>) {
    guard isListed else { return unsafe bits.words(ofBlock: block, into: words) }
    let list = list
    for index in 0..<16 { unsafe words[index] = 0 }
    for index in list.range(inBlock: block) {
      let place = list.row(at: index) & 1023
      unsafe words[place >> 6] |= 1 &<< UInt64(place & 63)
    }
  }

  @inline(__always) func prefetch(row: Int) {
    let offset = isListed ? (row >> 10) &* 2 : Int(UInt32(truncatingIfNeeded: row) / 240) &* 32
    unsafe Bytes.prefetch(LentBytes(start, count: 0), at: offset)
  }

  static func isListed(rowCount: Int, count: Int) -> Bool {
    count <= listedCountMax
      && ExceptionRows.byteCount(rowCount: rowCount, count: count, valueWidth: 0)
        <= RankedBits.byteCount(rowCount)
  }

  static func byteCount(rowCount: Int, count: Int) -> Int {
    isListed(rowCount: rowCount, count: count)
      ? ExceptionRows.byteCount(rowCount: rowCount, count: count, valueWidth: 0)
      : RankedBits.byteCount(rowCount)
  }

  /// Writes marks, in the form that `isListed` names, at offset 64 of a column being built.
  static func write(_ rows: [Int32], rowCount: Int, into bytes: inout [UInt8]) {
    if isListed(rowCount: rowCount, count: rows.count) {
      ExceptionRows.write(
        rows: rows.map { UInt16(truncatingIfNeeded: $0) }, values: nil, rowCount: rowCount,
        into: &bytes, at: ColumnHeader.size)
    } else {
      RankedBits.write(
        setRows: rows, rowCount: rowCount, into: &bytes, at: ColumnHeader.size)
    }
  }
}
