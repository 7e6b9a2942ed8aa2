// Rows lose unique keys as if they were stored one after another.

import Support
import Testing

@testable import Loading

@Suite struct KeyClaimsTests {
  @Test func letsTheFirstRowStay() {
    var claims = KeyClaims()
    claims.add([4, 1, 9], ofIndex: 0)

    #expect(claims.settle() == [LostKey(index: 0, row: 4), LostKey(index: 0, row: 9)])
  }

  @Test func refusesRowsOfKnownKeys() {
    var claims = KeyClaims()
    claims.addKnown(3, ofIndex: 2)
    claims.addKnown(3, ofIndex: 1)
    claims.add([3, 5], ofIndex: 0)

    #expect(claims.settle() == [LostKey(index: 1, row: 3)])
  }

  @Test func findsNothingWhereNothingIsShared() {
    #expect(KeyClaims().settle() == [])
  }

  /// Against a plain list of the keys that stored rows hold.
  @Test(arguments: 0..<50 as Range<UInt64>)
  func agreesWithStoringOneAfterAnother(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let rows = (0..<40).map { _ in (0..<3).map { _ in Int.random(in: 0..<25, using: &random) } }
    var held: [Set<Int>] = [[0], [], [1]]
    var expected: [LostKey] = []
    for (row, keys) in rows.enumerated() {
      if let index = (0..<3).first(where: { held[$0].contains(keys[$0]) }) {
        expected.append(LostKey(index: index, row: row))
      } else {
        for index in 0..<3 { held[index].insert(keys[index]) }
      }
    }

    var claims = KeyClaims()
    for index in 0..<3 {
      for key in 0..<25 {
        let sharing = rows.indices.filter { rows[$0][index] == key }
        if sharing.count > 1 { claims.add(sharing.shuffled(using: &random), ofIndex: index) }
        if (index == 0 && key == 0) || (index == 2 && key == 1) {
          for row in sharing { claims.addKnown(row, ofIndex: index) }
        }
      }
    }
    #expect(claims.settle() == expected)
  }
}
