// A slot is filled once, keeps its object alive, and lets it go with the array.

import Bytes
import Synchronization
import Testing

@testable import Store

@Suite struct SlotArrayTests {
  private final class Counted: Sendable {
    static let alive = Mutex<[Int: Int]>([:])
    let group: Int
    init(_ group: Int) {
      self.group = group
      Self.alive.withLock { $0[group, default: 0] += 1 }
    }
    deinit { Self.alive.withLock { $0[group, default: 0] -= 1 } }
    static func alive(_ group: Int) -> Int { alive.withLock { $0[group] ?? 0 } }
  }

  @Test func keepsTheFirstObject() {
    do {
      let slots = SlotArray<Counted>(count: 3)
      #expect(slots[1] == nil)
      let first = Counted(1)
      #expect(slots.fill(1, with: first) === first)
      #expect(slots.fill(1, with: Counted(1)) === first)
      #expect(slots[1] === first)
      #expect(slots[0] == nil)
      #expect(Counted.alive(1) == 1)
    }
    #expect(Counted.alive(1) == 0)
  }

  @Test func takesOverWhatAnotherHolds() {
    do {
      let larger = SlotArray<Counted>(count: 4)
      do {
        let slots = SlotArray<Counted>(count: 2)
        _ = slots.fill(0, with: Counted(2))
        larger.takeOver(from: slots)
      }
      #expect(larger[0]?.group == 2)
      #expect(larger[1] == nil)
      #expect(Counted.alive(2) == 1)
      let smaller = SlotArray<Counted>(count: 0)
      smaller.takeOver(from: larger)
    }
    #expect(Counted.alive(2) == 0)
  }

  @Test func givesAllThreadsTheSameObject() {
    let slots = SlotArray<Counted>(count: 100)
    let seen = Mutex<[Int: Set<ObjectIdentifier>]>([:])
    runOnThreads(4) { _ in
      for index in 0..<100 {
        let object = slots.fill(index, with: Counted(3))
        _ = seen.withLock { $0[index, default: []].insert(ObjectIdentifier(object)) }
      }
    }
    #expect(seen.withLock { $0.values.allSatisfy { $0.count == 1 } })
    #expect(Counted.alive(3) == 100)
  }

  @Test func refusesASlotThatItDoesNotHave() async {
    await #expect(processExitsWith: .failure) { _ = SlotArray<Counted>(count: 2)[2] }
  }
}
