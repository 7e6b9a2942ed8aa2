// Rows lose unique keys as if they were stored one after another.

import Support
import Testing

@testable import Loading

@Suite struct KeyClaimsTests {
  @Test func letsTheFirstRowStay() {
    var claims = KeyClaims()
    claims.add([4, 1, 9], ofIndex: 0)

    #expect(
      claims.settle() == [
        LostKey(index: 0, row: 4, holder: 1), LostKey(index: 0, row: 9, holder: 1),
      ])
  }

  @Test func refusesRowsOfKnownKeys() {
    var claims = KeyClaims()
    claims.addKnown(3, holder: 2, ofIndex: 2)
    claims.addKnown(3, holder: 1, ofIndex: 1)
    claims.add([3, 5], ofIndex: 0)

    #expect(claims.settle() == [LostKey(index: 1, row: 3, holder: 1)])
  }

  @Test func findsNothingWhereNothingIsShared() {
    #expect(KeyClaims().settle() == [])
  }

  /// Against a plain list of the keys that stored rows hold.
  @Test(arguments: 0..<50 as Range<UInt64>)
  func agreesWithStoringOneAfterAnother(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let rows = (0..<40).map { _ in (0..<3).map { _ in Int.random(in: 0..<25, using: &random) } }
    var held: [[Int: Int]] = [[0: -5], [:], [1: -7]]
    var expected: [LostKey] = []
    for (row, keys) in rows.enumerated() {
      if let index = (0..<3).first(where: { held[$0][keys[$0]] != nil }) {
        let holder = held[index][keys[index]] ?? 0
        expected.append(LostKey(index: index, row: row, holder: holder))
      } else {
        for index in 0..<3 { held[index][keys[index]] = row }
      }
    }

    var claims = KeyClaims()
    for index in 0..<3 {
      for key in 0..<25 {
        let sharing = rows.indices.filter { rows[$0][index] == key }
        if sharing.count > 1 { claims.add(sharing.shuffled(using: &random), ofIndex: index) }
        if (index == 0 && key == 0) || (index == 2 && key == 1) {
          for row in sharing { claims.addKnown(row, holder: index == 0 ? -5 : -7, ofIndex: index) }
        }
      }
    }
    #expect(claims.settle() == expected)
  }
}
