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
  /// Asks for the lines that reading any row of the segment needs.
  @inline(__always)
  package func askProgram() { gather.prefetchDescription(byteCount: describedByteCount) }

  /// Asks for the lines that the row's place tells.
  @inline(__always)
  package func ask(row: Int) {
    precondition(row >= 0 && row < rowCount)
    for index in 0..<(unsafe shape.pointee.wordSteps.count) {
      unsafe readers[index].ask(row: row)
    }
    gather.prefetch(row: row)
    let plain = unsafe shape.pointee.plainTexts
    for index in 0..<plain.count { unsafe texts[Int(plain[index])].prefetch(row: row) }
  }

  /// Asks for the lines that those say which `ask` asked for.
  @inline(__always)
  package func askFurther(row: Int) {
    gather.prefetchLists(row: row)
    for index in 0..<(unsafe shape.pointee.wordSteps.count) {
      unsafe readers[index].askGroup(row: row)
    }
  }

  /// The addresses of a row's own bytes, once it was located.
  package func addresses(_ places: RowPlaces) -> [UInt] {
    var found = unsafe gather.addresses(places.rows)
    let row = unsafe Int(places.rows[0])
    let steps = unsafe shape.pointee.textSteps
    for index in 0..<steps.count {
      let kind = steps[index].kind
      guard kind == .tokens || kind == .stored else { continue }
      let column = unsafe texts[Int(steps[index].field)]
      if let address = column.address(ofRow: row) { found.append(address) }
    }
    return found
  }

  /// Finds where the row's integers lie, and asks for the lines there.
  @inline(__always)
  package func locate(row: Int, into places: RowPlaces) {
    precondition(row >= 0 && row < rowCount)
    unsafe gather.findPlaces(row: row, into: places.rows)
    unsafe gather.prefetchPlaces(places.rows)
  }

  /// Finds where the words of the row lie, and asks for the lines there; a step after `locate`.
  @inline(__always)
  package func locateWords(row: Int, into places: RowPlaces) {
    for index in 0..<(unsafe shape.pointee.wordSteps.count) {
      unsafe readers[index].find(row: row, into: places.words + index)
    }
    let plain = unsafe shape.pointee.plainTexts
    for index in 0..<plain.count {
      let field = Int(plain[index])
      unsafe texts[field].prefetchTokens(row: row)
      unsafe texts[field].prefetchText(row: row)
    }
  }

  /// The parent's row, or `absentValue`.
  @inline(__always)
  package func parentRow(_ places: RowPlaces) -> Int64 {
    let slot = unsafe shape.pointee.linkExceptionSlot
    let exceptions = unsafe shape.pointee.linkExceptions
    if slot >= 0, exceptions >= 0, unsafe places.rows[slot] >= 0 {
      return unsafe tables[exceptions].value(at: Int(places.rows[slot]))
    }
    return unsafe gather.link(
      places.rows, column: shape.pointee.linkColumn, slot: shape.pointee.linkSlot)
  }

  /// Whether a row of the parent's table is needed, and not only its number.
  package var needsParent: Bool { unsafe shape.pointee.needsParent }

  /// Whether a field has its value only after `finishIntegers`.
  package func dependsOnParent(_ field: Int) -> Bool { unsafe shape.pointee.dependent[field] }

  /// Decodes the integers that need no parent.
  @inline(__always)
  package func readIntegers(_ places: RowPlaces, into buffer: RowBuffer) {
    let values = unsafe buffer.values.base
    unsafe gather.gather(places.rows, into: values, restRoom: buffer.restRoom.base)
    let steps = unsafe shape.pointee.ownSteps
    for index in 0..<steps.count {
      unsafe apply(steps.address(of: index), places, values, parent: nil)
    }
  }

  /// Turns the words that were located into codes, and asks for the words.
  @inline(__always)
  package func askWords(_ places: RowPlaces, words: StandingView<WordListView>) {
    let steps = unsafe shape.pointee.wordSteps
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

  /// Decodes the integers that follow from the parent, whose values these are; nil when the row has
  /// none.
  @inline(__always)
  package func finishIntegers(
    _ places: RowPlaces, into buffer: RowBuffer, parent: UnsafeMutablePointer<Int64>?
  ) {
    let values = unsafe buffer.values.base
    let steps = unsafe shape.pointee.laterSteps
    for index in 0..<steps.count {
      unsafe apply(steps.address(of: index), places, values, parent: parent)
    }
  }

  @inline(__always)
  private func apply(
    _ step: UnsafePointer<Step>, _ places: RowPlaces, _ values: UnsafeMutablePointer<Int64>,
    parent: UnsafeMutablePointer<Int64>?
  ) {
    let field = unsafe Int(step.pointee.field)
    if unsafe step.pointee.exceptionSlot >= 0 {
      let exception = unsafe places.rows[Int(step.pointee.exceptionSlot)]
      if exception >= 0 {
        unsafe values[field] =
          step.pointee.exceptions < 0
          ? absentValue : tables[Int(step.pointee.exceptions)].value(at: Int(exception))
        return
      }
    }
    switch unsafe step.pointee.kind {
    case .inherited:
      unsafe values[field] = parent?[Int(step.pointee.source)] ?? absentValue
    case .digits:
      var sum = unsafe values[field]
      guard sum != absentValue else { return }
      let terms = unsafe shape.pointee.terms
      for term in unsafe Int(step.pointee.source)..<Int(step.pointee.end) {
        sum &+= unsafe digits(terms.address(of: term), values)
      }
      unsafe values[field] = sum
    case .difference:
      let from = unsafe values[Int(step.pointee.source)]
      unsafe values[field] = from == absentValue ? absentValue : from &- values[field]
    case .mapped:
      let code = unsafe values[Int(step.pointee.source)]
      let (first, count) = unsafe (Int(step.pointee.table), Int64(step.pointee.end))
      unsafe values[field] =
        code >= 0 && code < count
        ? shape.pointee.mapped[first &+ Int(truncatingIfNeeded: code)] : absentValue
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
    let absent = unsafe shape.pointee.absentTexts
    for index in 0..<absent.count { buffer.textCounts[Int(absent[index])] = -1 }
    let row = unsafe Int(places.rows[0])
    let steps = unsafe shape.pointee.textSteps
    for index in 0..<steps.count {
      let text = unsafe steps.address(of: index)
      let (kind, reader, slot) = unsafe (
        text.pointee.kind, Int(text.pointee.reader), Int(text.pointee.exceptionSlot)
      )
      buffer.textStarts[unsafe Int(text.pointee.field)] = Int32(
        truncatingIfNeeded: buffer.textEnd)
      if slot >= 0 {
        let exception = unsafe places.rows[slot]
        if exception >= 0 {
          unsafe try append(text.pointee, place: Int(exception), into: buffer, words: words)
          continue
        }
      }
      switch kind {
      case .tokens where reader >= 0:
        let codes = unsafe places.words[reader].codes
        unsafe try append(codes, text.pointee, place: row, into: buffer, words: words)
      case .tokens, .stored:
        unsafe try append(text.pointee, place: row, into: buffer, words: words)
      case .inherited: unsafe inherit(text.pointee, into: buffer, parent: parent)
      case .composed: unsafe compose(text.pointee, row: row, into: buffer, words: words)
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
    if text.split == .whole {
      guard let whole = words[first][codes.0] else { throw Corruption(.dictionary, at: 0) }
      buffer.reserve(whole.count)
      return end(text, buffer, count: buffer.textRoom.write(whole, at: 0))
    }
    guard let one = words[first].entry(codes.0), let two = words[first + 1].entry(codes.1),
      let three = words[first + 2].entry(codes.2)
    else { throw Corruption(.dictionary, at: 0) }
    // A word is written 16 bytes at a time.
    buffer.reserve(one.count &+ two.count &+ three.count &+ 2 &+ 16)
    if text.split == .name {
      end(text, buffer, count: unsafe joinName(one, two, three, at: buffer.textRoom.base))
    } else {
      let rest = words[first + 2].bytes(of: three, code: codes.2)
      end(text, buffer, count: unsafe joinAddress(one, two, rest, at: buffer.textRoom.base))
    }
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
    let (alternatives, pieces) = unsafe (shape.pointee.alternatives, shape.pointee.pieces)
    let alternative = Int(text.source) + Int(chosen)
    let start = buffer.textEnd
    for index in Int(alternatives[alternative])..<Int(alternatives[alternative + 1]) {
      let piece = unsafe pieces.address(of: index).pointee
      let value = buffer.values[Int(piece.field)]
      if piece.dictionary < 0 {
        let count = Int(piece.digitCount)
        buffer.reserve(count &+ 8)
        putDigits(value, count: count, into: buffer.textRoom)
        buffer.textEnd &+= count
      } else if value >= 0,
        let word = words[Int(piece.dictionary)].entry(UInt32(truncatingIfNeeded: value))
      {
        buffer.reserve(word.count &+ 16)
        buffer.textEnd &+= unsafe word.write(to: buffer.textRoom.base)
      }
    }
    buffer.textCounts[Int(text.field)] = Int32(truncatingIfNeeded: buffer.textEnd &- start)
  }
}

/// What `WordSplit.name` joins, of words that are mostly short; 16 bytes more may be written.
@inline(__always)
private func joinName(
  _ one: WordEntry, _ two: WordEntry, _ three: WordEntry, at start: UnsafeMutablePointer<UInt8>
) -> Int {
  let space = UInt8(ascii: " ")
  var count = unsafe one.write(to: start)
  unsafe start[count] = space
  count &+= count > 0 ? 1 : 0
  let middle = unsafe two.write(to: start + count)
  unsafe start[count &+ middle] = space
  count &+= middle > 0 ? middle &+ 1 : 0
  return unsafe count &+ three.write(to: start + count)
}

/// What `WordSplit.address` joins, eight bytes at a time; 16 bytes more may be written.
@inline(__always)
private func joinAddress(
  _ one: WordEntry, _ two: WordEntry, _ rest: LentBytes, at start: UnsafeMutablePointer<UInt8>
) -> Int {
  let target = UnsafeMutableRawPointer(start)
  var (count, from, numberCount) = (0, 0, 0)
  while from < rest.count {
    // Behind a dictionary's last word are eight bytes more.
    let eight = unsafe UInt64(
      littleEndian: rest.base.loadUnaligned(fromByteOffset: from, as: UInt64.self))
    let left = min(8, rest.count &- from)
    let found = numberCount < 2 ? placeholderPlace(in: eight) : 8
    unsafe target.storeBytes(of: eight.littleEndian, toByteOffset: count, as: UInt64.self)
    let copied = min(found, left)
    count &+= copied
    from &+= copied
    guard found < left else { continue }
    count &+= unsafe (numberCount == 0 ? one : two).write(to: start + count)
    numberCount &+= 1
    from &+= 1
  }
  return count
}

/// The place of the first placeholder among eight bytes, the lowest first, or 8.
@inline(__always)
private func placeholderPlace(in eight: UInt64) -> Int {
  let ones: UInt64 = 0x0101_0101_0101_0101
  let unlike = eight ^ (ones &* UInt64(WordSplit.placeholder))
  // The lowest zero byte is found exactly; those above may be found for a borrow.
  return ((unlike &- ones) & ~unlike & (ones &<< 7)).trailingZeroBitCount >> 3
}

extension SegmentView {
  /// Whether a row's field follows from others: its column, which must be open, is derived and the
  /// row is no exception.
  package func followsFromOthers(_ field: Int, row: Int) -> Bool {
    guard let column = unsafe derived[field] else { return false }
    return column.exceptionIndex(of: row) < 0
  }
}
