// The words that names are made of, and how they are put together by sex, cohort and ethnicity.

/// How an ethnicity whose names do not begin with a surname builds them.
struct NamePattern {
  enum Order: String {
    case first, last, none
  }

  /// Where the clan stands.
  let order: Order
  let maleFirst: Int
  let femaleFirst: Int
  /// Whether the first word is joined to the given name, as in H'Hen.
  let isMaleJoined: Bool
  let isFemaleJoined: Bool
  let clanForMen: Bool
  let clanForWomen: Bool
}

struct NameStock {
  /// By word count and cohort, in thousandths.
  struct Cohort {
    let birthYear: Int
    let marked: Int
    let fourWords: Int
  }

  let surnames: Words
  let given: [Words]
  let middle: [Words]
  let second: Words
  let rare: Words
  let highlandGiven: Words
  /// Position 0 is the empty word.
  let firsts: Words
  let patterns: [NamePattern?]
  let ethnicSurnames: [Words?]
  private let cohorts: [[Cohort]]

  init(folder: String) throws(GeneratingError) {
    let file = try DataFile("names.csv", in: folder, columns: ["kind", "sex", "name", "weight"])
    var lists: [String: [(text: String, weight: Int)]] = [:]
    for row in file.rows.indices {
      lists[file.rows[row][0] + file.rows[row][1], default: []].append(
        (file.rows[row][2], try file.number(row, 3)))
    }
    func words(_ kind: String) throws(GeneratingError) -> Words {
      guard let list = lists[kind] else {
        throw GeneratingError(.brokenData, path: folder + "/names.csv")
      }
      return Words(list)
    }
    surnames = try words("surname")
    given = [try words("givenM"), try words("givenF")]
    middle = [try words("middleM"), try words("middleF")]
    second = try words("secondM")
    rare = try words("rare")
    cohorts = try readCohorts(folder)
    (ethnicSurnames, highlandGiven) = try readEthnicNames(folder)
    (patterns, firsts) = try readPatterns(folder)
  }

  func cohort(_ sex: Sex, birthYear: Int) -> Cohort {
    let list = cohorts[Int(sex.rawValue)]
    var position = list.count - 1
    while position > 0 && list[position].birthYear > birthYear { position -= 1 }
    return list[position]
  }
}

private func readCohorts(_ folder: String) throws(GeneratingError) -> [[NameStock.Cohort]] {
  let file = try DataFile(
    "name_cohorts.csv", in: folder,
    columns: ["sex", "birth_from", "marker", "marked", "four_words"])
  var cohorts: [[NameStock.Cohort]] = [[], []]
  for row in file.rows.indices {
    cohorts[file.rows[row][0] == "M" ? 0 : 1].append(
      NameStock.Cohort(
        birthYear: try file.number(row, 1), marked: try file.number(row, 3),
        fourWords: try file.number(row, 4)))
  }
  guard !cohorts[0].isEmpty, !cohorts[1].isEmpty else { throw file.broken(0) }
  return cohorts
}

private func readEthnicNames(_ folder: String) throws(GeneratingError) -> ([Words?], Words) {
  let file = try DataFile(
    "ethnic_names.csv", in: folder, columns: ["ethnicity", "kind", "name", "weight"])
  var surnames = [[(text: String, weight: Int)]](repeating: [], count: 100)
  var given: [(text: String, weight: Int)] = []
  for row in file.rows.indices {
    let word = (text: file.rows[row][2], weight: try file.number(row, 3))
    if file.rows[row][1] == "given" {
      given.append(word)
    } else {
      let ethnicity = try file.number(row, 0)
      guard ethnicity < 100 else { throw file.broken(row) }
      surnames[ethnicity].append(word)
    }
  }
  guard !given.isEmpty else { throw file.broken(0) }
  return (surnames.map { $0.isEmpty ? nil : Words($0) }, Words(given))
}

private func readPatterns(_ folder: String) throws(GeneratingError) -> ([NamePattern?], Words) {
  let file = try DataFile(
    "ethnic_patterns.csv", in: folder,
    columns: ["ethnicity", "order", "male_first", "female_first", "surname_for"])
  var patterns = [NamePattern?](repeating: nil, count: 100)
  var firsts = [""]
  func position(_ text: String) -> Int {
    if let known = firsts.firstIndex(of: text) { return known }
    firsts.append(text)
    return firsts.count - 1
  }
  for row in file.rows.indices {
    let fields = file.rows[row]
    let ethnicity = try file.number(row, 0)
    guard ethnicity < 100, let order = NamePattern.Order(rawValue: fields[1]) else {
      throw file.broken(row)
    }
    patterns[ethnicity] = NamePattern(
      order: order, maleFirst: position(fields[2]), femaleFirst: position(fields[3]),
      isMaleJoined: fields[2].hasSuffix("'"), isFemaleJoined: fields[3].hasSuffix("'"),
      clanForMen: fields[4] == "both" || fields[4] == "male", clanForWomen: fields[4] == "both")
  }
  return (patterns, Words(firsts))
}
