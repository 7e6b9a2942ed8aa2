// Finds which of its alternatives a text made of other fields is.

import Bytes
import Rows
import Segments

/// The alternatives of one field, ready to be compared with texts.
@safe final class TextComposer {
  /// The bytes of a code as a little-endian integer, and their count.
  private struct CodeText {
    var bytes: UInt64
    var count: Int
  }

  /// A piece of an alternative.
  @safe private struct Piece {
    let field: Int
    /// Digits that the piece has; of no meaning for a code.
    let digitCount: Int
    /// The codes' bytes; nil for digits.
    let codes: UnsafeMutablePointer<CodeText>?
    let codeCount: Int
  }

  private let alternatives: [[TextPiece]]
  private let codeTexts: [[[UInt8]]]
  private let pieces: UnsafeMutablePointer<Piece>
  /// Where the pieces of each alternative begin, and the last ends.
  private let starts: [Int]
  /// Whether the loop can tell: pieces are of 1 to 16 digits, and codes of at most 8 bytes.
  private let isPlain: Bool

  init(_ alternatives: [[TextPiece]], codeTexts: [[[UInt8]]]) {
    self.alternatives = alternatives
    self.codeTexts = codeTexts
    var starts = [0]
    for alternative in alternatives { starts.append(starts[starts.count - 1] + alternative.count) }
    self.starts = starts
    let all = alternatives.flatMap { $0 }
    unsafe pieces = .allocate(capacity: max(all.count, 1))
    isPlain = all.allSatisfy { piece in
      piece.dictionary < 0
        ? piece.digitCount > 0 && piece.digitCount <= 16
        : codeTexts[piece.dictionary].allSatisfy { $0.count <= 8 }
    }
    for (index, piece) in all.enumerated() {
      let texts = piece.dictionary < 0 ? [] : codeTexts[piece.dictionary]
      unsafe (pieces + index).initialize(
        to: Piece(
          field: piece.field, digitCount: piece.digitCount,
          codes: piece.dictionary < 0 ? nil : Self.codes(texts), codeCount: texts.count))
    }
  }

  deinit {
    for index in 0..<starts[starts.count - 1] { unsafe pieces[index].codes?.deallocate() }
    unsafe pieces.deallocate()
  }

  private static func codes(_ texts: [[UInt8]]) -> UnsafeMutablePointer<CodeText> {
    let codes = UnsafeMutablePointer<CodeText>.allocate(capacity: max(texts.count, 1))
    for (code, text) in texts.enumerated() {
      let word = text.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      unsafe (codes + code).initialize(to: CodeText(bytes: word, count: text.count))
    }
    return unsafe codes
  }

  // MARK: Many texts

  /// Puts into `values` which alternative each text is; returns how many positions in `rest` are
  /// left to a closer look, those of empty texts and of other texts among them.
  func find(
    _ texts: FieldTexts, row: Int, in parsed: ParsedPiece, into values: ScratchView<Int64>,
    rest: ScratchView<UInt16>
  ) -> Int {
    var restCount = texts.count
    for record in 0..<restCount { rest[record] = UInt16(record) }
    guard isPlain else { return restCount }
    for index in alternatives.indices where restCount > 0 {
      let sources = alternatives[index].compactMap { parsed.values[$0.field]?.from(row) }
      guard sources.count == alternatives[index].count else { continue }
      unsafe sources.withUnsafeBufferPointer { sources in
        guard let first = sources.baseAddress else { return }
        restCount = unsafe find(
          Int64(index), pieces + starts[index], first, sources.count, texts, into: values,
          rest: rest, count: restCount)
      }
    }
    return restCount
  }

  /// One alternative for the texts that are left; returns how many are left after it.
  private func find(
    _ alternative: Int64, _ pieces: UnsafePointer<Piece>,
    _ sources: UnsafePointer<ScratchView<Int64>>, _ pieceCount: Int, _ texts: FieldTexts,
    into values: ScratchView<Int64>, rest: ScratchView<UInt16>, count: Int
  ) -> Int {
    var restCount = 0
    for index in 0..<count {
      let record = Int(rest[index])
      let place = texts.places[record]
      let byteCount = place.plainCount
      let start = unsafe texts.bytes.base + place.start
      var at = 0
      var piece = 0
      while piece < pieceCount, at < byteCount {
        let value = unsafe sources[piece][record]
        guard let end = unsafe self.end(of: pieces[piece], value, start, at) else { break }
        at = end
        piece &+= 1
      }
      if byteCount > 0, piece == pieceCount, at == byteCount {
        values[record] = alternative
      } else {
        rest[restCount] = UInt16(truncatingIfNeeded: record)
        restCount &+= 1
      }
    }
    return restCount
  }

  /// Where a piece with a value ends that stands at an offset, or nil if another text stands there.
  @inline(__always)
  private func end(
    of piece: Piece, _ value: Int64, _ start: UnsafeRawPointer, _ at: Int
  ) -> Int? {
    let head = unsafe UInt64(littleEndian: (start + at).loadUnaligned(as: UInt64.self))
    guard value >= 0 else { return nil }
    if let codes = unsafe piece.codes {
      guard value < Int64(piece.codeCount) else { return nil }
      let code = unsafe codes[Int(truncatingIfNeeded: value)]
      guard code.count > 0 else { return at }
      let unused = UInt64(truncatingIfNeeded: 64 &- 8 &* code.count)
      return (head ^ code.bytes) &<< unused == 0 ? at &+ code.count : nil
    }
    let number = UInt64(bitPattern: value)
    let end = at &+ piece.digitCount
    guard piece.digitCount > 8 else {
      return FieldText.number(ofFirst: piece.digitCount, in: head) == number ? end : nil
    }
    let tail = unsafe UInt64(
      littleEndian: (start + (end &- 8)).loadUnaligned(as: UInt64.self))
    let high = number / 100_000_000
    guard FieldText.number(ofFirst: piece.digitCount &- 8, in: head) == high,
      FieldText.number(ofFirst: 8, in: tail) == number &- high &* 100_000_000
    else { return nil }
    return end
  }

  // MARK: One text

  /// The alternative that a text is, or nil if it is none.
  func alternative(of text: LentBytes, row: Int, in parsed: ParsedPiece) -> Int? {
    alternatives.firstIndex { isComposed(text, of: $0, row, parsed) }
  }

  private func isComposed(
    _ text: LentBytes, of pieces: [TextPiece], _ row: Int, _ parsed: ParsedPiece
  ) -> Bool {
    var at = 0
    for piece in pieces {
      guard let value = parsed.values[piece.field]?[row], value >= 0 else { return false }
      if piece.dictionary >= 0 {
        let list = codeTexts[piece.dictionary]
        guard value < Int64(list.count) else { return false }
        let code = list[Int(value)]
        guard at + code.count <= text.count else { return false }
        for index in code.indices where text[at + index] != code[index] { return false }
        at += code.count
      } else {
        guard at + piece.digitCount <= text.count else { return false }
        var rest = value
        for index in stride(from: piece.digitCount - 1, through: 0, by: -1) {
          guard text[at + index] == 0x30 &+ UInt8(truncatingIfNeeded: rest % 10) else {
            return false
          }
          rest /= 10
        }
        at += piece.digitCount
      }
    }
    return at == text.count
  }
}
