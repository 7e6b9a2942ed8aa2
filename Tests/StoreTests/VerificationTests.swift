// Each promise of the file kept once and broken once, under right checksums where it is deeper.

import Bytes
import Columns
import Pages
import Rows
import Segments
import Support
import Testing

@testable import Store

@Suite struct VerificationTests {
  @Test(arguments: [1, 3]) func findsNothingInASoundFile(jobs: Int) throws {
    let report = try VerificationFile().verify(jobs: jobs)
    #expect(report.lines == [])
    #expect(report.isSound && report.skipped == [] && report.leftovers == 0)
    #expect(report.tables.map(\.name) == ["home", "member"])
    #expect(report.tables.map(\.rows) == [1_540, 2_689])
    #expect(report.tables.map(\.segments) == [2, 2])
    #expect(report.tables.map(\.columns) == [14, 42])
    #expect(report.tables[0].entries == 1_540)
    #expect(report.words > 100 && report.bytes > 10_000)
  }

  @Test func countsLeftovers() throws {
    let file = try VerificationFile()
    try file.put([1, 2, 3], for: file.key(1, segment: 2), in: "segment")
    try file.put([1, 2, 3], for: NumberKey(900, 0).bytes, in: "partition")
    try file.put([1], for: Array("x".utf8), in: "catalog")
    let report = try file.verify()
    #expect(report.isSound && report.leftovers == 3)
  }

  // MARK: Bytes

  @Test func goesOnBehindBrokenBytes() throws {
    let file = try VerificationFile()
    let segment = try file.value(of: file.key(0, segment: 1), in: "segment")
    try file.flip(segment.count - 9, of: file.key(0, segment: 1), in: "segment")
    try file.flip(40, of: file.key(1, segment: 0), in: "zone")
    try file.flip(70, of: NumberKey(2, 1).bytes, in: "partition")
    try file.flip(30, of: NumberKey(5, 0).bytes, in: "word")
    let report = try file.verify()
    #expect(
      report.lines == [
        "dictionary 5 chunk 0: readable", "home segment 1 column note: readable",
        "member segment 0: readable", "index run 2 partition 1: readable",
      ])
  }

  @Test func passesOverIndexesOfRowsThatCannotBeRead() throws {
    let file = try VerificationFile()
    try file.flip(12, of: file.key(1, segment: 1), in: "segment")
    let report = try file.verify()
    #expect(report.lines == ["member segment 1 part 0: readable"])
    #expect(report.skipped.count == 2)
  }

  @Test(arguments: ["segment", "checksum", "zone", "removed", "partition", "word"])
  func findsEveryFlippedByte(keyspace: String) throws {
    let file = try VerificationFile()
    var random = SeededGenerator(seed: 5)
    for (key, value) in try file.values(of: keyspace) {
      for _ in 0..<2 {
        let at = Int.random(in: 0..<value.count, using: &random)
        // A byte between columns means nothing.
        if keyspace == "segment", value[at] == 0 { continue }
        try file.flip(at, of: key, in: keyspace)
        #expect(try !file.verify().isSound, "\(keyspace) \(key) at \(at)")
        try file.flip(at, of: key, in: keyspace)
      }
    }
    #expect(try file.verify().isSound)
  }

  @Test(arguments: ["segment", "checksum", "zone", "removed", "partition", "word"])
  func findsMissingValues(keyspace: String) throws {
    let file = try VerificationFile()
    for (key, value) in try file.values(of: keyspace) {
      try file.put(nil, for: key, in: keyspace)
      #expect(try !file.verify().isSound, "\(keyspace) \(key)")
      try file.put(value, for: key, in: keyspace)
    }
  }

  @Test func explainsACatalogThatCannotBeRead() throws {
    let file = try VerificationFile()
    try file.flip(20, of: Keyspaces.catalogKey, in: "catalog")
    #expect(throws: StoreError.self) { try file.verify() }
  }

  // MARK: Columns

  @Test func findsAMissingColumn() throws {
    let file = try VerificationFile()
    try file.changeColumns(1, segment: 1) { $0.removeAll { $0.field == 18 } }
    #expect(try file.verify().lines == ["member segment 1 column remark: columnsStored"])
  }

  @Test func findsAColumnStoredTwice() throws {
    let file = try VerificationFile()
    try file.changeColumns(1, segment: 1) { $0.append($0[$0.count - 1]) }
    #expect(try file.verify().lines == ["member segment 1 column is_new: columnsStored"])
  }

  @Test func findsAMissingLateColumn() throws {
    let file = try VerificationFile()
    try file.changeColumns(0, part: 1, segment: 0) { $0.removeLast() }
    #expect(try file.verify().lines == ["home segment 0 column member_count: columnsStored"])
  }

  @Test func findsAValueOfAnotherType() throws {
    let file = try VerificationFile()
    let values = Array(repeating: Int64(1), count: 89) + [2]
    try file.setValues(1, 20, values)
    #expect(
      try Set(file.verify().lines) == [
        "member segment 1 column is_new: zonesTrue", "member segment 1 column is_new: valuesTyped",
      ])
  }

  // MARK: Zones

  @Test(arguments: [0, 8, 16, 24]) func findsAWrongZone(offset: Int) throws {
    let file = try VerificationFile()
    let field = file.model.field(1, "sex")
    try file.changeSummed("zone", file.key(1, segment: 0)) { $0[16 + 32 * field + offset] ^= 4 }
    #expect(try file.verify().lines == ["member segment 0 column sex: zonesTrue"])
  }

  /// A column whose blocks have zones of their own, which are written by hand.
  @Test func findsAWrongZoneOfABlock() throws {
    let file = try VerificationFile()
    let field = file.model.field(0, "moved_on")
    let values = (0..<1_500).map { Int64($0 < 1_024 ? 4 : 4_000) }
    try file.setValues(0, 9, values, segment: 0)
    var offset = 0
    try file.changeSummed("zone", file.key(0, segment: 0)) { bytes in
      offset = bytes.count
      var entry = ByteWriter()
      for number in [4, 4_000, 0] as [Int64] { entry.append(number) }
      entry.append(UInt32(0))
      entry.append(UInt32(offset))
      bytes.replaceSubrange(16 + 32 * field..<48 + 32 * field, with: entry.bytes)
      var blocks = ByteWriter()
      for distance in [0, 0, 3_996, 3_996] as [UInt32] { blocks.append(distance) }
      for _ in 2..<64 {
        blocks.append(UInt32(1))
        blocks.append(UInt32(0))
      }
      bytes += blocks.bytes
    }
    #expect(try file.verify().lines == [])
    try file.changeSummed("zone", file.key(0, segment: 0)) { $0[offset + 12] ^= 1 }
    #expect(try file.verify().lines == ["home segment 0 column moved_on: zonesTrue"])
  }

  @Test func findsAZoneOfATextThatSaysSomething() throws {
    let file = try VerificationFile()
    let field = file.model.field(0, "note")
    try file.changeSummed("zone", file.key(0, segment: 0)) { $0[16 + 32 * field] ^= 1 }
    #expect(try file.verify().lines == ["home segment 0 column note: zonesTrue"])
  }

  // MARK: Codes

  @Test func findsCodesBeyondTheirDictionary() throws {
    let file = try VerificationFile()
    let dictionary = file.plan.tables[1].dictionary[file.model.field(1, "typed")]
    try file.changeCatalog { $0.dictionaries[dictionary].wordCount = 1 }
    let report = try file.verify()
    #expect(report.lines.contains("member segment 0 column typed: codesKnown"))
    #expect(report.findings.allSatisfy { $0.promise == .codesKnown })
  }

  @Test func findsCodesBeyondTheirList() throws {
    let file = try VerificationFile()
    let list = try #require(file.plan.schema.codeListPosition("sex"))
    try file.changeCatalog { $0.dictionaries[list].wordCount = 1 }
    let lines = try Set(file.verify().lines)
    #expect(lines.contains("code list sex: listsKept"))
    #expect(lines.contains("member segment 0 column sex: codesKnown"))
  }

  @Test func findsAnotherCodeList() throws {
    let file = try VerificationFile()
    let list = try #require(file.plan.schema.codeListPosition("sex"))
    try file.put(
      encodeWordChunk(
        [Array("M".utf8), Array("X".utf8)], key: NumberKey(UInt32(list), 0).combined),
      for: NumberKey(UInt32(list), 0).bytes,
      in: "word")
    #expect(try file.verify().lines == ["code list sex: listsKept"])
  }

  // MARK: Rows

  @Test func findsAWrongRowCount() throws {
    let file = try VerificationFile()
    try file.changeCatalog { $0.tables[0].rowCount += 1 }
    #expect(try file.verify().lines == ["home: rowsCounted"])
  }

  @Test func findsARemovedPlaceThatIsNotCounted() throws {
    let file = try VerificationFile()
    try file.changeSummed("removed", file.key(1, segment: 0)) { $0[0] |= 1 }
    let report = try file.verify()
    #expect(report.lines == ["member segment 0 removed places: readable"])
    #expect(report.findings.map(\.structure) == [.removedRows])
  }

  @Test func findsARemovedPlaceThatDoesNotExist() throws {
    let file = try VerificationFile()
    try file.changeSummed("removed", file.key(1, segment: 0)) {
      $0[0] = 0
      $0[8_191] = 0x80
    }
    #expect(try file.verify().lines == ["member segment 0: rowsCounted"])
  }

  /// Nothing but the count of all rows said that a bitmap was missing, and emptied places were
  /// counted as rows.
  @Test func namesAMissingBitmap() throws {
    let file = try VerificationFile()
    try file.put(nil, for: file.key(1, segment: 0), in: "removed")
    let report = try file.verify()
    #expect(report.lines == ["member segment 0 removed places: readable"])
    #expect(report.findings.map(\.structure) == [.removedRows])
  }

  /// A bitmap of a segment of which the catalog names none is what a load left.
  @Test func countsABitmapThatNobodyNames() throws {
    let file = try VerificationFile()
    try file.put([1, 2, 3], for: file.key(0, segment: 1), in: "removed")
    let report = try file.verify()
    #expect(report.isSound)
    #expect(report.leftovers == 1)
  }

  @Test func findsTheBitmapOfAnotherSegment() throws {
    let file = try VerificationFile()
    let own = try file.value(of: file.key(1, segment: 0), in: "removed")
    try file.put(own, for: file.key(1, segment: 1), in: "removed")
    try file.changeCatalog { $0.tables[1].emptied[0].segment = 1 }
    #expect(try file.verify().lines == ["member segment 1 removed places: readable"])
  }
}
