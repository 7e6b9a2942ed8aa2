// Positions in a sorted list of the distinct values.
//
//   OFFSET  SIZE  FIELD
//        1     1  width: bits a code, 0...12
//       16     8  entry count E, 1...4,096
//       64        codes, transposed (flag) or plain, if they are not row codes (flag)
//   second   8*E  the entries, Int64, ascending; absent, if it occurs, is the first
//
// Flag `exceptions`: the greatest code means that the row is in the list of exceptions, see
// `ExceptionRows`; rare values then have no entry. Base is zero. A code past the entries is absent.

import Bytes

struct DictionaryCodes {
  static let entryCountMax = 4_096

  let entries: [Int64]
  let width: Int
  let exceptionCount: Int
  let rowCount: Int
  /// The base of the exceptions and the bytes that one takes.
  private let exceptionBase: Int64
  private let exceptionWidth: Int
  private let codeOfValue: ValueCounts

  static func check(_ header: ColumnHeader, _ bytes: LentBytes) throws(Corruption) {
    try header.expect(flags: [.transposed, .rowCodes, .exceptions])
    guard header.width <= 12 else { throw Corruption(.column, at: 1) }
    guard header.width >= 1 || !header.flags.contains(.exceptions) else {
      throw Corruption(.column, at: 1)
    }
    guard header.base == 0 else { throw Corruption(.column, at: 8) }
    guard header.slope >= 1, header.slope <= entryCountMax else {
      throw Corruption(.column, at: 16)
    }
    let count = Int(header.slope)
    guard header.secondByteCount == 8 * count else { throw Corruption(.column, at: 28) }
    guard header.secondOffset >= ColumnHeader.size else { throw Corruption(.column, at: 24) }
    try FlatColumn.checkCodes(header, bytes)
    let entries = try bytes.slice(header.secondOffset, count: 8 * count, of: .column)
    for index in 1..<max(1, count) {
      guard entries.load(8 * index - 8, as: Int64.self) < entries.load(8 * index, as: Int64.self)
      else { throw Corruption(.column, at: header.secondOffset + 8 * index) }
    }
  }

  /// A dictionary of all values, or of the frequent ones, if it takes fewer than `limit` bytes.
  init?(
    _ values: ScratchView<Int64>, survey: IntegerSurvey, sample: [Int64], below limit: Int
  ) {
    guard !sample.isEmpty else { return nil }
    var seen = 1
    for index in 1..<max(1, sample.count) where sample[index] != sample[index - 1] { seen += 1 }
    // What the sample shows is the least that a dictionary can cost; of 4,096 values that are
    // equally frequent, a sample of 1,024 meets every eighth twice.
    let atLeast = FlatLayout(
      rowCount: values.count, width: max(1, bitCount(UInt64(seen - 1)) - 1),
      secondByteCount: 8 * seen / 2)
    guard atLeast.byteCount < limit, (sample.count - seen) * 16 >= sample.count else {
      return nil
    }
    guard let counts = ValueCounts(values) else { return nil }
    // An absent exception is far from all others.
    exceptionBase = survey.absentCount > 0 ? 0 : survey.least
    exceptionWidth = survey.absentCount > 0 ? 8 : ExceptionRows.valueWidth(of: survey.spread)
    var order = counts.distinct
    order.sort { left, right in
      left.count != right.count ? left.count > right.count : left.value < right.value
    }
    var best = limit
    var chosen: (kept: Int, width: Int, exceptions: Int)?
    if order.count <= Self.entryCountMax {
      let width = bitCount(UInt64(order.count - 1))
      let layout = FlatLayout(
        rowCount: values.count, width: width, secondByteCount: 8 * order.count)
      if layout.byteCount < best { (best, chosen) = (layout.byteCount, (order.count, width, 0)) }
    }
    var covered = 0
    var next = 0
    for width in 1...12 {
      let kept = 1 << width - 1
      guard kept < order.count else { break }
      while next < kept {
        covered += Int(order[next].count)
        next += 1
      }
      let exceptions = values.count - covered
      guard exceptions * 16 <= values.count else { continue }
      let layout = FlatLayout(
        rowCount: values.count, width: width, secondByteCount: 8 * kept,
        exceptionCount: exceptions, valueWidth: exceptionWidth)
      if layout.byteCount < best { (best, chosen) = (layout.byteCount, (kept, width, exceptions)) }
    }
    guard let chosen else { return nil }
    entries = order[..<chosen.kept].map(\.value).sorted()
    width = chosen.width
    exceptionCount = chosen.exceptions
    rowCount = values.count
    codeOfValue = counts
  }

  private var layout: FlatLayout {
    FlatLayout(
      rowCount: rowCount, width: width, secondByteCount: 8 * entries.count,
      exceptionCount: exceptionCount, valueWidth: exceptionWidth)
  }

  var byteCount: Int { layout.byteCount }

  func encode(_ values: ScratchView<Int64>) -> [UInt8] {
    let layout = layout
    var header = ColumnHeader(.dictionary, rowCount: rowCount)
    header.width = width
    header.slope = Int64(entries.count)
    layout.describe(
      in: &header, secondByteCount: 8 * entries.count, exceptionCount: exceptionCount)
    var bytes = header.written(byteCount: layout.byteCount)
    for index in entries.indices {
      store(entries[index], into: &bytes, at: layout.secondOffset + 8 * index)
    }
    let exceptionCode = UInt16(truncatingIfNeeded: 1 << width - 1)
    let codeOfSlot = codeOfValue.codes(of: entries, others: exceptionCode)
    let slots = codeOfValue.slotOfRow.view
    var exceptions = Exceptions()
    writeCodes(
      rowCount: rowCount, width: width, transposed: layout.transposed, into: &bytes
    ) { first, count, codes in
      for index in 0..<count {
        let code = codeOfSlot.view[Int(slots[first &+ index])]
        codes[index] = UInt64(code)
        if exceptionCount > 0, code == exceptionCode {
          exceptions.append(values[first + index], at: first + index)
        }
      }
    }
    precondition(exceptions.count == exceptionCount)
    exceptions.write(
      rowCount: rowCount, base: exceptionBase, valueWidth: exceptionWidth, into: &bytes,
      at: layout.exceptionsOffset)
    return bytes
  }
}

/// How often each value occurs, and where each row's value lies in the table of values.
struct ValueCounts {
  private static let slotCount = 16_384
  /// A table that is more than half full is slow, and no dictionary is that long.
  private static let distinctCountMax = 8_192

  private let values: Scratch<Int64>
  private let counts: Scratch<UInt32>
  let slotOfRow: Scratch<UInt16>

  /// Counts the values; nil if they are too many.
  init?(_ column: ScratchView<Int64>) {
    values = Scratch(count: Self.slotCount)
    counts = Scratch(count: Self.slotCount)
    slotOfRow = Scratch(count: column.count)
    let (keys, counters, slots) = (values.view, counts.view, slotOfRow.view)
    var distinct = 0
    for row in 0..<column.count {
      let value = column[row]
      let slot = Self.slot(of: value, keys, counters)
      if counters[slot] == 0 {
        keys[slot] = value
        distinct += 1
        guard distinct <= Self.distinctCountMax else { return nil }
      }
      counters[slot] &+= 1
      slots[row] = UInt16(truncatingIfNeeded: slot)
    }
  }

  @inline(__always) private static func slot(
    of value: Int64, _ keys: ScratchView<Int64>, _ counters: ScratchView<UInt32>
  ) -> Int {
    let mixed = UInt64(bitPattern: value) &* 0x9e37_79b9_7f4a_7c15
    var slot = Int(truncatingIfNeeded: (mixed ^ (mixed >> 29)) >> 20) & (slotCount - 1)
    while counters[slot] != 0, keys[slot] != value { slot = (slot &+ 1) & (slotCount - 1) }
    return slot
  }

  /// Every value once.
  var distinct: [(value: Int64, count: UInt32)] {
    var list: [(value: Int64, count: UInt32)] = []
    for slot in 0..<Self.slotCount where counts.view[slot] != 0 {
      list.append((values.view[slot], counts.view[slot]))
    }
    return list
  }

  /// The code of each slot of the table.
  func codes(of entries: [Int64], others: UInt16) -> Scratch<UInt16> {
    let codes = Scratch<UInt16>(count: Self.slotCount)
    for slot in 0..<Self.slotCount { codes.view[slot] = others }
    for index in entries.indices {
      codes.view[Self.slot(of: entries[index], values.view, counts.view)] = UInt16(index)
    }
    return codes
  }
}
