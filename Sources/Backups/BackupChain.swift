// A backup and those that follow it, read side by side: every value of the last of them.

import Bytes
package import Encryption
package import Pages

/// A backup that holds everything, and then any number of which each follows the one before.
package final class BackupChain {
  private static let transactionByteCountMax = 64 << 20

  private let readers: [BackupReader]

  /// Opens the backups, the oldest first.
  package init(_ paths: [String], key: EncryptionKey?) throws(BackupError) {
    precondition(!paths.isEmpty)
    var readers: [BackupReader] = []
    for path in paths {
      let reader = try BackupReader(path, key: key)
      if let before = readers.last {
        guard reader.header.follows == before.header.number else {
          throw BackupError(.doesNotFollow, in: path)
        }
      } else if reader.header.isIncrement {
        throw BackupError(.incomplete, in: path)
      }
      readers.append(reader)
    }
    self.readers = readers
  }

  /// Writes what the last backup holds to an empty file whose keyspaces are open; `progress` gets
  /// the bytes that were read of all backups.
  ///
  /// Every byte of every backup is checked. Throws `BackupError` or `PageError`; what was written
  /// until then is of no use.
  package func write(
    to environment: Environment, progress: ((Int) -> Void)? = nil
  ) throws -> BackupSummary {
    guard let newest = readers.last else { preconditionFailure() }
    var summary = BackupSummary(header: newest.header)
    var isDone = false
    while !isDone {
      var transaction = try environment.beginWriting()
      var pendingByteCount = 0
      while pendingByteCount < Self.transactionByteCountMax {
        guard try newest.next(), let name = newest.keyspace, let entry = newest.entry else {
          isDone = true
          break
        }
        let value = try entry.value ?? self.value(of: entry, in: name, below: readers.count - 1)
        guard let keyspace = environment.keyspaces.first(where: { Array($0.name.utf8) == name })
        else { throw BackupError(.otherFormat, in: newest.path) }
        try transaction.append(value, for: entry.key, in: keyspace)
        summary.valueCount += 1
        summary.writtenByteCount += value.count
        pendingByteCount += value.count + entry.key.count
      }
      try transaction.commit()
      progress?(readers.reduce(0) { $0 + $1.byteCount })
    }
    for reader in readers { try reader.drain() }
    summary.writtenCount = summary.valueCount
    summary.byteCount = readers.reduce(0) { $0 + $1.byteCount }
    return summary
  }

  /// The value that a backup says to be in an earlier one.
  private func value(
    of wanted: BackupEntry, in keyspace: [UInt8], below position: Int
  ) throws(BackupError) -> LentBytes {
    guard position > 0 else { throw BackupError(.damaged, in: readers[0].path) }
    let reader = readers[position - 1]
    try reader.seek(wanted.key, of: keyspace)
    guard let entry = reader.entry, reader.keyspace == keyspace,
      entry.key.isEqual(to: wanted.key), entry.isSame(as: wanted)
    else { throw BackupError(.damaged, in: reader.path) }
    if let value = entry.value { return value }
    return try value(of: wanted, in: keyspace, below: position - 1)
  }
}
