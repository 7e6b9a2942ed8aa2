// One bit a row, with counts beside the bits, so that "how many are set up to here" is one line.
//
// Groups of 32 bytes, one for every 240 rows:
//
//   OFFSET  SIZE  FIELD
//        0     2  how many bits are set in the groups before
//        2    30  240 bits, the lowest first
//
// Invariants, checked when the column is opened: each count is the sum of the bits before it; bits
// of rows past the end are zero; the total is what the column says.

import Bytes
import CKernels

/// A view over bits with ranks; its owner has checked it.
@safe struct RankedBits {
  static let rowsPerGroup = 240

  let groups: UnsafeRawPointer
  let rowCount: Int

  init(trusting groups: UnsafeRawPointer, rowCount: Int) {
    unsafe self.groups = unsafe groups
    self.rowCount = rowCount
  }

  /// Checks the bits at `offset` of a column; `setCount` must be set.
  init(_ bytes: LentBytes, at offset: Int, rowCount: Int, setCount: Int) throws(Corruption) {
    let part = try bytes.slice(offset, count: Self.byteCount(rowCount), of: .column)
    unsafe self.init(trusting: part.base, rowCount: rowCount)
    var count = 0
    for group in 0..<Self.groupCount(rowCount) {
      let at = group * 32
      guard Int(part.load(at, as: UInt16.self)) == count else {
        throw Corruption(.column, at: offset + at)
      }
      let rows = min(Self.rowsPerGroup, rowCount - group * Self.rowsPerGroup)
      count += unsafe setBits(part.base + at, through: rows - 1)
      // Bits past the end would be counted by nobody and shown by `words`.
      if rows < Self.rowsPerGroup,
        unsafe setBits(part.base + at, through: rows - 1)
          != setBits(part.base + at, through: Self.rowsPerGroup - 1)
      {
        throw Corruption(.column, at: offset + at)
      }
    }
    guard count == setCount else { throw Corruption(.column, at: offset) }
  }

  static func groupCount(_ rowCount: Int) -> Int { (rowCount + rowsPerGroup - 1) / rowsPerGroup }

  static func byteCount(_ rowCount: Int) -> Int { groupCount(rowCount) * 32 }

  /// How many bits are set in rows `0...row`.
  @inline(__always) func count(through row: Int) -> Int {
    let group = Int(UInt32(truncatingIfNeeded: row) / 240)
    let at = unsafe groups + (group &* 32)
    return unsafe Int(at.loadUnaligned(as: UInt16.self))
      &+ setBits(at, through: row &- group &* 240)
  }

  @inline(__always) func isSet(_ row: Int) -> Bool {
    let group = Int(UInt32(truncatingIfNeeded: row) / 240)
    let bit = row &- group &* 240 &+ 16
    let byte = unsafe groups.load(fromByteOffset: group &* 32 &+ bit >> 3, as: UInt8.self)
    return (byte >> UInt8(truncatingIfNeeded: bit & 7)) & 1 != 0
  }

  /// The row of the set bit number `index`, counted from zero.
  func row(ofSet index: Int, of setCount: Int) -> Int {
    let groupCount = Self.groupCount(rowCount)
    // The last group with at most `index` bits before it; bits are spread evenly in most columns,
    // so the search starts where an even spread would put it and doubles its step.
    var lower = min(groupCount - 1, index &* groupCount / max(1, setCount))
    var upper = lower &+ 1
    var step = 1
    while lower > 0, before(lower) > index {
      upper = lower
      lower = max(0, lower &- step)
      step &*= 2
    }
    step = 1
    while upper < groupCount, before(upper) <= index {
      lower = upper
      upper = min(groupCount, upper &+ step)
      step &*= 2
    }
    while upper &- lower > 1 {
      let middle = (lower &+ upper) >> 1
      if before(middle) <= index { lower = middle } else { upper = middle }
    }
    var rest = index &- before(lower)
    let at = unsafe groups + (lower &* 32)
    for word in 0..<4 {
      var bits = unsafe at.loadUnaligned(fromByteOffset: word &* 8, as: UInt64.self)
      if word == 0 { bits &= ~0xffff }
      let count = bits.nonzeroBitCount
      if rest < count {
        while rest > 0 {
          bits &= bits &- 1
          rest &-= 1
        }
        return lower &* 240 &+ word &* 64 &+ bits.trailingZeroBitCount &- 16
      }
      rest &-= count
    }
    return rowCount
  }

  @inline(__always) private func before(_ group: Int) -> Int {
    Int(unsafe groups.loadUnaligned(fromByteOffset: group &* 32, as: UInt16.self))
  }

  /// The 1,024 bits of a block as 16 words; rows past the end are zero.
  func words(ofBlock block: Int, into words: UnsafeMutablePointer<UInt64>) {
    for index in 0..<16 { unsafe words[index] = 0 }
    var row = block << 10
    let end = min(rowCount, row &+ 1024)
    let start = row
    while row < end {
      let group = row / 240
      let inside = row &- group &* 240 &+ 16
      // Up to the end of the word that holds the row; a group is a whole number of words.
      let take = 64 &- (inside & 63)
      let at = unsafe groups + (group &* 32 &+ (inside >> 6) &* 8)
      let bits = unsafe at.loadUnaligned(as: UInt64.self) >> UInt64(inside & 63)
      let target = row &- start
      unsafe words[target >> 6] |= bits << UInt64(target & 63)
      if target & 63 &+ take > 64, target >> 6 < 15 {
        unsafe words[target >> 6 &+ 1] |= bits >> UInt64(64 &- target & 63)
      }
      row &+= take
    }
  }

  /// Writes groups for ascending rows into the zeroed bytes of a column.
  static func write(setRows: [Int32], rowCount: Int, into bytes: inout [UInt8], at offset: Int) {
    precondition(offset + byteCount(rowCount) <= bytes.count)
    for row in setRows {
      let group = Int(row) / 240
      let bit = Int(row) - group * 240 + 16
      bytes[offset + group * 32 + bit >> 3] |= 1 << UInt8(bit & 7)
    }
    var index = 0
    for group in 0..<groupCount(rowCount) {
      while index < setRows.count, Int(setRows[index]) < group * 240 { index += 1 }
      store(UInt16(index), into: &bytes, at: offset + group * 32)
    }
  }
}

/// How many bits of a group are set in its rows `0...last`; -1 is none.
@inline(__always) private func setBits(_ group: UnsafeRawPointer, through last: Int) -> Int {
  guard last >= 0 else { return 0 }
  return unsafe Int(
    hearth_group_rank(group.assumingMemoryBound(to: UInt8.self), UInt32(truncatingIfNeeded: last)))
}
