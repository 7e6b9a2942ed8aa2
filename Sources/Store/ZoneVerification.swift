// Compares the zones of a segment with its values, and the values with their fields' types.

import Bytes
import Columns
import Glibc
import Rows
import Segments

/// What the values of one segment say, field by field.
final class ZoneVerification {
  private struct Seen {
    var zone = Zone.empty
    var codeSet: UInt64 = 0
    var absentCount = 0
    var areBlocksTrue = true
    var hasBrokenDay = false
  }

  private let plan: TablePlan
  private let schema: Schema
  private var zones: ZoneMaps?
  private var seen: [Seen] = []
  /// Fields of which only rows that are there are known: their zones may be wider.
  private var isLoose: [Bool] = []

  init(_ plan: TablePlan, _ schema: Schema) {
    self.plan = plan
    self.schema = schema
  }

  /// Begins a segment; without zones only types are checked.
  func begin(_ zones: ZoneMaps?, isLoose: [Bool]) {
    self.zones = zones
    self.isLoose = isLoose
    seen = Array(repeating: Seen(), count: plan.fieldCount)
  }

  /// Adds the values of a block.
  func add(_ field: Int, _ values: ScratchView<Int64>, block: Int, rowCount: Int) {
    let stated = zones?[field] ?? .empty
    let found = survey(values, count: rowCount, setLeast: stated.least)
    seen[field].absentCount += found.absentCount
    if plan.table.fields[field].type == .day {
      for row in 0..<rowCount where values[row] & 3 == 3 { seen[field].hasBrokenDay = true }
    }
    if let zones, zones.hasBlocks(column: field) {
      let block = zones.zone(column: field, block: block)
      let isTrue =
        isLoose[field]
        ? found.absentCount == rowCount || block.contains(found.zone)
        : found.absentCount == rowCount ? block.isEmpty : block == found.zone
      if !isTrue { seen[field].areBlocksTrue = false }
    }
    guard found.absentCount < rowCount else { return }
    let before = seen[field].zone
    seen[field].codeSet |= found.set
    seen[field].zone =
      before.isEmpty
      ? found.zone
      : Zone(
        least: min(before.least, found.zone.least),
        greatest: max(before.greatest, found.zone.greatest))
  }

  /// Compares what was seen in all blocks.
  func finish(
    isBroken: [Bool], words: WordLists, place: String, order: Int, _ log: VerificationLog
  ) {
    for field in 0..<plan.fieldCount {
      let column = "\(place) column \(plan.table.fields[field].name)"
      let hasOrder = !plan.isText[field] && !plan.lateFields.contains(field)
      guard !hasOrder || !isBroken[field] else { continue }
      if let zones, !isTrue(zones, field) {
        log.note(.zonesTrue, .zoneMaps, column, at: 16 + 32 * field, order: order)
      }
      guard hasOrder, !seen[field].zone.isEmpty else { continue }
      if let promise = brokenPromise(field, words) {
        log.note(promise, .column, column, order: order)
      }
    }
  }

  private func isTrue(_ zones: ZoneMaps, _ field: Int) -> Bool {
    let (stated, found) = (zones[field], seen[field])
    guard !plan.isText[field], !plan.lateFields.contains(field) else {
      return stated == .unknown && zones.absentCount(column: field) == 0
        && zones.codeSet(column: field) == 0
    }
    if isLoose[field] {
      return found.zone.isEmpty || stated.contains(found.zone) && found.areBlocksTrue
    }
    guard !found.zone.isEmpty else {
      return stated.isEmpty && zones.absentCount(column: field) == found.absentCount
        && zones.codeSet(column: field) == 0
    }
    let width = found.zone.greatest.subtractingReportingOverflow(found.zone.least)
    let isNarrow = !width.overflow && width.partialValue < 64
    return stated == found.zone && zones.absentCount(column: field) == found.absentCount
      && zones.codeSet(column: field) == (isNarrow ? found.codeSet : 0) && found.areBlocksTrue
  }

  private func brokenPromise(_ field: Int, _ words: WordLists) -> VerificationReport.Promise? {
    let zone = seen[field].zone
    switch plan.table.fields[field].type {
    case .code:
      let count = words.lists[plan.dictionary[field]].wordCount
      return zone.least >= 0 && zone.greatest < Int64(count) ? nil : .codesKnown
    case .digits(let count):
      return zone.least >= 0 && zone.greatest < Rows.powerOfTen(count) ? nil : .valuesTyped
    case .flag:
      return zone.least >= 0 && zone.greatest <= 1 ? nil : .valuesTyped
    case .day:
      let areDays =
        Day(physical: zone.least) != nil && Day(physical: zone.greatest) != nil
        && !seen[field].hasBrokenDay
      return areDays ? nil : .valuesTyped
    case .integer, .decimal, .text:
      return nil
    }
  }
}

extension Zone {
  fileprivate func contains(_ other: Zone) -> Bool {
    least <= other.least && other.greatest <= greatest
  }
}

/// What the values of a block are between, how many are absent, and the set of v - `setLeast` of
/// those for which it is below 64.
private func survey(
  _ values: ScratchView<Int64>, count: Int, setLeast: Int64
) -> (zone: Zone, absentCount: Int, set: UInt64) {
  let values = unsafe UnsafePointer(values.base)
  var least = Int64.max
  var greatest = Int64.min
  var absentCount = 0
  var set: UInt64 = 0
  for row in 0..<count {
    let value = unsafe values[row]
    let isAbsent = value == absentValue
    absentCount &+= isAbsent ? 1 : 0
    least = min(least, isAbsent ? Int64.max : value)
    greatest = max(greatest, value)
    let distance = UInt64(bitPattern: value &- setLeast)
    set |= distance < 64 && !isAbsent ? 1 &<< distance : 0
  }
  return (Zone(least: least, greatest: greatest), absentCount, set)
}

/// Asks the system to read a value that will be gone through, ahead of its pages.
func willRead(_ bytes: LentBytes) {
  let pageByteCount = 4_096
  let start = unsafe UInt(bitPattern: bytes.base) & ~UInt(pageByteCount - 1)
  let byteCount = bytes.count + Int(unsafe UInt(bitPattern: bytes.base) - start)
  unsafe madvise(UnsafeMutableRawPointer(bitPattern: start), byteCount, MADV_WILLNEED)
}
