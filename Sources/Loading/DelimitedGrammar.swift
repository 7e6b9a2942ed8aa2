// The grammar of delimited text, and where one record of it ends.
//
// RFC 4180, with these decisions:
//   - a record ends at a line feed or at a carriage return and a line feed; a lone carriage return
//     is text, except before the end of the file
//   - a quote opens only as the first byte of a field; elsewhere in a bare field it is text
//   - in a quoted field two quotes are one, and delimiters and line ends are text
//   - text after a closing quote makes the record malformed. The next record then begins after the
//     first line feed behind the malformed field's opening quote: one lost quote costs one line,
//     however far away the next quote lies
//   - a blank line is no record
//
// All of this is decided by bytes from the record's start to at most two bytes behind the closing
// quote, so it does not depend on where a file is cut into pieces.

import CKernels

/// How a file of delimited text is written, once that is known.
struct DelimitedDialect: Equatable, Sendable {
  /// The byte between two fields.
  var delimiter: UInt8 = 0x2c
}

extension DelimitedDialect {
  init(_ format: DelimitedFormat) {
    if let delimiter = format.delimiter { self.delimiter = delimiter.byte }
  }
}

/// The sizes at which a file of delimited text is cut, and those that it may have.
struct DelimitedLimits: Equatable, Sendable {
  /// Bytes that a piece aims at; a record that is longer makes its piece longer.
  var pieceByteCount = 2 << 20
  /// Bytes that a record may have, so that a lost quote cannot fill the memory.
  var recordByteCountMax = 64 << 20
  /// Columns that a header may have.
  var columnCountMax = 65_535
}

/// Where a record ends.
enum RecordEnd: Equatable {
  /// Behind its line end, or at the end of the file.
  case at(Int)
  /// Not among these bytes; more are needed.
  case unknown
  /// Nowhere: the quote at this place is open at the end of the file.
  case openQuote(Int)
}

/// The end of the record that starts at `start`, given the bytes before `end`.
///
/// Up to 64 bytes behind `end` are read and disregarded.
func recordEnd(
  _ base: UnsafePointer<UInt8>, from start: Int, to end: Int, isLast: Bool, delimiter: UInt8
) -> RecordEnd {
  let cut: RecordEnd = isLast ? .at(end) : .unknown
  var field = start
  while field < end {
    guard unsafe base[field] == .quote else {
      let stop = unsafe bareFieldEnd(base, from: field, to: end, delimiter: delimiter)
      guard stop < end else { return cut }
      if unsafe base[stop] == .lineFeed { return .at(stop &+ 1) }
      field = stop &+ 1
      continue
    }
    let closing = unsafe closingQuote(base, from: field &+ 1, to: end).position
    guard closing < end else { return isLast ? .openQuote(field) : .unknown }
    let next = closing &+ 1
    guard next < end else { return cut }
    switch unsafe base[next] {
    case delimiter:
      field = next &+ 1
      continue
    case .lineFeed: return .at(next &+ 1)
    case .carriageReturn where next &+ 1 == end: return cut
    case .carriageReturn where unsafe base[next &+ 1] == .lineFeed: return .at(next &+ 2)
    default:
      let line = unsafe lineFeed(base, from: field, to: end)
      return line < end ? .at(line &+ 1) : cut
    }
  }
  return cut
}

/// The quote that closes a field whose text begins at `start`, or `end`; and whether two quotes
/// stand for one before it.
@inline(__always)
func closingQuote(
  _ base: UnsafePointer<UInt8>, from start: Int, to end: Int
) -> (position: Int, hasPairs: Bool) {
  var at = start
  var hasPairs = false
  blocks: while at < end {
    var quotes = unsafe hearth_mask64(base + at, .quote)
    while quotes != 0 {
      let bit = quotes.trailingZeroBitCount
      let position = at &+ bit
      guard position < end else { break blocks }
      guard position &+ 1 < end, unsafe base[position &+ 1] == .quote else {
        return (position, hasPairs)
      }
      hasPairs = true
      if bit == 63 {
        at = position &+ 2
        continue blocks
      }
      quotes &= ~(3 &<< UInt64(bit))
    }
    at &+= 64
  }
  return (end, hasPairs)
}

/// The first delimiter or line feed at or behind `start`, or `end`.
private func bareFieldEnd(
  _ base: UnsafePointer<UInt8>, from start: Int, to end: Int, delimiter: UInt8
) -> Int {
  var at = start
  while at < end {
    let stops = unsafe hearth_mask64(base + at, delimiter) | hearth_mask64(base + at, .lineFeed)
    if stops != 0 { return min(end, at &+ stops.trailingZeroBitCount) }
    at &+= 64
  }
  return end
}

/// The first line feed at or behind `start`, or `end`.
func lineFeed(_ base: UnsafePointer<UInt8>, from start: Int, to end: Int) -> Int {
  var at = start
  while at < end {
    let stops = unsafe hearth_mask64(base + at, .lineFeed)
    if stops != 0 { return min(end, at &+ stops.trailingZeroBitCount) }
    at &+= 64
  }
  return end
}
