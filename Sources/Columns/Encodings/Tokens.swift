// Texts as words: one to three codes a row of a dictionary that lies outside the column.
//
// The column has a small dictionary of its own per part, most frequent code first, and a row is the
// places of its codes in those, packed side by side: one load reads them all. Rows with rare codes
// may be listed apart instead, so that the common rows take fewer bits. A part whose codes hardly
// repeat is direct: it has no dictionary, and the place of a code is the code + 2.
// Flag 256 says that the column has the other layout, of RangedTokens.swift.
//
//   OFFSET  SIZE  FIELD
//        0     1  encoding: 5
//        1     1  width: bits per row, the sum of the parts' widths, 0...57
//        2     2  flags: 8 exceptions; 32, 64, 128: part 0, 1, 2 is direct
//        4     4  row count: 1...65_536
//        8     8  zero
//       16     1  part count: 1...3
//       17     3  widths of parts 0, 1, 2; zero for a missing part
//       20     4  zero
//       24     4  codes: offset of the packed places, low bit first, then 8 zero bytes
//       28     4  dictionaries: offset of the u32 codes of part 0, then 1, then 2, if not direct
//       32    12  place counts of parts 0, 1, 2: 1...65_536, the size of the dictionary, or of a
//                 direct part 1...2^28, one more than its largest place; zero for a missing part
//       44     4  exceptions: offset, 0 if none
//       48     4  exception count
//       52     4  escaped rows: offset of one u16 each, 0 if none
//       56     4  escape count
//       60     4  escaped texts: offset of a column of plain text or symbols, up to the end
//
// Exceptions are their rows, u16 each, padded to 4 bytes, then their codes, u32, row by row.
//
// A row of width w has its bits at row * w; part 0 lowest. In part 0 the place equal to the place
// count says that the row is an exception. The codes UInt32.max and UInt32.max - 1 in part 0 mean
// absent and escape, whose direct places are 1 and 0; the row's other parts then mean nothing.
//
// Invariants, checked when the column is opened:
//   - every part lies inside the column, and every width and count is in its range
//   - the rows of exceptions and of escapes rise and are below the row count
// A place that is not below its count in a row that is no exception reads as absent.

package import Bytes

let tokenWidthMax = 57
let tokenDictionaryCountMax = 65_536
let tokenDirectWidthMax = 28

/// The flag of a direct part.
func tokenDirectFlag(part: Int) -> UInt16 { 32 << UInt16(part) }

/// The header of a column of tokens, checked.
struct TokenFields {
  var partCount = 0
  var widths: (UInt8, UInt8, UInt8) = (0, 0, 0)
  var codesOffset = 0
  /// Zero for a direct part; a missing part has one code, 0, in the zero bytes of the header.
  var dictionaryOffsets = (8, 8, 8)
  var placeCounts = (0, 0, 0)
  /// What only RangedTokens.swift has.
  var isRanged = false
  var entryWidths: (UInt8, UInt8, UInt8) = (0, 0, 0)
  var anchorShift: UInt8 = 0
  var streamByteCount = 0
  var rangesOffset = 0
  var exceptionsOffset = 0
  var exceptionCount = 0
  var escapesOffset = 0
  var escapeCount = 0
  var escapedTextsOffset = 0

  /// No tokens: every row reads as absent.
  init() {}

  init(_ bytes: LentBytes, rowCount: Int) throws(Corruption) {
    partCount = Int(bytes[16])
    guard partCount >= 1, partCount <= TokenInput.partCountMax else {
      throw Corruption(.column, at: 16)
    }
    if bytes.load(2, as: UInt16.self) & TokenRanges.flag != 0 {
      try readRanges(bytes, rowCount: rowCount)
      try readEscapes(bytes, rowCount: rowCount)
      return
    }
    widths = (bytes[17], bytes[18], bytes[19])
    let width = Int(widths.0) + Int(widths.1) + Int(widths.2)
    guard width <= tokenWidthMax, Int(bytes[1]) == width else { throw Corruption(.column, at: 1) }
    guard partCount > 1 || widths.1 == 0 else { throw Corruption(.column, at: 18) }
    guard partCount > 2 || widths.2 == 0 else { throw Corruption(.column, at: 19) }
    guard bytes.load(20, as: UInt32.self) == 0 else { throw Corruption(.column, at: 20) }

    codesOffset = Int(bytes.load(24, as: UInt32.self))
    let codesSize = (rowCount * width + 7) / 8 + TextHeader.slack
    _ = try bytes.slice(codesOffset, count: codesSize, of: .column)
    try readDictionaries(bytes)
    try readExceptions(bytes, rowCount: rowCount)
    try readEscapes(bytes, rowCount: rowCount)
  }

  private mutating func readDictionaries(_ bytes: LentBytes) throws(Corruption) {
    let flags = bytes.load(2, as: UInt16.self)
    var next = Int(bytes.load(28, as: UInt32.self))
    var offsets = [8, 8, 8]
    var counts = [1, 1, 1]
    for part in 0..<TokenInput.partCountMax {
      let count = Int(bytes.load(32 + 4 * part, as: UInt32.self))
      let isDirect = flags & tokenDirectFlag(part: part) != 0
      guard part < partCount else {
        guard !isDirect else { throw Corruption(.column, at: 2) }
        guard count == 0 else { throw Corruption(.column, at: 32 + 4 * part) }
        continue
      }
      let countMax = isDirect ? 1 << tokenDirectWidthMax : tokenDictionaryCountMax
      guard count >= 1, count <= countMax else { throw Corruption(.column, at: 32 + 4 * part) }
      counts[part] = count
      offsets[part] = 0
      guard !isDirect else { continue }
      _ = try bytes.array(next, count: count, as: UInt32.self, of: .column)
      // Offset 0 means direct, and the header is no place for a dictionary.
      guard next >= TextHeader.size else { throw Corruption(.column, at: 28) }
      offsets[part] = next
      next += 4 * count
    }
    dictionaryOffsets = (offsets[0], offsets[1], offsets[2])
    placeCounts = (counts[0], counts[1], counts[2])
  }

  private mutating func readExceptions(_ bytes: LentBytes, rowCount: Int) throws(Corruption) {
    exceptionsOffset = Int(bytes.load(44, as: UInt32.self))
    exceptionCount = Int(bytes.load(48, as: UInt32.self))
    let flags = bytes.load(2, as: UInt16.self)
    let flagsOfParts =
      tokenDirectFlag(part: 0) | tokenDirectFlag(part: 1) | tokenDirectFlag(part: 2)
    guard flags & ~flagsOfParts == (exceptionCount > 0 ? TextHeader.exceptionsFlag : 0) else {
      throw Corruption(.column, at: 2)
    }
    guard exceptionCount > 0 else {
      guard exceptionsOffset == 0 else { throw Corruption(.column, at: 44) }
      return
    }
    let codesOffset = tokenExceptionCodesOffset(exceptionsOffset, count: exceptionCount)
    _ = try bytes.array(
      codesOffset, count: exceptionCount * partCount, as: UInt32.self, of: .column)
    try checkRows(bytes, at: exceptionsOffset, count: exceptionCount, rowCount: rowCount)
  }

  private mutating func readEscapes(_ bytes: LentBytes, rowCount: Int) throws(Corruption) {
    escapesOffset = Int(bytes.load(52, as: UInt32.self))
    escapeCount = Int(bytes.load(56, as: UInt32.self))
    escapedTextsOffset = Int(bytes.load(60, as: UInt32.self))
    guard escapeCount > 0 else {
      guard escapesOffset == 0 else { throw Corruption(.column, at: 52) }
      guard escapedTextsOffset == 0 else { throw Corruption(.column, at: 60) }
      return
    }
    try checkRows(bytes, at: escapesOffset, count: escapeCount, rowCount: rowCount)
  }

  /// The column of escaped texts inside the column.
  func escapedTexts(_ bytes: LentBytes) throws(Corruption) -> TextRows {
    guard escapeCount > 0 else { return TextRows(none: bytes) }
    let nested = try bytes.slice(
      escapedTextsOffset, count: bytes.count - escapedTextsOffset, of: .column)
    let texts: TextRows
    do {
      texts = try TextRows(nested)
    } catch {
      throw Corruption(.column, at: escapedTextsOffset + error.offset)
    }
    guard Int(texts.rowCount) == escapeCount else { throw Corruption(.column, at: 56) }
    return texts
  }
}

/// Where the codes of exceptions begin, behind their rows.
@inline(__always)
func tokenExceptionCodesOffset(_ exceptionsOffset: Int, count: Int) -> Int {
  exceptionsOffset + (count * 2 + 3) & ~3
}

/// Throws unless `count` rows at `offset` rise and are below `rowCount`.
private func checkRows(
  _ bytes: LentBytes, at offset: Int, count: Int, rowCount: Int
) throws(Corruption) {
  let rows = try bytes.array(offset, count: count, as: UInt16.self, of: .column)
  var previous = -1
  for index in 0..<count {
    let row = Int(rows[index])
    guard row > previous, row < rowCount else { throw Corruption(.column, at: offset + 2 * index) }
    previous = row
  }
}

extension TextColumn {
  /// The codes of a row's words; 0 for a part that the column lacks.
  ///
  /// `TokenInput.absent` or `TokenInput.escape` in part 0 stand for the whole row.
  @inlinable package func tokenCodes(at row: Int) -> (UInt32, UInt32, UInt32) {
    assert(row >= 0 && row < rowCount)
    if isRanged { return rangedCodes(at: row) }
    let (shift1, shift2) = (UInt64(width0), UInt64(width0 &+ width1))
    let bit = row &* Int(width0 &+ width1 &+ width2)
    let word =
      unsafe UInt64(
        littleEndian: base.loadUnaligned(
          fromByteOffset: Int(codesOffset) &+ (bit >> 3), as: UInt64.self)) &>> UInt64(bit & 7)
    let place0 = Int(truncatingIfNeeded: word & ((1 &<< shift1) &- 1))
    let place1 = Int(truncatingIfNeeded: (word &>> shift1) & ((1 &<< UInt64(width1)) &- 1))
    let place2 = Int(truncatingIfNeeded: (word &>> shift2) & ((1 &<< UInt64(width2)) &- 1))
    guard place0 < Int(placeCount0), place1 < Int(placeCount1), place2 < Int(placeCount2) else {
      return exceptionalCodes(at: row)
    }
    return (
      code(of: place0, in: dictionaryOffset0), code(of: place1, in: dictionaryOffset1),
      code(of: place2, in: dictionaryOffset2)
    )
  }

  /// The code at a place of a dictionary, or of a direct part.
  @inlinable @inline(__always) func code(of place: Int, in dictionaryOffset: UInt32) -> UInt32 {
    dictionaryOffset == 0
      ? UInt32(truncatingIfNeeded: place) &- 2
      : code(at: Int(dictionaryOffset) &+ place &* 4)
  }

  @inlinable @inline(__always) func code(at offset: Int) -> UInt32 {
    unsafe UInt32(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// The codes of a row that is listed apart; absent if it is not.
  @inline(never) @usableFromInline
  func exceptionalCodes(at row: Int) -> (UInt32, UInt32, UInt32) {
    let count = Int(exceptionCount)
    let index = firstIndex(from: row, inRowsAt: Int(exceptionsOffset), count: count)
    guard index < count, self.row(index, inRowsAt: Int(exceptionsOffset)) == row else {
      return (TokenInput.absent, 0, 0)
    }
    return exceptionCodes(index)
  }

  private func exceptionCodes(_ index: Int) -> (UInt32, UInt32, UInt32) {
    let partCount = self.partCount
    let offset =
      tokenExceptionCodesOffset(Int(exceptionsOffset), count: Int(exceptionCount))
      &+ index &* partCount &* 4
    return (
      code(at: offset), partCount > 1 ? code(at: offset &+ 4) : 0,
      partCount > 2 ? code(at: offset &+ 8) : 0
    )
  }

  /// Codes per row: 1...3, 0 if the column has no tokens.
  package var partCount: Int {
    guard isTokens else { return 0 }
    // A missing part reads from the zeros of the header.
    return dictionaryOffset1 == 8 ? 1 : dictionaryOffset2 == 8 ? 2 : 3
  }

  /// Codes of up to 1,024 rows, part by part: part p of the block's row r at p * 1,024 + r.
  ///
  /// Returns the rows in the block. `codes` must hold 1,024 codes per part.
  package func decodeTokens(block: Int, into codes: ScratchView<UInt32>) -> Int {
    precondition(isTokens)
    precondition(block >= 0 && block &* Self.blockRowCount < rowCount)
    let first = block &* Self.blockRowCount
    let count = min(Self.blockRowCount, rowCount &- first)
    let partCount = self.partCount
    precondition(codes.count >= partCount &* Self.blockRowCount)
    if isRanged {
      decodeRanges(first: first, count: count, into: codes)
      return count
    }
    unsafe decodePart(
      first: first, count: count, shift: 0, width: width0, dictionary: dictionaryOffset0,
      placeCount: placeCount0, into: codes.base)
    if partCount > 1 {
      unsafe decodePart(
        first: first, count: count, shift: width0, width: width1, dictionary: dictionaryOffset1,
        placeCount: placeCount1, into: codes.base + Self.blockRowCount)
    }
    if partCount > 2 {
      unsafe decodePart(
        first: first, count: count, shift: width0 &+ width1, width: width2,
        dictionary: dictionaryOffset2, placeCount: placeCount2,
        into: codes.base + 2 &* Self.blockRowCount)
    }
    putExceptions(first: first, count: count, partCount: partCount, into: codes)
    return count
  }

  package static var blockRowCount: Int { 1_024 }

  /// Codes of one part; absent where the place is outside the dictionary.
  private func decodePart(
    first: Int, count: Int, shift: UInt8, width: UInt8, dictionary: UInt32,
    placeCount: UInt32, into output: UnsafeMutablePointer<UInt32>
  ) {
    let step = Int(width0) &+ Int(width1) &+ Int(width2)
    let places = unsafe base + Int(codesOffset)
    let codes = unsafe base + Int(dictionary)
    let mask = (UInt64(1) &<< UInt64(width)) &- 1
    var bit = first &* step
    for index in 0..<count {
      let word = unsafe UInt64(
        littleEndian: places.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self))
      let place = (word &>> (UInt64(bit & 7) &+ UInt64(shift))) & mask
      bit &+= step
      if place >= UInt64(placeCount) {
        unsafe output[index] = TokenInput.absent
      } else if dictionary == 0 {
        unsafe output[index] = UInt32(truncatingIfNeeded: place) &- 2
      } else {
        unsafe output[index] = UInt32(
          littleEndian: codes.loadUnaligned(fromByteOffset: Int(place) &* 4, as: UInt32.self))
      }
    }
  }

  private func putExceptions(
    first: Int, count: Int, partCount: Int, into codes: ScratchView<UInt32>
  ) {
    let exceptionCount = Int(self.exceptionCount)
    var index = firstIndex(from: first, inRowsAt: Int(exceptionsOffset), count: exceptionCount)
    while index < exceptionCount {
      let place = row(index, inRowsAt: Int(exceptionsOffset)) &- first
      guard place < count else { break }
      let exception = exceptionCodes(index)
      codes[place] = exception.0
      if partCount > 1 { codes[Self.blockRowCount &+ place] = exception.1 }
      if partCount > 2 { codes[2 &* Self.blockRowCount &+ place] = exception.2 }
      index &+= 1
    }
  }

  /// Writes the text of a row whose code is `TokenInput.escape`; see `appendText`.
  ///
  /// A row that is not listed among the escapes is absent: -1.
  package func escapedText(
    at row: Int, to output: ScratchView<UInt8>, at position: Int
  ) throws(Corruption) -> Int {
    precondition(row >= 0 && row < rowCount)
    guard isTokens else { return -1 }
    let count = Int(texts.rowCount)
    let index = firstIndex(from: row, inRowsAt: Int(escapesOffset), count: count)
    guard index < count, self.row(index, inRowsAt: Int(escapesOffset)) == row else { return -1 }
    return try texts.append(index, to: output, at: position)
  }

  /// The largest code of a part, -1 if it has none; `absent` and `escape` do not count.
  ///
  /// A caller that checks it against its dictionary once may look codes up unchecked.
  package func maximumCode(part: Int) -> Int {
    precondition(part >= 0 && part < partCount)
    if isRanged { return maximumRangedCode(part: part) }
    let offset = Int([dictionaryOffset0, dictionaryOffset1, dictionaryOffset2][part])
    let count = Int([placeCount0, placeCount1, placeCount2][part])
    var maximum =
      offset == 0 ? max(count - 3, -1) : largestCode(at: offset, count: count, step: 4)
    if exceptionCount > 0 {
      let exceptions = tokenExceptionCodesOffset(Int(exceptionsOffset), count: Int(exceptionCount))
      maximum = max(
        maximum,
        largestCode(at: exceptions + 4 * part, count: Int(exceptionCount), step: 4 * partCount))
    }
    return maximum
  }

  private func largestCode(at offset: Int, count: Int, step: Int) -> Int {
    var maximum = -1
    for index in 0..<count {
      let code = code(at: offset &+ index &* step)
      if code < TokenInput.escape { maximum = max(maximum, Int(code)) }
    }
    return maximum
  }

  /// The place of the first of `count` rising rows that is not below `row`.
  private func firstIndex(from row: Int, inRowsAt offset: Int, count: Int) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low &+ high) >> 1
      if self.row(middle, inRowsAt: offset) < row { low = middle &+ 1 } else { high = middle }
    }
    return low
  }

  @inline(__always) private func row(_ index: Int, inRowsAt offset: Int) -> Int {
    unsafe Int(
      UInt16(
        littleEndian: base.loadUnaligned(fromByteOffset: offset &+ index &* 2, as: UInt16.self)))
  }
}
