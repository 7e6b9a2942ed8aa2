// The stored form of a partition, byte by byte, and what is refused of it.

import Bytes
import Support
import Testing

@testable import Store

/// Three keys of a run with two partition bits, written by hand from the layout.
///
/// Hashes 0x4000..., 0x6000..., 0x7f80... of partition 1 lie at 0, 1/2 and 254/256 of its one
/// bucket: fingerprints 0x00, 0x40, 0x7f in 7 bits. Rows 5, 9, 7 less the least row 5 are 0, 4, 2
/// in 3 bits: 0b010_100_000_1111111_1000000_0000000.
private let threeKeys: [UInt8] =
  Array("HXRP".utf8) + [1, 0, 2, 64] + [3, 0, 0, 0] + [1, 0, 0, 0] + [5, 0, 0, 0] + [3, 2]
  + Array(repeating: 0, count: 42)
  + [0, 0, 0xf3, 0xff] + [0, 0, 0, 0]
  + [0x00, 0xe0, 0x1f, 0x14, 0, 0, 0, 0]
  + Array(repeating: 0, count: 8)

@Suite struct IndexRunPartitionTests {
  private let shape = IndexRunShape(keyKind: .wide, partitionBits: 2, rowBits: 8)
  private let rows = Scratch<UInt32>(count: 8)

  private func candidates(_ bytes: [UInt8], _ hash: UInt64) throws(Corruption) -> [UInt32] {
    try bytes.lend { (lent) throws(Corruption) in
      let count = try IndexRunPartition(lent).candidates(hash: hash, into: rows.view)
      return (0..<min(count, rows.view.count)).map { rows.view[$0] }
    }
  }

  @Test func writesTheLayout() {
    let writer = IndexRunWriter(shape: shape)
    writer.begin(partition: 1)
    writer.append(hash: 0x7f80_0000_0000_0000, row: 7)
    writer.append(hash: 0x4000_0000_0000_0000, row: 5)
    writer.append(hash: 0x6000_0000_0000_0000, row: 9)
    writer.sort()

    #expect(writer.byteCount == 88)
    #expect(writer.bytes() == threeKeys)
  }

  @Test func readsTheLayout() throws {
    #expect(try candidates(threeKeys, 0x4000_0000_0000_0000) == [5])
    #expect(try candidates(threeKeys, 0x6000_0000_0000_0000) == [9])
    #expect(try candidates(threeKeys, 0x7f80_0000_0000_0000) == [7])
    #expect(try candidates(threeKeys, 0x7f00_0000_0000_0000) == [])
  }

  @Test func holdsNothing() throws {
    let writer = IndexRunWriter(shape: shape)
    writer.begin(partition: 3)
    writer.sort()
    let bytes = writer.bytes()
    #expect(bytes.count == 64 + 8 + 8)
    #expect(try candidates(bytes, UInt64.max) == [])
  }

  @Test func isSmallEnoughToKeepInArrays() {
    #expect(MemoryLayout<IndexRunPartition>.stride == 32)
  }

  /// Each promise of the header, broken alone, is caught at its own offset.
  @Test(arguments: [
    (at: 0, byte: 0x00), (at: 4, byte: 2), (at: 6, byte: 17), (at: 7, byte: 41),
    (at: 12, byte: 2), (at: 20, byte: 33), (at: 21, byte: 3), (at: 22, byte: 1), (at: 63, byte: 1),
    (at: 64, byte: 1), (at: 66, byte: 0xf4),
  ])
  func catchesOneBrokenByte(offset: Int, byte: UInt8) {
    var bytes = threeKeys
    bytes[offset] = byte
    #expect(throws: Corruption(.partition, at: offset)) { try candidates(bytes, 0) }
  }

  @Test(arguments: [0, 63, 64, 87]) func refusesATornValue(byteCount: Int) {
    #expect(throws: Corruption(.partition, at: min(byteCount, byteCount < 64 ? byteCount : 8))) {
      try candidates(Array(threeKeys.prefix(byteCount)), 0)
    }
  }

  @Test func refusesMoreBytesThanItsOwn() {
    #expect(throws: Corruption(.partition, at: 8)) { try candidates(threeKeys + [0], 0) }
  }

  /// Flipped bits give an error or wrong rows, never a read outside the bytes.
  @Test(arguments: [11, 12, 13] as [UInt64]) func survivesFlippedBits(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let writer = IndexRunWriter(shape: shape)
    writer.begin(partition: 0)
    for row in 0..<200 as Range<UInt32> {
      writer.append(hash: random.next() >> 2, row: row)
    }
    writer.sort()
    let sound = writer.bytes()
    for _ in 0..<3_000 {
      var bytes = sound
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let end = Bool.random(using: &random) ? 96 : bytes.count
        bytes[Int.random(in: 0..<end, using: &random)] ^=
          1
          << UInt8.random(
            in: 0..<8, using: &random)
      }
      if Bool.random(using: &random) {
        bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
      }
      for _ in 0..<20 { _ = try? candidates(bytes, random.next()) }
    }
  }

  /// Where starts are far from 16 a bucket, they take four bytes.
  @Test func keepsManyKeysOfOneHash() throws {
    let shape = IndexRunShape(keyKind: .wide, partitionBits: 0, rowBits: 17)
    let writer = IndexRunWriter(shape: shape)
    writer.begin(partition: 0)
    for row in (0..<70_000 as Range<UInt32>).reversed() {
      writer.append(hash: 0xffff_ffff_0000_0000, row: row)
    }
    writer.append(hash: 0, row: 70_000)
    writer.sort(findingDuplicates: true)
    let bytes = writer.bytes()
    #expect(bytes[21] == 4)
    #expect(writer.duplicates.count == 69_999)
    #expect(writer.duplicates[0] == IndexDuplicate(earlier: 0, later: 1))
    #expect(try candidates(bytes, 0) == [70_000])
    try bytes.lend { lent in
      let count = try IndexRunPartition(lent).candidates(
        hash: 0xffff_ffff_0000_0000, into: rows.view)
      #expect(count == 70_000)
      #expect((0..<8).map { rows.view[$0] } == Array(0..<8))
    }
  }
}
