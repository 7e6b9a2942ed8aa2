// Rows as they are written as text: values one after another, quoted or escaped as the format asks.
//
// CSV     a line of values parted by commas; one that holds a comma, a quote or an end of line is
//         quoted as RFC 4180 says, a quote in it doubled; an absent value is nothing, an empty text
//         two quotes, and so is an absent value alone on a line, since an empty line is no row;
//         or absent values are marked by a text that no value has
// NDJSON  an object on a line; every value is a string of the text that CSV has, but for flags,
//         which are true or false; an absent value is left out

import Bytes
import Rows

/// How rows are written.
package enum TextFormat: Sendable {
  case csv
  case ndjson
}

/// Written bytes that wait to be handed on.
struct TextBytes {
  fileprivate var storage = Scratch<UInt8>(count: 1 << 16)
  fileprivate(set) var count = 0

  /// Valid while this is not written again.
  var bytes: LentBytes { storage.view.lent(count: count) }

  /// How many bytes there is room for.
  var capacity: Int { storage.view.count }

  /// Takes what `body` writes into room for `byteCount` bytes and says the count of.
  mutating func fill<Failure: Error>(
    _ byteCount: Int, _ body: (ScratchView<UInt8>) throws(Failure) -> Int
  ) throws(Failure) {
    if byteCount > capacity { storage = Scratch(count: byteCount) }
    count = try body(storage.view)
  }
}

/// Growing text of rows.
struct RowText {
  let format: TextFormat
  private var storage = Scratch<UInt8>(count: 1 << 20)
  private var room: ScratchView<UInt8>
  private(set) var count = 0
  /// Whether the next member of an object, or the next object of an array, follows another.
  private var needsComma = false
  private var rowStart = 0
  /// What stands for an absent value in CSV.
  private let absentMark: [UInt8]
  /// Whether a value was written that is the mark.
  private(set) var holdsMark = false

  /// More than any number, day or mark takes; so much room there always is.
  private static let spareByteCount = 64

  init(_ format: TextFormat, absentMark: String = "") {
    self.format = format
    self.absentMark = Array(absentMark.utf8)
    room = storage.view
  }

  /// What was written, valid until more is.
  var bytes: LentBytes { room.lent(count: count) }

  mutating func removeAll(from start: Int = 0) { count = start }

  /// Whether what was written from an offset on has a byte.
  func holds(_ byte: UInt8, from start: Int) -> Bool {
    (start..<count).contains { room[$0] == byte }
  }

  /// Moves what was written to other bytes, of CSV only whole rows, and goes on with their memory.
  mutating func move(to other: inout TextBytes) {
    (other.storage, storage) = (storage, other.storage)
    other.count = count
    count = 0
    room = storage.view
  }

  /// Makes room for so many more bytes, and some that need not be asked for.
  @inline(__always)
  mutating func reserve(_ byteCount: Int) {
    if count &+ byteCount &+ Self.spareByteCount > room.count { grow(byteCount) }
  }

  @inline(never)
  private mutating func grow(_ byteCount: Int) {
    let larger = Scratch<UInt8>(count: 2 * room.count + byteCount)
    // Also what is in the room of a text that has not ended.
    _ = larger.view.write(room.lent(count: room.count), at: 0)
    storage = larger
    room = larger.view
  }

  @inline(__always)
  private mutating func put(_ byte: UInt8) {
    room[count] = byte
    count &+= 1
  }

  // MARK: Rows and fields

  /// Begins a row, at the top or in an array.
  @inline(__always)
  mutating func beginRow() {
    reserve(0)
    rowStart = count
    guard format == .ndjson else { return }
    if needsComma { put(UInt8(ascii: ",")) }
    put(UInt8(ascii: "{"))
    needsComma = false
  }

  /// Ends a row that is in an array.
  @inline(__always)
  mutating func endRow() {
    reserve(0)
    put(UInt8(ascii: "}"))
    needsComma = true
  }

  /// Ends a row that is a line.
  @inline(__always)
  mutating func endLine() {
    guard format == .ndjson else {
      // In place of the comma after the last field.
      count &-= 1
      if count == rowStart { putQuoted([]) }
      return put(UInt8(ascii: "\n"))
    }
    endRow()
    put(UInt8(ascii: "\n"))
    needsComma = false
  }

  mutating func beginArray(_ label: FieldLabel) {
    _ = beginField(label)
    put(UInt8(ascii: "["))
    needsComma = false
  }

  mutating func endArray() {
    reserve(0)
    put(UInt8(ascii: "]"))
    needsComma = true
  }

  /// Begins a field; returns where, so that it can be left out after all.
  @inline(__always)
  mutating func beginField(_ label: FieldLabel) -> Int {
    let start = count
    reserve(label.byteCount)
    guard format == .ndjson else { return start }
    if needsComma { put(UInt8(ascii: ",")) }
    label.write(to: room.from(count))
    count &+= label.byteCount
    return start
  }

  @inline(__always)
  mutating func endField(_ label: FieldLabel) {
    reserve(0)
    guard format == .ndjson else { return put(UInt8(ascii: ",")) }
    if label.isQuoted { put(UInt8(ascii: "\"")) }
    needsComma = true
  }

  /// Ends a field that has no value.
  @inline(__always)
  mutating func leaveOut(from start: Int) {
    count = start
    reserve(0)
    guard format == .csv else { return }
    if !absentMark.isEmpty { putMark() }
    put(UInt8(ascii: ","))
  }

  @inline(never)
  private mutating func putMark() {
    reserve(absentMark.count)
    for byte in absentMark { put(byte) }
  }

  // MARK: Values

  /// A number of exactly `digitCount` digits, 24 at most.
  @inline(__always)
  mutating func append(digits value: Int64, count digitCount: Int) {
    reserve(digitCount)
    putDigits(value, count: digitCount, into: room.from(count))
    count &+= digitCount
  }

  /// A whole number.
  mutating func append(integer value: Int64) {
    reserve(0)
    if value < 0 { put(UInt8(ascii: "-")) }
    append(number: value.magnitude)
  }

  /// A number with `scale` digits after its point; without a point where there are none.
  mutating func append(decimal value: Int64, scale: Int) {
    reserve(0)
    if value < 0 { put(UInt8(ascii: "-")) }
    let unit = UInt64(powerOfTen(scale))
    let (whole, parts) = value.magnitude.quotientAndRemainder(dividingBy: unit)
    append(number: whole)
    guard scale > 0 else { return }
    put(UInt8(ascii: "."))
    append(digits: Int64(parts), count: scale)
  }

  private mutating func append(number: UInt64) {
    var (rest, digitCount) = (number, 1)
    while rest >= 10 {
      rest /= 10
      digitCount += 1
    }
    append(digits: Int64(number), count: digitCount)
  }

  /// A stored day: 2001-12-31, 2001-12 or 2001; false if it is none.
  mutating func append(day stored: Int64) -> Bool {
    guard let day = Day(physical: stored) else { return false }
    let parts = day.yearMonthDay
    reserve(0)
    let number = parts.year &* 10_000 &+ parts.month &* 100 &+ parts.day
    let word = eightDigits(UInt64(truncatingIfNeeded: number))
    let yearAndMonth = word & 0xFFFF_FFFF | (word &>> 32 & 0xFFFF) &<< 40
    room.store(yearAndMonth | 0x2D00_002D_0000_0000, at: count)
    room.store(word &>> 48, at: count &+ 8)
    switch day.precision {
    case .day: count &+= 10
    case .month: count &+= 7
    case .year: count &+= 4
    }
    return true
  }

  /// Yes or no.
  mutating func append(flag value: Bool) {
    reserve(0)
    switch format {
    case .csv: put(value ? UInt8(ascii: "1") : UInt8(ascii: "0"))
    case .ndjson: for byte in (value ? "true" : "false").utf8 { put(byte) }
    }
  }

  // MARK: Texts

  /// Where a text may be put that `endText` then quotes or escapes; room for `byteCount` bytes.
  @inline(__always)
  mutating func textRoom(_ byteCount: Int) -> ScratchView<UInt8> {
    reserve(byteCount)
    return room.from(count)
  }

  /// The room for a text, as large as it is.
  var textRoomLeft: ScratchView<UInt8> { room.from(count) }

  /// Takes `byteCount` bytes that were put into the room as a text.
  @inline(__always)
  mutating func endText(_ byteCount: Int) {
    let text = room.from(count).lent(count: byteCount)
    switch format {
    case .csv where byteCount == 0 || needsQuotes(text): putQuoted(text.copied)
    case .ndjson where needsEscapes(text): putEscaped(text.copied)
    default:
      if !absentMark.isEmpty, absentMark.lend({ $0.isEqual(to: text) }) { holdsMark = true }
      count &+= byteCount
    }
    reserve(0)
  }

  @inline(__always)
  mutating func append(text: LentBytes) {
    _ = textRoom(text.count).write(text, at: 0)
    endText(text.count)
  }

  @inline(never)
  private mutating func putQuoted(_ text: [UInt8]) {
    reserve(2 * text.count)
    put(UInt8(ascii: "\""))
    for byte in text {
      if byte == UInt8(ascii: "\"") { put(byte) }
      put(byte)
    }
    put(UInt8(ascii: "\""))
  }

  @inline(never)
  private mutating func putEscaped(_ text: [UInt8]) {
    reserve(6 * text.count)
    let room = room.from(count)
    count += text.lend { escape($0, into: room) }
  }
}

/// What stands before a field's value in JSON: its name, a colon, and a quote if the value is a
/// string.
struct FieldLabel {
  /// Followed by at least 15 more bytes.
  private let bytes: LentBytes
  let isQuoted: Bool

  fileprivate init(_ bytes: LentBytes, isQuoted: Bool) {
    self.bytes = bytes
    self.isQuoted = isQuoted
  }

  var byteCount: Int { bytes.count }

  /// Writes the label, and up to 15 bytes after it.
  @inline(__always)
  fileprivate func write(to room: ScratchView<UInt8>) {
    var offset = 0
    while offset < bytes.count {
      room.store(loadPast(offset), at: offset)
      room.store(loadPast(offset &+ 8), at: offset &+ 8)
      offset &+= 16
    }
  }

  @inline(__always)
  private func loadPast(_ offset: Int) -> UInt64 {
    unsafe UInt64(
      littleEndian: bytes.base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }
}

/// The labels of some fields; valid while this lives.
final class FieldLabels {
  private let storage: Scratch<UInt8>
  private(set) var labels: [FieldLabel] = []

  /// Names hold nothing that JSON escapes, as a schema's never do.
  init(_ fields: [(name: String, isQuoted: Bool)]) {
    let texts = fields.map { Array("\"\($0.name)\":\($0.isQuoted ? "\"" : "")".utf8) }
    storage = Scratch(count: texts.reduce(16) { $0 + $1.count })
    var end = 0
    for (text, field) in zip(texts, fields) {
      let room = storage.view.from(end)
      end += text.lend { room.write($0, at: 0) }
      labels.append(FieldLabel(room.lent(count: text.count), isQuoted: field.isQuoted))
    }
  }
}
