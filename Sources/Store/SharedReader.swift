// A read transaction that several threads of one task may ask, and that is used again afterwards.

import Bytes
import Pages

/// The read transaction of one snapshot.
///
/// Asking takes a lock, so it is asked for what was never touched before; what it lent is read
/// without one.
final class SharedReader: @unchecked Sendable {
  private var transaction: ReadTransaction
  private let monitor = Monitor()
  /// The number of the commit it shows.
  private(set) var id: Int
  /// What a load that is only tried has written.
  private let trial: (file: TrialFile, reader: SharedReader)?

  init(_ environment: Environment, over trial: TrialFile? = nil) throws(StoreError) {
    do throws(PageError) {
      transaction = try environment.beginReading()
    } catch { throw StoreError(error) }
    id = transaction.id
    if let trial {
      self.trial = (trial, try SharedReader(trial.environment))
    } else {
      self.trial = nil
    }
  }

  /// Whether it also sees what a load that is only tried has written.
  var seesTrial: Bool { trial != nil }

  /// The value of a key, valid until the snapshot ends.
  func get(_ key: NumberKey, in keyspace: Keyspace) throws(StoreError) -> LentBytes? {
    if let (file, reader) = trial {
      let own = file.environment.keyspace(keyspace.name)
      if let found = try reader.get(key, in: own) { return found }
      guard file.isNamed(key, in: keyspace) else { return nil }
    }
    return try monitor.withLock { () throws(StoreError) -> LentBytes? in
      do throws(PageError) {
        return try transaction.get(key, in: keyspace)
      } catch { throw StoreError(error) }
    }
  }

  func get(_ key: [UInt8], in keyspace: Keyspace) throws(StoreError) -> LentBytes? {
    try monitor.withLock { () throws(StoreError) -> LentBytes? in
      do throws(PageError) {
        return try key.lend { (key) throws(PageError) in try transaction.get(key, in: keyspace) }
      } catch { throw StoreError(error) }
    }
  }

  /// Calls `body` with every key of a keyspace.
  func forEachKey(in keyspace: Keyspace, _ body: (LentBytes) -> Void) throws(StoreError) {
    try monitor.withLock { () throws(StoreError) in
      do throws(PageError) {
        try transaction.forEach(in: keyspace) { key, _ in
          body(key)
          return true
        }
      } catch { throw StoreError(error) }
    }
  }

  /// Calls `body` with each entry of a keyspace from `first` on, in key order, until it returns
  /// false.
  func forEach(
    in keyspace: Keyspace, from first: NumberKey, _ body: (LentBytes, LentBytes) -> Bool
  ) throws(StoreError) {
    try monitor.withLock { () throws(StoreError) in
      do throws(PageError) {
        try transaction.forEach(in: keyspace, from: first, body)
      } catch { throw StoreError(error) }
    }
  }

  func forEach(
    in keyspace: Keyspace, from first: [UInt8], _ body: (LentBytes, LentBytes) -> Bool
  ) throws(StoreError) {
    try monitor.withLock { () throws(StoreError) in
      do throws(PageError) {
        try first.lend { (first) throws(PageError) in
          try transaction.forEach(in: keyspace, from: first, body)
        }
      } catch { throw StoreError(error) }
    }
  }

  /// How much a keyspace holds.
  func statistics(of keyspace: Keyspace) throws(StoreError) -> KeyspaceStatistics {
    try monitor.withLock { () throws(StoreError) -> KeyspaceStatistics in
      do throws(PageError) {
        return try transaction.statistics(of: keyspace)
      } catch { throw StoreError(error) }
    }
  }

  /// Ends the snapshot; the transaction may be renewed.
  func reset() { transaction.reset() }

  func renew() throws(StoreError) {
    do throws(PageError) {
      try transaction.renew()
    } catch { throw StoreError(error) }
    id = transaction.id
  }
}
