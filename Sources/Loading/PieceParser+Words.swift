// Texts as words of dictionaries: texts whose words are known by a loop, others one by one.

import Bytes
import CKernels
import Columns
import Rows
import Segments

extension PieceParser {
  // MARK: New codes of open lists

  /// Gives the texts in `rest` that are known as new codes theirs; returns how many are left.
  func parseKnownCodes(
    _ texts: FieldTexts, _ field: Int, into values: ScratchView<Int64>, _ rest: ScratchView<UInt16>,
    count: Int
  ) -> Int {
    guard let known = known[feeds.plan.dictionary[field]]?.value.view else { return count }
    var restCount = 0
    for index in 0..<count {
      let record = rest[index]
      let place = texts.places[Int(record)]
      let code =
        place.hasPairs
        ? UInt32.max : unsafe known.code(of: texts.bytes.base + place.start, count: place.count)
      // No text is no code.
      if code != .max, place.count > 0 {
        values[Int(record)] = -2 - Int64(code)
      } else {
        rest[restCount] = record
        restCount += 1
      }
    }
    return restCount
  }

  // MARK: Words

  /// Gives texts of known words their codes; returns how many of `rest` it leaves.
  func parseKnownWords(
    _ texts: FieldTexts, _ split: WordSplit, _ field: Int, _ row: Int, _ rest: ScratchView<UInt16>,
    _ parsed: ParsedPiece
  ) -> Int {
    guard let codes = parsed.codes[field], let loop = wordLoop(split, field, row, parsed, codes)
    else {
      for record in 0..<texts.count { rest[record] = UInt16(record) }
      return texts.count
    }
    let isRequired = feeds.plan.table.fields[field].isRequired
    return switch split {
    case .name: loop.parseNames(texts, isRequired: isRequired, rest: rest)
    case .address:
      loop.parseAddresses(
        texts, isRequired: isRequired, rest: rest, scratch: splitScratch.view)
    case .whole: loop.parseWholes(texts, isRequired: isRequired, rest: rest)
    }
  }

  private func wordLoop(
    _ split: WordSplit, _ field: Int, _ row: Int, _ parsed: ParsedPiece,
    _ codes: ScratchView<UInt32>
  ) -> WordLoop? {
    let first = feeds.plan.dictionary[field]
    let last = split.partCount - 1
    let places = (first, first + min(1, last), first + last)
    guard let one = known[places.0], let two = known[places.1], let three = known[places.2],
      let oneWords = parsed.words[places.0], let twoWords = parsed.words[places.1],
      let threeWords = parsed.words[places.2]
    else { return nil }
    return WordLoop(
      known: (one.value.view, two.value.view, three.value.view), sets: (one, two, three),
      words: (oneWords, twoWords, threeWords), codes: codes.from(row), stride: parsed.capacity,
      byteCountMax: wordTextByteCountMax)
  }

  /// Parses one text; its words are known from then on if it needs no change.
  func parseWords(
    _ text: LentBytes, _ split: WordSplit, _ field: Int, _ row: Int, _ parsed: ParsedPiece
  ) -> FieldProblem? {
    guard let codes = parsed.codes[field] else { return nil }
    guard text.count > 0 else {
      codes[row] = TokenInput.absent
      return feeds.plan.table.fields[field].isRequired ? .requiredIsAbsent : nil
    }
    if setKnownWords(text, split, field, row, codes, parsed) { return nil }
    let (problem, normal, mayBeKnown) = inspect(text)
    if let problem { return problem }
    if let normal {
      normal.lend { setWords($0, split, field, row, codes, parsed, areKnown: false) }
    } else {
      setWords(text, split, field, row, codes, parsed, areKnown: mayBeKnown)
    }
    return nil
  }

  /// Gives a text its codes if all of its words are known; some may have none in this piece yet.
  ///
  /// Then the text needs no inspection: it is what an earlier text was found to be.
  private func setKnownWords(
    _ text: LentBytes, _ split: WordSplit, _ field: Int, _ row: Int,
    _ codes: ScratchView<UInt32>, _ parsed: ParsedPiece
  ) -> Bool {
    guard text.count <= wordTextByteCountMax,
      let words = split.split(text, scratch: splitScratch.view)
    else { return false }
    let first = feeds.plan.dictionary[field]
    guard let one = number(of: words.first, first, in: text) else { return false }
    guard split.partCount > 1 else {
      codes[row] = code(words.first, one, first, parsed)
      return true
    }
    guard let two = number(of: words.second, first + 1, in: text),
      let three = number(of: words.third, first + 2, in: text)
    else { return false }
    codes[row] = code(words.first, one, first, parsed)
    codes[parsed.capacity + row] = code(words.second, two, first + 1, parsed)
    codes[2 * parsed.capacity + row] = code(words.third, three, first + 2, parsed)
    return true
  }

  private func number(of word: LentBytes, _ dictionary: Int, in text: LentBytes) -> Int? {
    // No bytes may lie at an address that cannot be read.
    let start = unsafe word.count == 0 ? text.base : word.base
    let number = unsafe known[dictionary]?.value.view.find(start, count: word.count).number ?? -1
    return number < 0 ? nil : number
  }

  /// The code of a known word by its number, given now if it has none in this piece.
  private func code(
    _ word: LentBytes, _ number: Int, _ dictionary: Int, _ parsed: ParsedPiece
  ) -> UInt32 {
    guard let known = known[dictionary], let words = parsed.words[dictionary] else {
      return TokenInput.escape
    }
    if let code = known.value.code(ofNumber: number) { return code }
    let code = words.value.code(of: word, hash: known.value.hash(of: number))
    known.value.set(number, code: code)
    return code
  }

  func setWords(
    _ text: LentBytes, _ split: WordSplit, _ field: Int, _ row: Int,
    _ codes: ScratchView<UInt32>, _ parsed: ParsedPiece, areKnown: Bool
  ) {
    let first = feeds.plan.dictionary[field]
    guard text.count <= wordTextByteCountMax,
      let words = split.split(text, scratch: splitScratch.view)
    else {
      codes[row] = TokenInput.escape
      parsed.texts[field]?.set(text, row: row)
      return
    }
    codes[row] = code(words.first, first, parsed, isKnown: areKnown)
    guard split.partCount > 1 else { return }
    codes[parsed.capacity + row] = code(words.second, first + 1, parsed, isKnown: areKnown)
    codes[2 * parsed.capacity + row] = code(words.third, first + 2, parsed, isKnown: areKnown)
  }

  private func code(
    _ word: LentBytes, _ dictionary: Int, _ parsed: ParsedPiece, isKnown: Bool
  ) -> UInt32 {
    guard let words = parsed.words[dictionary] else { return TokenInput.escape }
    let hash = mix(word)
    let code = words.value.code(of: word, hash: hash)
    if isKnown { known[dictionary]?.value.set(word, hash: hash, code: code) }
    return code
  }
}

/// A word where it stands.
@safe private struct Word {
  let start: UnsafeRawPointer
  let count: Int
}

/// Loops over texts whose words are known.
///
/// They leave to a closer look every text of which a word is not known, and from then on also those
/// of which a word has no code in this piece, so that words get their codes in the order of the
/// rows.
@safe struct WordLoop {
  let known: (KnownWordsView, KnownWordsView, KnownWordsView)
  let sets: (Held<KnownWords>, Held<KnownWords>, Held<KnownWords>)
  let words: (Held<WordTable>, Held<WordTable>, Held<WordTable>)
  let codes: ScratchView<UInt32>
  let stride: Int
  let byteCountMax: Int

  /// Notes that a text is left unless it is absent and may be.
  @inline(__always)
  private func leave(
    _ record: Int, _ byteCount: Int, _ isRequired: Bool, _ rest: ScratchView<UInt16>,
    _ restCount: inout Int
  ) {
    if byteCount == 0, !isRequired {
      codes[record] = TokenInput.absent
      return
    }
    rest[restCount] = UInt16(truncatingIfNeeded: record)
    restCount &+= 1
  }

  /// The number of a word that is known, or -1.
  @inline(__always)
  private func number(_ word: Word, _ known: KnownWordsView) -> Int {
    unsafe known.find(word.start, count: word.count).number
  }

  /// The code of a known word in this piece, given now if it has none yet.
  private func give(
    _ word: Word, _ number: Int, _ set: Held<KnownWords>, _ words: Held<WordTable>
  ) -> UInt32 {
    if let code = set.value.code(ofNumber: number) { return code }
    let code = unsafe words.value.code(
      of: LentBytes(word.start, count: word.count), hash: set.value.hash(of: number))
    set.value.set(number, code: code)
    return code
  }

  /// Gives words that have no code in this piece theirs; nil if one is not known.
  @inline(never)
  private func give(_ one: Word, _ two: Word, _ three: Word) -> (UInt32, UInt32, UInt32)? {
    let (first, second, third) = (
      number(one, known.0), number(two, known.1), number(three, known.2)
    )
    guard first >= 0, second >= 0, third >= 0 else { return nil }
    return (
      give(one, first, sets.0, words.0), give(two, second, sets.1, words.1),
      give(three, third, sets.2, words.2)
    )
  }

  /// The codes of three words, those that are known and have none being given theirs if no text
  /// before was left; nil if there are none.
  @inline(__always)
  private func codes(
    _ one: Word, _ two: Word, _ three: Word, restCount: Int
  ) -> (UInt32, UInt32, UInt32)? {
    let first = unsafe known.0.code(of: one.start, count: one.count)
    let second = unsafe known.1.code(of: two.start, count: two.count)
    let third = unsafe known.2.code(of: three.start, count: three.count)
    if max(first, second, third) != .max { return (first, second, third) }
    return restCount == 0 ? give(one, two, three) : nil
  }

  func parseNames(_ texts: FieldTexts, isRequired: Bool, rest: ScratchView<UInt16>) -> Int {
    var restCount = 0
    let most = min(64, byteCountMax)
    for record in 0..<texts.count {
      let place = texts.places[record]
      let count = place.plainCount
      guard count > 0, count <= most else {
        leave(record, count, isRequired, rest, &restCount)
        continue
      }
      let start = unsafe texts.bytes.base + place.start
      let spaces =
        unsafe hearth_mask64(start, 0x20) & (UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- count))
      var (surname, middle, given) = (0, 0, 0)
      var (middleCount, givenCount) = (0, count)
      if spaces != 0 {
        surname = spaces.trailingZeroBitCount
        let last = 63 &- spaces.leadingZeroBitCount
        given = last &+ 1
        givenCount = count &- given
        if last != surname {
          middle = surname &+ 1
          middleCount = last &- middle
        }
        // Spaces at an end or side by side: the text is no name.
        let isDoubled = (spaces &>> 1) & spaces
        let atEdge =
          (isDoubled &>> UInt64(truncatingIfNeeded: surname)) & 1
          | (isDoubled &>> UInt64(truncatingIfNeeded: max(last &- 1, 0))) & 1
        if surname == 0 || givenCount == 0 || atEdge != 0 {
          leave(record, count, isRequired, rest, &restCount)
          continue
        }
      }
      let found = unsafe codes(
        Word(start: start, count: surname), Word(start: start + middle, count: middleCount),
        Word(start: start + given, count: givenCount), restCount: restCount)
      guard let (one, two, three) = found else {
        leave(record, count, isRequired, rest, &restCount)
        continue
      }
      codes[record] = one
      codes[stride &+ record] = two
      codes[2 &* stride &+ record] = three
    }
    return restCount
  }

  func parseWholes(_ texts: FieldTexts, isRequired: Bool, rest: ScratchView<UInt16>) -> Int {
    var restCount = 0
    for record in 0..<texts.count {
      let place = texts.places[record]
      let count = place.plainCount
      let code =
        count > 0 && count <= byteCountMax
        ? unsafe known.0.code(of: texts.bytes.base + place.start, count: count) : UInt32.max
      if code == .max {
        leave(record, count, isRequired, rest, &restCount)
      } else {
        codes[record] = code
      }
    }
    return restCount
  }

  func parseAddresses(
    _ texts: FieldTexts, isRequired: Bool, rest: ScratchView<UInt16>, scratch: ScratchView<UInt8>
  ) -> Int {
    var restCount = 0
    let most = min(64, byteCountMax)
    // The text before, if the loop gave it codes.
    var (lastStart, lastCount) = (0, -1)
    for record in 0..<texts.count {
      let place = texts.places[record]
      let count = place.plainCount
      guard count > 0, count <= most else {
        lastCount = -1
        leave(record, count, isRequired, rest, &restCount)
        continue
      }
      let start = unsafe texts.bytes.base + place.start
      // Members of a household follow one another with the same address.
      if count == lastCount, unsafe isEqual(start, texts.bytes.base + lastStart, count) {
        codes[record] = codes[record &- 1]
        codes[stride &+ record] = codes[stride &+ record &- 1]
        codes[2 &* stride &+ record] = codes[2 &* stride &+ record &- 1]
        continue
      }
      let split = unsafe splitAddress(start, count, scratch.base)
      let found = split.flatMap { codes($0.0, $0.1, $0.2, restCount: restCount) }
      guard let (one, two, three) = found else {
        lastCount = -1
        leave(record, count, isRequired, rest, &restCount)
        continue
      }
      (lastStart, lastCount) = (place.start, count)
      codes[record] = one
      codes[stride &+ record] = two
      codes[2 &* stride &+ record] = three
    }
    return restCount
  }

  /// The words of an address of up to 64 bytes; nil where a closer look is needed.
  @inline(__always)
  private func splitAddress(
    _ start: UnsafeRawPointer, _ count: Int, _ scratch: UnsafeMutablePointer<UInt8>
  ) -> (Word, Word, Word)? {
    let valid = UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- count)
    guard unsafe hearth_mask64(start, WordSplit.placeholder) & valid == 0 else { return nil }
    var digits = unsafe hearth_digits64(start) & valid
    var (first, firstCount, second, secondCount) = (0, 0, 0, 0)
    var (copied, restCount) = (0, 0)
    while digits != 0, secondCount == 0 {
      let begin = digits.trailingZeroBitCount
      let run = (~(digits &>> UInt64(truncatingIfNeeded: begin))).trailingZeroBitCount
      digits &= begin &+ run >= 64 ? 0 : UInt64.max &<< UInt64(truncatingIfNeeded: begin &+ run)
      guard run <= WordSplit.numberDigitCountMax else { continue }
      if firstCount == 0 {
        (first, firstCount) = (begin, run)
      } else {
        (second, secondCount) = (begin, run)
      }
      unsafe copy(start + copied, begin &- copied, to: scratch + restCount)
      restCount &+= begin &- copied
      unsafe scratch[restCount] = WordSplit.placeholder
      restCount &+= 1
      copied = begin &+ run
    }
    unsafe copy(start + copied, count &- copied, to: scratch + restCount)
    restCount &+= count &- copied
    return unsafe (
      Word(start: start + first, count: firstCount),
      Word(start: start + second, count: secondCount),
      Word(start: UnsafeRawPointer(scratch), count: restCount)
    )
  }

  /// Copies up to 64 bytes, and up to 15 more behind them.
  @inline(__always)
  private func copy(
    _ source: UnsafeRawPointer, _ count: Int, to target: UnsafeMutablePointer<UInt8>
  ) {
    var at = 0
    while at < count {
      let part = unsafe (source + at).loadUnaligned(as: SIMD2<UInt64>.self)
      unsafe UnsafeMutableRawPointer(target + at).storeBytes(of: part, as: SIMD2<UInt64>.self)
      at &+= 16
    }
  }

  /// Whether up to 64 bytes are the same; up to 7 bytes behind them are read.
  @inline(__always)
  private func isEqual(
    _ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ count: Int
  ) -> Bool {
    var at = 0
    while at &+ 8 <= count {
      guard
        unsafe (left + at).loadUnaligned(as: UInt64.self)
          == (right + at).loadUnaligned(as: UInt64.self)
      else { return false }
      at &+= 8
    }
    guard at < count else { return true }
    let difference = unsafe UInt64(
      littleEndian: (left + at).loadUnaligned(as: UInt64.self)
        ^ (right + at).loadUnaligned(as: UInt64.self))
    return difference &<< UInt64(truncatingIfNeeded: 8 &* (8 &- (count &- at))) == 0
  }
}
