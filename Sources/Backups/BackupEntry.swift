// One entry of a backup: a value of the registry under its key, or that it is as it was.
//
//   OFFSET  SIZE  FIELD
//        0     1  kind: 0 a keyspace begins, 1 a value, 2 a value that is in the backup which this
//                 one follows
//        1     1  zero
//        2     2  byte count k of the key
//        4     4  byte count v of the value; 0 for kind 0
//        8     8  XXH3 of the value; 0 for kind 0
//       16     k  key; of kind 0 the name of the keyspace
//   16 + k     v  kind 1: the value
//
// Keyspaces come in order of their names, all of them, empty ones too; values in order of their
// keys. So a backup tells every key of its commit, and which bytes it had.

import Bytes

/// One value of a registry, as a backup has it.
struct BackupEntry {
  static let headByteCount = 16
  static let kindOfKeyspace: UInt8 = 0
  static let kindOfValue: UInt8 = 1
  static let kindOfKept: UInt8 = 2

  /// Lent until the reader goes on.
  let key: LentBytes
  /// Nil when it is in the backup that this one follows.
  let value: LentBytes?
  let byteCount: Int
  let checksum: UInt64

  /// Whether another entry has the same value.
  func isSame(as other: BackupEntry) -> Bool {
    byteCount == other.byteCount && checksum == other.checksum
  }
}

/// Gathers entries to chunks.
struct EntryBuffer {
  private var room = Scratch<UInt8>(count: 1 << 16)
  private(set) var count = 0

  var bytes: LentBytes { room.view.lent(count: count) }

  var isFull: Bool { count >= BackupChunk.contentByteCount }

  mutating func removeAll() { count = 0 }

  mutating func append(
    _ kind: UInt8, key: LentBytes, value: LentBytes, byteCount: Int, checksum: UInt64
  ) {
    reserve(BackupEntry.headByteCount + key.count + value.count)
    var head = ByteWriter(capacity: BackupEntry.headByteCount)
    head.append(kind)
    head.append(UInt8(0))
    head.append(UInt16(key.count))
    head.append(UInt32(byteCount))
    head.append(checksum)
    count = head.bytes.lend { room.view.write($0, at: count) }
    count = room.view.write(key, at: count)
    count = room.view.write(value, at: count)
  }

  private mutating func reserve(_ more: Int) {
    guard count + more > room.view.count else { return }
    let larger = Scratch<UInt8>(count: 2 * (count + more))
    _ = larger.view.write(bytes, at: 0)
    room = larger
  }
}
