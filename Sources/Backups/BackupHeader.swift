// The first bytes of a backup: which it is, which it follows, and how it is written.
//
//   OFFSET  SIZE  FIELD
//        0     8  magic: "HEARTHBK"
//        8     4  format version: 1
//       12     1  compression: 0 none, 1 zstd
//       13     1  encryption: 0 none, 1 XChaCha20-Poly1305
//       14     2  zero
//       16    16  number of this backup, drawn at random
//       32    16  number of the backup that it follows; zero if it holds everything
//       48     8  seconds since 1970 when it was begun
//       56     8  number of the commit that it holds
//       64    16  mark of the key: BLAKE2b of it in 16 bytes; zero if not encrypted
//       80    24  beginning of the encrypted stream; zero if not encrypted
//      104     8  XXH3 of everything before
//
// All integers are little-endian. The chunks follow at byte 112, see BackupChunk.swift. Every chunk
// is sealed together with this header.

import Bytes
import Encryption

/// What a backup says of itself.
package struct BackupHeader: Equatable, Sendable {
  package static let byteCount = 112
  private static let magic = Array("HEARTHBK".utf8)
  private static let version: UInt32 = 1
  /// Of a backup that follows none.
  static let noNumber = [UInt8](repeating: 0, count: 16)

  package var isCompressed: Bool
  package var number: [UInt8]
  package var follows: [UInt8]
  package var seconds: Int64
  package var commit: UInt64
  /// The mark of the key and the beginning of the stream; nil for one that is not encrypted.
  var encryption: (mark: [UInt8], beginning: [UInt8])?

  package var isEncrypted: Bool { encryption != nil }
  package var isIncrement: Bool { follows != Self.noNumber }

  package static func == (left: BackupHeader, right: BackupHeader) -> Bool {
    left.bytes == right.bytes
  }

  /// A new backup, begun now, with a number of its own.
  init(
    isCompressed: Bool, follows: [UInt8], commit: Int,
    encryption: (mark: [UInt8], beginning: [UInt8])?
  ) {
    self.isCompressed = isCompressed
    number = (0..<16).map { _ in UInt8.random(in: 0...255) }
    self.follows = follows
    seconds = secondsSince1970()
    self.commit = UInt64(commit)
    self.encryption = encryption
  }

  var bytes: [UInt8] {
    var writer = ByteWriter(capacity: Self.byteCount)
    writer.append(Self.magic)
    writer.append(Self.version)
    writer.append(UInt8(isCompressed ? 1 : 0))
    writer.append(UInt8(isEncrypted ? 1 : 0))
    writer.append(UInt16(0))
    writer.append(number)
    writer.append(follows)
    writer.append(seconds)
    writer.append(commit)
    writer.append(encryption?.mark ?? [UInt8](repeating: 0, count: EncryptionKey.markByteCount))
    writer.append(
      encryption?.beginning ?? [UInt8](repeating: 0, count: EncryptedStream.beginningByteCount))
    writer.append(checksum(writer.bytes))
    return writer.bytes
  }

  /// Reads a header; `path` names the file in what is thrown.
  init(reading bytes: [UInt8], of path: String) throws(BackupError) {
    guard bytes.starts(with: Self.magic) else { throw BackupError(.notBackup, in: path) }
    guard bytes.count == Self.byteCount else { throw BackupError(.cut, in: path) }
    let number = { (offset: Int, count: Int) in Array(bytes[offset..<offset + count]) }
    let load = { (offset: Int) in bytes.lend { $0.load(offset, as: UInt64.self) } }
    let version = bytes.lend { $0.load(8, as: UInt32.self) }
    guard version == Self.version else { throw BackupError(.otherFormat, in: path) }
    guard checksum(Array(bytes.prefix(104))) == load(104), bytes[12] <= 1, bytes[13] <= 1 else {
      throw BackupError(.damaged, in: path)
    }
    isCompressed = bytes[12] == 1
    self.number = number(16, 16)
    follows = number(32, 16)
    seconds = Int64(bitPattern: load(48))
    commit = load(56)
    if bytes[13] == 1 { encryption = (number(64, 16), number(80, 24)) }
    guard self.bytes == bytes else { throw BackupError(.damaged, in: path) }
  }
}
