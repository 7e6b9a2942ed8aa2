// Finds the end of the last whole record in bytes that grow.
//
// 64 bytes at a time: the exclusive-or of all quotes so far says which bytes lie inside quotes, and
// a line feed outside ends a record. That is the grammar as long as each opening quote follows a
// delimiter, a line feed or a quote, and each closing quote is followed by one of them or by CR LF.
// Where that fails, one record is read by the grammar itself (`recordEnd`), and the fast way goes
// on behind it. Text in which quotes are escaped, and text without line feeds, is read by the
// grammar alone.

import CKernels

/// The end of the last whole record among bytes that begin with a record.
struct DelimitedBoundaries {
  /// Behind the last record that is whole; 0 when none is.
  private(set) var boundary = 0
  private let dialect: DelimitedDialect
  /// Bytes looked at; `inside` and `closing` are as of here.
  private var scanned = 0
  /// All ones when the last byte looked at lies inside quotes.
  private var inside: UInt64 = 0
  /// 1 when the last byte looked at is a closing quote.
  private var closing: UInt64 = 0

  init(_ dialect: DelimitedDialect) { self.dialect = dialect }

  /// Takes in the bytes from where the last call ended to `end`.
  ///
  /// Up to 64 bytes behind `end` are read and disregarded.
  mutating func scan(_ base: UnsafePointer<UInt8>, to end: Int) {
    if !dialect.hasEscapes { unsafe scanByParity(base, to: end) }
    if boundary == 0 { unsafe scanByRecord(base, to: end) }
  }

  private mutating func scanByRecord(_ base: UnsafePointer<UInt8>, to end: Int) {
    while case .at(let next) = unsafe recordEnd(
      base, from: boundary, to: end, isLast: false, dialect: dialect), next > boundary
    {
      boundary = next
    }
  }

  private mutating func scanByParity(_ base: UnsafePointer<UInt8>, to end: Int) {
    let delimiter = dialect.delimiter
    var boundary = boundary
    var at = scanned
    var inside = inside
    var closing = closing
    while at < end {
      let rest = end &- at
      let valid = rest >= 64 ? ~0 : ~(~0 &<< UInt64(rest))
      let quotes = unsafe hearth_mask64(base + at, .quote) & valid
      let newlines = unsafe hearth_mask64(base + at, .lineFeed) & valid
      if quotes | closing == 0 {
        let ends = newlines & ~inside
        if ends != 0 { boundary = at &+ 64 &- ends.leadingZeroBitCount }
        at &+= 64
        continue
      }
      let stops = unsafe (hearth_mask64(base + at, delimiter) & valid) | newlines | quotes
      var within = prefixParity(quotes) ^ inside
      let closers = quotes & ~within
      let mayOpen = unsafe (stops &<< 1) | (at == 0 || isStop(base[at &- 1]) ? 1 : 0)
      let followers = ((closers &<< 1) | closing) & valid
      var wrong = (quotes & within & ~mayOpen) | (followers & ~stops)
      if wrong != 0, wrong == followers & ~stops {
        wrong = unsafe withoutCarriageReturns(wrong, base + at, count: rest)
      }
      guard wrong == 0 else {
        let before = (1 &<< UInt64(wrong.trailingZeroBitCount)) &- 1
        let ends = newlines & ~within & before
        if ends != 0 { boundary = at &+ 64 &- ends.leadingZeroBitCount }
        let wrongPosition = at &+ wrong.trailingZeroBitCount
        inside = 0
        closing = 0
        at = unsafe pass(wrongPosition, base, boundary: &boundary, to: end)
        guard at > wrongPosition else { break }
        continue
      }
      let ends = newlines & ~within
      if ends != 0 { boundary = at &+ 64 &- ends.leadingZeroBitCount }
      closing = (closers &>> UInt64(min(rest, 64) &- 1)) & 1
      within = UInt64(bitPattern: Int64(bitPattern: within) &>> 63)
      inside = within
      at &+= 64
    }
    self.boundary = boundary
    self.scanned = min(at, end)
    self.inside = inside
    self.closing = closing
  }

  /// Reads records from `boundary` on until one ends behind `position`, or none does.
  @inline(never)
  private func pass(
    _ position: Int, _ base: UnsafePointer<UInt8>, boundary: inout Int, to end: Int
  ) -> Int {
    while boundary <= position,
      case .at(let next) = unsafe recordEnd(
        base, from: boundary, to: end, isLast: false, dialect: dialect)
    {
      boundary = next
    }
    return boundary
  }

  /// Takes in the end of the file: every record before `end` is whole, unless a quote is open.
  ///
  /// Returns where the open quote is.
  mutating func finish(_ base: UnsafePointer<UInt8>, at end: Int) -> Int? {
    while boundary < end {
      switch unsafe recordEnd(base, from: boundary, to: end, isLast: true, dialect: dialect) {
      case .at(let next): boundary = next
      case .openQuote(let position): return position
      case .unknown: preconditionFailure("the last record always ends")
      }
    }
    return nil
  }

  @inline(__always)
  private func isStop(_ byte: UInt8) -> Bool {
    byte == dialect.delimiter || byte == .lineFeed || byte == .quote
  }

  /// The bits of `wrong` that are not a carriage return before a line feed among `count` bytes.
  @inline(never)
  private func withoutCarriageReturns(
    _ wrong: UInt64, _ base: UnsafePointer<UInt8>, count: Int
  ) -> UInt64 {
    var left = wrong
    var kept: UInt64 = 0
    while left != 0 {
      let bit = left.trailingZeroBitCount
      left &= left &- 1
      let isLineEnd =
        unsafe bit + 1 < count && base[bit] == .carriageReturn && base[bit + 1] == .lineFeed
      if !isLineEnd { kept |= 1 &<< UInt64(bit) }
    }
    return kept
  }
}

/// Bit i is the exclusive-or of bits 0 to i.
@inline(__always)
private func prefixParity(_ bits: UInt64) -> UInt64 {
  var parity = bits
  parity ^= parity &<< 1
  parity ^= parity &<< 2
  parity ^= parity &<< 4
  parity ^= parity &<< 8
  parity ^= parity &<< 16
  parity ^= parity &<< 32
  return parity
}
