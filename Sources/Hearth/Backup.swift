// Backups of a registry: written beside readers and writers, and made registries again.

import Backups
import Bytes
import Encryption
import Glibc
import Pages
public import Store

/// The key of encrypted backups: 32 bytes out of a source of random numbers.
public struct BackupKey: Equatable, Sendable {
  /// Bytes of a key.
  public static let byteCount = EncryptionKey.byteCount

  let key: EncryptionKey

  /// A key out of its 32 bytes; nil for any other count.
  public init?(_ bytes: [UInt8]) {
    guard let key = EncryptionKey(bytes) else { return nil }
    self.key = key
  }
}

/// How a backup is written.
public struct BackupOptions: Sendable {
  /// Whether values are compressed.
  public var isCompressed = false
  /// What it is encrypted with; it is not without.
  public var key: BackupKey?
  /// An earlier backup: then only what it does not hold is written, and restoring needs both.
  ///
  /// It is read and checked whole, with the same key.
  public var since: String?

  /// Everything, as it is.
  public init() {}
}

/// What a backup holds, or what was restored.
public struct BackupReport: Equatable, Sendable {
  /// The commit of the registry that it is.
  public let commit: Int
  /// Seconds since 1970 when the backup was begun.
  public let seconds: Int64
  /// Values of the registry at that commit.
  public let values: Int
  /// Values that were written, and their bytes.
  public let writtenValues: Int
  /// Bytes of the values that were written.
  public let writtenBytes: Int
  /// Bytes of the backup, or of all that were read.
  public let bytes: Int

  init(_ summary: BackupSummary) {
    commit = Int(summary.header.commit)
    seconds = summary.header.seconds
    values = summary.valueCount
    writtenValues = summary.writtenCount
    writtenBytes = summary.writtenByteCount
    bytes = summary.byteCount
  }
}

extension Database {
  /// Writes the last commit to a new file, while readers and writers go on.
  ///
  /// The file appears under its name once it is whole and durable; `-` is the standard output. A
  /// snapshot is held meanwhile. `progress` gets the bytes that were gone through, and about how
  /// many there are. Throws `ExportError` where the file cannot be written or exists, `StoreError`,
  /// and `BackupError` for the earlier backup.
  @discardableResult
  public func backUp(
    to path: String, options: BackupOptions = BackupOptions(),
    progress: ((Int, Int) -> Void)? = nil
  ) throws -> BackupReport {
    let earlier = try options.since.map { try BackupReader($0, key: options.key?.key) }
    let writer = BackupWriter(
      of: registry.environment, isCompressed: options.isCompressed, key: options.key?.key,
      since: earlier)
    let file = try OutputFile(path, replaces: false)
    let summary = try writer.write(to: { try file.write($0) }, progress: progress)
    try file.finish()
    return BackupReport(summary)
  }

  /// Makes a registry out of a backup, or of one that holds everything and those that follow it,
  /// the oldest first.
  ///
  /// The registry is written beside its place, every byte of the backups is checked, then every
  /// promise of the registry; only then it appears under its name, durable. An unsound one, which
  /// was damaged already when it was backed up, is given up unless `keepsUnsound`. `progress` gets
  /// the bytes that were read, and how many there are. Throws `BackupError`, `ExportError` where
  /// the file cannot be written or exists, and `StoreError`.
  public static func restore(
    _ backups: [String], to path: String, key: BackupKey? = nil, keepsUnsound: Bool = false,
    progress: ((Int) -> Void)? = nil
  ) throws -> (report: BackupReport, verification: VerificationReport) {
    precondition(!backups.isEmpty)
    let file = try OutputFile(path, replaces: false)
    guard let partialPath = file.partialPath else {
      throw StoreError.page(PageError(.notAFile, in: path))
    }
    defer { removeLock(of: partialPath) }
    let chain = try BackupChain(backups, key: key?.key)
    let summary = try write(chain, to: partialPath, progress)
    let verification = try Database.verify(at: partialPath)
    guard verification.isSound || keepsUnsound else { throw BackupError(.unsound, in: path) }
    removeLock(of: partialPath)
    try file.finish()
    return (BackupReport(summary), verification)
  }

  /// Closes the file before it returns.
  private static func write(
    _ chain: BackupChain, to path: String, _ progress: ((Int) -> Void)?
  ) throws -> BackupSummary {
    let environment = try Environment(
      path: path, access: .readWrite, create: true, keyspaces: Keyspaces.names)
    return try chain.write(to: environment, progress: progress)
  }
}

/// Removes LMDB's lock file of a registry that no process has open.
func removeLock(of path: String) { unsafe unlink(path + "-lock") }
