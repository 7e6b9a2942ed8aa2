// Decodes text of other encodings to UTF-8 as it is read.
//
// What is no character becomes bytes that are no UTF-8 (an unpaired surrogate the three bytes that
// would stand for it, a byte without meaning 0xFF), so that its record is refused for what it is
// and its neighbours are not.

import Bytes

/// Turns the bytes of a file into UTF-8; used by one thread at a time.
@safe
final class TextDecoder {
  private enum Unit {
    /// One byte a character: the UTF-8 bytes of each, the first lowest, their count uppermost.
    case byte([UInt32])
    case pair(isBigEndian: Bool)
  }

  private static let inputByteCount = 1 << 16

  private let encoding: DelimitedFormat.Encoding
  private var unit: Unit
  private let input = Scratch<UInt8>(count: inputByteCount)
  private var inputPosition = 0
  private var inputCount = 0
  private var inputHasEnded = false
  private var hasBegun = false
  /// Decoded bytes that did not fit into the last target, the first lowest.
  private var held: (bytes: UInt32, count: Int) = (0, 0)

  /// Nil for UTF-8, which needs no decoding.
  init?(_ encoding: DelimitedFormat.Encoding) {
    self.encoding = encoding
    switch encoding {
    case .utf8: return nil
    case .utf16, .utf16LittleEndian: unit = .pair(isBigEndian: false)
    case .utf16BigEndian: unit = .pair(isBigEndian: true)
    case .latin1, .windows1252, .windows1258, .tcvn3:
      let upper = CodePages.upperHalf(encoding) ?? []
      let scalars = Array(0..<128) + upper
      unit = .byte(
        scalars.enumerated().map { byte, scalar in
          byte >= 128 && scalar == CodePages.unused ? 0x0100_00FF : utf8(UInt32(scalar))
        })
    }
  }

  /// Fills the view with UTF-8; fewer bytes than its count only at the end of the file.
  func read(into target: ScratchView<UInt8>, from file: InputFile) throws(DelimitedError) -> Int {
    var count = 0
    while count < target.count {
      if held.count > 0 {
        target[count] = UInt8(truncatingIfNeeded: held.bytes)
        held = (held.bytes >> 8, held.count - 1)
        count += 1
        continue
      }
      if needsInput {
        guard !inputHasEnded else { break }
        try refill(file)
        if !hasBegun { try begin() }
        continue
      }
      switch unit {
      case .byte(let table): count += decodeBytes(table, into: target.from(count))
      case .pair(let isBigEndian):
        count += decodePairs(isBigEndian: isBigEndian, into: target.from(count))
      }
    }
    return count
  }

  /// Whether what is left of the input is no whole character.
  private var needsInput: Bool {
    let rest = inputCount - inputPosition
    guard case .pair(let isBigEndian) = unit else { return rest == 0 }
    if rest >= 4 || (inputHasEnded && rest >= 2) { return false }
    return rest < 2 || isHighSurrogate(pair(at: inputPosition, isBigEndian: isBigEndian))
  }

  private func refill(_ file: InputFile) throws(DelimitedError) {
    let rest = inputCount - inputPosition
    for index in 0..<rest { input.view[index] = input.view[inputPosition + index] }
    inputPosition = 0
    do throws(InputError) {
      let count = try file.read(into: input.view.from(rest))
      inputHasEnded = count < input.view.count - rest
      inputCount = rest + count
    } catch {
      throw DelimitedError(.input(error))
    }
    if inputHasEnded, case .pair = unit, inputCount & 1 != 0 {
      throw DelimitedError(.endsInsideCharacter(encoding))
    }
  }

  /// Passes over a byte order mark, or refuses one of another encoding than is declared.
  private func begin() throws(DelimitedError) {
    hasBegun = true
    let first = (0..<3).map { $0 < inputCount ? input.view[$0] : 0 }
    let isLittle = first.starts(with: [0xff, 0xfe])
    let isBig = first.starts(with: [0xfe, 0xff])
    guard case .pair(let isBigEndian) = unit else {
      if isLittle || isBig { throw DelimitedError(.otherEncoding(.utf16), line: 1) }
      if first == [0xef, 0xbb, 0xbf] { throw DelimitedError(.otherEncoding(.utf8), line: 1) }
      return
    }
    if first == [0xef, 0xbb, 0xbf] { throw DelimitedError(.otherEncoding(.utf8), line: 1) }
    guard isLittle || isBig else {
      guard encoding != .utf16 || inputCount == 0 else {
        throw DelimitedError(.byteOrderUnknown, line: 1)
      }
      return
    }
    guard encoding == .utf16 || isBigEndian == isBig else {
      throw DelimitedError(.otherEncoding(.utf16), line: 1)
    }
    unit = .pair(isBigEndian: isBig)
    inputPosition = 2
  }

  private func decodeBytes(_ table: [UInt32], into target: ScratchView<UInt8>) -> Int {
    let source = input.view
    var (position, count) = (inputPosition, 0)
    while position < inputCount, count < target.count {
      let byte = source[position]
      position += 1
      if byte < 0x80 {
        target[count] = byte
        count += 1
      } else {
        put(table[Int(byte)], into: target, &count)
      }
    }
    inputPosition = position
    return count
  }

  private func decodePairs(isBigEndian: Bool, into target: ScratchView<UInt8>) -> Int {
    var count = 0
    while !needsInput, count < target.count {
      var scalar = pair(at: inputPosition, isBigEndian: isBigEndian)
      inputPosition += 2
      if isHighSurrogate(scalar), inputPosition + 2 <= inputCount {
        let low = pair(at: inputPosition, isBigEndian: isBigEndian)
        if low & 0xfc00 == 0xdc00 {
          scalar = 0x1_0000 + (scalar & 0x3ff) << 10 + (low & 0x3ff)
          inputPosition += 2
        }
      }
      if scalar < 0x80 {
        target[count] = UInt8(truncatingIfNeeded: scalar)
        count += 1
      } else {
        put(utf8(scalar), into: target, &count)
      }
    }
    return count
  }

  private func put(_ bytes: UInt32, into target: ScratchView<UInt8>, _ count: inout Int) {
    // Four bytes leave no room for their count; only they begin so.
    let byteCount = bytes & 0xf8 == 0xf0 ? 4 : Int(bytes >> 24)
    held = (bytes, byteCount)
    while held.count > 0, count < target.count {
      target[count] = UInt8(truncatingIfNeeded: held.bytes)
      held = (held.bytes >> 8, held.count - 1)
      count += 1
    }
  }

  private func pair(at position: Int, isBigEndian: Bool) -> UInt32 {
    let (first, second) = (UInt32(input.view[position]), UInt32(input.view[position + 1]))
    return isBigEndian ? first << 8 | second : second << 8 | first
  }
}

@inline(__always)
private func isHighSurrogate(_ unit: UInt32) -> Bool { unit & 0xfc00 == 0xd800 }

/// The UTF-8 bytes of a scalar, the first lowest, and their count uppermost unless they are four;
/// of a surrogate the three bytes that would stand for it.
private func utf8(_ scalar: UInt32) -> UInt32 {
  func trailing(_ shift: UInt32) -> UInt32 { 0x80 | (scalar >> shift) & 0x3f }
  if scalar < 0x80 { return 1 << 24 | scalar }
  if scalar < 0x800 { return 2 << 24 | trailing(0) << 8 | 0xc0 | scalar >> 6 }
  if scalar < 0x1_0000 {
    return 3 << 24 | trailing(0) << 16 | trailing(6) << 8 | 0xe0 | scalar >> 12
  }
  return trailing(0) << 24 | trailing(6) << 16 | trailing(12) << 8 | 0xf0 | scalar >> 18
}
