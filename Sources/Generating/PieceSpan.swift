// Which persons each piece holds: provinces by population, cut into pieces that never cross one.

struct PieceSpan: Equatable {
  let number: Int
  let province: Int
  /// The place of the first person in the province's order.
  let firstPerson: Int
  let personCount: Int
  let provincePersonCount: Int

  /// All pieces of a country of so many persons, in file order.
  static func all(personCount: Int, country: Country) -> [PieceSpan] {
    let total = country.populations.total
    var spans: [PieceSpan] = []
    var populationBefore = 0
    for province in country.provinces.indices {
      let start = personCount * populationBefore / total
      populationBefore += country.provinces[province].population
      let count = personCount * populationBefore / total - start
      for first in stride(from: 0, to: count, by: PieceDraft.personCountMax) {
        spans.append(
          PieceSpan(
            number: spans.count, province: province, firstPerson: first,
            personCount: min(PieceDraft.personCountMax, count - first),
            provincePersonCount: count))
      }
    }
    return spans
  }
}
