// The catalog, written by hand from the layout in Catalog.swift.

import Bytes
import Testing

@testable import Store

@Suite struct CatalogTests {
  private var catalog: Catalog {
    var catalog = Catalog()
    catalog.layoutNumber = 3
    catalog.changeNumber = 258
    catalog.nextRun = 9
    catalog.tables = [
      Catalog.TableState(
        segmentCount: 2, rowCount: 70_000,
        emptied: [Catalog.EmptiedPlaces(segment: 1, placeCount: 200)],
        rewritten: [Catalog.RewrittenSegment(segment: 1, layoutNumber: 3)],
        firstParents: [0, -1],
        indexes: [
          [],
          [
            Catalog.RunState(
              number: 8, partitionBits: 4, keyBits: 40, firstSegment: 3, segmentCount: 2,
              entryCount: 70_001)
          ],
        ])
    ]
    catalog.dictionaries = [
      Catalog.DictionaryState(name: "tên", wordCount: 5, isFrozen: true)
    ]
    catalog.loads = [
      Catalog.LoadRecord(
        number: 1, seconds: 2, storedCount: 3, refusedCount: 4,
        files: [Catalog.LoadedFile(table: "t", byteCount: 5, hash: 6)])
    ]
    return catalog
  }

  private let body: [UInt8] =
    Array("HEARTHCT".utf8) + u32(1) + u32(0) + u64(3) + [2, 1, 0, 0, 0, 0, 0, 0] + u32(9) + u32(1)
    + u32(2) + [0x70, 0x11, 1, 0, 0, 0, 0, 0] + u32(1) + u32(0) + u32(1) + u32(200)
    + u32(1) + u32(0) + u64(1) + u64(3) + u32(2) + u64(0)
    + Array(repeating: 0xFF, count: 8) + u32(2) + u32(0) + u32(1) + u32(8) + [4, 40, 0, 0]
    + u32(3) + u32(2) + [0x71, 0x11, 1, 0, 0, 0, 0, 0] + u32(1) + u32(4) + Array("tên".utf8)
    + u32(5) + u32(1)
    + u32(1) + u64(1) + u64(2) + u64(3) + u64(4) + u32(1) + u32(1) + [0x74] + u64(5) + u64(6)

  private func summed(_ body: [UInt8]) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(body)
    writer.append(checksum(body))
    return writer.bytes
  }

  @Test func writesWhatIsWrittenByHand() { #expect(catalog.encoded() == summed(body)) }

  @Test func readsWhatIsWrittenByHand() throws {
    let read = try summed(body).lend { bytes throws in try Catalog(reading: bytes) }
    #expect(read == catalog)
  }

  @Test func readsAnEmptyCatalog() throws {
    let read = try Catalog().encoded().lend { bytes throws in try Catalog(reading: bytes) }
    #expect(read == Catalog())
  }

  @Test func findsEveryFlippedByte() {
    let bytes = summed(body)
    for at in bytes.indices {
      for bit in 0..<8 {
        var flipped = bytes
        flipped[at] ^= 1 << bit
        #expect(throws: Corruption(.catalog, at: bytes.count - 8)) {
          try flipped.lend { bytes throws in try Catalog(reading: bytes) }
        }
      }
    }
  }

  @Test func refusesEveryTornLength() {
    let bytes = summed(body)
    for length in bytes.indices {
      #expect(throws: Corruption(.catalog, at: length < 48 ? length : length - 8)) {
        try Array(bytes.prefix(length)).lend { bytes throws in try Catalog(reading: bytes) }
      }
    }
  }

  /// A catalog that is torn, or has bytes behind its end, under a checksum of its own.
  @Test func refusesEveryOtherLengthUnderARightChecksum() {
    for length in 0..<body.count {
      #expect(throws: Corruption.self) {
        try summed(Array(body.prefix(length))).lend { bytes throws in
          try Catalog(reading: bytes)
        }
      }
    }
    #expect(throws: Corruption(.catalog, at: body.count)) {
      try summed(body + [0]).lend { bytes throws in try Catalog(reading: bytes) }
    }
  }

  @Test func tellsAnotherVersionFromDamage() {
    var bytes = body
    #expect(summed(bytes).lend { Catalog.otherVersion(of: $0) } == nil)
    bytes[8] = 2
    #expect(summed(bytes).lend { Catalog.otherVersion(of: $0) } == 2)
    var flipped = summed(body)
    flipped[8] = 2
    #expect(flipped.lend { Catalog.otherVersion(of: $0) } == nil)
    bytes[0] = 0
    #expect(summed(bytes).lend { Catalog.otherVersion(of: $0) } == nil)
    #expect([UInt8]().lend { Catalog.otherVersion(of: $0) } == nil)
  }

  @Test func knowsHowManyPlacesOfASegmentAreEmptied() {
    let table = Catalog.TableState(
      segmentCount: 9,
      emptied: [(1, 3), (4, 65_536), (7, 1)].map {
        Catalog.EmptiedPlaces(segment: $0.0, placeCount: $0.1)
      }, indexes: [])
    #expect((0..<9).map(table.emptiedCount) == [0, 3, 0, 0, 65_536, 0, 0, 1, 0])
    #expect(table.removedCount == 65_540)
  }

  /// Promises that a wrong writer could break under a right checksum.
  @Test(arguments: [
    (field: "magic", at: 0, from: 0, value: 0 as UInt8),
    (field: "version", at: 8, from: 8, value: 2),
    (field: "zero", at: 12, from: 12, value: 1),
    (field: "table count", at: 36, from: 39, value: 1),
    (field: "count of segments with emptied places", at: 52, from: 52, value: 3),
    (field: "zero after it", at: 52, from: 56, value: 1),
    (field: "segment with emptied places", at: 60, from: 60, value: 2),
    (field: "no place emptied", at: 60, from: 64, value: 0),
    (field: "more places emptied than a segment has", at: 60, from: 66, value: 1),
    (field: "count of segments written anew", at: 68, from: 71, value: 1),
    (field: "zero after it", at: 68, from: 72, value: 1),
    (field: "segment written anew", at: 76, from: 76, value: 2),
    (field: "first parent count", at: 92, from: 95, value: 1),
    (field: "segment count without its first parents", at: 92, from: 40, value: 3),
    (field: "index count", at: 112, from: 115, value: 1),
    (field: "partition bits", at: 128, from: 128, value: 17),
    (field: "zero after key bits", at: 128, from: 131, value: 1),
    (field: "dictionary count", at: 148, from: 151, value: 1),
    (field: "frozen", at: 164, from: 164, value: 2),
    (field: "zero after frozen", at: 164, from: 167, value: 1),
    (field: "load count", at: 168, from: 171, value: 1),
  ])
  func catchesOneBrokenField(field: String, at offset: Int, from: Int, value: UInt8) {
    var broken = body
    broken[from] = value
    #expect(throws: Corruption(.catalog, at: offset), "\(field)") {
      try summed(broken).lend { bytes throws in try Catalog(reading: bytes) }
    }
  }
}

private func u32(_ value: UInt8) -> [UInt8] { [value, 0, 0, 0] }
private func u64(_ value: UInt8) -> [UInt8] { [value, 0, 0, 0, 0, 0, 0, 0] }
