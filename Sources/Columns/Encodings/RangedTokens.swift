// Words in ranges: a column of tokens in which frequent words take fewer bits than rare ones.
//
// The dictionary of a part, most frequent code first, is cut into up to 16 ranges of 2^width
// places. A row names a range per part, in as many bits for every row, and then its place in each
// range, in the width of that range. A part may have a raw range, of codes without a place in the
// dictionary.
//
// Rows lie in groups of 32: first the range numbers of all 32, then their places. So the places
// before a row are skipped by adding widths that do not depend on one another.
//
//   OFFSET  SIZE  FIELD
//        0     1  encoding: 5
//        1     1  width: bits of a row's range numbers, the sum of the parts', 0...12
//        2     2  flags: 256
//        4     4  row count: 1...65_536
//        8     8  zero
//       16     1  part count: 1...3
//       17     3  bits of a range number in parts 0, 1, 2: 0...4; zero for a missing part
//       20     3  bits of a dictionary entry in parts 0, 1, 2: 0...32; zero for a missing part
//       23     1  anchor shift: 0...1
//       24     4  stream: offset of the groups, low bit first, then 8 zero bytes
//       28     4  dictionaries: offset of the packed entries of part 0, then 1, then 2
//       32    12  place counts of parts 0, 1, 2, the entries of the dictionary: 0...65_536
//       44     4  ranges: offset of the table below
//       48     4  stream: byte count, without the 8 zero bytes
//       52    12  escaped rows and texts, as in Tokens.swift
//
// An entry is a code + 2 (so 1 is absent, 0 escape), low bit first; each dictionary takes whole
// eight bytes, and 8 zero bytes follow the last one. The table of ranges, 16 a part, is:
//
//   OFFSET  SIZE  FIELD
//        0    48  width of each range: 0...32; a range that is not there is all zero
//       48    12  parts 0, 1, 2: the largest code + 2 in the raw range, 0 if there is none
//       60     4  zero
//       64   192  place at which each range begins, u32: 0...65_536; UInt32.max for the raw range
//      256     n  width of part 0 and part 1 together for each of their range numbers together, so
//                 that a row is skipped by two additions; then zeros up to a multiple of 4
//            4*b  bit of the stream at which each block of 1,024 rows begins, u32
//            2*g  bits from there to each group of 32 rows, >> anchor shift, u16
//
// A group is 32 times the range numbers of a row, part 0 lowest (rows past the end: 0), then row by
// row the places of parts 0, 1, 2 in their ranges; in the raw range, the code + 2 itself.
// Where the code of part 0 is absent or escape, the row's other parts mean nothing.
//
// Invariants, checked when the column is opened:
//   - every part lies inside the column, and every width and count is in its range
//   - the widths of pairs are the sums of those of their ranges
// When a row is read: its group and its places lie inside the stream, its place inside the
// dictionary, and a raw code is no larger than the table says; else the row reads as absent.

import Bytes

enum TokenRanges {
  static let flag: UInt16 = 256
  static let numberWidthMax = 4
  static let rangeCountMax = 16
  static let widthMax = 32
  static let rowShift = 5
  static let groupRowCount = 32
  static let groupsPerBlockShift = 5
  static let raw = UInt32.max

  static let rawLimitsOffset = 48
  static let placesOffset = 64
  static let pairsOffset = 256

  /// Where the bits of blocks lie in the table; `pairWidth`: bits of the numbers of parts 0 and 1.
  @inline(__always) static func basesOffset(pairWidth: Int) -> Int {
    pairsOffset &+ max(4, 1 &<< pairWidth)
  }

  static func blockCount(_ rowCount: Int) -> Int { (rowCount + 1_023) >> 10 }
  static func groupCount(_ rowCount: Int) -> Int { (rowCount + 31) >> 5 }
  static func dictionarySize(_ placeCount: Int, width: Int) -> Int {
    (placeCount * width + 63) / 64 * 8
  }
}

extension TokenFields {
  /// Reads and checks what this layout has at offsets 1 to 52.
  mutating func readRanges(_ bytes: LentBytes, rowCount: Int) throws(Corruption) {
    isRanged = true
    guard bytes.load(2, as: UInt16.self) == TokenRanges.flag else {
      throw Corruption(.column, at: 2)
    }
    let numberWidths = [bytes[17], bytes[18], bytes[19]]
    let entryWidths = [bytes[20], bytes[21], bytes[22]]
    for part in 0..<TokenInput.partCountMax {
      let isMissing = part >= partCount
      guard numberWidths[part] <= (isMissing ? 0 : TokenRanges.numberWidthMax) else {
        throw Corruption(.column, at: 17 + part)
      }
      guard entryWidths[part] <= (isMissing ? 0 : TokenRanges.widthMax) else {
        throw Corruption(.column, at: 20 + part)
      }
    }
    guard bytes[1] == numberWidths.reduce(0, +) else { throw Corruption(.column, at: 1) }
    widths = (numberWidths[0], numberWidths[1], numberWidths[2])
    self.entryWidths = (entryWidths[0], entryWidths[1], entryWidths[2])
    anchorShift = bytes[23]
    guard anchorShift <= 1 else { throw Corruption(.column, at: 23) }

    codesOffset = Int(bytes.load(24, as: UInt32.self))
    streamByteCount = Int(bytes.load(48, as: UInt32.self))
    _ = try bytes.slice(codesOffset, count: streamByteCount + TextHeader.slack, of: .column)
    try readPackedDictionaries(bytes, entryWidths: entryWidths)
    try readRangeTable(bytes, numberWidths: numberWidths, rowCount: rowCount)
  }

  private mutating func readPackedDictionaries(
    _ bytes: LentBytes, entryWidths: [UInt8]
  ) throws(Corruption) {
    let first = Int(bytes.load(28, as: UInt32.self))
    guard first >= TextHeader.size else { throw Corruption(.column, at: 28) }
    var next = first
    var offsets = [8, 8, 8]
    var counts = [0, 0, 0]
    for part in 0..<TokenInput.partCountMax {
      let count = Int(bytes.load(32 + 4 * part, as: UInt32.self))
      guard count <= (part < partCount ? tokenDictionaryCountMax : 0) else {
        throw Corruption(.column, at: 32 + 4 * part)
      }
      guard part < partCount else { continue }
      counts[part] = count
      offsets[part] = next
      next += TokenRanges.dictionarySize(count, width: Int(entryWidths[part]))
    }
    _ = try bytes.slice(first, count: next - first + TextHeader.slack, of: .column)
    dictionaryOffsets = (offsets[0], offsets[1], offsets[2])
    placeCounts = (counts[0], counts[1], counts[2])
  }

  private mutating func readRangeTable(
    _ bytes: LentBytes, numberWidths: [UInt8], rowCount: Int
  ) throws(Corruption) {
    rangesOffset = Int(bytes.load(44, as: UInt32.self))
    let blockCount = TokenRanges.blockCount(rowCount)
    let groupCount = TokenRanges.groupCount(rowCount)
    let basesOffset = TokenRanges.basesOffset(pairWidth: Int(widths.0 + widths.1))
    _ = try bytes.slice(
      rangesOffset, count: basesOffset + 4 * blockCount + 2 * groupCount, of: .column)
    for part in 0..<TokenInput.partCountMax {
      let rangeCount = part < partCount ? 1 << Int(numberWidths[part]) : 0
      for range in 0..<TokenRanges.rangeCountMax {
        let index = part * TokenRanges.rangeCountMax + range
        let placeAt = rangesOffset + TokenRanges.placesOffset + 4 * index
        let width = bytes[rangesOffset + index]
        let place = bytes.load(placeAt, as: UInt32.self)
        guard width <= (range < rangeCount ? TokenRanges.widthMax : 0) else {
          throw Corruption(.column, at: rangesOffset + index)
        }
        guard
          range < rangeCount
            ? place <= tokenDictionaryCountMax || place == TokenRanges.raw
            : place == 0
        else { throw Corruption(.column, at: placeAt) }
      }
    }
    let zeroAt = rangesOffset + TokenRanges.rawLimitsOffset + 12
    guard bytes.load(zeroAt, as: UInt32.self) == 0 else { throw Corruption(.column, at: zeroAt) }
    let pairCount = 1 << Int(widths.0 + widths.1)
    for pair in 0..<TokenRanges.basesOffset(pairWidth: Int(widths.0 + widths.1))
      - TokenRanges.pairsOffset
    {
      let range0 = pair & (1 << Int(widths.0) - 1)
      let range1 = TokenRanges.rangeCountMax + pair >> Int(widths.0)
      let sum = bytes[rangesOffset + range0] + bytes[rangesOffset + range1]
      let pairAt = rangesOffset + TokenRanges.pairsOffset + pair
      guard bytes[pairAt] == (pair < pairCount ? sum : 0) else {
        throw Corruption(.column, at: pairAt)
      }
    }
  }
}

/// What the hot loops read of a column of ranges, in local variables.
@safe private struct RangeReader {
  let base: UnsafeRawPointer
  let ranges: UnsafeRawPointer
  let stream: UnsafeRawPointer
  let bases: UnsafeRawPointer
  let anchors: UnsafeRawPointer
  let streamBitCount: Int
  let numberWidth: Int
  let shift1: UInt64
  let shift2: UInt64
  let mask0: Int
  let mask1: Int
  let mask2: Int
  let anchorShift: Int

  @inline(__always) init(_ column: TextColumn) {
    unsafe base = column.base
    unsafe ranges = column.base + Int(column.exceptionsOffset)
    unsafe stream = column.base + Int(column.codesOffset)
    let pairWidth = Int(column.width0 &+ column.width1)
    unsafe bases = ranges + TokenRanges.basesOffset(pairWidth: pairWidth)
    unsafe anchors = bases + 4 &* ((column.rowCount &+ 1_023) >> 10)
    streamBitCount = Int(column.streamByteCount) &* 8
    numberWidth = Int(column.width0 &+ column.width1 &+ column.width2)
    shift1 = UInt64(column.width0)
    shift2 = UInt64(column.width0 &+ column.width1)
    mask0 = (1 &<< Int(column.width0)) &- 1
    mask1 = (1 &<< Int(column.width1)) &- 1
    mask2 = (1 &<< Int(column.width2)) &- 1
    anchorShift = Int(column.anchorShift)
  }

  /// The bit at which a group begins, or nil if its range numbers leave the stream.
  @inline(__always) func start(ofGroup group: Int) -> Int? {
    let first = unsafe UInt32(
      littleEndian: bases.loadUnaligned(
        fromByteOffset: (group >> TokenRanges.groupsPerBlockShift) &* 4, as: UInt32.self))
    let anchor = unsafe UInt16(
      littleEndian: anchors.loadUnaligned(fromByteOffset: group &* 2, as: UInt16.self))
    let start = Int(first) &+ (Int(anchor) &<< anchorShift)
    return start &+ TokenRanges.groupRowCount &* numberWidth <= streamBitCount ? start : nil
  }

  /// 57 bits of the stream from `bit`; the caller looks after its end.
  @inline(__always) func word(at bit: Int) -> UInt64 {
    unsafe UInt64(
      littleEndian: stream.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self))
      &>> UInt64(bit & 7)
  }

  /// The indexes in the table of the ranges that a row's numbers name.
  @inline(__always) func indexes(_ numbers: UInt64) -> (Int, Int, Int) {
    (
      Int(truncatingIfNeeded: numbers) & mask0,
      16 &+ (Int(truncatingIfNeeded: numbers &>> shift1) & mask1),
      32 &+ (Int(truncatingIfNeeded: numbers &>> shift2) & mask2)
    )
  }

  @inline(__always) func width(_ index: Int) -> Int {
    unsafe Int(ranges.load(fromByteOffset: index, as: UInt8.self))
  }

  @inline(__always) func place(_ index: Int) -> UInt32 {
    unsafe UInt32(
      littleEndian: ranges.loadUnaligned(
        fromByteOffset: TokenRanges.placesOffset &+ index &* 4, as: UInt32.self))
  }

  /// The code of a part, of the range at `index` and the `width` bits of the stream at `bit`.
  @inline(__always) func code(_ part: PartReader, index: Int, bit: Int, width: Int) -> UInt32 {
    let inside = word(at: bit) & ((1 &<< UInt64(width)) &- 1)
    let first = place(index)
    if first == TokenRanges.raw {
      return inside <= UInt64(part.rawLimit) ? UInt32(truncatingIfNeeded: inside) &- 2 : .max
    }
    let place = UInt64(first) &+ inside
    guard place < part.placeCount else { return TokenInput.absent }
    let entryBit = Int(truncatingIfNeeded: place) &* part.entryWidth
    let entry =
      unsafe UInt64(
        littleEndian: part.entries.loadUnaligned(fromByteOffset: entryBit >> 3, as: UInt64.self))
      &>> UInt64(entryBit & 7)
    return UInt32(truncatingIfNeeded: entry & part.entryMask) &- 2
  }
}

/// What the hot loops read of one part.
@safe private struct PartReader {
  let entries: UnsafeRawPointer
  let entryWidth: Int
  let entryMask: UInt64
  let placeCount: UInt64
  let rawLimit: UInt32

  @inline(__always)
  init(_ reader: RangeReader, part: Int, offset: UInt32, entryWidth: UInt8, placeCount: UInt32) {
    unsafe entries = reader.base + Int(offset)
    self.entryWidth = Int(entryWidth)
    entryMask = (1 &<< UInt64(entryWidth)) &- 1
    self.placeCount = UInt64(placeCount)
    rawLimit = unsafe UInt32(
      littleEndian: reader.ranges.loadUnaligned(
        fromByteOffset: TokenRanges.rawLimitsOffset &+ part &* 4, as: UInt32.self))
  }
}

extension TextColumn {
  @inline(__always) private func parts(
    _ reader: RangeReader
  ) -> (PartReader, PartReader, PartReader) {
    (
      PartReader(
        reader, part: 0, offset: dictionaryOffset0, entryWidth: entryWidth0,
        placeCount: placeCount0),
      PartReader(
        reader, part: 1, offset: dictionaryOffset1, entryWidth: entryWidth1,
        placeCount: placeCount1),
      PartReader(
        reader, part: 2, offset: dictionaryOffset2, entryWidth: entryWidth2,
        placeCount: placeCount2)
    )
  }

  /// What `decodeTokens` does in a column of ranges, for `count` rows from `first`.
  func decodeRanges(first: Int, count: Int, into codes: ScratchView<UInt32>) {
    let reader = RangeReader(self)
    let (part0, part1, part2) = parts(reader)
    let partCount = self.partCount
    var place = 0
    while place < count {
      let rowCount = min(TokenRanges.groupRowCount, count &- place)
      let start = reader.start(ofGroup: (first &+ place) >> TokenRanges.rowShift)
      var number = start ?? 0
      // Without a start the places begin past the end, where no row can have them.
      var bit =
        start.map { $0 &+ TokenRanges.groupRowCount &* reader.numberWidth }
        ?? reader.streamBitCount &+ 1
      for row in place..<place &+ rowCount {
        let numbers = start == nil ? 0 : reader.word(at: number)
        let (index0, index1, index2) = reader.indexes(numbers)
        let (width0, width1, width2) = (
          reader.width(index0), reader.width(index1), reader.width(index2)
        )
        let next = bit &+ width0 &+ width1 &+ width2
        let isInside = next <= reader.streamBitCount
        codes[row] =
          isInside
          ? reader.code(part0, index: index0, bit: bit, width: width0) : TokenInput.absent
        if partCount > 1 {
          codes[Self.blockRowCount &+ row] =
            isInside
            ? reader.code(part1, index: index1, bit: bit &+ width0, width: width1)
            : TokenInput.absent
        }
        if partCount > 2 {
          codes[2 &* Self.blockRowCount &+ row] =
            isInside
            ? reader.code(part2, index: index2, bit: bit &+ width0 &+ width1, width: width2)
            : TokenInput.absent
        }
        number &+= reader.numberWidth
        bit = next
      }
      place &+= rowCount
    }
  }

  /// The largest code of a part in a column of ranges, -1 if it has none.
  func maximumRangedCode(part: Int) -> Int {
    let reader = RangeReader(self)
    let offset = Int([dictionaryOffset0, dictionaryOffset1, dictionaryOffset2][part])
    let count = Int([placeCount0, placeCount1, placeCount2][part])
    let width = Int([entryWidth0, entryWidth1, entryWidth2][part])
    let mask = (UInt64(1) &<< UInt64(width)) &- 1
    let limit = unsafe reader.ranges.loadUnaligned(
      fromByteOffset: TokenRanges.rawLimitsOffset &+ part &* 4, as: UInt32.self)
    var maximum = Int(UInt32(littleEndian: limit))
    for index in 0..<count {
      let bit = index &* width
      let word = unsafe UInt64(
        littleEndian: base.loadUnaligned(fromByteOffset: offset &+ bit >> 3, as: UInt64.self))
      maximum = max(maximum, Int(truncatingIfNeeded: (word &>> UInt64(bit & 7)) & mask))
    }
    return max(maximum - 2, -1)
  }
}
