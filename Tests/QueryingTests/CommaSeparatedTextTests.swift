// Values and texts as they are written, byte by byte.

import Bytes
import Testing

@testable import Querying

@Suite struct CommaSeparatedTextTests {
  private func written(_ body: (CommaSeparatedText) -> Void) -> String {
    let text = CommaSeparatedText()
    body(text)
    return String(text.bytes)
  }

  private func put(_ value: String, into text: CommaSeparatedText) {
    let bytes = Array(value.utf8)
    bytes.lend { _ = text.textRoom(bytes.count).write($0, at: 0) }
    text.endText(bytes.count)
  }

  @Test(arguments: [
    ("", "\"\""), ("a", "a"), ("Nguyễn Thị Hoa", "Nguyễn Thị Hoa"), ("a,b", "\"a,b\""),
    ("\"", "\"\"\"\""), ("12345678\n", "\"12345678\n\""), ("1234567\r", "\"1234567\r\""),
    (" a ", " a "), ("12345678901234567,", "\"12345678901234567,\""),
  ])
  func quotesTexts(value: String, expected: String) {
    #expect(written { put(value, into: $0) } == expected)
  }

  @Test func writesNumbers() {
    #expect(written { $0.append(digits: 42, count: 5) } == "00042")
    #expect(written { $0.append(integer: 0) } == "0")
    #expect(written { $0.append(integer: -907) } == "-907")
    #expect(written { $0.append(integer: .max) } == "9223372036854775807")
    #expect(written { $0.append(integer: .min + 1) } == "-9223372036854775807")
  }

  @Test func writesDaysAsFarAsTheyAreKnown() {
    // 11,017 days after 1 January 1970 is 1 March 2000.
    #expect(written { $0.append(day: 4 * 11_017) } == "2000-03-01")
    #expect(written { $0.append(day: 4 * 11_017 + 1) } == "2000-03")
    #expect(written { $0.append(day: 4 * 10_957 + 2) } == "2000")
  }

  @Test func endsFieldsAndRows() {
    let text = written { text in
      for row in 0..<2 {
        text.append(integer: Int64(row))
        text.endField()
        text.endField()
        text.endRow()
      }
    }
    #expect(text == "0,\n1,\n")
  }

  @Test func growsAndKeepsWhatItHas() {
    let value = String(repeating: "ab", count: 900_000)
    #expect(
      written { text in (0..<3).forEach { _ in put(value, into: text) } }
        == value + value + value)
  }
}
