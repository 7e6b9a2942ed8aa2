// Writes one snapshot of a file as a backup, while readers and writers go on.
//
// With an earlier backup it writes only values that the earlier one does not have, and of all
// others that they are as they were. It goes through both in the order of keyspaces and keys.

package import Bytes
package import Encryption
package import Pages

/// What a backup or a restoring did.
package struct BackupSummary: Equatable, Sendable {
  /// Values in the snapshot.
  package var valueCount = 0
  /// Values that were written, and their bytes.
  package var writtenCount = 0
  package var writtenByteCount = 0
  /// Bytes of the backup.
  package var byteCount = 0
  package var header: BackupHeader
}

/// How a backup is written.
package struct BackupWriter {
  private let environment: Environment
  private let isCompressed: Bool
  private let key: EncryptionKey?
  private let earlier: BackupReader?

  /// `earlier` is a backup of an earlier commit, not read from yet.
  package init(
    of environment: Environment, isCompressed: Bool, key: EncryptionKey?,
    since earlier: BackupReader?
  ) {
    self.environment = environment
    self.isCompressed = isCompressed
    self.key = key
    self.earlier = earlier
  }

  /// Writes the last commit; `progress` gets the bytes of values that were gone through, and those
  /// that there are.
  ///
  /// Throws `PageError`, `BackupError` of the earlier backup, or what `sink` throws.
  package func write(
    to sink: @escaping (LentBytes) throws -> Void, progress: ((Int, Int) -> Void)? = nil
  ) throws -> BackupSummary {
    let transaction = try environment.beginReading()
    let encryptor = key.map { StreamEncryptor($0) }
    let header = BackupHeader(
      isCompressed: isCompressed, follows: earlier?.header.number ?? BackupHeader.noNumber,
      commit: transaction.id,
      encryption: key.flatMap { key in encryptor.map { (key.mark, $0.beginning) } })
    let chunks = try ChunkWriter(header, encryptor: encryptor, to: sink)
    var summary = BackupSummary(header: header)
    var entries = EntryBuffer()
    let keyspaces = environment.keyspaces.sorted { Array($0.name.utf8).precedes($1.name.utf8) }
    let total = try keyspaces.reduce(0) { try $0 + transaction.statistics(of: $1).byteCount }
    var done = 0
    for keyspace in keyspaces {
      let name = Array(keyspace.name.utf8)
      name.lend {
        entries.append(
          BackupEntry.kindOfKeyspace, key: $0, value: .empty, byteCount: 0, checksum: 0)
      }
      var cursor = try transaction.cursor(in: keyspace)
      while try cursor.next() {
        let (key, value) = (cursor.key, cursor.value)
        let entry = BackupEntry(
          key: key, value: value, byteCount: value.count, checksum: checksum(value))
        let isKept = try earlier?.has(entry, in: name) ?? false
        entries.append(
          isKept ? BackupEntry.kindOfKept : BackupEntry.kindOfValue, key: key,
          value: isKept ? .empty : value, byteCount: entry.byteCount, checksum: entry.checksum)
        summary.valueCount += 1
        summary.writtenCount += isKept ? 0 : 1
        summary.writtenByteCount += isKept ? 0 : value.count
        done += value.count
        guard entries.isFull else { continue }
        try chunks.write(entries.bytes, isLast: false)
        entries.removeAll()
        progress?(min(done, total), total)
      }
    }
    try earlier?.drain()
    try chunks.write(entries.bytes, isLast: true)
    summary.byteCount = chunks.byteCount
    return summary
  }
}

extension BackupReader {
  /// Whether the backup, or one that it follows, has an entry's value; asked in rising order.
  fileprivate func has(_ wanted: BackupEntry, in keyspace: [UInt8]) throws(BackupError) -> Bool {
    try seek(wanted.key, of: keyspace)
    guard let entry, self.keyspace == keyspace else { return false }
    return entry.key.isEqual(to: wanted.key) && entry.isSame(as: wanted)
  }
}

extension [UInt8] {
  fileprivate func precedes(_ other: String.UTF8View) -> Bool { lexicographicallyPrecedes(other) }
}
