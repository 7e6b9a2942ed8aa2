// Writes addresses: a number, perhaps a lane, and one of the streets or villages of the commune.

import Bytes

extension Places {
  /// The longest address in bytes, quotes included, with room to spare.
  static let byteCountMax = 160

  /// Writes the address of one household, in quotes when it has commas.
  func append(
    in commune: Commune, region: Region, to text: inout TextSink, _ random: inout Randomness
  ) {
    text.reserve(Self.byteCountMax)
    if commune.kind == .rural {
      appendVillage(commune, region, to: &text, &random)
    } else {
      appendStreet(commune, region, to: &text, &random)
    }
  }

  private func appendStreet(
    _ commune: Commune, _ region: Region, to text: inout TextSink, _ random: inout Randomness
  ) {
    let seed = UInt64(commune.code) << 16
    let streetCount = 12 + Int(mix(seed) % 30)
    let street = UInt64(min(random.below(streetCount), random.below(streetCount)))
    let hasLane = random.chance(420)
    if hasLane { text.append(UInt8(ascii: "\"")) }
    text.append("Số ")
    text.append(number: 1 + min(random.below(360), random.below(360)))
    if hasLane {
      text.append(region == .delta || region == .upland ? ", ngõ " : ", hẻm ")
      let lane = UInt64(random.below(4))
      text.append(number: 1 + Int(mix(seed | 0x8000 | street << 4 | lane) % 200))
      text.append(",")
    }
    text.append(" đường ")
    text.append(streets, Int(mix(seed | 1 | street << 4) % UInt64(streets.count)))
    if hasLane { text.append(UInt8(ascii: "\"")) }
  }

  private func appendVillage(
    _ commune: Commune, _ region: Region, to text: inout TextSink, _ random: inout Randomness
  ) {
    let seed = UInt64(commune.code) << 16 | 2
    let kinds = villageKinds(of: region)
    let kind = Int(mix(seed) % UInt64(kinds.count))
    let isNumbered = mix(seed | 4) & 1 == 0
    let village = random.below(5 + Int(mix(seed | 8) % 10))
    let hasNumber = random.chance(600)
    let hasComma = hasNumber && random.chance(600)
    if hasComma { text.append(UInt8(ascii: "\"")) }
    if hasNumber {
      text.append("Số ")
      text.append(number: 1 + min(random.below(240), random.below(240)))
      text.append(hasComma ? ", " : " ")
    }
    text.append(kinds, kind)
    text.space()
    if isNumbered {
      text.append(number: village + 1)
    } else {
      let words = UInt64(villageWords.count)
      let pair = mix(seed | 0x1000 | UInt64(village) << 4) % (words * words)
      text.append(villageWords, Int(pair / words))
      text.space()
      text.append(villageWords, Int(pair % words))
    }
    if hasComma { text.append(UInt8(ascii: "\"")) }
  }
}
