// Numbers with other marks become numbers with a point, or nothing.

import Bytes
import Testing

@testable import Rows

@Suite struct NumberFormTests {
  @Test(arguments: [
    ("1.234.567,89", "1234567.89"), ("1234567,89", "1234567.89"), ("-1.234", "-1234"),
    ("12", "12"), ("0,5", "0.5"), ("999", "999"), ("12.345", "12345"),
  ])
  func readsNumbersWithADecimalComma(_ text: String, _ plain: String) {
    #expect(parse(text, decimal: ",", thousands: ".") == plain)
  }

  @Test(arguments: ["1.23,4", "1.2345", "1234.567", ".234", "1,2,3", "1.", "1,234.5", "1..234"])
  func refusesMarksAtOtherPlaces(_ text: String) {
    #expect(parse(text, decimal: ",", thousands: ".") == nil)
  }

  @Test func readsThousandsOnlyWhereTheyAreDeclared() {
    #expect(parse("66,040,229", decimal: ".", thousands: ",") == "66040229")
    #expect(parse("97100,7", decimal: ",", thousands: nil) == "97100.7")
    // What is no mark stays for the field to refuse.
    #expect(parse("1.234,5", decimal: ",", thousands: nil) == "1.234.5")
  }

  private func parse(_ text: String, decimal: String, thousands: String?) -> String? {
    let form = NumberForm(
      decimal: Array(decimal.utf8)[0], thousands: thousands.map { Array($0.utf8) } ?? [])
    return Array(text.utf8).lend { form.plain($0) }.map { String(decoding: $0, as: UTF8.self) }
  }
}
