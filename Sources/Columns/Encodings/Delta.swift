// Distances from a straight line, packed: for numbers that rise with steady steps.
//
//   OFFSET  SIZE  FIELD
//        1     1  width: bits a code; numbers in sequence need none
//        8     8  base, unless each block has its own
//       16     8  slope: a value is base + slope * row + code
//       64        codes, plain
//   second   8*B  flag `blockBases`: the base of each of B blocks
//
// Flag `exceptions`: the greatest code means that the row is in the list of exceptions, see
// `ExceptionRows`; width is then 1 at least. All other flags are zero. No row is absent. Rows count
// from the column's start, not the block's. Exceptions are for a jump inside a block, such as from
// the last number of one province to the first of the next.

import Bytes

struct Delta {
  private(set) var width: Int
  private(set) var base: Int64
  private(set) var slope: Int64
  private(set) var blockBases: [Int64]
  private(set) var exceptionCount = 0
  private(set) var rowCount: Int
  private var exceptionBase: Int64
  private var exceptionWidth: Int

  static func check(_ header: ColumnHeader, _ bytes: LentBytes) throws(Corruption) {
    try header.expect(flags: [.blockBases, .exceptions])
    guard header.width >= 1 || !header.flags.contains(.exceptions) else {
      throw Corruption(.column, at: 1)
    }
    try FlatColumn.checkCodes(header, bytes)
    try FlatColumn.checkBlockBases(header, bytes)
  }

  /// The line of the usual step, if nearly all values rise or nearly all fall.
  init?(_ values: ScratchView<Int64>, survey: IntegerSurvey) {
    let count = values.count
    guard count >= 2, survey.absentCount == 0, survey.spread < UInt64.max >> 1 else { return nil }
    let falls = survey.fallCount
    let rises = survey.changeCount - falls
    guard falls * 64 <= count || rises * 64 <= count else { return nil }
    slope = Self.usualStep(values)
    rowCount = count
    exceptionBase = survey.least
    exceptionWidth = ExceptionRows.valueWidth(of: survey.spread)
    var bases: [Int64] = []
    var (least, greatest) = (Int64.max, Int64.min)
    var spreads: [UInt64] = []
    for first in stride(from: 0, to: count, by: 1024) {
      var (low, high) = (Int64.max, Int64.min)
      let from = unsafe UnsafePointer(values.base)
      for row in first..<min(count, first + 1024) {
        let rest = unsafe from[row] &- slope &* Int64(row)
        low = min(low, rest)
        high = max(high, rest)
      }
      bases.append(low)
      spreads.append(UInt64(bitPattern: high &- low))
      least = min(least, low)
      greatest = max(greatest, high)
    }
    (width, base, blockBases) = (bitCount(UInt64(bitPattern: greatest &- least)), least, [])
    var other = self
    (other.base, other.blockBases) = (0, bases)
    other.width = bitCount(spreads.max() ?? 0)
    if other.width < width, other.byteCount < byteCount { self = other }
    // A few blocks hold a jump: their rows behind it are exceptions to a width for the others.
    other.width = bitCount((spreads.sorted().dropLast(2).max() ?? 0) &+ 1)
    guard other.width >= 1, other.width < width else { return }
    other.exceptionCount = other.countExceptions(values)
    if other.exceptionCount > 0, other.byteCount < byteCount { self = other }
  }

  /// The median over blocks of their mean step, rounded to the nearest.
  private static func usualStep(_ values: ScratchView<Int64>) -> Int64 {
    var steps: [Int64] = []
    for first in stride(from: 0, to: values.count - 1, by: 1024) {
      let last = min(values.count, first + 1024) - 1
      let distance = values[last] - values[first]
      let half = Int64(last - first) / 2
      steps.append((distance + (distance < 0 ? -half : half)) / Int64(last - first))
    }
    steps.sort()
    return steps[steps.count / 2]
  }

  private func countExceptions(_ values: ScratchView<Int64>) -> Int {
    let codeMax = (UInt64(1) << UInt64(width)) - 1
    var count = 0
    for row in 0..<values.count {
      let line = blockBases[row >> 10] &+ slope &* Int64(row)
      count &+= UInt64(bitPattern: values[row] &- line) >= codeMax ? 1 : 0
    }
    return count
  }

  private var layout: FlatLayout {
    FlatLayout(
      rowCount: rowCount, width: width, secondByteCount: 8 * blockBases.count,
      exceptionCount: exceptionCount, valueWidth: exceptionWidth, narrow: false)
  }

  var byteCount: Int { layout.byteCount }

  func encode(_ values: ScratchView<Int64>) -> [UInt8] {
    let layout = layout
    var header = ColumnHeader(.delta, rowCount: rowCount)
    header.width = width
    header.base = base
    header.slope = slope
    if !blockBases.isEmpty { header.flags.insert(.blockBases) }
    layout.describe(
      in: &header, secondByteCount: 8 * blockBases.count, exceptionCount: exceptionCount)
    var bytes = header.written(byteCount: layout.byteCount)
    for block in blockBases.indices {
      store(blockBases[block], into: &bytes, at: layout.secondOffset + 8 * block)
    }
    var exceptions = Exceptions()
    let codeMax = width == 0 ? 0 : UInt64.max >> UInt64(64 - width)
    writeCodes(rowCount: rowCount, width: width, transposed: false, into: &bytes) {
      first, count, codes in
      let base = blockBases.isEmpty ? base : blockBases[first >> 10]
      let from = unsafe UnsafePointer(values.base + first)
      for index in 0..<count {
        let line = base &+ slope &* Int64(first &+ index)
        let code = UInt64(bitPattern: unsafe from[index] &- line)
        if exceptionCount > 0, code >= codeMax {
          exceptions.append(unsafe from[index], at: first + index)
          unsafe codes.base[index] = codeMax
        } else {
          unsafe codes.base[index] = code
        }
      }
    }
    precondition(exceptions.count == exceptionCount)
    exceptions.write(
      rowCount: rowCount, base: exceptionBase, valueWidth: exceptionWidth, into: &bytes,
      at: layout.exceptionsOffset)
    return bytes
  }
}
