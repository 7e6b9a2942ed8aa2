// A snapshot: the file as one commit left it, for as long as the transaction is open.
//
// It never waits and makes nobody wait, but pages freed after it began cannot be used again until
// it ends. It may be moved between threads; it is used by one at a time. Bytes that it lent may be
// read by any number of threads until it ends or is reset.

package import Bytes
import CLMDB

/// A snapshot of the file; ended by `reset` or by its release.
@safe package struct ReadTransaction: ~Copyable, @unchecked Sendable {
  private let handle: OpaquePointer
  private let environment: Environment
  private var isOpen = true

  init(_ environment: Environment) throws(PageError) {
    var begun: OpaquePointer?
    try check(
      unsafe mdb_txn_begin(environment.handle, nil, UInt32(MDB_RDONLY), &begun),
      in: environment.path)
    guard let begun = unsafe begun else { throw PageError(.other, in: environment.path) }
    unsafe handle = unsafe begun
    self.environment = environment
  }

  deinit { unsafe mdb_txn_abort(handle) }

  /// The number of the commit that this snapshot shows.
  package var id: Int {
    precondition(isOpen)
    return unsafe mdb_txn_id(handle)
  }

  /// Ends the snapshot but keeps its reader slot.
  ///
  /// With `renew` it costs 12 ns. Bytes that the snapshot lent are no longer valid.
  package mutating func reset() {
    precondition(isOpen)
    unsafe mdb_txn_reset(handle)
    isOpen = false
  }

  /// Shows the last commit, after `reset`.
  package mutating func renew() throws(PageError) {
    precondition(!isOpen)
    try check(unsafe mdb_txn_renew(handle), in: environment.path)
    isOpen = true
  }

  /// The value of `key`, or nil; valid until this transaction ends or is reset.
  ///
  /// Throws `corrupted` when the tree contradicts itself.
  package borrowing func get(
    _ key: LentBytes, in keyspace: Keyspace
  ) throws(PageError) -> LentBytes? {
    precondition(isOpen)
    return try unsafe lookUp(key, in: keyspace, of: handle)
  }

  /// The value of `key`, or nil; valid until this transaction ends or is reset.
  package borrowing func get(
    _ key: NumberKey, in keyspace: Keyspace
  ) throws(PageError) -> LentBytes? {
    precondition(isOpen)
    let handle = unsafe handle
    return try key.lend { (bytes) throws(PageError) -> LentBytes? in
      try unsafe lookUp(bytes, in: keyspace, of: handle)
    }
  }

  /// A cursor that stands before the first entry.
  @_lifetime(borrow self)
  package borrowing func cursor(in keyspace: Keyspace) throws(PageError) -> Cursor {
    precondition(isOpen)
    return try unsafe Cursor(in: keyspace, of: handle, borrowing: self)
  }

  /// Calls `body` with each entry from `first` on, in key order, until it returns false.
  package borrowing func forEach(
    in keyspace: Keyspace, from first: NumberKey? = nil, _ body: (LentBytes, LentBytes) -> Bool
  ) throws(PageError) {
    var cursor = try cursor(in: keyspace)
    var isFound = if let first { try cursor.seek(notBefore: first) } else { try cursor.next() }
    while isFound, body(cursor.key, cursor.value) { isFound = try cursor.next() }
  }

  /// Calls `body` with each entry from `first` on, in key order, until it returns false.
  package borrowing func forEach(
    in keyspace: Keyspace, from first: LentBytes, _ body: (LentBytes, LentBytes) -> Bool
  ) throws(PageError) {
    var cursor = try cursor(in: keyspace)
    var isFound = try cursor.seek(notBefore: first)
    while isFound, body(cursor.key, cursor.value) { isFound = try cursor.next() }
  }

  /// How much a keyspace holds in this snapshot.
  package borrowing func statistics(
    of keyspace: Keyspace
  ) throws(PageError) -> KeyspaceStatistics {
    precondition(isOpen)
    return try unsafe KeyspaceStatistics(of: keyspace, in: handle)
  }
}
