// Puts households together: a head, then whom such a head lives with, at ages that can be.
//
// Ages are drawn from one table of weights, within the window that the relation allows; the weights
// are fitted so that all persons together have the ages of the country.

struct Composition {
  let demography: Demography
  private var random: Randomness
  private(set) var persons: [PersonDraft] = []
  private var adultChild: PersonDraft?
  private var inLaw: PersonDraft?

  init(demography: Demography, random: Randomness, capacity: Int) {
    self.demography = demography
    self.random = random
    persons.reserveCapacity(capacity + HouseholdDraft.sizeMax)
  }

  /// The generator, for draws that belong to the same piece.
  mutating func draw<Result>(_ body: (inout Randomness) -> Result) -> Result { body(&random) }

  mutating func edit(_ position: Int, _ body: (inout PersonDraft, inout Randomness) -> Void) {
    body(&persons[position], &random)
  }

  /// Appends the members of one more household, and returns how many there are.
  mutating func appendHousehold(sizeLimit: Int) -> Int {
    let size = min(sizeLimit, demography.householdSizes.draw(&random) + 1)
    adultChild = nil
    inLaw = nil
    if size == 1 {
      appendLoneHead()
      return 1
    }
    let coupleShare = size == 2 ? 640 : size == 3 ? 830 : 920
    if random.chance(coupleShare) {
      appendCouple(size: size)
    } else {
      appendHeadWithoutSpouse(size: size)
    }
    return size
  }

  private mutating func appendLoneHead() {
    let (sex, age) = random.chance(480) ? person(60, 95) : person(19, 59)
    persons.append(
      PersonDraft(
        relation: .head, sex: sex, age: age, marital: maritalOfLone(age: age, sex: sex),
        family: .head))
  }

  private mutating func appendCouple(size: Int) {
    let sex: Sex = random.chance(820) ? .male : .female
    let window =
      switch size {
      case 2: random.chance(300) ? (20, 38) : (45, 90)
      case 3, 4: random.chance(820) ? (24, 56) : (50, 85)
      default: random.chance(620) ? (26, 56) : (50, 88)
      }
    let headAge = age(sex, window.0, window.1)
    let spouseAge =
      sex == .male ? age(.female, headAge - 8, headAge + 3) : age(.male, headAge - 3, headAge + 8)
    persons.append(
      PersonDraft(relation: .head, sex: sex, age: headAge, marital: .married, family: .head))
    persons.append(
      PersonDraft(
        relation: sex == .male ? .wife : .husband, sex: sex.other, age: spouseAge,
        marital: .married, family: .spouse))
    let motherAge = sex == .male ? spouseAge : headAge
    fill(
      size - 2, headAge: headAge, motherAge: motherAge,
      childFamily: sex == .male ? .head : .spouse)
  }

  private mutating func appendHeadWithoutSpouse(size: Int) {
    let sex: Sex = random.chance(650) ? .female : .male
    let isYoung = random.chance(220)
    let headAge = isYoung ? age(sex, 18, 30) : age(sex, 30, 90)
    let marital: Marital = isYoung ? .single : maritalOfLone(age: headAge, sex: sex, parent: true)
    persons.append(
      PersonDraft(relation: .head, sex: sex, age: headAge, marital: marital, family: .head))
    if isYoung {
      appendOthers(size - 1, headAge: headAge)
    } else {
      fill(
        size - 1, headAge: headAge, motherAge: headAge,
        childFamily: sex == .male ? .head : .absentFather)
    }
  }

  /// Appends `count` members beside a head and perhaps a spouse.
  private mutating func fill(_ count: Int, headAge: Int, motherAge: Int, childFamily: Family) {
    guard count > 0 else { return }
    if headAge >= 52 {
      fillBelow(count, headAge: headAge, motherAge: motherAge, childFamily: childFamily)
      return
    }
    var parentCount = 0
    if count >= 3 {
      parentCount = random.chance(380) ? 1 + random.below(2) : 0
    } else if count == 2 {
      parentCount = random.chance(110) ? 1 : 0
    }
    let possible = motherAge < 19 ? 0 : min(5, 1 + (motherAge - 19) / 3)
    let wanted = random.chance(120) ? 4 : random.chance(350) ? 3 : 2
    let childCount = min(count - parentCount, min(possible, max(wanted, count - parentCount - 2)))
    appendChildren(childCount, motherAge: motherAge, ageMax: 34, family: childFamily)
    appendParents(parentCount, headAge: headAge)
    appendOthers(count - parentCount - childCount, headAge: headAge)
  }

  /// Appends the younger generations of an older head.
  private mutating func fillBelow(_ count: Int, headAge: Int, motherAge: Int, childFamily: Family) {
    var rest = count
    if count == 1 && random.chance(150) {
      appendGrandchildren(1, headAge: headAge, childFamily: childFamily)
      return
    }
    let childCount = min(rest, random.chance(330) ? 2 : 1)
    appendChildren(childCount, motherAge: motherAge, ageMax: 52, family: childFamily)
    rest -= childCount
    if rest > 0, let child = adultChild, random.chance(720) {
      appendChildInLaw(of: child)
      rest -= 1
    }
    var parentCount = 0
    if rest > 0 && headAge <= 72 && random.chance(120) {
      parentCount = 1
      rest -= 1
    }
    let grandchildCount = random.chance(900) ? min(rest, 5) : max(0, rest - 1)
    appendGrandchildren(grandchildCount, headAge: headAge, childFamily: childFamily)
    appendParents(parentCount, headAge: headAge)
    appendOthers(rest - grandchildCount, headAge: headAge)
  }

  private mutating func appendChildren(
    _ count: Int, motherAge: Int, ageMax: Int, family: Family
  ) {
    let first = persons.count
    for _ in 0..<count {
      let (sex, age) = person(max(0, motherAge - 42), min(ageMax, max(0, motherAge - 18)))
      let isAdopted = random.chance(12)
      persons.append(
        PersonDraft(
          relation: isAdopted ? .adoptedChild : .child, sex: sex, age: age,
          marital: age < 22 ? .single : maritalOfChild(age: age),
          family: isAdopted && random.chance(400) ? .own : family))
    }
    // Elder children come first.
    persons[first...].sort { $0.age > $1.age }
    if count > 0, persons[first].age >= 20 {
      adultChild = persons[first]
    }
  }

  private mutating func appendChildInLaw(of child: PersonDraft) {
    let childAge = Int(child.age)
    let position = persons.lastIndex { $0.age == child.age && $0.sex == child.sex }
    if let position { persons[position].marital = .married }
    let sex = child.sex.other
    let age =
      sex == .female
      ? age(sex, max(18, childAge - 8), childAge + 3)
      : age(sex, max(19, childAge - 3), childAge + 8)
    let member = PersonDraft(
      relation: sex == .female ? .daughterInLaw : .sonInLaw, sex: sex, age: age,
      marital: .married, family: .childInLaw)
    persons.append(member)
    inLaw = member
  }

  private mutating func appendGrandchildren(_ count: Int, headAge: Int, childFamily: Family) {
    for _ in 0..<count {
      var ageMax = max(0, headAge - 40)
      var family = childFamily
      var isOfSon = random.chance(650)
      if let child = adultChild {
        let younger = min(Int(child.age), Int(inLaw?.age ?? child.age))
        ageMax = max(0, min(ageMax, younger - 18))
        isOfSon = child.sex == .male
        if !isOfSon { family = inLaw == nil ? .absentFather : .childInLaw }
      } else if !isOfSon {
        family = .own
      }
      let (sex, age) = person(0, min(ageMax, 24))
      persons.append(
        PersonDraft(
          relation: isOfSon ? .grandchildOfSon : .grandchildOfDaughter, sex: sex, age: age,
          marital: .single, family: family))
    }
  }

  private mutating func appendParents(_ count: Int, headAge: Int) {
    guard count > 0 else { return }
    let head = persons.lastIndex { $0.relation == .head } ?? 0
    let isInLaw = persons[head].marital == .married && random.chance(120)
    let relation: Relation = isInLaw ? .parentInLaw : .parent
    let family: Family = isInLaw ? .spouse : .head
    let childAge = isInLaw ? Int(persons[head + 1].age) : headAge
    let mother = age(.female, childAge + 18, childAge + 42)
    if count == 2 {
      let father = age(.male, max(childAge + 19, mother - 3), mother + 8)
      persons.append(
        PersonDraft(
          relation: relation, sex: .male, age: father, marital: .married, family: family))
      persons.append(
        PersonDraft(
          relation: relation, sex: .female, age: mother, marital: .married, family: .own))
    } else if random.chance(720) {
      persons.append(
        PersonDraft(
          relation: relation, sex: .female, age: mother,
          marital: random.chance(860) ? .widowed : .divorced, family: .own))
    } else {
      let father = age(.male, childAge + 19, childAge + 48)
      persons.append(
        PersonDraft(
          relation: relation, sex: .male, age: father,
          marital: random.chance(860) ? .widowed : .divorced, family: family))
    }
  }

  private mutating func appendOthers(_ count: Int, headAge: Int) {
    for _ in 0..<max(0, count) { appendOther(headAge: headAge) }
  }

  private mutating func appendOther(headAge: Int) {
    switch random.below(100) {
    case ..<34 where headAge >= 16:
      append(.youngerSibling, person(max(1, headAge - 16), headAge - 1), family: .head)
    case ..<46:
      let (sex, age) = person(headAge + 1, headAge + 12)
      append(sex == .male ? .elderBrother : .elderSister, (sex, age), family: .head)
    case ..<66 where headAge >= 26:
      append(
        .nephewOrNiece, person(max(0, headAge - 45), min(40, headAge - 18)),
        family: random.chance(500) ? .head : .own)
    case ..<70 where headAge < 44:
      let relation: Relation = random.chance(650) ? .paternalGrandparent : .maternalGrandparent
      append(relation, person(headAge + 40, headAge + 65), family: .own)
    case ..<74 where headAge < 50:
      append(.auntOrUncle, person(headAge + 8, headAge + 32), family: .own)
    case ..<88: append(.otherRelative, person(6, 80), family: .own)
    default: append(.notRelated, person(17, 55), family: .own)
    }
  }

  private mutating func append(
    _ relation: Relation, _ member: (sex: Sex, age: Int), family: Family
  ) {
    persons.append(
      PersonDraft(
        relation: relation, sex: member.sex, age: member.age,
        marital: maritalOfMember(age: member.age, sex: member.sex), family: family))
  }

  /// A sex and an age of `low...high`.
  private mutating func person(_ low: Int, _ high: Int) -> (Sex, Int) {
    let last = min(Demography.ageMax, max(0, high))
    let first = min(max(0, low), last)
    let position = demography.ages.draw(from: first * 2, to: last * 2 + 2, &random)
    return (position & 1 == 0 ? .male : .female, position >> 1)
  }

  /// An age of `low...high` for a sex.
  private mutating func age(_ sex: Sex, _ low: Int, _ high: Int) -> Int {
    let last = min(Demography.ageMax, max(18, high))
    let first = min(max(18, low), last)
    return demography.ages(of: sex).draw(from: first, to: last + 1, &random)
  }
}

extension Composition {
  private mutating func maritalOfLone(age: Int, sex: Sex, parent: Bool = false) -> Marital {
    let widowed = age < 40 ? 30 : age < 60 ? 260 : sex == .female ? 800 : 600
    let divorced = age < 25 ? 10 : age < 60 ? 230 : 50
    let married = age < 25 ? 60 : 150
    return marital(
      widowed: widowed, divorced: divorced, married: parent ? 2 * married : married)
  }

  private mutating func maritalOfChild(age: Int) -> Marital {
    let married = age < 26 ? 150 : age < 32 ? 330 : 420
    return marital(widowed: 5, divorced: age < 28 ? 8 : 60, married: married)
  }

  private mutating func maritalOfMember(age: Int, sex: Sex) -> Marital {
    switch age {
    case ..<20: .single
    case ..<30: marital(widowed: 2, divorced: 12, married: 330)
    case ..<60: marital(widowed: 30, divorced: 50, married: 700)
    default: marital(widowed: sex == .female ? 500 : 220, divorced: 20, married: 400)
    }
  }

  private mutating func marital(widowed: Int, divorced: Int, married: Int) -> Marital {
    let value = random.below(1_000)
    if value < widowed { return .widowed }
    if value < widowed + divorced { return random.chance(140) ? .separated : .divorced }
    return value < widowed + divorced + married ? .married : .single
  }
}
