// Everything that Schemas/people says about the made-up country.

struct PeopleModel {
  let country: Country
  let demography: Demography
  let names: NameStock
  let cards: CardGroups
  let places: Places
  let phonePrefixes: [Int]

  /// Reads the data files of a folder of schemas.
  init(schemas: String) throws(GeneratingError) {
    let folder = schemas + "/people"
    country = try Country(folder: folder)
    demography = try Demography(folder: folder)
    names = try NameStock(folder: folder)
    cards = try CardGroups(folder: folder)
    places = try Places(folder: folder)
    let phones = try DataFile("phones.csv", in: folder, columns: ["prefix"])
    var prefixes: [Int] = []
    for row in phones.rows.indices { prefixes.append(try phones.number(row, 0)) }
    phonePrefixes = prefixes
  }
}
