import Support
import Testing

@testable import Loading

@Suite struct LineMapTests {
  /// Every row is found again, also where records are long, lines skip and a second file begins.
  @Test(arguments: [1, 4_095, 4_096, 4_097, 20_000])
  func findsThePlaceOfEveryRow(rowCount: Int) {
    var random = SeededGenerator(seed: UInt64(rowCount))
    var map = LineMap()
    var places: [LineMap.Place] = []
    var place = LineMap.Place(line: 2, offset: 100)
    for row in 0..<rowCount {
      if row == rowCount / 2 { place = LineMap.Place(file: 1, line: 2, offset: 50) }
      map.append(line: place.line, offset: place.offset, file: place.file)
      places.append(place)
      place.line += Int.random(in: 1...(row % 100 == 0 ? 1_000 : 3), using: &random)
      place.offset += Int.random(in: 1...(row % 70 == 0 ? 100_000 : 300), using: &random)
    }

    #expect(map.rowCount == rowCount)
    #expect((0..<rowCount).allSatisfy { map[$0] == places[$0] })
  }

  @Test func refusesARowThatWasNotAdded() async {
    await #expect(processExitsWith: .failure) {
      var map = LineMap()
      map.append(line: 1, offset: 0)
      _ = map[1]
    }
  }
}
