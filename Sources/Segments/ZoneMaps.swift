// The least and greatest value of each column and block of a segment, so that a scan can skip them.
//
//   OFFSET  SIZE  FIELD
//        0     4  column count: one entry for each field of the table, in field order
//        4     4  row count of the segment
//        8     8  zero
//       16  32*n  entries:
//                 8 least, 8 greatest (least > greatest: no value; the ends of Int64: not known, as
//                 of texts and of fields that follow from children)
//                 8 code set: bit v - least for each value v, when greatest - least < 64; else zero
//                 4 absent count
//                 4 offset of the block zones from the start; 0: none are kept
//           512*m block zones: for each of 64 blocks least and greatest as u32 distances from the
//                 column's least; a block without a value has 1 and 0
//     last 8      XXH3 of everything before, xor mix of the key as one number
//
// Block zones are kept for a column whose blocks are on average less than a quarter as wide as the
// column: only there can they skip.

package import Bytes
import Columns

/// What is known of a column's values in a segment or block without reading them.
package struct Zone: Equatable, Sendable {
  package var least: Int64
  package var greatest: Int64

  /// No value at all.
  package static let empty = Zone(least: 1, greatest: 0)

  /// Nothing is known.
  package static let unknown = Zone(least: .min, greatest: .max)

  package init(least: Int64, greatest: Int64) {
    self.least = least
    self.greatest = greatest
  }

  package var isEmpty: Bool { least > greatest }

  package func overlaps(_ range: ClosedRange<Int64>) -> Bool {
    !isEmpty && least <= range.upperBound && greatest >= range.lowerBound
  }
}

/// The zones of one segment, as they are gathered while it is encoded.
package struct ZoneMapsBuilder {
  private static let blockRowCount = 1_024
  private static let blockCountMax = 64

  private struct Entry {
    var zone = Zone.unknown
    var codeSet: UInt64 = 0
    var absentCount = 0
    var blocks: [Zone] = []
  }

  private let rowCount: Int
  private var entries: [Entry]

  package init(columnCount: Int, rowCount: Int) {
    self.rowCount = rowCount
    entries = Array(repeating: Entry(), count: columnCount)
  }

  /// Gathers the zones of one column from its values, absent ones included.
  package mutating func add(column: Int, values: ScratchView<Int64>) {
    var entry = Entry()
    for start in stride(from: 0, to: rowCount, by: Self.blockRowCount) {
      let end = min(start + Self.blockRowCount, rowCount)
      let (least, greatest, absentCount) = bounds(of: values, start..<end)
      entry.absentCount += absentCount
      entry.blocks.append(
        absentCount == end - start ? .empty : Zone(least: least, greatest: greatest))
    }
    let filled = entry.blocks.filter { !$0.isEmpty }
    if let least = filled.map(\.least).min(), let greatest = filled.map(\.greatest).max() {
      entry.zone = Zone(least: least, greatest: greatest)
      let width = greatest.subtractingReportingOverflow(least)
      if !width.overflow && width.partialValue < 64 {
        entry.codeSet = Columns.codeSet(of: values, count: rowCount, least: least)
      }
      let widths = filled.reduce(0.0) { $0 + (Double($1.greatest) - Double($1.least)) }
      let range = Double(greatest) - Double(least)
      let isNarrow = !width.overflow && width.partialValue <= Int64(UInt32.max)
      let isSelective = isNarrow && widths / Double(filled.count) < range / 4
      if !isSelective || entry.blocks.count < 2 { entry.blocks = [] }
    } else {
      entry.zone = .empty
      entry.blocks = []
    }
    entries[column] = entry
  }

  /// Takes over the zones of a column that is the same in other zone maps, of as many rows.
  package mutating func keep(column: Int, of other: ZoneMaps) {
    var entry = Entry()
    entry.zone = other[column]
    entry.codeSet = other.codeSet(column: column)
    entry.absentCount = other.absentCount(column: column)
    if other.hasBlocks(column: column) {
      let blockCount = (rowCount + Self.blockRowCount - 1) / Self.blockRowCount
      entry.blocks = (0..<blockCount).map { other.zone(column: column, block: $0) }
    }
    entries[column] = entry
  }

  /// The bytes to store under a key, which is part of their checksum.
  package func encoded(key: UInt64 = 0) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(UInt32(entries.count))
    writer.append(UInt32(rowCount))
    writer.append(UInt64(0))
    var blockOffset = 16 + 32 * entries.count
    for entry in entries {
      writer.append(entry.zone.least)
      writer.append(entry.zone.greatest)
      writer.append(entry.codeSet)
      writer.append(UInt32(entry.absentCount))
      writer.append(UInt32(entry.blocks.isEmpty ? 0 : blockOffset))
      if !entry.blocks.isEmpty { blockOffset += 8 * Self.blockCountMax }
    }
    for entry in entries where !entry.blocks.isEmpty {
      for block in 0..<Self.blockCountMax {
        let zone = block < entry.blocks.count ? entry.blocks[block] : .empty
        writer.append(zone.isEmpty ? 1 : UInt32(zone.least - entry.zone.least))
        writer.append(zone.isEmpty ? 0 : UInt32(zone.greatest - entry.zone.least))
      }
    }
    writer.append(checksum(writer.bytes) ^ mix(key))
    return writer.bytes
  }
}

/// The zones of one segment, read in place.
package final class ZoneMaps: Sendable {
  private let standing: StandingBytes
  private let bytes: LentBytes
  package let columnCount: Int
  package let rowCount: Int

  /// Opens stored zone maps and checks all of them.
  package init(reading value: LentBytes, key: UInt64 = 0) throws(Corruption) {
    let standing = StandingBytes(value)
    let bytes = standing.bytes
    guard bytes.count >= 24 else { throw Corruption(.zoneMaps, at: bytes.count) }
    let body = try bytes.slice(0, count: bytes.count - 8, of: .zoneMaps)
    guard checksum(body) ^ mix(key) == bytes.load(bytes.count - 8, as: UInt64.self) else {
      throw Corruption(.zoneMaps, at: bytes.count - 8)
    }
    columnCount = Int(bytes.load(0, as: UInt32.self))
    rowCount = Int(bytes.load(4, as: UInt32.self))
    guard columnCount <= (body.count - 16) / 32 else { throw Corruption(.zoneMaps, at: 0) }
    for column in 0..<columnCount {
      let at = 16 + 32 * column + 28
      let offset = Int(bytes.load(at, as: UInt32.self))
      guard offset == 0 || offset + 512 <= body.count else { throw Corruption(.zoneMaps, at: at) }
    }
    (self.standing, self.bytes) = (standing, bytes)
  }

  package subscript(column: Int) -> Zone {
    precondition(column < columnCount)
    let at = 16 + 32 * column
    return Zone(least: bytes.load(at), greatest: bytes.load(at + 8))
  }

  package func absentCount(column: Int) -> Int {
    precondition(column < columnCount)
    return Int(bytes.load(16 + 32 * column + 24, as: UInt32.self))
  }

  /// Bit v - least for each value v, when greatest - least is below 64; else zero.
  package func codeSet(column: Int) -> UInt64 {
    precondition(column < columnCount)
    return bytes.load(16 + 32 * column + 16, as: UInt64.self)
  }

  /// True unless no row of the segment can have a value in the range.
  package func mayHold(_ range: ClosedRange<Int64>, column: Int) -> Bool {
    let zone = self[column]
    guard zone.overlaps(range) else { return false }
    let codeSet = bytes.load(16 + 32 * column + 16, as: UInt64.self)
    guard codeSet != 0 else { return true }
    let low = max(range.lowerBound, zone.least) - zone.least
    let high = min(range.upperBound, zone.greatest) - zone.least
    let wanted = (UInt64.max << UInt64(low)) & (UInt64.max >> UInt64(63 - high))
    return codeSet & wanted != 0
  }

  package func hasBlocks(column: Int) -> Bool {
    precondition(column < columnCount)
    return bytes.load(16 + 32 * column + 28, as: UInt32.self) != 0
  }

  /// The zone of one block; the segment's when block zones are not kept.
  package func zone(column: Int, block: Int) -> Zone {
    precondition(block >= 0 && block < 64)
    let whole = self[column]
    let offset = Int(bytes.load(16 + 32 * column + 28, as: UInt32.self))
    guard offset != 0 else { return whole }
    let low = bytes.load(offset + 8 * block, as: UInt32.self)
    let high = bytes.load(offset + 8 * block + 4, as: UInt32.self)
    guard low <= high else { return .empty }
    return Zone(least: whole.least &+ Int64(low), greatest: whole.least &+ Int64(high))
  }
}
