// Numbers the keys of a dimension from 0, absent first, and says which number a stored value has.
//
// A value's place is `(value - least) >> shift`. Without a table its slot is the place plus one;
// with one it stands there. Tables have zeros (absent) behind them, so that a code of 16 bits can
// be looked up from any place of theirs without a check.

import Bytes
import Rows
import Store

/// The keys of one dimension, numbered.
final class SlotSpace: Sendable {
  static let slotCountMax = 65_535
  static let paddingCount = 65_536

  let least: Int64
  let shift: Int
  /// Places that have a slot; values outside have none.
  let span: Int
  /// Slots by place, for kinds that need it.
  let table: SlotTable?
  /// The key of each slot; that of slot 0 is `absentKey`.
  let keys: [Int64]
  /// How to find the key of a value outside of the span.
  let kind: Kind
  /// The texts of an attribute, in ascending order.
  let texts: [String]

  static let absentKey = Int64.min

  enum Kind: Sendable {
    case value
    case ageBand(width: Int, on: Day)
    case year
    case attribute
  }

  var slotCount: Int { keys.count }

  /// The slot of a value, or -1 if it lies outside.
  @inline(__always)
  func slot(of value: Int64) -> Int {
    guard value != .min else { return 0 }
    let place = (value &- least) >> Int64(shift)
    guard UInt64(bitPattern: place) < UInt64(span) else { return -1 }
    return table?[Int(place)] ?? Int(place) &+ 1
  }

  /// The key of any value.
  func key(of value: Int64) -> Int64 {
    let slot = slot(of: value)
    if slot >= 0 { return keys[slot] }
    switch kind {
    case .value: return value
    case .attribute: return Self.absentKey
    case .year: return Day(physical: value & ~3).map { Int64($0.year) } ?? Self.absentKey
    case .ageBand(let width, let day):
      guard let birth = Day(physical: value & ~3) else { return Self.absentKey }
      return birth.age(on: day).map { Int64($0 / width * width) } ?? -1
    }
  }

  private init(
    least: Int64, shift: Int, span: Int, table: SlotTable?, keys: [Int64], kind: Kind,
    texts: [String] = []
  ) {
    self.least = least
    self.shift = shift
    self.span = span
    self.table = table
    self.keys = keys
    self.kind = kind
    self.texts = texts
  }

  /// Numbers the keys of a dimension; `zone` covers every value that will be met, if it is known.
  static func numbering(
    _ dimension: Dimension, zone: FieldZone, table: Int, in snapshot: borrowing Snapshot
  ) -> SlotSpace {
    let type = snapshot.registry.schema.tables[table].fields[dimension.field].type
    let codes = FieldCodes(field: dimension.field, table: table, in: snapshot)
    switch dimension.kind {
    case .value:
      var range: ClosedRange<Int64> = 0...255
      if let codes {
        range = 0...Int64(max(1, codes.count)) - 1
      } else if type == .flag {
        range = 0...1
      } else if zone.isKnown {
        range = zone.least <= zone.greatest ? zone.least...zone.greatest : 0...0
      }
      return values(range)
    case .attribute(let position): return attribute(position, codes)
    case .year, .ageBand:
      var days = likelyDays
      if zone.isKnown {
        days = zone.least <= zone.greatest ? zone.least >> 2...zone.greatest >> 2 : 0...0
      }
      if case .ageBand(let width, let day) = dimension.kind {
        return ageBands(days, width: width, on: day)
      }
      return years(days)
    }
  }

  /// 1850 to 2099, for fields of which nothing is known before they are read.
  private static let likelyDays: ClosedRange<Int64> = -43_829...47_481

  private static func values(_ range: ClosedRange<Int64>) -> SlotSpace {
    let (width, overflow) = range.upperBound.subtractingReportingOverflow(range.lowerBound)
    guard !overflow, width < Int64(slotCountMax - 1) else {
      return SlotSpace(least: 0, shift: 0, span: 0, table: nil, keys: [absentKey], kind: .value)
    }
    return SlotSpace(
      least: range.lowerBound, shift: 0, span: Int(width) + 1, table: nil,
      keys: [absentKey] + range, kind: .value)
  }

  private static func attribute(_ position: Int, _ codes: FieldCodes?) -> SlotSpace {
    let list = codes?.list
    let ordinals = 0..<(codes?.count ?? 0)
    let values = ordinals.map { list?.attribute(position, of: $0) }
    let texts = Set(values.compactMap { $0 }).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    var slots: [String: Int] = [:]
    for (index, text) in texts.enumerated() { slots[text] = index + 1 }
    let table = SlotTable(count: ordinals.count, slotCount: texts.count + 1)
    for (ordinal, text) in values.enumerated() {
      table.fill(ordinal..<ordinal + 1, with: text.flatMap { slots[$0] } ?? 0)
    }
    return SlotSpace(
      least: 0, shift: 0, span: ordinals.count, table: table,
      keys: [absentKey] + texts.indices.map { Int64($0) }, kind: .attribute, texts: texts)
  }

  private static func years(_ days: ClosedRange<Int64>) -> SlotSpace {
    let first = Day(daysSince1970: Int(days.lowerBound))?.year ?? 1
    let last = Day(daysSince1970: Int(days.upperBound))?.year ?? 9999
    let span = Int(days.upperBound - days.lowerBound) + 1
    let table = SlotTable(count: span, slotCount: last - first + 2)
    for year in first...last {
      let from = Day(year, 1, 1).map { Int($0.daysSince1970) } ?? 0
      let end = Day(year + 1, 1, 1).map { Int($0.daysSince1970) } ?? Int(days.upperBound) + 1
      table.fill(
        clamped(from, end, days), with: year - first + 1)
    }
    return SlotSpace(
      least: days.lowerBound * 4, shift: 2, span: span, table: table,
      keys: [absentKey] + (first...last).map { Int64($0) }, kind: .year)
  }

  private static func ageBands(
    _ days: ClosedRange<Int64>, width: Int, on day: Day
  ) -> SlotSpace {
    let span = Int(days.upperBound - days.lowerBound) + 1
    // The last day of birth that gives each band at least, oldest first at the end.
    var lasts = [Int(day.daysSince1970)]
    let parts = day.yearMonthDay
    var age = width
    while lasts[lasts.count - 1] >= Int(days.lowerBound), parts.year - age >= 1 {
      // 29 February has no fellow in a common year; those born up to the 28th are as old.
      let fellow =
        Day(parts.year - age, parts.month, parts.day) ?? Day(parts.year - age, 2, 28) ?? day
      lasts.append(Int(fellow.daysSince1970))
      age += width
    }
    let table = SlotTable(count: span, slotCount: lasts.count + 2)
    table.fill(clamped(lasts[0] + 1, Int.max, days), with: 1)
    for (band, last) in lasts.enumerated() {
      let before = band + 1 < lasts.count ? lasts[band + 1] : Int.min + 1
      table.fill(clamped(before + 1, last + 1, days), with: band + 2)
    }
    return SlotSpace(
      least: days.lowerBound * 4, shift: 2, span: span, table: table,
      keys: [absentKey, -1] + lasts.indices.map { Int64($0 * width) },
      kind: .ageBand(width: width, on: day))
  }

  /// The places of the days `from..<end` that lie inside.
  private static func clamped(_ from: Int, _ end: Int, _ days: ClosedRange<Int64>) -> Range<Int> {
    let low = max(from, Int(days.lowerBound))
    let high = min(end, Int(days.upperBound) + 1)
    guard low < high else { return 0..<0 }
    return low - Int(days.lowerBound)..<high - Int(days.lowerBound)
  }
}

/// Slots by place, in bytes where they fit, with zeros behind.
final class SlotTable: Sendable {
  let bytes: Scratch<UInt8>?
  let words: Scratch<UInt16>?

  init(count: Int, slotCount: Int) {
    let isSmall = slotCount <= 256
    bytes = isSmall ? Scratch(count: count + SlotSpace.paddingCount) : nil
    words = isSmall ? nil : Scratch(count: count + SlotSpace.paddingCount)
  }

  subscript(place: Int) -> Int {
    if let bytes { return Int(bytes.view[place]) }
    return words.map { Int($0.view[place]) } ?? 0
  }

  func fill(_ places: Range<Int>, with slot: Int) {
    if let bytes {
      for place in places { bytes.view[place] = UInt8(slot) }
    } else if let words {
      for place in places { words.view[place] = UInt16(slot) }
    }
  }
}
