// Reads a backup from front to back; nothing is handed on before its chunk's seal was checked.

import Bytes
import Compression
package import Encryption
import Glibc

/// Reads one backup; used by one thread.
@safe package final class BackupReader {
  package let header: BackupHeader
  let path: String
  private let descriptor: Int32
  private let headerBytes: [UInt8]
  private let decryptor: StreamDecryptor?
  private var chunk = -1
  private var isLastChunk = false
  private var stored = Room()
  private var opened = Room()
  private var decompressed = Room()
  private var content = LentBytes.empty
  private var offset = 0
  /// The keyspace of the entry that `next` gave last; nil before the first and after the last.
  private(set) var keyspace: [UInt8]?
  private(set) var entry: BackupEntry?
  /// Bytes of the file that were read.
  private(set) var byteCount = 0

  /// Opens a backup and reads its header.
  package init(_ path: String, key: EncryptionKey?) throws(BackupError) {
    self.path = path
    descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw BackupError(.unreadable, in: path, systemError: errno)
    }
    do throws(BackupError) {
      let room = Scratch<UInt8>(count: BackupHeader.byteCount)
      defer { withExtendedLifetime(room) {} }
      headerBytes = room.view.lent(count: try fill(descriptor, path, room.view)).copied
      header = try BackupHeader(reading: headerBytes, of: path)
      decryptor = try Self.decryptor(header, key, path)
    } catch {
      close(descriptor)
      throw error
    }
    byteCount = BackupHeader.byteCount
  }

  deinit { close(descriptor) }

  private static func decryptor(
    _ header: BackupHeader, _ key: EncryptionKey?, _ path: String
  ) throws(BackupError) -> StreamDecryptor? {
    guard let (mark, beginning) = header.encryption else {
      guard key == nil else { throw BackupError(.notEncrypted, in: path) }
      return nil
    }
    guard let key else { throw BackupError(.keyNeeded, in: path) }
    guard key.mark == mark else { throw BackupError(.keyWrong, in: path) }
    guard let decryptor = StreamDecryptor(key, beginning: beginning) else {
      throw BackupError(.damaged, in: path)
    }
    return decryptor
  }

  /// Goes to the next entry, which is lent until the next call; nil after the last of a backup
  /// that was read whole.
  @discardableResult
  package func next() throws(BackupError) -> Bool {
    while true {
      while offset == content.count {
        guard !isLastChunk else {
          (keyspace, entry) = (nil, nil)
          return false
        }
        try readChunk()
      }
      if try parse() { return true }
    }
  }

  /// Goes on to the end, so that every byte is checked.
  package func drain() throws(BackupError) { while try next() {} }

  /// Goes to the first entry that does not lie before a key of a keyspace.
  func seek(_ key: LentBytes, of keyspace: [UInt8]) throws(BackupError) {
    if chunk < 0 { try next() }
    while let entry, let own = self.keyspace {
      let isBefore =
        own == keyspace ? entry.key.precedes(key) : own.lexicographicallyPrecedes(keyspace)
      guard isBefore else { return }
      try next()
    }
  }

  /// Reads one entry; false for one that begins a keyspace.
  private func parse() throws(BackupError) -> Bool {
    let head = BackupEntry.headByteCount
    guard content.count - offset >= head else { throw damaged }
    let kind = content[offset]
    let keyCount = Int(content.load(offset + 2, as: UInt16.self))
    let valueCount = Int(content.load(offset + 4, as: UInt32.self))
    let sum = content.load(offset + 8, as: UInt64.self)
    let start = offset + head
    guard kind <= BackupEntry.kindOfKept, content[offset + 1] == 0, keyCount > 0,
      keyCount + (kind == BackupEntry.kindOfValue ? valueCount : 0) <= content.count - start
    else { throw damaged }
    let key = content.part(start, start + keyCount)
    offset = start + keyCount
    guard kind != BackupEntry.kindOfKeyspace else {
      let name = key.copied
      if let keyspace, !keyspace.lexicographicallyPrecedes(name) { throw damaged }
      (keyspace, entry) = (name, nil)
      return false
    }
    guard keyspace != nil else { throw damaged }
    var value: LentBytes?
    if kind == BackupEntry.kindOfValue {
      value = content.part(offset, offset + valueCount)
      offset += valueCount
    }
    entry = BackupEntry(key: key, value: value, byteCount: valueCount, checksum: sum)
    return true
  }

  // MARK: Chunks

  private func readChunk() throws(BackupError) {
    chunk += 1
    let head = try read(BackupChunk.headByteCount, into: &stored).copied
    let bodyByteCount = Int(head.lend { $0.load(0, as: UInt32.self) })
    let marked = head.lend { $0.load(4, as: UInt32.self) }
    let contentByteCount = Int(marked & ~BackupChunk.lastMark)
    // Room is made for what is there, not for what damaged bytes say.
    guard contentByteCount <= BackupChunk.contentByteCountMax else { throw damaged }
    guard bodyByteCount <= remainingByteCount else { throw cut }
    let sealed = try read(bodyByteCount, into: &stored)
    let context = BackupChunk.context(headerBytes, number: chunk, head: head)
    let body = try open(sealed, context, isLast: marked & BackupChunk.lastMark != 0)
    content = header.isCompressed ? try decompress(body, contentByteCount) : body
    guard content.count == contentByteCount else { throw damaged }
    offset = 0
    isLastChunk = marked & BackupChunk.lastMark != 0
    guard !isLastChunk || remainingByteCount == 0 else { throw damaged }
  }

  /// Checks the seal of a body and takes it off.
  private func open(
    _ body: LentBytes, _ context: [UInt8], isLast: Bool
  ) throws(BackupError) -> LentBytes {
    if let decryptor {
      let room = opened.view(body.count)
      guard let message = decryptor.decrypt(body, context: context, into: room),
        message.isLast == isLast
      else { throw damaged }
      return room.lent(count: message.byteCount)
    }
    let count = body.count - BackupChunk.checksumByteCount
    guard count >= 0 else { throw damaged }
    let bytes = body.part(0, count)
    guard BackupChunk.checksum(bytes, context: context) == body.load(count, as: UInt64.self) else {
      throw damaged
    }
    return bytes
  }

  private func decompress(_ body: LentBytes, _ byteCount: Int) throws(BackupError) -> LentBytes {
    var position = 0
    do throws(CompressionError) {
      let reader = try ZstdReader { (room) throws(CompressionError) -> Int in
        let count = min(room.count, body.count - position)
        _ = room.write(body.part(position, position + count), at: 0)
        position += count
        return count
      }
      let room = decompressed.view(byteCount)
      let count = try reader.read(into: unsafe ScratchView(room.base, count: byteCount))
      return room.lent(count: count)
    } catch {
      throw error.code == .outOfMemory
        ? BackupError(.outOfMemory, in: path, chunk: chunk) : damaged
    }
  }

  /// Bytes of the file that were not read yet.
  private var remainingByteCount: Int {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return 0 }
    return max(0, status.st_size - byteCount)
  }

  private func read(_ count: Int, into room: inout Room) throws(BackupError) -> LentBytes {
    let view = unsafe ScratchView(room.view(count).base, count: count)
    guard try fill(descriptor, path, view) == count else { throw cut }
    byteCount += count
    return view.lent(count: count)
  }

  private var cut: BackupError { BackupError(.cut, in: path, chunk: max(0, chunk)) }
  private var damaged: BackupError { BackupError(.damaged, in: path, chunk: max(0, chunk)) }
}

/// Reads until the room is full or the file ends; returns how many bytes.
private func fill(
  _ descriptor: Int32, _ path: String, _ room: ScratchView<UInt8>
) throws(BackupError) -> Int {
  var count = 0
  while count < room.count {
    let more = unsafe read(descriptor, room.base + count, room.count - count)
    if more < 0, errno == EINTR { continue }
    guard more >= 0 else { throw BackupError(.unreadable, in: path, systemError: errno) }
    if more == 0 { break }
    count += more
  }
  return count
}
