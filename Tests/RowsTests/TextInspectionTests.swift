// UTF-8 to the letter: every character, every overlong form, every surrogate, every cut.

import Bytes
import Support
import Testing

@testable import Rows

@Suite struct TextInspectionTests {
  @Test func acceptsEveryCharacter() {
    for value in UInt32(0x20)...0x10FFFF {
      guard let scalar = Unicode.Scalar(value), value < 0x7F || value >= 0xA0 else { continue }
      let bytes = Array(String(scalar).utf8)
      let problem = bytes.lend { TextInspection($0).problem }
      if problem != nil { Issue.record("U+\(String(value, radix: 16)) is refused") }
      if value >= 0x80 {
        let decoded = bytes.lend { decodeScalar($0, at: 0) }
        if decoded != (value, bytes.count) { Issue.record("U+\(String(value, radix: 16))") }
      }
    }
  }

  /// Every sequence of two bytes, and many of three and four, is judged as the library judges it.
  @Test func agreesWithTheStandardLibrary() {
    func check(_ bytes: [UInt8]) {
      let expected = String(validating: bytes, as: UTF8.self) != nil
      if bytes.lend({ isUTF8($0) }) != expected { Issue.record("\(bytes)") }
    }
    for first in UInt8.min...UInt8.max {
      check([first])
      for second in UInt8.min...UInt8.max { check([first, second]) }
    }
    let edges: [UInt8] = [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF]
    for first in UInt8(0xE0)...0xFF {
      for second in UInt8.min...UInt8.max {
        for third in edges {
          check([first, second, third])
          for fourth in edges { check([first, second, third, fourth]) }
        }
      }
    }
  }

  @Test func agreesOnRandomBytes() {
    var random = SeededGenerator(seed: 7)
    let choices: [UInt8] = [0x41, 0x20, 0xC3, 0xA9, 0xE1, 0xBA, 0xA5, 0xF0, 0x9F, 0x98, 0x80, 0xED]
    for _ in 0..<20_000 {
      let length = Int.random(in: 0...24, using: &random)
      let bytes = (0..<length).map { _ in choices.randomElement(using: &random) ?? 0 }
      let expected = String(validating: bytes, as: UTF8.self) != nil
      #expect(bytes.lend { isUTF8($0) } == expected)
      #expect((bytes.lend { TextInspection($0).problem } == nil) == expected)
    }
  }

  @Test(arguments: 0..<24)
  func findsAControlCharacterAtEveryPlace(_ place: Int) {
    for byte in [0x00, 0x08, 0x0B, 0x0C, 0x0E, 0x1F, 0x7F] as [UInt8] {
      var bytes = [UInt8](repeating: 0x61, count: 24)
      bytes[place] = byte
      #expect(bytes.lend { TextInspection($0).problem } == .controlCharacter)
    }
    var bytes = [UInt8](repeating: 0x7E, count: 24)
    bytes[place] = 0x20
    #expect(bytes.lend { TextInspection($0).problem } == nil)
  }

  /// A text may have several lines and columns.
  @Test(arguments: 0..<24)
  func acceptsTabsAndLineEndsAtEveryPlace(_ place: Int) {
    for byte in [0x09, 0x0A, 0x0D] as [UInt8] {
      var bytes = [UInt8](repeating: 0x61, count: 24)
      bytes[place] = byte
      let inspection = bytes.lend { TextInspection($0) }
      #expect(inspection.problem == nil)
      #expect(inspection.isSurelyNormal)
    }
  }

  @Test func namesTheFirstProblem() {
    #expect(inspect("a\u{85}b").problem == .controlCharacter)
    #expect([0x61, 0xC3].lend { TextInspection($0).problem } == .notUTF8)
    let longest = [UInt8](repeating: 0x61, count: 1_048_576)
    #expect(longest.lend { TextInspection($0).problem } == nil)
    #expect((longest + [0x61]).lend { TextInspection($0).problem } == .tooLong)
  }

  @Test func knowsWhatIsSurelyNormal() {
    #expect(inspect("Nguyễn Thị Hoà") == inspect("Đỗ"))
    #expect(inspect("Nguyễn Thị Hoà").isSurelyNormal)
    #expect(!inspect("Nguye\u{302}\u{303}n").isSurelyNormal)
    #expect(!inspect("\u{2000}").isSurelyNormal)
  }

  @Test func findsLettersThatOnlyLookLikeD() {
    for text in ["Ðà", "\u{F0}ường", "Ɖắk", "x\u{256}"] {
      #expect(inspect(text).hasLookAlike)
      #expect(inspect(text).problem == nil)
    }
    for text in ["Đà", "đường", "\u{D1}", "D", "\u{18A}"] { #expect(!inspect(text).hasLookAlike) }
  }

  private func inspect(_ text: String) -> TextInspection {
    Array(text.utf8).lend { TextInspection($0) }
  }
}
