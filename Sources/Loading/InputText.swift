// The text of an input file as UTF-8, with its beginning read ahead.

import Bytes

/// The content of a file, decompressed and decoded.
///
/// One thread reads at a time.
final class InputText: @unchecked Sendable {
  let file: InputFile
  private let decoder: TextDecoder?
  private let beginningByteCount: Int
  private var ahead: PieceBuffer?
  private var givenCount = 0
  /// Bytes of `ahead`, which is all of the text when they are fewer than it has room for.
  private let aheadCount: Int

  /// Opens the file at a path, `-` being the standard input, and reads its beginning.
  init(
    path: String, encoding: DelimitedFormat.Encoding?, limits: DelimitedLimits = DelimitedLimits()
  ) throws(DelimitedError) {
    beginningByteCount = limits.beginningByteCount
    do throws(InputError) {
      file = try InputFile(path: path)
    } catch {
      throw DelimitedError(.input(error))
    }
    let decoder = TextDecoder(encoding ?? .utf8)
    self.decoder = decoder
    let buffer = PieceBuffer(byteCount: beginningByteCount)
    ahead = buffer
    aheadCount = try Self.read(into: buffer.view, file, decoder)
    if decoder == nil { try Self.refuseOtherEncodings(buffer.view.lent(count: aheadCount)) }
  }

  /// The first bytes of the text, and whether they are all of it; nothing once they are read.
  var beginning: (bytes: LentBytes, isWhole: Bool) {
    (
      ahead?.view.lent(count: aheadCount) ?? LentBytes.empty,
      aheadCount < beginningByteCount
    )
  }

  /// Fills the view with text; fewer bytes than its count only at the end.
  func read(into target: ScratchView<UInt8>) throws(DelimitedError) -> Int {
    guard let ahead else { return try Self.read(into: target, file, decoder) }
    let count = min(aheadCount - givenCount, target.count)
    unsafe target.base.update(from: ahead.view.base + givenCount, count: count)
    givenCount += count
    guard givenCount == aheadCount else { return count }
    self.ahead = nil
    guard count < target.count, aheadCount == beginningByteCount else { return count }
    return try count + Self.read(into: target.from(count), file, decoder)
  }

  private static func read(
    into target: ScratchView<UInt8>, _ file: InputFile, _ decoder: TextDecoder?
  ) throws(DelimitedError) -> Int {
    if let decoder { return try decoder.read(into: target, from: file) }
    do throws(InputError) {
      return try file.read(into: target)
    } catch {
      throw DelimitedError(.input(error))
    }
  }

  /// Refuses bytes that begin as no UTF-8 text does.
  private static func refuseOtherEncodings(_ bytes: LentBytes) throws(DelimitedError) {
    let first = (0..<4).map { $0 < bytes.count ? bytes[$0] : 1 }
    if first == [0xff, 0xfe, 0, 0] || first == [0, 0, 0xfe, 0xff] {
      throw DelimitedError(.otherEncoding(nil), line: 1)
    }
    if first.starts(with: [0xff, 0xfe]) || first.starts(with: [0xfe, 0xff]) {
      throw DelimitedError(.otherEncoding(.utf16), line: 1)
    }
    // In UTF-16 every second byte of Latin letters, digits, delimiters and line ends is zero.
    var zeroCounts = [0, 0]
    let count = min(bytes.count, 4_096) & ~1
    for index in 0..<count where bytes[index] == 0 { zeroCounts[index & 1] += 1 }
    guard zeroCounts[0] + zeroCounts[1] > count / 4 else { return }
    if zeroCounts[0] == 0 { throw DelimitedError(.otherEncoding(.utf16LittleEndian), line: 1) }
    if zeroCounts[1] == 0 { throw DelimitedError(.otherEncoding(.utf16BigEndian), line: 1) }
  }
}
