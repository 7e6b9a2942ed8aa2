// Gathers what the threads of a verification find and count.

import Bytes
import Pages

/// What the threads of a verification find; each finding is kept once, in the order of what was
/// examined and not of the threads.
final class VerificationLog: @unchecked Sendable {
  typealias Finding = VerificationReport.Finding

  private let monitor = Monitor()
  private var known: Set<Finding> = []
  private var findings: [(order: Int, finding: Finding)] = []
  private var skipped: Set<String> = []
  private var report = VerificationReport()

  /// Notes a broken promise; `order` says where in the report it belongs.
  func note(_ finding: Finding, order: Int) {
    monitor.withLock {
      if known.insert(finding).inserted { findings.append((order, finding)) }
    }
  }

  func note(
    _ promise: VerificationReport.Promise, _ structure: Corruption.Structure, _ place: String,
    at offset: Int = 0, order: Int
  ) {
    note(
      Finding(promise: promise, structure: structure, place: place, offset: offset), order: order)
  }

  /// Notes what was thrown while something was read.
  func note(_ error: StoreError, order: Int) {
    switch error {
    case .corruption(let corruption):
      note(.readable, corruption.structure, corruption.place, at: corruption.offset, order: order)
    case .page(let error):
      note(.readable, .catalog, "\(error.place): \(error.code.rawValue)", order: order)
    default:
      note(.readable, .catalog, "\(error)", order: order)
    }
  }

  /// Notes something that cannot be examined because of what was found.
  func skip(_ what: String) { monitor.withLock { _ = skipped.insert(what) } }

  /// Changes the counts.
  func count(_ change: (inout VerificationReport) -> Void) { monitor.withLock { change(&report) } }

  /// Everything that was noted.
  func finish() -> VerificationReport {
    monitor.withLock {
      report.findings = findings.enumerated().sorted {
        ($0.element.order, $0.offset) < ($1.element.order, $1.offset)
      }.map(\.element.finding)
      report.skipped = skipped.sorted()
      return report
    }
  }
}
