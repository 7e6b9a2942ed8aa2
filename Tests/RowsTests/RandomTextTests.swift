// Whatever bytes a file holds, reading them as days, numbers or damaged texts ends in a value or a
// problem.

import Bytes
import Support
import Testing

@testable import Rows

@Suite struct RandomTextTests {
  private static let alphabet: [UInt8] =
    Array("0123456789./-,+eE T:'".utf8) + [
      0x00, 0xC3, 0x90, 0xC6, 0x89, 0xC2, 0xA0, 0xE2, 0x80, 0x99, 0xFF,
    ]

  @Test(arguments: 0..<4 as Range<UInt64>)
  func readsAnyBytes(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let patterns = try ["dd/MM/yyyy", "d/M/yy", "yyyyMMddHHmm", "yyyy", "excel", "excel1904"].map {
      try #require(DayPattern($0, pivot: 25))
    }
    let forms = [
      NumberForm(decimal: 0x2C, thousands: [0x2E]), NumberForm(decimal: 0x2E, thousands: []),
    ]
    let types: [FieldType] = [
      .digits(count: 12), .digits(count: 1), .text, .code(list: "c"), .integer,
    ]
    for _ in 0..<4_000 {
      let count = Int.random(in: 0...20, using: &random)
      let text = (0..<count).map { _ in Self.alphabet.randomElement(using: &random) ?? 0 }
      text.lend { text in
        for pattern in patterns {
          let parsed = pattern.parse(text)
          #expect(parsed.problem != nil || Day(physical: parsed.value) != nil)
        }
        for form in forms {
          if let plain = form.plain(text) { #expect(!plain.contains(0x2C) || form.decimal == 0x2E) }
        }
        for type in types {
          let repairs = TextRepairs(TextRepair.allCases.filter { $0.fits(type) }, of: type)
          if repairs.repaired(text)?.made.isEmpty ?? false {
            Issue.record("\(type) \(text.copied)")
          }
        }
      }
    }
  }
}
