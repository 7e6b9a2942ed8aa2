// What the fields of a register of persons usually are, by their names: what a first load plan
// proposes, for a person to correct.

package import Rows

/// A rule of load plans that a field usually keeps, and the fields besides its own that the rule
/// asks, by the names that both have.
package struct UsualRule: Equatable, Sendable {
  package var name: String
  package var others: [String] = []
  /// Those of the others without which the rule asks nothing.
  package var needed: [String] = []
  package var level = "warn"
}

/// The rule for a field of this name and type; nil for fields that have none.
package func usualRule(ofField name: String, _ type: FieldType) -> UsualRule? {
  switch (name, type) {
  case ("card_number", .text):
    UsualRule(name: name, others: ["insurance_number", "card_group", "card_level"])
  case ("insurance_number", .digits(10)), ("old_number", .digits(9)), ("tax_number", .digits(10)):
    UsualRule(name: name)
  case ("phone", .digits(10)): UsualRule(name: "mobile_phone")
  case ("landline", .digits(11)): UsualRule(name: "landline")
  case ("full_name", .text):
    // A name never decides.
    UsualRule(
      name: "name_and_sex", others: ["sex", "personal_number"], needed: ["sex"], level: "note")
  case ("card_facility", .code): UsualRule(name: "facility")
  case ("birth_date", .day): UsualRule(name: "not_in_future")
  default: nil
  }
}

/// What texts that are no codes of a list usually stand for.
package struct UsualMeanings: Sendable {
  package var codes: [(text: String, code: String)]
  /// What is taken for what, and who says so.
  package var note: String
}

/// The meanings for a code list of this name; nil for lists that have none.
package func usualMeanings(ofList name: String) -> UsualMeanings? {
  guard name == "sex" else { return nil }
  return UsualMeanings(
    codes: [("1", "M"), ("2", "F")],
    note: "1 is taken for male and 2 for female, as ISO 5218 has it")
}
