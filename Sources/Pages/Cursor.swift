// A position in one keyspace, moving in key order.
//
// Invariants:
//   - a cursor never outlives its transaction: it borrows it, and the compiler checks
//   - `key` and `value` are read only after a move that returned true, and are valid until the
//     transaction ends (reading) or the next change (writing)

package import Bytes
import CLMDB

/// A position in one keyspace, moving in key order.
@safe package struct Cursor: ~Copyable, ~Escapable {
  private let handle: OpaquePointer
  private let keyspace: Keyspace
  private var isPlaced = false
  private var foundKey = unsafe MDB_val()
  private var foundValue = unsafe MDB_val()

  @_lifetime(borrow owner)
  init<Owner: ~Copyable>(
    in keyspace: Keyspace, of transaction: OpaquePointer, borrowing owner: borrowing Owner
  ) throws(PageError) {
    var opened: OpaquePointer?
    try check(
      unsafe mdb_cursor_open(transaction, keyspace.handle, &opened), in: keyspace.name)
    guard let opened = unsafe opened else { throw PageError(.other, in: keyspace.name) }
    unsafe self.handle = unsafe opened
    self.keyspace = keyspace
  }

  deinit { unsafe mdb_cursor_close(handle) }

  /// Moves to the next entry, to the first when it was nowhere; false at the end.
  package mutating func next() throws(PageError) -> Bool { try move(MDB_NEXT) }

  /// Moves to the last entry; false when there is none.
  package mutating func last() throws(PageError) -> Bool { try move(MDB_LAST) }

  /// Moves to the entry before, to the last when it was nowhere; false at the beginning.
  package mutating func previous() throws(PageError) -> Bool { try move(MDB_PREV) }

  /// Moves to the first entry whose key is not less than `key`; false when there is none.
  package mutating func seek(notBefore key: LentBytes) throws(PageError) -> Bool {
    if key.count == 0 { return try move(MDB_FIRST) }
    precondition(key.count <= keyByteCountMax)
    unsafe foundKey = key.asValue
    return try move(MDB_SET_RANGE)
  }

  /// Moves to the first entry whose key is not less than `number`; false when there is none.
  package mutating func seek(notBefore number: NumberKey) throws(PageError) -> Bool {
    var (key, value) = unsafe (MDB_val(), MDB_val())
    let status = unsafe seekNumber(number, by: handle, &key, &value)
    unsafe (foundKey, foundValue) = unsafe (key, value)
    return try settle(status)
  }

  /// The key at this position.
  package var key: LentBytes {
    precondition(isPlaced)
    return unsafe foundKey.lent
  }

  /// The value at this position.
  package var value: LentBytes {
    precondition(isPlaced)
    return unsafe foundValue.lent
  }

  private mutating func move(_ operation: MDB_cursor_op) throws(PageError) -> Bool {
    var (key, value) = unsafe (foundKey, foundValue)
    let status = unsafe mdb_cursor_get(handle, &key, &value, operation)
    unsafe (foundKey, foundValue) = unsafe (key, value)
    return try settle(status)
  }

  private mutating func settle(_ status: Int32) throws(PageError) -> Bool {
    isPlaced = status == MDB_SUCCESS
    if status == MDB_NOTFOUND { return false }
    try check(status, in: keyspace.name)
    return true
  }
}

/// Moves a cursor to the first entry whose key is not less than `key`.
private func seekNumber(
  _ key: NumberKey, by handle: OpaquePointer, _ foundKey: inout MDB_val, _ foundValue: inout MDB_val
) -> Int32 {
  var bytes = key.combined.bigEndian
  return unsafe withUnsafeMutableBytes(of: &bytes) { buffer in
    unsafe foundKey = unsafe MDB_val(mv_size: buffer.count, mv_data: buffer.baseAddress)
    return unsafe mdb_cursor_get(handle, &foundKey, &foundValue, MDB_SET_RANGE)
  }
}
