// Numbers are written as digits, with zeros in front and nothing behind the eighth byte touched.

import Bytes
import Support
import Testing

@Suite struct DecimalDigitsTests {
  @Test(arguments: 1...24)
  func writesExactlySoManyDigits(count: Int) {
    var random = SeededGenerator(seed: UInt64(count))
    let room = Scratch<UInt8>(count: 40)
    var numbers = [Int64(0), 9, 10, 99_999_999, 100_000_000, 9_999_999_999, .max]
    for _ in 0..<2_000 {
      numbers.append(Int64.random(in: 0...Int64.max, using: &random) >> Int64.random(in: 0...62))
    }
    for number in numbers {
      for index in 0..<40 { room.view[index] = 0x78 }
      putDigits(number, count: count, into: room.view)
      let digits = String(String(String(number).reversed()).prefix(count).reversed())
      let expected = String(repeating: "0", count: count - digits.count) + digits
      #expect(String(room.view.lent(count: count)) == expected)
      #expect((max(8, count)..<40).allSatisfy { room.view[$0] == 0x78 })
    }
  }

  @Test func writesEightDigitsOfEveryNumber() {
    for number in stride(from: UInt64(0), to: 100_000_000, by: 9_973) {
      var characters = eightDigits(number).littleEndian
      let text = withUnsafeBytes(of: &characters) { String(decoding: $0, as: UTF8.self) }
      #expect(UInt64(text) == number && text.utf8.count == 8)
    }
  }
}
