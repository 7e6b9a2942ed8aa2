// Distances from a base, packed.
//
//   OFFSET  SIZE  FIELD
//        1     1  width: bits a code
//        8     8  base: the value of code 0, unless each block has its own
//       16     8  scale shift, 0...3: a value is base + (code << shift)
//       64        codes, transposed (flag, width 1...16) or plain, if they are not row codes (flag)
//   second   8*B  flag `blockBases`: the base of each of B blocks
//
// Flag `absentCode`: the greatest code means absent. Flag `exceptions`: the greatest code that is
// left means that the row is in the list of exceptions, see `ExceptionRows`. Width is at least the
// number of these two flags.
//
// A day is four times its number plus its precision, so nearly all days share their low bits; the
// shift saves those, and the few other days are exceptions.

import Bytes

struct FrameOfReference {
  var width: Int
  var shift = 0
  var base: Int64
  var blockBases: [Int64] = []
  var hasAbsent: Bool
  var exceptionCount = 0
  private(set) var rowCount: Int
  /// The least value of all, and the bytes that an exception takes with it as base.
  private var exceptionBase: Int64
  private var exceptionWidth: Int

  static func check(_ header: ColumnHeader, _ bytes: LentBytes) throws(Corruption) {
    try header.expect(flags: [.transposed, .rowCodes, .blockBases, .absentCode, .exceptions])
    guard (0...3).contains(header.slope) else { throw Corruption(.column, at: 16) }
    let specialCount =
      (header.flags.contains(.absentCode) ? 1 : 0) + (header.flags.contains(.exceptions) ? 1 : 0)
    guard header.width >= specialCount else { throw Corruption(.column, at: 1) }
    try FlatColumn.checkCodes(header, bytes)
    try FlatColumn.checkBlockBases(header, bytes)
  }

  /// The narrowest frame that holds all values; none where only `Plain` would do.
  init?(_ survey: IntegerSurvey) {
    rowCount = survey.rowCount
    hasAbsent = survey.absentCount > 0
    base = survey.least
    exceptionBase = survey.least
    exceptionWidth = ExceptionRows.valueWidth(of: survey.spread)
    let special = UInt64(hasAbsent ? 1 : 0)
    let spread = survey.spread
    guard spread < UInt64.max else { return nil }
    shift = spread == 0 ? 0 : survey.commonLowBits
    width = bitCount(spread >> UInt64(shift) + special)
    // A base for each block costs a look-up another line, so it has to save a bit of width.
    let blockWidth = bitCount(survey.blockSpread >> UInt64(shift) + special)
    guard blockWidth < width, blockWidth > 0 || !hasAbsent else { return }
    var other = self
    other.width = blockWidth
    other.blockBases = survey.blockLeast.indices.map { block in
      survey.blockGreatest[block] < survey.blockLeast[block]
        ? survey.least : survey.blockLeast[block]
    }
    if other.byteCount < byteCount { self = other }
  }

  /// A narrower frame that leaves rare values to exceptions, if that takes fewer than `limit`
  /// bytes.
  init?(
    _ values: ScratchView<Int64>, survey: IntegerSurvey, sample: [Int64], below limit: Int
  ) {
    guard sample.count >= 64, survey.spread < UInt64.max >> 1 else { return nil }
    rowCount = survey.rowCount
    hasAbsent = survey.absentCount > 0
    base = survey.least
    exceptionBase = survey.least
    exceptionWidth = ExceptionRows.valueWidth(of: survey.spread)
    width = 0
    var best: Window?
    for shift in Set([survey.commonLowBits, Self.usualLowBits(sample)]).sorted() {
      let window = Self.bestWindow(sample, shift: shift, hasAbsent: hasAbsent, survey: survey)
      if let window, window.byteCount < (best?.byteCount ?? limit) { best = window }
    }
    guard let best else { return nil }
    base = best.base
    shift = best.shift
    width = best.width
    // The sample proposes, the count decides.
    exceptionCount = 1
    var count = 0
    for row in 0..<values.count {
      let value = values[row]
      count &+= value != absentValue && !holds(value) ? 1 : 0
    }
    exceptionCount = count
    guard count > 0, count * 16 <= rowCount, byteCount < limit else { return nil }
  }

  private var specialCount: UInt64 { (hasAbsent ? 1 : 0) + (exceptionCount > 0 ? 1 : 0) }

  private var codeMax: UInt64 { UInt64.max >> UInt64(64 - width) - specialCount }

  @inline(__always) private func holds(_ value: Int64) -> Bool {
    let distance = UInt64(bitPattern: value &- base)
    let scale = UInt64(truncatingIfNeeded: shift)
    return distance &>> scale <= codeMax && distance & ((1 &<< scale) &- 1) == 0
  }

  private var layout: FlatLayout {
    FlatLayout(
      rowCount: rowCount, width: width, secondByteCount: 8 * blockBases.count,
      exceptionCount: exceptionCount, valueWidth: exceptionWidth)
  }

  var byteCount: Int { layout.byteCount }

  func encode(_ values: ScratchView<Int64>) -> [UInt8] {
    let layout = layout
    var header = ColumnHeader(.frameOfReference, rowCount: rowCount)
    header.width = width
    header.base = blockBases.isEmpty ? base : 0
    header.slope = Int64(shift)
    if hasAbsent { header.flags.insert(.absentCode) }
    if !blockBases.isEmpty { header.flags.insert(.blockBases) }
    layout.describe(
      in: &header, secondByteCount: 8 * blockBases.count, exceptionCount: exceptionCount)
    var bytes = header.written(byteCount: layout.byteCount)
    for block in blockBases.indices {
      store(blockBases[block], into: &bytes, at: layout.secondOffset + 8 * block)
    }
    var exceptions = Exceptions()
    writeCodes(
      rowCount: rowCount, width: width, transposed: layout.transposed, into: &bytes
    ) { first, count, codes in
      fill(codes, values, first: first, count: count, exceptions: &exceptions)
    }
    precondition(exceptions.count == exceptionCount)
    exceptions.write(
      rowCount: rowCount, base: exceptionBase, valueWidth: exceptionWidth, into: &bytes,
      at: layout.exceptionsOffset)
    return bytes
  }

  private func fill(
    _ codes: ScratchView<UInt64>, _ values: ScratchView<Int64>, first: Int, count: Int,
    exceptions: inout Exceptions
  ) {
    let base = blockBases.isEmpty ? base : blockBases[first >> 10]
    let scale = UInt64(truncatingIfNeeded: shift)
    let top = width == 0 ? 0 : UInt64.max >> UInt64(64 - width)
    let from = unsafe UnsafePointer(values.base + first)
    let target = unsafe codes.base
    if !hasAbsent, exceptionCount == 0 {
      for index in 0..<count {
        unsafe target[index] = UInt64(bitPattern: from[index] &- base) &>> scale
      }
    } else if exceptionCount == 0 {
      for index in 0..<count {
        let value = unsafe from[index]
        let code = UInt64(bitPattern: value &- base) &>> scale
        unsafe target[index] = value == absentValue ? top : code
      }
    } else {
      let exceptionCode = hasAbsent ? top - 1 : top
      for index in 0..<count {
        let value = unsafe from[index]
        if value == absentValue {
          unsafe target[index] = top
        } else if holds(value) {
          unsafe target[index] = UInt64(bitPattern: value &- base) &>> scale
        } else {
          unsafe target[index] = exceptionCode
          exceptions.append(value, at: first + index)
        }
      }
    }
  }

  private struct Window {
    var base: Int64
    var width: Int
    var shift: Int
    var byteCount: Int
  }

  /// In how many low bits, 3 at most, nearly all of the sample agree.
  private static func usualLowBits(_ sample: [Int64]) -> Int {
    for bits in [3, 2, 1] where usualResidue(sample, shift: bits).count * 20 >= sample.count * 19 {
      return bits
    }
    return 0
  }

  private static func usualResidue(_ sample: [Int64], shift: Int) -> (residue: Int64, count: Int) {
    var counts = [Int](repeating: 0, count: 8)
    for value in sample { counts[Int(value & ((1 << Int64(shift)) - 1))] += 1 }
    var best = 0
    for residue in counts.indices where counts[residue] > counts[best] { best = residue }
    return (Int64(best), counts[best])
  }

  /// The base and width for which codes and expected exceptions together are fewest bytes.
  private static func bestWindow(
    _ sample: [Int64], shift: Int, hasAbsent: Bool, survey: IntegerSurvey
  ) -> Window? {
    let residue = usualResidue(sample, shift: shift).residue
    let low = (Int64(1) << Int64(shift)) - 1
    let held = shift == 0 ? sample : sample.filter { $0 & low == residue }
    guard let first = held.first, let last = held.last else { return nil }
    let presentCount = survey.rowCount - survey.absentCount
    let specials: UInt64 = hasAbsent ? 2 : 1
    var best: Window?
    var width = bitCount(UInt64(bitPattern: last &- first) >> UInt64(shift) + specials)
    while width >= 1 {
      let codeMax = UInt64.max >> UInt64(64 - width)
      guard codeMax >= specials else { break }
      let reach = (codeMax - specials) << UInt64(shift)
      var (lower, bestLower, bestCount) = (0, 0, 0)
      for upper in held.indices {
        while UInt64(bitPattern: held[upper] &- held[lower]) > reach { lower += 1 }
        if upper - lower + 1 > bestCount { (bestLower, bestCount) = (lower, upper - lower + 1) }
      }
      let missing = sample.count - bestCount
      guard missing * 16 <= sample.count else { break }
      let from = held[bestLower]
      let spare = (reach - UInt64(bitPattern: held[bestLower + bestCount - 1] &- from)) >> 1
      // The window's spare room goes to both sides, but not below the least value.
      let down = min(spare, UInt64(bitPattern: from &- survey.least)) & ~UInt64(low)
      let layout = FlatLayout(
        rowCount: survey.rowCount, width: width,
        exceptionCount: max(1, missing * presentCount / sample.count),
        valueWidth: ExceptionRows.valueWidth(of: survey.spread))
      if layout.byteCount < (best?.byteCount ?? Int.max) {
        best = Window(
          base: from &- Int64(bitPattern: down), width: width, shift: shift,
          byteCount: layout.byteCount)
      }
      width -= 1
    }
    return best
  }
}
