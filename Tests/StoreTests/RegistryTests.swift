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

  @Test(arguments: [Environment.Access.readOnly, .readWrite])
  func tellsAnotherLMDBFileApart(access: Environment.Access) throws {
    do {
      let other = try Environment(
        path: path, access: .readWrite, create: true, keyspaces: ["other"])
      var transaction = try other.beginWriting()
      try transaction.put([1], for: NumberKey(1, 1), in: other.keyspace("other"))
      try transaction.commit()
    }
    #expect(error { _ = try Registry(at: path, access: access) } == .notARegistry(path: path))
  }

  @Test func tellsAnyOtherFileApart() throws {
    _ = try folder.write(Array(repeating: 0x41, count: 100_000), as: "small.hearth")
    let found = error { _ = try Registry(at: path, access: .readOnly) }
    guard case .page(let page) = found else {
      Issue.record("\(String(describing: found))")
      return
    }
    #expect(page.code == .foreignFile)
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
