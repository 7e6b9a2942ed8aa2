// A health insurance card: its group, where it is used, from when to when, and its state.

/// One card of a person, before it is text.
struct Card {
  var group: Int
  /// Three digits after the province.
  var facility: Int
  var from: Int
  /// Absent on cards without end.
  var to: Int?
  var status: Status

  enum Status: UInt8 {
    case active = 0x41  // A
    case expired = 0x45  // E
    case suspended = 0x53  // S
    case revoked = 0x52  // R
  }
}

/// What a card depends on, beside chance.
struct CardHolder {
  let age: Int
  let birthDay: Int
  let isStudent: Bool
  /// The occupation's code; nil without work.
  let occupation: Int?
  let isEmployed: Bool
  let isMinority: Bool
  let poverty: Int
  let commune: Commune
}

extension CardGroups {
  /// Of a hundred thousand cards, those not active (assumed).
  private static let revoked = 1_400
  private static let suspended = 2_600
  private static let expired = 6_800

  /// The group of a person at an age; the reference day's for the current card.
  func group(of holder: CardHolder, _ random: inout Randomness) -> Int {
    if holder.age < 6 { return child }
    let isOfServiceAge = (20..<60).contains(holder.age)
    switch holder.occupation {
    case 1 where isOfServiceAge: return soldier
    case 2 where isOfServiceAge: return police
    case 3 where isOfServiceAge: return cipher
    default: break
    }
    if holder.isEmployed { return group(in: .worker, &random) }
    if holder.poverty == 2 { return poor }
    if holder.poverty == 1 { return nearPoor }
    if holder.commune.isDifficult && random.chance(820) {
      return holder.isMinority ? minority : difficultPlace
    }
    if holder.age < 18 { return group(in: .pupil, &random) }
    if holder.isStudent { return group(in: .student, &random) }
    if holder.age < 60 { return group(in: .adult, &random) }
    return group(in: holder.age < 80 ? .elder : .aged, &random)
  }

  /// The current card on the reference day.
  func currentCard(of holder: CardHolder, _ random: inout Randomness) -> Card {
    let group = group(of: holder, &random)
    let term = groups[group].term
    var status = Card.Status.active
    let value = random.below(100_000)
    if value < Self.revoked {
      status = .revoked
    } else if value < Self.revoked + Self.suspended {
      status = .suspended
    } else if value < Self.revoked + Self.suspended + Self.expired {
      if term != .birth && term != .open { status = .expired }
    }
    var (from, to) = validity(term, birthDay: holder.birthDay, &random)
    if status == .expired {
      let months = term == .long ? 60 : 12
      let earlier = CalendarDay(daysSince1970: from).adding(months: -months).daysSince1970
      if earlier > holder.birthDay {
        to = to.map { end in min(end - (from - earlier), ReferenceDay.daysSince1970 - 1) }
        from = earlier
      } else {
        status = .active
      }
    }
    return Card(
      group: group, facility: facility(for: holder.commune, &random), from: from, to: to,
      status: status)
  }

  /// When an active card of a term began and when it ends.
  private func validity(
    _ term: CardTerm, birthDay: Int, _ random: inout Randomness
  ) -> (from: Int, to: Int?) {
    let year = ReferenceDay.year
    switch term {
    case .birth:
      return (birthDay, lastDay(from: birthDay, months: 72))
    case .year:
      let month = random.chance(880) ? 1 : 1 + random.below(12)
      let from = CalendarDay(year: year, month: month, day: 1).daysSince1970
      return (from, lastDay(from: from, months: 12))
    case .work:
      let month = random.chance(720) ? 1 : 1 + random.below(12)
      let from = CalendarDay(year: year, month: month, day: 1).daysSince1970
      return (from, lastDay(from: from, months: 12))
    case .school:
      let isJanuary = random.chance(520)
      let from = CalendarDay(year: year, month: isJanuary ? 1 : 10, day: 1).daysSince1970
      return (from, lastDay(from: from, months: isJanuary || random.chance(700) ? 12 : 15))
    case .paid:
      let months = random.chance(800) ? 12 : random.chance(600) ? 6 : 3
      let dayCount = months == 12 ? 366 : months == 6 ? 180 : 88
      let from = ReferenceDay.daysSince1970 - random.below(dayCount)
      return (from, lastDay(from: from, months: months))
    case .long:
      let monthsAgo = random.chance(500) ? 12 * random.below(5) + 11 : random.below(60)
      let from = CalendarDay(year: year, month: 12, day: 1).adding(months: -monthsAgo)
      return (from.daysSince1970, lastDay(from: from.daysSince1970, months: 60))
    case .open:
      let from = CalendarDay(year: year - random.below(8), month: 1 + random.below(12), day: 1)
      return (from.daysSince1970, nil)
    }
  }

  /// A facility's three digits: mostly the commune's own, else one of a few of its district.
  func facility(for commune: Commune, _ random: inout Randomness) -> Int {
    let district = commune.district * 8
    let value = random.below(1_000)
    if value < 640 { return 1 + district + commune.code % 5 }
    if value < 940 { return 1 + district + random.below(6) }
    // The province's own hospitals; 000 is a registration for the time being.
    return value < 996 ? 900 + random.below(6) : 0
  }

  /// The card before this one, or nil when the holder was too young.
  func cardBefore(_ card: Card, holder: CardHolder, _ random: inout Randomness) -> Card? {
    let to = card.from - 1
    let from = CalendarDay(daysSince1970: card.from).adding(months: -12).daysSince1970
    let age = holder.age - (ReferenceDay.daysSince1970 - from + 364) / 365
    guard from > holder.birthDay, age >= 0 else { return nil }
    var group = card.group
    if age < 6 {
      group = child
    } else if group == child || (age < 18 && holder.age >= 18) {
      group = pupil
    } else if random.chance(180) {
      group = age < 18 ? pupil : household
    }
    let isSameFacility = random.chance(820)
    let status: Card.Status = random.chance(40) ? .revoked : .expired
    return Card(
      group: group,
      facility: isSameFacility ? card.facility : facility(for: holder.commune, &random),
      from: from, to: to, status: status)
  }
}

/// The last day of a card that runs so many months.
func lastDay(from: Int, months: Int) -> Int {
  CalendarDay(daysSince1970: from).adding(months: months).daysSince1970 - 1
}
