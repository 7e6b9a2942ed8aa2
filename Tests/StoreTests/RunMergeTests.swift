// Runs merge so that they stay few and keys are seldom written anew.

import Store
import Support
import Testing

@Suite struct RunMergeTests {
  @Test(arguments: [
    ([], 5, 0), ([5], 5, 1), ([5], 6, 0), ([5], 0, 1), ([8, 4, 2], 1, 3), ([8, 4, 2], 2, 3),
    ([9, 5, 2], 3, 2), ([8, 4, 2], 3, 0), ([0, 0, 0], 0, 3),
  ])
  func takesInRunsOfFewerKeysThanComeAfterThem(
    sizes: [UInt64], newCount: UInt64, kept: Int
  ) {
    #expect(RunMerge.keptCount(of: sizes, adding: newCount) == kept)
  }

  /// Of five runs that could all stay, those merge that cost least for what they gain.
  @Test(arguments: [
    ([1_000, 10, 10, 10], 10, 1), ([1_000, 100, 10, 1], 1, 3), ([1_000, 30, 10, 9], 1, 2),
    ([100, 90, 20, 10], 1, 0), ([0, 0, 0, 0], 0, 3),
  ])
  func makesTheCheapestMergeWhereRunsAreMany(
    sizes: [UInt64], newCount: UInt64, kept: Int
  ) {
    #expect(RunMerge.keptCount(of: sizes, adding: newCount) == kept)
  }

  /// Any loads: four runs at most, and keys are written anew a few times for a hundred loads.
  @Test(arguments: 0..<20 as Range<UInt64>) func keepsRunsFew(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var runs: [UInt64] = []
    var (written, total): (UInt64, UInt64) = (0, 0)
    for _ in 0..<100 {
      let added = UInt64.random(in: 1...1_000, using: &random)
      let kept = RunMerge.keptCount(of: runs, adding: added)
      let run = runs[kept...].reduce(added, +)
      runs = runs[..<kept] + [run]
      (written, total) = (written + run, total + added)
      #expect(runs.count <= RunMerge.runCountMax)
      #expect(runs.reduce(0, +) == total)
    }
    #expect(written < 8 * total)
  }

  @Test func writesNineEqualPartsLessThanTwice() {
    var runs: [UInt64] = []
    var written: UInt64 = 0
    for _ in 0..<9 {
      let kept = RunMerge.keptCount(of: runs, adding: 100)
      runs = runs[..<kept] + [runs[kept...].reduce(100, +)]
      written += runs.last ?? 0
    }
    #expect(runs == [500, 400])
    #expect(written == 1_600)
  }
}
