// The way of a file through the loader: parse and encode on all workers, admit and commit in order.
//
//   pieces --parse--> parsed pieces --admit, in order--> batches --encode--> segments --commit-->
//
// `admit` sees the pieces one at a time in file order, so whatever it numbers does not depend on
// the number of workers; `commit` runs on the caller's thread, as LMDB's one writer asks. What is
// in flight is bounded, so memory is.

import Bytes
import Glibc

/// Seconds of work by stage, over all threads.
struct StageSeconds: Equatable {
  var parse = 0.0
  var admit = 0.0
  var encode = 0.0
  var commit = 0.0
}

/// One run of the stages over one input.
final class Pipeline<Parsed: Sendable, Batch: Sendable, Encoded: Sendable>: @unchecked Sendable {
  /// What each stage does.
  struct Stages {
    /// Pulls the next piece and parses it; nil at the end.
    ///
    /// Pieces are numbered from 0 without gaps.
    var parse: (_ worker: Int) throws -> (number: Int, parsed: Parsed)?
    /// Takes a piece in order; gives the batches that it filled.
    var admit: (Parsed) throws -> [Batch]
    /// Gives what is left after the last piece.
    var finish: () throws -> [Batch]
    /// Turns a batch into what will be stored.
    var encode: (_ worker: Int, Batch) throws -> Encoded
  }

  private let stages: Stages
  private let jobs: Int
  private let encodedCountMax: Int
  private let monitor = Monitor()
  // Guarded by the monitor.
  private var parsedPieces: [Int: Parsed] = [:]
  private var nextPiece = 0
  private var pulledCount = 0
  private var pieceCount: Int?
  private var isAdmitting = false
  private var isFinished = false
  private var waitingBatches: [(number: Int, batch: Batch)] = []
  private var batchCount = 0
  private var encoded: [Int: Encoded] = [:]
  private var committedCount = 0
  private var failure: (any Error)?
  private var seconds = StageSeconds()

  /// `encodedCountMax` batches may be encoded and not committed; by default a few for each worker.
  init(jobs: Int, encodedCountMax: Int? = nil, stages: Stages) {
    self.jobs = max(1, jobs)
    self.encodedCountMax = encodedCountMax ?? 4 * max(1, jobs) + 8
    self.stages = stages
  }

  /// Runs until every segment is committed, or throws the first failure.
  func run(commit: (Encoded) throws -> Void) throws -> StageSeconds {
    let threads = (0..<jobs).map { worker in startThread { self.work(worker) } }
    defer { threads.forEach { joinThread($0) } }
    do {
      while let next = try nextEncoded() {
        let start = now()
        try commit(next)
        monitor.withLock {
          seconds.commit += now() - start
          committedCount += 1
          monitor.signalAll()
        }
      }
    } catch {
      fail(error)
      throw error
    }
    return monitor.withLock { seconds }
  }

  private func nextEncoded() throws -> Encoded? {
    monitor.lock()
    defer { monitor.unlock() }
    while true {
      if let failure { throw failure }
      if let next = encoded.removeValue(forKey: committedCount) { return next }
      if isFinished && committedCount == batchCount { return nil }
      monitor.wait()
    }
  }

  private func fail(_ error: any Error) {
    monitor.withLock {
      if failure == nil { failure = error }
      monitor.signalAll()
    }
  }

  private enum Job {
    case admit(Parsed)
    case finish
    case encode(Int, Batch)
    case parse
    case stop
  }

  private func work(_ worker: Int) {
    do {
      while true {
        switch takeJob() {
        case .admit(let parsed):
          try timed(\.admit) { self.add(try self.stages.admit(parsed), isLast: false) }
        case .finish:
          try timed(\.admit) { self.add(try self.stages.finish(), isLast: true) }
        case .encode(let number, let batch):
          try timed(\.encode) {
            let result = try self.stages.encode(worker, batch)
            self.monitor.withLock { self.encoded[number] = result }
          }
        case .parse:
          try timed(\.parse) { try self.parseNext(worker) }
        case .stop:
          return
        }
      }
    } catch {
      fail(error)
    }
  }

  private func takeJob() -> Job {
    monitor.lock()
    defer { monitor.unlock() }
    while true {
      if failure != nil { return .stop }
      // Rows of a segment are many bytes: as few as possible wait to be encoded.
      if !isAdmitting && waitingBatches.isEmpty {
        if let parsed = parsedPieces.removeValue(forKey: nextPiece) {
          isAdmitting = true
          nextPiece += 1
          return .admit(parsed)
        }
        if let pieceCount, nextPiece == pieceCount, !isFinished {
          isAdmitting = true
          return .finish
        }
      }
      let backlog = batchCount - waitingBatches.count - committedCount
      if !waitingBatches.isEmpty && backlog < encodedCountMax {
        let (number, batch) = waitingBatches.removeFirst()
        return .encode(number, batch)
      }
      if pieceCount == nil && pulledCount - nextPiece < 2 * jobs + 1 {
        pulledCount += 1
        return .parse
      }
      if isFinished && waitingBatches.isEmpty { return .stop }
      monitor.wait()
    }
  }

  private func parseNext(_ worker: Int) throws {
    let next = try stages.parse(worker)
    monitor.withLock {
      if let next {
        parsedPieces[next.number] = next.parsed
      } else {
        pulledCount -= 1
        // Other workers may still parse pieces pulled before the end was seen.
        if pieceCount == nil { pieceCount = Int.max }
      }
      if pieceCount != nil && pulledCount == nextPiece + parsedPieces.count {
        pieceCount = pulledCount
      }
    }
  }

  private func add(_ batches: [Batch], isLast: Bool) {
    monitor.withLock {
      for batch in batches {
        waitingBatches.append((batchCount, batch))
        batchCount += 1
      }
      isAdmitting = false
      if isLast { isFinished = true }
    }
  }

  private func timed(_ stage: WritableKeyPath<StageSeconds, Double>, _ body: () throws -> Void)
    throws
  {
    let start = now()
    try body()
    monitor.withLock {
      seconds[keyPath: stage] += now() - start
      monitor.signalAll()
    }
  }
}

/// Seconds on a clock that only goes forward.
func now() -> Double {
  var time = timespec()
  unsafe clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
