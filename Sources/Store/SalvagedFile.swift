// A registry out of what can be read of a damaged one, to be read in its turn: damaged columns are
// damaged in it, too, but its pages are whole, and it has a schema and a catalog.
//
// A catalog that is lost is made anew of what is there: then rows of a load that was never
// published are among them.

import Bytes
import Columns
import Glibc
import Pages
package import Rows
import Segments

/// Something that a salvage could not bring back.
public struct SalvageLoss: Hashable, Sendable {
  /// What is lost.
  public enum Kind: String, Equatable, Sendable {
    /// A page contradicts itself; what it held is lost unless it is named below.
    case page
    /// The catalog; it was made anew, and rows of loads that never ended may be among others.
    case catalog
    /// All rows of a segment.
    case rows
    /// Values of a field in some rows of a segment, which are written as absent.
    case values
    /// Which rows of a segment were removed; they are written, too.
    case removals
    /// The checksums of a segment: its values are written, but nothing says that they are right.
    case unchecked
    /// Rows as changes left them; they are written as they were before.
    case changes
    /// Some rows of a segment that changed.
    case changedRows
  }

  /// What is lost.
  public var kind: Kind
  /// Where, such as `person segment 12`.
  public var place: String
  /// The field, if it is one.
  public var field: String

  /// Names a loss.
  public init(_ kind: Kind, _ place: String, field: String = "") {
    self.kind = kind
    self.place = place
    self.field = field
  }
}

/// What could be read of a damaged file, in a file of its own.
package final class SalvagedFile {
  package let registry: Registry
  /// What was not found so far.
  package private(set) var losses: [SalvageLoss] = []

  /// Reads the file at `path` into a new one at `target`; `schema` is used if that of the file is
  /// lost.
  ///
  /// Throws `StoreError`, as for a file of which neither schema nor values can be read.
  package init(of path: String, at target: String, schema: Schema?) throws {
    losses = try Self.write(path, target, schema)
    registry = try Registry(at: target, access: .readWrite)
    try mendCatalog()
    try mendSegments()
  }

  /// A snapshot that reads what there is; words that are lost have the bytes of no text.
  package func beginSnapshot() throws(StoreError) -> Snapshot {
    let reader = try SharedReader(registry.environment)
    let catalog = try Layout.readCatalog(reader, registry.keyspaces)
    let layout = try Layout(
      reader, registry: registry, after: nil, draft: catalog, tolerating: { _ in })
    var fresh: FreshView?
    do throws(StoreError) {
      fresh = try registry.freshView(reader, after: nil)
    } catch { losses.append(SalvageLoss(.changes, "changes since the last sealing")) }
    return Snapshot(registry: registry, reader: reader, layout: layout, fresh: fresh)
  }

  // MARK: Values

  /// Closes the file before it returns.
  private static func write(
    _ path: String, _ target: String, _ schema: Schema?
  ) throws -> [SalvageLoss] {
    let environment = try Environment(
      path: target, access: .readWrite, create: true, keyspaces: Keyspaces.names)
    let writer = SalvageWriter(environment)
    let findings = try rescueValues(of: path) { keyspace, key, value in
      try writer.put(value, for: key, in: keyspace)
    }
    try writer.commit()
    var losses = findings.map {
      SalvageLoss(.page, "page \($0.page) of \($0.owner), \($0.code.rawValue)")
    }
    let stored = try Registry.readRoot(of: environment)
    var found = stored.schema.flatMap { try? Registry.schema(of: $0) }
    if found == nil, let schema {
      found = schema
      try writer.put(Registry.bytes(of: schema), for: Keyspaces.schemaKey)
    }
    guard let found else { throw StoreError(Corruption(.schema, at: 0)) }
    let plan = RegistryPlan(found)
    let catalog = stored.catalog.flatMap { $0.lend { try? Catalog(reading: $0) } }
    if catalog?.dictionaries.map(\.name) != plan.dictionaryNames
      || catalog?.tables.count != plan.tables.count
    {
      losses.append(SalvageLoss(.catalog, "catalog"))
      let made = try Catalog(salvagedFrom: environment, plan)
      try writer.put(made.encoded(), for: Keyspaces.catalogKey)
    }
    try writer.commit()
    return losses
  }

  // MARK: Mending

  /// Makes the state of changes anew if it is lost, and first parents of a catalog that was made.
  private func mendCatalog() throws {
    let writer = SalvageWriter(registry.environment)
    let reader = try SharedReader(registry.environment)
    var catalog = try Layout.readCatalog(reader, registry.keyspaces)
    if (try? registry.changeState(reader)) == nil,
      try reader.get(Keyspaces.changesKey, in: registry.keyspaces.catalog) != nil
    {
      losses.append(SalvageLoss(.changes, "changes since the last sealing"))
      let settled = ChangeState(tableCount: registry.plan.tables.count)
      try writer.put(settled.encoded(), for: Keyspaces.changesKey)
    }
    if losses.contains(where: { $0.kind == .catalog }) {
      let layout = try Layout(
        reader, registry: registry, after: nil, draft: catalog, tolerating: { _ in })
      let snapshot = Snapshot(registry: registry, reader: reader, layout: layout, fresh: nil)
      for (table, plan) in registry.plan.tables.enumerated() where plan.parent != nil {
        var last: Int64 = 0
        for segment in 0..<catalog.tables[table].segmentCount {
          if let view = try? snapshot.segment(segment, table: table),
            (try? view.open(plan.linkColumn)) != nil
          {
            last = max(last, view.positionalParents.value(at: 0))
          }
          catalog.tables[table].firstParents[segment] = last
        }
      }
      try writer.put(catalog.encoded(), for: Keyspaces.catalogKey)
    }
    try writer.commit()
  }

  /// Takes out second parts that cannot be read, so that the first can, and gives parts whose
  /// checksums are lost new ones.
  private func mendSegments() throws {
    let keyspaces = registry.keyspaces
    let reader = try SharedReader(registry.environment)
    let catalog = try Layout.readCatalog(reader, registry.keyspaces)
    let writer = SalvageWriter(registry.environment)
    for (table, plan) in registry.plan.tables.enumerated() {
      for segment in 0..<catalog.tables[table].segmentCount {
        let place = "\(plan.table.name) segment \(segment)"
        for part in 0..<(plan.lateFields.isEmpty ? 1 : 2) {
          let key = Keyspaces.segmentKey(table: plan.number, part: UInt16(part), segment: segment)
          guard let bytes = try reader.get(key, in: keyspaces.segment) else { continue }
          if try reader.get(key, in: keyspaces.checksum) == nil,
            let sums = Self.checksums(of: bytes)
          {
            losses.append(SalvageLoss(.unchecked, place))
            try sums.lend { try writer.put($0, for: key, in: keyspaces.checksum) }
          } else if part == 1, !Self.canOpen(bytes, key, reader, plan, segment, keyspaces) {
            try writer.remove(key, in: keyspaces.segment)
          }
        }
      }
    }
    try writer.commit()
  }

  private static func canOpen(
    _ late: LentBytes, _ key: NumberKey, _ reader: SharedReader, _ plan: TablePlan, _ segment: Int,
    _ keyspaces: Keyspaces
  ) -> Bool {
    let first = Keyspaces.segmentKey(table: plan.number, segment: segment)
    guard let own = try? reader.get(first, in: keyspaces.segment),
      let ownSums = try? reader.get(first, in: keyspaces.checksum),
      let lateSums = try? reader.get(key, in: keyspaces.checksum)
    else { return false }
    let parts = [
      SegmentView.Part(bytes: own, checksums: ownSums),
      SegmentView.Part(bytes: late, checksums: lateSums),
    ]
    return (try? SegmentView(plan, segment: segment, parts: parts)) != nil
  }

  /// Checksums as a part would have them; nil where its directory cannot be read.
  private static func checksums(of bytes: LentBytes) -> [UInt8]? {
    guard let header = try? SegmentHeader(reading: bytes) else { return nil }
    let end = SegmentHeader.byteCount + SegmentHeader.entryByteCount * header.columnCount
    var writer = ByteWriter()
    writer.append(checksum(bytes.part(0, end)))
    for index in 0..<header.columnCount {
      guard let column = try? SegmentHeader.column(index, of: bytes) else { return nil }
      writer.append(checksum(column.bytes))
    }
    return writer.bytes
  }
}

extension Catalog {
  /// A catalog of everything that keyspaces hold, without indexes, loads and first parents.
  fileprivate init(salvagedFrom environment: Environment, _ plan: RegistryPlan) throws {
    let transaction = try environment.beginReading()
    let keyspaces = Keyspaces(of: environment)
    self.init()
    (layoutNumber, changeNumber) = (1, 1)
    tables = plan.tables.map { table in
      TableState(
        indexes: Array(
          repeating: [], count: table.table.indexes.count + (table.parent == nil ? 0 : 1)))
    }
    try transaction.forEach(in: keyspaces.segment) { key, value in
      guard let key = NumberKey(key), let header = try? SegmentHeader(reading: value),
        key.first & 0xFFFF == 0, Int(key.first >> 16) < tables.count
      else { return true }
      let table = Int(key.first >> 16)
      tables[table].segmentCount = max(tables[table].segmentCount, Int(key.second) + 1)
      tables[table].rowCount += header.rowCount
      return true
    }
    try transaction.forEach(in: keyspaces.removed) { key, value in
      guard let key = NumberKey(key), Int(key.first >> 16) < tables.count,
        value.count == RemovedRows.byteCount + 8
      else { return true }
      let count = stride(from: 0, to: RemovedRows.byteCount, by: 8).reduce(0) {
        $0 + value.load($1, as: UInt64.self).nonzeroBitCount
      }
      let table = Int(key.first >> 16)
      guard Int(key.second) < tables[table].segmentCount, (1...65_536).contains(count) else {
        return true
      }
      tables[table].emptied.append(
        EmptiedPlaces(segment: Int(key.second), placeCount: count))
      tables[table].rowCount -= count
      return true
    }
    for (table, tablePlan) in plan.tables.enumerated() where tablePlan.parent != nil {
      tables[table].firstParents = Array(repeating: 0, count: tables[table].segmentCount)
    }
    dictionaries = plan.dictionaryNames.map {
      DictionaryState(name: $0, wordCount: 0, isFrozen: false)
    }
    try transaction.forEach(in: keyspaces.word) { key, value in
      guard let key = NumberKey(key), Int(key.first) < dictionaries.count,
        let chunk = try? WordChunk(reading: value, key: key.combined)
      else { return true }
      dictionaries[Int(key.first)].wordCount =
        Int(key.second) << WordChunk.shift + chunk.wordCount
      return true
    }
  }
}

/// Writes in bounded transactions; a value that is there already is replaced.
private final class SalvageWriter {
  private static let transactionByteCountMax = 64 << 20

  private let environment: Environment
  private var transaction: WriteTransaction?
  private var pendingByteCount = 0

  init(_ environment: Environment) { self.environment = environment }

  /// Puts a value whose keyspace is known; others are left out.
  func put(_ value: LentBytes, for key: LentBytes, in name: String) throws {
    guard let keyspace = environment.keyspaces.first(where: { $0.name == name }) else { return }
    try write(value.count) { transaction throws(PageError) in
      try transaction.put(value, for: key, in: keyspace)
    }
  }

  /// Puts a value into the keyspace of the catalog.
  func put(_ value: [UInt8], for key: [UInt8]) throws {
    let keyspace = Keyspaces(of: environment).catalog
    try write(value.count) { transaction throws(PageError) in
      try transaction.put(value, for: key, in: keyspace)
    }
  }

  func put(_ value: LentBytes, for key: NumberKey, in keyspace: Keyspace) throws {
    try write(value.count) { transaction throws(PageError) in
      try transaction.put(value, for: key, in: keyspace)
    }
  }

  func remove(_ key: NumberKey, in keyspace: Keyspace) throws {
    try write(0) { transaction throws(PageError) in try transaction.remove(key, in: keyspace) }
  }

  private func write(
    _ byteCount: Int, _ body: (inout WriteTransaction) throws(PageError) -> Void
  ) throws {
    var open: WriteTransaction
    if let begun = transaction.take() {
      open = begun
    } else {
      open = try environment.beginWriting()
    }
    try body(&open)
    pendingByteCount += byteCount
    transaction = consume open
    if pendingByteCount > Self.transactionByteCountMax { try commit() }
  }

  func commit() throws {
    pendingByteCount = 0
    if let open = transaction.take() { try open.commit() }
  }
}
