// Distances from a straight line, packed: for numbers that rise with steady steps.
//
//   OFFSET  SIZE  FIELD
//        1     1  width: bits a code; numbers in sequence need none
//        8     8  base, unless each block has its own
//       16     8  slope: a value is base + slope * row + code
//       64        codes, plain
//   second   8*B  flag `blockBases`: the base of each of B blocks
//
// All other flags are zero. No row is absent. Rows count from the column's start, not the block's.

import Bytes

struct Delta {
  let width: Int
  let base: Int64
  let slope: Int64
  let blockBases: [Int64]
  let rowCount: Int

  static func check(_ header: ColumnHeader, _ bytes: LentBytes) throws(Corruption) {
    try header.expect(flags: [.blockBases])
    try FlatColumn.checkCodes(header, bytes)
    try FlatColumn.checkBlockBases(header, bytes)
  }

  /// The line through the first and the last value, if nearly all values rise or nearly all fall.
  init?(_ values: ScratchView<Int64>, survey: IntegerSurvey) {
    let count = values.count
    guard count >= 2, survey.absentCount == 0, survey.spread < UInt64.max >> 1 else { return nil }
    let falls = survey.fallCount
    let rises = survey.changeCount - falls
    guard falls * 64 <= count || rises * 64 <= count else { return nil }
    let distance = values[count - 1] - values[0]
    // Rounded to the nearest, so that a few gaps in a sequence leave its step alone.
    let half = Int64(count - 1) / 2
    slope = (distance + (distance < 0 ? -half : half)) / Int64(count - 1)
    rowCount = count
    var bases: [Int64] = []
    var (least, greatest) = (Int64.max, Int64.min)
    var blockSpread = UInt64(0)
    for first in stride(from: 0, to: count, by: 1024) {
      var (low, high) = (Int64.max, Int64.min)
      let from = unsafe UnsafePointer(values.base)
      for row in first..<min(count, first + 1024) {
        let rest = unsafe from[row] &- slope &* Int64(row)
        low = min(low, rest)
        high = max(high, rest)
      }
      bases.append(low)
      blockSpread = max(blockSpread, UInt64(bitPattern: high &- low))
      least = min(least, low)
      greatest = max(greatest, high)
    }
    let whole = bitCount(UInt64(bitPattern: greatest &- least))
    let split = bitCount(blockSpread)
    let wholeByteCount = FlatLayout(rowCount: count, width: whole, narrow: false).byteCount
    let splitByteCount = FlatLayout(
      rowCount: count, width: split, secondByteCount: 8 * bases.count, narrow: false
    ).byteCount
    if split < whole, splitByteCount < wholeByteCount {
      (width, base, blockBases) = (split, 0, bases)
    } else {
      (width, base, blockBases) = (whole, least, [])
    }
  }

  private var layout: FlatLayout {
    FlatLayout(
      rowCount: rowCount, width: width, secondByteCount: 8 * blockBases.count, narrow: false)
  }

  var byteCount: Int { layout.byteCount }

  func encode(_ values: ScratchView<Int64>) -> [UInt8] {
    let layout = layout
    var header = ColumnHeader(.delta, rowCount: rowCount)
    header.width = width
    header.base = base
    header.slope = slope
    if !blockBases.isEmpty { header.flags.insert(.blockBases) }
    layout.describe(in: &header, secondByteCount: 8 * blockBases.count)
    var bytes = header.written(byteCount: layout.byteCount)
    for block in blockBases.indices {
      store(blockBases[block], into: &bytes, at: layout.secondOffset + 8 * block)
    }
    writeCodes(rowCount: rowCount, width: width, transposed: false, into: &bytes) {
      first, count, codes in
      let base = blockBases.isEmpty ? base : blockBases[first >> 10]
      let from = unsafe UnsafePointer(values.base + first)
      for index in 0..<count {
        let line = base &+ slope &* Int64(first &+ index)
        unsafe codes.base[index] = UInt64(bitPattern: from[index] &- line)
      }
    }
    return bytes
  }
}
