// What read and write transactions share: one value by key, a cursor, statistics.

import Bytes
import CLMDB

/// The value of `key`, lent out of the map or out of a changed page.
func lookUp(
  _ key: LentBytes, in keyspace: Keyspace, of transaction: OpaquePointer
) throws(PageError) -> LentBytes? {
  precondition(key.count > 0 && key.count <= keyByteCountMax)
  var wanted = unsafe key.asValue
  var found = unsafe MDB_val()
  let status = unsafe mdb_get(transaction, keyspace.handle, &wanted, &found)
  if status == MDB_NOTFOUND { return nil }
  try check(status, in: keyspace.name)
  return unsafe found.lent
}

extension MDB_val {
  /// The bytes LMDB points at.
  var lent: LentBytes {
    unsafe LentBytes(UnsafeRawBufferPointer(start: mv_data, count: mv_size))
  }
}

/// How much one keyspace holds.
package struct KeyspaceStatistics: Equatable, Sendable {
  /// Keys with their values.
  package let entryCount: Int
  /// Pages in use, of all kinds.
  package let pageCount: Int
  /// Bytes of these pages.
  package let byteCount: Int
  /// Bytes of one page.
  package let pageByteCount: Int

  init(of keyspace: Keyspace, in transaction: OpaquePointer) throws(PageError) {
    var counts = MDB_stat()
    try check(unsafe mdb_stat(transaction, keyspace.handle, &counts), in: keyspace.name)
    entryCount = counts.ms_entries
    pageCount = counts.ms_branch_pages + counts.ms_leaf_pages + counts.ms_overflow_pages
    pageByteCount = Int(counts.ms_psize)
    byteCount = pageCount * pageByteCount
  }
}
