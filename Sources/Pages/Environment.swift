// The open file: one LMDB environment, its keyspaces, and the rules that keep it safe.
//
// Invariants:
//   - a process opens a file once; a second opening throws `alreadyOpen`
//   - the map is 1 TiB, or 16 TiB for files over 100 GB, or half, quarter and so on of that where
//     the process may not map so much; set at open and never changed
//   - every commit is synced; the map is read-only; memory of changed pages is initialised
//   - readers are not tied to threads; there are 1,024 slots; slots of dead processes are freed at
//     open
//   - the file's length is checked before it is mapped, and network file systems are refused
//   - a file that holds something and lacks a keyspace is refused and stays as it is, and no lock
//     file is made beside it

import Bytes
import CLMDB
import Glibc
import Synchronization

/// The open file; closed when the last transaction and the last reference are gone.
@safe package final class Environment: @unchecked Sendable {
  /// What an opening may do.
  package enum Access: Equatable, Sendable {
    case readOnly
    case readWrite
  }

  /// Readers at one time, in all processes together.
  package static let readerCountMax = 1_024
  private static let mapByteCountUsual = 1 << 40
  private static let mapByteCountLarge = 1 << 44
  private static let mapByteCountMin = 1 << 30
  private static let fileByteCountLarge = 100_000_000_000

  /// Where the file is.
  package let path: String
  /// What this opening may do.
  package let access: Access
  /// The keyspaces that were named at open, in that order.
  package let keyspaces: [Keyspace]
  let handle: OpaquePointer
  /// The thread that holds the write transaction, or 0.
  let writer = Atomic<UInt>(0)
  private let identity: FileIdentity

  /// Opens the file at `path` and its keyspaces; with `create` the file is made, and the keyspaces
  /// in a file that holds nothing.
  ///
  /// Throws `fileMissing`, `alreadyOpen`, `notAFile`, `foreignFile`, `versionMismatch`,
  /// `fileTooShort`,
  /// `networkFileSystem`, `permissionDenied`, `keyspaceMissing`, `corrupted` or `outOfMemory`.
  package init(
    path: String, access: Access, create: Bool = false, keyspaces names: [String],
    mapByteCount: Int? = nil
  ) throws(PageError) {
    precondition(!create || access == .readWrite)
    let file = try EnvironmentFile(path: path, access: access, isCreating: create)
    guard noteOpen(file.identity) else { throw PageError(.alreadyOpen, in: path) }
    let usual =
      file.byteCount > Environment.fileByteCountLarge
      ? Environment.mapByteCountLarge : Environment.mapByteCountUsual
    do throws(PageError) {
      if file.byteCount > 0, unsafe Glibc.access(path + "-lock", F_OK) != 0 {
        try Environment.lookInside(path, create, file.byteCount, mapByteCount ?? usual, names)
      }
      let flags = access == .readOnly ? MDB_RDONLY : 0
      let opened = try unsafe Environment.openFitting(
        path, flags, mapByteCount: mapByteCount ?? usual, byteCountMin: 2 * file.byteCount,
        keyspaceCount: names.count)
      do throws(PageError) {
        if file.byteCount == 0 { try syncFolder(of: path) }
        keyspaces = try unsafe Environment.openKeyspaces(names, create, of: opened)
      } catch {
        unsafe mdb_env_close(opened)
        throw error
      }
      unsafe handle = unsafe opened
    } catch {
      noteClosed(file.identity)
      throw error
    }
    self.path = path
    self.access = access
    self.identity = file.identity
  }

  deinit {
    noteClosed(identity) { unsafe mdb_env_close(handle) }
  }

  /// A snapshot of the last commit.
  ///
  /// Throws `readersFull`.
  package func beginReading() throws(PageError) -> ReadTransaction { try ReadTransaction(self) }

  /// The one change; waits while another is in progress.
  package func beginWriting() throws(PageError) -> WriteTransaction { try WriteTransaction(self) }

  /// The keyspace that was opened under a name.
  package func keyspace(_ name: String) -> Keyspace {
    guard let found = keyspaces.first(where: { $0.name == name }) else { preconditionFailure() }
    return found
  }

  /// Traps when the thread would wait for itself.
  func claimWriting(by thread: UInt) {
    precondition(writer.load(ordering: .relaxed) != thread)
  }

  /// Looks for the keyspaces without making a lock file; nobody has a file open that has none.
  private static func lookInside(
    _ path: String, _ create: Bool, _ byteCount: Int, _ mapByteCount: Int, _ names: [String]
  ) throws(PageError) {
    let opened = try unsafe openFitting(
      path, MDB_RDONLY | MDB_NOLOCK, mapByteCount: mapByteCount, byteCountMin: 2 * byteCount,
      keyspaceCount: names.count)
    defer { unsafe mdb_env_close(opened) }
    do throws(PageError) {
      _ = try unsafe openKeyspaces(names, UInt32(MDB_RDONLY), 0, of: opened)
    } catch {
      guard error.code == .keyspaceMissing, create, try unsafe isEmpty(opened) else { throw error }
    }
  }

  /// Opens with the greatest map that the process may have, which a limit on its addresses bounds.
  private static func openFitting(
    _ path: String, _ flags: Int32, mapByteCount: Int, byteCountMin: Int, keyspaceCount: Int
  ) throws(PageError) -> OpaquePointer {
    do throws(PageError) {
      return try unsafe open(
        path, flags, mapByteCount: mapByteCount, keyspaceCount: keyspaceCount)
    } catch {
      // What cannot be mapped for its length is refused with one or the other.
      guard error.systemError == ENOMEM || error.systemError == EINVAL,
        mapByteCount / 2 >= max(byteCountMin, mapByteCountMin)
      else { throw error }
      return try unsafe openFitting(
        path, flags, mapByteCount: mapByteCount / 2, byteCountMin: byteCountMin,
        keyspaceCount: keyspaceCount)
    }
  }

  private static func open(
    _ path: String, _ flags: Int32, mapByteCount: Int, keyspaceCount: Int
  ) throws(PageError) -> OpaquePointer {
    var created: OpaquePointer?
    try check(unsafe mdb_env_create(&created), in: path)
    guard let environment = unsafe created else { throw PageError(.outOfMemory, in: path) }
    do throws(PageError) {
      try check(unsafe mdb_env_set_mapsize(environment, mapByteCount), in: path)
      try check(unsafe mdb_env_set_maxreaders(environment, UInt32(readerCountMax)), in: path)
      try check(unsafe mdb_env_set_maxdbs(environment, UInt32(max(1, keyspaceCount))), in: path)
      let all = MDB_NOSUBDIR | MDB_NOTLS | MDB_NORDAHEAD | flags
      try check(unsafe mdb_env_open(environment, path, UInt32(all), 0o600), in: path)
      var deadCount: Int32 = 0
      try check(unsafe mdb_reader_check(environment, &deadCount), in: path)
    } catch {
      unsafe mdb_env_close(environment)
      throw error
    }
    return unsafe environment
  }

  /// Opens the keyspaces in a snapshot or, with `create` in a file that holds nothing, makes them
  /// in
  /// a commit.
  private static func openKeyspaces(
    _ names: [String], _ create: Bool, of environment: OpaquePointer
  ) throws(PageError) -> [Keyspace] {
    do throws(PageError) {
      return try unsafe openKeyspaces(names, UInt32(MDB_RDONLY), 0, of: environment)
    } catch {
      guard error.code == .keyspaceMissing, create, try unsafe isEmpty(environment) else {
        throw error
      }
      return try unsafe openKeyspaces(names, 0, UInt32(MDB_CREATE), of: environment)
    }
  }

  /// Whether the last commit holds no keyspace and no value.
  private static func isEmpty(_ environment: OpaquePointer) throws(PageError) -> Bool {
    var statistics = MDB_stat()
    try check(unsafe mdb_env_stat(environment, &statistics), in: "")
    return statistics.ms_entries == 0
  }

  private static func openKeyspaces(
    _ names: [String], _ transactionFlags: UInt32, _ keyspaceFlags: UInt32,
    of environment: OpaquePointer
  ) throws(PageError) -> [Keyspace] {
    var begun: OpaquePointer?
    try check(unsafe mdb_txn_begin(environment, nil, transactionFlags, &begun), in: "")
    guard let transaction = unsafe begun else { throw PageError(.other) }
    var keyspaces: [Keyspace] = []
    for name in names {
      var handle: MDB_dbi = 0
      let status = unsafe mdb_dbi_open(transaction, name, keyspaceFlags, &handle)
      if status != MDB_SUCCESS {
        unsafe mdb_txn_abort(transaction)
        throw PageError(status: status, in: name)
      }
      keyspaces.append(Keyspace(name: name, handle: handle))
    }
    try check(unsafe mdb_txn_commit(transaction), in: "")
    return keyspaces
  }
}
