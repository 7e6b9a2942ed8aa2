// Homes and members as plain dictionaries, changed as `Change` promises to change a registry.

import Hearth

/// What a registry of `FamilySchema` must hold.
struct ChangeModel: Equatable {
  /// The values of a row by field, absent ones left out.
  typealias Values = [String: String]

  /// Rows by a number of the model's own, since members need have no key.
  var homes: [Int: Values] = [:]
  var members: [Int: Values] = [:]
  private var nextRow = 0

  enum Refusal: Error, Equatable {
    case duplicate(String)
    case parentMissing
    case childrenRemain
    case missing
  }

  /// The fields of a member that follow from its home when it is added or moved.
  private static let inherited = ["street", "region"]

  mutating func load(home: Values) { homes[number()] = home }

  mutating func load(member: Values) {
    let home = homes.values.first { $0["home_number"] == member["home_number"] }
    members[number()] = Self.inherited.reduce(into: member) { $0[$1] = $0[$1] ?? home?[$1] }
  }

  private mutating func number() -> Int {
    nextRow += 1
    return nextRow
  }

  private static func set(_ values: [String: String?], in row: Values) -> Values {
    values.reduce(into: row) { $0[$1.key] = $1.value }
  }

  // MARK: Homes

  mutating func insertHome(_ values: [String: String?]) throws(Refusal) {
    let row = Self.set(values, in: [:])
    guard home(row["home_number"]) == nil else { throw .duplicate("home_number") }
    homes[number()] = row
  }

  mutating func updateHome(_ key: String, _ values: [String: String?]) throws(Refusal) {
    guard let id = home(key), let old = homes[id] else { throw .missing }
    let row = Self.set(values, in: old)
    if row["home_number"] != key, home(row["home_number"]) != nil {
      throw .duplicate("home_number")
    }
    homes[id] = row
    for (member, values) in members where values["home_number"] == key {
      members[member]?["home_number"] = row["home_number"]
    }
  }

  mutating func deleteHome(_ key: String) throws(Refusal) {
    guard let id = home(key) else { throw .missing }
    guard !members.values.contains(where: { $0["home_number"] == key }) else {
      throw .childrenRemain
    }
    homes[id] = nil
  }

  func home(_ key: String?) -> Int? {
    homes.first { $0.value["home_number"] == key }?.key
  }

  // MARK: Members

  mutating func insertMember(_ values: [String: String?]) throws(Refusal) {
    var row = Self.set(values, in: [:])
    if let key = row["home_number"] {
      guard let home = home(key).flatMap({ homes[$0] }) else { throw .parentMissing }
      for field in Self.inherited where values[field] == nil { row[field] = home[field] }
    }
    try checkUnique(row, except: nil)
    members[number()] = row
  }

  mutating func updateMember(_ key: String, _ values: [String: String?]) throws(Refusal) {
    guard let id = member(key), let old = members[id] else { throw .missing }
    var row = Self.set(values, in: old)
    if let key = row["home_number"] {
      guard let home = home(key).flatMap({ homes[$0] }) else { throw .parentMissing }
      if key != old["home_number"] {
        let before = self.home(old["home_number"]).flatMap { homes[$0] }
        for field in Self.inherited where values[field] == nil && old[field] == before?[field] {
          row[field] = home[field]
        }
      }
    }
    try checkUnique(row, except: id)
    members[id] = row
  }

  mutating func deleteMember(_ key: String) throws(Refusal) {
    guard let id = member(key) else { throw .missing }
    members[id] = nil
  }

  func member(_ key: String) -> Int? { members.first { $0.value["number"] == key }?.key }

  private func checkUnique(_ row: Values, except id: Int?) throws(Refusal) {
    for field in ["number", "mail", "card"] {
      guard let value = row[field] else { continue }
      guard !members.contains(where: { $0.key != id && $0.value[field] == value }) else {
        throw .duplicate(field)
      }
    }
  }
}
