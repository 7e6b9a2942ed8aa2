// Texts in NFC: those that are not are composed, those that are stay as they are.

import Bytes
import Foundation
import Support
import Testing

@testable import Rules

/// The decomposed form, by another implementation than the one under test.
func decomposed(_ text: String) -> String { text.decomposedStringWithCanonicalMapping }

@Suite struct NormalisationTests {
  private func normal(_ text: String) -> String? {
    Array(text.utf8).lend { normalised($0) }.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(arguments: ["", "abc", "Nguyễn Thị Hoà", "Đỗ", "H’Hen", "阮氏", "각", "e\u{327}x"])
  func leavesWhatIsNormal(_ text: String) {
    let composed = text.precomposedStringWithCanonicalMapping
    #expect(normal(composed) == nil)
  }

  @Test func composesWhatIsNot() {
    #expect(normal("Nguye\u{302}\u{303}n")?.utf8.elementsEqual("Nguyễn".utf8) == true)
    // The order of marks that windows-1258 gives: circumflex in the letter, tone apart.
    #expect(normal("\u{E2}\u{301}")?.utf8.elementsEqual("ấ".utf8) == true)
    #expect(normal("a\u{323}\u{302}")?.utf8.elementsEqual("ậ".utf8) == true)
    #expect(normal("a\u{302}\u{323}")?.utf8.elementsEqual("ậ".utf8) == true)
    #expect(normal("\u{212B}")?.utf8.elementsEqual("Å".utf8) == true)
  }

  /// Agrees with Foundation on mixtures of Vietnamese letters and marks, and on every character.
  @Test func agreesWithFoundation() {
    var random = SeededGenerator(seed: 5)
    let pieces = [
      "a", "ê", "ơ", "đ", "ậ", "\u{300}", "\u{302}", "\u{31B}", "\u{323}", " ", "각", "\u{1100}",
    ]
    for _ in 0..<3000 {
      let text = (0..<6).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
      let expected = text.precomposedStringWithCanonicalMapping
      #expect((normal(text) ?? text).utf8.elementsEqual(expected.utf8))
    }
    for value in stride(from: UInt32(0xA0), to: 0x30000, by: 1) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let text = String(scalar)
      if !(normal(text) ?? text).utf8.elementsEqual(text.precomposedStringWithCanonicalMapping.utf8)
      {
        Issue.record("U+\(String(value, radix: 16))")
      }
    }
  }
}
