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

  private func countMembers() throws {
    let (seen, first, heads) = (seen.view, Int64(firstRow), Roles(rules.relations.heads))
    try persons.forEachBlock(in: draft) { block in
      let (parents, relations, days) = try members(block)
      for place in 0..<block.rowCount where block.isPresent(place) {
        let household = parents[place] &- first
        guard household >= 0, household < Int64(seen.count) else { continue }
        seen[Int(household)].memberCount &+= 1
        guard heads.contain(relations[place]) else { continue }
        // Two are as many as more.
        seen[Int(household)].headCount = min(seen[Int(household)].headCount &+ 1, 2)
        seen[Int(household)].headYear = Int16(truncatingIfNeeded: year(days?[place]))
      }
    }
  }

  /// Whose persons of a block are, who they are in their households, and their days of birth if
  /// these are asked.
  private func members(
    _ block: StoredBlock
  ) throws(StoreError) -> (
    parents: ScratchView<Int64>, relations: ScratchView<Int64>, days: ScratchView<Int64>?
  ) {
    (
      try block.values(block.reader.plan.linkColumn), try block.values(rules.relation),
      rules.birthDate < 0 ? nil : try block.values(rules.birthDate)
    )
  }

  private mutating func judgePersons(_ log: RefusalLog) throws {
    let (seen, first, today) = (seen.view, Int64(firstRow), Day.today.year)
    let (spouses, children) = (Roles(rules.relations.spouses), Roles(rules.relations.children))
    let parentsOfHeads = Roles(rules.relations.parents)
    let (spouseAgeLeast, generationLeast) = (rules.spouseAgeLeast, rules.generationLeast)
    let areas = AreaReader(rules.area, of: households.feeds.plan, draft)
    var counts = AreaCounts(rules.level, areas)
    try persons.forEachBlock(in: draft) { block in
      let (parents, relations, days) = try members(block)
      for place in 0..<block.rowCount where block.isPresent(place) {
        guard parents[place] != absentValue else {
          counts.add(.withoutHousehold, area: -1)
          try persons.note(
            .withoutHousehold, ofRow: block.firstRow + place, field: "", rules.level, log)
          continue
        }
        let (household, relation) = (parents[place] &- first, relations[place])
        // Households of earlier loads are not judged again.
        guard let days, household >= 0, household < Int64(seen.count) else { continue }
        let isSpouse = spouses.contain(relation)
        guard isSpouse || children.contain(relation) || parentsOfHeads.contain(relation) else {
          continue
        }
        let (born, headBorn) = (year(days[place]), Int(seen[Int(household)].headYear))
        guard born != 0, isSpouse || headBorn != 0 else { continue }
        let finding: Finding
        if isSpouse {
          guard today - born < spouseAgeLeast else { continue }
          finding = .spouseAge
        } else if children.contain(relation) {
          guard born - headBorn < generationLeast else { continue }
          finding = .childAge
        } else {
          guard headBorn - born < generationLeast else { continue }
          finding = .parentAge
        }
        counts.add(finding, area: try areas.area(ofRow: Int(parents[place])))
        let field = persons.feeds.plan.table.fields[rules.birthDate].name
        try persons.note(finding, ofRow: block.firstRow + place, field: field, rules.level, log)
      }
    }
    self.counts += counts.all
  }

  private mutating func judgeHouseholds(_ log: RefusalLog) throws {
    let (seen, first) = (seen.view, firstRow)
    let asksSize = rules.declaredSize >= 0 && households.feeds.isFed[rules.declaredSize]
    let areas = AreaReader(rules.area, of: households.feeds.plan, draft)
    var counts = AreaCounts(rules.level, areas)
    try households.forEachBlock(in: draft) { block in
      let sizes = asksSize ? try block.values(rules.declaredSize) : nil
      for place in 0..<block.rowCount where block.isPresent(place) {
        let said = seen[block.firstRow + place - first]
        let declared = sizes?[place] ?? absentValue
        let differs = declared != absentValue && declared != Int64(said.memberCount)
        guard said.headCount != 1 || differs else { continue }
        var findings: [Finding] = []
        if said.memberCount == 0 {
          findings.append(.emptyHousehold)
        } else if said.headCount != 1 {
          findings.append(said.headCount == 0 ? .noHead : .severalHeads)
        }
        if differs { findings.append(.sizeDiffers) }
        for finding in findings {
          counts.add(finding, area: try areas.area(ofRow: block.firstRow + place))
          try households.note(finding, ofRow: block.firstRow + place, field: "", rules.level, log)
        }
      }
    }
    self.counts += counts.all
  }
}

/// Codes of a list.
struct Roles {
  private let has: [Bool]

  init(_ codes: Set<Int64>) {
    has = (0...(codes.max() ?? 0)).map(codes.contains)
  }

  func contain(_ code: Int64) -> Bool {
    code >= 0 && code < Int64(has.count) && has[Int(code)]
  }
}

/// The year of a stored day; 0 if it is not known.
private func year(_ day: Int64?) -> Int {
  day.flatMap { $0 == absentValue ? nil : Day(physical: $0)?.year } ?? 0
}

/// Reads the area of households: the code of a field, by which findings are counted.
struct AreaReader {
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

  /// The ordinal of a household's area; -1 where it has none, or one that a load added to an open
  /// list: these are counted together.
  func area(ofRow row: Int) throws(StoreError) -> Int {
    guard field >= 0 else { return -1 }
    try reader.begin(segment: row >> 16, block: (row & 0xFFFF) >> 10, in: draft.snapshot)
    let code = try reader.values(field, in: draft.snapshot)[row & 1_023]
    return code >= 0 && code < Int64(codes.count) ? Int(code) : -1
  }

  /// The code of an area.
  func code(_ area: Int) -> String { area < 0 ? "" : codes[area] }
}

/// Findings by area.
struct AreaCounts {
  private let level: LoadPlan.Level
  private let areas: AreaReader
  private var counts: [Finding: [Int: Int]] = [:]

  init(_ level: LoadPlan.Level, _ areas: AreaReader) {
    self.level = level
    self.areas = areas
  }

  mutating func add(_ finding: Finding, area: Int) {
    counts[finding, default: [:]][area, default: 0] += 1
  }

  var all: [LoadReport.Household] {
    counts.flatMap { finding, counts in
      counts.map {
        LoadReport.Household(
          code: finding.code, area: areas.code($0.key), level: level.rawValue, count: $0.value)
      }
    }
  }
}
