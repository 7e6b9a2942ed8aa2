// What a splitter says of one record.

import Bytes
import Rows
import Support
import Testing

@testable import Loading
import Rows

@Suite struct DelimitedRecordSplitterTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  func piece(_ text: String) throws -> (DelimitedSource, DelimitedPiece) {
    let source = try DelimitedSource(path: folder.write(text, as: "input.csv"))
    return (source, try #require(try source.nextPiece()))
  }

  @Test func saysWhereFieldsLie() throws {
    let (source, piece) = try piece("a,b,c\nxy,\"z\",\"\"\"q\"\r\n")
    var records = source.makeSplitter()
    records.begin(piece)
    let hasRecord = records.next()
    let places = records.places
    let count = records.fieldCount
    let range = records.recordStart..<records.recordEnd
    let hasMore = [records.next(), records.next()]

    #expect(hasRecord)
    #expect(count == 3)
    #expect((0..<3).map { places[$0].start } == [0, 4, 8])
    #expect((0..<3).map { places[$0].count } == [2, 1, 3])
    #expect((0..<3).map { places[$0].isQuoted } == [false, true, true])
    #expect((0..<3).map { places[$0].hasPairs } == [false, false, true])
    #expect(range == 0..<piece.bytes.count)
    #expect(hasMore == [false, false])
  }

  /// A field too many is counted, and one of them is kept to see whether it is empty.
  @Test func countsFieldsItDoesNotKeep() throws {
    let (source, piece) = try piece("a,b\n1,2,,\"4\",5\n6,7\n")
    var records = source.makeSplitter()
    records.begin(piece)
    var counts: [Int] = []
    var texts: [String] = []
    while records.next() {
      counts.append(records.fieldCount)
      texts.append(String(records.text(ofField: min(records.fieldCount, 3) - 1)))
    }

    #expect(counts == [5, 2])
    #expect(texts == ["", "7"])
  }

  /// Texts of one record do not overwrite one another, in whatever order and often they are asked
  /// for.
  @Test func lendsSeveralTextsAtOnce() throws {
    let (source, piece) = try piece("a,b,c\n\"1\"\"\",\"\"\"\"\"2\",\"\"\"3\"\"\"\n")
    var records = source.makeSplitter()
    records.begin(piece)
    _ = records.next()
    let third = records.text(ofField: 2)
    let first = records.text(ofField: 0)
    let second = records.text(ofField: 1)
    let again = records.text(ofField: 0)

    #expect([first, second, third, again].map { String($0) } == ["1\"", "\"\"2", "\"3\"", "1\""])
  }

  @Test func refusesAFieldThatWasNotKept() async {
    await #expect(processExitsWith: .failure) {
      let folder = try TemporaryFolder()
      let source = try DelimitedSource(path: folder.write("a\n1,2,3\n", as: "input.csv"))
      var records = source.makeSplitter()
      if let piece = try source.nextPiece() { records.begin(piece) }
      _ = records.next()
      _ = records.text(ofField: 2)
    }
  }
}
