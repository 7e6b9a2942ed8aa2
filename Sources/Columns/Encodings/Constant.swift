// One value for all rows, but for a few listed exceptions.
//
//   OFFSET  SIZE  FIELD
//        8     8  base: the value, absent included
//       64        nothing; flag `exceptions`: the exceptions at their offset, see `ExceptionRows`
//
// Width, second part and all other flags are zero.

import Bytes

struct Constant {
  /// A look-up searches the list, so a long list is slower than codes.
  static let exceptionCountMax = 512

  let value: Int64
  let rowCount: Int
  let exceptionCount: Int
  private let exceptionBase: Int64
  private let exceptionWidth: Int

  static func check(_ header: ColumnHeader) throws(Corruption) {
    guard header.width == 0 else { throw Corruption(.column, at: 1) }
    guard header.slope == 0 else { throw Corruption(.column, at: 16) }
    try header.expect(flags: [.exceptions])
    try header.expectNone(second: true)
  }

  /// All rows equal.
  init(_ value: Int64, rowCount: Int) {
    self.value = value
    self.rowCount = rowCount
    exceptionCount = 0
    (exceptionBase, exceptionWidth) = (0, 8)
  }

  /// Nearly all rows equal, judged by the sample's most frequent value and then counted.
  init?(_ values: ScratchView<Int64>, survey: IntegerSurvey, sample: [Int64]) {
    var value = absentValue
    var best = survey.absentCount
    if survey.absentCount * 2 < survey.rowCount {
      var (run, longest) = (0, 0)
      for index in sample.indices {
        run = index > 0 && sample[index] == sample[index - 1] ? run + 1 : 1
        if run > longest { (longest, value) = (run, sample[index]) }
      }
      // 512 of 65,536 are 8 of a sample of 1,024; twice that may still count to less.
      guard (sample.count - longest) * 50 <= sample.count else { return nil }
      best = 0
      for row in 0..<values.count { best &+= values[row] == value ? 1 : 0 }
    }
    let exceptions = values.count - best
    guard exceptions <= Self.exceptionCountMax else { return nil }
    self.value = value
    rowCount = values.count
    exceptionCount = exceptions
    // An absent exception is far from all others; where most are absent, none is.
    let isNarrow = survey.absentCount == 0 || value == absentValue
    exceptionBase = isNarrow ? survey.least : 0
    exceptionWidth = isNarrow ? ExceptionRows.valueWidth(of: survey.spread) : 8
  }

  private var layout: FlatLayout {
    FlatLayout(
      rowCount: rowCount, width: 0, exceptionCount: exceptionCount, valueWidth: exceptionWidth)
  }

  var byteCount: Int { layout.byteCount }

  func encode(_ values: ScratchView<Int64>) -> [UInt8] {
    var header = ColumnHeader(.constant, rowCount: rowCount)
    header.base = value
    let layout = layout
    layout.describe(in: &header, exceptionCount: exceptionCount)
    var bytes = header.written(byteCount: layout.byteCount)
    guard exceptionCount > 0 else { return bytes }
    var exceptions = Exceptions()
    for row in 0..<rowCount where values[row] != value { exceptions.append(values[row], at: row) }
    exceptions.write(
      rowCount: rowCount, base: exceptionBase, valueWidth: exceptionWidth, into: &bytes,
      at: layout.exceptionsOffset)
    return bytes
  }
}
