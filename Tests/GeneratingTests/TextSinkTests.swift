// Digits, days and words come out as they should read, and room grows without loss.

import Bytes
import Testing

@testable import Generating

@Suite struct TextSinkTests {
  @Test(arguments: [
    (UInt64(0), 1, "0"), (7, 2, "07"), (123, 3, "123"), (99, 5, "00099"),
    (1_096_711_206, 12, "001096711206"), (9_999_999_999, 10, "9999999999"),
  ])
  func writesLeadingZeros(number: UInt64, digits: Int, expected: String) {
    var text = TextSink(capacity: 16)
    text.append(number, digits: digits)

    #expect(text.string == expected)
  }

  @Test(arguments: [(0, "0"), (9, "9"), (10, "10"), (12_345, "12345")])
  func writesNoLeadingZeros(number: Int, expected: String) {
    var text = TextSink(capacity: 16)
    text.append(number: number)

    #expect(text.string == expected)
  }

  @Test func writesDaysAndGrows() {
    var text = TextSink(capacity: 1)
    for _ in 0..<100 {
      text.reserve(12)
      text.append(day: 20_088)
      text.comma()
    }

    #expect(text.string == String(repeating: "2024-12-31,", count: 100))
  }
}

extension TextSink {
  fileprivate var string: String { lend { String($0) } }
}
