// Writes a column of tokens; see Tokens.swift for its bytes.
//
// Per part the codes are counted and ranked by frequency; a part gets the width with the fewest
// bytes in all, of packed places, dictionary and rows listed apart, or is direct if that has still
// fewer.
// Ranges (see RangedTokens.swift) are written instead where they take less by far: a row is read
// faster from places of one width.

import Bytes

/// The column of these words; of nothing but its header if every row is absent.
package func encodeTokens(_ input: TokenInput) -> [UInt8] {
  var parts: [TokenPart] = []
  for part in 0..<input.parts.count { parts.append(TokenPart(input, part: part)) }
  if parts[0].codes == [TokenInput.absent] { return encodeAbsentTexts(rowCount: input.rowCount) }

  let ranged = parts.map { $0.ranged(rowCount: input.rowCount) }
  // Part 0 comes last: it gives up a place if another part has rows listed apart.
  for part in (0..<parts.count).reversed() {
    let others = parts[(part + 1)...]
    parts[part].chooseWidth(
      rowCount: input.rowCount, partCount: parts.count,
      isMarking: part == 0 && others.contains(where: \.isPartial), canMark: part == 0)
  }
  checkEscapes(input)
  let packedSize = TextHeader.size + parts.reduce(0) { $0 + $1.byteCount }
  let isRanged =
    rangedSize(ranged, rowCount: input.rowCount) * 100 <= packedSize * rangedPercentMax
  var writer =
    isRanged
    ? writeRangedTokens(ranged, rowCount: input.rowCount)
    : writeTokens(input, parts: parts, packed: PackedTokens(input, parts: parts))
  writeEscapes(input, to: &writer)
  return writer.bytes
}

/// Ranges are worth their slower reading if they take at most this part of the bytes.
private let rangedPercentMax = 94

/// Traps unless the escaped rows are those that the codes of part 0 name.
private func checkEscapes(_ input: TokenInput) {
  var met = 0
  for row in 0..<input.rowCount where input.parts[0][row] == TokenInput.escape {
    precondition(met < input.escapedRows.count)
    precondition(Int(input.escapedRows[met]) == row)
    met += 1
  }
  precondition(met == input.escapedRows.count)
  guard let texts = input.escapedTexts else { return }
  for row in 0..<texts.rowCount { precondition(texts.byteCounts[row] != TextInput.absent) }
}

private func writeTokens(
  _ input: TokenInput, parts: [TokenPart], packed: PackedTokens
) -> ByteWriter {
  let exceptionCount = packed.exceptionRows.count
  var writer = ByteWriter(capacity: 64 * 6 + packed.byteCount + 4 * packed.exceptionCodes.count)
  writer.append(TextHeader.tokens)
  writer.append(UInt8(parts.reduce(0) { $0 + $1.width }))
  var flags: UInt16 = exceptionCount > 0 ? TextHeader.exceptionsFlag : 0
  for part in 0..<parts.count where parts[part].isDirect { flags |= tokenDirectFlag(part: part) }
  writer.append(flags)
  writer.append(UInt32(input.rowCount))
  writer.append(UInt64(0))
  writer.append(UInt8(parts.count))
  for part in 0..<TokenInput.partCountMax {
    writer.append(UInt8(part < parts.count ? parts[part].width : 0))
  }
  writer.pad(to: TextHeader.size)

  writer.overwrite(UInt32(writer.count), at: 28)
  for part in 0..<parts.count {
    writer.overwrite(UInt32(parts[part].placeCount), at: 32 + 4 * part)
    guard !parts[part].isDirect else { continue }
    for place in 0..<parts[part].placeCount { writer.append(parts[part].codes[place]) }
  }
  writer.pad(to: 64)
  writer.overwrite(UInt32(writer.count), at: 24)
  withExtendedLifetime(packed.words) {
    unsafe writer.append(
      LentBytes(packed.words.view.base, count: packed.byteCount + TextHeader.slack))
  }

  if exceptionCount > 0 {
    writer.pad(to: 64)
    writer.overwrite(UInt32(writer.count), at: 44)
    writer.overwrite(UInt32(exceptionCount), at: 48)
    for row in packed.exceptionRows { writer.append(row) }
    writer.pad(to: 4)
    for code in packed.exceptionCodes { writer.append(code) }
  }
  return writer
}

private func writeEscapes(_ input: TokenInput, to writer: inout ByteWriter) {
  guard let texts = input.escapedTexts else { return }
  writer.pad(to: 64)
  writer.overwrite(UInt32(writer.count), at: 52)
  writer.overwrite(UInt32(texts.rowCount), at: 56)
  for row in input.escapedRows { writer.append(row) }
  writer.pad(to: 64)
  writer.overwrite(UInt32(writer.count), at: 60)
  writer.append(encodeText(texts))
}

/// The codes of one part, ranked by frequency, and how many of them the dictionary keeps.
@safe
private struct TokenPart {
  /// Different codes, most frequent first, ties by code.
  let codes: [UInt32]
  /// Rows of each of `codes`.
  let counts: [UInt32]
  /// Per row the number of its code, from 1 in the order met; 0 where the row has no word.
  let numbers: Scratch<UInt32>
  /// Per number the place of its code, in `codes` or direct; number 0 is at place 0.
  let places: Scratch<UInt32>

  var width = 0
  var isDirect = false
  /// Codes that the dictionary keeps; of a direct part one more than the largest place.
  var placeCount = 1
  /// About the bytes of the part, each row listed apart for another part counted again.
  var byteCount = 0

  var isPartial: Bool { !isDirect && placeCount < codes.count }

  init(_ input: TokenInput, part: Int) {
    var counter = TokenCounter(rowCount: input.rowCount)
    counter.count(input.parts[part], unlessMarked: part == 0 ? nil : input.parts[0])
    let ranked = counter.rankedKeys()
    let places = Scratch<UInt32>(count: counter.codeCount + 1)
    var codes: [UInt32] = []
    var counts: [UInt32] = []
    codes.reserveCapacity(ranked.count)
    counts.reserveCapacity(ranked.count)
    for place in 0..<ranked.count {
      let number = Int(ranked[place] & 0xffff) + 1
      places.view[number] = UInt32(place)
      codes.append(UInt32(truncatingIfNeeded: ranked[place] >> 16))
      counts.append(counter.counts.view[number])
    }
    // A dictionary is never empty: rows without a word have place 0.
    self.codes = codes.isEmpty ? [0] : codes
    self.counts = codes.isEmpty ? [0] : counts
    self.numbers = counter.numbers
    self.places = places
  }

  /// The same part cut into ranges.
  func ranged(rowCount: Int) -> RangedPart {
    RangedPart(codes: codes, counts: counts, numbers: numbers, ranks: places, rowCount: rowCount)
  }

  /// Sets the width with the fewest bytes in all, of equal ones the widest; a tie is not direct.
  ///
  /// `canMark`: the place behind the dictionary must stay free if there are exceptions, as there
  /// are for certain if `isMarking`.
  mutating func chooseWidth(rowCount: Int, partCount: Int, isMarking: Bool, canMark: Bool) {
    var ends: [Int] = [0]
    ends.reserveCapacity(counts.count + 1)
    for count in counts { ends.append(ends[ends.count - 1] + Int(count)) }
    let widthMax = Int.bitWidth - (codes.count - (isMarking ? 0 : 1)).leadingZeroBitCount

    var sizeMin = Int.max
    for candidate in (0...widthMax).reversed() {
      let capacity = 1 << candidate
      let isWhole = capacity > codes.count || (capacity == codes.count && !isMarking)
      let kept = isWhole ? codes.count : min(codes.count, canMark ? capacity - 1 : capacity)
      guard kept >= 1 else { continue }
      let rareCount = ends[codes.count] - ends[kept]
      let size =
        (rowCount * candidate + 7) / 8 + 4 * kept + rareCount * (2 + 4 * partCount)
      if size < sizeMin { (sizeMin, width, placeCount) = (size, candidate, kept) }
    }
    byteCount = sizeMin

    var directCount = 0
    for code in codes { directCount = max(directCount, Int(code &+ 2) + 1) }
    let directWidth = Int.bitWidth - (directCount - (isMarking ? 0 : 1)).leadingZeroBitCount
    let isNarrow = directWidth <= min(tokenDirectWidthMax, tokenWidthMax / partCount)
    if isNarrow, (rowCount * directWidth + 7) / 8 < sizeMin {
      (isDirect, width, placeCount) = (true, directWidth, directCount)
      byteCount = (rowCount * directWidth + 7) / 8
      for number in stride(from: 1, to: places.view.count, by: 1) {
        places.view[number] = codes[Int(places.view[number])] &+ 2
      }
    }
  }
}

/// Counts the codes of one part and numbers them in the order met.
@safe
private struct TokenCounter {
  let numbers: Scratch<UInt32>
  let counts: Scratch<UInt32>
  private(set) var codeCount = 0
  /// Open addressing: code << 32 | number; 0 is free.
  private var table: Scratch<UInt64>
  private var tableShift: UInt64
  private let codes: Scratch<UInt32>
  private let rowCount: Int

  init(rowCount: Int) {
    self.rowCount = rowCount
    numbers = Scratch(count: rowCount)
    counts = Scratch(count: rowCount + 1)
    codes = Scratch(count: rowCount + 1)
    tableShift = 64 - 10
    table = Scratch(count: 1 << 10)
  }

  /// Counts every row, or those that `marks` does not call absent or escaped.
  mutating func count(_ input: ScratchView<UInt32>, unlessMarked marks: ScratchView<UInt32>?) {
    let (numbers, counts, codes) = (numbers.view, counts.view, codes.view)
    var table = table.view
    for row in 0..<rowCount {
      if let marks, marks[row] >= TokenInput.escape { continue }
      let code = input[row]
      var slot = slot(of: code)
      var entry = table[slot]
      while entry != 0 && UInt32(truncatingIfNeeded: entry >> 32) != code {
        slot = (slot &+ 1) & (table.count &- 1)
        entry = table[slot]
      }
      if entry == 0 {
        codeCount &+= 1
        codes[codeCount] = code
        entry = UInt64(code) << 32 | UInt64(codeCount)
        table[slot] = entry
        if codeCount &* 2 > table.count {
          grow()
          table = self.table.view
        }
      }
      let number = Int(truncatingIfNeeded: entry & 0xffff_ffff)
      numbers[row] = UInt32(truncatingIfNeeded: number)
      counts[number] &+= 1
    }
  }

  /// Keys that sort by frequency, then code; the low 16 bits are the number less one.
  func rankedKeys() -> [UInt64] {
    var keys: [UInt64] = []
    keys.reserveCapacity(codeCount)
    for index in 0..<codeCount {
      let rarity = UInt64(65_536 - Int(counts.view[index + 1]))
      keys.append(rarity << 48 | UInt64(codes.view[index + 1]) << 16 | UInt64(index))
    }
    keys.sort()
    return keys
  }

  @inline(__always) private func slot(of code: UInt32) -> Int {
    Int(truncatingIfNeeded: (UInt64(code) &* 0x9e37_79b9_7f4a_7c15) &>> tableShift)
  }

  @inline(never) private mutating func grow() {
    let bits = 64 - Int(tableShift) + 2
    tableShift = UInt64(64 - bits)
    table = Scratch(count: 1 << bits)
    let view = table.view
    for number in 1...codeCount {
      let code = codes.view[number]
      var slot = slot(of: code)
      while view[slot] != 0 { slot = (slot &+ 1) & (view.count &- 1) }
      view[slot] = UInt64(code) << 32 | UInt64(number)
    }
  }
}

/// The packed places of all rows, and the rows listed apart.
@safe
private struct PackedTokens {
  let words: Scratch<UInt64>
  /// Bytes of `words` that hold places; zero bytes follow.
  let byteCount: Int
  private(set) var exceptionRows: [UInt16] = []
  /// Codes of the exceptions, row by row.
  private(set) var exceptionCodes: [UInt32] = []

  init(_ input: TokenInput, parts: [TokenPart]) {
    let rowCount = input.rowCount
    let width = parts.reduce(0) { $0 + $1.width }
    precondition(width <= tokenWidthMax)
    byteCount = (rowCount * width + 7) / 8
    words = Scratch(count: byteCount / 8 + 2)

    let none = Scratch<UInt32>(count: parts.count < TokenInput.partCountMax ? rowCount : 1)
    let (part0, part1, part2) = (
      PlaceLookup(parts, 0, none), PlaceLookup(parts, 1, none), PlaceLookup(parts, 2, none)
    )
    let (shift1, shift2) = (UInt64(part0.width), UInt64(part0.width + part1.width))
    let output = words.view
    var (word, filled, next): (UInt64, UInt64, Int) = (0, 0, 0)
    for row in 0..<rowCount {
      let (place0, place1, place2) = (part0[row], part1[row], part2[row])
      var places =
        UInt64(place0) | UInt64(place1) &<< shift1 | UInt64(place2) &<< shift2
      if place0 >= part0.placeCount || place1 >= part1.placeCount || place2 >= part2.placeCount {
        places = UInt64(part0.placeCount)
        list(row, of: input)
      }
      word |= places &<< filled
      filled &+= UInt64(width)
      if filled >= 64 {
        output[next] = word
        next &+= 1
        filled &-= 64
        word = filled == 0 ? 0 : places &>> (UInt64(width) &- filled)
      }
    }
    output[next] = word
    withExtendedLifetime((parts, none)) {}
  }

  private mutating func list(_ row: Int, of input: TokenInput) {
    exceptionRows.append(UInt16(row))
    let first = input.parts[0][row]
    exceptionCodes.append(first)
    for part in 1..<max(1, input.parts.count) {
      exceptionCodes.append(first >= TokenInput.escape ? 0 : input.parts[part][row])
    }
  }
}

/// The place of each row's code in a part; 0 for a missing part.
@safe
private struct PlaceLookup {
  let numbers: ScratchView<UInt32>
  let places: ScratchView<UInt32>
  let width: Int
  let placeCount: UInt32

  init(_ parts: [TokenPart], _ part: Int, _ none: Scratch<UInt32>) {
    let isMissing = part >= parts.count
    numbers = isMissing ? none.view : parts[part].numbers.view
    places = isMissing ? none.view : parts[part].places.view
    width = isMissing ? 0 : parts[part].width
    placeCount = isMissing ? 1 : UInt32(parts[part].placeCount)
  }

  @inline(__always) subscript(row: Int) -> UInt32 {
    unsafe places.base[Int(numbers.base[row])]
  }
}
