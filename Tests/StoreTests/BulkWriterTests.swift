// One load at a time, unseen until it is published, and gone if it never is.

import Bytes
import Pages
import Rows
import Segments
import Support
import Testing

@testable import Store

@Suite struct BulkWriterTests {
  private let folder: TemporaryFolder
  private let registry: Registry
  private let model: SmallModel

  init() throws {
    folder = try TemporaryFolder()
    registry = try Registry.create(
      at: folder.file("small.hearth"), schema: try SmallSchema.make(in: folder))
    model = SmallModel(
      registry.plan, ModelShape(seed: 21, homes: [40, 10], members: [70, 30, 1]))
  }

  private func entryCounts() throws -> [Int] {
    let transaction = try registry.environment.beginReading()
    return try registry.environment.keyspaces.map { keyspace throws in
      try transaction.statistics(of: keyspace).entryCount
    }
  }

  @Test func showsNothingBeforeItIsPublished() throws {
    let writer = try BulkWriter(registry)
    let before = try registry.beginSnapshot()
    try SmallLoader(model, writer).write()
    try writer.flush()
    #expect(writer.byteCount > 5_000)
    do {
      let during = try registry.beginSnapshot()
      #expect(during.catalog == before.catalog)
      #expect(try !during.isPresent(row: 0, table: 0))
      let draft = try writer.draft()
      #expect(draft.rowCount(table: 0) == 50)
      let reader = RowReader(registry.plan, table: 1)
      #expect(try reader.read(2 << 16, in: draft))
    }
    try writer.publish()
    let after = try registry.beginSnapshot()
    #expect(after.rowCount(table: 1) == 101)
    #expect(after.catalog.layoutNumber == before.catalog.layoutNumber + 1)
    #expect(after.catalog.changeNumber == before.catalog.changeNumber + 1)
    #expect(before.rowCount(table: 1) == 0)
  }

  @Test func readsADraftWhoseLateColumnsAreMissing() throws {
    let writer = try BulkWriter(registry)
    try SmallLoader(model, writer).write()
    try writer.flush()
    var transaction = try registry.environment.beginWriting()
    try transaction.remove(
      Keyspaces.segmentKey(table: 0, part: 1, segment: 0), in: registry.keyspaces.segment)
    try transaction.commit()
    let draft = try writer.draft()
    let reader = RowReader(registry.plan, table: 0)
    #expect(try reader.read(0, in: draft))
    #expect(reader.buffer.values[model.field(0, "member_count")] == .min)
    #expect(reader.buffer.values[0] == 100_000)
  }

  @Test func sweepsWhatAnEarlierLoadLeft() throws {
    let empty = try entryCounts()
    do {
      let writer = try BulkWriter(registry)
      try SmallLoader(model, writer).write()
      try writer.put(partition: 0, run: writer.nextRun(), bytes: [1, 2, 3])
      try writer.put(checksums: [1], run: 1)
      try writer.put(removedPlaces: [1], segment: 0, table: 0)
      try writer.flush()
      let left = try entryCounts()
      let ofChanges = ["fresh", "freshKey", "change", "history", "pastKey"]
      for (keyspace, name) in Keyspaces.names.enumerated().dropFirst()
      where !ofChanges.contains(name) {
        #expect(left[keyspace] > empty[keyspace], "\(name)")
      }
    }
    do {
      let writer = try BulkWriter(registry)
      #expect(try entryCounts() == empty)
      try SmallLoader(model, writer).write()
      try writer.publish()
    }
    let published = try entryCounts()
    _ = try BulkWriter(registry)
    #expect(try entryCounts() == published)
  }

  @Test func forgetsWhatIsAbandoned() throws {
    let empty = try entryCounts()
    let writer = try BulkWriter(registry)
    try SmallLoader(model, writer).write()
    writer.abandon()
    #expect(try entryCounts() == empty)
  }

  /// The transaction of the failed write held what other writes had put, and the catalog named it
  /// all the same.
  @Test func publishesNothingAfterAWriteThatFailed() throws {
    let empty = try entryCounts()
    do {
      let writer = try BulkWriter(registry)
      try SmallLoader(model, writer).write()
      // A dictionary of which no word is stored cannot be gone on with.
      let dictionary = writer.catalog.dictionaries.count - 1
      let count = writer.catalog.dictionaries[dictionary].wordCount
      writer.catalog.dictionaries[dictionary].wordCount = 3 * 65_536 + 7
      let reason = StoreError.page(PageError(.corrupted, in: "word"))
      #expect(throws: reason) { try writer.append([[1]], toDictionary: dictionary) }
      writer.catalog.dictionaries[dictionary].wordCount = count
      #expect(throws: reason) { try writer.put(checksums: [1], run: 1) }
      #expect(throws: reason) { try writer.flush() }
      #expect(throws: reason) { try writer.publish() }
    }
    #expect(try registry.beginSnapshot().catalog.loads.isEmpty)
    #expect(try registry.beginSnapshot().rowCount(table: 0) == 0)
    _ = try BulkWriter(registry)
    #expect(try entryCounts() == empty)
  }

  @Test func trapsWhenAnAbandonedLoadIsPublished() async {
    await #expect(processExitsWith: .failure) {
      let folder = try TemporaryFolder()
      let registry = try Registry.create(
        at: folder.file("small.hearth"), schema: try SmallSchema.make(in: folder))
      let writer = try BulkWriter(registry)
      writer.abandon()
      try writer.publish()
    }
  }

  @Test func refusesASecondLoadWhileOneIsInProgress() throws {
    let path = registry.environment.path
    do {
      let writer = try BulkWriter(registry)
      #expect(throws: StoreError.loadInProgress(path: path)) { _ = try BulkWriter(registry) }
      withExtendedLifetime(writer) {}
    }
    _ = try BulkWriter(registry)
  }

  /// Words that end before, at and after the border of a chunk, added little by little.
  @Test(arguments: [
    [1, 1, 4_094, 1, 1], [4_096, 1], [4_095, 1, 4_096, 8_192, 1], [10_000, 3],
  ])
  func addsWordsOverTheBordersOfChunks(counts: [Int]) throws {
    let dictionary = try #require(registry.plan.dictionaryNames.firstIndex(of: "words:typed.1"))
    var total = 0
    for count in counts {
      let writer = try BulkWriter(registry)
      try writer.append(
        (total..<total + count).map { Array("từ \($0)".utf8) }, toDictionary: dictionary)
      try writer.append([], toDictionary: dictionary)
      try writer.publish()
      total += count
      let snapshot = try registry.beginSnapshot()
      let list = snapshot.words.lists[dictionary]
      #expect(list.wordCount == total)
      for code in [0, total / 2, max(0, total - count - 1), total - count, total - 1] {
        #expect(list[UInt32(code)].map { String($0) } == "từ \(code)")
      }
      #expect(list[UInt32(total)] == nil)
    }
    let chunkCount = (total + 4_095) / 4_096
    let transaction = try registry.environment.beginReading()
    for chunk in 0...chunkCount {
      let found = try transaction.get(
        NumberKey(UInt32(dictionary), UInt32(chunk)), in: registry.keyspaces.word)
      #expect((found != nil) == (chunk < chunkCount))
    }
  }

  /// Words that a load added and never published are not seen, and are overwritten by the next.
  @Test func writesOverWordsThatWereNotPublished() throws {
    let dictionary = try #require(registry.plan.dictionaryNames.firstIndex(of: "words:typed.1"))
    for (word, isPublished) in [("một", true), ("hai", false), ("ba", true)] {
      let writer = try BulkWriter(registry)
      try writer.append([Array(word.utf8)], toDictionary: dictionary)
      if isPublished { try writer.publish() } else { try writer.flush() }
    }
    let list = try registry.beginSnapshot().words.lists[dictionary]
    #expect((0..<3).map { list[$0].map { String($0) } } == ["một", "ba", nil])
  }

  /// Small values lie in pages that commits copy; what a registry keeps of them was read from pages
  /// that had been written over, and words and rows changed.
  @Test func readsTheSameWhileOtherLoadsComeAndGo() throws {
    let registry = try SmallRegistry(
      ModelShape(seed: 22, homes: [2, 3, 4], members: [3, 20, 1, 7]))
    try registry.expectRows()
    try registry.expectBlocks()
    for round in 0..<12 {
      let writer = try BulkWriter(registry.registry)
      for dictionary in registry.registry.plan.dictionaryNames.indices where round % 2 == 0 {
        try writer.append([Array("vòng \(round)".utf8)], toDictionary: dictionary)
      }
      for segment in 10..<14 {
        let rows = SegmentRows(registry.registry.plan.tables[0])
        rows.segment = segment
        rows.rowCount = 1
        for text in rows.texts { text?.set(nil, row: 0) }
        for codes in rows.codes { codes?[0] = .max }
        try writer.put(encodeSegment(rows))
        try writer.flush()
      }
      if round % 3 == 0 { try writer.publish() }
      try registry.expectRows()
      try registry.expectBlocks()
      let snapshot = try registry.registry.beginSnapshot()
      for segment in 0..<3 {
        let zones = try snapshot.zones(segment, table: 0)
        let numbers = (registry.model.starts[0][segment]..<registry.model.starts[0][segment + 1])
          .map { registry.model.rows[0][$0].values[0] }
        #expect(zones[0] == Zone(least: numbers.min() ?? 0, greatest: numbers.max() ?? 0))
      }
    }
  }
}
