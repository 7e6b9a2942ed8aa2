// A registry with indexes whose file is changed behind its back, to be verified.

import Bytes
import Columns
import Pages
import Rows
import Segments
import Support
import Testing

@testable import Store

/// A sound registry, and ways to break what it promises.
final class VerificationFile {
  let model: SmallModel
  let plan: RegistryPlan
  private let folder: TemporaryFolder
  private var environment: Environment?

  /// Homes and members in two segments each, one row of each table removed, with all indexes.
  init(seed: UInt64 = 7) throws {
    folder = try TemporaryFolder()
    let registry = try Registry.create(
      at: folder.file("small.hearth"), schema: try SmallSchema.make(in: folder))
    plan = registry.plan
    model = SmallModel(
      plan,
      ModelShape(seed: seed, homes: [1_500, 40], members: [2_600, 90], lateShare: 0.05))
    let writer = try BulkWriter(registry)
    let loader = SmallLoader(model, writer)
    loader.removed = [[], [3]]
    try loader.write()
    try write(entries(0, "home_number"), .digits, index: 0, table: 0, to: writer)
    try write(entries(1, "number"), .digits, index: 0, table: 1, to: writer)
    try write(lateChildren(), .wide, index: 1, table: 1, to: writer)
    try writer.publish()
  }

  // MARK: Indexes

  typealias Entry = (hash: UInt64, row: UInt32)

  /// What an index on a number holds, by the model.
  private func entries(_ table: Int, _ field: String) -> [Entry] {
    let field = model.field(table, field)
    return model.rows[table].indices.compactMap { position in
      let value = model.rows[table][position].values[field]
      guard value != absentValue else { return nil }
      return (
        IndexKeyKind.digits.hash(UInt64(value)), UInt32(model.number(table, position))
      )
    }
  }

  private func lateChildren() -> [Entry] {
    model.rows[1].indices.compactMap { position in
      let row = model.rows[1][position]
      guard row.isLate, row.parent != absentValue else { return nil }
      return (
        IndexKeyKind.wide.hash(UInt64(row.parent)), UInt32(model.number(1, position))
      )
    }
  }

  private static func partition(
    _ entries: [Entry], _ kind: IndexKeyKind, _ number: Int
  ) -> (count: Int, bytes: [UInt8]) {
    let shape = IndexRunShape(keyKind: kind, partitionBits: 1, rowBits: 32)
    let writer = IndexRunWriter(shape: shape)
    writer.begin(partition: number)
    let own = entries.filter { shape.partition(of: $0.hash) == number }
    for entry in own { writer.append(hash: entry.hash, row: entry.row) }
    writer.sort()
    return (own.count, writer.bytes())
  }

  private func write(
    _ entries: [Entry], _ kind: IndexKeyKind, index: Int, table: Int, to writer: BulkWriter
  ) throws {
    let run = writer.nextRun()
    var sums: [UInt64] = []
    for number in 0...1 {
      let partition = Self.partition(entries, kind, number)
      try writer.put(partition: number, run: run, bytes: partition.bytes)
      sums.append(checksum(partition.bytes))
    }
    try writer.put(checksums: sums, run: run)
    writer.catalog.tables[table].indexes[index] = [
      Catalog.RunState(
        number: run, partitionBits: 1, keyBits: kind.rawValue, firstSegment: 0, segmentCount: 2,
        entryCount: UInt64(entries.count))
    ]
  }

  /// Writes the index on the members' number anew, with other entries under right checksums.
  func changeNumberIndex(_ change: (inout [Entry]) -> Void) throws {
    var changed = entries(1, "number")
    change(&changed)
    let run = try catalog().tables[1].indexes[0][0].number
    var sums = ByteWriter()
    for number in 0...1 {
      let partition = Self.partition(changed, .digits, number)
      try put(partition.bytes, for: NumberKey(run, UInt32(number)).bytes, in: "partition")
      sums.append(checksum(partition.bytes))
    }
    try put(sums.bytes, for: Keyspaces.runChecksumKey(run).bytes, in: "checksum")
    try changeCatalog { $0.tables[1].indexes[0][0].entryCount = UInt64(changed.count) }
  }

  // MARK: Values

  private func writable() throws -> Environment {
    let open =
      try environment
      ?? Environment(
        path: folder.file("small.hearth"), access: .readWrite, keyspaces: Keyspaces.names)
    environment = open
    return open
  }

  func values(of keyspace: String) throws -> [(key: [UInt8], value: [UInt8])] {
    var found: [(key: [UInt8], value: [UInt8])] = []
    let environment = try writable()
    let transaction = try environment.beginReading()
    try transaction.forEach(in: environment.keyspace(keyspace)) { key, value in
      found.append((key.copied, value.copied))
      return true
    }
    return found
  }

  func value(of key: [UInt8], in keyspace: String) throws -> [UInt8] {
    try #require(try values(of: keyspace).first { $0.key == key }).value
  }

  func put(_ value: [UInt8]?, for key: [UInt8], in keyspace: String) throws {
    let environment = try writable()
    var transaction = try environment.beginWriting()
    if let value {
      try transaction.put(value, for: key, in: environment.keyspace(keyspace))
    } else {
      try key.lend { key throws in
        _ = try transaction.remove(key, in: environment.keyspace(keyspace))
      }
    }
    try transaction.commit()
  }

  /// Changes one byte of a value.
  func flip(_ offset: Int, of key: [UInt8], in keyspace: String) throws {
    var bytes = try value(of: key, in: keyspace)
    bytes[offset] ^= 1
    try put(bytes, for: key, in: keyspace)
  }

  func key(_ table: Int, part: UInt16 = 0, segment: Int) -> [UInt8] {
    Keyspaces.segmentKey(table: UInt16(table), part: part, segment: segment).bytes
  }

  func catalog() throws -> Catalog {
    try value(of: Keyspaces.catalogKey, in: "catalog").lend { try Catalog(reading: $0) }
  }

  func changeCatalog(_ change: (inout Catalog) -> Void) throws {
    var changed = try catalog()
    change(&changed)
    try put(changed.encoded(), for: Keyspaces.catalogKey, in: "catalog")
  }

  /// Writes a value that ends with its checksum anew, with other bytes before it.
  func changeSummed(
    _ keyspace: String, _ key: [UInt8], _ change: (inout [UInt8]) -> Void
  ) throws {
    var body = Array(try value(of: key, in: keyspace).dropLast(8))
    change(&body)
    var writer = ByteWriter()
    writer.append(body)
    // Zone maps and bitmaps name their key in their checksum.
    let number = try #require(key.lend { NumberKey($0) })
    let isNamed = ["zone", "removed"].contains(keyspace)
    writer.append(checksum(body) ^ (isNamed ? mix(number.combined) : 0))
    try put(writer.bytes, for: key, in: keyspace)
  }

  // MARK: Columns

  /// Writes a part of a segment anew, with other columns under right checksums.
  func changeColumns(
    _ table: Int, part: UInt16 = 0, segment: Int,
    _ change: (inout [(field: UInt16, bytes: [UInt8])]) -> Void
  ) throws {
    let key = key(table, part: part, segment: segment)
    let (header, columns) = try value(of: key, in: "segment").lend { bytes throws in
      let header = try SegmentHeader(reading: bytes)
      let columns = try (0..<header.columnCount).map { index throws in
        let column = try SegmentHeader.column(index, of: bytes)
        return (field: column.field, bytes: column.bytes.copied)
      }
      return (header, columns)
    }
    var changed = columns
    change(&changed)
    let made = SegmentPart(
      table: header.table, segment: header.segment, part: header.part, rowCount: header.rowCount,
      columns: changed)
    var bytes = [UInt8](repeating: 0, count: made.byteCount)
    bytes.withUnsafeMutableBytes { made.write(into: $0) }
    var sums = ByteWriter()
    for sum in made.checksums() { sums.append(sum) }
    try put(bytes, for: key, in: "segment")
    try put(sums.bytes, for: key, in: "checksum")
  }

  /// Replaces a column of integers by these values.
  func setValues(
    _ table: Int, _ field: UInt16, _ values: [Int64], segment: Int = 1
  ) throws {
    try changeColumns(table, segment: segment) { columns in
      guard let at = columns.firstIndex(where: { $0.field == field }) else { return }
      columns[at].bytes = encodeIntegers(values)
    }
  }

  // MARK: Verifying

  func verify(jobs: Int = 2) throws -> VerificationReport {
    environment = nil
    let registry = try Registry(at: folder.file("small.hearth"), access: .readOnly)
    return try registry.verify(jobs: jobs)
  }
}

extension VerificationReport {
  /// What was found, as one line each.
  var lines: [String] { findings.map { "\($0.place): \($0.promise.rawValue)" } }
}
