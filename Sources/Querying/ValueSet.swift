// A set of stored integers as ascending ranges, and what zones say of it.

import Segments

/// How many rows of a segment or block can satisfy a condition, as far as zones tell.
enum Decision: UInt8, Sendable {
  case none
  case some
  case all

  var inverted: Decision {
    switch self {
    case .none: .all
    case .some: .some
    case .all: .none
    }
  }

  func and(_ other: Decision) -> Decision {
    if self == .none || other == .none { return .none }
    return self == .all ? other : self
  }

  func or(_ other: Decision) -> Decision {
    if self == .all || other == .all { return .all }
    return self == .none ? other : self
  }
}

/// What is known of a field's values without reading them.
struct FieldZone: Equatable, Sendable {
  /// Least and greatest value; no value if they are the wrong way round.
  var least: Int64
  var greatest: Int64
  var mayBeAbsent: Bool
  /// Whether anything is known at all.
  var isKnown: Bool

  static let unknown = FieldZone(
    least: Int64.min + 1, greatest: Int64.max, mayBeAbsent: true, isKnown: false)

  /// The zone of a field in a whole segment.
  init(_ zones: ZoneMaps, field: Int) {
    let zone = zones[field]
    let absentCount = zones.absentCount(column: field)
    guard zone != .unknown, !zone.isEmpty || absentCount == zones.rowCount else {
      // Nothing is known of texts, nor of what follows from children.
      self = .unknown
      return
    }
    self.init(
      least: zone.least, greatest: zone.greatest, mayBeAbsent: absentCount > 0, isKnown: true)
  }

  init(least: Int64, greatest: Int64, mayBeAbsent: Bool, isKnown: Bool) {
    self.least = least
    self.greatest = greatest
    self.mayBeAbsent = mayBeAbsent
    self.isKnown = isKnown
  }

  /// The zone of one block of a segment in which this is the field's.
  func narrowed(to block: Int, of zones: ZoneMaps, field: Int) -> FieldZone {
    let zone = zones.zone(column: field, block: block)
    return FieldZone(
      least: zone.least, greatest: zone.greatest, mayBeAbsent: mayBeAbsent, isKnown: isKnown)
  }

  /// The one value that all rows have, or `absentValue`; nil if there may be several.
  var constant: Int64? {
    guard isKnown else { return nil }
    if least > greatest { return .min }
    return least == greatest && !mayBeAbsent ? least : nil
  }
}

/// A set of stored integers, absent perhaps among them.
struct ValueSet: Equatable, Sendable {
  /// Ascending, neither overlapping nor adjacent, none holding `absentValue`.
  private(set) var ranges: [ClosedRange<Int64>]
  var includesAbsent: Bool

  init(_ range: ClosedRange<Int64>) {
    let lower = max(range.lowerBound, Int64.min + 1)
    ranges = lower <= range.upperBound ? [lower...range.upperBound] : []
    includesAbsent = false
  }

  init(_ values: [Int64]) {
    ranges = []
    includesAbsent = false
    for value in values.sorted() where value != .min {
      if let last = ranges.last, value <= last.upperBound || value - 1 == last.upperBound {
        ranges[ranges.count - 1] = last.lowerBound...max(last.upperBound, value)
      } else {
        ranges.append(value...value)
      }
    }
  }

  /// Absent alone.
  static let absent: ValueSet = {
    var set = ValueSet([])
    set.includesAbsent = true
    return set
  }()

  /// Every value that is none.
  static let present = ValueSet(Int64.min...Int64.max)

  func contains(_ value: Int64) -> Bool {
    if value == .min { return includesAbsent }
    let index = firstRange(reaching: value)
    return index < ranges.count && ranges[index].lowerBound <= value
  }

  /// The first range whose end is not before a value.
  private func firstRange(reaching value: Int64) -> Int {
    var (lower, upper) = (0, ranges.count)
    while lower < upper {
      let middle = (lower + upper) >> 1
      if ranges[middle].upperBound < value { lower = middle + 1 } else { upper = middle }
    }
    return lower
  }

  /// What a zone says about rows being in the set.
  func decision(_ zone: FieldZone) -> Decision {
    guard zone.least <= zone.greatest else {
      return includesAbsent ? .all : .none
    }
    let index = firstRange(reaching: zone.least)
    guard index < ranges.count, ranges[index].lowerBound <= zone.greatest else {
      return zone.mayBeAbsent && includesAbsent ? .some : .none
    }
    let isCovered =
      ranges[index].lowerBound <= zone.least && ranges[index].upperBound >= zone.greatest
    return isCovered && (includesAbsent || !zone.mayBeAbsent) ? .all : .some
  }

  /// Whether the set of values that occur, where a segment keeps it, has one of these.
  func mayOccur(in zones: ZoneMaps, field: Int) -> Bool {
    guard !includesAbsent else { return true }
    let zone = zones[field]
    guard !zone.isEmpty else { return true }
    var index = firstRange(reaching: zone.least)
    while index < ranges.count, ranges[index].lowerBound <= zone.greatest {
      if zones.mayHold(ranges[index], column: field) { return true }
      index += 1
    }
    return false
  }
}
