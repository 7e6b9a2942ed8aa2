// Text of every declared encoding becomes UTF-8, however few bytes are asked for at a time.

import Bytes
import Support
import Testing

@testable import Loading

@Suite struct TextDecoderTests {
  typealias Encoding = DelimitedFormat.Encoding

  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  func decode(_ bytes: [UInt8], _ encoding: Encoding) throws -> [UInt8] {
    let path = try folder.write(bytes, as: "input.csv")
    let whole = try read(path, encoding, step: 1 << 20)
    for step in [1, 2, 3, 5, 64] {
      #expect(try read(path, encoding, step: step) == whole, "\(step) bytes at a time")
    }
    return whole
  }

  func read(_ path: String, _ encoding: Encoding, step: Int) throws -> [UInt8] {
    let text = try InputText(path: path, encoding: encoding)
    let scratch = Scratch<UInt8>(count: step)
    var result: [UInt8] = []
    while true {
      let count = try text.read(into: scratch.view)
      for index in 0..<count { result.append(scratch.view[index]) }
      if count < step { return result }
    }
  }

  func error(_ bytes: [UInt8], _ encoding: Encoding) throws -> DelimitedError? {
    do {
      _ = try decode(bytes, encoding)
      return nil
    } catch let error as DelimitedError {
      return error
    }
  }

  @Test(
    arguments: [
      (.utf16, [0xff, 0xfe, 0x61, 0, 0x10, 0x01, 0xc7, 0x1e], "aĐệ"),
      (.utf16, [0xfe, 0xff, 0, 0x61, 0x01, 0x10], "aĐ"),
      (.utf16LittleEndian, [0x3d, 0xd8, 0x00, 0xde, 0x0a, 0], "😀\n"),
      (.utf16LittleEndian, [0xff, 0xfe, 0x61, 0], "a"),
      (.utf16BigEndian, [0xd8, 0x3d, 0xde, 0x00, 0, 0x0a], "😀\n"),
      (.latin1, [0x43, 0x61, 0x66, 0xe9, 0x80, 0xff], "Café\u{80}ÿ"),
      (.windows1252, [0x80, 0x8a, 0xd0, 0x9f], "€ŠÐŸ"),
      (.windows1258, [0xd0, 0xf0, 0xe2, 0xf2, 0x6e, 0xfe], "Đđâ\u{323}n₫"),
      (.tcvn3, [0x43, 0xe9, 0x6e, 0x67, 0x20, 0x68, 0xdf, 0x61], "Cộng hòa"),
      (.tcvn3, [0xa7, 0x89 - 1, 0x20, 0xae, 0xb8], "ĐẺ đá"),
      (.utf16, [], ""), (.latin1, [], ""),
    ] as [(Encoding, [UInt8], String)])
  func decodes(encoding: Encoding, bytes: [UInt8], text: String) throws {
    #expect(try decode(bytes, encoding) == Array(text.utf8))
  }

  /// Longer than what is decoded at once, so that characters lie across its ends.
  @Test func decodesLongTexts() throws {
    let text = String(repeating: "x😀ệ", count: 40_000)
    let bytes = text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
    let path = try folder.write(bytes, as: "input.csv")

    #expect(try read(path, .utf16LittleEndian, step: 1 << 20) == Array(text.utf8))
    #expect(try read(path, .utf16LittleEndian, step: 1_001) == Array(text.utf8))
  }

  /// What is no character is no UTF-8 either, so that its record is refused.
  @Test(
    arguments: [
      (.utf16LittleEndian, [0x00, 0xd8, 0x61, 0], [0xed, 0xa0, 0x80, 0x61]),
      (.utf16LittleEndian, [0x00, 0xdc, 0x61, 0], [0xed, 0xb0, 0x80, 0x61]),
      (.utf16LittleEndian, [0x61, 0, 0x00, 0xd8], [0x61, 0xed, 0xa0, 0x80]),
      (.windows1252, [0x61, 0x81, 0x62], [0x61, 0xff, 0x62]),
    ] as [(Encoding, [UInt8], [UInt8])])
  func keepsWhatIsNoCharacterRefusable(
    encoding: Encoding, bytes: [UInt8], expected: [UInt8]
  ) throws {
    #expect(try decode(bytes, encoding) == expected)
  }

  @Test(
    arguments: [
      (.utf16, [0x61, 0, 0x62, 0], DelimitedError(.byteOrderUnknown, line: 1)),
      (
        .utf16LittleEndian, [0x61, 0, 0x62],
        DelimitedError(.endsInsideCharacter(.utf16LittleEndian))
      ),
      (.utf16LittleEndian, [0xfe, 0xff, 0, 0x61], DelimitedError(.otherEncoding(.utf16), line: 1)),
      (.utf16, [0xef, 0xbb, 0xbf, 0x61], DelimitedError(.otherEncoding(.utf8), line: 1)),
      (.latin1, [0xef, 0xbb, 0xbf, 0x61], DelimitedError(.otherEncoding(.utf8), line: 1)),
      (.latin1, [0xff, 0xfe, 0x61, 0], DelimitedError(.otherEncoding(.utf16), line: 1)),
    ] as [(Encoding, [UInt8], DelimitedError)])
  func refusesWhatIsSurelyAnotherEncoding(
    encoding: Encoding, bytes: [UInt8], expected: DelimitedError
  ) throws {
    #expect(try error(bytes, encoding) == expected)
  }
}
