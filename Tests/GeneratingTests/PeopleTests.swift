// What made-up people promise: the same bytes again, numbers that never repeat, households that add
// up.

import Support
import Testing

@testable import Generating

@Suite struct PeopleTests {
  @Test(arguments: [1, 2, 3])
  func givesTheSameBytesForAnyNumberOfThreads(threadCount: Int) throws {
    let people = try People(
      seed: 5, personCount: 60_000, schemas: schemas,
      settings: PeopleSettings(cardsThousandths: 2_500))

    let again = try People(
      seed: 5, personCount: 60_000, schemas: schemas,
      settings: PeopleSettings(cardsThousandths: 2_500))

    #expect(try people.bytes(threadCount: 1) == again.bytes(threadCount: threadCount))
  }

  @Test func givesOtherPeopleForAnotherSeed() throws {
    let people = try People(seed: 5, personCount: 1_000, schemas: schemas)
    let others = try People(seed: 6, personCount: 1_000, schemas: schemas)

    #expect(try people.bytes()[.persons] != others.bytes()[.persons])
  }

  @Test(arguments: [1, 2, 63, 1_000, 16_385])
  func makesAsManyPersonsAsWished(personCount: Int) throws {
    let text = try MadePeople(seed: 1, personCount: personCount)

    #expect(text.persons.count == personCount)
  }

  @Test(arguments: [0, -1, People.personCountMax + 1])
  func refusesAnImpossibleNumberOfPersons(personCount: Int) {
    #expect(throws: GeneratingError(.personCountOutOfRange)) {
      try People(seed: 1, personCount: personCount, schemas: schemas)
    }
  }

  @Test(arguments: [999, 6_001])
  func refusesAnImpossibleNumberOfCards(cardsThousandths: Int) {
    #expect(throws: GeneratingError(.cardsOutOfRange)) {
      try People(
        seed: 1, personCount: 1, schemas: schemas,
        settings: PeopleSettings(cardsThousandths: cardsThousandths))
    }
  }

  @Test func knowsOnlyTheYearOfSomeBirths() throws {
    let people = try MadePeople(seed: 4, personCount: 20_000, yearOnly: 2_000)
    let count = people.persons.filter { $0[4].utf8.count == 4 }.count

    #expect((400...700).contains(count))
    #expect(people.persons.allSatisfy { [4, 10].contains($0[4].utf8.count) })
  }

  @Test func namesTheDataFileThatIsMissing() throws {
    let folder = try TemporaryFolder()

    #expect(
      throws: GeneratingError(
        .cannotRead, path: folder.path + "/people/provinces.csv", systemError: 2)
    ) {
      try People(seed: 1, personCount: 1, schemas: folder.path)
    }
  }
}

@Suite struct PeopleContentTests {
  static let made = Result { try MadePeople(seed: 42, personCount: 200_000, cards: 2_500) }

  let text: MadePeople

  init() throws { text = try Self.made.get() }

  @Test func writesTheColumnsOfTheFlatList() {
    #expect(text.persons.allSatisfy { $0.count == 22 })
    #expect(text.households.allSatisfy { $0.count == 9 })
    #expect(text.identifiers.allSatisfy { $0.count == 6 })
    #expect(text.coverages.allSatisfy { $0.count == 8 })
    for file in PeopleFile.allCases {
      let count = file.header.split(separator: ",").count
      #expect(count == [9, 22, 6, 8][file.rawValue])
    }
  }

  @Test func neverRepeatsANumber() {
    #expect(Set(text.persons.map { $0[0] }).count == 200_000)
    #expect(Set(text.persons.map { $0[15] }).count == 200_000)
    #expect(Set(text.households.map { $0[0] }).count == text.households.count)
  }

  @Test func keepsTailsInTheReservedRange() {
    let personal = text.persons.map { $0[0] }
    let cancelled = text.identifiers.filter { $0[1] == "personal" }.map { $0[2] }
    #expect(cancelled.count > 1_000)
    for number in personal + cancelled {
      let tail = Int(number.suffix(6)) ?? 0
      #expect(number.utf8.count == 12 && (500_000...999_999).contains(tail))
    }
    #expect(Set(personal).isDisjoint(with: cancelled))
  }

  @Test func buildsPersonalNumbersFromBirthAndSex() {
    for person in text.persons {
      let digits = Array(person[0])
      let year = Int(person[4].prefix(4)) ?? 0
      let century = (year >= 2_000 ? 2 : 0) + (person[3] == "F" ? 1 : 0)
      #expect(String(digits[0..<3]) == "0" + person[11])
      #expect(String(digits[3]) == "\(century)")
      #expect(String(digits[4..<6]) == person[4].dropFirst(2).prefix(2))
    }
  }

  @Test func spreadsTailsAndInsuranceNumbersEvenly() {
    var tails = [Int](repeating: 0, count: 10)
    var insurance = [Int](repeating: 0, count: 10)
    for person in text.persons {
      tails[((Int(person[0].suffix(6)) ?? 0) - 500_000) / 50_000] += 1
      insurance[(Int(person[15].suffix(8)) ?? 0) / 10_000_000] += 1
    }
    for count in tails + insurance { #expect((19_300...20_700).contains(count)) }
  }

  @Test func givesEachHouseholdOneHeadAndItsMembersInOrder() {
    var position = 0
    var numberBefore = ""
    for household in text.households {
      #expect(household[0] > numberBefore)
      numberBefore = household[0]
      let count = Int(household[4]) ?? 0
      let members = text.persons[position..<position + count]
      position += count
      #expect(members.allSatisfy { $0[1] == household[0] && $0[12] == household[3] })
      #expect(members.allSatisfy { $0[10] == household[2] })
      #expect(members.map { $0[6] }.filter { $0 == "01" }.count == 1)
      #expect(members.first?[6] == "01")
      #expect(members.first?[0] == household[1])
    }
    #expect(position == text.persons.count)
  }

  @Test func letsParentsBeOlderThanTheirChildren() {
    var head: [String] = []
    for person in text.persons {
      if person[6] == "01" { head = person }
      let difference = (Int(person[4].prefix(4)) ?? 0) - (Int(head[4].prefix(4)) ?? 0)
      switch person[6] {
      case "04", "06": #expect(difference >= 15)
      case "05": #expect(difference <= -15)
      case "16", "17": #expect(difference >= 30)
      default: break
      }
      if person[6] == "04" && head[3] == "M" && head[5] == "01" {
        #expect(person[2].prefix { $0 != " " } == head[2].prefix { $0 != " " })
      }
    }
  }

  @Test func meetsTheSharesAndTheMeanHousehold() {
    let count = Double(text.persons.count)
    let mean = count / Double(text.households.count)
    #expect((3.72...3.78).contains(mean))
    #expect((0.63...0.65).contains(share { !$0[13].isEmpty }))
    #expect((0.61...0.63).contains(share { !$0[14].isEmpty }))
    #expect((0.84...0.87).contains(share { $0[1].prefix(2) == $0[11] }))
    #expect((0.89...0.91).contains(share { $0[21] == "A" }))
    #expect((0.84...0.87).contains(share { $0[5] == "01" }))
    #expect((0.490...0.506).contains(share { $0[3] == "M" }))
    let cards = 1 + Double(text.coverages.count) / count
    #expect((2.45...2.55).contains(cards))
    #expect((0.04...0.06).contains(Double(text.identifiers.count) / count))
  }

  @Test func printsCardNumbersFromTheirParts() {
    for card in text.persons.map({ ($0[16], $0[17], $0[15]) })
      + text.coverages.map({ ($0[2], $0[3], $0[1]) })
    {
      #expect(card.0.utf8.count == 15)
      #expect(card.0.prefix(2) == card.1)
      #expect(card.0.suffix(10) == card.2)
    }
  }

  @Test func endsCardsBeforeOrAfterTheReferenceDayAsTheirStatusSays() {
    for person in text.persons where !person[20].isEmpty {
      #expect(person[19] <= person[20])
      #expect(person[19] >= person[4])
      if person[21] == "A" { #expect(person[20] >= "2024-12-31") }
      if person[21] == "E" { #expect(person[20] < "2024-12-31") }
    }
    for card in text.coverages { #expect(card[5] < card[6]) }
  }

  private func share(_ isCounted: ([String]) -> Bool) -> Double {
    Double(text.persons.filter(isCounted).count) / Double(text.persons.count)
  }
}
