// Any flipped byte of any stored value is found when it is read, with its place; nothing crashes
// and nothing else is read in its stead.

import Bytes
import Columns
import Pages
import Rows
import Segments
import Support
import Testing

@testable import Store

@Suite struct DamageTests {
  /// Keyspaces whose values are all read by `readAll`, with the place that an error names.
  @Test(arguments: [
    (keyspace: "segment", places: ["home segment ", "member segment "], step: 29),
    (keyspace: "checksum", places: ["home segment ", "member segment ", "index run 1 "], step: 3),
    (keyspace: "zone", places: ["home segment ", "member segment "], step: 31),
    (keyspace: "removed", places: ["home segment 1", "member segment 0"], step: 397),
    (keyspace: "partition", places: ["index run 1 partition "], step: 7),
    (keyspace: "word", places: ["dictionary "], step: 17),
    (keyspace: "catalog", places: [""], step: 23),
  ])
  func findsFlippedBytes(keyspace: String, places: [String], step: Int) throws {
    let file = try DamagedFile()
    var foundCount = 0
    for (key, value) in try file.values(of: keyspace) {
      for at in stride(from: 0, to: value.count, by: step) {
        var flipped = value
        flipped[at] ^= 1 << (at % 8)
        try file.put(flipped, for: key, in: keyspace)
        do {
          try file.readAll()
          // Bytes between columns mean nothing; they are read over and everything else is right.
          #expect(keyspace == "segment" && value[at] == 0, "\(keyspace) \(key) at \(at)")
        } catch StoreError.corruption(let corruption) {
          foundCount += 1
          #expect(
            places.contains { $0.isEmpty || corruption.place.hasPrefix($0) },
            "\(corruption) for \(keyspace) \(key) at \(at)")
        }
      }
      try file.put(value, for: key, in: keyspace)
    }
    #expect(foundCount > 10)
    try file.readAll()
  }

  @Test(arguments: ["segment", "checksum", "zone", "removed", "partition", "word", "catalog"])
  func findsMissingAndTornValues(keyspace: String) throws {
    let file = try DamagedFile()
    for (key, value) in try file.values(of: keyspace) {
      for length in [0, 1, value.count / 2, value.count - 8, value.count - 1] {
        try file.put(Array(value.prefix(max(0, length))), for: key, in: keyspace)
        #expect(throws: StoreError.self, "\(keyspace) \(key) of \(length) bytes") {
          try file.readAll()
        }
      }
      try file.put(nil, for: key, in: keyspace)
      #expect(throws: StoreError.self, "\(keyspace) \(key) missing") { try file.readAll() }
      try file.put(value, for: key, in: keyspace)
    }
    try file.readAll()
  }

  /// Values that are whole, but under another's key.
  @Test(arguments: ["segment", "zone", "removed", "partition", "word"])
  func findsExchangedValues(keyspace: String) throws {
    let file = try DamagedFile()
    let values = try file.values(of: keyspace)
    let sums = try file.values(of: "checksum")
    for (index, first) in values.enumerated() {
      let second = values[(index + 1) % values.count]
      guard first.value != second.value else { continue }
      try file.put(second.value, for: first.key, in: keyspace)
      if keyspace == "segment" {
        // With its checksums the value is right in itself; only the key says that it is another's.
        let own = sums.first { $0.key == second.key }?.value
        try file.put(own, for: first.key, in: "checksum")
      }
      #expect(throws: StoreError.self, "\(keyspace) \(first.key)") { try file.readAll() }
      try file.put(first.value, for: first.key, in: keyspace)
      try file.put(sums.first { $0.key == first.key }?.value, for: first.key, in: "checksum")
    }
    try file.readAll()
  }

  /// One broken column leaves the others readable.
  @Test func readsTheOtherColumnsOfABrokenSegment() throws {
    let file = try DamagedFile()
    let (key, value) = try #require(try file.values(of: "segment").last)
    let end = try value.lend { bytes throws in
      let header = try SegmentHeader(reading: bytes)
      let last = try SegmentHeader.column(header.columnCount - 1, of: bytes)
      return value.count - last.bytes.count
    }
    var broken = value
    broken[end] ^= 1
    try file.put(broken, for: key, in: "segment")
    let registry = try file.opened()
    let snapshot = try registry.beginSnapshot()
    let reader = BlockReader(registry.plan, table: 1)
    try reader.begin(segment: 1, block: 0, in: snapshot)
    let last = registry.plan.tables[1].fieldCount - 1
    _ = try reader.values(0, in: snapshot)
    #expect(
      throws: StoreError.corruption(
        Corruption(.column, at: 0, in: "member segment 1 column is_new"))
    ) {
      _ = try reader.values(last, in: snapshot)
    }
    _ = try reader.values(last - 1, in: snapshot)
  }
}

/// A registry whose file is changed behind its back.
private final class DamagedFile {
  private let folder: TemporaryFolder
  private let model: SmallModel
  private var environment: Environment?

  init() throws {
    folder = try TemporaryFolder()
    let registry = try Registry.create(
      at: folder.file("small.hearth"), schema: try SmallSchema.make(in: folder))
    model = SmallModel(
      registry.plan, ModelShape(seed: 31, homes: [12, 5], members: [20, 6], absentShare: 0.1))
    let writer = try BulkWriter(registry)
    let loader = SmallLoader(model, writer)
    loader.removed = [[1 << 16], [3]]
    try loader.write()
    let run = IndexRunWriter(
      shape: IndexRunShape(keyKind: .digits, partitionBits: 1, rowBits: 32))
    var sums: [UInt64] = []
    for partition in 0...1 {
      run.begin(partition: partition)
      for key in 0..<40 as Range<UInt64> where Self.partition(key) == partition {
        run.append(hash: IndexKeyKind.digits.hash(key), row: UInt32(key))
      }
      run.sort()
      let bytes = run.bytes()
      try writer.put(partition: partition, run: 1, bytes: bytes)
      sums.append(checksum(bytes))
    }
    try writer.put(checksums: sums, run: writer.nextRun())
    writer.catalog.tables[1].indexes[0] = [
      Catalog.RunState(
        number: 1, partitionBits: 1, keyBits: 40, firstSegment: 0, segmentCount: 1, entryCount: 40)
    ]
    try writer.publish()
  }

  private static func partition(_ key: UInt64) -> Int {
    Int(IndexKeyKind.digits.hash(key) >> 63)
  }

  func opened() throws -> Registry {
    environment = nil
    return try Registry(at: folder.file("small.hearth"), access: .readOnly)
  }

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
      // A flipped byte of the schema is found before there is a snapshot: RegistryTests.
      if key.copied != Keyspaces.schemaKey { found.append((key.copied, value.copied)) }
      return true
    }
    return found
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

  /// Reads every value in every way and compares it with the model.
  func readAll() throws {
    let registry = try opened()
    let snapshot = try registry.beginSnapshot()
    for table in 0...1 {
      for segment in 0..<snapshot.segmentCount(table: table) {
        let zones = try snapshot.zones(segment, table: table)
        let count = model.starts[table][segment + 1] - model.starts[table][segment]
        #expect(zones.rowCount == count)
        _ = try snapshot.removedPlaces(segment, table: table)
        try readBlock(registry, table, segment, snapshot)
      }
      try readRows(registry, table, snapshot)
    }
    let probe = IndexProbe(table: 1, index: 0)
    for key in 0..<40 as Range<UInt64> {
      let count = try probe.find(IndexKeyKind.digits.hash(key), in: snapshot)
      let rows = (0..<count).map { probe[$0] }
      #expect(rows.contains(Int(key)))
    }
  }

  private func readRows(
    _ registry: Registry, _ table: Int, _ snapshot: borrowing Snapshot
  ) throws {
    let plan = registry.plan.tables[table]
    let reader = RowReader(registry.plan, table: table)
    for (position, row) in model.rows[table].enumerated() {
      let number = model.number(table, position)
      let isPresent = try reader.read(number, in: snapshot)
      #expect(isPresent == (table == 0 ? number != 1 << 16 : number != 3))
      guard isPresent else { continue }
      for field in 0..<plan.fieldCount {
        if plan.isText[field] {
          #expect(reader.buffer.text(of: field).map { String($0) } == row.texts[field])
        } else {
          #expect(reader.buffer.values[field] == row.values[field])
        }
      }
    }
  }

  private func readBlock(
    _ registry: Registry, _ table: Int, _ segment: Int, _ snapshot: borrowing Snapshot
  ) throws {
    let plan = registry.plan.tables[table]
    let reader = BlockReader(registry.plan, table: table)
    try reader.begin(segment: segment, block: 0, in: snapshot)
    for field in 0..<plan.fieldCount {
      if plan.isText[field] {
        if plan.table.fields[field].words != nil {
          _ = try reader.wordCodes(field, in: snapshot)
        }
        continue
      }
      let found = try reader.values(field, in: snapshot)
      for place in 0..<reader.rowCount {
        let row = model.rows[table][model.starts[table][segment] + place]
        #expect(found[place] == row.values[field])
      }
    }
  }
}
