// Weights are met in the long run, and a window is never left.

import Testing

@testable import Generating

@Suite struct WeightTableTests {
  @Test func drawsByWeight() {
    let table = WeightTable([0, 10, 0, 30, 60, 0])
    var random = Randomness(seed: 9, stream: 0)
    var counts = [Int](repeating: 0, count: 6)
    for _ in 0..<100_000 { counts[table.draw(&random)] += 1 }

    #expect(counts[0] == 0 && counts[2] == 0 && counts[5] == 0)
    #expect((9_500...10_500).contains(counts[1]))
    #expect((29_300...30_700).contains(counts[3]))
  }

  @Test func staysInTheWindow() {
    let table = WeightTable((1...1_000).map { $0 * 1_000 })
    var random = Randomness(seed: 9, stream: 1)
    for _ in 0..<10_000 { #expect((200..<300).contains(table.draw(from: 200, to: 300, &random))) }
  }

  @Test func drawsEvenlyWhereNothingWeighs() {
    let table = WeightTable([5, 0, 0, 5])
    var random = Randomness(seed: 9, stream: 2)
    let drawn = Set((0..<100).map { _ in table.draw(from: 1, to: 3, &random) })

    #expect(drawn == [1, 2])
  }

  @Test func refusesAnEmptyWindow() async {
    await #expect(processExitsWith: .failure) {
      var random = Randomness(seed: 9, stream: 3)
      _ = WeightTable([1, 2]).draw(from: 1, to: 1, &random)
    }
  }
}
