// Look-ups that are kept: making one takes longer than asking it.

import Bytes
import Querying
import Segments
import Store

/// Look-ups of the tables of one registry, each used by one thread at a time.
///
/// One that is kept holds what it has found of the commit that it read last.
final class LookupPool: @unchecked Sendable {
  private let plan: RegistryPlan
  private let monitor = Monitor()
  private var lookups: [[Lookup]]
  private var members: [[ChildReader]]

  init(_ plan: RegistryPlan) {
    self.plan = plan
    lookups = plan.tables.map { _ in [] }
    members = lookups.map { _ in [] }
  }

  /// Lends a look-up of a table.
  func withLookup<Result, Failure: Error>(
    of table: Int, _ body: (Lookup) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let kept = monitor.withLock { lookups[table].popLast() }
    let lookup = kept ?? Lookup(plan, table: table)
    defer { monitor.withLock { lookups[table].append(lookup) } }
    return try body(lookup)
  }

  /// Lends a reader of the rows of a table that belong to another's.
  func withChildren<Result, Failure: Error>(
    of table: Int, _ body: (ChildReader) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let kept = monitor.withLock { members[table].popLast() }
    let reader = kept ?? ChildReader(plan, childTable: table)
    defer { monitor.withLock { members[table].append(reader) } }
    return try body(reader)
  }
}
