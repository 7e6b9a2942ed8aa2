// Bands of ages and years, day by day; sets of values and what zones say of them.

import Bytes
import Columns
import Rows
import Segments
import Store
import Support
import Testing

@testable import Querying

@Suite struct SlotSpaceTests {
  /// Days of reference around the leap day, and birthdays around them.
  @Test(arguments: [
    "2024-02-28", "2024-02-29", "2024-03-01", "2023-02-28", "2023-03-01", "2001-01-01",
  ])
  func bandsAgreeWithAges(_ text: String) throws {
    let census = try Census(CensusShape(seed: 3, householdCount: 5))
    let snapshot = try census.registry.beginSnapshot()
    let day = try Day(text)
    let first = try #require(Day(1890, 1, 1))
    let last = try #require(Day(2026, 12, 31))
    let zone = FieldZone(
      least: first.physical, greatest: last.physical, mayBeAbsent: true, isKnown: true)
    for width in [1, 5, 10] {
      let dimension = Dimension(field: 2, kind: .ageBand(widthYears: width, on: day))
      let space = SlotSpace.numbering(dimension, zone: zone, table: Census.person, in: snapshot)
      for days in Int(first.daysSince1970)...Int(last.daysSince1970) {
        let birth = try #require(Day(daysSince1970: days))
        let expected = birth.age(on: day).map { Int64($0 / width * width) } ?? -1
        let slot = space.slot(of: birth.physical)
        guard slot >= 0, space.keys[slot] == expected else {
          Issue.record("\(birth) on \(day) by \(width): slot \(slot), expected \(expected)")
          return
        }
      }
      #expect(space.slot(of: absentValue) == 0)
      #expect(space.slot(of: first.physical - 4) == -1)
      #expect(space.key(of: first.physical - 4) == Int64((day.year - 1889 - 1) / width * width))
    }
  }

  @Test func yearsAgreeWithTheCalendar() throws {
    let census = try Census(CensusShape(seed: 3, householdCount: 5))
    let snapshot = try census.registry.beginSnapshot()
    let first = try #require(Day(1999, 12, 31))
    let last = try #require(Day(2005, 1, 1))
    let zone = FieldZone(
      least: first.physical, greatest: last.physical, mayBeAbsent: false, isKnown: true)
    let space = SlotSpace.numbering(
      Dimension(field: 2, kind: .year), zone: zone, table: Census.person, in: snapshot)
    #expect(space.keys == [SlotSpace.absentKey, 1999, 2000, 2001, 2002, 2003, 2004, 2005])
    for days in Int(first.daysSince1970)...Int(last.daysSince1970) {
      let day = try #require(Day(daysSince1970: days))
      #expect(space.keys[space.slot(of: day.physical)] == Int64(day.year))
    }
  }

  @Test func setsJoinNeighbours() {
    let set = ValueSet([5, 3, 4, 9, 9, absentValue, 11])
    #expect(set.ranges == [3...5, 9...9, 11...11])
    #expect(set.contains(4))
    #expect(!set.contains(10))
    #expect(!set.contains(absentValue))
    #expect(ValueSet(Int64.min...3).ranges == [Int64.min + 1...3])
  }

  @Test func zonesDecide() {
    func zone(_ least: Int64, _ greatest: Int64, _ mayBeAbsent: Bool = false) -> FieldZone {
      FieldZone(least: least, greatest: greatest, mayBeAbsent: mayBeAbsent, isKnown: true)
    }
    let set = ValueSet([3, 4, 5, 9])
    #expect(set.decision(zone(3, 5)) == .all)
    #expect(set.decision(zone(3, 5, true)) == .some)
    #expect(set.decision(zone(3, 9)) == .some)
    #expect(set.decision(zone(6, 8)) == .none)
    #expect(set.decision(zone(10, 20, true)) == .none)
    #expect(set.decision(zone(1, 0, true)) == .none)
    #expect(set.decision(.unknown) == .some)
    #expect(ValueSet.absent.decision(zone(1, 0, true)) == .all)
    #expect(ValueSet.absent.decision(zone(1, 5, true)) == .some)
    #expect(ValueSet.absent.decision(zone(1, 5)) == .none)
    #expect(ValueSet.present.decision(zone(1, 5)) == .all)
    #expect(ValueSet.present.decision(zone(1, 5, true)) == .some)
    #expect(ValueSet.present.decision(.unknown) == .some)
    #expect(ValueSet([]).decision(zone(1, 5)) == .none)
  }
}
