// The one change in progress: all of it is seen after `commit`, nothing of it otherwise.
//
// There is one at a time in all processes together; a second waits. It is confined to the thread
// that began it: use on another thread, and a second beginning on the same thread, trap.

package import Bytes
import CLMDB
import Glibc
import Synchronization

/// The one change in progress; given up when released without `commit`.
@safe package struct WriteTransaction: ~Copyable {
  private var handle: OpaquePointer?
  private let environment: Environment
  private let thread: UInt

  init(_ environment: Environment) throws(PageError) {
    precondition(environment.access == .readWrite)
    thread = pthread_self()
    environment.claimWriting(by: thread)
    var begun: OpaquePointer?
    let status = unsafe mdb_txn_begin(environment.handle, nil, 0, &begun)
    guard status == MDB_SUCCESS, let begun = unsafe begun else {
      throw PageError(status: status, in: environment.path)
    }
    environment.writer.store(thread, ordering: .relaxed)
    unsafe handle = unsafe begun
    self.environment = environment
  }

  deinit {
    guard let handle = unsafe handle else { return }
    precondition(pthread_self() == thread)
    environment.writer.store(0, ordering: .relaxed)
    unsafe mdb_txn_abort(handle)
  }

  /// The number that the commit will have.
  package var id: Int { unsafe mdb_txn_id(open) }

  /// Makes all changes durable and visible, or none of them.
  ///
  /// Throws `diskFull`, `mapFull` or `inputOutput`; the last commit is then intact.
  package consuming func commit() throws(PageError) {
    let open = unsafe self.open
    unsafe handle = nil
    environment.writer.store(0, ordering: .relaxed)
    let status = unsafe mdb_txn_commit(open)
    // A write that the disk had room for in part is told as one that failed.
    let isFull = status == EIO && freeByteCount(beside: environment.path) < Self.fullByteCount
    try check(isFull ? ENOSPC : status, in: environment.path)
  }

  /// A disk with less room has none for a commit.
  private static let fullByteCount = 1 << 20

  /// Gives up all changes.
  package consuming func abort() {}

  /// Stores a value, in place of the one that `key` had.
  ///
  /// Throws `mapFull` or `transactionFull`; the transaction can then only be given up.
  package mutating func put(
    _ value: LentBytes, for key: LentBytes, in keyspace: Keyspace
  ) throws(PageError) {
    precondition(key.count > 0 && key.count <= keyByteCountMax)
    var keyBytes = unsafe key.asValue
    var valueBytes = unsafe value.asValue
    try check(
      unsafe mdb_put(open, keyspace.handle, &keyBytes, &valueBytes, 0), in: keyspace.name)
  }

  /// Stores a value, in place of the one that `key` had.
  package mutating func put(
    _ value: LentBytes, for key: NumberKey, in keyspace: Keyspace
  ) throws(PageError) {
    try key.lend { (bytes) throws(PageError) in try put(value, for: bytes, in: keyspace) }
  }

  /// Stores a value, in place of the one that `key` had.
  package mutating func put(
    _ value: [UInt8], for key: NumberKey, in keyspace: Keyspace
  ) throws(PageError) {
    try value.lend { (bytes) throws(PageError) in try put(bytes, for: key, in: keyspace) }
  }

  /// Stores a value, in place of the one that `key` had.
  package mutating func put(
    _ value: [UInt8], for key: [UInt8], in keyspace: Keyspace
  ) throws(PageError) {
    try key.lend { (keyBytes) throws(PageError) in
      try value.lend { (bytes) throws(PageError) in try put(bytes, for: keyBytes, in: keyspace) }
    }
  }

  /// Stores a value under a key that is greater than all others of the keyspace; of keys that come
  /// so, pages are filled whole.
  ///
  /// Throws `corrupted` for a key that is not.
  package mutating func append(
    _ value: LentBytes, for key: LentBytes, in keyspace: Keyspace
  ) throws(PageError) {
    precondition(key.count > 0 && key.count <= keyByteCountMax)
    var keyBytes = unsafe key.asValue
    var valueBytes = unsafe value.asValue
    let status = unsafe mdb_put(open, keyspace.handle, &keyBytes, &valueBytes, UInt32(MDB_APPEND))
    guard status != MDB_KEYEXIST else { throw PageError(.corrupted, in: keyspace.name) }
    try check(status, in: keyspace.name)
  }

  /// Makes room for a value of `byteCount` bytes, for the caller to fill before the next call on
  /// this transaction.
  ///
  /// The memory is not zeroed and is aligned to 8 bytes only. In the file a value of more than half
  /// a page begins 16 bytes into a page, which the memory here does not show.
  package mutating func reserve(
    _ byteCount: Int, for key: LentBytes, in keyspace: Keyspace
  ) throws(PageError) -> ScratchView<UInt8> {
    precondition(byteCount > 0)
    precondition(key.count > 0 && key.count <= keyByteCountMax)
    var keyBytes = unsafe key.asValue
    var room = unsafe MDB_val(mv_size: byteCount, mv_data: nil)
    try check(
      unsafe mdb_put(open, keyspace.handle, &keyBytes, &room, UInt32(MDB_RESERVE)),
      in: keyspace.name)
    guard let start = unsafe room.mv_data else { throw PageError(.other, in: keyspace.name) }
    return unsafe ScratchView(
      start.bindMemory(to: UInt8.self, capacity: byteCount), count: byteCount)
  }

  /// Makes room for a value; see above.
  package mutating func reserve(
    _ byteCount: Int, for key: NumberKey, in keyspace: Keyspace
  ) throws(PageError) -> ScratchView<UInt8> {
    try key.lend { (bytes) throws(PageError) -> ScratchView<UInt8> in
      try reserve(byteCount, for: bytes, in: keyspace)
    }
  }

  /// Removes a key with its value; false when there was none.
  @discardableResult
  package mutating func remove(
    _ key: LentBytes, in keyspace: Keyspace
  ) throws(PageError) -> Bool {
    precondition(key.count > 0 && key.count <= keyByteCountMax)
    var keyBytes = unsafe key.asValue
    let status = unsafe mdb_del(open, keyspace.handle, &keyBytes, nil)
    if status == MDB_NOTFOUND { return false }
    try check(status, in: keyspace.name)
    return true
  }

  /// Removes a key with its value; false when there was none.
  @discardableResult
  package mutating func remove(
    _ key: NumberKey, in keyspace: Keyspace
  ) throws(PageError) -> Bool {
    try key.lend { (bytes) throws(PageError) -> Bool in try remove(bytes, in: keyspace) }
  }

  /// Removes all entries of a keyspace.
  package mutating func removeAll(in keyspace: Keyspace) throws(PageError) {
    try check(unsafe mdb_drop(open, keyspace.handle, 0), in: keyspace.name)
  }

  /// The value of `key` with the changes so far, or nil; valid until the next change.
  package borrowing func get(
    _ key: LentBytes, in keyspace: Keyspace
  ) throws(PageError) -> LentBytes? {
    try unsafe lookUp(key, in: keyspace, of: open)
  }

  /// The value of `key` with the changes so far, or nil; valid until the next change.
  package borrowing func get(
    _ key: NumberKey, in keyspace: Keyspace
  ) throws(PageError) -> LentBytes? {
    let open = unsafe self.open
    return try key.lend { (bytes) throws(PageError) -> LentBytes? in
      try unsafe lookUp(bytes, in: keyspace, of: open)
    }
  }

  /// A cursor that stands before the first entry; the compiler refuses changes while it is in use.
  @_lifetime(borrow self)
  package borrowing func cursor(in keyspace: Keyspace) throws(PageError) -> Cursor {
    try unsafe Cursor(in: keyspace, of: open, borrowing: self)
  }

  /// How much a keyspace holds with the changes so far.
  package borrowing func statistics(
    of keyspace: Keyspace
  ) throws(PageError) -> KeyspaceStatistics {
    try unsafe KeyspaceStatistics(of: keyspace, in: open)
  }

  private var open: OpaquePointer {
    precondition(pthread_self() == thread)
    guard let handle = unsafe handle else { preconditionFailure() }
    return unsafe handle
  }
}

/// Bytes that this user may still write to the disk of a file.
private func freeByteCount(beside path: String) -> Int {
  var system = statvfs()
  guard unsafe statvfs(path, &system) == 0 else { return .max }
  return Int(system.f_bavail) * Int(system.f_frsize)
}
