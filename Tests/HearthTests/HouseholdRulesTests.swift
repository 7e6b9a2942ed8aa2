// What is odd about households: each thing found alone, with its line and area.

import Hearth
import Support
import Testing

@Suite struct HouseholdRulesTests {
  private static let home = table(
    "home", key: "number",
    fields: [
      field(1, "number", "digits(4)", #""required": true"#), field(2, "area", "code(area)"),
      field(3, "size", "integer", #""derived": {"children": "member"}"#),
    ], indexes: [unique("number")])

  private static let member = table(
    "member", key: "id",
    fields: [
      field(1, "id", "digits(2)"), field(2, "home", "digits(4)"),
      field(3, "relation", "code(relation)"), field(4, "born", "day"),
    ], indexes: [unique("id")], #""parent": {"table": "home", "field": "home"}"#)

  private static func plan(_ level: String, size: String = #", "declared_size": "size""#) -> String
  {
    """
    {"tables": [
      {"table": "home", "repeats": "fold", "fields": [
        {"field": "number", "column": "ho"}, {"field": "area", "column": "xa"},
        {"field": "size", "column": "so"}]},
      {"table": "member", "fields": [
        {"field": "id", "column": "id"}, {"field": "home", "column": "ho"},
        {"field": "relation", "column": "qh"}, {"field": "born", "column": "sinh"}],
       "households": {"relation": "relation", "head": ["head"], "spouse": ["spouse"],
         "child": ["child"], "parent": ["parent"], "birth_date": "born"\(size), "area": "area",
         "level": "\(level)"}}]}
    """
  }

  private func trial() throws -> Trial {
    try Trial(
      [Self.home, Self.member],
      lists: [
        codes("area", ["A", "B"]),
        codes("relation", ["head", "spouse", "child", "parent", "other"]),
      ])
  }

  /// A household in which nothing is odd, then one with this.
  private func load(
    _ lines: String, level: String = "warn", size: String = #", "declared_size": "size""#
  ) throws -> (report: LoadReport, warnings: [String]) {
    let trial = try trial()
    let report = try trial.load(
      """
      ho,xa,so,id,qh,sinh
      0001,A,4,01,head,1970-05-01
      0001,A,4,02,spouse,1972
      0001,A,4,03,child,1995-01
      0001,A,4,04,parent,1945-01-01
      \(lines)

      """, plan: Self.plan(level, size: size))
    return (report, (try? trial.warnings()) ?? [])
  }

  @Test(arguments: [
    "0002,B,1,11,head,", "0002,B,,11,head,1990",
    "0002,B,2,11,head,\n0002,B,2,12,child,2020",
    "0002,B,2,11,head,1970\n0002,B,2,12,child,1982",
    "0002,B,2,11,other,1990\n0002,B,2,12,head,1950",
  ])
  func findsNothingWhereNothingIsOdd(_ lines: String) throws {
    let (report, warnings) = try load(lines)
    #expect(report.households == [])
    #expect(warnings == [])
  }

  @Test func findsPersonsWithoutHouseholdsAndHouseholdsWithoutPersons() throws {
    let trial = try trial()
    let homes = try trial.file("ho,xa,so\n0001,A,1\n0002,B,\n0003,B,\n")
    let members = try trial.file("ho,id,qh,sinh\n0001,01,head,1970\n,02,other,1980\n")
    let plan = try LoadPlan(
      reading: trial.folder.write(Self.plan("note"), as: "p.json"), schema: trial.database.schema)
    let report = try trial.load([
      LoadInput(table: "home", path: homes, plan: plan),
      LoadInput(table: "member", path: members, plan: plan),
    ])
    #expect(
      report.households.map { "\($0.code) \($0.area) \($0.level) \($0.count)" } == [
        "empty_household B note 2", "without_household  note 1",
      ])
    #expect(
      report.findings.map { "\($0.table) \($0.code) \($0.count)" }.sorted() == [
        "home empty_household 2", "member without_household 1",
      ])
  }

  /// A member who is refused is no member, and a household that nobody asks about is not judged.
  @Test func judgesWhatIsStored() throws {
    let (report, warnings) = try load("0002,B,1,11,head,1970\n0002,B,1,11,head,1971")
    #expect(report.refused == 1)
    #expect(warnings == [])
    let (other, _) = try load("0002,B,7,11,head,1970", size: "")
    #expect(other.households == [])
  }
}
