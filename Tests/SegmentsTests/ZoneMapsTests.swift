// What zone maps say, against a look at every value.

import Bytes
import Columns
import Support
import Testing

@testable import Segments

@Suite struct ZoneMapsTests {
  private func encode(_ columns: [[Int64]], rowCount: Int) -> [UInt8] {
    var builder = ZoneMapsBuilder(columnCount: columns.count, rowCount: rowCount)
    for (column, values) in columns.enumerated() where !values.isEmpty {
      let scratch = Scratch<Int64>(count: values.count)
      for (row, value) in values.enumerated() { scratch.view[row] = value }
      builder.add(column: column, values: scratch.view)
    }
    return builder.encoded()
  }

  /// One column with a code set, one without a value, one of which nothing is known.
  @Test func writesWhatIsWrittenByHand() {
    let expected: [UInt8] =
      [3, 0, 0, 0, 3, 0, 0, 0] + zeros(8)
      + [5, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0b1001, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]
      + zeros(4)
      + [1] + zeros(7) + zeros(8) + zeros(8) + [3, 0, 0, 0] + zeros(4)
      + zeros(7) + [0x80] + Array(repeating: 0xFF, count: 7) + [0x7F] + zeros(16)
    let bytes = encode(
      [[8, absentValue, 5], [absentValue, absentValue, absentValue], []], rowCount: 3)
    #expect(Array(bytes.dropLast(8)) == expected)
    #expect(bytes.lend { $0.load(expected.count, as: UInt64.self) } == checksum(expected))
  }

  @Test(arguments: 1...12 as ClosedRange<UInt64>) func saysWhatALookAtEveryValueSays(seed: UInt64)
    throws
  {
    var random = SeededGenerator(seed: seed)
    let rowCount = Int.random(in: 1...9000, using: &random)
    let scales: [Int64] = [1, 3, 63, 64, 1 << 20, 1 << 33, 1 << 61]
    let columns = scales.flatMap { scale in
      let start = Int64.random(in: -(1 << 61)...1 << 61, using: &random)
      let isRising = Bool.random(using: &random)
      let absentShare = ([0, 0.1, 1] as [Double]).randomElement(using: &random) ?? 0
      return [
        (0..<rowCount).map { row -> Int64 in
          if Double.random(in: 0..<1, using: &random) < absentShare { return absentValue }
          let base = isRising ? start + Int64(row) * (scale / Int64(rowCount)) : start
          return base + Int64.random(in: 0...(isRising ? scale / 8 : scale), using: &random)
        }
      ]
    }
    let bytes = encode(columns, rowCount: rowCount)
    let zones = try bytes.lend { bytes throws in try ZoneMaps(reading: bytes) }
    #expect(zones.columnCount == columns.count)
    #expect(zones.rowCount == rowCount)
    for (column, values) in columns.enumerated() {
      let present = values.filter { $0 != absentValue }
      #expect(zones.absentCount(column: column) == rowCount - present.count)
      #expect(zones[column] == zone(of: values))
      for block in 0..<(rowCount + 1023) / 1024 {
        let found = zones.zone(column: column, block: block)
        let part = values[block * 1024..<min(rowCount, block * 1024 + 1024)]
        #expect(found == (zones.hasBlocks(column: column) ? zone(of: part) : zones[column]))
      }
      for _ in 0..<200 {
        let centre = present.randomElement(using: &random) ?? 0
        let (low, high) = (
          centre + Int64.random(in: -70...70, using: &random),
          centre
            + Int64.random(
              in: -70...70, using: &random)
        )
        let range = min(low, high)...max(low, high)
        let holds = present.contains { range.contains($0) }
        let spread = (present.max() ?? 0).subtractingReportingOverflow(present.min() ?? 0)
        if !spread.overflow && spread.partialValue < 64 {
          #expect(zones.mayHold(range, column: column) == holds)
        } else if holds {
          #expect(zones.mayHold(range, column: column))
        }
      }
    }
  }

  private func zone(of values: some Collection<Int64>) -> Zone {
    let present = values.filter { $0 != absentValue }
    guard let least = present.min(), let greatest = present.max() else { return .empty }
    return Zone(least: least, greatest: greatest)
  }

  /// Of texts and late fields nothing is known: any scan has to look at them.
  @Test func mayHoldAnythingWhereNothingWasGathered() throws {
    let bytes = encode([[], [absentValue]], rowCount: 1)
    let zones = try bytes.lend { bytes throws in try ZoneMaps(reading: bytes) }
    #expect(zones.mayHold(5...5, column: 0))
    #expect(zones.zone(column: 0, block: 3).overlaps(5...5))
    #expect(!zones.mayHold(.min...Int64.max, column: 1))
  }

  /// The width of the column is 2^32 + 3; its doubles differ by 2^32 - 128 and block zones were
  /// kept, in which the greatest distance has no room.
  @Test func doesNotKeepBlocksOfAColumnThatIsALittleTooWide() throws {
    let least: Int64 = (1 << 59) + 63
    let greatest = least + (1 << 32) + 3
    let values = Array(repeating: least, count: 1024) + Array(repeating: greatest, count: 1024)
    let bytes = encode([values], rowCount: 2048)
    let zones = try bytes.lend { bytes throws in try ZoneMaps(reading: bytes) }
    #expect(!zones.hasBlocks(column: 0))
    #expect(zones[0] == Zone(least: least, greatest: greatest))
  }

  @Test func keepsBlocksOfTheWidestColumnThatFits() throws {
    let least: Int64 = -7
    let greatest = least + Int64(UInt32.max)
    let values = Array(repeating: least, count: 1024) + [greatest]
    let bytes = encode([values], rowCount: 1025)
    let zones = try bytes.lend { bytes throws in try ZoneMaps(reading: bytes) }
    #expect(zones.hasBlocks(column: 0))
    #expect(zones.zone(column: 0, block: 0) == Zone(least: least, greatest: least))
    #expect(zones.zone(column: 0, block: 1) == Zone(least: greatest, greatest: greatest))
    #expect(zones.zone(column: 0, block: 2) == .empty)
  }

  @Test func findsEveryFlippedByte() {
    let bytes = encode([[8, 5], [1, 1 << 40], (0..<1).map { _ in 3 } + [9]], rowCount: 2)
    for at in bytes.indices {
      var flipped = bytes
      flipped[at] ^= 0x10
      #expect(throws: Corruption(.zoneMaps, at: bytes.count - 8)) {
        try flipped.lend { bytes throws in try ZoneMaps(reading: bytes) }
      }
    }
  }

  @Test func refusesEveryTornLength() {
    let bytes = encode([[8, 5]], rowCount: 2)
    for length in bytes.indices {
      #expect(throws: Corruption(.zoneMaps, at: length < 24 ? length : length - 8)) {
        try Array(bytes.prefix(length)).lend { bytes throws in try ZoneMaps(reading: bytes) }
      }
    }
  }

  /// Promises that a wrong writer could break under a right checksum.
  @Test(arguments: [(at: 0, value: 2 as UInt8), (at: 44, value: 40), (at: 46, value: 1)])
  func refusesCountsAndOffsetsPastTheEnd(at: Int, value: UInt8) {
    var body = Array(encode([[8, 5]], rowCount: 2).dropLast(8))
    body[at] = value
    var writer = ByteWriter()
    writer.append(body)
    writer.append(checksum(body))
    #expect(throws: Corruption(.zoneMaps, at: at == 0 ? 0 : 44)) {
      try writer.bytes.lend { bytes throws in try ZoneMaps(reading: bytes) }
    }
  }
}

private func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }
