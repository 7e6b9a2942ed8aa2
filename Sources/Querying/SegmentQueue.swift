// Hands the segments of a scan to threads, one at a time, while all of them borrow one snapshot.

import Bytes
import Store
import Synchronization

/// Segments that are still to be scanned; threads share it.
final class SegmentQueue: Sendable {
  private let segments: [Int]
  private let next = Atomic<Int>(0)

  init(_ segments: [Int]) { self.segments = segments }

  /// The next segment, or nil when none is left.
  func take() -> Int? {
    let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
    return index < segments.count ? segments[index] : nil
  }

  /// Leaves nothing for other threads, because one of them failed.
  func close() { next.store(segments.count, ordering: .relaxed) }
}

/// Fewer segments than this are not worth another thread's start.
private let segmentsPerThreadMin = 4

/// Runs `body` on up to `threadCount` threads that share the segments; returns what each made.
///
/// Few segments are scanned by the calling thread alone.
func scanSegments<Output: Sendable>(
  _ segments: [Int], threadCount: Int, in snapshot: borrowing Snapshot,
  _ body: @escaping @Sendable (SegmentQueue, borrowing Snapshot) throws(QueryError) -> Output
) throws(QueryError) -> [Output] {
  let queue = SegmentQueue(segments)
  let count = min(threadCount, segments.count / segmentsPerThreadMin)
  guard count > 1 else { return [try body(queue, snapshot)] }
  let shared = SharedOutputs<Output>(count: count)
  unsafe withUnsafePointer(to: snapshot) { pointer in
    // The snapshot outlives the threads: `runOnThreads` waits for all of them.
    let lent = unsafe LentSnapshot(pointer: pointer)
    runOnThreads(count) { position in
      let output: Result<Output, QueryError>
      do throws(QueryError) {
        output = .success(try unsafe body(queue, lent.pointer.pointee))
      } catch {
        queue.close()
        output = .failure(error)
      }
      shared.put(output, at: position)
    }
  }
  var made: [Output] = []
  for output in shared.all {
    if let output { made.append(try output.get()) }
  }
  return made
}

/// A snapshot that threads borrow, whose owner waits for them.
@unsafe struct LentSnapshot: @unchecked Sendable {
  let pointer: UnsafePointer<Snapshot>
}

/// What each thread made.
private final class SharedOutputs<Output: Sendable>: Sendable {
  private let outputs: Mutex<[Result<Output, QueryError>?]>

  init(count: Int) { outputs = Mutex(Array(repeating: nil, count: count)) }

  func put(_ output: Result<Output, QueryError>, at position: Int) {
    outputs.withLock { $0[position] = output }
  }

  var all: [Result<Output, QueryError>?] { outputs.withLock { $0 } }
}
