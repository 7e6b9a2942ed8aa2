// Draws one piece: its households, and for each person where born, where insured, which numbers.

extension PieceDraft {
  /// Draws a piece; the same seed and span always give the same piece.
  init(span: PieceSpan, seed: UInt64, model: PeopleModel) {
    self.init(number: span.number, province: span.province, firstPerson: span.firstPerson)
    var composition = Composition(
      demography: model.demography,
      random: Randomness(seed: seed, stream: UInt64(span.number) &* 2), capacity: span.personCount)
    while composition.persons.count < span.personCount {
      let first = composition.persons.count
      let count = composition.appendHousehold(sizeLimit: span.personCount - first)
      let gap = composition.draw { $0.chance(700) ? 0 : $0.below(4) }
      households.append(HouseholdDraft(firstPerson: first, memberCount: count, gap: gap))
      for position in first..<first + count {
        composition.edit(position) { person, random in
          person.settle(in: span.province, model: model, &random)
        }
      }
    }
    persons = composition.persons
  }
}

extension PersonDraft {
  /// Of a thousand persons over and under 15, those born in another province; about 15 % together.
  static let movedAdults = 185
  static let movedChildren = 55

  /// Draws birthplace, place of first insurance, and which older numbers there are.
  fileprivate mutating func settle(
    in province: Int, model: PeopleModel, _ random: inout Randomness
  ) {
    let moved = random.chance(age < 15 ? Self.movedChildren : Self.movedAdults)
    let birth = moved ? model.country.populations.draw(&random) : province
    birthProvince = UInt8(birth)
    insuranceProvince = UInt8(moved && random.chance(450) ? birth : province)
    hasOldNumber =
      age >= Demography.oldNumberAge && random.chance(of2To32: model.demography.oldNumberShare)
    if hasOldNumber {
      hasSecondOldPrefix =
        model.country.provinces[birth].secondOldPrefix != nil && random.chance(250)
      hasStrayOldNumber = random.below(1_024) == 0
    }
    hasCancelledNumber = random.chance(12)
  }
}
