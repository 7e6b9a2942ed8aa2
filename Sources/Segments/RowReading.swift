// Decodes one row: asks for all cache lines first, then reads values, then what follows from others.

package import Bytes
import Columns
import Rows

extension SegmentView {
  /// Asks for the lines that `read` will touch.
  package func prefetch(row: Int) {
    unsafe IntegerColumn.prefetchAll(columns, count: plan.fieldCount + 1, row: row)
    for field in plan.textFields { unsafe texts[field].prefetchRow(row) }
  }

  /// Decodes a row of this segment; all columns must be open.
  ///
  /// `parent` holds the row's decoded parent, or nil when it has none.
  package func read(
    row: Int, into buffer: RowBuffer, words: WordLists, parent: RowBuffer?
  ) throws(Corruption) {
    precondition(row >= 0 && row < rowCount)
    let values = unsafe buffer.values.base
    unsafe IntegerColumn.gather(columns, count: plan.fieldCount, row: row, into: values)
    for step in plan.steps { unsafe apply(step, row: row, values: values, parent: parent) }
    buffer.textEnd = 0
    for field in plan.textFields {
      try readText(field, row: row, into: buffer, words: words, parent: parent)
    }
  }

  @inline(__always)
  private func apply(
    _ step: DerivedStep, row: Int, values: UnsafeMutablePointer<Int64>, parent: RowBuffer?
  ) {
    let field = step.field
    guard let column = unsafe derived[field] else { return }
    let exception = column.exceptionIndex(of: row)
    if exception >= 0 {
      unsafe values[field] = column.exceptionValues?.value(at: exception) ?? absentValue
      return
    }
    switch step.kind {
    case .inherited(let parentField):
      unsafe values[field] = parent?.values[parentField] ?? absentValue
    case .digits(let terms, _):
      guard unsafe values[field] != absentValue else { return }
      for term in terms {
        unsafe term.add(from: values, stride: 1, count: 1, to: values + field)
      }
    case .difference(let source):
      let from = unsafe values[source]
      unsafe values[field] = from == absentValue ? absentValue : from &- values[field]
    case .mapped(let source):
      unsafe values[field] = mapped(values[source], by: column.stored)
    case .children, .firstChild:
      break
    }
  }

  private func readText(
    _ field: Int, row: Int, into buffer: RowBuffer, words: WordLists, parent: RowBuffer?
  ) throws(Corruption) {
    buffer.textStarts[field] = Int32(buffer.textEnd)
    guard let column = unsafe derived[field] else {
      try append(
        unsafe texts[field], place: row, field: field, into: buffer, words: words)
      return
    }
    let exception = column.exceptionIndex(of: row)
    if exception >= 0 {
      try append(
        unsafe texts[field], place: exception, field: field, into: buffer, words: words)
    } else if let alternatives = plan.alternatives[field] {
      let chosen = column.stored.value(at: row)
      guard chosen >= 0, chosen < Int64(alternatives.count) else {
        buffer.textCounts[field] = -1
        return
      }
      compose(alternatives[Int(chosen)], field: field, into: buffer, words: words)
    } else if let inherited = parent?.text(of: plan.inherited[field]) {
      buffer.reserve(inherited.count)
      unsafe (buffer.text.view.base + buffer.textEnd).update(
        from: inherited.base.assumingMemoryBound(to: UInt8.self), count: inherited.count)
      buffer.textCounts[field] = Int32(inherited.count)
      buffer.textEnd += inherited.count
    } else {
      buffer.textCounts[field] = -1
    }
  }

  private func append(
    _ column: TextColumn, place: Int, field: Int, into buffer: RowBuffer, words: WordLists
  ) throws(Corruption) {
    if column.isTokens {
      let codes = column.tokenCodes(at: place)
      if codes.0 == TokenInput.absent {
        buffer.textCounts[field] = -1
        return
      }
      if codes.0 != TokenInput.escape {
        return try appendWords(codes, field: field, into: buffer, words: words)
      }
    }
    while true {
      let room = buffer.text.view
      let count =
        column.isTokens
        ? try column.escapedText(at: place, to: room, at: buffer.textEnd)
        : try column.appendText(at: place, to: room, at: buffer.textEnd)
      if count <= room.count - buffer.textEnd {
        buffer.textCounts[field] = Int32(count)
        buffer.textEnd += max(0, count)
        return
      }
      buffer.reserve(count)
    }
  }

  private func appendWords(
    _ codes: (UInt32, UInt32, UInt32), field: Int, into buffer: RowBuffer, words: WordLists
  ) throws(Corruption) {
    let first = plan.dictionary[field]
    guard let split = plan.table.fields[field].words else { throw Corruption(.column, at: 0) }
    let isSingle = split.partCount == 1
    guard let one = words.lists[first][codes.0],
      let two = isSingle ? one : words.lists[first + 1][codes.1],
      let three = isSingle ? one : words.lists[first + 2][codes.2]
    else { throw Corruption(.dictionary, at: 0, in: plan.table.fields[field].name) }
    buffer.reserve(one.count + two.count + three.count + 2)
    let count = split.join(Words(one, two, three), into: buffer.text.view.from(buffer.textEnd))
    buffer.textCounts[field] = Int32(count)
    buffer.textEnd += count
  }

  private func compose(
    _ pieces: [TextPiece], field: Int, into buffer: RowBuffer, words: WordLists
  ) {
    let start = buffer.textEnd
    for piece in pieces {
      let value = buffer.values[piece.field]
      if piece.dictionary >= 0 {
        guard value >= 0,
          let word = words.lists[piece.dictionary][UInt32(truncatingIfNeeded: value)]
        else { continue }
        buffer.reserve(word.count)
        let text = buffer.text.view
        for index in 0..<word.count { text[buffer.textEnd + index] = word[index] }
        buffer.textEnd += word.count
      } else {
        buffer.reserve(piece.digitCount)
        let text = buffer.text.view
        var rest = value
        for index in stride(from: piece.digitCount - 1, through: 0, by: -1) {
          text[buffer.textEnd + index] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
          rest /= 10
        }
        buffer.textEnd += piece.digitCount
      }
    }
    buffer.textCounts[field] = Int32(buffer.textEnd - start)
  }
}

/// What a table says for a code; absent where it says nothing.
@inline(__always)
func mapped(_ code: Int64, by table: IntegerColumn) -> Int64 {
  guard code >= 0, code < Int64(table.rowCount) else { return absentValue }
  return table.value(at: Int(code))
}

extension TextColumn {
  /// Asks for a row's line in a column that has one place a row; exceptions are few and not asked.
  @inline(__always)
  fileprivate func prefetchRow(_ row: Int) {
    if row < rowCount && !isAbsent { prefetch(row: row) }
  }
}

extension SegmentView {
  /// Whether a row's field follows from others: its column, which must be open, is derived and the
  /// row is no exception.
  package func followsFromOthers(_ field: Int, row: Int) -> Bool {
    guard let column = unsafe derived[field] else { return false }
    return column.exceptionIndex(of: row) < 0
  }
}
