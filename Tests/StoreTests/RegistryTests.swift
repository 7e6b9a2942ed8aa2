// Making and opening registries, and what must be told apart from one.

import Bytes
import Foundation
import Pages
import Rows
import Segments
import Support
import Testing

@testable import Store

@Suite struct RegistryTests {
  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.file("small.hearth")
  }

  private func error(_ body: () throws -> Void) -> StoreError? {
    do {
      try body()
      return nil
    } catch { return error as? StoreError }
  }

  @Test(arguments: [Environment.Access.readOnly, .readWrite])
  func opensWhatItMade(access: Environment.Access) throws {
    let schema = try SmallSchema.make(in: folder)
    do {
      let made = try Registry.create(at: path, schema: schema)
      #expect(made.schema == schema)
    }
    let registry = try Registry(at: path, access: access)
    #expect(registry.schema == schema)
    #expect(registry.plan.dictionaryNames.prefix(2) == ["list:group", "list:level"])
    let snapshot = try registry.beginSnapshot()
    #expect(snapshot.catalog.tables.map(\.indexes.count) == [1, 2])
    #expect(snapshot.catalog.dictionaries.map(\.name) == registry.plan.dictionaryNames)
    for table in 0...1 {
      #expect(snapshot.rowCount(table: table) == 0)
      #expect(snapshot.segmentCount(table: table) == 0)
      #expect(try !snapshot.isPresent(row: 0, table: table))
    }
    #expect(try snapshot.positionalChildren(of: 0, childTable: 1).isEmpty)
    let group = snapshot.words.lists[0]
    #expect(
      (0..<5).map { group[$0].map { String($0) } } == ["HC", "DN", "TE", "NNNNNNNNNNNN", nil])
  }

  @Test func refusesToMakeARegistryTwice() throws {
    let schema = try SmallSchema.make(in: folder)
    _ = try Registry.create(at: path, schema: schema)
    #expect(
      error { _ = try Registry.create(at: path, schema: schema) } == .registryExists(path: path))
    #expect(try Registry(at: path, access: .readOnly).schema == schema)
  }

  @Test func refusesAFileThatIsNotThere() throws {
    let found = error { _ = try Registry(at: path, access: .readOnly) }
    guard case .page(let page) = found else {
      Issue.record("\(String(describing: found))")
      return
    }
    #expect(page.code == .fileMissing)
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  // MARK: Files that are no registry

  /// What lies in the folder, by name; a lock file is LMDB's own and changes when it is used.
  private func contents() throws -> [String: Data] {
    var found: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      let place = URL(fileURLWithPath: folder.file(name))
      found[name] = name.hasSuffix("-lock") ? Data() : try? Data(contentsOf: place)
    }
    return found
  }

  /// Opening the path throws `expected` and leaves all files as they are.
  private func expectRefused(_ expected: StoreError, making: StoreError) throws {
    let schema = try SmallSchema.make(in: try TemporaryFolder())
    let before = try contents()
    for access in [Environment.Access.readOnly, .readWrite] {
      #expect(error { _ = try Registry(at: path, access: access) } == expected)
    }
    #expect(error { _ = try Registry.create(at: path, schema: schema) } == making)
    #expect(try contents() == before)
  }

  /// Opened for writing, another program's file got our keyspaces before it was refused.
  @Test(arguments: [false, true])
  func leavesAnotherLMDBFileAsItIs(hasLock: Bool) throws {
    do {
      let other = try Environment(
        path: path, access: .readWrite, create: true, keyspaces: ["other", "catalog"])
      var transaction = try other.beginWriting()
      try transaction.put([1], for: NumberKey(1, 1), in: other.keyspace("other"))
      try transaction.commit()
    }
    if !hasLock { try FileManager.default.removeItem(atPath: path + "-lock") }
    try expectRefused(.notARegistry(path: path), making: .registryExists(path: path))
  }

  @Test func leavesALaterFormatAsItIs() throws {
    do {
      let registry = try Registry.create(at: path, schema: try SmallSchema.make(in: folder))
      var body = try registry.beginSnapshot().catalog.encoded().dropLast(8)
      body[8] = 2
      let sum = checksum(Array(body))
      body.append(contentsOf: withUnsafeBytes(of: sum.littleEndian) { Array($0) })
      var transaction = try registry.environment.beginWriting()
      try transaction.put(
        Array(body), for: Keyspaces.catalogKey, in: registry.keyspaces.catalog)
      // Its schema, too, may be written in a way that is not known here.
      try transaction.put([1, 2, 3], for: Keyspaces.schemaKey, in: registry.keyspaces.catalog)
      try transaction.commit()
    }
    try expectRefused(
      .otherFormat(path: path, version: 2), making: .registryExists(path: path))
  }

  @Test(arguments: ["SQLite format 3\u{0}", "personal_number,name\n"], [1, 200, 9_000])
  func leavesAFileOfAnotherKindAsItIs(beginning: String, lineCount: Int) throws {
    let line = "\u{10}\u{0}\u{1}\u{1}\u{0}\u{40}, 079188001234\n"
    _ = try folder.write(
      beginning + String(repeating: line, count: lineCount), as: "small.hearth")
    let foreign = StoreError.page(PageError(.foreignFile, in: path))
    try expectRefused(foreign, making: foreign)
  }

  @Test func refusesAnEmptyFile() throws {
    _ = try folder.write([], as: "small.hearth")
    for access in [Environment.Access.readOnly, .readWrite] {
      #expect(
        error { _ = try Registry(at: path, access: access) }
          == .page(PageError(.fileTooShort, in: path)))
    }
    #expect(try contents() == ["small.hearth": Data()])
  }

  @Test func refusesAFolder() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    for access in [Environment.Access.readOnly, .readWrite] {
      guard case .page(let refused) = error({ _ = try Registry(at: path, access: access) }) else {
        Issue.record("a folder was opened")
        continue
      }
      #expect(refused.code == .notAFile)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["small.hearth"])
  }

  // MARK: The schema

  /// A registry without its schema was taken for no registry.
  @Test func saysThatTheSchemaIsMissing() throws {
    do {
      let registry = try Registry.create(at: path, schema: try SmallSchema.make(in: folder))
      var transaction = try registry.environment.beginWriting()
      let keyspace = registry.keyspaces.catalog
      try Keyspaces.schemaKey.lend { key throws in _ = try transaction.remove(key, in: keyspace) }
      try transaction.commit()
    }
    #expect(
      error { _ = try Registry(at: path, access: .readOnly) }
        == .corruption(Corruption(.schema, at: 0)))
  }

  /// The stored schema had no checksum, and another code or name was read as if it were meant.
  @Test func findsEveryFlippedByteOfTheSchema() throws {
    let schema = try SmallSchema.make(in: folder)
    var bytes: [UInt8] = []
    do {
      let registry = try Registry.create(at: path, schema: schema)
      bytes = schema.encoded()
      bytes.append(contentsOf: withUnsafeBytes(of: checksum(bytes).littleEndian) { Array($0) })
      let environment = registry.environment
      let stored = try Keyspaces.schemaKey.lend { key throws in
        let transaction = try environment.beginReading()
        return try transaction.get(key, in: registry.keyspaces.catalog)?.copied
      }
      #expect(stored == bytes)
    }
    for at in stride(from: 0, to: bytes.count, by: 97) {
      var flipped = bytes
      flipped[at] ^= 0x02
      do {
        let environment = try Environment(
          path: path, access: .readWrite, keyspaces: Keyspaces.names)
        var transaction = try environment.beginWriting()
        try transaction.put(
          flipped, for: Keyspaces.schemaKey, in: Keyspaces(of: environment).catalog)
        try transaction.commit()
      }
      #expect(
        error { _ = try Registry(at: path, access: .readOnly) }
          == .corruption(Corruption(.schema, at: bytes.count - 8)))
    }
  }
}
