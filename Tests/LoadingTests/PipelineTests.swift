import Support
import Synchronization
import Testing

@testable import Loading

@Suite struct PipelineTests {
  private struct Refusal: Error, Equatable { var stage: String }

  /// Pieces are admitted and segments committed in order, whatever the number of workers.
  @Test(arguments: [1, 2, 5])
  func keepsTheOrderOfPieces(jobs: Int) throws {
    let pulled = Mutex(0)
    var admitted: [Int] = []
    let pipeline = Pipeline<Int, [Int], [Int]>(
      jobs: jobs,
      stages: .init(
        parse: { _ in
          let number = pulled.withLock { count -> Int? in
            guard count < 100 else { return nil }
            count += 1
            return count - 1
          }
          return number.map { ($0, $0) }
        },
        admit: { piece in
          admitted.append(piece)
          return piece % 3 == 2 ? [[piece - 2, piece - 1, piece]] : []
        },
        finish: { [[99]] },
        encode: { _, batch in batch }))
    var committed: [Int] = []
    _ = try pipeline.run { committed += $0 }

    #expect(admitted == Array(0..<100))
    #expect(committed == Array(0..<100))
  }

  /// A failure in any stage ends the run with that failure and no thread left waiting.
  @Test(arguments: ["parse", "admit", "finish", "encode", "commit"])
  func endsWithTheFirstFailure(stage: String) {
    let pulled = Mutex(0)
    let pipeline = Pipeline<Int, Int, Int>(
      jobs: 2,
      stages: .init(
        parse: { _ in
          let number = pulled.withLock { count in
            count += 1
            return count - 1
          }
          if stage == "parse" && number == 10 { throw Refusal(stage: stage) }
          return number < 40 ? (number, number) : nil
        },
        admit: { piece in
          if stage == "admit" && piece == 10 { throw Refusal(stage: stage) }
          return [piece]
        },
        finish: {
          if stage == "finish" { throw Refusal(stage: stage) }
          return []
        },
        encode: { _, batch in
          if stage == "encode" && batch == 10 { throw Refusal(stage: stage) }
          return batch
        }))
    #expect(throws: Refusal(stage: stage)) {
      _ = try pipeline.run { if stage == "commit" && $0 == 10 { throw Refusal(stage: stage) } }
    }
  }

  @Test func endsAtOnceWithoutPieces() throws {
    let pipeline = Pipeline<Int, Int, Int>(
      jobs: 2,
      stages: .init(
        parse: { _ in nil }, admit: { [$0] }, finish: { [] }, encode: { _, batch in batch }))
    var committedCount = 0
    _ = try pipeline.run { _ in committedCount += 1 }
    #expect(committedCount == 0)
  }
}
