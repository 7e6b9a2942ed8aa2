// Values, texts and rows as they are written, byte by byte.

import Bytes
import Support
import Testing

@testable import Querying

@Suite struct RowTextTests {
  private func written(_ format: TextFormat = .csv, _ body: (inout RowText) -> Void) -> String {
    var text = RowText(format)
    body(&text)
    return String(text.bytes)
  }

  private func put(_ value: String, into text: inout RowText) {
    Array(value.utf8).lend { text.append(text: $0) }
  }

  @Test(arguments: [
    ("", "\"\""), ("a", "a"), ("Nguyễn Thị Hoa", "Nguyễn Thị Hoa"), ("a,b", "\"a,b\""),
    ("\"", "\"\"\"\""), ("12345678\n", "\"12345678\n\""), ("1234567\r", "\"1234567\r\""),
    (" a ", " a "), ("12345678901234567,", "\"12345678901234567,\""),
  ])
  func quotesTexts(value: String, expected: String) {
    #expect(written { put(value, into: &$0) } == expected)
  }

  @Test(arguments: [
    ("", ""), ("a,b", "a,b"), ("Đặng Thị Hoa", "Đặng Thị Hoa"), ("\"", "\\\""), ("a\\b", "a\\\\b"),
    ("\n\r\t", "\\n\\r\\t"), ("\u{0}\u{1}\u{1F}", "\\u0000\\u0001\\u001f"), ("\u{7F}", "\\u007f"),
    ("\u{80}\u{9F}\u{A0}", "\\u0080\\u009f\u{A0}"), ("a\u{2028}b\u{2029}", "a\\u2028b\\u2029"),
    ("\u{2027}\u{202A}", "\u{2027}\u{202A}"), ("👩‍👧", "👩‍👧"), ("a/b", "a/b"),
  ])
  func escapesTexts(value: String, expected: String) {
    #expect(written(.ndjson) { put(value, into: &$0) } == expected)
  }

  /// Texts are looked at eight bytes at a time.
  @Test func findsWhatItLooksForAtEveryPlace() {
    for length in 1...20 {
      for place in 0..<length {
        func isFound(_ byte: UInt8, _ search: (LentBytes) -> Bool) -> Bool {
          var bytes = [UInt8](repeating: 0x61, count: length)
          bytes[place] = byte
          return bytes.lend { search($0) }
        }
        for byte in UInt8.min...UInt8.max {
          let needs = [0x2C, 0x22, 0x0A, 0x0D].contains(byte)
          if isFound(byte, needsQuotes) != needs { Issue.record("\(byte) at \(place)") }
          let mayEscape = byte < 0x20 || [0x22, 0x5C, 0x7F, 0xC2, 0xE2].contains(byte)
          if isFound(byte, needsEscapes) != mayEscape { Issue.record("\(byte) at \(place)") }
        }
      }
    }
  }

  @Test(arguments: 1...18)
  func writesDigits(count: Int) {
    var random = SeededGenerator(seed: UInt64(count))
    let bound = (0..<count).reduce(Int64(1)) { power, _ in power * 10 }
    for value in [0, 1, bound - 1, bound / 2]
      + (0..<50).map({ _ in .random(in: 0..<bound, using: &random) })
    {
      let digits = String(value)
      let expected = String(repeating: "0", count: count - digits.utf8.count) + digits
      #expect(written { $0.append(digits: value, count: count) } == expected)
    }
  }

  @Test func writesNumbers() {
    for value in [0, 9, 10, -907, 99_999_999, 100_000_000, .max, .min + 1] as [Int64] {
      #expect(written { $0.append(integer: value) } == String(value))
    }
    #expect(written { $0.append(decimal: 5, scale: 2) } == "0.05")
    #expect(written { $0.append(decimal: -12_345, scale: 3) } == "-12.345")
    #expect(written { $0.append(decimal: -7, scale: 0) } == "-7")
    #expect(
      written { $0.append(decimal: 123_456_789_012_345_678, scale: 18) } == "0.123456789012345678")
  }

  @Test func writesDaysAsFarAsTheyAreKnown() {
    func day(_ stored: Int64) -> String {
      written { text in
        let isDay = text.append(day: stored)
        #expect(isDay)
      }
    }
    // 11,017 days after 1 January 1970 is 1 March 2000.
    #expect(day(4 * 11_017) == "2000-03-01")
    #expect(day(4 * 11_017 + 1) == "2000-03")
    #expect(day(4 * 10_957 + 2) == "2000")
    #expect(day(4 * -719_162) == "0001-01-01")
    #expect(day(4 * 2_932_896) == "9999-12-31")
    var text = RowText(.csv)
    let isDay = text.append(day: 3)
    #expect(!isDay && text.count == 0)
  }

  @Test func writesFlagsAsTheFormatHasThem() {
    #expect(written { $0.append(flag: true) } == "1")
    #expect(written { $0.append(flag: false) } == "0")
    #expect(written(.ndjson) { $0.append(flag: true) } == "true")
    #expect(written(.ndjson) { $0.append(flag: false) } == "false")
  }

  /// A number, nothing, and a flag, as a line.
  private func line(_ number: Int64, _ labels: [FieldLabel], to text: inout RowText) {
    text.beginRow()
    _ = text.beginField(labels[0])
    text.append(integer: number)
    text.endField(labels[0])
    let start = text.beginField(labels[1])
    text.append(integer: 5)
    text.leaveOut(from: start)
    _ = text.beginField(labels[2])
    text.append(flag: true)
    text.endField(labels[2])
  }

  @Test func leavesOutWhatIsAbsent() {
    let labels = FieldLabels([("a", true), ("nothing", true), ("is_main", false)])
    for (format, expected) in [
      (TextFormat.csv, "7,,1\n8,,1\n"),
      (.ndjson, "{\"a\":\"7\",\"is_main\":true}\n{\"a\":\"8\",\"is_main\":true}\n"),
    ] {
      let text = written(format) { text in
        for number in 7...8 as ClosedRange<Int64> {
          line(number, labels.labels, to: &text)
          text.endLine()
        }
      }
      #expect(text == expected)
    }
  }

  /// A blank line would be no row.
  @Test func writesALineOfOneAbsentValue() {
    let labels = FieldLabels([("a", true)])
    for (format, expected) in [
      (TextFormat.csv, "1\n\"\"\n\"\"\n"), (.ndjson, "{\"a\":\"1\"}\n{}\n{}\n"),
    ] {
      let text = written(format) { text in
        for isThere in [true, false, false] {
          text.beginRow()
          let start = text.beginField(labels.labels[0])
          text.append(integer: 1)
          if isThere { text.endField(labels.labels[0]) } else { text.leaveOut(from: start) }
          text.endLine()
        }
      }
      #expect(text == expected)
    }
  }

  @Test func nestsRowsInArrays() {
    let labels = FieldLabels([("a", true), ("nothing", true), ("is_main", false), ("many", false)])
    let text = written(.ndjson) { text in
      text.beginRow()
      for _ in 0..<2 {
        text.beginArray(labels.labels[3])
        for number in 1...2 as ClosedRange<Int64> {
          line(number, labels.labels, to: &text)
          text.endRow()
        }
        text.endArray()
      }
      text.beginArray(labels.labels[3])
      text.endArray()
      text.endLine()
    }
    let array = #""many":[{"a":"1","is_main":true},{"a":"2","is_main":true}]"#
    #expect(text == "{\(array),\(array),\"many\":[]}\n")
  }

  @Test func growsAndKeepsWhatItHas() {
    let value = String(repeating: "ab", count: 900_000)
    #expect(
      written { text in (0..<3).forEach { _ in put(value, into: &text) } } == value + value + value)
  }

  /// The first part of a card's number was once lost where the room grew before its second part.
  @Test func keepsTheStartOfATextWhileTheRoomGrows() {
    let text = written { text in
      text.textRoom(2)[0] = 0x61
      text.textRoom(4 << 20)[1] = 0x62
      text.endText(2)
    }
    #expect(text == "ab")
  }

  @Test func goesOnInOtherBytesWhenWhatItHasIsMoved() {
    var text = RowText(.csv)
    var bytes = TextBytes()
    text.append(integer: 1)
    text.move(to: &bytes)
    #expect(String(bytes.bytes) == "1")
    text.append(integer: 2)
    #expect(String(text.bytes) == "2")
    text.move(to: &bytes)
    #expect(String(bytes.bytes) == "2" && text.count == 0)
  }
}
