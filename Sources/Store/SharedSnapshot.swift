// A snapshot that the threads of one task keep together.

/// A snapshot that several objects and threads of one task keep; it ends with the last of them.
package final class SharedSnapshot: Sendable {
  package let snapshot: Snapshot

  package init(_ snapshot: consuming Snapshot) { self.snapshot = snapshot }
}
