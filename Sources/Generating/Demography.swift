// How old people are, how large households are, what people have learned and do.

enum Sex: UInt8 {
  case male = 0
  case female = 1

  var other: Sex { self == .male ? .female : .male }
}

struct Demography {
  static let ageMax = 100

  /// Positions are age * 2 + sex.
  let ages: WeightTable
  let maleAges: WeightTable
  let femaleAges: WeightTable
  /// Position i is a household of i + 1 members.
  let householdSizes: WeightTable
  /// Shares of 2^32 of those old enough who have a phone or a nine-digit number, so that the shares
  /// of all persons come out right.
  let phoneShare: UInt64
  let oldNumberShare: UInt64
  let cardAgeShareOf65536: Int
  private let educations: [(birthYear: Int, levels: WeightTable)]
  /// Occupations by low, middle and high education; `occupationCodes` says what a position means.
  let occupations: [WeightTable]
  let occupationCodes: [Int]

  static let phoneAge = 12
  static let oldNumberAge = 18
  static let earlierCardAge = 8

  init(folder: String) throws(GeneratingError) {
    let ageFile = try DataFile(
      "ages.csv", in: folder, columns: ["age", "male", "female", "male_weight", "female_weight"])
    var populations: [Int] = []
    var weights: [[Int]] = [[], []]
    for row in ageFile.rows.indices {
      guard try ageFile.number(row, 0) == row, row <= Self.ageMax else { throw ageFile.broken(row) }
      populations.append(try ageFile.number(row, 1) + ageFile.number(row, 2))
      weights[0].append(try ageFile.number(row, 3))
      weights[1].append(try ageFile.number(row, 4))
    }
    guard populations.count == Self.ageMax + 1 else { throw ageFile.broken(populations.count - 1) }
    let (male, female) = (weights[0], weights[1])
    ages = WeightTable(male.indices.flatMap { [male[$0], female[$0]] })
    maleAges = WeightTable(male)
    femaleAges = WeightTable(female)
    let everyone = populations.reduce(0, +)
    func from(_ age: Int) -> Int { populations[age...].reduce(0, +) }
    phoneShare = UInt64((64 << 32) / 100 / from(Self.phoneAge) * everyone)
    oldNumberShare = UInt64((62 << 32) / 100 / from(Self.oldNumberAge) * everyone)
    cardAgeShareOf65536 = from(Self.earlierCardAge) * 65_536 / everyone

    let sizeFile = try DataFile("household_sizes.csv", in: folder, columns: ["size", "share"])
    var sizes: [Int] = []
    for row in sizeFile.rows.indices {
      let size = try sizeFile.number(row, 0)
      guard size > sizes.count, size <= HouseholdDraft.sizeMax else { throw sizeFile.broken(row) }
      while sizes.count < size - 1 { sizes.append(0) }
      sizes.append(try sizeFile.number(row, 1))
    }
    householdSizes = WeightTable(sizes)
    educations = try readEducations(folder)
    (occupations, occupationCodes) = try readOccupations(folder)
  }

  func ages(of sex: Sex) -> WeightTable { sex == .male ? maleAges : femaleAges }

  /// The highest level reached, by age and birth year.
  func education(age: Int, birthYear: Int, _ random: inout Randomness) -> Int {
    switch age {
    case ..<11: return 0
    case ..<15: return random.chance(950) ? 1 : 0
    case ..<18: return random.chance(880) ? 2 : 1
    case ..<22: return random.chance(760) ? 3 : 2
    default:
      var position = educations.count - 1
      while position > 0 && educations[position].birthYear > birthYear { position -= 1 }
      return educations[position].levels.draw(&random)
    }
  }
}

private func readEducations(
  _ folder: String
) throws(GeneratingError) -> [(birthYear: Int, levels: WeightTable)] {
  let file = try DataFile(
    "education.csv", in: folder,
    columns: ["birth_from"] + (0...6).map { "level_\($0)" })
  var educations: [(birthYear: Int, levels: WeightTable)] = []
  for row in file.rows.indices {
    var weights: [Int] = []
    for column in 1...7 { weights.append(try file.number(row, column)) }
    educations.append((try file.number(row, 0), WeightTable(weights)))
  }
  return educations
}

private func readOccupations(
  _ folder: String
) throws(GeneratingError) -> ([WeightTable], [Int]) {
  let file = try DataFile(
    "occupations.csv", in: folder, columns: ["code", "low", "middle", "high"])
  var codes: [Int] = []
  var weights: [[Int]] = [[], [], []]
  for row in file.rows.indices {
    codes.append(try file.number(row, 0))
    for level in 0..<3 { weights[level].append(try file.number(row, level + 1)) }
  }
  return (weights.map { WeightTable($0) }, codes)
}
