// A keyed bijection of 0..<(left * right): a counter goes in, numbers without pattern come out.
//
// The number is taken as a pair (left part, right part). Each round adds to one part a keyed
// function of the other, modulo the part's range, so that every round, and the whole, can be undone
// and no two counters meet.

import Bytes

struct Permutation {
  let leftCount: UInt64
  let rightCount: UInt64
  let key: UInt64

  var count: UInt64 { leftCount * rightCount }

  static let roundCount: UInt64 = 6

  subscript(counter: UInt64) -> UInt64 {
    assert(counter < leftCount * rightCount)
    var left = counter / rightCount
    var right = counter - left * rightCount
    for round in 0..<Self.roundCount {
      if round & 1 == 0 {
        left += scaled(mix(right ^ key &+ round), to: leftCount)
        if left >= leftCount { left -= leftCount }
      } else {
        right += scaled(mix(left ^ key &+ round), to: rightCount)
        if right >= rightCount { right -= rightCount }
      }
    }
    return left * rightCount + right
  }

  private func scaled(_ mixed: UInt64, to bound: UInt64) -> UInt64 {
    ((mixed >> 32) &* bound) >> 32
  }

  /// Six-digit tails of one province, sex and year: 500,000 of them.
  static func tails(key: UInt64) -> Permutation {
    Permutation(leftCount: 500, rightCount: 1_000, key: key)
  }

  /// The eight digits of an insurance number after its province.
  static func insuranceNumbers(key: UInt64) -> Permutation {
    Permutation(leftCount: 10_000, rightCount: 10_000, key: key)
  }

  /// The seven digits of a nine-digit number after its prefix.
  static func oldNumbers(key: UInt64) -> Permutation {
    Permutation(leftCount: 2_500, rightCount: 4_000, key: key)
  }
}
