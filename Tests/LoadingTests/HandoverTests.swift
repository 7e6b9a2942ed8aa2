import Bytes
import Synchronization
import Testing

@testable import Loading

@Suite struct HandoverTests {
  private struct Refusal: Error, Equatable {}

  /// Items are taken in the order of their numbers, whoever gives them and when.
  @Test(arguments: [1, 2, 8])
  func handsItemsOnInOrder(countMax: Int) throws {
    let handover = Handover<Int>(countMax: countMax)
    let next = Mutex(0)
    let thread = startThread {
      try? onWorkers(3) { _ in
        while true {
          let number = next.withLock { number in
            number += 1
            return number - 1
          }
          guard number < 500 else { return }
          try handover.give(number * number, number: number)
        }
      }
      handover.close()
    }
    var taken: [Int] = []
    while let item = try handover.take() { taken.append(item) }
    joinThread(thread)
    #expect(taken == (0..<500).map { $0 * $0 })
  }

  /// A taker that fails ends those that wait for room.
  @Test func endsThoseWhoGive() throws {
    let handover = Handover<Int>(countMax: 1)
    let failed = Mutex(false)
    let thread = startThread {
      do {
        for number in 0..<10 { try handover.give(number, number: number) }
      } catch {
        failed.withLock { $0 = error as? Refusal != nil }
      }
    }
    #expect(try handover.take() == 0)
    handover.fail(Refusal())
    joinThread(thread)
    #expect(failed.withLock { $0 })
  }

  /// What those who give fail of is thrown to the taker, also when it waits.
  @Test func endsTheTaker() throws {
    let handover = Handover<Int>(countMax: 4)
    let thread = startThread {
      try? handover.give(0, number: 0)
      handover.fail(Refusal())
    }
    #expect(throws: Refusal.self) {
      while try handover.take() != nil {}
    }
    joinThread(thread)
  }

  @Test func endsAtOnceWithoutItems() throws {
    let handover = Handover<Int>(countMax: 4)
    handover.close()
    #expect(try handover.take() == nil)
  }
}
