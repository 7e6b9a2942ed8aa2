// The schema files that come with the product: they read, and say what the register needs.

import Foundation
import Testing

@testable import Rows

@Suite struct SchemasFolderTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Schemas").path
  let schema: Schema

  init() throws { schema = try Schema(reading: Self.folder) }

  @Test func holdsTheFourTablesParentsFirst() throws {
    #expect(schema.tables.map(\.name) == ["household", "person", "coverage", "identifier"])
    #expect(schema.tables.map(\.number) == [0, 1, 2, 3])
    #expect(schema.tables.map { $0.parent?.table } == [nil, 0, 1, 1])
    #expect(schema.children(of: 1) == [2, 3])
  }

  /// Every column of the flat list feeds a field, by its name or an alias.
  @Test func knowsTheFlatList() throws {
    let person = try #require(schema.table("person"))
    let personColumns = """
      person_id household_id full_name sex birth_date ethnicity relation marital education \
      occupation commune birth_province address phone old_id insurance_no card_no group facility \
      valid_from valid_to status
      """.split(separator: " ").map(String.init)
    for column in personColumns { #expect(person.position(ofColumn: column) != nil, "\(column)") }
    #expect(Set(personColumns.map { person.position(ofColumn: $0) }).count == 22)
    let household = try #require(schema.table("household"))
    let householdColumns = """
      household_id head_person_id commune address member_count poverty dwelling phone registered_on
      """.split(separator: " ").map(String.init)
    for column in householdColumns {
      #expect(household.position(ofColumn: column) != nil, "\(column)")
    }
  }

  @Test func resolvesDerivations() throws {
    let person = try #require(schema.table("person"))
    let household = try #require(schema.table("household"))
    func at(_ name: String) throws -> Int { try #require(person.position(of: name)) }
    func derivation(_ name: String) throws -> Derivation? { person.fields[try at(name)].derivation }

    #expect(
      try derivation("personal_number")
        == .digits([
          .code(field: at("birth_province"), count: 3),
          .centuryAndSex(day: at("birth_date"), sex: at("sex")), .year(day: at("birth_date")),
          .stored(count: 6),
        ]))
    #expect(
      try derivation("old_number")
        == .digits([.attribute(3, field: at("birth_province"), count: 2), .stored(count: 7)]))
    #expect(try derivation("household_number") == .parentKey)
    #expect(
      try derivation("commune") == .parent(field: #require(household.position(of: "commune"))))
    #expect(try derivation("card_level") == .mapped(from: at("card_group")))
    #expect(try derivation("card_valid_from") == .difference(from: at("card_valid_to")))
    #expect(
      try derivation("card_number")
        == .text([
          [at("card_group"), at("card_level"), at("card_province"), at("insurance_number")],
          [at("insurance_number")],
        ]))
    #expect(household.field("member_count")?.derivation == .children(table: 1))
    #expect(
      household.field("head_number")?.derivation
        == .firstChild(table: 1, field: try at("personal_number")))
    #expect(person.index("card_number")?.through == 1)
    #expect(
      person.field("card_level")?.cut
        == Cut(field: try at("card_number"), offset: 2, count: 1, length: 15))
  }

  @Test func holdsTheUnitsOfThreeVintages() throws {
    let communes = try #require(schema.codeList("commune"))
    func count(_ attribute: String) throws -> Int {
      let position = try #require(communes.attributePosition(attribute))
      return (0..<communes.count).count { communes.attribute(position, of: $0) != nil }
    }
    #expect(try count("name_2024") == 10_599)
    #expect(try count("name_2025h1") == 10_035)
    #expect(try count("name_2025") == 3_321)
    #expect(try #require(schema.codeList("province")).count == 63)
    #expect(try #require(schema.codeList("ethnicity")).count == 56)
  }

  /// Other registers are folders of their own; they share what is the same.
  @Test func holdsPlaces() throws {
    let places = try Schema(reading: Self.folder + "/places")
    #expect(
      places.tables.map(\.name) == [
        "administrative_link", "administrative_unit", "health_facility",
      ])
    #expect(places.codeList("vintage") == schema.codeList("vintage"))
    // A code means nothing without its vintage, so neither is a key alone.
    let unit = try #require(places.table("administrative_unit"))
    #expect(unit.key == nil)
    let index = try #require(unit.index("code_and_vintage"))
    #expect(index.isUnique && index.fields.map { unit.fields[$0].name } == ["code", "vintage"])
    for table in places.tables {
      #expect(table.fields.contains { !$0.source.isEmpty }, "\(table.name)")
    }
  }

  /// A name that several codes share names none of them.
  @Test func findsCodesByName() throws {
    let relation = try #require(schema.codeList("relation"))
    #expect(relation.ordinal(of: "01") == 0)
    #expect(relation.ordinal(of: "CHỦ HỘ") == 0)
    #expect(relation.ordinal(of: "head") == 0)
    #expect(relation.ordinal(of: "nobody") == nil)
    #expect(try #require(schema.codeList("commune")).ordinal(of: "Phường 1") == nil)
    #expect(try #require(schema.codeList("province")).attribute("old_prefix", of: 0) == "01")
  }

  @Test func encodesAndDecodes() throws {
    let encoded = schema.encoded()
    let decoded = try Schema(decoding: encoded)

    #expect(decoded == schema)
    #expect(decoded.encoded() == encoded)
  }
}
