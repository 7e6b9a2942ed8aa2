// Counters never repeat within a class, and a full class sends its persons on.

import Testing

@testable import Generating

@Suite struct NumberingTests {
  @Test func sendsPersonsOfAFullClassToTheNextProvince() throws {
    let country = try Country(folder: schemas + "/people")
    var numbering = Numbering(country: country)
    var piece = PieceDraft(number: 0, province: 0, firstPerson: 0)
    let person = PersonDraft(relation: .head, sex: .male, age: 30, marital: .single, family: .head)
    piece.persons = Array(repeating: person, count: 500_002)
    numbering.number(&piece)

    #expect(piece.persons[0].tail == 0)
    #expect(piece.persons[499_999].tail == 499_999)
    #expect(piece.persons[499_999].birthProvince == 0)
    #expect(piece.persons[500_000].tail == 0)
    #expect(piece.persons[500_000].birthProvince == 1)
    #expect(piece.persons[500_001].tail == 1)
    #expect(piece.persons[500_001].insurance == 500_001)
  }

  @Test func leavesGapsBetweenHouseholds() throws {
    var numbering = Numbering(country: try Country(folder: schemas + "/people"))
    var piece = PieceDraft(number: 0, province: 3, firstPerson: 0)
    piece.households = [0, 2, 0].map { HouseholdDraft(firstPerson: 0, memberCount: 1, gap: $0) }
    numbering.number(&piece)
    #expect(piece.households.map(\.number) == [1, 4, 5])

    numbering.number(&piece)
    #expect(piece.households.map(\.number) == [6, 9, 10])
  }
}
