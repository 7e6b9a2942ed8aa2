// One open registry: its file, its schema, and what it remembers from snapshot to snapshot.

import Bytes
package import Pages
package import Rows
package import Segments
import Synchronization

/// One open registry.
///
/// Threads share it; each begins snapshots of its own.
package final class Registry: Sendable {
  package let environment: Environment
  package let keyspaces: Keyspaces
  package let plan: RegistryPlan
  private let known: Mutex<Known?>
  let changes = ChangeQueue()
  /// Rows that may lie apart before changes seal by themselves.
  let freshRowCountAtRest = Atomic<Int>(100_000)
  /// Whether a thread seals because many rows lie apart.
  let isSealing = Atomic<Bool>(false)
  /// For each thread of a sealing, which one at a time does.
  let sealingWords = (0..<processorCount()).map { _ in WordCodes() }
  /// Readers at rest, to be used again.
  private let readers: Mutex<[SharedReader]>

  /// What the commit holds that a snapshot began with last.
  private struct Known {
    let transactionID: Int
    let layout: Layout
    let fresh: FreshView?
    /// The filters of the last commit that had fresh rows.
    let filters: FreshFilters?
  }

  package var schema: Schema { plan.schema }

  /// Where the file is.
  package var path: String { environment.path }

  /// Makes a new registry with a schema; the file must not exist.
  ///
  /// Throws `registryExists`, or what the file system refused.
  package static func create(at path: String, schema: Schema) throws(StoreError) -> Registry {
    do throws(PageError) {
      let environment = try Environment(
        path: path, access: .readWrite, create: true, keyspaces: Keyspaces.names)
      let keyspaces = Keyspaces(of: environment)
      var transaction = try environment.beginWriting()
      guard
        try Keyspaces.catalogKey.lend({ (key) throws(PageError) in
          try transaction.get(key, in: keyspaces.catalog)
        }) == nil
      else {
        transaction.abort()
        throw PageError(.fileExists, in: path)
      }
      let plan = RegistryPlan(schema)
      var catalog = Catalog()
      catalog.layoutNumber = 1
      catalog.changeNumber = 1
      catalog.tables = plan.tables.map { table in
        Catalog.TableState(
          indexes: Array(
            repeating: [], count: table.table.indexes.count + (table.parent == nil ? 0 : 1)))
      }
      catalog.dictionaries = plan.dictionaryNames.map {
        Catalog.DictionaryState(name: $0, wordCount: 0, isFrozen: false)
      }
      for (number, list) in schema.codeLists.enumerated() {
        let words = list.codes.map { Array($0.utf8) }
        try transaction.append(
          words, toDictionary: number, holding: 0, in: keyspaces)
        catalog.dictionaries[number].wordCount = words.count
      }
      try transaction.put(Self.bytes(of: schema), for: Keyspaces.schemaKey, in: keyspaces.catalog)
      try transaction.put(catalog.encoded(), for: Keyspaces.catalogKey, in: keyspaces.catalog)
      try transaction.commit()
      return Registry(environment, keyspaces, plan)
    } catch {
      // The file holds something already: a registry, or keyspaces of another program.
      if [.fileExists, .keyspaceMissing].contains(error.code) {
        throw .registryExists(path: path)
      }
      throw StoreError(error)
    }
  }

  /// Opens a registry; a file that is none stays as it is.
  ///
  /// Throws `notARegistry`, `otherFormat`, `schemaUnreadable`, a corruption, or what the file
  /// system
  /// refused.
  package convenience init(
    at path: String, access: Environment.Access
  ) throws(StoreError) {
    let environment: Environment
    let stored: (schema: [UInt8]?, catalog: [UInt8]?)
    do throws(PageError) {
      environment = try Environment(path: path, access: access, keyspaces: Keyspaces.names)
      stored = try Self.readRoot(of: environment)
    } catch {
      if error.code == .keyspaceMissing { throw .notARegistry(path: path) }
      throw StoreError(error)
    }
    if let version = stored.catalog?.lend({ Catalog.otherVersion(of: $0) }) {
      throw .otherFormat(path: path, version: version)
    }
    guard let bytes = stored.schema else {
      // A registry that has lost its schema is damaged; a file without a catalog is no registry.
      guard stored.catalog == nil else { throw StoreError(Corruption(.schema, at: 0)) }
      throw .notARegistry(path: path)
    }
    let schema = try Self.schema(of: bytes)
    self.init(environment, Keyspaces(of: environment), RegistryPlan(schema))
  }

  /// The schema in its stored bytes.
  static func schema(of bytes: [UInt8]) throws(StoreError) -> Schema {
    let json = Array(bytes.dropLast(8))
    guard bytes.count > 8, bytes.lend({ $0.load(json.count) }) == checksum(json) else {
      throw StoreError(Corruption(.schema, at: json.count))
    }
    do {
      return try Schema(decoding: json)
    } catch {
      throw .schemaUnreadable(String(describing: error))
    }
  }

  /// A schema as it is stored.
  static func bytes(of schema: Schema) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(schema.encoded())
    writer.append(checksum(writer.bytes))
    return writer.bytes
  }

  /// The two values that say what the file is.
  static func readRoot(
    of environment: Environment
  ) throws(PageError) -> (schema: [UInt8]?, catalog: [UInt8]?) {
    let transaction = try environment.beginReading()
    let keyspace = Keyspaces(of: environment).catalog
    let schema = try Keyspaces.schemaKey.lend { (key) throws(PageError) in
      try transaction.get(key, in: keyspace)?.copied
    }
    let catalog = try Keyspaces.catalogKey.lend { (key) throws(PageError) in
      try transaction.get(key, in: keyspace)?.copied
    }
    return (schema, catalog)
  }

  private init(_ environment: Environment, _ keyspaces: Keyspaces, _ plan: RegistryPlan) {
    self.environment = environment
    self.keyspaces = keyspaces
    self.plan = plan
    known = Mutex(nil)
    readers = Mutex([])
  }

  /// Begins a snapshot of the last commit.
  ///
  /// Throws a corruption of the catalog or a dictionary, or `readersFull`.
  package func beginSnapshot() throws(StoreError) -> Snapshot {
    let reader = try takeReader()
    let known = known.withLock { $0 }
    if let known, known.transactionID == reader.id {
      return Snapshot(
        registry: self, reader: reader, layout: known.layout, fresh: known.fresh)
    }
    let made = try learn(reader, after: known)
    self.known.withLock { current in
      if (current?.transactionID ?? 0) <= made.transactionID { current = made }
    }
    return Snapshot(registry: self, reader: reader, layout: made.layout, fresh: made.fresh)
  }

  /// Finds what the commit holds that a reader sees.
  private func learn(_ reader: SharedReader, after known: Known?) throws(StoreError) -> Known {
    let layout: Layout
    if let known, try known.layout.isStill(in: reader, keyspaces) {
      layout = known.layout
    } else {
      layout = try Layout(reader, registry: self, after: known?.layout)
    }
    let fresh = try freshView(reader, after: known?.filters)
    return Known(
      transactionID: reader.id, layout: layout, fresh: fresh,
      filters: fresh?.filters ?? known?.filters)
  }

  /// What changes have left beside segments and runs; nil for nothing.
  func freshView(
    _ reader: SharedReader, after known: FreshFilters?
  ) throws(StoreError) -> FreshView? {
    guard let state = try changeState(reader), state.changeNumber > state.settledChange else {
      return nil
    }
    let kept = known.flatMap { $0.settledChange == state.settledChange ? $0 : nil }
    let filters = kept ?? FreshFilters(settledChange: state.settledChange)
    try filters.catchUp(to: state.changeNumber, reader, keyspaces)
    return FreshView(state, filters)
  }

  /// What changes have left, or nil in a registry that was never changed.
  func changeState(_ reader: SharedReader) throws(StoreError) -> ChangeState? {
    guard let bytes = try reader.get(Keyspaces.changesKey, in: keyspaces.catalog) else {
      return nil
    }
    do throws(Corruption) {
      return try ChangeState(reading: bytes, tableCount: plan.tables.count)
    } catch { throw StoreError(error) }
  }

  /// Runs a change and returns when what it did is durable; it may run several times.
  ///
  /// Changes of several threads and processes queue; those that come while others are being synced
  /// are committed together. Many fresh rows are sealed before it returns. Throws what `body`
  /// throws, of which nothing is done then.
  package func change<Result>(
    _ reason: ChangeReason, _ body: (ChangeDraft) throws -> Result
  ) throws -> Result {
    guard environment.access == .readWrite else {
      throw StoreError(PageError(.permissionDenied, in: path))
    }
    while true {
      do {
        let result = try changes.run(reason, on: self, body)
        // The change is durable whatever becomes of the sealing, which the next one tries again.
        try? sealWhenMany()
        return result
      } catch let error as ChangeError where error.code == .tooManyFreshRows {
        guard try seal().rowCount > 0 else { throw error }
      }
    }
  }

  /// Begins a snapshot in which rows are as they were at a moment.
  ///
  /// Rows that came by loads and that no change touched are there at any moment.
  package func beginSnapshot(at moment: Moment) throws(StoreError) -> Snapshot {
    while true {
      let base = SharedSnapshot(try beginSnapshot())
      let reader = try takeReader()
      guard reader.id == base.snapshot.reader.id else {
        giveBack(reader)
        continue
      }
      let layout = base.snapshot.layout
      guard let state = try changeState(reader) else {
        return Snapshot(registry: self, reader: reader, layout: layout)
      }
      let fresh = FreshView(
        state, FreshFilters(settledChange: state.changeNumber), past: PastView(base, at: moment))
      return Snapshot(registry: self, reader: reader, layout: layout, fresh: fresh)
    }
  }

  /// Begins a snapshot that sees a catalog that is not published yet, and with `trial` values that
  /// never will be.
  func beginSnapshot(
    seeing catalog: Catalog, over trial: TrialFile? = nil
  ) throws(StoreError) -> Snapshot {
    let reader: SharedReader
    if let trial {
      reader = try SharedReader(environment, over: trial)
    } else {
      reader = try takeReader()
    }
    let layout = try Layout(reader, registry: self, after: nil, draft: catalog)
    return Snapshot(
      registry: self, reader: reader, layout: layout,
      fresh: try freshView(reader, after: known.withLock { $0?.filters }))
  }

  /// Begins a snapshot of the last commit that trusts nothing which was verified before.
  ///
  /// Broken words are told to `tolerating`; words without letters stand for them.
  func beginSnapshot(tolerating: (Corruption) -> Void) throws(StoreError) -> Snapshot {
    let reader = try takeReader()
    let layout = try withoutActuallyEscaping(tolerating) { (tolerating) throws(StoreError) in
      try Layout(reader, registry: self, after: nil, tolerating: tolerating)
    }
    return Snapshot(
      registry: self, reader: reader, layout: layout,
      fresh: try freshView(reader, after: known.withLock { $0?.filters }))
  }

  private func takeReader() throws(StoreError) -> SharedReader {
    guard let rested = readers.withLock({ $0.popLast() }) else {
      return try SharedReader(environment)
    }
    try rested.renew()
    return rested
  }

  func giveBack(_ reader: SharedReader) {
    guard !reader.seesTrial else { return }
    reader.reset()
    readers.withLock { $0.append(reader) }
  }
}

extension WriteTransaction {
  /// Adds words to a dictionary that holds `count` of them, rewriting its last chunk.
  package mutating func append(
    _ words: [[UInt8]], toDictionary dictionary: Int, holding count: Int, in keyspaces: Keyspaces
  ) throws(PageError) {
    guard !words.isEmpty else { return }
    var pending: [[UInt8]] = []
    var chunk = count >> WordChunk.shift
    let kept = count & (WordChunk.wordCountMax - 1)
    if kept > 0 {
      let key = NumberKey(UInt32(dictionary), UInt32(chunk))
      guard let bytes = try get(key, in: keyspaces.word),
        let old = try? WordChunk(reading: bytes, key: key.combined), old.wordCount >= kept
      else { throw PageError(.corrupted, in: keyspaces.word.name) }
      pending = (0..<kept).map { old[$0].copied }
    }
    for (index, word) in words.enumerated() {
      pending.append(word)
      if pending.count == WordChunk.wordCountMax || index == words.count - 1 {
        let key = NumberKey(UInt32(dictionary), UInt32(chunk))
        try put(
          encodeWordChunk(pending, key: key.combined), for: key, in: keyspaces.word)
        pending.removeAll()
        chunk += 1
      }
    }
  }
}
