// Texts written as one-byte codes, each of a symbol of one to eight bytes.
//
// Which symbols a column has is learnt from a sample of its texts (SymbolTrainer.swift). A single
// text can be read alone: nothing is shared between texts but the table.
//
// The layout is that of PlainText.swift; the symbols part is
//
//   OFFSET     SIZE       FIELD
//        0     8 * count  the bytes of each symbol, low byte first, zero bytes behind
//   8 * count      count  the byte count of each symbol: 1...8
//
// In the stored bytes of a text, a code below the symbol count stands for that symbol; 255 is an
// escape: the next byte stands for itself. Any other code is corruption.
//
// The symbols' byte counts are checked when the column is opened, codes when a text is read.

import Bytes

let symbolCountMax = 255
let symbolSizeMax = 8
let symbolEscape: UInt8 = 255

/// Throws unless a table of symbols lies inside `bytes` and every symbol has one to eight bytes.
func checkSymbols(_ bytes: LentBytes, at offset: Int, count: Int) throws(Corruption) {
  guard count > 0, count <= symbolCountMax else { throw Corruption(.column, at: 40) }
  let table = try bytes.slice(offset, count: count * (symbolSizeMax + 1), of: .column)
  // Less one, a count of zero becomes the largest of all.
  var largest: UInt8 = 0
  for symbol in 0..<count {
    largest = max(largest, table[count &* symbolSizeMax &+ symbol] &- 1)
  }
  if largest >= UInt8(symbolSizeMax) {
    throw Corruption(.column, at: offset + count * symbolSizeMax)
  }
}

extension TextRows {
  /// Writes the text whose codes lie at `place`; returns its byte count, which may be above `room`.
  func expand(
    _ place: TextPlace, into output: UnsafeMutablePointer<UInt8>, room: Int
  ) throws(Corruption) -> Int {
    let codes = unsafe (base + place.offset).assumingMemoryBound(to: UInt8.self)
    let values = unsafe base + Int(symbolsOffset)
    let count = Int(symbolCount)
    let lengths = unsafe (values + count &* symbolSizeMax).assumingMemoryBound(to: UInt8.self)

    // Each code is written as eight bytes, of which the next code overwrites those not meant.
    guard room >= place.byteCount &* symbolSizeMax else {
      return unsafe try expandExactly(
        place, codes: codes, values: values, lengths: lengths, into: output, room: room)
    }
    var written = 0
    var next = 0
    while next < place.byteCount {
      let code = unsafe Int(codes[next])
      next &+= 1
      if code < count {
        let value = unsafe values.loadUnaligned(fromByteOffset: code &* 8, as: UInt64.self)
        unsafe UnsafeMutableRawPointer(output + written).storeBytes(of: value, as: UInt64.self)
        written &+= unsafe Int(lengths[code])
      } else {
        guard code == Int(symbolEscape), next < place.byteCount else {
          throw Corruption(.column, at: place.offset + next - 1)
        }
        unsafe output[written] = unsafe codes[next]
        next &+= 1
        written &+= 1
      }
    }
    return written
  }

  /// `expand` near the end of the output: measures first, and writes nothing unless all fits.
  @inline(never)
  private func expandExactly(
    _ place: TextPlace, codes: UnsafePointer<UInt8>, values: UnsafeRawPointer,
    lengths: UnsafePointer<UInt8>, into output: UnsafeMutablePointer<UInt8>, room: Int
  ) throws(Corruption) -> Int {
    var size = 0
    var next = 0
    while next < place.byteCount {
      let code = unsafe codes[next]
      if code == symbolEscape { next += 1 }
      guard code == symbolEscape || code < symbolCount, next < place.byteCount else {
        throw Corruption(.column, at: place.offset + next)
      }
      size += unsafe code == symbolEscape ? 1 : Int(lengths[Int(code)])
      next += 1
    }
    guard size <= room else { return size }

    var written = 0
    next = 0
    while next < place.byteCount {
      let code = unsafe Int(codes[next])
      if code == Int(symbolEscape) {
        unsafe output[written] = unsafe codes[next + 1]
        (next, written) = (next + 2, written + 1)
        continue
      }
      for index in 0..<(unsafe Int(lengths[code])) {
        unsafe output[written] = unsafe values.load(
          fromByteOffset: code * symbolSizeMax + index, as: UInt8.self)
        written += 1
      }
      next += 1
    }
    return written
  }
}
