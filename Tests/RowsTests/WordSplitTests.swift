// Words of names and addresses, and that joining them gives the text back or nothing was split.

import Bytes
import Support
import Testing

@testable import Rows

@Suite struct WordSplitTests {
  @Test func splitsNames() {
    #expect(WordSplit.name.split("Nguyễn Thị Thu Hà") == ["Nguyễn", "Thị Thu", "Hà"])
    #expect(WordSplit.name.split("Trần Đức") == ["Trần", "", "Đức"])
    #expect(WordSplit.name.split("Y") == ["", "", "Y"])
    #expect(WordSplit.name.split("") == ["", "", ""])
  }

  @Test(arguments: ["A  B", " A B", "A B ", "A  B C", "A B  C", " ", "  "])
  func leavesOddlySpacedNames(_ name: String) { #expect(WordSplit.name.split(name) == nil) }

  @Test func splitsAddresses() {
    #expect(
      WordSplit.address.split("Số 12, ngõ 7, đường 3 Tháng 2")
        == ["12", "7", "Số \u{1}, ngõ \u{1}, đường 3 Tháng 2"])
    #expect(WordSplit.address.split("Thôn Đông") == ["", "", "Thôn Đông"])
    #expect(WordSplit.address.split("012/34A") == ["012", "34", "\u{1}/\u{1}A"])
    #expect(WordSplit.address.split("123456 x 1") == ["1", "", "123456 x \u{1}"])
    #expect(WordSplit.address.split("a\u{1}b") == nil)
  }

  @Test func keepsAWholeText() { #expect(WordSplit.whole.split("Con 1") == ["Con 1"]) }

  /// Joining is the inverse of splitting, and no two texts have the same words.
  @Test(arguments: WordSplit.allCases)
  func givesBackWhatItSplit(_ split: WordSplit) {
    var random = SeededGenerator(seed: 11)
    let letters = ["a", "Đ", " ", " ", "1", "20", ",", "\u{1}"]
    var seen: [[String]: String] = [:]
    let scratch = Scratch<UInt8>(count: 256)
    let joined = Scratch<UInt8>(count: 256)
    for _ in 0..<20_000 {
      let text = (0..<Int.random(in: 0...9, using: &random))
        .map { _ in letters.randomElement(using: &random) ?? "" }.joined()
      guard let words = split.split(text) else { continue }
      #expect(seen.updateValue(text, forKey: words) ?? text == text)
      Array(text.utf8).lend { bytes in
        guard let words = split.split(bytes, scratch: scratch.view) else { return }
        let count = split.join(words, into: joined.view)
        #expect(joined.view.lent(count: count).isEqual(to: bytes))
      }
    }
    #expect(seen.count > 1000)
  }
}
