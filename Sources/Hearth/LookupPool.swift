// Look-ups that are kept: making one takes longer than asking it.

import Bytes
import Querying
import Segments
import Store

/// Look-ups of the tables of one registry, each used by one thread at a time.
///
/// One that is kept holds what it has found of the commit that it read last.
final class LookupPool: Sendable {
  private let lookups: [Shelf<Lookup>]
  private let children: [Shelf<ChildReader>]

  init(_ plan: RegistryPlan) {
    lookups = plan.tables.indices.map { table in Shelf { Lookup(plan, table: table) } }
    children = plan.tables.indices.map { table in Shelf { ChildReader(plan, childTable: table) } }
  }

  /// Lends a look-up of a table.
  func withLookup<Result, Failure: Error>(
    of table: Int, _ body: (Lookup) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try lookups[table].lend(body)
  }

  /// Lends a reader of the rows of a table that belong to another's.
  func withChildren<Result, Failure: Error>(
    of table: Int, _ body: (ChildReader) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try children[table].lend(body)
  }
}

/// Things of one kind that are made when all others are lent.
private final class Shelf<Item>: @unchecked Sendable {
  private let make: @Sendable () -> Item
  private let monitor = Monitor()
  private var free: [Item] = []

  init(_ make: @escaping @Sendable () -> Item) { self.make = make }

  func lend<Result, Failure: Error>(
    _ body: (Item) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let item = monitor.withLock { free.popLast() } ?? make()
    defer { monitor.withLock { free.append(item) } }
    return try body(item)
  }
}
