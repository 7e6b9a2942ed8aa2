// The groups of health insurance, who belongs to which, and for how long their cards run.

/// When cards of a group begin and how long they run.
enum CardTerm: String {
  /// From birth to the sixth birthday.
  case birth
  /// By calendar or school year.
  case school
  /// A year from any day on which it was paid; sometimes three or six months.
  case paid
  /// A year from the first of a month, mostly of January.
  case work
  /// The calendar year.
  case year
  /// Five years.
  case long
  /// No end.
  case open
}

/// What decides a person's group, beside the household's state.
enum Situation: Int, CaseIterable {
  case pupil, student, worker, adult, elder, aged
}

struct CardGroups {
  struct Group {
    let code: String
    let level: Int
    let term: CardTerm
  }

  let groups: [Group]
  let codes: Words
  private let bySituation: [WeightTable]
  let child: Int
  let poor: Int
  let nearPoor: Int
  let minority: Int
  let difficultPlace: Int
  let soldier: Int
  let police: Int
  let cipher: Int
  let household: Int
  let pupil: Int

  init(folder: String) throws(GeneratingError) {
    let situations = Situation.allCases.map { "\($0)" }
    let file = try DataFile(
      "card_groups.csv", in: folder, columns: ["code", "level", "term"] + situations)
    var groups: [Group] = []
    var weights = situations.map { _ in [Int]() }
    for row in file.rows.indices {
      let fields = file.rows[row]
      guard let term = CardTerm(rawValue: fields[2]), fields[0].utf8.count == 2 else {
        throw file.broken(row)
      }
      groups.append(Group(code: fields[0], level: try file.number(row, 1), term: term))
      for situation in weights.indices {
        weights[situation].append(try file.number(row, 3 + situation))
      }
    }
    func position(_ code: String) throws(GeneratingError) -> Int {
      guard let position = groups.firstIndex(where: { $0.code == code }) else {
        throw GeneratingError(.brokenData, path: folder + "/card_groups.csv")
      }
      return position
    }
    child = try position("TE")
    poor = try position("HN")
    nearPoor = try position("CN")
    minority = try position("DT")
    difficultPlace = try position("DK")
    soldier = try position("QN")
    police = try position("CA")
    cipher = try position("CY")
    household = try position("GD")
    pupil = try position("HS")
    self.groups = groups
    codes = Words(groups.map(\.code))
    bySituation = weights.map { WeightTable($0) }
  }

  func group(in situation: Situation, _ random: inout Randomness) -> Int {
    bySituation[situation.rawValue].draw(&random)
  }
}
