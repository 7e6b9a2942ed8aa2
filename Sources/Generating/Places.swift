// Streets and villages, from which each commune has its own few.

struct Places {
  let streets: Words
  let villageWords: Words
  private let villageKinds: [Region: Words]

  init(folder: String) throws(GeneratingError) {
    let file = try DataFile("places.csv", in: folder, columns: ["kind", "region", "name"])
    var streets: [String] = []
    var words: [String] = []
    var kinds: [Region: [String]] = [:]
    for row in file.rows.indices {
      let name = file.rows[row][2]
      switch file.rows[row][0] {
      case "street": streets.append(name)
      case "word": words.append(name)
      case "village":
        guard let region = Region(rawValue: file.rows[row][1]) else { throw file.broken(row) }
        kinds[region, default: []].append(name)
      default: throw file.broken(row)
      }
    }
    guard !streets.isEmpty, !words.isEmpty else { throw file.broken(0) }
    self.streets = Words(streets)
    villageWords = Words(words)
    villageKinds = kinds.mapValues { Words($0) }
  }

  func villageKinds(of region: Region) -> Words { villageKinds[region] ?? villageWords }
}
