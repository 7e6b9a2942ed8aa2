// Opening, refusing and describing a file.

import Bytes
import Foundation
import Support
import Testing

@testable import Pages

@Suite struct EnvironmentTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.file("registry")
  }

  private func open(
    _ access: Environment.Access = .readWrite, create: Bool = true,
    keyspaces: [String] = ["a", "b"], mapByteCount: Int? = nil
  ) throws(PageError) -> Environment {
    try Environment(
      path: path, access: access, create: create, keyspaces: keyspaces, mapByteCount: mapByteCount)
  }

  /// A file with one value of a megabyte.
  private func fill() throws {
    let environment = try open()
    var change = try environment.beginWriting()
    try change.put(
      [UInt8](repeating: 7, count: 1 << 20), for: NumberKey(1, 1), in: environment.keyspaces[0])
    try change.commit()
  }

  @Test func makesAFileForItsOwnerOnly() throws {
    let environment = try open()

    var status = stat()
    #expect(stat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    #expect(stat(path + "-lock", &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    #expect(environment.keyspaces.map(\.name) == ["a", "b"])
    #expect(environment.keyspace("b") == environment.keyspaces[1])
  }

  @Test func mapsATebibyteForAThousandReaders() throws {
    let information = try open().information()

    #expect(information.mapByteCount == 1 << 40)
    #expect(information.readerCountMax >= 1_024)
    #expect(information.pageByteCount == 4_096)
  }

  @Test func mapsLessWhereTheProcessMayNotMapATebibyte() async throws {
    await #expect(processExitsWith: .success) {
      var limit = rlimit(rlim_cur: 8 << 30, rlim_max: 8 << 30)
      setrlimit(__rlimit_resource_t(9), &limit)
      let folder = try TemporaryFolder()
      let environment = try Environment(
        path: folder.file("registry"), access: .readWrite, create: true, keyspaces: ["a"])
      let mapByteCount = try environment.information().mapByteCount
      precondition(mapByteCount >= 1 << 30 && mapByteCount < 8 << 30)
    }
    await #expect(processExitsWith: .success) {
      var limit = rlimit(rlim_cur: 1 << 30, rlim_max: 1 << 30)
      setrlimit(__rlimit_resource_t(9), &limit)
      let folder = try TemporaryFolder()
      do throws(PageError) {
        _ = try Environment(
          path: folder.file("registry"), access: .readWrite, create: true, keyspaces: ["a"])
        preconditionFailure()
      } catch {
        precondition(error.code == .outOfMemory)
      }
    }
  }

  @Test func opensAgainAfterItsRelease() throws {
    try fill()
    let environment = try open(.readOnly, create: false)
    let snapshot = try environment.beginReading()
    #expect(try snapshot.get(NumberKey(1, 1), in: environment.keyspaces[0])?.count == 1 << 20)
  }

  @Test func refusesASecondOpening() throws {
    let environment = try open()
    let other = folder.file("other-name")
    #expect(link(path, other) == 0)

    #expect(throws: PageError(.alreadyOpen, in: path)) { try open() }
    #expect(throws: PageError(.alreadyOpen, in: other)) {
      try Environment(path: other, access: .readOnly, keyspaces: [])
    }
    withExtendedLifetime(environment) {}
  }

  @Test func staysOpenWhileATransactionIs() throws {
    try fill()
    let snapshot = try open().beginReading()
    #expect(throws: PageError(.alreadyOpen, in: path)) { try open() }
    _ = consume snapshot
    _ = try open()
  }

  @Test func refusesAMissingFile() {
    #expect(throws: PageError(.fileMissing, in: path, systemError: ENOENT)) {
      try open(create: false)
    }
  }

  /// Keyspaces were made in a file of another program before it was refused.
  @Test(arguments: [false, true])
  func refusesAMissingKeyspaceAndChangesNothing(hasLock: Bool) throws {
    try fill()
    if !hasLock { #expect(unlink(path + "-lock") == 0) }
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    for (access, create) in [
      (Environment.Access.readOnly, false), (.readWrite, false), (.readWrite, true),
    ] {
      #expect(throws: PageError(.keyspaceMissing, in: "c", systemError: -30_798)) {
        try open(access, create: create, keyspaces: ["a", "c"])
      }
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    #expect(FileManager.default.fileExists(atPath: path + "-lock") == hasLock)
    // Refusing released the file.
    #expect(try open(create: false, keyspaces: ["a", "b"]).keyspaces.count == 2)
  }

  @Test(arguments: [false, true])
  func makesKeyspacesInAFileThatHoldsNothing(hasLock: Bool) throws {
    _ = try open(keyspaces: [])
    if !hasLock { #expect(unlink(path + "-lock") == 0) }
    #expect(try open(keyspaces: ["a"]).keyspaces.count == 1)
    #expect(try open(.readOnly, create: false, keyspaces: ["a"]).keyspaces.count == 1)
  }

  @Test func refusesAForeignFile() throws {
    let text = try folder.write(String(repeating: "personal_number,name\n", count: 9_000), as: "f")
    #expect(throws: PageError(.foreignFile, in: text)) {
      try Environment(path: text, access: .readWrite, create: true, keyspaces: [])
    }
    let short = try folder.write("personal_number,name\n", as: "short")
    #expect(throws: PageError(.foreignFile, in: short)) {
      try Environment(path: short, access: .readOnly, keyspaces: [])
    }
  }

  @Test(arguments: [Environment.Access.readOnly, .readWrite])
  func refusesWhatIsNoFile(access: Environment.Access) throws {
    #expect(mkfifo(path, 0o600) == 0)
    for place in [path, folder.path, "/dev/null"] {
      do {
        _ = try Environment(path: place, access: access, keyspaces: [])
        Issue.record("\(place) was opened")
      } catch { #expect(error.code == .notAFile, "\(place): \(error)") }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["registry"])
  }

  /// In a process of its own, which gives up the right to open everything.
  @Test func refusesAFileWithoutPermission() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let path = folder.file("registry")
      _ = try Environment(path: path, access: .readWrite, create: true, keyspaces: ["a"])
      unlink(path + "-lock")
      chmod(folder.path, 0o777)
      // Nobody may read it, then everybody may, but not write it.
      for (mode, access) in [(0o000, Environment.Access.readOnly), (0o444, .readWrite)] {
        chmod(path, mode_t(mode))
        if geteuid() == 0 { seteuid(65_534) }
        var code: PageError.Code?
        do throws(PageError) {
          _ = try Environment(path: path, access: access, keyspaces: ["a"])
        } catch { code = error.code }
        seteuid(getuid())
        precondition(code == .permissionDenied)
        precondition(!FileManager.default.fileExists(atPath: path + "-lock"))
      }
    }
  }

  @Test(arguments: [1, 100, 4_096, 8_191, 8_192, 500_000, 1 << 20])
  func refusesAShortFile(byteCount: Int) throws {
    try fill()
    #expect(truncate(path, byteCount) == 0)
    #expect(throws: PageError(.fileTooShort, in: path)) { try open() }
    #expect(throws: PageError(.fileTooShort, in: path)) {
      try open(.readOnly, create: false)
    }
  }

  @Test func refusesAnEmptyFileWhenNotMakingOne() throws {
    let empty = try folder.write([], as: "empty")
    #expect(throws: PageError(.fileTooShort, in: empty)) {
      try Environment(path: empty, access: .readWrite, keyspaces: [])
    }
  }

  @Test func refusesAnotherVersionOfMetaPages() throws {
    try fill()
    var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
    bytes[20] = 2
    let other = try folder.write(bytes, as: "other")
    #expect(throws: PageError(.versionMismatch, in: other)) {
      try Environment(path: other, access: .readOnly, keyspaces: [])
    }
    bytes[20] = 1
    bytes[4_096 + 16] ^= 1
    _ = try folder.write(bytes, as: "other")
    #expect(throws: PageError(.corrupted, in: other)) {
      try Environment(path: other, access: .readOnly, keyspaces: [])
    }
  }

  /// LMDB leaves a page unwritten that was allocated and freed in one commit, so the file can end
  /// before its last page although nothing is lost.
  @Test(arguments: [1, 40])
  func opensAFileThatLacksOnlyFreePages(pieceCount: Int) throws {
    do {
      let environment = try open()
      let keyspace = environment.keyspaces[0]
      // Earlier commits leave free pages, to which LMDB then adds those of this commit.
      for _ in 0..<5 {
        var change = try environment.beginWriting()
        try change.put([1, 2, 3], for: NumberKey(0, 0), in: keyspace)
        try change.commit()
      }
      var change = try environment.beginWriting()
      for piece in 1...UInt32(pieceCount) {
        try change.put(
          [UInt8](repeating: 1, count: 300_000), for: NumberKey(0, piece), in: keyspace)
      }
      for piece in 1...UInt32(pieceCount) { try change.remove(NumberKey(0, piece), in: keyspace) }
      try change.commit()
      var status = stat()
      #expect(stat(path, &status) == 0)
      #expect(try environment.information().byteCount > status.st_size)
    }
    let environment = try open(.readOnly, create: false)
    let snapshot = try environment.beginReading()
    #expect(
      try snapshot.get(NumberKey(0, 0), in: environment.keyspaces[0])?.copied == [1, 2, 3])
  }

  @Test func stopsAtTheLimitOfTheMap() throws {
    let environment = try open(mapByteCount: 1 << 20)
    let keyspace = environment.keyspaces[0]
    var change = try environment.beginWriting()
    try change.put([1], for: NumberKey(0, 1), in: keyspace)
    try change.commit()
    var large = try environment.beginWriting()
    #expect(throws: PageError(.mapFull, in: "a", systemError: -30_792)) {
      try large.put([UInt8](repeating: 0, count: 2 << 20), for: NumberKey(0, 2), in: keyspace)
    }
    large.abort()
    let snapshot = try environment.beginReading()
    #expect(try snapshot.get(NumberKey(0, 1), in: keyspace)?.copied == [1])
    #expect(try snapshot.get(NumberKey(0, 2), in: keyspace) == nil)
  }

  @Test func knowsNetworkFileSystems() {
    #expect(EnvironmentFile.isNetwork(0x6969))
    #expect(EnvironmentFile.isNetwork(Int(Int32(bitPattern: 0xff53_4d42))))
    #expect(!EnvironmentFile.isNetwork(0xef53))
    #expect(!EnvironmentFile.isNetwork(0x0102_1994))
  }

  @Test func listsReadersAndTheirLag() throws {
    let environment = try open()
    #expect(environment.readers().isEmpty)
    #expect(try environment.oldestReaderLag() == 0)
    var snapshot = try environment.beginReading()
    let id = snapshot.id
    for number in 0..<3 as Range<UInt32> {
      var change = try environment.beginWriting()
      try change.put([1], for: NumberKey(0, number), in: environment.keyspaces[0])
      try change.commit()
    }

    #expect(environment.readers() == [Reader(processID: Int(getpid()), transactionID: id)])
    #expect(try environment.oldestReaderLag() == 3)
    #expect(try environment.information().lastTransactionID == id + 3)
    snapshot.reset()
    #expect(environment.readers().isEmpty)
    #expect(try environment.checkReaders() == 0)
  }

  @Test func refusesMoreReadersThanSlots() throws {
    let environment = try open()
    let count = try environment.information().readerCountMax
    var snapshots: [Held] = []
    for _ in 0..<count { snapshots.append(Held(try environment.beginReading())) }
    #expect(throws: PageError(.readersFull, in: path, systemError: -30_790)) {
      _ = try environment.beginReading()
    }
    snapshots.removeLast()
    _ = try environment.beginReading()
  }

  @Test func copiesWithoutFreePages() throws {
    try fill()
    let environment = try open()
    var change = try environment.beginWriting()
    try change.put([4, 5], for: NumberKey(1, 1), in: environment.keyspaces[0])
    try change.commit()
    let target = folder.file("copy")
    try environment.copyCompact(to: target)

    var status = stat()
    #expect(stat(target, &status) == 0)
    #expect(status.st_size < 100_000)
    #expect(status.st_mode & 0o777 == 0o600)
    #expect(throws: PageError(.fileExists, in: target, systemError: EEXIST)) {
      try environment.copyCompact(to: target)
    }
    let copy = try Environment(path: target, access: .readOnly, keyspaces: ["a"])
    let snapshot = try copy.beginReading()
    #expect(try snapshot.get(NumberKey(1, 1), in: copy.keyspaces[0])?.copied == [4, 5])
  }
}

/// A snapshot in an array.
private final class Held {
  let snapshot: ReadTransaction
  init(_ snapshot: consuming ReadTransaction) { self.snapshot = snapshot }
}
