// Backups give back what they were made of, and nothing else is taken for one.

import Bytes
import Encryption
import Support
import Testing

@testable import Backups

@Suite struct BackupTests {
  let file: StoredFile
  let key: EncryptionKey

  init() throws {
    file = try StoredFile()
    key = try #require(EncryptionKey([UInt8](repeating: 5, count: 32)))
    try file.change(
      "things", [[1]: [1, 2, 3], [1, 2]: [], [2]: [UInt8](repeating: 4, count: 9_000)])
  }

  @Test(arguments: [false, true], [false, true])
  func givesBackWhatItHolds(isCompressed: Bool, isEncrypted: Bool) throws {
    // More than one chunk.
    var generator = SeededGenerator(seed: 11)
    let noise = (0..<50_000).map { _ in UInt8(truncatingIfNeeded: generator.next() & 15) }
    let large = (0..<3).map { number in
      (0..<50).reduce(into: [UInt8(number)]) { all, _ in all += noise }
    }
    try file.change("words", [[0]: large[0], [0, 0]: large[1], [255]: large[2]])
    let key = isEncrypted ? key : nil
    let path = try file.backUp("backup", isCompressed: isCompressed, key: key)
    #expect(try file.restored([path], key: key) == file.content())
    #expect(try (file.bytes(path).count < 5_000_000) == isCompressed)
  }

  @Test func holdsOneCommitWhileOthersAreMade() throws {
    let before = try file.content()
    let path = try file.backUp("backup") {
      try file.change("things", [[1]: [9], [2]: nil])
      try file.change("words", [[3]: [9]])
    }
    #expect(try file.restored([path]) == before)
    #expect(try file.content() != before)
  }

  /// Each byte is under a seal, whichever way the backup is written.
  @Test(arguments: [false, true])
  func findsEachChangedByte(isEncrypted: Bool) throws {
    try file.change("things", [[2]: [7, 7, 7]])
    let key = isEncrypted ? key : nil
    let bytes = try file.bytes(try file.backUp("backup", key: key))
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 1 << UInt8(index & 7)
      #expect(try file.refusal(of: changed, key: key) != nil, "byte \(index)")
    }
  }

  @Test(arguments: [false, true])
  func findsEachCutAndAddition(isEncrypted: Bool) throws {
    try file.change("things", [[2]: [7, 7, 7]])
    let key = isEncrypted ? key : nil
    let bytes = try file.bytes(try file.backUp("backup", key: key))
    for count in bytes.indices {
      let refusal = try file.refusal(of: Array(bytes.prefix(count)), key: key)
      #expect(refusal == (count < 8 ? .notBackup : .cut), "\(count) bytes")
    }
    #expect(try file.refusal(of: bytes + [0], key: key) == .damaged)
    #expect(try file.refusal(of: bytes + bytes, key: key) == .damaged)
  }

  @Test(arguments: [false, true])
  func findsChunksThatMoved(isEncrypted: Bool) throws {
    let key = isEncrypted ? key : nil
    let large = [UInt8](repeating: 1, count: 5_000_000)
    try file.change("words", [[0]: large, [1]: large, [2]: large])
    let (first, second) = (
      try file.bytes(try file.backUp("first", key: key)),
      try file.bytes(try file.backUp("second", key: key))
    )
    let parts = chunks(of: first)
    #expect(parts.count >= 4)
    let header = Array(first.prefix(BackupHeader.byteCount))
    #expect(try file.refusal(of: header + all(parts), key: key) == nil)
    var swapped = parts
    swapped.swapAt(1, 2)
    #expect(try file.refusal(of: header + all(swapped), key: key) == .damaged)
    var shorter = parts
    shorter.remove(at: 1)
    #expect(try file.refusal(of: header + all(shorter), key: key) == .damaged)
    #expect(try file.refusal(of: header + all(parts.dropLast()), key: key) == .cut)
    var mixed = parts
    mixed[1] = chunks(of: second)[1]
    #expect(try file.refusal(of: header + all(mixed), key: key) == .damaged)
  }

  @Test func refusesOtherKeysAndFiles() throws {
    let (open, sealed) = (try file.backUp("open"), try file.backUp("sealed", key: key))
    let other = try #require(EncryptionKey([UInt8](repeating: 6, count: 32)))
    #expect(throws: BackupError(.keyNeeded, in: sealed)) { try file.restored([sealed]) }
    #expect(throws: BackupError(.keyWrong, in: sealed)) { try file.restored([sealed], key: other) }
    #expect(throws: BackupError(.notEncrypted, in: open)) { try file.restored([open], key: key) }
    let stranger = try file.folder.write("something else", as: "stranger")
    #expect(throws: BackupError(.notBackup, in: stranger)) { try file.restored([stranger]) }
    let missing = file.folder.file("missing")
    #expect(throws: BackupError(.unreadable, in: missing, systemError: 2)) {
      try file.restored([missing])
    }
    var later = try file.bytes(open)
    later[8] = 2
    #expect(try file.refusal(of: later) == .otherFormat)
  }

  @Test func nothingOfAnEncryptedValueIsReadable() throws {
    let secret = Array("a name that nobody else may read".utf8)
    try file.change("words", [secret: secret])
    let holds = { (bytes: [UInt8]) in
      bytes.indices.contains { bytes[$0...].starts(with: secret) }
    }
    #expect(holds(try file.bytes(try file.backUp("open"))))
    #expect(!holds(try file.bytes(try file.backUp("sealed", key: key))))
  }

  // MARK: Increments

  @Test(arguments: [false, true])
  func whatFollowsHoldsOnlyChanges(isEncrypted: Bool) throws {
    let key = isEncrypted ? key : nil
    let large = [UInt8](repeating: 3, count: 100_000)
    try file.change("words", [[5]: large])
    let full = try file.backUp("full", key: key)
    try file.change("things", [[1]: nil, [2]: [8], [9]: [9]])
    let second = try file.backUp("second", isCompressed: true, key: key, since: full)
    let middle = try file.content()
    try file.change("things", [[1]: [1, 2, 3], [9]: nil])
    try file.change("words", [[4]: [1]])
    let third = try file.backUp("third", key: key, since: second)

    #expect(try file.bytes(second).count < 2_000)
    #expect(try file.bytes(third).count < 2_000)
    #expect(try file.restored([full, second], key: key) == middle)
    #expect(try file.restored([full, second, third], key: key) == file.content())
    #expect(throws: BackupError(.incomplete, in: second)) {
      try file.restored([second, third], key: key)
    }
    #expect(throws: BackupError(.doesNotFollow, in: third)) {
      try file.restored([full, third], key: key)
    }
    #expect(throws: BackupError(.doesNotFollow, in: full)) {
      try file.restored([full, full], key: key)
    }
  }

  /// Whatever changes between them, a row of backups gives back the last state.
  @Test func aRowOfBackupsGivesBackAnyState() throws {
    var generator = SeededGenerator(seed: 3)
    var row = [try file.backUp("backup0")]
    for number in 1...12 {
      for name in StoredFile.names {
        var changes: [[UInt8]: [UInt8]?] = [:]
        for _ in 0..<10 {
          let isRemoved = UInt8.random(in: 0...3, using: &generator) == 0
          let value = [UInt8](
            repeating: .random(in: 0...2, using: &generator),
            count: .random(in: 0...5_000, using: &generator))
          changes[[.random(in: 0...30, using: &generator)]] = .some(isRemoved ? nil : value)
        }
        try file.change(name, changes)
      }
      row.append(try file.backUp("backup\(number)", since: row.last))
      #expect(try file.restored(row) == file.content(), "after \(number), seed 3")
    }
  }

  @Test func followsOnlyABackupThatIsWhole() throws {
    let full = try file.backUp("full")
    let cut = try file.folder.write(Array(try file.bytes(full).dropLast(3)), as: "cut")
    #expect(throws: BackupError(.cut, in: cut)) { try file.backUp("second", since: cut) }
  }

  /// Parts side by side.
  private func all(_ parts: some Sequence<[UInt8]>) -> [UInt8] {
    parts.reduce(into: []) { $0 += $1 }
  }

  /// The chunks behind a header, cut by their lengths.
  private func chunks(of bytes: [UInt8]) -> [[UInt8]] {
    var parts: [[UInt8]] = []
    var offset = BackupHeader.byteCount
    while offset < bytes.count {
      let count = 8 + Int(bytes.lend { $0.load(offset, as: UInt32.self) })
      parts.append(Array(bytes[offset..<offset + count]))
      offset += count
    }
    return parts
  }
}
