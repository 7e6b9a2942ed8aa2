// Decodes one row in steps: the caller lets other rows wait for memory between them.

package import Bytes
import Columns
import Rows

extension RowProgram {
  /// Asks for the lines that the row's place tells.
  package func prefetch(row: Int) {
    precondition(row >= 0 && row < rowCount)
    gather.prefetch(row: row)
    for index in 0..<textSteps.count {
      let text = textSteps[index]
      guard text.kind == .tokens || text.kind == .stored else { continue }
      unsafe texts[Int(text.field)].prefetch(row: row)
    }
  }

  /// The addresses of a row's own bytes, once its places were found.
  package func addresses(_ places: ScratchView<Int32>) -> [UInt] {
    var found = unsafe gather.addresses(places.base)
    for index in 0..<textSteps.count {
      let kind = textSteps[index].kind
      guard kind == .tokens || kind == .stored else { continue }
      let column = unsafe texts[Int(textSteps[index].field)]
      if let address = column.address(ofRow: Int(places[0])) { found.append(address) }
    }
    return found
  }

  /// Finds where the row's values lie; `places` has room for `slotCount`.
  package func findPlaces(row: Int, into places: ScratchView<Int32>) {
    precondition(row >= 0 && row < rowCount && places.count >= slotCount)
    unsafe gather.findPlaces(row: row, into: places.base)
  }

  /// Asks for the lines at the places that were found, and for what texts need next.
  package func prefetchPlaces(_ places: ScratchView<Int32>) {
    unsafe gather.prefetchPlaces(places.base)
    for index in 0..<textSteps.count {
      let text = textSteps[index]
      let row = Int(places[0])
      if text.kind == .tokens {
        unsafe texts[Int(text.field)].prefetchTokens(row: row)
      } else if text.kind == .stored {
        unsafe texts[Int(text.field)].prefetchText(row: row)
      }
    }
  }

  /// The parent's row, or `absentValue`.
  package func parentRow(_ places: ScratchView<Int32>) -> Int64 {
    if linkExceptionSlot >= 0, places[linkExceptionSlot] >= 0, linkExceptions >= 0 {
      return unsafe tables.address(of: linkExceptions).pointee.value(
        at: Int(places[linkExceptionSlot]))
    }
    return gather.value(ofColumn: linkColumn, place: places[linkSlot])
  }

  /// Whether a field has its value only after `finishIntegers`.
  package func dependsOnParent(_ field: Int) -> Bool { dependent[field] }

  /// Decodes the integers that need no parent.
  package func readIntegers(_ places: ScratchView<Int32>, into buffer: RowBuffer) {
    unsafe gather.gather(places.base, into: buffer.values.base)
    for index in 0..<ownSteps.count {
      unsafe apply(ownSteps[index], places, buffer.values.base, parent: nil)
    }
  }

  /// Decodes the integers that follow from the parent; nil when the row has none.
  package func finishIntegers(
    _ places: ScratchView<Int32>, into buffer: RowBuffer, parent: RowBuffer?
  ) {
    for index in 0..<laterSteps.count {
      unsafe apply(laterSteps[index], places, buffer.values.base, parent: parent?.values.base)
    }
  }

  @inline(__always)
  private func apply(
    _ step: Step, _ places: ScratchView<Int32>, _ values: UnsafeMutablePointer<Int64>,
    parent: UnsafeMutablePointer<Int64>?
  ) {
    let field = Int(step.field)
    if step.exceptionSlot >= 0 {
      let exception = places[Int(step.exceptionSlot)]
      if exception >= 0 {
        unsafe values[field] =
          step.exceptions < 0
          ? absentValue
          : tables.address(of: Int(step.exceptions)).pointee.value(at: Int(exception))
        return
      }
    }
    switch step.kind {
    case .inherited:
      unsafe values[field] = parent?[Int(step.source)] ?? absentValue
    case .digits:
      var sum = unsafe values[field]
      guard sum != absentValue else { return }
      for term in Int(step.source)..<Int(step.end) {
        sum &+= unsafe digits(terms.address(of: term), values)
      }
      unsafe values[field] = sum
    case .difference:
      let from = unsafe values[Int(step.source)]
      unsafe values[field] = from == absentValue ? absentValue : from &- values[field]
    case .mapped:
      let table = unsafe tables.address(of: Int(step.table))
      let code = unsafe values[Int(step.source)]
      unsafe values[field] =
        code >= 0 && code < Int64(table.pointee.rowCount)
        ? table.pointee.value(at: Int(code)) : absentValue
    case .stored: break
    }
  }

  /// The same as `DigitTerm.add` for one row.
  @inline(__always)
  private func digits(
    _ term: UnsafePointer<Term>, _ values: UnsafeMutablePointer<Int64>
  ) -> Int64 {
    let value = unsafe values[Int(term.pointee.source)]
    let kind = unsafe term.pointee.kind
    switch kind {
    case .table:
      guard value >= 0, unsafe value < term.pointee.numberCount else { return 0 }
      return unsafe term.pointee.numbers[Int(value)] &* term.pointee.multiplier
    case .centuryAndSex:
      let isSecond = unsafe values[Int(term.pointee.second)] == 1
      let sex: Int64 = isSecond ? 1 : 0
      let century = value == absentValue ? 0 : (year(ofDay: value) / 100 &- 19) &* 2
      let digit = (century &+ sex) % 10
      return unsafe digit &* term.pointee.multiplier
    case .year:
      guard value != absentValue else { return 0 }
      let digits = year(ofDay: value) % 100
      return unsafe digits &* term.pointee.multiplier
    case .leading:
      guard value != absentValue else { return 0 }
      return unsafe (value / term.pointee.divisor) &* term.pointee.multiplier
    }
  }

  // MARK: Texts

  /// Decodes the texts; all integers must have been.
  package func readTexts(
    _ places: ScratchView<Int32>, into buffer: RowBuffer, words: StandingView<WordListView>,
    parent: RowBuffer?
  ) throws(Corruption) {
    buffer.textEnd = 0
    for index in 0..<absentTexts.count { buffer.textCounts[Int(absentTexts[index])] = -1 }
    for index in 0..<textSteps.count {
      let text = textSteps[index]
      let field = Int(text.field)
      buffer.textStarts[field] = Int32(truncatingIfNeeded: buffer.textEnd)
      if text.exceptionSlot >= 0 {
        let exception = places[Int(text.exceptionSlot)]
        if exception >= 0 {
          try append(text, place: Int(exception), into: buffer, words: words)
          continue
        }
      }
      switch text.kind {
      case .tokens, .stored:
        try append(text, place: Int(places[0]), into: buffer, words: words)
      case .inherited: inherit(text, into: buffer, parent: parent)
      case .composed: compose(text, row: Int(places[0]), into: buffer, words: words)
      }
    }
  }

  @inline(__always)
  private func inherit(_ text: Text, into buffer: RowBuffer, parent: RowBuffer?) {
    guard text.source >= 0, let found = parent?.text(of: Int(text.source)) else {
      buffer.textCounts[Int(text.field)] = -1
      return
    }
    buffer.reserve(found.count)
    end(text, buffer, count: buffer.textRoom.write(found, at: 0))
  }

  @inline(__always)
  private func end(_ text: Text, _ buffer: RowBuffer, count: Int) {
    buffer.textCounts[Int(text.field)] = Int32(truncatingIfNeeded: count)
    buffer.textEnd &+= max(0, count)
  }

  private func append(
    _ text: Text, place: Int, into buffer: RowBuffer, words: StandingView<WordListView>
  ) throws(Corruption) {
    let column = unsafe texts + Int(text.field)
    let isTokens = unsafe column.pointee.isTokens
    if isTokens {
      let codes = unsafe column.pointee.tokenCodes(at: place)
      if codes.0 == TokenInput.absent {
        buffer.textCounts[Int(text.field)] = -1
        return
      }
      if codes.0 != TokenInput.escape {
        return try join(codes, text, into: buffer, words: words)
      }
    }
    while true {
      let room = buffer.textRoom
      let count =
        isTokens
        ? unsafe try column.pointee.escapedText(at: place, to: room, at: 0)
        : unsafe try column.pointee.appendText(at: place, to: room, at: 0)
      if count <= room.count { return end(text, buffer, count: count) }
      buffer.reserve(count)
    }
  }

  @inline(__always)
  private func join(
    _ codes: (UInt32, UInt32, UInt32), _ text: Text, into buffer: RowBuffer,
    words: StandingView<WordListView>
  ) throws(Corruption) {
    let first = Int(text.dictionary)
    guard first >= 0 else { throw Corruption(.column, at: 0) }
    let isSingle = text.split == .whole
    guard let one = words[first][codes.0],
      let two = isSingle ? one : words[first + 1][codes.1],
      let three = isSingle ? one : words[first + 2][codes.2]
    else { throw Corruption(.dictionary, at: 0) }
    buffer.reserve(one.count &+ two.count &+ three.count &+ 2)
    end(text, buffer, count: text.split.join(Words(one, two, three), into: buffer.textRoom))
  }

  private func compose(
    _ text: Text, row: Int, into buffer: RowBuffer, words: StandingView<WordListView>
  ) {
    var chosen = Int64(text.alternative)
    if chosen < 0 {
      chosen = unsafe tables.address(of: Int(-1 - chosen)).pointee.value(at: row)
    }
    guard chosen >= 0, chosen < Int64(text.alternativeCount) else {
      buffer.textCounts[Int(text.field)] = -1
      return
    }
    let alternative = Int(text.source) + Int(chosen)
    let start = buffer.textEnd
    for index in Int(alternatives[alternative])..<Int(alternatives[alternative + 1]) {
      let piece = pieces[index]
      let value = buffer.values[Int(piece.field)]
      if piece.dictionary < 0 {
        let count = Int(piece.digitCount)
        buffer.reserve(count)
        writeDigits(value, count: count, to: buffer.textRoom)
        buffer.textEnd &+= count
      } else if value >= 0,
        let word = words[Int(piece.dictionary)][UInt32(truncatingIfNeeded: value)]
      {
        buffer.reserve(word.count)
        buffer.textEnd &+= buffer.textRoom.write(word, at: 0)
      }
    }
    buffer.textCounts[Int(text.field)] = Int32(truncatingIfNeeded: buffer.textEnd &- start)
  }
}

/// Writes the last `count` digits of a number.
@inline(__always)
private func writeDigits(_ value: Int64, count: Int, to room: ScratchView<UInt8>) {
  var rest = UInt64(bitPattern: value)
  var index = count
  // Two halves, so that most divisions are of 32 bits.
  if rest > UInt64(UInt32.max) || value < 0 {
    while index > 0, rest > UInt64(UInt32.max) {
      index &-= 1
      room[index] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
  }
  var small = UInt32(truncatingIfNeeded: rest)
  while index > 0 {
    index &-= 1
    room[index] = 0x30 &+ UInt8(truncatingIfNeeded: small % 10)
    small /= 10
  }
}

/// What a table says for a code; absent where it says nothing.
@inline(__always)
func mapped(_ code: Int64, by table: IntegerColumn) -> Int64 {
  guard code >= 0, code < Int64(table.rowCount) else { return absentValue }
  return table.value(at: Int(code))
}

extension SegmentView {
  /// Whether a row's field follows from others: its column, which must be open, is derived and the
  /// row is no exception.
  package func followsFromOthers(_ field: Int, row: Int) -> Bool {
    guard let column = unsafe derived[field] else { return false }
    return column.exceptionIndex(of: row) < 0
  }
}
