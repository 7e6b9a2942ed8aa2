import Support
import Testing

@testable import Loading

@Suite struct LineMapTests {
  /// Every row is found again, also where records are long, lines skip and a second file begins.
  @Test(arguments: [1, 4_095, 4_096, 4_097, 20_000])
  func findsThePlaceOfEveryRow(rowCount: Int) throws {
    var random = SeededGenerator(seed: UInt64(rowCount))
    var map = LineMap()
    var places: [LineMap.Place] = []
    var place = LineMap.Place(line: 2, offset: 100)
    for row in 0..<rowCount {
      if row == rowCount / 2 { place = LineMap.Place(file: 1, line: 2, offset: 50) }
      try map.append(line: place.line, offset: place.offset, file: place.file)
      places.append(place)
      place.line += Int.random(in: 1...(row % 100 == 0 ? 1_000 : 3), using: &random)
      place.offset += Int.random(in: 1...(row % 70 == 0 ? 100_000 : 300), using: &random)
    }

    #expect(map.rowCount == rowCount)
    for row in 0..<rowCount where try map.place(ofRow: row) != places[row] {
      Issue.record("row \(row)")
    }
  }

  /// Places that rise nowhere are found again, in any order and while more are added.
  @Test(arguments: [1, 4_095, 4_096, 4_097, 20_000])
  func findsThePlacesOfSortedRows(rowCount: Int) throws {
    var random = SeededGenerator(seed: UInt64(rowCount))
    let folder = try TemporaryFolder()
    var map = try LineMap(beside: folder.file("registry"))
    var places: [LineMap.Place] = []
    for row in 0..<rowCount {
      let place = LineMap.Place(
        file: Int.random(in: 0..<1_000, using: &random),
        line: Int.random(in: 1..<1 << 40, using: &random),
        offset: Int.random(in: 0..<1 << 50, using: &random))
      try map.append(line: place.line, offset: place.offset, file: place.file)
      places.append(place)
      if row % 1_000 == 7 {
        let asked = Int.random(in: 0...row, using: &random)
        #expect(try map.place(ofRow: asked) == places[asked])
      }
    }

    #expect(map.rowCount == rowCount)
    for row in (0..<rowCount).shuffled(using: &random)
    where try map.place(ofRow: row) != places[row] {
      Issue.record("row \(row)")
    }
  }

  @Test func refusesARowThatWasNotAdded() async {
    await #expect(processExitsWith: .failure) {
      var map = LineMap()
      try map.append(line: 1, offset: 0)
      _ = try map.place(ofRow: 1)
    }
    await #expect(processExitsWith: .failure) {
      var map = try LineMap(beside: TemporaryFolder().file("registry"))
      try map.append(line: 1, offset: 0)
      _ = try map.place(ofRow: 1)
    }
  }
}
