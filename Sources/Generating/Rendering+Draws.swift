// What a rendering draws besides names and cards: numbers, phones, schooling, work, dwelling.

import Bytes

/// What a person has learned and does.
struct Life {
  let education: Int
  let isStudent: Bool
  /// Nil without work.
  let occupation: Int?
  /// Works for an employer who insures.
  let isEmployed: Bool
}

extension Rendering {
  func personalNumber(_ person: PersonDraft, tail: UInt32, birthYear: Int) -> UInt64 {
    let province = Int(person.birthProvince)
    let century = UInt64(birthYear >= 2_000 ? 2 : 0) + UInt64(person.sex.rawValue)
    let key = Numbering.classNumber(
      province: province, sex: person.sex, birthYear: birthYear)
    let permutation = Permutation.tails(key: mix(seed ^ 0x7a11 &+ UInt64(key) << 20))
    // Tails from 500000 up mark made-up people.
    return UInt64(model.country.provinces[province].code) * 1_000_000_000
      + century * 100_000_000 + UInt64(birthYear % 100) * 1_000_000
      + 500_000 + permutation[UInt64(tail)]
  }

  func insuranceNumber(_ person: PersonDraft) -> UInt64 {
    let code = UInt64(model.country.provinces[Int(person.insuranceProvince)].code)
    let permutation = Permutation.insuranceNumbers(key: mix(seed ^ 0x1259 &+ code << 20))
    return code * 100_000_000 + permutation[UInt64(person.insurance)]
  }

  func oldNumber(_ person: PersonDraft, _ random: inout Randomness) -> UInt64 {
    let province = model.country.provinces[Int(person.birthProvince)]
    let second = person.hasSecondOldPrefix ? province.secondOldPrefix : nil
    let prefix = UInt64(second ?? province.oldPrefix)
    guard !person.hasStrayOldNumber else {
      return prefix * 10_000_000 + UInt64(random.below(10_000_000))
    }
    let permutation = Permutation.oldNumbers(key: mix(seed ^ 0x01d0 &+ prefix << 20))
    return prefix * 10_000_000 + permutation[UInt64(person.old)]
  }

  func drawPhone(_ person: PersonDraft, _ random: inout Randomness) -> UInt64? {
    guard person.age >= Demography.phoneAge,
      random.chance(of2To32: model.demography.phoneShare)
    else { return nil }
    let prefix = model.phonePrefixes[random.below(model.phonePrefixes.count)]
    return UInt64(prefix) * 10_000_000 + UInt64(random.below(10_000_000))
  }

  /// 0 none, 1 near poor, 2 poor (shares assumed).
  func drawPoverty(
    _ commune: Commune, isMinority: Bool, _ random: inout Randomness
  ) -> Int {
    let poor = isMinority ? 220 : commune.kind == .rural ? 42 : 10
    let nearPoor = isMinority ? 90 : commune.kind == .rural ? 30 : 10
    let value = random.below(1_000)
    return value < poor ? 2 : value < poor + nearPoor ? 1 : 0
  }

  /// 1 permanent, 2 semi-permanent, 3 temporary, 4 simple, 5 none (shares assumed).
  func drawDwelling(_ kind: CommuneKind, poverty: Int, _ random: inout Randomness) -> Int {
    let value = random.below(1_000)
    if poverty == 2 { return dwelling(value, upTo: 220, 700, 870, 992) }
    if kind == .rural { return dwelling(value, upTo: 420, 940, 975, 999) }
    return dwelling(value, upTo: 640, 975, 990, 998)
  }

  private func dwelling(
    _ value: Int, upTo first: Int, _ second: Int, _ third: Int, _ fourth: Int
  ) -> Int {
    if value < second { return value < first ? 1 : 2 }
    return value < third ? 3 : value < fourth ? 4 : 5
  }

  func drawLife(_ person: PersonDraft, _ random: inout Randomness) -> Life {
    let age = Int(person.age)
    let education = model.demography.education(age: age, birthYear: person.birthYear, &random)
    let isStudent = age < 18 || (age < 23 && education >= 3 && random.chance(620))
    if age < 15 {
      return Life(education: education, isStudent: true, occupation: nil, isEmployed: false)
    }
    let level = education <= 2 ? 0 : education <= 4 ? 1 : 2
    let worksPerThousand =
      switch age {
      case _ where isStudent: 60
      case ..<25: 740
      case ..<60: 880
      case ..<70: 480
      default: 130
      }
    guard random.chance(worksPerThousand) else {
      return Life(education: education, isStudent: isStudent, occupation: nil, isEmployed: false)
    }
    let position = model.demography.occupations[level].draw(&random)
    let occupation = model.demography.occupationCodes[position]
    let isFarmer = (61...63).contains(occupation) || occupation == 92
    let employed = isFarmer ? 20 : [350, 550, 820][level]
    let isEmployed = !isStudent && age < 60 && random.chance(employed)
    return Life(
      education: education, isStudent: isStudent, occupation: occupation, isEmployed: isEmployed)
  }
}
