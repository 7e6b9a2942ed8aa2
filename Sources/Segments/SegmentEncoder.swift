// Turns the gathered rows of a segment into its columns: the one place where rows become columns.

package import Bytes
import Columns
import Rows

/// A segment as it will be stored.
package struct EncodedSegment: Sendable {
  package let table: Int
  package let segment: Int
  package let rowCount: Int
  package let part: SegmentPart
  package let checksums: [UInt64]
  package let zones: [UInt8]
  /// The parent's row, by position, of the first row; nil in a table without a parent.
  package let firstParent: Int64?
  /// The same of the last row.
  package let lastParent: Int64?
  /// Columns of fields that wait for the table's children, by field: all their values.
  package let late: [(field: Int, bytes: [UInt8])]
}

/// Encodes gathered rows.
///
/// The same rows give the same bytes.
package func encodeSegment(_ rows: SegmentRows) -> EncodedSegment {
  var encoder = SegmentEncoder(rows, keeping: nil)
  return encoder.encode()
}

/// Encodes gathered rows of a segment that is there already, of which only some columns changed;
/// those that did not need not be gathered.
package func encodeSegment(_ rows: SegmentRows, keeping kept: KeptColumns) -> EncodedSegment {
  var encoder = SegmentEncoder(rows, keeping: kept)
  return encoder.encode()
}

/// Columns of a segment that stay as they are.
package struct KeptColumns {
  let view: SegmentView
  let zones: ZoneMaps
  /// By field.
  let isChanged: [Bool]
  /// Where codes of the columns lie.
  let rowCodes: RowCodes?

  /// Keeps the columns of the fields that did not change; the positions of parents must not have.
  package init(
    _ view: SegmentView, _ zones: ZoneMaps, isChanged: [Bool]
  ) throws(Corruption) {
    (self.view, self.zones, self.isChanged) = (view, zones, isChanged)
    // Nothing that is damaged gets a checksum that says it is not.
    try view.openAll()
    rowCodes = try view.rowCodes()
  }

  fileprivate func bytes(_ field: Int) -> [UInt8]? {
    isChanged[field] ? nil : view.bytes(ofColumn: field)?.copied
  }
}

/// A derived column pays while at most one row in this many is an exception.
private let rowsPerExceptionMin = 8

private struct SegmentEncoder {
  private let rows: SegmentRows
  private let plan: TablePlan
  private let rowCount: Int
  private let scratch: Scratch<Int64>
  private var runs: RunMap?
  private var firstParent: Int64?
  private var lastParent: Int64?
  /// Keeps the link column's bytes alive and aligned while its runs are in use.
  private var linkBytes: Scratch<UInt64>?

  private let kept: KeptColumns?

  init(_ rows: SegmentRows, keeping kept: KeptColumns?) {
    self.rows = rows
    self.kept = kept
    plan = rows.plan
    rowCount = rows.rowCount
    scratch = Scratch(count: rows.rowCount)
  }

  mutating func encode() -> EncodedSegment {
    var columns: [(field: UInt16, bytes: [UInt8])] = []
    var late: [(field: Int, bytes: [UInt8])] = []
    var zones = ZoneMapsBuilder(columnCount: plan.fieldCount, rowCount: rowCount)
    if plan.parent != nil { columns.append((TablePlan.linkNumber, encodeLink())) }
    for (index, field) in plan.table.fields.enumerated() {
      if plan.lateFields.contains(index) {
        if kept == nil { late.append((index, encodeIntegers(rows.column(index)))) }
        continue
      }
      if let kept, let bytes = kept.bytes(index) {
        if !plan.isText[index] { zones.keep(column: index, of: kept.zones) }
        columns.append((field.number, bytes))
        continue
      }
      if plan.isText[index] {
        columns.append((field.number, encodeText(index)))
      } else {
        zones.add(column: index, values: rows.column(index))
        columns.append((field.number, encodeInteger(index)))
      }
    }
    putCodesSideBySide(in: &columns)
    let part = SegmentPart(
      table: plan.number, segment: UInt32(rows.segment), part: 0, rowCount: rowCount,
      columns: columns)
    return EncodedSegment(
      table: plan.position, segment: rows.segment, rowCount: rowCount, part: part,
      checksums: part.checksums(), zones: zones.encoded(key: part.header.key),
      firstParent: firstParent, lastParent: lastParent, late: late)
  }

  /// Puts codes that rows need together and scans seldom need alone into one piece.
  ///
  /// Days stay by themselves, since scans ask for ranges of them.
  private func putCodesSideBySide(in columns: inout [(field: UInt16, bytes: [UInt8])]) {
    let days = Set(plan.table.fields.filter { $0.type == .day }.map(\.number))
    var codes = RowCodesEncoder(rowCount: rowCount, earlier: kept?.rowCodes)
    let widths = columns.map { field, bytes in
      let isDay = days.contains(field) && bytes[0] != Encoding.derived.rawValue
      return isDay || field == TablePlan.linkNumber ? 0 : codes.width(of: bytes)
    }
    // One column by itself gains nothing.
    guard widths.count(where: { $0 > 0 }) > 1 || kept?.rowCodes != nil else { return }
    for index in columns.indices where widths[index] > 0 {
      if codes.mustTake(columns[index].bytes) || codes.hasRoom(widths[index]) {
        columns[index].bytes = codes.take(columns[index].bytes)
      }
    }
    if codes.width > 0 { columns.insert((TablePlan.rowCodesNumber, codes.encoded()), at: 0) }
  }

  /// Parents by position, rising; those of late rows apart.
  private mutating func encodeLink() -> [UInt8] {
    var positional = rows.parentBefore
    if let known = rows.positionalParents { return encodeLink(known) }
    if let first = (0..<rowCount).first(where: { rows.isLate[$0] == 0 }) {
      positional = rows.parents[first]
    }
    var exceptionRows: [UInt16] = []
    var exceptions: [Int64] = []
    for row in 0..<rowCount {
      if rows.isLate[row] == 0 {
        positional = rows.parents[row]
      } else {
        exceptionRows.append(UInt16(row))
        exceptions.append(rows.parents[row])
      }
      scratch.view[row] = positional
    }
    return encodeLink(exceptionRows, exceptions)
  }

  private mutating func encodeLink(_ positional: ScratchView<Int64>) -> [UInt8] {
    var exceptionRows: [UInt16] = []
    var exceptions: [Int64] = []
    for row in 0..<rowCount {
      scratch.view[row] = positional[row]
      guard rows.parents[row] != positional[row] else { continue }
      exceptionRows.append(UInt16(row))
      exceptions.append(rows.parents[row])
    }
    return encodeLink(exceptionRows, exceptions)
  }

  /// The link column of the parents by position in `scratch`.
  private mutating func encodeLink(_ exceptionRows: [UInt16], _ exceptions: [Int64]) -> [UInt8] {
    firstParent = scratch.view[0]
    lastParent = scratch.view[rowCount - 1]
    let runBytes = encodeRuns(scratch.view)
    lendRuns(of: runBytes)
    guard !exceptionRows.isEmpty else { return runBytes }
    return encodeDerived(
      rowCount: rowCount, stored: runBytes, exceptionRows: exceptionRows,
      exceptions: .integers(exceptions))
  }

  private mutating func lendRuns(of bytes: [UInt8]) {
    let words = Scratch<UInt64>(count: (bytes.count + 7) / 8)
    unsafe UnsafeMutableRawPointer(words.view.base).copyMemory(
      from: bytes, byteCount: bytes.count)
    linkBytes = words
    let lent = unsafe LentBytes(UnsafeRawPointer(words.view.base), count: bytes.count)
    guard let column = try? IntegerColumn(lent) else {
      preconditionFailure("a column that was just encoded can be opened")
    }
    runs = column.runMap
  }

  // MARK: Integers

  private func encodeInteger(_ field: Int) -> [UInt8] {
    if let step = plan.steps.first(where: { $0.field == field }),
      let bytes = encodeStep(step)
    {
      return bytes
    }
    return encodeIntegers(rows.column(field), sharedRuns: runs)
  }

  /// The derived column of a field, or nil when too many rows are exceptions.
  private func encodeStep(_ step: DerivedStep) -> [UInt8]? {
    let values = rows.column(step.field)
    switch step.kind {
    case .inherited:
      return encodeInherited(values, rows.parentColumn(step.field))
    case .digits(let terms, let storedBound):
      return encodeDigits(values, terms, storedBound)
    case .difference(let source):
      return encodeDifference(values, rows.column(source))
    case .mapped(let source):
      return encodeMapped(values, rows.column(source))
    case .children, .firstChild:
      return nil
    }
  }

  private func encodeInherited(
    _ values: ScratchView<Int64>, _ parents: ScratchView<Int64>
  ) -> [UInt8]? {
    var exceptionRows: [UInt16] = []
    for row in 0..<rowCount where values[row] != parents[row] {
      exceptionRows.append(UInt16(row))
    }
    return derived(values, exceptionRows, stored: [Int64](repeating: 0, count: rowCount))
  }

  private func encodeDigits(
    _ values: ScratchView<Int64>, _ terms: [DigitTerm], _ storedBound: Int64
  ) -> [UInt8]? {
    let predicted = unsafe scratch.view.base
    unsafe predicted.update(repeating: 0, count: rowCount)
    for term in terms {
      unsafe term.add(
        from: rows.values.base, stride: SegmentRows.capacity, count: rowCount, to: predicted)
    }
    var exceptionRows: [UInt16] = []
    var last: Int64 = -1
    for row in 0..<rowCount {
      let value = values[row]
      let rest = value &- scratch.view[row]
      if value == absentValue {
        scratch.view[row] = absentValue
      } else if rest < 0 || rest >= storedBound {
        exceptionRows.append(UInt16(row))
        scratch.view[row] = max(last, 0)
      } else {
        if last < 0 {
          for earlier in 0..<row where scratch.view[earlier] != absentValue {
            scratch.view[earlier] = rest
          }
        }
        last = rest
        scratch.view[row] = rest
      }
    }
    return derived(values, exceptionRows, storedIn: scratch.view)
  }

  private func encodeDifference(
    _ values: ScratchView<Int64>, _ sources: ScratchView<Int64>
  ) -> [UInt8]? {
    var exceptionRows: [UInt16] = []
    var last: Int64 = 0
    for row in 0..<rowCount {
      let value = values[row]
      let source = sources[row]
      if value != absentValue && source != absentValue {
        last = source &- value
      } else if value != source {
        exceptionRows.append(UInt16(row))
      }
      scratch.view[row] = last
    }
    return derived(values, exceptionRows, storedIn: scratch.view)
  }

  /// Learns for each source code the value that most of its rows have.
  private func encodeMapped(
    _ values: ScratchView<Int64>, _ sources: ScratchView<Int64>
  ) -> [UInt8]? {
    var votes: [(value: Int64, count: Int)] = []
    for row in 0..<rowCount {
      let source = sources[row]
      guard source != absentValue else { continue }
      guard source >= 0, source < 4_096 else { return nil }
      let code = Int(source)
      while votes.count <= code { votes.append((absentValue, 0)) }
      if votes[code].count == 0 {
        votes[code] = (values[row], 1)
      } else {
        votes[code].count += votes[code].value == values[row] ? 1 : -1
      }
    }
    let table = votes.isEmpty ? [absentValue] : votes.map(\.value)
    var exceptionRows: [UInt16] = []
    for row in 0..<rowCount {
      let source = sources[row]
      let predicted = source == absentValue ? absentValue : table[Int(source)]
      if values[row] != predicted { exceptionRows.append(UInt16(row)) }
    }
    return derived(values, exceptionRows, stored: table, isTable: true)
  }

  private func derived(
    _ values: ScratchView<Int64>, _ exceptionRows: [UInt16], storedIn stored: ScratchView<Int64>
  ) -> [UInt8]? {
    guard exceptionRows.count * rowsPerExceptionMin <= rowCount else { return nil }
    return encodeDerived(
      rowCount: rowCount, stored: encodeIntegers(stored), exceptionRows: exceptionRows,
      exceptions: .integers(exceptionRows.map { values[Int($0)] }))
  }

  private func derived(
    _ values: ScratchView<Int64>, _ exceptionRows: [UInt16], stored: [Int64], isTable: Bool = false
  ) -> [UInt8]? {
    guard exceptionRows.count * rowsPerExceptionMin <= rowCount else { return nil }
    return encodeDerived(
      rowCount: rowCount, stored: encodeIntegers(stored), storedIsTable: isTable,
      exceptionRows: exceptionRows,
      exceptions: .integers(exceptionRows.map { values[Int($0)] }))
  }

  // MARK: Texts

  private func encodeText(_ field: Int) -> [UInt8] {
    guard let texts = rows.texts[field] else { preconditionFailure("a text field has texts") }
    if plan.alternatives[field] != nil { return encodeAlternatives(field, texts) }
    guard let codes = rows.codes[field] else {
      return texts.arena.lend { encodeText(texts, Array(0..<rowCount), $0) }
    }
    guard let parentCodes = rows.parentCodes[field] else {
      return encodeWords(codes, texts, rows: Array(0..<rowCount))
    }
    var exceptionRows: [Int] = []
    let partCount = codes.count / SegmentRows.capacity
    for row in 0..<rowCount {
      // A row that was given no text has its parent's, even if that is no words.
      if codes[row] == TokenInput.escape,
        texts.isAbsent(row) || parentCodes[row] == SegmentRows.followedText
      {
        continue
      }
      if !isEqual(codes, parentCodes, row: row, partCount: partCount) { exceptionRows.append(row) }
    }
    guard exceptionRows.count * rowsPerExceptionMin <= rowCount else {
      return encodeWords(codes, texts, rows: Array(0..<rowCount))
    }
    return encodeDerived(
      rowCount: rowCount, stored: encodeIntegers([Int64](repeating: 0, count: rowCount)),
      exceptionRows: exceptionRows.map { UInt16($0) },
      exceptions: .texts(
        exceptionRows.isEmpty ? [] : encodeWords(codes, texts, rows: exceptionRows)))
  }

  /// Whether the parent says the row's text; one that is no words never follows from the parent.
  private func isEqual(
    _ codes: ScratchView<UInt32>, _ parents: ScratchView<UInt32>, row: Int, partCount: Int
  ) -> Bool {
    if codes[row] == TokenInput.escape { return false }
    guard codes[row] == parents[row] else { return false }
    if codes[row] == TokenInput.absent { return true }
    for part in 1..<max(partCount, 1) {
      let at = part * SegmentRows.capacity + row
      if codes[at] != parents[at] { return false }
    }
    return true
  }

  private func encodeAlternatives(_ field: Int, _ texts: TextRowsBuffer) -> [UInt8] {
    let chosen = rows.column(field)
    var exceptionRows: [Int] = []
    var last: Int64 = 0
    for row in 0..<rowCount {
      if chosen[row] == SegmentRows.exceptionalText {
        exceptionRows.append(row)
      } else {
        last = chosen[row]
      }
      scratch.view[row] = last
    }
    let nested =
      exceptionRows.isEmpty ? [] : texts.arena.lend { encodeText(texts, exceptionRows, $0) }
    return encodeDerived(
      rowCount: rowCount, stored: encodeIntegers(scratch.view),
      exceptionRows: exceptionRows.map { UInt16($0) }, exceptions: .texts(nested))
  }

  private func encodeText(
    _ texts: TextRowsBuffer, _ chosen: [Int], _ arena: LentBytes
  ) -> [UInt8] {
    let starts = Scratch<UInt32>(count: chosen.count)
    let byteCounts = Scratch<UInt32>(count: chosen.count)
    for (index, row) in chosen.enumerated() {
      starts.view[index] = texts.starts[row]
      byteCounts.view[index] = texts.byteCounts[row]
    }
    return withExtendedLifetime((starts, byteCounts)) {
      Columns.encodeText(
        TextInput(
          rowCount: chosen.count, arena: arena, starts: starts.view, byteCounts: byteCounts.view))
    }
  }

  private func encodeWords(
    _ codes: ScratchView<UInt32>, _ texts: TextRowsBuffer, rows chosen: [Int]
  ) -> [UInt8] {
    let partCount = codes.count / SegmentRows.capacity
    var owners: [Scratch<UInt32>] = []
    for part in 0..<partCount {
      let owner = Scratch<UInt32>(count: chosen.count)
      for (index, row) in chosen.enumerated() {
        owner.view[index] = codes[part * SegmentRows.capacity + row]
      }
      owners.append(owner)
    }
    return withExtendedLifetime(owners) {
      encodeWords(owners.map(\.view), texts, rows: chosen)
    }
  }

  private func encodeWords(
    _ parts: [ScratchView<UInt32>], _ texts: TextRowsBuffer, rows chosen: [Int]
  ) -> [UInt8] {
    let escapes = chosen.indices.filter { parts[0][$0] == TokenInput.escape }
    guard !escapes.isEmpty else {
      return encodeTokens(TokenInput(rowCount: chosen.count, parts: parts))
    }
    let starts = Scratch<UInt32>(count: escapes.count)
    let byteCounts = Scratch<UInt32>(count: escapes.count)
    for (index, place) in escapes.enumerated() {
      starts.view[index] = texts.starts[chosen[place]]
      byteCounts.view[index] = texts.byteCounts[chosen[place]]
    }
    return withExtendedLifetime((starts, byteCounts)) {
      texts.arena.lend { arena in
        encodeTokens(
          TokenInput(
            rowCount: chosen.count, parts: parts, escapedRows: escapes.map { UInt16($0) },
            escapedTexts: TextInput(
              rowCount: escapes.count, arena: arena, starts: starts.view,
              byteCounts: byteCounts.view)))
      }
    }
  }
}
