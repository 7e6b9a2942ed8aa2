// The parts that a backup is written and checked in: each holds some entries, perhaps compressed,
// and is sealed.
//
//   OFFSET  SIZE  FIELD
//        0     4  byte count b of the body
//        4     4  byte count of the entries, 0...2^30; bit 31 is set in the last chunk
//        8     b  body: the entries, compressed as one zstd frame if the header says so; sealed
//
// The seal of a chunk covers its context: the header of the backup, the chunk's number as u64, and
// its first 8 bytes.
//   - not encrypted: the body ends with 8 bytes more, the XXH3 of the context and the body before
//   - encrypted: the body is the next message of the encrypted stream, with the context as what is
//     authenticated with it; the last has the final tag
//
// So nothing can be changed, moved, left out, or taken from another backup, and the end cannot be
// cut off. Nothing follows the last chunk. Entries do not go from one chunk into the next.

import Bytes
import Compression
import Encryption

/// How chunks are sealed, whichever side.
enum BackupChunk {
  static let headByteCount = 8
  static let checksumByteCount = 8
  /// Entries are gathered until there are so many bytes of them.
  static let contentByteCount = 4 << 20
  static let contentByteCountMax = 1 << 30
  static let lastMark: UInt32 = 1 << 31

  static func context(_ header: [UInt8], number: Int, head: [UInt8]) -> [UInt8] {
    var writer = ByteWriter(capacity: header.count + 16)
    writer.append(header)
    writer.append(UInt64(number))
    writer.append(head)
    return writer.bytes
  }

  static func head(bodyByteCount: Int, contentByteCount: Int, isLast: Bool) -> [UInt8] {
    var writer = ByteWriter(capacity: headByteCount)
    writer.append(UInt32(bodyByteCount))
    writer.append(UInt32(contentByteCount) | (isLast ? lastMark : 0))
    return writer.bytes
  }

  static func checksum(_ body: LentBytes, context: [UInt8]) -> UInt64 {
    let sum = StreamingChecksum()
    context.lend { sum.update($0) }
    sum.update(body)
    return sum.value
  }
}

/// Memory that grows when more is needed, and whose content is then lost.
struct Room {
  private var scratch = Scratch<UInt8>(count: 0)

  /// The memory, with room for at least so many bytes.
  mutating func view(_ byteCount: Int) -> ScratchView<UInt8> {
    if scratch.view.count < byteCount { scratch = Scratch(count: byteCount) }
    return scratch.view
  }
}

/// Compresses and seals chunks.
final class ChunkWriter {
  private let header: [UInt8]
  private let compressor: Compressor?
  private let encryptor: StreamEncryptor?
  private let sink: (LentBytes) throws -> Void
  private var number = 0
  private var compressed = Room()
  private var sealed = Room()
  /// Bytes handed to the sink.
  private(set) var byteCount = 0

  /// Hands the header to the sink at once.
  init(
    _ header: BackupHeader, encryptor: StreamEncryptor?,
    to sink: @escaping (LentBytes) throws -> Void
  ) throws {
    self.header = header.bytes
    self.encryptor = encryptor
    self.sink = sink
    compressor = header.isCompressed ? try Compressor(.zstd) : nil
    try put(self.header)
  }

  /// Writes one chunk of whole entries.
  func write(_ content: LentBytes, isLast: Bool) throws {
    precondition(content.count <= BackupChunk.contentByteCountMax)
    var body = content
    if let compressor {
      let room = compressed.view(compressor.byteCountMax(of: content.count))
      body = room.lent(count: try compressor.compress(content, into: room))
    }
    let overhead =
      encryptor == nil ? BackupChunk.checksumByteCount : EncryptedStream.overheadByteCount
    let head = BackupChunk.head(
      bodyByteCount: body.count + overhead, contentByteCount: content.count, isLast: isLast)
    let context = BackupChunk.context(header, number: number, head: head)
    number += 1
    try put(head)
    if let encryptor {
      let room = sealed.view(body.count + overhead)
      let count = encryptor.encrypt(body, context: context, isLast: isLast, into: room)
      try put(room.lent(count: count))
    } else {
      try put(body)
      var seal = ByteWriter()
      seal.append(BackupChunk.checksum(body, context: context))
      try put(seal.bytes)
    }
  }

  private func put(_ bytes: [UInt8]) throws { try bytes.lend { bytes throws in try put(bytes) } }

  private func put(_ bytes: LentBytes) throws {
    try sink(bytes)
    byteCount += bytes.count
  }
}
