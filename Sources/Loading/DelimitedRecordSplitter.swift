// Splits a piece into records, and records into fields, without copying them.
//
// The grammar is that of DelimitedGrammar.swift. A field's text is the piece's own bytes unless two
// quotes in it stand for one.

import Bytes
import CKernels
import Rows

/// Goes through the records of pieces, one after the other.
///
/// After `next()` returned true, the fields of the record lie in `places` until the next call.
@safe
struct RecordSplitter: ~Copyable {
  /// Where each field's text lies in the piece, without the quotes around it.
  let places: ScratchView<TextPlace>
  /// Fields of the record; those at `fieldCountMax` and behind it are counted and not kept.
  ///
  /// 0 when a delimiter should end the record's last field and none does.
  private(set) var fieldCount = 0
  /// Whether text follows a closing quote.
  ///
  /// `fieldCount` fields before that one are whole.
  private(set) var isMalformed = false
  /// Where the record starts and ends in the piece, its line end included.
  private(set) var recordStart = 0
  private(set) var recordEnd = 0

  private let fieldCountMax: Int
  private var dialect = DelimitedDialect()
  /// Owns the memory of `places`.
  private let fields: Scratch<TextPlace>
  /// Texts without their paired quotes, each as far from the start as its field from the record.
  private var unpaired = Scratch<UInt8>(count: 0)
  private var piece: DelimitedPiece?
  private var bytes = unsafe LentBytes(UnsafeRawBufferPointer(start: nil, count: 0))
  /// The stops among the 64 bytes at `block` that have not been passed.
  private var block = 0
  private var stops: UInt64 = 0
  /// A place in the piece whose line is known.
  private var linePosition = 0
  private var lineNumber = 1

  /// Keeps up to `fieldCountMax` fields of a record.
  init(fieldCountMax: Int) {
    // One more, for the fields that are not kept.
    fields = Scratch(count: fieldCountMax + 1)
    places = fields.view
    self.fieldCountMax = fieldCountMax
  }

  /// Starts with the first record of a piece, which is kept until the next one.
  mutating func begin(_ piece: DelimitedPiece) {
    begin(piece, at: 0, dialect: piece.dialect)
  }

  /// Starts with the record at a place of a piece, and reads it as another dialect.
  mutating func begin(_ piece: DelimitedPiece, at position: Int, dialect: DelimitedDialect) {
    self.piece = piece
    self.dialect = dialect
    bytes = piece.bytes
    fieldCount = 0
    isMalformed = false
    recordStart = position
    recordEnd = position
    linePosition = 0
    lineNumber = piece.firstLine
    block = position
    stops = unsafe stops(bytes.pointer, at: position)
  }

  /// Goes to the next record; false behind the last one.
  mutating func next() -> Bool { next(into: places, stride: 1) }

  /// The same, with the place of field f at `f * stride` of a view that has room for one field more
  /// than are kept.
  mutating func next(into target: ScratchView<TextPlace>, stride: Int) -> Bool {
    assert(target.count > fieldCountMax &* stride)
    let base = unsafe bytes.pointer
    let start = unsafe Self.skipBlankLines(base, from: recordEnd, to: bytes.count)
    guard start < bytes.count else {
      fieldCount = 0
      isMalformed = false
      recordStart = bytes.count
      recordEnd = bytes.count
      return false
    }
    recordStart = start
    unsafe split(base, from: start, into: target.base, stride: stride)
    return true
  }

  /// The physical line on which the record starts.
  var line: Int {
    mutating get {
      lineNumber += unsafe lineEndCount(
        bytes.pointer + linePosition, count: recordStart - linePosition)
      linePosition = recordStart
      return lineNumber
    }
  }

  /// The offset of the record in the decompressed bytes of its file.
  var byteOffset: Int { (piece?.byteOffset ?? 0) + recordStart }

  /// The bytes of the whole record, its line end included.
  var recordBytes: LentBytes {
    unsafe LentBytes(bytes.base + recordStart, count: recordEnd - recordStart)
  }

  /// The text of a field that was kept; lent until the next call of `next`.
  mutating func text(ofField field: Int) -> LentBytes {
    precondition(field >= 0 && field < min(fieldCount, fieldCountMax))
    let place = places[field]
    let raw = bytes.part(place.start, place.start + place.count)
    guard place.hasPairs else { return raw }
    let byteCount = recordEnd - recordStart
    // Only the first such field of a record can find the memory too short.
    if unpaired.view.count < byteCount { unpaired = Scratch(count: 2 * byteCount) }
    let target = unpaired.view.from(place.start - recordStart)
    return target.lent(
      count: copyUnquoted(raw, to: target, hasEscapes: dialect.hasEscapes))
  }

  /// Finds the fields of the record that starts at `start`.
  ///
  /// The line feed behind the piece ends a last record that has none.
  private mutating func split(
    _ base: UnsafePointer<UInt8>, from start: Int, into places: UnsafeMutablePointer<TextPlace>,
    stride: Int
  ) {
    let delimiter = dialect.delimiter
    let keptMax = fieldCountMax
    let byteCount = bytes.count
    var block = block
    var stops = stops
    var field = start
    var count = 0
    isMalformed = false
    unsafe pass(to: start, base, &block, &stops)
    while true {
      let slot = min(count, keptMax) &* stride
      if unsafe base[field] != .quote {
        while stops == 0 {
          block &+= 64
          stops = unsafe self.stops(base, at: block)
        }
        let stop = block &+ stops.trailingZeroBitCount
        stops &= stops &- 1
        unsafe places[slot] = TextPlace(start: field, count: stop &- field)
        count &+= 1
        field = stop &+ 1
        if unsafe base[stop] == delimiter { continue }
        recordEnd = min(unsafe behindLineEnd(base, at: stop), byteCount)
        break
      }
      let (closing, hasPairs) = unsafe closingQuote(
        base, from: field &+ 1, to: byteCount, hasEscapes: dialect.hasEscapes)
      let next = closing &+ 1
      let after = closing < byteCount ? unsafe base[next] : 0
      guard after == delimiter || after == .lineFeed || after == .carriageReturn else {
        isMalformed = true
        let stop = unsafe firstStop(base, from: field, to: byteCount, delimiter: .lineFeed)
        recordEnd = min(unsafe behindLineEnd(base, at: stop), byteCount)
        break
      }
      unsafe places[slot] = TextPlace(
        start: field &+ 1, count: closing &- field &- 1, isQuoted: true, hasPairs: hasPairs)
      count &+= 1
      field = next &+ 1
      guard after == delimiter else {
        recordEnd = min(unsafe behindLineEnd(base, at: next), byteCount)
        break
      }
      unsafe pass(to: field, base, &block, &stops)
    }
    fieldCount = count
    if dialect.endsInDelimiter, !isMalformed {
      let last = unsafe places[min(count &- 1, keptMax) &* stride]
      fieldCount = last.count == 0 && !last.isQuoted ? count &- 1 : 0
    }
    self.block = block
    self.stops = stops
  }

  /// Forgets the stops before `position`, which never goes back.
  @inline(__always)
  private func pass(
    to position: Int, _ base: UnsafePointer<UInt8>, _ block: inout Int, _ stops: inout UInt64
  ) {
    let distance = position &- block
    if distance < 64 {
      stops &= ~0 &<< UInt64(distance)
    } else {
      block = position
      stops = unsafe self.stops(base, at: position)
    }
  }

  /// The delimiters, carriage returns and line feeds among the 64 bytes at `position`.
  @inline(__always)
  private func stops(_ base: UnsafePointer<UInt8>, at position: Int) -> UInt64 {
    unsafe hearth_mask64of3(
      base + position, dialect.delimiter, .lineFeed, .carriageReturn)
  }

  /// Behind the line end that begins at `position`.
  @inline(__always)
  private func behindLineEnd(_ base: UnsafePointer<UInt8>, at position: Int) -> Int {
    let isPair = unsafe base[position] == .carriageReturn && base[position &+ 1] == .lineFeed
    return position &+ (isPair ? 2 : 1)
  }

  private static func skipBlankLines(
    _ base: UnsafePointer<UInt8>, from start: Int, to end: Int
  ) -> Int {
    var at = start
    while at < end {
      guard unsafe base[at] == .lineFeed || base[at] == .carriageReturn else { break }
      at &+= 1
    }
    return at
  }
}
