// The line of work: pieces are drawn in parallel, numbered in order, rendered in parallel, and
// handed on in order. At most one piece per thread is in memory.

import Dispatch
import Synchronization

final class PieceLine: @unchecked Sendable {
  private let people: People
  private let nextPiece = Atomic<Int>(0)
  private let numberingTurn = Turnstile()
  private let handingTurn = Turnstile()
  /// Touched only in turn.
  private var numbering: Numbering
  private var failure: GeneratingError?

  init(people: People) {
    self.people = people
    numbering = Numbering(country: people.model.country)
  }

  func run(
    threadCount: Int, _ body: @Sendable (borrowing PieceText) throws(GeneratingError) -> Void
  ) throws(GeneratingError) {
    precondition(threadCount > 0)
    // A thread only waits for pieces that running threads hold, so fewer threads than asked for do.
    DispatchQueue.concurrentPerform(iterations: threadCount) { _ in work(body) }
    if let failure { throw failure }
  }

  private func work(_ body: (borrowing PieceText) throws(GeneratingError) -> Void) {
    var text = PieceText()
    while true {
      let number = nextPiece.add(1, ordering: .relaxed).oldValue
      guard number < people.spans.count else { return }
      var piece = PieceDraft(
        span: people.spans[number], seed: people.seed, model: people.model)
      numberingTurn.pass(number) { numbering.number(&piece) }
      text.removeAll()
      people.rendering.render(piece, into: &text)
      if let damage = people.damage { text.damage(damage, piece: number) }
      handingTurn.pass(number) { hand(text, to: body) }
    }
  }

  /// After a failure the remaining pieces pass without being handed on.
  private func hand(
    _ text: borrowing PieceText, to body: (borrowing PieceText) throws(GeneratingError) -> Void
  ) {
    guard failure == nil else { return }
    do {
      try body(text)
    } catch {
      failure = error
      nextPiece.store(people.spans.count, ordering: .relaxed)
    }
  }
}
