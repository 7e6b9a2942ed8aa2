// Fields of a register of persons are known by name and type, others are not.

import Rows
import Testing

@testable import Rules

@Suite struct UsualRulesTests {
  @Test func knowsFieldsByNameAndType() {
    #expect(usualRule(ofField: "phone", .digits(count: 10))?.name == "mobile_phone")
    #expect(
      usualRule(ofField: "card_number", .text)
        == UsualRule(
          name: "card_number", others: ["insurance_number", "card_group", "card_level"]))
    #expect(usualRule(ofField: "birth_date", .day)?.name == "not_in_future")
    #expect(usualRule(ofField: "full_name", .text)?.level == "note")
  }

  @Test func knowsNoOtherFields() {
    #expect(usualRule(ofField: "phone", .text) == nil)
    #expect(usualRule(ofField: "insurance_number", .digits(count: 9)) == nil)
    #expect(usualRule(ofField: "sex", .code(list: "sex")) == nil)
    #expect(usualMeanings(ofList: "province") == nil)
    #expect(usualMeanings(ofList: "sex")?.codes.map(\.code) == ["M", "F"])
  }
}
