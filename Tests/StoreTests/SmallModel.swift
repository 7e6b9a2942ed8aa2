// Random homes and members as plain arrays, against which everything stored is compared.

import Columns
import Rows
import Segments
import Support

/// One row as plain values.
struct ModelRow: Sendable {
  /// By field; of text fields nothing.
  var values: [Int64]
  var texts: [String?]
  /// The parent's row, or `absentValue`.
  var parent = absentValue
  var isLate = false
  /// Texts that are kept whole although they could be words.
  var escapes: Set<Int> = []
}

/// What a random model looks like.
struct ModelShape: Sendable {
  var seed: UInt64
  /// How many rows the segments of each table have.
  var homes: [Int]
  var members: [Int]
  /// How often a value does not follow from others.
  var exceptionShare = 0.02
  var absentShare = 0.03
  var lateShare = 0.01
}

/// Homes (table 0) and members (table 1).
struct SmallModel: Sendable {
  let plan: RegistryPlan
  var rows: [[ModelRow]] = [[], []]
  /// The first row of each segment, and the end.
  let starts: [[Int]]
  private let shape: ModelShape
  private var random: SeededGenerator

  init(_ plan: RegistryPlan, _ shape: ModelShape) {
    self.plan = plan
    self.shape = shape
    random = SeededGenerator(seed: shape.seed)
    starts = [shape.homes, shape.members].map { counts in
      counts.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
    }
    makeHomes()
    makeMembers()
    fillLateFields()
  }

  func field(_ table: Int, _ name: String) -> Int {
    plan.tables[table].table.position(of: name) ?? -1
  }

  /// The number in its table of the row at a position of `rows`.
  func number(_ table: Int, _ position: Int) -> Int {
    let segment = (starts[table].firstIndex { $0 > position } ?? 0) - 1
    return segment << 16 + position - starts[table][segment]
  }

  func position(_ table: Int, ofNumber number: Int) -> Int {
    starts[table][number >> 16] + number & 0xFFFF
  }

  /// The parents of all members by position, those of late ones not considered.
  func positionalParents() -> [Int64] {
    var parents: [Int64] = []
    var last: Int64 = 0
    for (start, end) in zip(starts[1], starts[1].dropFirst()) {
      let segment = rows[1][start..<end]
      if let first = segment.first(where: { !$0.isLate }) { last = first.parent }
      for row in segment {
        if !row.isLate { last = row.parent }
        parents.append(last)
      }
    }
    return parents
  }

  /// The positions of a home's members by position.
  func childPositions() -> [Int64: Range<Int>] {
    var ranges: [Int64: Range<Int>] = [:]
    for (position, parent) in positionalParents().enumerated() {
      ranges[parent] = (ranges[parent]?.lowerBound ?? position)..<position + 1
    }
    return ranges
  }

  // MARK: Making rows

  private mutating func chance(_ share: Double) -> Bool {
    Double.random(in: 0..<1, using: &random) < share
  }

  private mutating func pick<Element>(_ choices: [Element]) -> Element {
    choices[Int.random(in: 0..<choices.count, using: &random)]
  }

  private mutating func orAbsent(_ value: Int64) -> Int64 {
    chance(shape.absentShare) ? absentValue : value
  }

  private mutating func orAbsent(_ text: String) -> String? {
    chance(shape.absentShare) ? nil : text
  }

  private mutating func day() -> Int64 {
    let days = Int.random(in: -40_000...30_000, using: &random)
    guard let day = Day(daysSince1970: days) else { return absentValue }
    let parts = day.yearMonthDay
    switch Int.random(in: 0..<20, using: &random) {
    case 0: return Day(year: parts.year)?.physical ?? absentValue
    case 1: return Day(year: parts.year, month: parts.month)?.physical ?? absentValue
    default: return day.physical
    }
  }

  private mutating func street() -> String {
    pick([
      "\(Int.random(in: 1...99, using: &random))/\(Int.random(in: 1...9, using: &random)) Lê Lợi",
      "Tổ \(Int.random(in: 1...30, using: &random))", "", "Thôn Đông", "ngõ 1234567 số 4",
      // Numbers at any place among eight bytes, and more of them than are kept apart.
      String("Khu dân cư 12 đường 3, tổ 45 (cũ: 6)".suffix(Int.random(in: 1...36, using: &random))),
      String("7 Nguyễn Đình Chiểu kéo dài 19".prefix(Int.random(in: 1...30, using: &random))),
    ])
  }

  private mutating func makeHomes() {
    let (count, street, note) = (starts[0].last ?? 0, field(0, "street"), field(0, "note"))
    for position in 0..<count {
      var row = ModelRow(
        values: Array(repeating: absentValue, count: plan.tables[0].fieldCount),
        texts: Array(repeating: nil, count: plan.tables[0].fieldCount))
      row.values[field(0, "home_number")] = Int64(100_000 + 3 * position)
      row.values[field(0, "region")] = orAbsent(Int64.random(in: 0..<5, using: &random))
      row.values[field(0, "moved_on")] = orAbsent(day())
      row.texts[street] = orAbsent(self.street())
      if chance(0.02) { row.escapes.insert(street) }
      row.texts[note] =
        chance(0.7) ? nil : pick(["", "đổi sổ", "khu đất của ông bà nội \(position)"])
      rows[0].append(row)
    }
  }

  private mutating func makeMembers() {
    let homeCount = rows[0].count
    let memberCount = starts[1].last ?? 0
    var home = 0
    for position in 0..<memberCount {
      // Some homes have no members, and some have many.
      while chance(0.4), home < homeCount - 1 { home += chance(0.1) ? 2 : 1 }
      home = min(max(home, position * homeCount / memberCount), homeCount - 1)
      var parent = Int64(number(0, home))
      let isLate = chance(shape.lateShare)
      if isLate {
        parent = chance(0.3) ? absentValue : Int64(number(0, pick(Array(0..<homeCount))))
      }
      rows[1].append(makeMember(parent: parent, isLate: isLate))
    }
  }

  private mutating func makeMember(parent: Int64, isLate: Bool) -> ModelRow {
    let fieldCount = plan.tables[1].fieldCount
    var row = ModelRow(
      values: Array(repeating: absentValue, count: fieldCount),
      texts: Array(repeating: nil, count: fieldCount), parent: parent, isLate: isLate)
    func set(_ name: String, _ value: Int64) { row.values[field(1, name)] = value }
    let home = parent == absentValue ? nil : rows[0][position(0, ofNumber: Int(parent))]
    set("home_number", home?.values[field(0, "home_number")] ?? absentValue)
    set("born", orAbsent(day()))
    set("sex", orAbsent(Int64.random(in: 0...1, using: &random)))
    set("birth_region", orAbsent(Int64.random(in: 0..<5, using: &random)))
    set("group", orAbsent(Int64.random(in: 0..<4, using: &random)))
    set("insurance", orAbsent(Int64.random(in: 0..<10_000_000_000, using: &random)))
    set("valid_to", orAbsent(day()))
    set("weight", orAbsent(Int64.random(in: -500...50_000, using: &random)))
    set("is_new", Int64.random(in: 0...1, using: &random))
    set(
      "region",
      chance(shape.exceptionShare)
        ? orAbsent(Int64.random(in: 0..<5, using: &random))
        : home?.values[field(0, "region")] ?? absentValue)
    set(
      "level",
      chance(shape.exceptionShare)
        ? orAbsent(Int64.random(in: 0..<4, using: &random))
        : levelOfGroup(row.values[field(1, "group")]))
    let validTo = row.values[field(1, "valid_to")]
    set(
      "valid_from",
      validTo == absentValue && !chance(shape.exceptionShare)
        ? absentValue : chance(shape.exceptionShare) ? orAbsent(day()) : day())
    if validTo != absentValue, chance(0.7) { set("valid_from", validTo - 4 * 365) }
    setNumbers(&row)
    setTexts(&row, home)
    return row
  }

  private func levelOfGroup(_ group: Int64) -> Int64 {
    group == absentValue ? absentValue : [3, absentValue, 0, 1][Int(group)]
  }

  /// Numbers made of digits, computed from texts and not as the product does.
  private mutating func setNumbers(_ row: inout ModelRow) {
    let insurance = row.values[field(1, "insurance")]
    row.values[field(1, "card_region")] =
      chance(shape.exceptionShare)
      ? orAbsent(Int64.random(in: 0..<100, using: &random))
      : insurance == absentValue ? absentValue : insurance / 100_000_000
    let born = Day(physical: row.values[field(1, "born")])
    let sex = max(0, row.values[field(1, "sex")])
    let region = row.values[field(1, "birth_region")]
    let regionDigits = region < 0 ? "000" : ["001", "002", "031", "079", "999"][Int(region)]
    let century = born.map { ($0.year / 100 - 19) * 2 } ?? 0
    let year = born.map { $0.year % 100 } ?? 0
    let number =
      regionDigits + String(max(0, century + Int(sex)) % 10)
      + (year < 10 ? "0" : "") + String(year)
      + String(Int.random(in: 1_000_000...1_999_999, using: &random)).dropFirst()
    row.values[field(1, "number")] = orAbsent(Int64(number) ?? absentValue)
    if chance(shape.exceptionShare) {
      row.values[field(1, "number")] = Int64.random(in: 0..<1_000_000_000_000, using: &random)
    }
    let prefix: Int64 = region < 0 ? 0 : [10, 17, 0, 2, 9][Int(region)]
    row.values[field(1, "old_number")] = orAbsent(
      prefix * 10_000_000 + Int64.random(in: 0..<10_000_000, using: &random))
  }

  private mutating func setTexts(_ row: inout ModelRow, _ home: ModelRow?) {
    let (street, name, card) = (field(1, "street"), field(1, "full_name"), field(1, "card"))
    row.texts[street] = home?.texts[field(0, "street")]
    if chance(shape.exceptionShare) { row.texts[street] = orAbsent(self.street()) }
    let surname = pick(["Nguyễn", "Trần", "Lê"])
    row.texts[name] = orAbsent(
      pick([
        "\(surname) Văn \(pick(["An", "Bình", "Cường"]))", "\(surname) Hoa", "Y", "",
        " \(surname) ", "\(surname)  \(row.parent & 0xFF)",
      ]))
    row.texts[field(1, "typed")] = orAbsent(pick(["con", "cháu ngoại", "", "vợ"]))
    if chance(0.01) { row.escapes.insert(field(1, "typed")) }
    row.texts[field(1, "remark")] =
      chance(0.6) ? nil : pick(["x", "", "không rõ nơi cư trú", "ổn"])
    row.texts[card] = chance(0.5) ? composed(row, 0) : composed(row, 1)
    if chance(shape.exceptionShare) { row.texts[card] = pick(["", "GD479123", "0"]) }
    if chance(shape.absentShare) { row.texts[card] = nil }
  }

  /// The text of an alternative of the card's number, or nil where a part of it is absent.
  func composed(_ row: ModelRow, _ alternative: Int) -> String? {
    let insurance = row.values[field(1, "insurance")]
    guard insurance != absentValue else { return nil }
    let digits = String(String(10_000_000_000 + insurance).dropFirst())
    if alternative == 1 { return digits }
    let group = row.values[field(1, "group")]
    let level = row.values[field(1, "level")]
    let region = row.values[field(1, "card_region")]
    guard group >= 0, level >= 0, region >= 0 else { return nil }
    return ["HC", "DN", "TE", "NNNNNNNNNNNN"][Int(group)] + ["1", "2", "3", "4"][Int(level)]
      + String(String(100 + region).dropFirst()) + digits
  }

  private mutating func fillLateFields() {
    let children = childPositions()
    let (count, head) = (field(0, "member_count"), field(0, "head_number"))
    for position in rows[0].indices {
      let range = children[Int64(number(0, position))] ?? 0..<0
      rows[0][position].values[count] =
        chance(shape.exceptionShare) ? orAbsent(77) : Int64(range.count)
      rows[0][position].values[head] =
        chance(shape.exceptionShare)
        ? orAbsent(123_456_789_012)
        : range.isEmpty ? absentValue : rows[1][range.lowerBound].values[field(1, "number")]
    }
  }
}
