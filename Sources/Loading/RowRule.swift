// Rules of a load plan that look at the fields of one row.

import Bytes
import Columns
import Rows
import Rules

/// A rule, the field that it is about, and what is done about a row that breaks it.
struct RowRule: Sendable {
  enum Kind: Sendable {
    /// The digits of a personal number agree with sex, day and province of birth; -1 where a field
    /// is not asked.
    case personalNumber(sex: Int, birthDate: Int, birthProvince: Int, provinces: [Int?])
    case insuranceNumber
    case oldNumber
    case taxNumber
    case mobilePhone(digitCount: Int)
    /// The stored integer lies in this range.
    case range(ClosedRange<Int64>)
    /// The day is not behind that of another field.
    case notAfter(Int)
    case notInFuture(today: Day)
  }

  let kind: Kind
  let field: Int
  let level: LoadPlan.Level

  /// What is odd about a row; `value` gives the stored integers of its fields.
  @inline(__always)
  func findings(_ value: (Int) -> Int64) -> Findings {
    let number = value(field)
    guard number != absentValue else { return [] }
    switch kind {
    case .personalNumber(let sex, let birthDate, let birthProvince, let provinces):
      func known(_ field: Int) -> Int64? {
        guard field >= 0 else { return nil }
        let value = value(field)
        return value < 0 && field != birthDate || value == absentValue ? nil : value
      }
      // The first code of the list of sexes is male.
      return PersonalNumber(number).findings(
        isMale: known(sex).map { $0 == 0 }, birthDay: known(birthDate).flatMap(Day.init(physical:)),
        birthProvince: known(birthProvince).flatMap { provinces[Int($0)] })
    case .insuranceNumber: return Rules.findings(insuranceNumber: number)
    case .oldNumber: return Rules.findings(oldNumber: number)
    case .taxNumber: return Rules.findings(taxNumber: number)
    case .mobilePhone(let digitCount):
      return Rules.findings(mobilePhone: number, digitCount: digitCount)
    case .range(let range):
      return number < range.lowerBound
        ? .belowLeast : number > range.upperBound ? .aboveGreatest : []
    case .notAfter(let other):
      let last = value(other)
      guard last != absentValue, let first = Day(physical: number),
        let last = Day(physical: last)?.last
      else { return [] }
      return first.daysSince1970 > last.daysSince1970 ? .daysOutOfOrder : []
    case .notInFuture(let today):
      return number >> 2 > Int64(today.daysSince1970) ? .inTheFuture : []
    }
  }
}

extension RowRule {
  private enum Name: String {
    case personalNumber = "personal_number"
    case insuranceNumber = "insurance_number"
    case oldNumber = "old_number"
    case taxNumber = "tax_number"
    case mobilePhone = "mobile_phone"
    case range
    case notAfter = "not_after"
    case notInFuture = "not_in_future"

    var keys: [String] {
      switch self {
      case .personalNumber: ["sex", "birth_date", "birth_province"]
      case .range: ["least", "greatest"]
      case .notAfter: ["other"]
      default: []
      }
    }
  }

  init(_ place: JSONPlace, of table: Table, schema: Schema) throws(SchemaError) {
    let known = try place.members(
      required: ["rule", "field"],
      optional: ["level", "sex", "birth_date", "birth_province", "least", "greatest", "other"])
    let name: Name = try (known["rule"] ?? place).choice()
    let members = try place.members(required: ["rule", "field"], optional: ["level"] + name.keys)
    let fieldPlace = members["field"] ?? place
    field = try table.position(named: fieldPlace)
    level = try members["level"]?.choice() ?? .warn
    let type = table.fields[field].type
    func require(_ fits: Bool) throws(SchemaError) {
      guard fits else { throw fieldPlace.error(.doesNotFit, type.description) }
    }
    func other(_ key: String) throws(SchemaError) -> Int {
      try members[key].map { (place) throws(SchemaError) in try table.position(named: place) } ?? -1
    }
    switch name {
    case .personalNumber:
      try require(type == .digits(count: 12))
      let province = try other("birth_province")
      let codes = province < 0 ? [] : schema.codeList(of: table.fields[province])?.codes ?? []
      kind = .personalNumber(
        sex: try other("sex"), birthDate: try other("birth_date"), birthProvince: province,
        provinces: codes.map { Int($0) })
    case .insuranceNumber:
      try require(type == .digits(count: 10))
      kind = .insuranceNumber
    case .oldNumber:
      try require(type == .digits(count: 9))
      kind = .oldNumber
    case .taxNumber:
      try require(type == .digits(count: 10))
      kind = .taxNumber
    case .mobilePhone:
      guard case .digits(let count) = type, 10...11 ~= count else {
        throw fieldPlace.error(.doesNotFit, type.description)
      }
      kind = .mobilePhone(digitCount: count)
    case .range:
      kind = .range(try Self.range(members, fieldPlace, table.fields[field], schema))
    case .notAfter:
      try require(type == .day)
      guard let place = members["other"] else { throw place.error(.missingKey, "other") }
      let other = try table.position(named: place)
      guard table.fields[other].type == .day else {
        throw place.error(.doesNotFit, table.fields[other].type.description)
      }
      kind = .notAfter(other)
    case .notInFuture:
      try require(type == .day)
      kind = .notInFuture(today: .today)
    }
  }

  private static func range(
    _ members: [String: JSONPlace], _ place: JSONPlace, _ field: Field, _ schema: Schema
  ) throws(SchemaError) -> ClosedRange<Int64> {
    switch field.type {
    case .integer, .decimal, .day: break
    default: throw place.error(.doesNotFit, field.type.description)
    }
    func bound(_ key: String, _ other: Int64) throws(SchemaError) -> Int64 {
      guard let place = members[key] else { return other }
      let parsed = Array(try place.stringOrNumber().utf8).lend {
        FieldParser(field, in: schema).parse($0)
      }
      if let problem = parsed.problem { throw place.error(.notAValue, problem.code) }
      return parsed.value
    }
    let (least, greatest) = (try bound("least", .min), try bound("greatest", .max))
    guard least <= greatest else { throw place.error(.badValue, "greatest is less than least") }
    return least...greatest
  }
}
