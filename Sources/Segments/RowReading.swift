// Decodes one row in steps: the caller lets other rows wait for memory between them.

package import Bytes
import Columns
import Rows

/// Where the values of one row lie, while it is read: of each slot the place, and of each text in
/// ranges its words.
@safe package struct RowPlaces {
  let rows: UnsafeMutablePointer<Int32>
  let words: UnsafeMutablePointer<TokenPlaces>
}

/// Room for the places of several rows of one table.
@safe package final class RowPlacesRoom {
  private let rows: Scratch<Int32>
  private let words: UnsafeMutablePointer<TokenPlaces>
  private let rowStride: Int
  private let wordStride: Int

  package init(_ plan: TablePlan, count: Int) {
    // One place for each column's runs and one for its exceptions, at most, and one for the row.
    rowStride = 2 * (plan.fieldCount + 1) + 1
    wordStride = max(1, plan.textFields.count)
    rows = Scratch(count: rowStride * count)
    unsafe words = .allocate(capacity: wordStride * count)
    unsafe words.initialize(repeating: TokenPlaces(), count: wordStride * count)
  }

  deinit { unsafe words.deallocate() }

  /// Valid while this object lives.
  package func view(_ position: Int) -> RowPlaces {
    unsafe RowPlaces(
      rows: rows.view.base + rowStride * position, words: words + wordStride * position)
  }
}

extension RowProgram {
  /// Asks for the lines that the row's place tells.
  @inline(__always)
  package func ask(row: Int) {
    precondition(row >= 0 && row < rowCount)
    gather.prefetch(row: row)
    let shape = shape
    for index in 0..<shape.wordSteps.count { unsafe readers[index].ask(row: row) }
    for index in 0..<shape.plainTexts.count {
      unsafe texts[Int(shape.plainTexts[index])].prefetch(row: row)
    }
  }

  /// The addresses of a row's own bytes, once it was located.
  package func addresses(_ places: RowPlaces) -> [UInt] {
    var found = unsafe gather.addresses(places.rows)
    let row = unsafe Int(places.rows[0])
    for index in 0..<shape.textSteps.count {
      let kind = shape.textSteps[index].kind
      guard kind == .tokens || kind == .stored else { continue }
      let column = unsafe texts[Int(shape.textSteps[index].field)]
      if let address = column.address(ofRow: row) { found.append(address) }
    }
    return found
  }

  /// Finds where the row's values lie, and asks for the lines there.
  @inline(__always)
  package func locate(row: Int, into places: RowPlaces) {
    precondition(row >= 0 && row < rowCount)
    unsafe gather.findPlaces(row: row, into: places.rows)
    unsafe gather.prefetchPlaces(places.rows)
    let shape = shape
    for index in 0..<shape.wordSteps.count {
      unsafe readers[index].find(row: row, into: places.words + index)
    }
    for index in 0..<shape.plainTexts.count {
      let field = Int(shape.plainTexts[index])
      unsafe texts[field].prefetchTokens(row: row)
      unsafe texts[field].prefetchText(row: row)
    }
  }

  /// The parent's row, or `absentValue`.
  @inline(__always)
  package func parentRow(_ places: RowPlaces) -> Int64 {
    let shape = shape
    if shape.linkExceptionSlot >= 0, unsafe places.rows[shape.linkExceptionSlot] >= 0,
      shape.linkExceptions >= 0
    {
      return unsafe tables[shape.linkExceptions].value(
        at: Int(places.rows[shape.linkExceptionSlot]))
    }
    return unsafe gather.value(ofColumn: shape.linkColumn, place: places.rows[shape.linkSlot])
  }

  /// Whether a field has its value only after `finishIntegers`.
  package func dependsOnParent(_ field: Int) -> Bool { shape.dependent[field] }

  /// Decodes the integers that need no parent.
  @inline(__always)
  package func readIntegers(_ places: RowPlaces, into buffer: RowBuffer) {
    unsafe gather.gather(
      places.rows, into: buffer.values.base, rest: buffer.restColumns.base)
    let steps = shape.ownSteps
    for index in 0..<steps.count {
      unsafe apply(steps.address(of: index), places, buffer.values.base, parent: nil)
    }
  }

  /// Turns the words that were located into codes, and asks for the words.
  @inline(__always)
  package func askWords(_ places: RowPlaces, words: StandingView<WordListView>) {
    let steps = shape.wordSteps
    for index in 0..<steps.count {
      unsafe readers[index].readCodes(of: places.words + index)
      let codes = unsafe places.words[index].codes
      let first = unsafe Int(steps.address(of: index).pointee.dictionary)
      guard first >= 0, codes.0 < TokenInput.escape else { continue }
      words[first].prefetch(codes.0)
      guard unsafe steps.address(of: index).pointee.split != .whole else { continue }
      words[first + 1].prefetch(codes.1)
      words[first + 2].prefetch(codes.2)
    }
  }

  /// Decodes the integers that follow from the parent; nil when the row has none.
  @inline(__always)
  package func finishIntegers(
    _ places: RowPlaces, into buffer: RowBuffer, parent: RowBuffer?
  ) {
    let steps = shape.laterSteps
    for index in 0..<steps.count {
      unsafe apply(
        steps.address(of: index), places, buffer.values.base, parent: parent?.values.base)
    }
  }

  @inline(__always)
  private func apply(
    _ address: UnsafePointer<Step>, _ places: RowPlaces, _ values: UnsafeMutablePointer<Int64>,
    parent: UnsafeMutablePointer<Int64>?
  ) {
    let step = unsafe address.pointee
    let field = Int(step.field)
    if step.exceptionSlot >= 0 {
      let exception = unsafe places.rows[Int(step.exceptionSlot)]
      if exception >= 0 {
        unsafe values[field] =
          step.exceptions < 0
          ? absentValue : tables[Int(step.exceptions)].value(at: Int(exception))
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
        sum &+= unsafe digits(shape.terms.address(of: term), values)
      }
      unsafe values[field] = sum
    case .difference:
      let from = unsafe values[Int(step.source)]
      unsafe values[field] = from == absentValue ? absentValue : from &- values[field]
    case .mapped:
      let code = unsafe values[Int(step.source)]
      unsafe values[field] = unsafe mapped(code, by: tables[Int(step.table)])
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

  /// Decodes the texts; all integers must have been, and `askWords` called.
  package func readTexts(
    _ places: RowPlaces, into buffer: RowBuffer, words: StandingView<WordListView>,
    parent: RowBuffer?
  ) throws(Corruption) {
    buffer.textEnd = 0
    let shape = shape
    for index in 0..<shape.absentTexts.count {
      buffer.textCounts[Int(shape.absentTexts[index])] = -1
    }
    let row = unsafe Int(places.rows[0])
    for index in 0..<shape.textSteps.count {
      let text = unsafe shape.textSteps.address(of: index).pointee
      let field = Int(text.field)
      buffer.textStarts[field] = Int32(truncatingIfNeeded: buffer.textEnd)
      if text.exceptionSlot >= 0 {
        let exception = unsafe places.rows[Int(text.exceptionSlot)]
        if exception >= 0 {
          try append(text, place: Int(exception), into: buffer, words: words)
          continue
        }
      }
      switch text.kind {
      case .tokens where text.reader >= 0:
        let codes = unsafe places.words[Int(text.reader)].codes
        try append(codes, text, place: row, into: buffer, words: words)
      case .tokens, .stored:
        try append(text, place: row, into: buffer, words: words)
      case .inherited: inherit(text, into: buffer, parent: parent)
      case .composed: compose(text, row: row, into: buffer, words: words)
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
    if unsafe column.pointee.isTokens {
      let codes = unsafe column.pointee.tokenCodes(at: place)
      return try append(codes, text, place: place, into: buffer, words: words)
    }
    while true {
      let room = buffer.textRoom
      let count = unsafe try column.pointee.appendText(at: place, to: room, at: 0)
      if count <= room.count { return end(text, buffer, count: count) }
      buffer.reserve(count)
    }
  }

  @inline(__always)
  private func append(
    _ codes: (UInt32, UInt32, UInt32), _ text: Text, place: Int, into buffer: RowBuffer,
    words: StandingView<WordListView>
  ) throws(Corruption) {
    if codes.0 < TokenInput.escape { return try join(codes, text, into: buffer, words: words) }
    if codes.0 == TokenInput.absent {
      buffer.textCounts[Int(text.field)] = -1
      return
    }
    let column = unsafe texts + Int(text.field)
    while true {
      let room = buffer.textRoom
      let count = unsafe try column.pointee.escapedText(at: place, to: room, at: 0)
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
    if text.split == .name {
      guard let one = words[first].entry(codes.0), let two = words[first + 1].entry(codes.1),
        let three = words[first + 2].entry(codes.2)
      else { throw Corruption(.dictionary, at: 0) }
      return joinName(one, two, three, text, into: buffer)
    }
    let isSingle = text.split == .whole
    guard let one = words[first][codes.0],
      let two = isSingle ? one : words[first + 1][codes.1],
      let three = isSingle ? one : words[first + 2][codes.2]
    else { throw Corruption(.dictionary, at: 0) }
    buffer.reserve(one.count &+ two.count &+ three.count &+ 2)
    end(text, buffer, count: text.split.join(Words(one, two, three), into: buffer.textRoom))
  }

  /// What `WordSplit.name` joins, of words that are mostly short.
  @inline(__always)
  private func joinName(
    _ one: WordEntry, _ two: WordEntry, _ three: WordEntry, _ text: Text, into buffer: RowBuffer
  ) {
    // A word is written 16 bytes at a time.
    buffer.reserve(one.count &+ two.count &+ three.count &+ 2 &+ 16)
    let start = unsafe buffer.textRoom.base
    let space = UInt8(ascii: " ")
    var count = unsafe one.write(to: start)
    unsafe start[count] = space
    count &+= count > 0 ? 1 : 0
    let middle = unsafe two.write(to: start + count)
    unsafe start[count &+ middle] = space
    count &+= middle > 0 ? middle &+ 1 : 0
    count &+= unsafe three.write(to: start + count)
    end(text, buffer, count: count)
  }

  private func compose(
    _ text: Text, row: Int, into buffer: RowBuffer, words: StandingView<WordListView>
  ) {
    var chosen = Int64(text.alternative)
    if chosen < 0 {
      chosen = unsafe tables[Int(-1 - chosen)].value(at: row)
    }
    guard chosen >= 0, chosen < Int64(text.alternativeCount) else {
      buffer.textCounts[Int(text.field)] = -1
      return
    }
    let (alternatives, pieces) = (shape.alternatives, shape.pieces)
    let alternative = Int(text.source) + Int(chosen)
    let start = buffer.textEnd
    for index in Int(alternatives[alternative])..<Int(alternatives[alternative + 1]) {
      let piece = unsafe pieces.address(of: index).pointee
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
