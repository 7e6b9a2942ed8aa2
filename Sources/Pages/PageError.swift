// Why the file could not be opened, read or changed.

import CLMDB
import Glibc

/// Why the file of a registry could not be opened, read or changed: a code, the keyspace or path,
/// and the operating system's error number when there is one.
public struct PageError: Error, Equatable, Sendable {
  /// The kinds of refusal.
  public enum Code: String, Equatable, Sendable {
    /// There is no file at the path, and it was not to be created.
    case fileMissing
    /// This process has the file open already.
    case alreadyOpen
    /// The path is no file, but a directory, a device or a pipe.
    case notAFile
    /// The file was not written by LMDB.
    case foreignFile
    /// The file, its lock or its library are of another version or page size.
    case versionMismatch
    /// The file ends before its last page.
    case fileTooShort
    /// The file lies on a network file system.
    case networkFileSystem
    /// The file or its folder may not be read or written by this user.
    case permissionDenied
    /// A keyspace is missing in a file that holds something.
    case keyspaceMissing
    /// The disk or the user's share of it is full. The last commit is intact.
    case diskFull
    /// The map is full: the file reached its size limit. The last commit is intact.
    case mapFull
    /// All reader slots are taken.
    case readersFull
    /// One transaction changed more pages than LMDB can keep.
    case transactionFull
    /// Page headers or the tree contradict themselves.
    case corrupted
    /// Another process or thread is in the way; trying again can succeed.
    case busy
    /// Memory or address space is exhausted.
    case outOfMemory
    /// The disk failed to read or write.
    case inputOutput
    /// A file that was to be made new exists already.
    case fileExists
    /// Anything else; `systemError` says what.
    case other
  }

  /// The kind of refusal.
  public var code: Code
  /// The keyspace or the path concerned; may be empty.
  public var place: String
  /// The number that the operating system or LMDB gave, or 0.
  public var systemError: Int32

  /// Names a refusal.
  public init(_ code: Code, in place: String = "", systemError: Int32 = 0) {
    self.code = code
    self.place = place
    self.systemError = systemError
  }

  /// Names the refusal behind a status of LMDB or an `errno`.
  init(status: Int32, in place: String) {
    self.init(PageError.code(of: status), in: place, systemError: status)
  }

  private static func code(of status: Int32) -> Code {
    switch status {
    case ENOENT: .fileMissing
    case EACCES, EPERM, EROFS: .permissionDenied
    case EISDIR, ENOTDIR, ENXIO: .notAFile
    case ENOSPC, EDQUOT, EFBIG: .diskFull
    case ENOMEM: .outOfMemory
    case EIO: .inputOutput
    case EEXIST: .fileExists
    case EBUSY, EAGAIN: .busy
    case MDB_MAP_FULL: .mapFull
    case MDB_READERS_FULL: .readersFull
    case MDB_TXN_FULL: .transactionFull
    case MDB_NOTFOUND: .keyspaceMissing
    case MDB_INVALID: .foreignFile
    case MDB_VERSION_MISMATCH, MDB_INCOMPATIBLE: .versionMismatch
    case MDB_CORRUPTED, MDB_PAGE_NOTFOUND, MDB_PANIC, MDB_PAGE_FULL, MDB_CURSOR_FULL: .corrupted
    default: .other
    }
  }
}

/// Throws unless `status` is success.
func check(_ status: Int32, in place: String) throws(PageError) {
  guard status == MDB_SUCCESS else { throw PageError(status: status, in: place) }
}
