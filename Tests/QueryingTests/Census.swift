// Registries of made-up households and persons, small enough to be checked row by row.

import Bytes
import Columns
import Rows
import Support

@testable import Segments
@testable import Store

/// What a made-up registry is like.
struct CensusShape: Sendable, CustomStringConvertible {
  var seed: UInt64
  var householdCount = 2_600
  /// Rows of each segment; the last has fewer.
  var householdsPerSegment = 1_100
  var personsPerSegment = 2_500
  /// Whether households lie in the order of their communes.
  var isInOrder = true
  /// One row in so many is an exception to whatever it mostly follows; 0: none.
  var rarity = 40
  /// One person in so many has been removed; 0: none.
  var removal = 0
  /// Whether some values are absent.
  var hasGaps = true

  var description: String {
    "seed \(seed), \(isInOrder ? "in order" : "not in order"), rarity \(rarity), "
      + "removal \(removal), \(hasGaps ? "gaps" : "no gaps")"
  }

  /// Enough persons to fill a segment, so that a household may lie in two.
  static let large = CensusShape(
    seed: 7, householdCount: 22_000, householdsPerSegment: 15_000, personsPerSegment: 65_536,
    rarity: 90)

  static let all = [
    CensusShape(seed: 1), CensusShape(seed: 2, isInOrder: false),
    CensusShape(seed: 3, rarity: 0, hasGaps: false), CensusShape(seed: 4, removal: 9),
    CensusShape(seed: 5, rarity: 3), CensusShape(seed: 6, personsPerSegment: 700, rarity: 200),
  ]
}

/// A registry of made-up households and persons in a folder of its own.
final class Census {
  static let household = 0
  static let person = 1
  let registry: Registry
  let shape: CensusShape
  private let folder: TemporaryFolder
  private var random: SeededGenerator

  init(_ shape: CensusShape) throws {
    self.shape = shape
    folder = try TemporaryFolder()
    random = SeededGenerator(seed: shape.seed)
    registry = try Registry.create(at: folder.file("census.hearth"), schema: CensusSchema.made())
    try fill()
  }

  private func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

  private func happens(oneIn rarity: Int) -> Bool { rarity > 0 && below(rarity) == 0 }

  private func gap(_ value: Int64, oneIn rarity: Int = 12) -> Int64 {
    shape.hasGaps && happens(oneIn: rarity) ? absentValue : value
  }

  /// A day between two years, sometimes known only to the month or year.
  private func day(_ years: ClosedRange<Int>) -> Int64 {
    let year = Int.random(in: years, using: &random)
    let month = 1 + below(12)
    let known = happens(oneIn: shape.rarity) ? below(3) : 2
    let day =
      known == 0
      ? Day(year: year)
      : known == 1 ? Day(year: year, month: month) : Day(year, month, 1 + below(28))
    return day.map(\.physical) ?? absentValue
  }

  private struct Household {
    var row = 0
    var commune: Int64 = 0
    var memberCount = 0
    var firstBirth = absentValue
  }

  private func fill() throws {
    let writer = try BulkWriter(registry)
    try writer.append(
      [Array("ZZ".utf8)], toDictionary: registry.schema.codeListPosition("group") ?? 0)
    var households = (0..<shape.householdCount).map { index in
      var household = Household()
      let (segment, place) = index.quotientAndRemainder(dividingBy: shape.householdsPerSegment)
      household.row = segment << 16 + place
      let commune =
        shape.isInOrder
        ? index * CensusSchema.communeCount / shape.householdCount
        : below(CensusSchema.communeCount)
      household.commune = gap(Int64(commune), oneIn: 300)
      return household
    }
    try writePersons(writer, &households)
    try writeHouseholds(writer, households)
    try writer.publish()
  }

  // MARK: Persons

  private func writePersons(_ writer: BulkWriter, _ households: inout [Household]) throws {
    let plan = registry.plan.tables[Self.person]
    let rows = SegmentRows(plan)
    var serial: Int64 = 0
    for index in households.indices {
      let memberCount = happens(oneIn: 15) ? 0 : below(happens(oneIn: 60) ? 40 : 7)
      for _ in 0..<memberCount {
        putPerson(rows, households, index, serial)
        let birth = rows.values[2 * SegmentRows.capacity + rows.rowCount - 1]
        if households[index].memberCount == 0 { households[index].firstBirth = birth }
        households[index].memberCount += 1
        serial += 1
        if rows.rowCount == SegmentRows.capacity { try write(rows, writer) }
      }
      // Only a full segment may end inside a household.
      if rows.rowCount >= shape.personsPerSegment { try write(rows, writer) }
    }
    if rows.rowCount > 0 { try write(rows, writer) }
  }

  private func write(_ rows: SegmentRows, _ writer: BulkWriter) throws {
    let segment = writer.catalog.tables[Self.person].segmentCount
    rows.segment = segment
    let first = (0..<rows.rowCount).first { rows.isLate[$0] == 0 }
    let positional = first.map { rows.parents[$0] } ?? rows.parentBefore
    writer.catalog.tables[Self.person].firstParents.append(positional)
    try writer.put(encodeSegment(rows))
    writer.catalog.tables[Self.person].segmentCount += 1
    writer.catalog.tables[Self.person].rowCount += rows.rowCount
    if shape.removal > 0 {
      let places = (0..<rows.rowCount).filter { _ in happens(oneIn: shape.removal) }
      try writer.put(removedPlaces: places, segment: segment, table: Self.person)
      writer.catalog.tables[Self.person].rowCount -= places.count
    }
    if let last = (0..<rows.rowCount).last(where: { rows.isLate[$0] == 0 }) {
      rows.parentBefore = rows.parents[last]
    }
    rows.removeAll()
  }

  private func putPerson(
    _ rows: SegmentRows, _ households: [Household], _ index: Int, _ serial: Int64
  ) {
    let row = rows.rowCount
    // A moved person keeps its place but names another household, or none; a household's first
    // person never moves, so that its place is known.
    let isLate = households[index].memberCount > 0 && happens(oneIn: shape.rarity)
    var parent: Household? = households[index]
    if isLate { parent = happens(oneIn: 2) ? nil : households[self.below(households.count)] }
    rows.isLate[row] = isLate ? 1 : 0
    rows.parents[row] = parent.map { Int64($0.row) } ?? absentValue
    let number = parent.map { Int64(self.number(of: $0.row)) } ?? absentValue
    let commune = parent?.commune ?? absentValue
    let birth = gap(day(1920...2024), oneIn: 50)
    let sex = gap(Int64(below(2)), oneIn: 100)
    let group = gap(Int64(below(20) == 0 ? 4 : below(4)))
    let validTo = gap(day(2022...2027), oneIn: 6)
    let values: [Int64] = [
      gap(Int64(below(1_000_000_000)), oneIn: 30), number, birth, sex,
      gap(below(6) == 0 ? Int64(below(54)) : 0),
      happens(oneIn: shape.rarity) ? gap(Int64(below(CensusSchema.communeCount))) : commune,
      0, group,
      group == absentValue || happens(oneIn: shape.rarity) ? gap(2) : min(group, 3), validTo,
      validTo == absentValue || validTo & 3 != 0 || happens(oneIn: shape.rarity)
        ? gap(day(2018...2022)) : validTo - 364 * 4,
      gap(Int64(below(1 << 40)) - 1 << 20), gap(Int64(below(2))), 0,
      gap(below(30) == 0 ? Int64(below(90_000)) - 400 : Int64(below(6)), oneIn: 20), serial,
    ]
    for (field, value) in values.enumerated() {
      rows.values[field * SegmentRows.capacity + row] = value
    }
    rows.parentValues[SegmentRows.capacity + row] = number
    rows.parentValues[5 * SegmentRows.capacity + row] = commune
    let isNameless = shape.hasGaps && happens(oneIn: 20)
    let name = Array("Person \(below(40)) of \(index % 7)".utf8)
    name.lend { rows.texts[13]?.set(isNameless ? nil : $0, row: row) }
    rows.rowCount += 1
  }

  private func number(of row: Int) -> Int { (row >> 16) * 100_000 + row & 0xFFFF }

  // MARK: Households

  private func writeHouseholds(_ writer: BulkWriter, _ households: [Household]) throws {
    let plan = registry.plan.tables[Self.household]
    let rows = SegmentRows(plan)
    for start in stride(from: 0, to: households.count, by: shape.householdsPerSegment) {
      let part = households[start..<min(start + shape.householdsPerSegment, households.count)]
      rows.segment = start / shape.householdsPerSegment
      for household in part {
        let values: [Int64] = [
          Int64(number(of: household.row)), household.commune, 0, 0, gap(Int64(below(3))), 0,
          Int64(below(9)),
        ]
        for (field, value) in values.enumerated() {
          rows.values[field * SegmentRows.capacity + rows.rowCount] = value
        }
        rows.rowCount += 1
      }
      try writer.put(encodeSegment(rows))
      try writer.putLate(latePart(rows, Array(part)))
      writer.catalog.tables[Self.household].segmentCount += 1
      writer.catalog.tables[Self.household].rowCount += rows.rowCount
      rows.removeAll()
    }
  }

  private func latePart(_ rows: SegmentRows, _ households: [Household]) -> SegmentPart {
    let counts = households.map { household in
      happens(oneIn: shape.rarity) ? gap(Int64(below(12))) : Int64(household.memberCount)
    }
    let births = households.map { household in
      happens(oneIn: shape.rarity) ? gap(day(1930...1990)) : household.firstBirth
    }
    let columns: [(field: UInt16, bytes: [UInt8])] = [
      (3, derived(counts, households.map { Int64($0.memberCount) })),
      (4, derived(births, households.map(\.firstBirth))),
    ]
    return SegmentPart(
      table: UInt16(Self.household), segment: UInt32(rows.segment), part: 1,
      rowCount: rows.rowCount, columns: columns)
  }

  private func derived(_ values: [Int64], _ expected: [Int64]) -> [UInt8] {
    let exceptions = values.indices.filter { values[$0] != expected[$0] }
    // As the loader does: too many exceptions, and the values are stored as they are.
    guard exceptions.count * 8 <= values.count else { return encodeIntegers(values) }
    return encodeDerived(
      rowCount: values.count, stored: encodeIntegers([Int64](repeating: 0, count: values.count)),
      exceptionRows: exceptions.map { UInt16($0) },
      exceptions: .integers(exceptions.map { values[$0] }))
  }
}
