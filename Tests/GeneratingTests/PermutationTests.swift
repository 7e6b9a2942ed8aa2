// A permutation meets every number of its range once, and another key gives another order.

import Testing

@testable import Generating

@Suite struct PermutationTests {
  @Test(arguments: [UInt64(0), 1, 0xdead_beef])
  func meetsEveryTailOnce(key: UInt64) {
    let permutation = Permutation.tails(key: key)
    var isMet = [Bool](repeating: false, count: 500_000)
    for counter in 0..<permutation.count { isMet[Int(permutation[counter])] = true }

    #expect(permutation.count == 500_000)
    #expect(isMet.allSatisfy { $0 })
  }

  @Test func stirsNeighbours() {
    let permutation = Permutation.insuranceNumbers(key: 7)
    let first = (0..<1_000).map { permutation[UInt64($0)] }
    let rising = zip(first, first.dropFirst()).filter { $0 < $1 }.count

    #expect(permutation.count == 100_000_000)
    #expect((440...560).contains(rising))
    #expect(first != (0..<1_000).map { Permutation.insuranceNumbers(key: 8)[UInt64($0)] })
  }

  @Test func coversTheRangesOfNumbers() {
    #expect(Permutation.oldNumbers(key: 1).count == UInt64(Numbering.oldNumberCount))
    #expect(Permutation.tails(key: 1).count == UInt64(Numbering.tailCount))
  }
}
