// Whole runs against a dictionary.

import Bytes
import Support
import Testing

@testable import Store

@Suite struct IndexRunBuilderTests {
  /// All stored partitions of a run, and the duplicates that were found.
  private func build(
    _ pairs: [(hash: UInt64, row: UInt32)], _ shape: IndexRunShape, workerCount: Int = 1,
    passByteCountMax: Int = 1 << 30, keepsFirstOnly: Bool = false,
    memory: IndexMemory = IndexMemory()
  ) -> (partitions: [[UInt8]], duplicates: [IndexDuplicate]) {
    var partitions: [[UInt8]] = []
    var duplicates: [IndexDuplicate] = []
    let writer = IndexRunWriter(shape: shape)
    let hashes = Scratch<UInt64>(count: pairs.count)
    let rows = Scratch<UInt32>(count: pairs.count)
    for (index, pair) in pairs.enumerated() {
      hashes.view[index] = pair.hash
      rows.view[index] = pair.row
    }
    for pass in shape.passes(entryCount: pairs.count, byteCountMax: passByteCountMax) {
      let builder = IndexRunBuilder(
        shape: shape, partitions: pass, workerCount: workerCount, memory: memory)
      for (number, worker) in builder.workers.enumerated() {
        let start = pairs.count * number / workerCount
        let end = pairs.count * (number + 1) / workerCount
        worker.add(
          hashes: hashes.view.from(start), rows: rows.view.from(start), count: end - start)
      }
      for partition in pass {
        builder.collect(partition, into: writer)
        writer.sort(findingDuplicates: true, keepsFirstOnly: keepsFirstOnly)
        duplicates += writer.duplicates
        partitions.append(writer.bytes())
      }
    }
    return (partitions, duplicates)
  }

  private func lookUp(
    _ hash: UInt64, _ partitions: [[UInt8]], _ shape: IndexRunShape
  ) throws -> [UInt32] {
    let rows = Scratch<UInt32>(count: 256)
    return try partitions[shape.partition(of: hash)].lend { bytes in
      let count = try IndexRunPartition(bytes).candidates(hash: hash, into: rows.view)
      return (0..<count).map { rows.view[$0] }
    }
  }

  /// Finds all rows of each key among its candidates, and seldom others.
  @Test(arguments: [
    (keyKind: IndexKeyKind.digits, entryCount: 1, partitionBits: 0, rowBits: 1),
    (keyKind: .digits, entryCount: 15, partitionBits: 0, rowBits: 24),
    (keyKind: .digits, entryCount: 3_000, partitionBits: 3, rowBits: 27),
    (keyKind: .wide, entryCount: 20_000, partitionBits: 4, rowBits: 32),
    (keyKind: .wide, entryCount: 40_000, partitionBits: 0, rowBits: 16),
    (keyKind: .digits, entryCount: 5_000, partitionBits: 8, rowBits: 13),
  ])
  func findsWhatADictionaryFinds(
    keyKind: IndexKeyKind, entryCount: Int, partitionBits: Int, rowBits: Int
  ) throws {
    let shape = IndexRunShape(
      keyKind: keyKind, partitionBits: partitionBits, rowBits: rowBits)
    var random = SeededGenerator(seed: UInt64(entryCount))
    var model: [UInt64: [UInt32]] = [:]
    var pairs: [(hash: UInt64, row: UInt32)] = []
    for _ in 0..<entryCount {
      // About every third key repeats one before it.
      let key = UInt64.random(in: 0..<UInt64(2 * entryCount), using: &random) * 1_000_003
      let row = UInt32.random(
        in: 0...UInt32(truncatingIfNeeded: (UInt64(1) << UInt64(rowBits)) - 1), using: &random)
      model[key, default: []].append(row)
      pairs.append((keyKind.hash(key), row))
    }
    let (partitions, _) = build(pairs, shape, workerCount: 3)

    #expect(partitions.count == 1 << partitionBits)
    var needless = 0
    for (key, rows) in model {
      let found = try lookUp(keyKind.hash(key), partitions, shape)
      var left = found
      for row in rows {
        let place = try #require(left.firstIndex(of: row))
        left.remove(at: place)
      }
      needless += left.count
    }
    #expect(needless <= 5 + model.count / 4)
  }

  @Test(arguments: [1, 2, 5]) func givesTheSameBytesForAnyWorkersAndPasses(workerCount: Int) {
    var random = SeededGenerator(seed: 99)
    let shape = IndexRunShape(keyKind: .digits, partitionBits: 5, rowBits: 20)
    let pairs = (0..<30_000 as Range<UInt32>).map { row in
      (hash: IndexKeyKind.digits.hash(UInt64.random(in: 0..<1 << 40, using: &random)), row: row)
    }
    let once = build(pairs, shape).partitions
    #expect(build(pairs, shape, workerCount: workerCount).partitions == once)
    #expect(build(pairs.shuffled(using: &random), shape).partitions == once)
    #expect(
      build(pairs, shape, workerCount: workerCount, passByteCountMax: 50_000).partitions == once)
  }

  @Test func keepsTheEarlierRowOfEqualKeys() throws {
    let shape = IndexRunShape(
      keyKind: .digits, entryCount: 1_000, rowCountMax: 1 << 27, isUnique: true)
    #expect(shape.areEntriesExact)
    var pairs: [(hash: UInt64, row: UInt32)] = []
    for row in 0..<1_000 as Range<UInt32> {
      pairs.append((IndexKeyKind.digits.hash(UInt64(row) + 100_000_000_000), row + 10))
    }
    for row in [5, 3, 4] as [UInt32] {
      pairs.append((IndexKeyKind.digits.hash(100_000_000_777), row * 1_000_000))
    }
    let (partitions, duplicates) = build(pairs, shape, keepsFirstOnly: true)

    #expect(
      duplicates == [
        IndexDuplicate(earlier: 787, later: 3_000_000),
        IndexDuplicate(earlier: 787, later: 4_000_000),
        IndexDuplicate(earlier: 787, later: 5_000_000),
      ])
    let hash = IndexKeyKind.digits.hash(100_000_000_777)
    let found = try lookUp(hash, partitions, shape)
    #expect(found.contains(787))
    #expect(!found.contains { $0 >= 3_000_000 })
    let kept = try partitions.reduce(0) { sum, bytes in
      try sum + bytes.lend { try IndexRunPartition($0).entryCount }
    }
    #expect(kept == 1_000)
  }

  /// Memory that an earlier run has filled.
  @Test func buildsTheSameInUsedMemory() {
    var random = SeededGenerator(seed: 12)
    let memory = IndexMemory()
    for (partitionBits, count) in [(2, 60_000), (4, 40_000), (0, 9_000), (3, 60_000)] {
      let shape = IndexRunShape(keyKind: .wide, partitionBits: partitionBits, rowBits: 16)
      let pairs = (0..<UInt32(count)).map { (hash: random.next(), row: $0) }
      let used = build(pairs, shape, workerCount: 2, memory: memory)
      let fresh = build(pairs, shape, workerCount: 2)
      #expect(used.partitions == fresh.partitions)
    }
  }

  @Test func passesOverAbsentKeys() throws {
    let shape = IndexRunShape(keyKind: .digits, partitionBits: 1, rowBits: 8)
    let keys = Scratch<Int64>(count: 4)
    for (index, key) in [12, Int64.min, 0, 999_999_999_999].enumerated() { keys.view[index] = key }
    let builder = IndexRunBuilder(shape: shape, workerCount: 1)
    builder.workers[0].add(keys: keys.view, count: 4, firstRow: 40, absent: Int64.min)
    let writer = IndexRunWriter(shape: shape)
    var partitions: [[UInt8]] = []
    var entryCount = 0
    for partition in 0..<2 {
      builder.collect(partition, into: writer)
      entryCount += writer.entryCount
      writer.sort()
      partitions.append(writer.bytes())
    }
    #expect(entryCount == 3)
    #expect(try lookUp(IndexKeyKind.digits.hash(12), partitions, shape).contains(40))
    #expect(try lookUp(IndexKeyKind.digits.hash(0), partitions, shape).contains(42))
    #expect(try lookUp(IndexKeyKind.digits.hash(999_999_999_999), partitions, shape).contains(43))
  }

  @Test func listsItsEntries() throws {
    let shape = IndexRunShape(keyKind: .wide, partitionBits: 0, rowBits: 16)
    var random = SeededGenerator(seed: 4)
    let pairs = (0..<500 as Range<UInt32>).map { (hash: random.next(), row: $0) }
    let bytes = build(pairs, shape).partitions[0]
    var seen: [UInt32] = []
    try bytes.lend { try IndexRunPartition($0).forEach { _, _, row in seen.append(row) } }
    #expect(seen == pairs.sorted { $0.hash < $1.hash }.map(\.row))
  }

  @Test func choosesPartitionsBySize() {
    let country = IndexRunShape(
      keyKind: .digits, entryCount: 90_000_000, rowCountMax: 90_177_536, isUnique: true)
    #expect(country.partitionBits == 9)
    #expect(country.rowBits == 27)
    #expect(country.areEntriesExact)
    #expect(IndexRunShape(keyKind: .wide, entryCount: 0, rowCountMax: 0).partitionBits == 0)
    #expect(!IndexRunShape(keyKind: .digits, partitionBits: 2, rowBits: 27).areEntriesExact)
    #expect(
      country.passes(entryCount: 90_000_000, byteCountMax: 400_000_000) == [0..<256, 256..<512])
  }

  @Test func placesHashesOfOnePartition() {
    let shape = IndexRunShape(keyKind: .wide, partitionBits: 0, rowBits: 8)
    #expect(shape.partition(of: UInt64.max) == 0)
    let many = IndexRunShape(keyKind: .wide, partitionBits: 16, rowBits: 8)
    #expect(many.partition(of: 0xabcd_0000_0000_0000) == 0xabcd)
  }

  @Test func trapsWhenKeysThatMayDifferAreDropped() async {
    await #expect(processExitsWith: .failure) {
      let shape = IndexRunShape(keyKind: .wide, partitionBits: 0, rowBits: 8)
      let writer = IndexRunWriter(shape: shape)
      writer.begin(partition: 0)
      writer.sort(keepsFirstOnly: true)
    }
  }
}
