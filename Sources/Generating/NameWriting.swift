// Writes full names: surname, middle words and given name, or as the person's ethnicity has it.

/// The surnames of a household's families, by `Family`; positions in one list of words.
struct HouseholdSurnames {
  private let list: Words
  private let positions: [4 of Int]

  init(ethnicity: Int, names: NameStock, _ random: inout Randomness) {
    list = names.ethnicSurnames[ethnicity] ?? names.surnames
    positions = [list.draw(&random), list.draw(&random), list.draw(&random), list.draw(&random)]
  }

  func append(_ family: Family, to text: inout TextSink, _ random: inout Randomness) {
    let isOwn = family == .own
    text.append(list, isOwn ? list.draw(&random) : positions[Int(family.rawValue)])
  }
}

extension NameStock {
  /// Of a hundred thousand names: those of two words and those of five, by sex (measured).
  private static let twoWords = [930, 202]
  private static let fiveWords = [174, 495]
  /// Of a thousand given names: those out of the list of rare ones (assumed).
  private static let rareShare = 3

  func append(
    _ person: PersonDraft, ethnicity: Int, surnames: HouseholdSurnames,
    to text: inout TextSink, _ random: inout Randomness
  ) {
    if let pattern = patterns[ethnicity] {
      append(person, pattern: pattern, surnames: surnames, to: &text, &random)
      return
    }
    surnames.append(person.family, to: &text, &random)
    text.space()
    let cohort = cohort(person.sex, birthYear: person.birthYear)
    let length = random.below(100_000)
    if length < 100_000 - Self.twoWords[Int(person.sex.rawValue)] {
      if length < Self.fiveWords[Int(person.sex.rawValue)] {
        text.append(self.surnames, self.surnames.draw(&random))
        text.space()
      }
      let isMarked = random.chance(cohort.marked)
      let isLong = random.chance(cohort.fourWords)
      if person.sex == .female {
        appendFemaleMiddle(isMarked: isMarked, isLong: isLong, to: &text, &random)
      } else {
        appendMaleMiddle(isMarked: isMarked, isLong: isLong, to: &text, &random)
      }
    }
    appendGiven(person.sex, to: &text, &random)
  }

  private func appendFemaleMiddle(
    isMarked: Bool, isLong: Bool, to text: inout TextSink, _ random: inout Randomness
  ) {
    let words = middle[1]
    if isMarked { text.append("Thị ") }
    if !isMarked {
      text.append(words, words.draw(&random))
      text.space()
    }
    if isLong {
      text.append(words, words.draw(&random))
      text.space()
    }
  }

  private func appendMaleMiddle(
    isMarked: Bool, isLong: Bool, to text: inout TextSink, _ random: inout Randomness
  ) {
    if isMarked {
      text.append("Văn ")
    } else {
      text.append(middle[0], middle[0].draw(&random))
      text.space()
    }
    if isLong {
      text.append(second, second.draw(&random))
      text.space()
    }
  }

  private func appendGiven(
    _ sex: Sex, to text: inout TextSink, _ random: inout Randomness
  ) {
    if random.chance(Self.rareShare) {
      text.append(rare, rare.draw(&random))
    } else {
      let words = given[Int(sex.rawValue)]
      text.append(words, words.draw(&random))
    }
  }

  private func append(
    _ person: PersonDraft, pattern: NamePattern, surnames: HouseholdSurnames,
    to text: inout TextSink, _ random: inout Randomness
  ) {
    let isMale = person.sex == .male
    let hasClan =
      pattern.order != .none && (isMale ? pattern.clanForMen : pattern.clanForWomen)
    if hasClan && pattern.order == .first {
      surnames.append(person.family, to: &text, &random)
      text.space()
    }
    let first = isMale ? pattern.maleFirst : pattern.femaleFirst
    if first != 0 {
      text.append(firsts, first)
      if !(isMale ? pattern.isMaleJoined : pattern.isFemaleJoined) { text.space() }
    }
    text.append(highlandGiven, highlandGiven.draw(&random))
    if hasClan && pattern.order == .last {
      text.space()
      surnames.append(person.family, to: &text, &random)
    }
  }
}
