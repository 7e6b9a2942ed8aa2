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
    guard let one = known[first]?.value.view, let two = known[first + min(1, last)]?.value.view,
      let three = known[first + last]?.value.view
    else { return nil }
    return WordLoop(
      known: (one, two, three), codes: codes.from(row), stride: parsed.capacity,
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

/// Loops over texts whose words are known.
///
/// They leave to a closer look every text of which a word has no code in this piece, so that words
/// get their codes in the order of the rows.
@safe struct WordLoop {
  let known: (KnownWordsView, KnownWordsView, KnownWordsView)
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
      let one = unsafe known.0.code(of: start, count: surname)
      let two = unsafe known.1.code(of: start + middle, count: middleCount)
      let three = unsafe known.2.code(of: start + given, count: givenCount)
      if max(one, two, three) == .max {
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
      let (one, two, three) = unsafe parseAddress(start, count, scratch.base)
      if max(one, two, three) == .max {
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

  /// The codes of an address of up to 64 bytes, one of them `UInt32.max` if a word has none.
  @inline(__always)
  private func parseAddress(
    _ start: UnsafeRawPointer, _ count: Int, _ scratch: UnsafeMutablePointer<UInt8>
  ) -> (UInt32, UInt32, UInt32) {
    let valid = UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- count)
    guard unsafe hearth_mask64(start, WordSplit.placeholder) & valid == 0 else {
      return (.max, .max, .max)
    }
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
      known.0.code(of: start + first, count: firstCount),
      known.1.code(of: start + second, count: secondCount),
      known.2.code(of: scratch, count: restCount)
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
