// What a load's persons do to households that were there before it, and persons who are named in
// two households.
//
// A head who joins a household of an earlier load that has one is its second. A person whose key a
// row of another household has is in two; only the row that has the key is stored.

import Bytes
import Columns
import Rows
import Rules
import Segments
import Store

/// What was found out about one load's persons and the rows that stand elsewhere.
struct EarlierHouseholds {
  private let rules: HouseholdRules
  private let persons: TableLoad
  private let draft: SharedSnapshot
  private let heads: Roles
  /// Reads rows here and there.
  private let reader: BlockReader
  /// Asks for persons who came later than their household.
  private let late: IndexProbe
  private let areas: AreaReader
  private(set) var counts: [LoadReport.Household] = []

  /// `firstHousehold` is the first row that the load may have added to the households.
  init(
    _ rules: HouseholdRules, persons: TableLoad, firstHousehold: Int, draft: SharedSnapshot,
    log: RefusalLog
  ) throws {
    let plan = draft.snapshot.plan
    self.rules = rules
    self.persons = persons
    self.draft = draft
    heads = Roles(rules.relations.heads)
    reader = BlockReader(plan, table: persons.table)
    late = IndexProbe(
      table: persons.table, index: plan.tables[persons.table].table.indexes.count)
    areas = AreaReader(rules.area, of: plan.tables[persons.feeds.plan.parent ?? 0], draft)
    var counts = AreaCounts(rules.level, areas)
    if firstHousehold > 0 { try findSecondHeads(Int64(firstHousehold), &counts, log) }
    try findPersonsInTwo(&counts, log)
    self.counts = counts.all
  }

  private func findSecondHeads(
    _ firstHousehold: Int64, _ counts: inout AreaCounts, _ log: RefusalLog
  ) throws {
    let field = reader.plan.table.fields[rules.relation].name
    try persons.forEachBlock(in: draft) { block in
      let parents = try block.values(reader.plan.linkColumn)
      let relations = try block.values(rules.relation)
      for place in 0..<block.rowCount where block.isPresent(place) {
        let (parent, row) = (parents[place], block.firstRow + place)
        guard parent != absentValue, parent < firstHousehold, heads.contain(relations[place]),
          try hasHead(Int(parent), before: row)
        else { continue }
        counts.add(.severalHeads, area: try areas.area(ofRow: Int(parent)))
        try persons.note(.severalHeads, ofRow: row, field: field, rules.level, log)
      }
    }
  }

  /// Whether a household has a head in an earlier row than this.
  private func hasHead(_ household: Int, before row: Int) throws(StoreError) -> Bool {
    let placed = try draft.snapshot.positionalChildren(of: household, childTable: persons.table)
    for other in placed where other < row {
      if try isHead(other, of: household) { return true }
    }
    let count = try late.find(IndexKeyKind.wide.hash(UInt64(household)), in: draft.snapshot)
    for position in 0..<count where late[position] < row {
      if try isHead(late[position], of: household) { return true }
    }
    return false
  }

  private func isHead(_ row: Int, of household: Int) throws(StoreError) -> Bool {
    guard try draft.snapshot.isPresent(row: row, table: persons.table) else { return false }
    guard try self.household(of: row) == Int64(household) else { return false }
    return heads.contain(try reader.values(rules.relation, in: draft.snapshot)[row & 1_023])
  }

  /// The household of a person, also of one who was taken out again; `absentValue` for none.
  private func household(of row: Int) throws(StoreError) -> Int64 {
    try reader.beginParent(row, in: draft.snapshot)
    return try reader.values(reader.plan.linkColumn, in: draft.snapshot)[row & 1_023]
  }

  private func findPersonsInTwo(_ counts: inout AreaCounts, _ log: RefusalLog) throws {
    let field = persons.feeds.parentField.map { reader.plan.table.fields[$0].name } ?? ""
    for lost in persons.otherPlaces {
      let (named, stands) = (try household(of: lost.row), try household(of: lost.holder))
      guard named != absentValue, stands != absentValue, named != stands else { continue }
      counts.add(.inTwoHouseholds, area: try areas.area(ofRow: Int(named)))
      try persons.note(.inTwoHouseholds, ofRow: lost.row, field: field, rules.level, log)
    }
  }
}
