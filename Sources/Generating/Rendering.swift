// Turns a numbered piece into text: one line for each household, person, older number and card.

import Bytes

struct Rendering {
  let model: PeopleModel
  let seed: UInt64
  let settings: PeopleSettings
  let provincePersonCount: [Int]

  /// The longest line of persons.csv, with room to spare.
  static let lineByteCountMax = 512

  func render(_ piece: PieceDraft, into text: inout PieceText) {
    var random = Randomness(seed: seed, stream: UInt64(piece.number) &* 2 &+ 1)
    var address = TextSink(capacity: Places.byteCountMax)
    for household in piece.households {
      render(household, of: piece, address: &address, into: &text, &random)
    }
  }

  private func render(
    _ household: HouseholdDraft, of piece: PieceDraft, address: inout TextSink,
    into text: inout PieceText, _ random: inout Randomness
  ) {
    let province = model.country.provinces[piece.province]
    let commune = model.country.communes[
      model.country.commune(
        ofPerson: piece.firstPerson + household.firstPerson,
        of: provincePersonCount[piece.province], province: piece.province)]
    let ethnicity = model.country.ethnicity(in: commune, &random)
    let poverty = drawPoverty(commune, isMinority: ethnicity != 1, &random)
    address.removeAll()
    model.places.append(in: commune, region: province.region, to: &address, &random)
    let head = piece.persons[household.firstPerson]
    let home = Home(
      number: UInt64(province.code) * 100_000_000 + UInt64(household.number),
      province: province, commune: commune, ethnicity: ethnicity, poverty: poverty,
      surnames: HouseholdSurnames(ethnicity: ethnicity, names: model.names, &random),
      headPhone: drawPhone(head, &random))
    render(home, household, head: head, address: address, to: &text.households, &random)
    for position in household.firstPerson..<household.firstPerson + household.memberCount {
      let person = piece.persons[position]
      let phone =
        position == household.firstPerson ? home.headPhone : drawPhone(person, &random)
      render(person, home, phone: phone, address: address, into: &text, &random)
    }
  }

  private func render(
    _ home: Home, _ household: HouseholdDraft, head: PersonDraft, address: borrowing TextSink,
    to text: inout TextSink, _ random: inout Randomness
  ) {
    text.reserve(Self.lineByteCountMax)
    text.append(home.number, digits: 10)
    text.comma()
    text.append(personalNumber(head, tail: head.tail, birthYear: head.birthYear), digits: 12)
    text.comma()
    text.append(UInt64(home.commune.code), digits: 5)
    text.comma()
    text.append(contentsOf: address)
    text.comma()
    text.append(number: household.memberCount)
    text.comma()
    text.append(number: home.poverty)
    text.comma()
    text.append(number: drawDwelling(home.commune.kind, poverty: home.poverty, &random))
    text.comma()
    // A household's phone is its head's.
    if let phone = home.headPhone, random.chance(520) { text.append(phone, digits: 10) }
    text.comma()
    let earliest = max(7_305, ReferenceDay.daysSince1970 - (Int(head.age) - 18) * 365)
    let span = max(1, ReferenceDay.daysSince1970 - earliest)
    text.append(day: ReferenceDay.daysSince1970 - min(random.below(span), random.below(span)))
    text.endLine()
  }

  private func render(
    _ person: PersonDraft, _ home: Home, phone: UInt64?, address: borrowing TextSink,
    into text: inout PieceText, _ random: inout Randomness
  ) {
    let birthYear = person.birthYear
    let birthDay =
      CalendarDay(year: birthYear, month: 1, day: 1).daysSince1970
      + random.below(CalendarDay.isLeap(birthYear) ? 366 : 365)
    let life = drawLife(person, &random)
    let holder = CardHolder(
      age: Int(person.age), birthDay: birthDay, isStudent: life.isStudent,
      occupation: life.occupation, isEmployed: life.isEmployed, isMinority: home.ethnicity != 1,
      poverty: home.poverty, commune: home.commune)
    let card = model.cards.currentCard(of: holder, &random)
    let number = personalNumber(person, tail: person.tail, birthYear: birthYear)
    let insurance = insuranceNumber(person)
    let isOldCardPlace = !random.chance(300)
    let cardProvince =
      isOldCardPlace ? model.country.provinces[Int(person.insuranceProvince)] : home.province

    text.persons.reserve(Self.lineByteCountMax)
    text.persons.append(number, digits: 12)
    text.persons.comma()
    text.persons.append(home.number, digits: 10)
    text.persons.comma()
    model.names.append(
      person, ethnicity: home.ethnicity, surnames: home.surnames, to: &text.persons, &random)
    text.persons.append(person.sex == .male ? ",M," : ",F,")
    appendBirthDate(birthDay, year: birthYear, to: &text.persons, &random)
    text.persons.comma()
    text.persons.append(UInt64(home.ethnicity), digits: 2)
    text.persons.comma()
    text.persons.append(UInt64(person.relation.rawValue), digits: 2)
    text.persons.comma()
    text.persons.append(UInt64(person.marital.rawValue), digits: 1)
    text.persons.comma()
    text.persons.append(UInt64(life.education), digits: 1)
    text.persons.comma()
    if let occupation = life.occupation { text.persons.append(UInt64(occupation), digits: 2) }
    text.persons.comma()
    text.persons.append(UInt64(home.commune.code), digits: 5)
    text.persons.comma()
    text.persons.append(
      UInt64(model.country.provinces[Int(person.birthProvince)].code), digits: 2)
    text.persons.comma()
    text.persons.append(contentsOf: address)
    text.persons.comma()
    if let phone { text.persons.append(phone, digits: 10) }
    text.persons.comma()
    if person.hasOldNumber { text.persons.append(oldNumber(person, &random), digits: 9) }
    text.persons.comma()
    text.persons.append(insurance, digits: 10)
    text.persons.comma()
    append(
      card, insurance: insurance, cardProvince: cardProvince, facilityProvince: home.province,
      to: &text.persons)
    text.persons.endLine()

    renderEarlierNumbers(
      person, number: number, birthDay: birthDay, to: &text.identifiers, &random)
    if settings.cardsThousandths > 1_000 {
      renderEarlierCards(
        before: card, holder: holder, number: number, insurance: insurance,
        cardProvince: cardProvince, home: home, to: &text.coverages, &random)
    }
  }

  private func appendBirthDate(
    _ day: Int, year: Int, to text: inout TextSink, _ random: inout Randomness
  ) {
    // The older a person, the more often only the year is known.
    let share = settings.yearOnlyPerHundredThousand * (year < 1_960 ? 3 : 1)
    if share > 0 && random.below(100_000) < share {
      text.append(UInt64(year), digits: 4)
    } else {
      text.append(day: day)
    }
  }

  /// Appends card number, group, facility, both days and status.
  private func append(
    _ card: Card, insurance: UInt64, cardProvince: Province, facilityProvince: Province,
    to text: inout TextSink
  ) {
    let group = model.cards.groups[card.group]
    text.append(model.cards.codes, card.group)
    text.append(UInt64(group.level), digits: 1)
    text.append(UInt64(cardProvince.code), digits: 2)
    text.append(insurance, digits: 10)
    text.comma()
    text.append(model.cards.codes, card.group)
    text.comma()
    text.append(UInt64(facilityProvince.code), digits: 2)
    text.append(UInt64(card.facility), digits: 3)
    text.comma()
    text.append(day: card.from)
    text.comma()
    if let to = card.to { text.append(day: to) }
    text.comma()
    text.append(card.status.rawValue)
  }
}

extension Rendering {
  /// Appends numbers besides the current ones, for about one person in twenty.
  private func renderEarlierNumbers(
    _ person: PersonDraft, number: UInt64, birthDay: Int, to text: inout TextSink,
    _ random: inout Randomness
  ) {
    text.reserve(Self.lineByteCountMax)
    let today = ReferenceDay.daysSince1970
    if person.hasCancelledNumber {
      // The birth year was put right, and the number with it.
      let from = max(birthDay, today - 6_000 + random.below(3_000))
      let to = from + random.below(today - from + 1)
      let cancelled = personalNumber(
        person, tail: person.cancelledTail, birthYear: person.birthYear - 1)
      text.append(number, digits: 12)
      text.append(",personal,")
      text.append(cancelled, digits: 12)
      appendEnd(from: from, to: to, status: ",C\n", to: &text)
    }
    if person.hasOldNumber && person.age >= 32 && random.chance(58) {
      // Moving to another province brought a new nine-digit number.
      let provinces = model.country.provinces
      let prefix = provinces[model.country.populations.draw(&random)].oldPrefix
      let from = birthDay + 16 * 365 + random.below(3_000)
      text.append(number, digits: 12)
      text.append(",cmnd9,")
      text.append(UInt64(prefix), digits: 2)
      text.append(UInt64(random.below(10_000_000)), digits: 7)
      appendEnd(from: from, to: from + 200 + random.below(2_500), status: ",R\n", to: &text)
    }
    if person.age >= 14 && random.chance(16) {
      let from = today - random.below(3_600)
      text.append(number, digits: 12)
      text.append(",passport,")
      text.append(random.chance(500) ? UInt8(ascii: "B") : UInt8(ascii: "C"))
      text.append(UInt64(random.below(10_000_000)), digits: 7)
      appendEnd(from: from, to: lastDay(from: from, months: 120), status: ",A\n", to: &text)
    }
  }

  private func appendEnd(from: Int, to: Int, status: StaticString, to text: inout TextSink) {
    text.comma()
    text.append(day: from)
    text.comma()
    text.append(day: to)
    text.append(status)
  }

  private func renderEarlierCards(
    before current: Card, holder: CardHolder, number: UInt64, insurance: UInt64,
    cardProvince: Province, home: Home, to text: inout TextSink, _ random: inout Randomness
  ) {
    guard holder.age >= Demography.earlierCardAge else { return }
    let mean =
      (settings.cardsThousandths - 1_000) * 65_536 / model.demography.cardAgeShareOf65536
    let count = (random.below(2 * mean + 1) + random.below(1_000)) / 1_000
    var card = current
    for _ in 0..<count {
      guard let earlier = model.cards.cardBefore(card, holder: holder, &random) else { return }
      text.reserve(Self.lineByteCountMax)
      text.append(number, digits: 12)
      text.comma()
      text.append(insurance, digits: 10)
      text.comma()
      append(
        earlier, insurance: insurance, cardProvince: cardProvince,
        facilityProvince: home.province, to: &text)
      text.endLine()
      card = earlier
    }
  }
}

/// What a household's lines share.
struct Home {
  let number: UInt64
  let province: Province
  let commune: Commune
  let ethnicity: Int
  let poverty: Int
  let surnames: HouseholdSurnames
  let headPhone: UInt64?
}
