// Threads run all their work, and a monitor lets one in at a time and wakes those that wait.

import Bytes
import Synchronization
import Testing

@Suite struct ThreadsTests {
  private final class Counter: Sendable {
    let monitor = Monitor()
    let total = Atomic<Int>(0)
    // Guarded by the monitor.
    nonisolated(unsafe) var value = 0
    nonisolated(unsafe) var turn = 0
  }

  @Test(arguments: [-1, 0, 1, 2, 7]) func runsEachPositionOnce(count: Int) {
    let counter = Counter()
    runOnThreads(count) { position in
      counter.total.add(1 << (8 * position), ordering: .relaxed)
    }
    let expected = (0..<max(1, count)).reduce(0) { $0 + 1 << (8 * $1) }
    #expect(counter.total.load(ordering: .relaxed) == expected)
  }

  @Test func letsOneInAtATime() {
    let counter = Counter()
    runOnThreads(4) { _ in
      for _ in 0..<2_000 { counter.monitor.withLock { counter.value += 1 } }
    }
    #expect(counter.value == 8_000)
  }

  @Test func wakesAllThatWait() {
    let counter = Counter()
    runOnThreads(5) { position in
      for round in 0..<20 {
        counter.monitor.lock()
        while counter.turn != round * 5 + position { counter.monitor.wait() }
        counter.turn += 1
        counter.monitor.signalAll()
        counter.monitor.unlock()
      }
    }
    #expect(counter.turn == 100)
  }

  @Test func givesTheLockBackWhenItsBodyThrows() {
    struct Failure: Error {}
    let monitor = Monitor()
    #expect(throws: Failure.self) { try monitor.withLock { () throws in throw Failure() } }
    #expect(monitor.withLock { 7 } == 7)
  }

  @Test func waitsForAThreadsEnd() {
    let counter = Counter()
    let handle = startThread { counter.total.store(5, ordering: .relaxed) }
    joinThread(handle)
    #expect(counter.total.load(ordering: .relaxed) == 5)
    #expect(processorCount() >= 1)
  }
}
