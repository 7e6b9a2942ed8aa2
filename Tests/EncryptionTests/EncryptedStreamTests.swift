// What is encrypted comes back with its key alone, whole, in its order and with its context.

import Bytes
import Support
import Testing

@testable import Encryption

@Suite struct EncryptedStreamTests {
  let key: EncryptionKey

  init() throws { key = try #require(EncryptionKey([UInt8](repeating: 7, count: 32))) }

  private let messages: [[UInt8]] = [[1, 2, 3], [], [UInt8](repeating: 9, count: 5_000)]

  private func encrypt(_ encryptor: StreamEncryptor) -> [[UInt8]] {
    messages.enumerated().map { number, message in
      let room = Scratch<UInt8>(count: message.count + EncryptedStream.overheadByteCount)
      let count = message.lend {
        encryptor.encrypt(
          $0, context: [UInt8(number)], isLast: number == messages.count - 1, into: room.view)
      }
      return room.view.lent(count: count).copied
    }
  }

  private func decrypt(
    _ sealed: [UInt8], _ decryptor: StreamDecryptor?, context: Int
  ) -> (message: [UInt8], isLast: Bool)? {
    let room = Scratch<UInt8>(count: sealed.count)
    let found = sealed.lend {
      decryptor?.decrypt($0, context: [UInt8(context)], into: room.view)
    }
    return found.map { (room.view.lent(count: $0.byteCount).copied, $0.isLast) }
  }

  @Test func givesBackWhatItEncrypted() {
    let encryptor = StreamEncryptor(key)
    let sealed = encrypt(encryptor)
    let decryptor = StreamDecryptor(key, beginning: encryptor.beginning)
    for (number, message) in messages.enumerated() {
      #expect(sealed[number].count == message.count + EncryptedStream.overheadByteCount)
      let opened = decrypt(sealed[number], decryptor, context: number)
      #expect(opened?.message == message)
      #expect(opened?.isLast == (number == messages.count - 1))
    }
  }

  @Test func refusesWhatIsNotTheNextMessage() throws {
    let encryptor = StreamEncryptor(key)
    let sealed = encrypt(encryptor)
    let decryptor = { StreamDecryptor(key, beginning: encryptor.beginning) }
    #expect(decrypt(sealed[1], decryptor(), context: 1) == nil)
    #expect(decrypt(sealed[0], decryptor(), context: 1) == nil)
    for index in sealed[0].indices {
      var changed = sealed[0]
      changed[index] ^= 1
      #expect(decrypt(changed, decryptor(), context: 0) == nil)
    }
    #expect(decrypt(Array(sealed[0].dropLast()), decryptor(), context: 0) == nil)
    #expect(decrypt([], decryptor(), context: 0) == nil)
    let other = try #require(EncryptionKey([UInt8](repeating: 8, count: 32)))
    let stranger = StreamDecryptor(other, beginning: encryptor.beginning)
    #expect(decrypt(sealed[0], stranger, context: 0) == nil)
    #expect(StreamDecryptor(key, beginning: [1]) == nil)
  }

  /// Computed with Python: `hashlib.blake2b(bytes([7]) * 32, digest_size=16)`.
  @Test func aKeyHasAMark() throws {
    let expected: [UInt8] = [
      0xdd, 0xd6, 0x24, 0x9d, 0x8a, 0x73, 0x34, 0xcf, 0x5e, 0xa3, 0x7d, 0x21, 0x81, 0x1e, 0x66,
      0x71,
    ]
    #expect(key.mark == expected)
    #expect(EncryptionKey([1, 2, 3]) == nil)
  }
}
