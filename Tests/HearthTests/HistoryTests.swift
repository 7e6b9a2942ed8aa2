// Rows as they were: by the time when changes were recorded, and by the day from which they hold.

import Foundation
import Support
import Testing

@testable import Hearth

struct HistoryTests {
  private static let homes =
    "home_number,street,region\n1000,1 Long Street,01\n1001,2 Long Street,02\n"
  private static let members = """
    number,home_number,name,mail,street,region,card
    100001,1000,An Van Binh,a@x,1 Long Street,01,10000001
    100002,1000,Bao Thi Chi,,1 Long Street,01,

    """

  private let trial: Trial
  private var database: Database { trial.database }

  init() throws {
    trial = try FamilySchema.trial()
    try trial.load(("home", Self.homes), ("member", Self.members))
  }

  /// Changes a member and says when that was recorded.
  @discardableResult
  private func change(
    _ number: String, _ values: [String: String?], from day: String? = nil
  ) throws -> Int64 {
    let reason = ChangeReason(
      actor: "ward", reason: "test", effectiveDay: try day.map { try Day($0) })
    try database.write(reason) { change in
      try change.update("member", equals: number, set: values)
    }
    return try recorded()
  }

  private func recorded() throws -> Int64 {
    let number = try database.registry.beginSnapshot().lastChange()
    return try #require(try database.registry.beginSnapshot().change(number)).microseconds
  }

  private func name(_ number: String, at moment: Moment) throws -> String? {
    try database.read(at: moment) { snapshot in
      try snapshot.rows(of: "member", equal: number).first?["name"].description
    }
  }

  @Test func everyVersionIsKeptWithItsReason() throws {
    try change("100001", ["name": "Binh Van An"], from: "2026-01-01")
    try change("100001", ["mail": nil, "number": "300001"])
    for sought in ["100001", "300001"] {
      let rows = try database.history(of: "member", equal: sought)
      #expect(rows.count == 1)
      let versions = try #require(rows.first)
      #expect(
        versions.map { $0.row?["name"].description } == [
          "An Van Binh", "Binh Van An", "Binh Van An",
        ])
      #expect(versions.map { $0.row?["mail"].description } == ["a@x", "a@x", ""])
      #expect(versions.map { $0.change?.number } == [nil, 1, 2])
      #expect(versions[1].change?.reason.actor == "ward")
      #expect(versions[1].change?.reason.effectiveDay == Day(2026, 1, 1))
    }
    #expect(try database.history(of: "member", where: "mail", equal: "a@x").count == 1)
    #expect(try database.history(of: "member", equal: "999999").isEmpty)
  }

  @Test func rowsAreReadAsTheyWereKnown() throws {
    let first = try change("100001", ["name": "One"])
    let second = try change("100001", ["name": "Two", "number": "300001"])
    #expect(try name("100001", at: Moment(knownAt: first - 1)) == "An Van Binh")
    #expect(try name("100001", at: Moment(knownAt: second - 1)) == "One")
    #expect(try name("300001", at: Moment(knownAt: second - 1)) == nil)
    #expect(try name("100001", at: Moment(knownAt: second)) == nil)
    #expect(try name("300001", at: Moment(knownAt: second)) == "Two")
    try database.seal()
    #expect(try name("100001", at: Moment(knownAt: first - 1)) == "An Van Binh")
    #expect(try name("300001", at: Moment()) == "Two")
  }

  /// What was recorded later can hold earlier: fields change in the order of the days.
  @Test func rowsAreReadAsTheyHeldOnADay() throws {
    try change("100001", ["name": "Later", "street": "Later"], from: "2026-06-01")
    let corrected = try change("100001", ["name": "Earlier", "mail": "e@x"], from: "2026-03-01")
    func values(_ day: String, _ known: Int64? = nil) throws -> [String] {
      let moment = Moment(asOf: try Day(day), knownAt: known)
      return try database.read(at: moment) { snapshot in
        let row = try #require(try snapshot.rows(of: "member", equal: "100001").first)
        return ["name", "street", "mail"].map { row[$0].description }
      }
    }
    #expect(try values("2026-02-28") == ["An Van Binh", "1 Long Street", "a@x"])
    #expect(try values("2026-03-01") == ["Earlier", "1 Long Street", "e@x"])
    #expect(try values("2026-06-01") == ["Later", "Later", "e@x"])
    #expect(try values("2026-03-01", corrected - 1) == ["An Van Binh", "1 Long Street", "a@x"])
  }

  @Test func addedAndDeletedRowsAreThereInBetween() throws {
    let reason = { (day: String) in ChangeReason(effectiveDay: try Day(day)) }
    try database.write(try reason("2026-02-01")) { change in
      try change.insert(into: "member", ["number": "200001", "home_number": "1001"])
      try change.update("member", equals: "200001", set: ["name": "New Thi Ly"])
    }
    try database.write(try reason("2026-04-01")) { change in
      try change.update("member", equals: "100002", set: ["home_number": "1001"])
      try change.delete(from: "member", equals: "200001")
    }
    for seals in [false, true] {
      if seals { try database.seal() }
      for (day, there, homes) in [
        ("2026-01-31", [], ["100001", "100002"]), ("2026-02-01", ["200001"], ["100001", "100002"]),
        ("2026-04-01", ["100002"], ["100001"]),
      ] {
        try database.read(at: Moment(asOf: try Day(day))) { snapshot in
          #expect(try snapshot.rowCount(of: "member") == 2 + (there == ["200001"] ? 1 : 0))
          for (home, numbers) in [("1001", there), ("1000", homes)] {
            let row = try #require(try snapshot.rows(of: "home", equal: home).first)
            let found = try snapshot.children(of: row, in: "member")
            #expect(found.map { $0["number"].description } == numbers, "\(day) \(home)")
            #expect(
              try snapshot.count(of: "member", where: "home_number = \(home)") == numbers.count)
          }
        }
      }
    }
    let history = try database.history(of: "member", equal: "200001")
    #expect(history.first?.map { $0.row?["name"].description } == ["New Thi Ly", nil])
    let findings = try database.verify().findings
    #expect(findings == [])
  }

  @Test func aRegistryWithoutChangesIsTheSameAtAnyMoment() throws {
    #expect(try name("100001", at: Moment(asOf: Day(1990, 1, 1), knownAt: 0)) == "An Van Binh")
    #expect(try database.history(of: "member", equal: "100001").first?.count == 1)
  }
}
