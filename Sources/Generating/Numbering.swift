// Gives every person and household the counter of its numbers, piece by piece in file order.
//
// This is the only part that runs in order: a few counters, so that no number is given twice. A
// counter becomes a number through a keyed permutation later, in parallel.

import Bytes

struct Numbering {
  /// Tails in one class (birth province, sex, birth year).
  static let tailCount: UInt32 = 500_000
  static let firstBirthYear = 1_900
  static let yearCount = 126
  static let oldNumberCount: UInt32 = 10_000_000

  private let provinces: [Province]
  private var tails: [UInt32]
  private var insurance: [UInt32]
  private var old: [UInt32]
  private var households: [UInt32]

  init(country: Country) {
    provinces = country.provinces
    tails = Array(repeating: 0, count: provinces.count * 2 * Self.yearCount)
    insurance = Array(repeating: 0, count: provinces.count)
    old = Array(repeating: 0, count: 100)
    households = Array(repeating: 0, count: provinces.count)
  }

  /// Numbers the next piece; pieces come in order.
  mutating func number(_ piece: inout PieceDraft) {
    for household in piece.households.indices {
      let skipped = UInt32(piece.households[household].gap) + 1
      households[piece.province] += skipped
      precondition(households[piece.province] < 100_000_000)
      piece.households[household].number = households[piece.province]
    }
    for person in piece.persons.indices { number(&piece.persons[person]) }
  }

  private mutating func number(_ person: inout PersonDraft) {
    let year = person.birthYear
    person.tail = takeTail(&person.birthProvince, sex: person.sex, birthYear: year)
    if person.hasCancelledNumber {
      var province = person.birthProvince
      person.cancelledTail = takeTail(&province, sex: person.sex, birthYear: year - 1)
      person.hasCancelledNumber = province == person.birthProvince
    }
    person.insurance = insurance[Int(person.insuranceProvince)]
    insurance[Int(person.insuranceProvince)] += 1
    if person.hasOldNumber && !person.hasStrayOldNumber {
      let province = provinces[Int(person.birthProvince)]
      let prefix = person.hasSecondOldPrefix ? province.secondOldPrefix : province.oldPrefix
      let pool = prefix ?? province.oldPrefix
      person.old = old[pool] % Self.oldNumberCount
      old[pool] += 1
    }
  }

  /// The next counter of a class; where the class is full, the person is born in the next province
  /// that has room.
  private mutating func takeTail(_ province: inout UInt8, sex: Sex, birthYear: Int) -> UInt32 {
    for _ in provinces.indices {
      let position = Self.classNumber(province: Int(province), sex: sex, birthYear: birthYear)
      if tails[position] < Self.tailCount {
        tails[position] += 1
        return tails[position] - 1
      }
      province = UInt8((Int(province) + 1) % provinces.count)
    }
    preconditionFailure("More persons of one sex and year than personal numbers.")
  }

  static func classNumber(province: Int, sex: Sex, birthYear: Int) -> Int {
    (province * 2 + Int(sex.rawValue)) * yearCount + birthYear - firstBirthYear
  }
}
