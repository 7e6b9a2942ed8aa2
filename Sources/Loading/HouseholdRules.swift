// What a load plan asks of whole households: their heads, their sizes, and ages beside the head's.

import Rows

/// The fields by which households are judged, and the bounds of ages.
struct HouseholdRules: Sendable {
  /// Who a person is to the head, by ordinals of the code list.
  struct Relations: Sendable {
    var heads: Set<Int64> = []
    var spouses: Set<Int64> = []
    var children: Set<Int64> = []
    var parents: Set<Int64> = []
  }

  /// Fields of the persons' table; -1 where days of birth are not asked.
  let relation: Int
  let birthDate: Int
  let relations: Relations
  /// Fields of the households' table; -1 where they are not asked.
  let declaredSize: Int
  let area: Int
  let level: LoadPlan.Level
  let spouseAgeLeast: Int
  let generationLeast: Int
}

extension HouseholdRules {
  /// Reads the rules of a table whose rows belong to households.
  init(_ place: JSONPlace, of table: Table, schema: Schema) throws(SchemaError) {
    let members = try place.members(
      required: ["relation", "head"],
      optional: [
        "spouse", "child", "parent", "birth_date", "declared_size", "area", "level",
        "spouse_age_least", "generation_least",
      ])
    guard let link = table.parent else { throw place.error(.doesNotFit, "no parent") }
    let household = schema.tables[link.table]
    func field(_ key: String, _ table: Table, _ fits: (FieldType) -> Bool) throws(SchemaError)
      -> Int
    {
      guard let place = members[key] else { return -1 }
      let position = try table.position(named: place)
      let type = table.fields[position].type
      guard fits(type) else { throw place.error(.doesNotFit, type.description) }
      return position
    }
    func isCode(_ type: FieldType) -> Bool { if case .code = type { true } else { false } }
    relation = try field("relation", table, isCode)
    birthDate = try field("birth_date", table) { $0 == .day }
    declaredSize = try field("declared_size", household) { $0 == .integer }
    area = try field("area", household, isCode)
    let list = schema.codeList(of: table.fields[relation])
    func codes(_ key: String) throws(SchemaError) -> Set<Int64> {
      var ordinals: Set<Int64> = []
      for element in try members[key]?.elements() ?? [] {
        let code = try element.string()
        guard let ordinal = list?.ordinal(ofCode: code) else {
          throw element.error(.notAValue, FieldProblem.unknownCode.code)
        }
        ordinals.insert(Int64(ordinal))
      }
      return ordinals
    }
    relations = Relations(
      heads: try codes("head"), spouses: try codes("spouse"), children: try codes("child"),
      parents: try codes("parent"))
    level = try members["level"]?.choice() ?? .warn
    // Households are judged when they are stored.
    if level == .refuse {
      throw (members["level"] ?? place).error(.badValue, "refuse (one of warn, note)")
    }
    spouseAgeLeast = try members["spouse_age_least"]?.integer(in: 0...100) ?? 15
    generationLeast = try members["generation_least"]?.integer(in: 0...100) ?? 12
  }
}
