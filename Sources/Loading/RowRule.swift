// Rules of a load plan that look at the fields of one row.

import Bytes
import Columns
import Rows
import Rules
import Segments

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
    case landline
    /// A card's number agrees with insurance number, group and level; -1 where one is not asked.
    case cardNumber(insuranceNumber: Int, group: Int, level: Int, groups: [String], levels: [Int?])
    /// Middle names are not those of the other sex; -1 where newborns without a personal number are
    /// judged like others.
    case nameAndSex(sex: Int, personalNumber: Int)
    /// What is odd about each code of the list that the schema declares.
    case facility([Findings])
    /// The stored integer lies in this range.
    case range(ClosedRange<Int64>)
    /// The day is not behind that of another field.
    case notAfter(Int)
    case notInFuture(today: Day)
  }

  let kind: Kind
  let field: Int
  let level: LoadPlan.Level

  /// What is odd about a row.
  func findings(_ row: JudgedRow) -> Findings {
    switch kind {
    case .cardNumber: return cardFindings(row)
    case .nameAndSex: return nameFindings(row)
    default: break
    }
    let number = row.value(field)
    guard number != absentValue else { return [] }
    switch kind {
    case .personalNumber(let sex, let birthDate, let birthProvince, let provinces):
      // The first code of the list of sexes is male.
      return PersonalNumber(number).findings(
        isMale: row.code(sex).map { $0 == 0 }, birthDay: row.day(birthDate),
        birthProvince: row.code(birthProvince).flatMap {
          $0 < provinces.count ? provinces[$0] : nil
        })
    case .insuranceNumber: return Rules.findings(insuranceNumber: number)
    case .oldNumber: return Rules.findings(oldNumber: number)
    case .taxNumber: return Rules.findings(taxNumber: number)
    case .mobilePhone(let digitCount):
      return Rules.findings(mobilePhone: number, digitCount: digitCount)
    case .landline: return Rules.findings(landline: number)
    case .cardNumber, .nameAndSex: return []
    case .facility(let findings):
      if let code = row.code(field) { return code < findings.count ? findings[code] : [] }
      return row.newCode(field)?.lend { Rules.findings(facilityCode: $0) } ?? []
    case .range(let range):
      return number < range.lowerBound
        ? .belowLeast : number > range.upperBound ? .aboveGreatest : []
    case .notAfter(let other):
      guard let first = Day(physical: number), let last = row.day(other)?.last else { return [] }
      return first.daysSince1970 > last.daysSince1970 ? .daysOutOfOrder : []
    case .notInFuture(let today):
      return number >> 2 > Int64(today.daysSince1970) ? .inTheFuture : []
    }
  }

  /// A number that is made of the other fields agrees with them; only others are kept as texts.
  private func cardFindings(_ row: JudgedRow) -> Findings {
    guard
      case .cardNumber(let insuranceNumber, let group, let level, let groups, let levels) = kind,
      let text = row.text(field)
    else { return [] }
    return text.lend { text in
      guard let card = CardNumber(text) else { return CardNumber.findings(notCard: text) }
      let known = insuranceNumber < 0 ? absentValue : row.value(insuranceNumber)
      return card.findings(
        insuranceNumber: known == absentValue ? nil : known,
        group: row.code(group).flatMap { $0 < groups.count ? groups[$0] : nil },
        level: row.code(level).flatMap { $0 < levels.count ? levels[$0] : nil })
    }
  }

  private func nameFindings(_ row: JudgedRow) -> Findings {
    guard case .nameAndSex(let sex, let personalNumber) = kind,
      // The first code of the list of sexes is male.
      let isMale = row.code(sex).map({ $0 == 0 }),
      personalNumber < 0 || row.value(personalNumber) != absentValue,
      let says = row.middleNames(field)?.lend(sexOfMiddleNames)
    else { return [] }
    return says == isMale ? [] : .nameAgainstSex
  }
}

/// A row of a piece, as rules see it; a field of number -1 is not asked.
struct JudgedRow {
  let parsed: ParsedPiece
  let row: Int
  /// The integers of fields that are not fed.
  let fixed: [Int64]

  func value(_ field: Int) -> Int64 { parsed.values[field]?[row] ?? fixed[field] }

  func day(_ field: Int) -> Day? { field < 0 ? nil : Day(physical: value(field)) }

  /// The ordinal of a code that the registry has.
  func code(_ field: Int) -> Int? {
    guard field >= 0 else { return nil }
    let value = value(field)
    return value < 0 ? nil : Int(value)
  }

  /// The text of a code that the load adds to an open list.
  func newCode(_ field: Int) -> [UInt8]? {
    let value = value(field)
    guard value <= -2, value != absentValue else { return nil }
    return parsed.words[parsed.plan.dictionary[field]]?.value[Int(-2 - value)].copied
  }

  /// What stands between the first and the last word of a name.
  func middleNames(_ field: Int) -> [UInt8]? {
    guard let codes = parsed.codes[field], codes[row] != TokenInput.absent else { return nil }
    guard codes[row] == TokenInput.escape else {
      let word = Int(codes[parsed.capacity + row])
      return parsed.words[parsed.plan.dictionary[field] + 1]?.value[word].copied
    }
    let names = parsed.texts[field]?.text(row)?.split(separator: UInt8(ascii: " ")) ?? []
    return Array(names.dropFirst().dropLast().joined(separator: [UInt8(ascii: " ")]))
  }

  /// The text of a field that is kept as it is.
  func text(_ field: Int) -> [UInt8]? {
    let isKept = parsed.values[field].map { $0[row] == SegmentRows.exceptionalText } ?? true
    return isKept ? parsed.texts[field]?.text(row) : nil
  }
}

extension RowRule {
  private enum Name: String, CaseIterable {
    case personalNumber = "personal_number"
    case insuranceNumber = "insurance_number"
    case oldNumber = "old_number"
    case taxNumber = "tax_number"
    case mobilePhone = "mobile_phone"
    case landline
    case cardNumber = "card_number"
    case facility
    case nameAndSex = "name_and_sex"
    case range
    case notAfter = "not_after"
    case notInFuture = "not_in_future"

    var keys: [String] {
      switch self {
      case .personalNumber: ["sex", "birth_date", "birth_province"]
      case .cardNumber: ["insurance_number", "card_group", "card_level"]
      case .nameAndSex: ["sex", "personal_number"]
      case .range: ["least", "greatest"]
      case .notAfter: ["other"]
      default: []
      }
    }
  }

  init(_ place: JSONPlace, of table: Table, schema: Schema) throws(SchemaError) {
    let known = try place.members(
      required: ["rule", "field"],
      optional: ["level"] + Name.allCases.flatMap(\.keys))
    let name: Name = try (known["rule"] ?? place).choice()
    let members = try place.members(required: ["rule", "field"], optional: ["level"] + name.keys)
    let fieldPlace = members["field"] ?? place
    field = try table.position(named: fieldPlace)
    // A name never decides.
    level = try members["level"]?.choice() ?? (name == .nameAndSex ? .note : .warn)
    let type = table.fields[field].type
    func require(_ fits: Bool) throws(SchemaError) {
      guard fits else { throw fieldPlace.error(.doesNotFit, type.description) }
    }
    func other(_ key: String, _ fits: (FieldType) -> Bool = isCode) throws(SchemaError) -> Int {
      guard let place = members[key] else { return -1 }
      let position = try table.position(named: place)
      let type = table.fields[position].type
      guard fits(type) else { throw place.error(.doesNotFit, type.description) }
      return position
    }
    switch name {
    case .personalNumber:
      try require(type == .digits(count: 12))
      let province = try other("birth_province")
      let codes = Self.codes(province, table, schema)
      kind = .personalNumber(
        sex: try other("sex"), birthDate: try other("birth_date") { $0 == .day },
        birthProvince: province,
        provinces: codes.map { Int($0) })
    case .insuranceNumber, .oldNumber, .taxNumber, .mobilePhone, .landline:
      guard let known = Self.kind(ofNumber: name, type) else {
        throw fieldPlace.error(.doesNotFit, type.description)
      }
      kind = known
    case .cardNumber:
      try require(type == .text && table.fields[field].words == nil)
      let (group, level) = (try other("card_group"), try other("card_level"))
      kind = .cardNumber(
        insuranceNumber: try other("insurance_number") { $0 == .digits(count: 10) }, group: group,
        level: level,
        groups: Self.codes(group, table, schema),
        levels: Self.codes(level, table, schema).map { Int($0) })
    case .facility:
      try require(isCode(type))
      kind = .facility(
        Self.codes(field, table, schema).map {
          Array($0.utf8).lend { Rules.findings(facilityCode: $0) }
        })
    case .nameAndSex:
      try require(table.fields[field].words == .name)
      let sex = try other("sex")
      guard sex >= 0 else { throw place.error(.missingKey, "sex") }
      kind = .nameAndSex(
        sex: sex, personalNumber: try other("personal_number") { $0 == .digits(count: 12) })
    case .range:
      kind = .range(try Self.range(members, fieldPlace, table.fields[field], schema))
    case .notAfter:
      try require(type == .day)
      let other = try other("other") { $0 == .day }
      guard other >= 0 else { throw place.error(.missingKey, "other") }
      kind = .notAfter(other)
    case .notInFuture:
      try require(type == .day)
      kind = .notInFuture(today: .today)
    }
  }

  /// The rule that looks at a number alone; nil if fields of the type have no such numbers.
  private static func kind(ofNumber name: Name, _ type: FieldType) -> Kind? {
    switch (name, type) {
    case (.insuranceNumber, .digits(10)): .insuranceNumber
    case (.oldNumber, .digits(9)): .oldNumber
    case (.taxNumber, .digits(10)): .taxNumber
    case (.mobilePhone, .digits(let count)) where 10...11 ~= count: .mobilePhone(digitCount: count)
    case (.landline, .digits(11)): .landline
    default: nil
    }
  }

  /// The codes of a field's list; none if it has no list or is not asked.
  private static func codes(_ field: Int, _ table: Table, _ schema: Schema) -> [String] {
    field < 0 ? [] : schema.codeList(of: table.fields[field])?.codes ?? []
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

private func isCode(_ type: FieldType) -> Bool { if case .code = type { true } else { false } }
