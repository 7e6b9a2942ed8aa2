// Chooses the smallest way to store a column of integers and writes it.
//
// The choice depends on the values alone, so equal values are equal bytes.

package import Bytes

/// The column bytes of integers, absent ones included; at most 65,536 rows.
///
/// Of the view the first `count` are taken, or all. `sharedRuns` are the runs of another column of
/// the same segment, offered in case all rows of each of its runs are equal; the column is then
/// opened with the same runs.
package func encodeIntegers(
  _ view: ScratchView<Int64>, count: Int? = nil, sharedRuns: RunMap? = nil
) -> [UInt8] {
  let values = prefix(of: view, count: count)
  let survey = IntegerSurvey(values)
  let flat = FlatPlan(values, survey)
  // Behind marks a look-up touches another line and a scan has no codes, so marks must save an
  // eighth of a bit a row.
  let limit = flat.byteCount - values.count / 64
  let present = encodeByPresence(values, survey, below: limit)
  let best = encodeByRuns(values, survey, sharedRuns, below: present?.count ?? limit) ?? present
  if let best { return best }
  return flat.encode(values)
}

/// The column bytes of integers, absent ones included; at most 65,536 rows.
package func encodeIntegers(_ values: [Int64], sharedRuns: RunMap? = nil) -> [UInt8] {
  withView(of: values) { encodeIntegers($0, sharedRuns: sharedRuns) }
}

/// A run-length column whatever the size, so that other columns can share its runs.
package func encodeRuns(_ view: ScratchView<Int64>, count: Int? = nil) -> [UInt8] {
  let values = prefix(of: view, count: count)
  precondition(values.count > 0)
  let starts = RunLength.starts(values, count: values.count)
  let nested = encodeFlat(starts.map { values[Int($0)] })
  return RunLength.encode(starts: starts, rowCount: values.count, nested: nested)
}

/// A run-length column with given run starts, ascending from row 0, and one value for each run.
package func encodeRuns(starts: [Int32], values: [Int64], rowCount: Int) -> [UInt8] {
  precondition(starts.first == 0)
  precondition(starts.count == values.count)
  precondition(rowCount <= ColumnHeader.rowCountMax)
  for index in 1..<max(1, starts.count) { precondition(starts[index - 1] < starts[index]) }
  if let last = starts.last { precondition(last < rowCount) }
  return RunLength.encode(starts: starts, rowCount: rowCount, nested: encodeFlat(values))
}

private func prefix(of view: ScratchView<Int64>, count: Int?) -> ScratchView<Int64> {
  let count = count ?? view.count
  precondition(count >= 0)
  precondition(count <= view.count)
  precondition(count <= ColumnHeader.rowCountMax)
  return unsafe ScratchView(view.base, count: count)
}

private func encodeByRuns(
  _ values: ScratchView<Int64>, _ survey: IntegerSurvey, _ sharedRuns: RunMap?, below limit: Int
) -> [UInt8]? {
  let runCount = survey.changeCount + 1
  guard values.count > 0, runCount * 2 <= values.count else { return nil }
  let overhead = RunLength.overheadByteCount(rowCount: values.count, runCount: runCount)
  let mayShare = sharedRuns.map { $0.rowCount == values.count && runCount <= $0.runCount } ?? false
  guard mayShare || overhead + ColumnHeader.size < limit else { return nil }
  let starts = RunLength.starts(values, count: runCount)
  var best: [UInt8]?
  if mayShare, let sharedRuns, let shared = valuesOfRuns(values, starts, sharedRuns) {
    let nested = encodeFlat(shared)
    if ColumnHeader.size + nested.count < limit {
      best = RunLength.encodeShared(rowCount: values.count, nested: nested)
    }
  }
  let smaller = best?.count ?? limit
  guard overhead + ColumnHeader.size < smaller else { return best }
  let nested = encodeFlat(starts.map { values[Int($0)] })
  guard overhead + nested.count < smaller else { return best }
  return RunLength.encode(starts: starts, rowCount: values.count, nested: nested)
}

/// One value for each shared run, or nil if a run of equal rows begins inside one.
private func valuesOfRuns(
  _ values: ScratchView<Int64>, _ starts: [Int32], _ runs: RunMap
) -> [Int64]? {
  for start in starts where !runs.starts.isMarked(Int(start)) { return nil }
  return runs.values(ofFirstRowsIn: values)
}

private func encodeByPresence(
  _ values: ScratchView<Int64>, _ survey: IntegerSurvey, below limit: Int
) -> [UInt8]? {
  let presentCount = values.count - survey.absentCount
  guard survey.absentCount > 0, presentCount > 0 else { return nil }
  let overhead = Presence.overheadByteCount(
    rowCount: values.count, presentCount: presentCount)
  // The present values alone take about their share of the whole.
  guard overhead + limit * presentCount / values.count < limit else { return nil }
  let rows = Presence.presentRows(values, count: presentCount)
  let nested = encodeFlat(rows.map { values[Int($0)] })
  guard overhead + nested.count < limit else { return nil }
  return Presence.encode(presentRows: rows, rowCount: values.count, nested: nested)
}

/// The smallest flat column, for the columns that hold one.
func encodeFlat(_ values: [Int64]) -> [UInt8] {
  withView(of: values) { view in FlatPlan(view, IntegerSurvey(view)).encode(view) }
}

/// Lends the values of an array as a view that nobody writes to.
private func withView<Result>(
  of values: [Int64], _ body: (ScratchView<Int64>) -> Result
) -> Result {
  unsafe values.withUnsafeBufferPointer { buffer in
    guard let start = buffer.baseAddress else { return body(Scratch(count: 0).view) }
    return unsafe body(ScratchView(UnsafeMutablePointer(mutating: start), count: buffer.count))
  }
}

/// The flat encoding that takes fewest bytes; the first of equals.
private enum FlatPlan {
  case constant(Constant)
  case flags(Flags)
  case frameOfReference(FrameOfReference)
  case delta(Delta)
  case dictionary(DictionaryCodes)
  case plain(Plain)

  init(_ values: ScratchView<Int64>, _ survey: IntegerSurvey) {
    if values.count == 0 || survey.absentCount == values.count {
      self = .constant(Constant(absentValue, rowCount: values.count))
      return
    }
    if survey.absentCount == 0, survey.spread == 0 {
      self = .constant(Constant(survey.least, rowCount: values.count))
      return
    }
    var best = FlatPlan.plain(Plain(rowCount: values.count))
    if let flags = Flags(survey) {
      best = .flags(flags)
    } else if let frame = FrameOfReference(survey), frame.width < 64 {
      best = .frameOfReference(frame)
    }
    if let delta = Delta(values, survey: survey), delta.byteCount < best.byteCount {
      best = .delta(delta)
    }
    let sample = IntegerSurvey.sample(values)
    if let constant = Constant(values, survey: survey, sample: sample),
      constant.byteCount < best.byteCount
    {
      best = .constant(constant)
    }
    if let frame = FrameOfReference(
      values, survey: survey, sample: sample, below: best.byteCount)
    {
      best = .frameOfReference(frame)
    }
    if let dictionary = DictionaryCodes(
      values, survey: survey, sample: sample, below: best.byteCount)
    {
      best = .dictionary(dictionary)
    }
    self = best
  }

  var byteCount: Int {
    switch self {
    case .constant(let plan): plan.byteCount
    case .flags(let plan): plan.byteCount
    case .frameOfReference(let plan): plan.byteCount
    case .delta(let plan): plan.byteCount
    case .dictionary(let plan): plan.byteCount
    case .plain(let plan): plan.byteCount
    }
  }

  func encode(_ values: ScratchView<Int64>) -> [UInt8] {
    switch self {
    case .constant(let plan): plan.encode(values)
    case .flags(let plan): plan.encode(values)
    case .frameOfReference(let plan): plan.encode(values)
    case .delta(let plan): plan.encode(values)
    case .dictionary(let plan): plan.encode(values)
    case .plain(let plan): plan.encode(values)
    }
  }
}
