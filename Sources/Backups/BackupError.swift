// Why a backup cannot be read, followed or restored.

import Bytes

/// Why a backup cannot be read, followed or restored: a code, the file, and the chunk in it.
public struct BackupError: Error, Equatable, Sendable {
  /// The kinds of refusal.
  public enum Code: String, Equatable, Sendable {
    /// The file cannot be opened or read; `systemError` says why.
    case unreadable
    /// The file is no backup.
    case notBackup
    /// A later version of the format wrote it.
    case otherFormat
    /// It is encrypted and no key was given.
    case keyNeeded
    /// It was encrypted with another key.
    case keyWrong
    /// A key was given and it is not encrypted, so nothing says that it comes from its owner.
    case notEncrypted
    /// The file ends early.
    case cut
    /// Bytes were changed, moved, left out or added.
    case damaged
    /// It holds what changed since another backup, which must be given before it.
    case incomplete
    /// It does not hold what changed since the one that was given before it.
    case doesNotFollow
    /// What was restored breaks promises of the file format: the registry was damaged already when
    /// it was backed up.
    case unsound
    /// Memory is exhausted.
    case outOfMemory
  }

  /// The kind of refusal.
  public var code: Code
  /// The backup, or what was restored from it.
  public var path: String
  /// Which part of the file, counted from 0; 0 where none is concerned.
  public var chunk: Int
  /// The system's number for the error, as in `errno.h`, or 0.
  public var systemError: Int32

  /// Names a refusal.
  public init(_ code: Code, in path: String, chunk: Int = 0, systemError: Int32 = 0) {
    self.code = code
    self.path = path
    self.chunk = chunk
    self.systemError = systemError
  }
}
