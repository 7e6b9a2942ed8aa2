// The grammar of delimited text, and where one record of it ends.
//
// RFC 4180, with these decisions:
//   - a line ends at a line feed, at a carriage return, or at both in this order; a record ends
//     with its line
//   - a quote opens only as the first byte of a field; elsewhere in a bare field it is text
//   - in a quoted field delimiters and line ends are text, and two quotes are one; or, where quotes
//     are escaped, a backslash before a quote or a backslash is not text itself, and the quote is
//   - text after a closing quote makes the record malformed. The next record then begins after the
//     first line end behind the malformed field's opening quote: one lost quote costs one line,
//     however far away the next quote lies
//   - a blank line is no record
//
// All of this is decided by bytes from the record's start to at most two bytes behind the closing
// quote, so it does not depend on where a file is cut into pieces.

import Bytes
import CKernels

/// How a file of delimited text is written, once that is known.
struct DelimitedDialect: Equatable, Sendable {
  /// The byte between two fields.
  var delimiter = DelimitedFormat.Delimiter.comma.byte
  /// Whether a backslash stands before a quote in a quoted field, rather than another quote.
  var hasEscapes = false
  /// Whether a delimiter ends each record's last field, too.
  var endsInDelimiter = false
}

/// The sizes at which a file of delimited text is cut, and those that it may have.
struct DelimitedLimits: Equatable, Sendable {
  /// Bytes that a piece aims at; a record that is longer makes its piece longer.
  var pieceByteCount = 2 << 20
  /// Bytes that a record may have, so that a lost quote cannot fill the memory.
  var recordByteCountMax = 64 << 20
  /// Bytes at the beginning in which it is recognised how the file is written.
  var beginningByteCount = 1 << 18
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
  _ base: UnsafePointer<UInt8>, from start: Int, to end: Int, isLast: Bool,
  dialect: DelimitedDialect
) -> RecordEnd {
  let cut: RecordEnd = isLast ? .at(end) : .unknown
  var field = start
  while field < end {
    guard unsafe base[field] == .quote else {
      let stop = unsafe firstStop(base, from: field, to: end, delimiter: dialect.delimiter)
      guard stop < end else { return cut }
      guard unsafe base[stop] == dialect.delimiter else {
        return unsafe lineEnd(base, at: stop, to: end, isLast: isLast)
      }
      field = stop &+ 1
      continue
    }
    let closing = unsafe closingQuote(
      base, from: field &+ 1, to: end, hasEscapes: dialect.hasEscapes
    ).position
    guard closing < end else { return isLast ? .openQuote(field) : .unknown }
    let next = closing &+ 1
    guard next < end else { return cut }
    switch unsafe base[next] {
    case dialect.delimiter: field = next &+ 1
    case .lineFeed, .carriageReturn:
      return unsafe lineEnd(base, at: next, to: end, isLast: isLast)
    default:
      let stop = unsafe firstStop(base, from: field, to: end, delimiter: .lineFeed)
      return stop < end ? unsafe lineEnd(base, at: stop, to: end, isLast: isLast) : cut
    }
  }
  return cut
}

/// Behind the line end that begins at `stop`.
private func lineEnd(
  _ base: UnsafePointer<UInt8>, at stop: Int, to end: Int, isLast: Bool
) -> RecordEnd {
  if unsafe base[stop] == .lineFeed { return .at(stop &+ 1) }
  guard stop &+ 1 < end else { return isLast ? .at(end) : .unknown }
  return .at(unsafe base[stop &+ 1] == .lineFeed ? stop &+ 2 : stop &+ 1)
}

/// The quote that closes a field whose text begins at `start`, or `end`; and whether the text
/// before it is more than the bytes that stand there.
@inline(__always)
func closingQuote(
  _ base: UnsafePointer<UInt8>, from start: Int, to end: Int, hasEscapes: Bool
) -> (position: Int, hasPairs: Bool) {
  if hasEscapes { return unsafe closingQuoteAmongEscapes(base, from: start, to: end) }
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

@inline(never)
private func closingQuoteAmongEscapes(
  _ base: UnsafePointer<UInt8>, from start: Int, to end: Int
) -> (position: Int, hasPairs: Bool) {
  var at = start
  var hasPairs = false
  while true {
    at = unsafe first(.quote, or: .backslash, base, from: at, to: end)
    guard at < end, unsafe base[at] == .backslash else { return (min(at, end), hasPairs) }
    hasPairs = true
    at &+= 2
  }
}

/// The first delimiter or beginning of a line end at or behind `start`, or `end`.
@inline(__always)
func firstStop(
  _ base: UnsafePointer<UInt8>, from start: Int, to end: Int, delimiter: UInt8
) -> Int {
  var at = start
  while at < end {
    let stops =
      unsafe hearth_mask64(base + at, delimiter) | hearth_mask64(base + at, .lineFeed)
      | hearth_mask64(base + at, .carriageReturn)
    if stops != 0 { return min(end, at &+ stops.trailingZeroBitCount) }
    at &+= 64
  }
  return end
}

/// The first of two bytes at or behind `start`, or `end`.
private func first(
  _ one: UInt8, or other: UInt8, _ base: UnsafePointer<UInt8>, from start: Int, to end: Int
) -> Int {
  var at = start
  while at < end {
    let found = unsafe hearth_mask64(base + at, one) | hearth_mask64(base + at, other)
    if found != 0 { return min(end, at &+ found.trailingZeroBitCount) }
    at &+= 64
  }
  return end
}

/// Line ends among `count` bytes that do not begin within one; up to 64 bytes after them are read
/// too.
func lineEndCount(_ base: UnsafePointer<UInt8>, count: Int) -> Int {
  var lines = 0
  var at = 0
  while at < count {
    let rest = count &- at
    let valid = rest >= 64 ? ~0 : ~(~0 &<< UInt64(rest))
    let feeds = unsafe hearth_mask64(base + at, .lineFeed) & valid
    let returns = unsafe hearth_mask64(base + at, .carriageReturn) & valid
    lines &+= feeds.nonzeroBitCount
    if returns != 0 {
      let next: UInt64 = unsafe rest > 64 && base[at &+ 64] == .lineFeed ? 1 &<< 63 : 0
      lines &+= (returns & ~((feeds &>> 1) | next)).nonzeroBitCount
    }
    at &+= 64
  }
  return lines
}

/// Copies what a quoted text stands for; returns the number of bytes.
///
/// `target` must have room for the whole text.
func copyUnquoted(_ text: LentBytes, to target: ScratchView<UInt8>, hasEscapes: Bool) -> Int {
  var count = 0
  var index = 0
  while index < text.count {
    var byte = text[index]
    index += 1
    if hasEscapes {
      if byte == .backslash, index < text.count,
        text[index] == .quote || text[index] == .backslash
      {
        byte = text[index]
        index += 1
      }
    } else if byte == .quote {
      index += 1
    }
    target[count] = byte
    count += 1
  }
  return count
}

extension UInt8 {
  static let lineFeed: UInt8 = 0x0a
  static let carriageReturn: UInt8 = 0x0d
  static let quote: UInt8 = 0x22
  static let backslash: UInt8 = 0x5c
}
