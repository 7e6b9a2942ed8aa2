// Writes a column of tokens in ranges; see RangedTokens.swift for its bytes.

import Bytes

/// One part of a column of ranges: its dictionary and where each of its codes goes.
@safe
struct RangedPart {
  let choice: TokenRangeChoice
  /// Codes, most frequent first; the first `choice.placeCount` are the dictionary.
  let codes: [UInt32]
  let entryWidth: Int
  /// Width and first place of each range, the raw one last.
  private(set) var ranges: [(width: Int, place: UInt32)] = []
  /// The largest code + 2 of the raw range, 0 if there is none.
  private(set) var rawLimit: UInt32 = 0
  /// Per number of a code: place in its range | width << 32 | range << 40; number 0 is for rows
  /// without a word.
  let symbols: Scratch<UInt64>
  /// Per row the number of its code.
  let numbers: Scratch<UInt32>
  /// Bits of places of all rows.
  private(set) var placeBitCount = 0

  /// `ranks`: per number the place of its code in `codes`.
  init(
    codes: [UInt32], counts: [UInt32], numbers: Scratch<UInt32>, ranks: Scratch<UInt32>,
    rowCount: Int
  ) {
    var entryMax: UInt32 = 0
    for code in codes { entryMax = max(entryMax, code &+ 2) }
    entryWidth = 32 - entryMax.leadingZeroBitCount
    choice = TokenRangeChooser(counts: counts, rowCount: rowCount, entryWidth: entryWidth).choose()
    self.codes = codes
    self.numbers = numbers
    symbols = Scratch(count: ranks.view.count)

    let byRank = Scratch<UInt64>(count: codes.count)
    var rank = 0
    var wordCount = 0
    for width in choice.widths {
      let end = min(choice.placeCount, rank + 1 << width)
      let head = UInt64(width) << 32 | UInt64(ranges.count) << 40
      ranges.append((width, UInt32(rank)))
      let first = rank
      while rank < end {
        byRank.view[rank] = head | UInt64(rank - first)
        placeBitCount += Int(counts[rank]) * width
        wordCount += Int(counts[rank])
        rank += 1
      }
    }
    if rank < codes.count {
      let head = UInt64(entryWidth) << 32 | UInt64(ranges.count) << 40
      ranges.append((entryWidth, TokenRanges.raw))
      while rank < codes.count {
        let entry = codes[rank] &+ 2
        rawLimit = max(rawLimit, entry)
        byRank.view[rank] = head | UInt64(entry)
        placeBitCount += Int(counts[rank]) * entryWidth
        wordCount += Int(counts[rank])
        rank += 1
      }
    }
    for number in stride(from: 1, to: symbols.view.count, by: 1) {
      symbols.view[number] = byRank.view[Int(ranks.view[number])]
    }
    // A row without a word takes the narrowest range, of equal ones the first.
    var narrowest = 0
    for range in ranges.indices where ranges[range].width < ranges[narrowest].width {
      narrowest = range
    }
    let width = ranges[narrowest].width
    symbols.view[0] = UInt64(width) << 32 | UInt64(narrowest) << 40
    placeBitCount += (rowCount - wordCount) * width
  }

  var dictionarySize: Int {
    TokenRanges.dictionarySize(choice.placeCount, width: entryWidth)
  }

  func appendDictionary(to writer: inout ByteWriter) {
    var (word, filled): (UInt64, Int) = (0, 0)
    for place in 0..<choice.placeCount {
      let entry = UInt64(codes[place] &+ 2)
      word |= entry << UInt64(filled)
      filled += entryWidth
      guard filled >= 64 else { continue }
      writer.append(word)
      filled -= 64
      word = filled == 0 ? 0 : entry >> UInt64(entryWidth - filled)
    }
    if filled > 0 { writer.append(word) }
  }
}

/// Bits of the range numbers of parts 0 and 1.
private func pairWidth(_ parts: [RangedPart]) -> Int {
  parts[0].choice.numberWidth + (parts.count > 1 ? parts[1].choice.numberWidth : 0)
}

/// The bytes that a column of these ranges takes before its escapes, to within the padding.
func rangedSize(_ parts: [RangedPart], rowCount: Int) -> Int {
  let groupCount = TokenRanges.groupCount(rowCount)
  let numberWidth = parts.reduce(0) { $0 + $1.choice.numberWidth }
  let bits =
    groupCount * TokenRanges.groupRowCount * numberWidth
    + parts.reduce(0) { $0 + $1.placeBitCount }
  return TextHeader.size + TokenRanges.basesOffset(pairWidth: pairWidth(parts)) + 4
    * TokenRanges.blockCount(rowCount)
    + 2 * groupCount + parts.reduce(0) { $0 + $1.dictionarySize } + (bits + 7) / 8
}

/// Writes the column up to its escapes.
func writeRangedTokens(_ parts: [RangedPart], rowCount: Int) -> ByteWriter {
  let stream = RangedStream(parts, rowCount: rowCount)
  var writer = ByteWriter(capacity: rangedSize(parts, rowCount: rowCount) + 1_024)
  writer.append(TextHeader.tokens)
  writer.append(UInt8(parts.reduce(0) { $0 + $1.choice.numberWidth }))
  writer.append(TokenRanges.flag)
  writer.append(UInt32(rowCount))
  writer.append(UInt64(0))
  writer.append(UInt8(parts.count))
  for part in 0..<TokenInput.partCountMax {
    writer.append(UInt8(part < parts.count ? parts[part].choice.numberWidth : 0))
  }
  for part in 0..<TokenInput.partCountMax {
    writer.append(UInt8(part < parts.count ? parts[part].entryWidth : 0))
  }
  writer.append(UInt8(stream.anchorShift))
  writer.pad(to: TextHeader.size)
  for part in parts.indices {
    writer.overwrite(UInt32(parts[part].choice.placeCount), at: 32 + 4 * part)
  }

  writer.overwrite(UInt32(writer.count), at: 44)
  appendRangeTable(parts, to: &writer)
  for base in stream.bases { writer.append(base) }
  for anchor in stream.anchors { writer.append(anchor) }
  writer.pad(to: 64)
  writer.overwrite(UInt32(writer.count), at: 28)
  for part in parts { part.appendDictionary(to: &writer) }
  writer.append(UInt64(0))
  writer.pad(to: 64)
  writer.overwrite(UInt32(writer.count), at: 24)
  writer.overwrite(UInt32(stream.byteCount), at: 48)
  withExtendedLifetime(stream.words) {
    unsafe writer.append(
      LentBytes(stream.words.view.base, count: stream.byteCount + TextHeader.slack))
  }
  return writer
}

private func appendRangeTable(_ parts: [RangedPart], to writer: inout ByteWriter) {
  var widths: [UInt8] = []
  var places: [UInt32] = []
  for part in 0..<TokenInput.partCountMax {
    for range in 0..<TokenRanges.rangeCountMax {
      let isThere = part < parts.count && range < parts[part].ranges.count
      widths.append(isThere ? UInt8(parts[part].ranges[range].width) : 0)
      places.append(isThere ? parts[part].ranges[range].place : 0)
    }
  }
  writer.append(widths)
  for part in 0..<TokenInput.partCountMax {
    writer.append(part < parts.count ? parts[part].rawLimit : 0)
  }
  writer.append(UInt32(0))
  for place in places { writer.append(place) }

  let numberWidth0 = parts[0].choice.numberWidth
  for pair in 0..<1 << pairWidth(parts) {
    let range0 = pair & (1 << numberWidth0 - 1)
    let range1 = TokenRanges.rangeCountMax + pair >> numberWidth0
    writer.append(widths[range0] + widths[range1])
  }
  writer.pad(to: 4)
}

/// The groups of all rows, and where they begin.
@safe
private struct RangedStream {
  let words: Scratch<UInt64>
  private(set) var byteCount = 0
  private(set) var anchorShift = 0
  private(set) var bases: [UInt32] = []
  private(set) var anchors: [UInt16] = []

  init(_ parts: [RangedPart], rowCount: Int) {
    let numberWidth = parts.reduce(0) { $0 + $1.choice.numberWidth }
    let groupCount = TokenRanges.groupCount(rowCount)
    let bitCount =
      groupCount * (TokenRanges.groupRowCount * numberWidth + 1)
      + parts.reduce(0) { $0 + $1.placeBitCount }
    words = Scratch(count: bitCount / 64 + 3)
    let none = Scratch<UInt32>(count: parts.count < TokenInput.partCountMax ? rowCount : 1)
    let noSymbol = Scratch<UInt64>(count: 1)
    func numbers(_ part: Int) -> ScratchView<UInt32> {
      part < parts.count ? parts[part].numbers.view : none.view
    }
    func symbols(_ part: Int) -> ScratchView<UInt64> {
      part < parts.count ? parts[part].symbols.view : noSymbol.view
    }
    let rows = RowSymbols(
      numbers: (numbers(0), numbers(1), numbers(2)), symbols: (symbols(0), symbols(1), symbols(2)),
      shift1: UInt64(parts[0].choice.numberWidth),
      shift2: UInt64(numberWidth - (parts.count > 2 ? parts[2].choice.numberWidth : 0)))
    if !write(rows, rowCount: rowCount, numberWidth: numberWidth) {
      // A block of more than 65,535 bits: its groups begin at even bits, so that half does.
      anchorShift = 1
      for index in 0..<words.view.count { words.view[index] = 0 }
      let fits = write(rows, rowCount: rowCount, numberWidth: numberWidth)
      precondition(fits)
    }
    withExtendedLifetime((parts, none, noSymbol)) {}
  }

  /// Returns false if an anchor does not fit.
  private mutating func write(_ rows: RowSymbols, rowCount: Int, numberWidth: Int) -> Bool {
    bases.removeAll()
    anchors.removeAll()
    var bits = BitCursor(words: words.view)
    var first = 0
    while first < rowCount {
      if first & 1_023 == 0 { bases.append(UInt32(bits.position)) }
      var anchor = bits.position - Int(bases[bases.count - 1])
      if anchor & (1 << anchorShift - 1) != 0 {
        bits.append(0, width: 1)
        anchor += 1
      }
      guard anchor >> anchorShift <= Int(UInt16.max) else { return false }
      anchors.append(UInt16(anchor >> anchorShift))
      let end = min(rowCount, first + TokenRanges.groupRowCount)
      for row in first..<end {
        let (symbol0, symbol1, symbol2) = rows[row]
        let numbers =
          symbol0 >> 40 | (symbol1 >> 40) &<< rows.shift1 | (symbol2 >> 40) &<< rows.shift2
        bits.append(numbers, width: numberWidth)
      }
      for _ in end..<first + TokenRanges.groupRowCount { bits.append(0, width: numberWidth) }
      for row in first..<end {
        let (symbol0, symbol1, symbol2) = rows[row]
        bits.append(symbol: symbol0)
        bits.append(symbol: symbol1)
        bits.append(symbol: symbol2)
      }
      first += TokenRanges.groupRowCount
    }
    bits.finish()
    byteCount = (bits.position + 7) / 8
    return true
  }
}

/// The symbols of each row; a missing part has number 0 everywhere and a symbol of no bits.
@safe
private struct RowSymbols {
  let numbers: (ScratchView<UInt32>, ScratchView<UInt32>, ScratchView<UInt32>)
  let symbols: (ScratchView<UInt64>, ScratchView<UInt64>, ScratchView<UInt64>)
  let shift1: UInt64
  let shift2: UInt64

  @inline(__always) subscript(row: Int) -> (UInt64, UInt64, UInt64) {
    unsafe (
      symbols.0.base[Int(numbers.0.base[row])], symbols.1.base[Int(numbers.1.base[row])],
      symbols.2.base[Int(numbers.2.base[row])]
    )
  }
}

/// Writes bits, low bit first; the words it has not reached are zero.
@safe
private struct BitCursor {
  let words: ScratchView<UInt64>
  private(set) var position = 0
  private var word: UInt64 = 0

  init(words: ScratchView<UInt64>) { self.words = words }

  @inline(__always) mutating func append(symbol: UInt64) {
    append(symbol & 0xffff_ffff, width: Int(truncatingIfNeeded: symbol >> 32) & 0xff)
  }

  @inline(__always) mutating func append(_ value: UInt64, width: Int) {
    let filled = position & 63
    word |= value &<< UInt64(filled)
    let next = position &+ width
    if next >> 6 != position >> 6 {
      words[position >> 6] = word
      word = next & 63 == 0 ? 0 : value &>> UInt64(64 &- filled)
    }
    position = next
  }

  func finish() { words[position >> 6] = word }
}
