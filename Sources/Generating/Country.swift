// Where made-up people live: provinces by population, their communes, and who lives in each.

import Bytes

enum Region: String {
  case delta, upland, central, highland, southeast, mekong

  /// Of a hundred rural communes, those with state-paid cards for everyone (assumed).
  var difficultCommunesPerHundred: Int {
    switch self {
    case .upland: 80
    case .highland: 75
    case .central: 30
    case .mekong: 20
    case .delta, .southeast: 4
    }
  }
}

struct Province {
  let code: Int
  let population: Int
  let region: Region
  let oldPrefix: Int
  let secondOldPrefix: Int?
  /// The positions of its communes in `Country.communes`.
  var communes: Range<Int>
}

enum CommuneKind: String {
  case ward, town, rural
}

struct Commune {
  let code: Int
  let kind: CommuneKind
  /// The number of its district among those of the province, from 0.
  let district: Int
  /// The weight of this commune and all before it in the province.
  let weightUpTo: Int
  let isDifficult: Bool
  /// Its groups in `Country.ethnicityCodes`.
  let ethnicities: Range<Int>
}

struct Country {
  private(set) var provinces: [Province] = []
  private(set) var communes: [Commune] = []
  /// For each commune one after another: codes, and running shares of their households.
  private(set) var ethnicityCodes: [UInt8] = []
  private(set) var ethnicityLimits: [UInt32] = []
  let populations: WeightTable

  init(folder: String) throws(GeneratingError) {
    let provinceFile = try DataFile(
      "provinces.csv", in: folder,
      columns: ["code", "population", "region", "old_prefix", "second_old_prefix"])
    for row in provinceFile.rows.indices {
      guard let region = Region(rawValue: provinceFile.rows[row][2]) else {
        throw provinceFile.broken(row)
      }
      provinces.append(
        Province(
          code: try provinceFile.number(row, 0), population: try provinceFile.number(row, 1),
          region: region, oldPrefix: try provinceFile.number(row, 3),
          secondOldPrefix: Int(provinceFile.rows[row][4]), communes: 0..<0))
    }
    populations = WeightTable(provinces.map(\.population))
    let shares = try readEthnicityShares(folder)
    try readCommunes(folder, shares: shares)
    for province in provinces where province.communes.isEmpty {
      throw GeneratingError(.brokenData, path: folder + "/communes.csv")
    }
  }

  private mutating func readCommunes(
    _ folder: String, shares: [Int: [EthnicityShare]]
  ) throws(GeneratingError) {
    let file = try DataFile(
      "communes.csv", in: folder, columns: ["code", "district", "province", "kind"])
    var province = -1
    var district = -1
    var districtCode = -1
    var weight = 0
    for row in file.rows.indices {
      let provinceCode = try file.number(row, 2)
      if province < 0 || provinces[province].code != provinceCode {
        province += 1
        guard province < provinces.count, provinces[province].code == provinceCode,
          let ethnicities = shares[provinceCode], !ethnicities.isEmpty
        else { throw file.broken(row) }
        provinces[province].communes = row..<row
        (district, districtCode, weight) = (-1, -1, 0)
      }
      if try file.number(row, 1) != districtCode {
        districtCode = try file.number(row, 1)
        district += 1
      }
      guard let kind = CommuneKind(rawValue: file.rows[row][3]) else { throw file.broken(row) }
      let code = try file.number(row, 0)
      weight += communeWeight(code: code, kind: kind)
      let region = provinces[province].region
      let difficult =
        kind == .rural && Int(mix(UInt64(code) ^ 0xd1ff) % 100) < region.difficultCommunesPerHundred
      let start = ethnicityCodes.count
      appendEthnicities(shares[provinceCode] ?? [], code: code, kind: kind)
      communes.append(
        Commune(
          code: code, kind: kind, district: district, weightUpTo: weight, isDifficult: difficult,
          ethnicities: start..<ethnicityCodes.count))
      provinces[province].communes = provinces[province].communes.lowerBound..<row + 1
    }
  }

  /// Minorities gather: each group is absent from some communes of its province, and several times
  /// as frequent in others (assumed).
  private mutating func appendEthnicities(_ shares: [EthnicityShare], code: Int, kind: CommuneKind)
  {
    let factors = [0, 0, 0, 4, 4, 14, 14, 14, 43, 43]
    var total: UInt32 = 0
    for share in shares {
      var weight = share.perMillion * 10
      if share.ethnicity != 1 {
        let hash = mix(UInt64(code) << 8 | UInt64(share.ethnicity))
        weight = share.perMillion * factors[Int(hash % 10)]
        if kind != .rural { weight /= 2 }
      }
      guard weight > 0 else { continue }
      total += UInt32(weight)
      ethnicityCodes.append(UInt8(share.ethnicity))
      ethnicityLimits.append(total)
    }
  }

  /// The ethnicity of a household of a commune.
  func ethnicity(in commune: Commune, _ random: inout Randomness) -> Int {
    let range = commune.ethnicities
    let value = UInt32(random.below(Int(ethnicityLimits[range.upperBound - 1])))
    var position = range.lowerBound
    while ethnicityLimits[position] <= value { position += 1 }
    return Int(ethnicityCodes[position])
  }

  /// The commune in which the person of this place in the province's order lives.
  func commune(ofPerson place: Int, of count: Int, province: Int) -> Int {
    let range = provinces[province].communes
    let weightTotal = communes[range.upperBound - 1].weightUpTo
    let target = place * weightTotal / count
    var (low, high) = (range.lowerBound, range.upperBound - 1)
    while low < high {
      let middle = (low + high) / 2
      if communes[middle].weightUpTo > target { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

private struct EthnicityShare {
  let ethnicity: Int
  let perMillion: Int
}

private func readEthnicityShares(
  _ folder: String
) throws(GeneratingError) -> [Int: [EthnicityShare]] {
  let file = try DataFile(
    "ethnicity.csv", in: folder, columns: ["province", "ethnicity", "share"])
  var shares: [Int: [EthnicityShare]] = [:]
  for row in file.rows.indices {
    let ethnicity = try file.number(row, 1)
    let perMillion = try file.number(row, 2)
    guard (1...99).contains(ethnicity), perMillion <= 1_000_000 else { throw file.broken(row) }
    shares[try file.number(row, 0), default: []].append(
      EthnicityShare(ethnicity: ethnicity, perMillion: perMillion))
  }
  return shares
}

/// Wards hold more people than rural communes; sizes vary by a factor of three (assumed).
private func communeWeight(code: Int, kind: CommuneKind) -> Int {
  let base =
    switch kind {
    case .ward: 130
    case .town: 95
    case .rural: 70
    }
  return base * (50 + Int(mix(UInt64(code)) % 101))
}
