// Texts in groups of 32 rows: an anchor, 32 length bytes, then the stored bytes side by side.
//
// The lengths of a group lie together, so that a text is found by adding up to 31 bytes, eight at a
// time, instead of by walking from text to text.
//
//   OFFSET  SIZE  FIELD
//        0     1  encoding: 11 plain text, 6 symbols
//        1     3  zero
//        4     4  row count: 1...65_536
//        8    16  zero
//       24     4  anchors: offset of one u32 per group, counted from the start of the texts
//       28     4  texts: offset of the groups
//       32     4  texts: byte count, without the 8 zero bytes that follow
//       36     4  symbols: offset of the table (see Symbols.swift), 0 for plain text
//       40     4  symbol count: 1...255, 0 for plain text
//       44    20  zero
//
// A group is 32 length bytes (rows past the end: 0), then the texts. A length byte is
//   0          absent: no bytes
//   1...253    that many stored bytes
//   254        present and empty: no bytes
//   255        the text begins with its stored byte count, u32, which the bytes follow
//
// Offsets and counts are checked when the column is opened; an anchor and the lengths of its group
// when a text is read. A read stays inside the column whatever they say.

import Bytes

/// A text's place in a column: an offset from the column's start, and stored bytes; -1 is absent.
struct TextPlace {
  var offset: Int
  var byteCount: Int

  static let absent = TextPlace(offset: 0, byteCount: -1)
}

/// The rows of a column of plain texts or symbols: a view without ownership.
@safe @frozen @usableFromInline
struct TextRows: @unchecked Sendable {
  static let groupRowCount = 32
  static let emptyLength = 254
  static let longLength = 255
  static let longPrefixSize = 4

  @usableFromInline let base: UnsafeRawPointer
  @usableFromInline let anchorsOffset: UInt32
  @usableFromInline let textsOffset: UInt32
  @usableFromInline let textsByteCount: UInt32
  @usableFromInline let symbolsOffset: UInt32
  @usableFromInline let rowCount: UInt32
  @usableFromInline let symbolCount: UInt32

  /// No rows.
  init(none bytes: LentBytes) {
    unsafe base = bytes.base
    (anchorsOffset, textsOffset, textsByteCount) = (0, 0, 0)
    (symbolsOffset, rowCount, symbolCount) = (0, 0, 0)
  }

  init(_ bytes: LentBytes) throws(Corruption) {
    let rowCount = try checkedRowCount(bytes, base: 0)
    let encoding = bytes[0]
    guard encoding == TextHeader.plainText || encoding == TextHeader.symbols else {
      throw Corruption(.column, at: 0)
    }
    guard bytes[1] == 0 else { throw Corruption(.column, at: 1) }
    guard bytes.load(2, as: UInt16.self) == 0 else { throw Corruption(.column, at: 2) }
    guard bytes.load(16, as: UInt64.self) == 0 else { throw Corruption(.column, at: 16) }
    try checkZeros(bytes, from: 44)
    anchorsOffset = bytes.load(24)
    textsOffset = bytes.load(28)
    textsByteCount = bytes.load(32)
    symbolsOffset = bytes.load(36)
    symbolCount = bytes.load(40)

    let groupCount = Self.groupCount(rowCount)
    _ = try bytes.array(Int(anchorsOffset), count: groupCount, as: UInt32.self, of: .column)
    guard Int(textsByteCount) >= groupCount * Self.groupRowCount else {
      throw Corruption(.column, at: 32)
    }
    _ = try bytes.slice(
      Int(textsOffset), count: Int(textsByteCount) + TextHeader.slack, of: .column)
    if encoding == TextHeader.symbols {
      try checkSymbols(bytes, at: Int(symbolsOffset), count: Int(symbolCount))
    } else {
      guard symbolsOffset == 0 else { throw Corruption(.column, at: 36) }
      guard symbolCount == 0 else { throw Corruption(.column, at: 40) }
    }
    unsafe base = bytes.base
    self.rowCount = UInt32(rowCount)
  }

  static func groupCount(_ rowCount: Int) -> Int {
    (rowCount + groupRowCount - 1) / groupRowCount
  }

  /// Where a row's stored bytes lie.
  func place(of row: Int) throws(Corruption) -> TextPlace {
    let anchor = anchor(of: row)
    guard anchor <= Int(textsByteCount) &- Self.groupRowCount else {
      throw Corruption(.column, at: Int(anchorsOffset) + (row >> 5) * 4)
    }
    let group = unsafe base + (Int(textsOffset) &+ anchor)
    let place = row & 31
    let length = unsafe Int(group.load(fromByteOffset: place, as: UInt8.self))
    if length == 0 { return .absent }

    // Sums of the bytes before `place`, and whether one of them is not a plain byte count.
    var sum: UInt64 = 0
    var special: UInt64 = 0
    for word in 0..<4 {
      let before =
        unsafe UInt64(
          littleEndian: group.loadUnaligned(fromByteOffset: word &* 8, as: UInt64.self))
        & lowBytes(place &- word &* 8)
      let pairs = (before & 0x00ff_00ff_00ff_00ff) &+ ((before >> 8) & 0x00ff_00ff_00ff_00ff)
      sum &+= (pairs &* 0x0001_0001_0001_0001) >> 48
      special |= ((before & 0x7f7f_7f7f_7f7f_7f7f) &+ 0x0202_0202_0202_0202) & before
    }
    if special & 0x8080_8080_8080_8080 != 0 || length >= Self.emptyLength {
      return try unusualPlace(of: row, anchor: anchor)
    }
    let offset = anchor &+ Self.groupRowCount &+ Int(truncatingIfNeeded: sum)
    guard offset &+ length <= Int(textsByteCount) else {
      throw Corruption(.column, at: Int(textsOffset) + anchor + place)
    }
    return TextPlace(offset: Int(textsOffset) &+ offset, byteCount: length)
  }

  /// The offset of a row's group, from the start of the texts, as stored.
  @inline(__always) func anchor(of row: Int) -> Int {
    precondition(row >= 0 && row < Int(rowCount))
    return unsafe Int(
      UInt32(
        littleEndian: base.loadUnaligned(
          fromByteOffset: Int(anchorsOffset) &+ (row >> 5) &* 4, as: UInt32.self)))
  }

  /// `place(of:)` for a group with long or empty texts: walks from text to text.
  @inline(never)
  private func unusualPlace(of row: Int, anchor: Int) throws(Corruption) -> TextPlace {
    let lengths = Int(textsOffset) + anchor
    let end = Int(textsOffset) + Int(textsByteCount)
    var offset = lengths + Self.groupRowCount
    for place in 0...(row & 31) {
      let length = unsafe Int(base.load(fromByteOffset: lengths + place, as: UInt8.self))
      var byteCount = length == Self.emptyLength ? 0 : length
      if length == Self.longLength {
        guard offset + Self.longPrefixSize <= end else {
          throw Corruption(.column, at: lengths + place)
        }
        byteCount = unsafe Int(
          UInt32(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        offset += Self.longPrefixSize
      }
      guard offset + byteCount <= end else { throw Corruption(.column, at: lengths + place) }
      if place == row & 31 { return TextPlace(offset: offset, byteCount: byteCount) }
      offset += byteCount
    }
    return .absent
  }

  /// Writes a row's text at `position` of `output` and returns its byte count, or -1 for absent.
  ///
  /// A count above `output.count - position` means that the text did not fit: make room and call
  /// again. Bytes of `output` behind the text may change.
  func append(
    _ row: Int, to output: ScratchView<UInt8>, at position: Int
  ) throws(Corruption) -> Int {
    precondition(position >= 0 && position <= output.count)
    let place = try place(of: row)
    guard place.byteCount > 0 else { return place.byteCount }
    if symbolCount > 0 {
      return unsafe try expand(place, into: output.base + position, room: output.count &- position)
    }
    let room = output.count &- position
    guard place.byteCount <= room else { return place.byteCount }
    unsafe (output.base + position).update(
      from: (base + place.offset).assumingMemoryBound(to: UInt8.self), count: place.byteCount)
    return place.byteCount
  }
}

/// The mask of the lowest `count` bytes of a word; none below 1, all above 7.
@inline(__always) private func lowBytes(_ count: Int) -> UInt64 {
  let bits = min(max(count, 0), 8) &* 8
  return bits == 64 ? UInt64.max : (1 &<< UInt64(truncatingIfNeeded: bits)) &- 1
}
