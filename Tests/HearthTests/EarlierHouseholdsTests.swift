// Households across loads: second heads, persons named in two households, and persons of households
// that are not there.

import Hearth
import Support
import Testing

@Suite struct EarlierHouseholdsTests {
  private static let home = table(
    "home", key: "number",
    fields: [
      field(1, "number", "digits(4)", #""required": true"#), field(2, "area", "code(area)"),
    ], indexes: [unique("number")])

  private static let member = table(
    "member", key: "id",
    fields: [
      field(1, "id", "digits(2)"), field(2, "home", "digits(4)"),
      field(3, "relation", "code(relation)"),
      field(4, "area", "code(area)", #""derived": {"parent": "area"}"#),
    ], indexes: [unique("id")], #""parent": {"table": "home", "field": "home"}"#)

  private static func plan(_ more: String = "") -> String {
    """
    {"tables": [
      {"table": "home", "fields": [
        {"field": "number", "column": "ho"}, {"field": "area", "column": "xa"}]},
      {"table": "member"\(more), "fields": [
        {"field": "id", "column": "id"}, {"field": "home", "column": "ho"},
        {"field": "relation", "column": "qh"}],
       "households": {"relation": "relation", "head": ["head"], "area": "area"}}]}
    """
  }

  private func trial() throws -> Trial {
    let trial = try Trial(
      [Self.home, Self.member],
      lists: [codes("area", ["A", "B"]), codes("relation", ["head", "other"])])
    try trial.load(
      ("home", "number,area\n0001,A\n0002,B\n0003,B\n"),
      ("member", "id,home,relation\n01,0001,head\n02,0001,other\n03,0002,head\n04,0003,other\n"))
    return trial
  }

  private func load(_ trial: Trial, homes: String? = nil, members: String, _ more: String = "")
    throws -> LoadReport
  {
    let plan = try LoadPlan(
      reading: trial.folder.write(Self.plan(more), as: "p.json"), schema: trial.database.schema)
    var inputs: [LoadInput] = []
    if let homes {
      inputs.append(LoadInput(table: "home", path: try trial.file(homes), plan: plan))
    }
    inputs.append(LoadInput(table: "member", path: try trial.file(members), plan: plan))
    return try trial.load(inputs)
  }

  private func told(_ report: LoadReport) -> [String] {
    report.households.map { "\($0.code) \($0.area) \($0.count)" }
  }

  @Test func findsNothingWhereNothingIsOdd() throws {
    let report = try load(
      trial(), homes: "ho,xa\n0004,A\n",
      members: "id,ho,qh\n11,0001,other\n12,0003,head\n13,0004,head\n")
    #expect(told(report) == [])
    #expect(report.stored == 4)
  }

  /// The head that is there, at its place or come late, is the first; among those that come
  /// together the later line is the second.
  @Test func findsSecondHeads() throws {
    let trial = try trial()
    let members = "id,ho,qh\n11,0001,head\n12,0003,head\n13,0003,head\n14,0002,other\n"
    let report = try load(trial, members: members)

    #expect(told(report) == ["several_heads A 1", "several_heads B 1"])
    #expect(
      try trial.warnings() == [
        "member,2,\(offset(of: "11,", in: members)),relation,several_heads",
        "member,4,\(offset(of: "13,", in: members)),relation,several_heads",
      ])
    #expect(try trial.children(of: "0001", in: "home", "member", "id") == ["01", "02", "11"])

    let last = try load(trial, members: "id,ho,qh\n21,0003,head\n")
    #expect(told(last) == ["several_heads B 1"])
  }

  /// The row that is stored keeps its household, and the other is refused.
  @Test func findsPersonsInTwoHouseholds() throws {
    let trial = try trial()
    let report = try load(
      trial, homes: "ho,xa\n0004,A\n",
      members: "id,ho,qh\n01,0004,head\n02,0001,other\n13,0004,head\n13,0002,other\n04,,other\n")

    #expect(told(report) == ["in_two_households A 1", "in_two_households B 1"])
    #expect(report.files[1].duplicates == 4)
    #expect(
      try trial.warnings().map { $0.split(separator: ",")[1] + $0.split(separator: ",")[4] }
        == ["2in_two_households", "5in_two_households"])
    #expect(try trial.text("member", "01", "home") == "0001")
  }

  /// Persons of households that are nowhere are refused, or stored without one, as the plan says.
  @Test(arguments: [false, true]) func refusesOrKeepsOrphans(keeps: Bool) throws {
    let trial = try trial()
    let members = "id,ho,qh\n11,0009,other\n12,0001,other\n13,0004,head\n"
    let report = try load(
      trial, homes: "ho,xa\n0004,A\n", members: members,
      keeps ? #", "orphans": "keep""# : #", "orphans": "refuse""#)

    #expect(report.stored == (keeps ? 4 : 3))
    #expect(report.refused == (keeps ? 0 : 1))
    #expect(try trial.text("member", "13", "area") == "A")
    guard keeps else {
      #expect(try trial.rejects() == ["member,2,9,home,missing_parent"])
      #expect(try trial.row("member", "11") == nil)
      return
    }
    #expect(try trial.warnings().contains("member,2,9,home,missing_parent"))
    #expect(told(report) == ["without_household  1"])
    #expect(try trial.text("member", "11", "home") == "0009")
    #expect(try trial.row("member", "11")?["area"] == .absent)
    #expect(try trial.children(of: "0001", in: "home", "member", "id") == ["01", "02", "12"])
  }
}
