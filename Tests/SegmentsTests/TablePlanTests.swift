// How tables are kept, as far as a schema can be unusual.

import Rows
import Testing

@testable import Segments

@Suite struct TablePlanTests {
  private func field(_ name: String, _ number: Int, _ type: String, _ more: String = "") -> String {
    """
    {"name": "\(name)", "number": \(number), "type": "\(type)", "meaning": "",
     "sensitivity": "public"\(more.isEmpty ? "" : ", ")\(more)}
    """
  }

  private func schema() throws -> Schema {
    let home = """
      {"name": "home", "key": "home", "fields": [
        \(field("home", 3, "digits(6)")),
        \(field("rooms", 4, "integer", #""derived": {"mapped": "members"}"#)),
        \(field("members", 5, "integer", #""derived": {"children": "member"}"#)),
        \(field("beds", 6, "integer", #""derived": {"difference": "members"}"#)),
        \(field("chairs", 7, "integer", #""derived": {"mapped": "beds"}"#)),
        \(field("head", 8, "digits(4)",
          #""derived": {"firstChild": {"table": "member", "field": "number"}}"#)),
        \(field("label", 9, "text", #""derived": {"text": [["home", "head"]]}"#)),
        \(field("sign", 10, "text", #""derived": {"text": [["home"]]}"#)),
        \(field("street", 11, "text", #""words": "address", "dictionary": "street""#))],
       "indexes": [{"name": "home", "fields": ["home"], "unique": true}]}
      """
    let member = """
      {"name": "member", "parent": {"table": "home", "field": "home"}, "fields": [
        \(field("home", 1, "digits(6)")), \(field("number", 2, "digits(4)")),
        \(field("rooms", 3, "integer", #""derived": {"parent": "rooms"}"#)),
        \(field("peers", 4, "integer", #""derived": {"parent": "members"}"#)),
        \(field("street", 5, "text", #"""
          "words": "address", "dictionary": "street", "derived": {"parent": "street"}
          """#)),
        \(field("job", 6, "text", #""words": "whole", "dictionary": "job""#))]}
      """
    return try Schema(
      tableFiles: [("home", Array(home.utf8)), ("member", Array(member.utf8))], codeListFiles: [])
  }

  private func names(_ fields: some Sequence<Int>, _ plan: TablePlan) -> [String] {
    fields.map { plan.table.fields[$0].name }
  }

  @Test func sharesDictionariesBetweenTables() throws {
    let plan = RegistryPlan(try schema())
    #expect(
      plan.dictionaryNames == [
        "words:street.1", "words:street.2", "words:street.3", "words:job.1",
      ])
    #expect(plan.tables[0].dictionary == [-1, -1, -1, -1, -1, -1, -1, -1, 0])
    #expect(plan.tables[1].dictionary == [-1, -1, -1, -1, 0, 3])
  }

  /// A field that waits for the children is not known where rows are read: what followed from it
  /// was stored as its difference from the right value and read as that from none.
  @Test func letsNothingFollowFromAFieldThatWaitsForTheChildren() throws {
    let plan = RegistryPlan(try schema())
    let home = plan.tables[0]
    #expect(names(home.lateFields, home) == ["members", "head"])
    #expect(names(home.steps.map(\.field), home) == ["members", "chairs", "head"])
    #expect(names(home.alternatives.keys, home) == ["sign"])
    #expect(names(home.textFields, home) == ["label", "street", "sign"])
    let member = plan.tables[1]
    #expect(member.inherited == [0, -1, 1, -1, 8, -1])
    #expect(names(member.steps.map(\.field), member) == ["home", "rooms"])
    #expect(member.linkColumn == 6)
    #expect(member.parent == 0)
  }
}
