// Judges the households of a load when all of its rows are stored: each by all of its members,
// wherever they lie.
//
// Eight bytes a household of the load: its members, its heads and the year of birth of a head.

import Bytes
import Columns
import Rows
import Rules
import Segments
import Store

/// What was found out about the households of one load.
struct HouseholdReview {
  private struct Seen: BitwiseCopyable {
    var memberCount: UInt32 = 0
    var headCount: UInt16 = 0
    /// 0 is not known.
    var headYear: Int16 = 0
  }

  private let rules: HouseholdRules
  private let persons: TableLoad
  private let households: TableLoad
  private let draft: SharedSnapshot
  private let seen: Scratch<Seen>
  private let firstRow: Int
  private(set) var counts: [LoadReport.Household] = []

  /// Reviews the households that a load stored, and lists what is odd about them.
  init(
    _ rules: HouseholdRules, persons: TableLoad, households: TableLoad, draft: SharedSnapshot,
    log: RefusalLog
  ) throws {
    self.rules = rules
    self.persons = persons
    self.households = households
    self.draft = draft
    firstRow = households.segments.lowerBound << 16
    seen = Scratch(count: households.segments.count << 16)
    try countMembers()
    try judgePersons(log)
    try judgeHouseholds(log)
    counts.sort { ($0.code, $0.area) < ($1.code, $1.area) }
  }

  /// The place of a household among those of the load; nil for one of an earlier load, or for none.
  private func place(_ parent: Int64) -> Int? {
    let place = Int(truncatingIfNeeded: parent &- Int64(firstRow))
    return parent != absentValue && place >= 0 && place < seen.view.count ? place : nil
  }

  private func countMembers() throws {
    try forEachRow(of: persons) { reader, _, place in
      let parent = try reader.values(reader.plan.linkColumn, in: draft.snapshot)[place]
      guard let household = self.place(parent) else { return }
      seen.view[household].memberCount += 1
      guard
        rules.relations.heads.contains(
          try reader.values(rules.relation, in: draft.snapshot)[place])
      else { return }
      // Two are as many as more.
      seen.view[household].headCount = min(seen.view[household].headCount + 1, 2)
      guard rules.birthDate >= 0 else { return }
      let day = try reader.values(rules.birthDate, in: draft.snapshot)[place]
      seen.view[household].headYear = Int16(Day(physical: day)?.year ?? 0)
    }
  }

  private mutating func judgePersons(_ log: RefusalLog) throws {
    let today = Day.today.year
    let areas = AreaReader(rules.area, of: households.feeds.plan, draft)
    var counts = AreaCounts(rules.level)
    try forEachRow(of: persons) { reader, row, place in
      let parent = try reader.values(reader.plan.linkColumn, in: draft.snapshot)[place]
      guard parent != absentValue else {
        counts.add(.withoutHousehold, "")
        try note(.withoutHousehold, row, persons, "", log)
        return
      }
      guard rules.birthDate >= 0, let household = self.place(parent) else { return }
      let relation = try reader.values(rules.relation, in: draft.snapshot)[place]
      let day = try reader.values(rules.birthDate, in: draft.snapshot)[place]
      guard let year = Day(physical: day)?.year else { return }
      let headYear = Int(seen.view[household].headYear)
      let finding: Finding?
      if rules.relations.spouses.contains(relation) {
        finding = today - year < rules.spouseAgeLeast ? .spouseAge : nil
      } else if headYear == 0 {
        finding = nil
      } else if rules.relations.children.contains(relation) {
        finding = year - headYear < rules.generationLeast ? .childAge : nil
      } else if rules.relations.parents.contains(relation) {
        finding = headYear - year < rules.generationLeast ? .parentAge : nil
      } else {
        finding = nil
      }
      guard let finding else { return }
      counts.add(finding, try areas.area(ofRow: Int(parent)))
      let field = persons.feeds.plan.table.fields[rules.birthDate].name
      try note(finding, row, persons, field, log)
    }
    self.counts += counts.all
  }

  private mutating func judgeHouseholds(_ log: RefusalLog) throws {
    let declaredSize = rules.declaredSize
    let asksSize = declaredSize >= 0 && households.feeds.isFed[declaredSize]
    let areas = AreaReader(rules.area, of: households.feeds.plan, draft)
    var counts = AreaCounts(rules.level)
    try forEachRow(of: households) { reader, row, place in
      let said = seen.view[row - firstRow]
      var findings: [Finding] = []
      if said.memberCount == 0 {
        findings.append(.emptyHousehold)
      } else if said.headCount != 1 {
        findings.append(said.headCount == 0 ? .noHead : .severalHeads)
      }
      if asksSize {
        let declared = try reader.values(declaredSize, in: draft.snapshot)[place]
        if declared != absentValue, declared != Int64(said.memberCount) {
          findings.append(.sizeDiffers)
        }
      }
      for finding in findings {
        counts.add(finding, try areas.area(ofRow: row))
        try note(finding, row, households, "", log)
      }
    }
    self.counts += counts.all
  }

  private func note(
    _ finding: Finding, _ row: Int, _ load: TableLoad, _ field: String, _ log: RefusalLog
  ) throws(LoadError) {
    let place = try load.lines.place(ofRow: row)
    let refusal = Refusal(
      table: load.feeds.plan.table.name, line: place.line, byteOffset: place.offset, field: field,
      reason: .finding(finding))
    try log.add(
      [RowFinding(refusal: refusal, level: rules.level)],
      file: load.source.files[place.file].path)
  }

  /// Goes through the rows that a load stored and that were not taken out again.
  private func forEachRow(
    of load: TableLoad, _ body: (_ reader: BlockReader, _ row: Int, _ place: Int) throws -> Void
  ) throws {
    let reader = BlockReader(draft.snapshot.plan, table: load.table)
    for segment in load.segments {
      let view = try draft.snapshot.segment(segment, table: load.table)
      let hasRemoved = try draft.snapshot.removedPlaces(segment, table: load.table) != nil
      for block in 0..<view.blockCount {
        try reader.begin(segment: segment, block: block, in: draft.snapshot)
        for place in 0..<reader.rowCount {
          let row = segment << 16 + block << 10 + place
          if hasRemoved, try !draft.snapshot.isPresent(row: row, table: load.table) { continue }
          try body(reader, row, place)
        }
      }
    }
  }
}

/// Reads the area of households: the code of a field, by which findings are counted.
private struct AreaReader {
  private let field: Int
  private let codes: [String]
  private let draft: SharedSnapshot
  private let reader: BlockReader

  init(_ field: Int, of plan: TablePlan, _ draft: SharedSnapshot) {
    self.field = field
    self.draft = draft
    let schema = draft.snapshot.plan.schema
    codes = field < 0 ? [] : schema.codeList(of: plan.table.fields[field])?.codes ?? []
    reader = BlockReader(draft.snapshot.plan, table: plan.position)
  }

  func area(ofRow row: Int) throws(StoreError) -> String {
    guard field >= 0 else { return "" }
    try reader.begin(segment: row >> 16, block: (row & 0xFFFF) >> 10, in: draft.snapshot)
    let code = try reader.values(field, in: draft.snapshot)[row & 1_023]
    // Codes that loads added to an open list are counted together.
    return code >= 0 && code < Int64(codes.count) ? codes[Int(code)] : ""
  }
}

/// Findings by area.
private struct AreaCounts {
  private let level: LoadPlan.Level
  private var counts: [Finding: [String: Int]] = [:]

  init(_ level: LoadPlan.Level) { self.level = level }

  mutating func add(_ finding: Finding, _ area: String) {
    counts[finding, default: [:]][area, default: 0] += 1
  }

  var all: [LoadReport.Household] {
    counts.flatMap { finding, areas in
      areas.map {
        LoadReport.Household(
          code: finding.code, area: $0.key, level: level.rawValue, count: $0.value)
      }
    }
  }
}
