// Stored integers as values and as text, and stored integers that no value has.

import Testing

@testable import Rows

@Suite struct ValueTests {
  private let codes = CodeList(
    name: "c", description: "", source: "", isOpen: false, attributes: [], codes: ["x", "y"],
    attributeArena: [], attributeEnds: [])

  private var cases: [(Int64, FieldType, Value, String)] {
    [
      (12, .digits(count: 5), .digits("00012"), "00012"),
      (
        999_999_999_999_999_999, .digits(count: 18), .digits("999999999999999999"),
        "999999999999999999"
      ),
      (1, .code(list: "c"), .code("y"), "y"),
      (4, .day, Day(1970, 1, 2).map { .day($0) } ?? .absent, "1970-01-02"),
      (-5, .integer, .integer(-5), "-5"),
      (-5, .decimal(scale: 2), .decimal(unscaled: -5, scale: 2), "-0.05"),
      (1234, .decimal(scale: 2), .decimal(unscaled: 1234, scale: 2), "12.34"),
      (1, .flag, .flag(true), "1"),
      (.min, .integer, .absent, ""),
    ]
  }

  @Test func turnsStoredIntegersIntoValuesAndText() {
    for (stored, type, value, text) in cases {
      #expect(Value(stored: stored, type: type, codes: codes) == value)
      #expect(value.description == text)
      var bytes: [UInt8] = []
      FieldText.append(stored, type: type, codes: codes, to: &bytes)
      #expect(String(decoding: bytes, as: UTF8.self) == text)
    }
  }

  @Test func refusesIntegersThatTheTypeDoesNotStore() {
    #expect(Value(stored: -1, type: .digits(count: 2), codes: nil) == nil)
    #expect(Value(stored: 100, type: .digits(count: 2), codes: nil) == nil)
    #expect(Value(stored: 2, type: .code(list: "c"), codes: codes) == nil)
    #expect(Value(stored: -1, type: .code(list: "c"), codes: codes) == nil)
    #expect(Value(stored: 3, type: .day, codes: nil) == nil)
    #expect(Value(stored: 2, type: .flag, codes: nil) == nil)
    #expect(Value(stored: 0, type: .text, codes: nil) == nil)
  }
}
