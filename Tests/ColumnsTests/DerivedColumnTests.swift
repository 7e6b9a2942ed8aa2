// A derived column gives back what it stores, and its exceptions.

import Bytes
import Support
import Testing

@testable import Columns

@Suite struct DerivedColumnTests {
  @Test func givesBackItsExceptions() throws {
    var random = SeededGenerator(seed: 2)
    let distinct = Set((0..<500).map { _ in UInt16.random(in: 0..<5000, using: &random) }).sorted()
    let values = distinct.map { Int64($0) * 7 - 3 }
    let stored = encodeIntegers((0..<5000).map { Int64($0 % 13) })
    let bytes = Stored(
      encodeDerived(
        rowCount: 5000, stored: stored, exceptionRows: distinct, exceptions: .integers(values)))

    let column = try DerivedColumn(bytes.bytes)

    #expect(column.rowCount == 5000)
    #expect(column.exceptionCount == distinct.count)
    #expect(!column.isTable)
    for row in 0..<5000 {
      #expect(column.stored.value(at: row) == Int64(row % 13))
      let index = distinct.firstIndex(of: UInt16(row))
      #expect(column.exception(at: row) == index.map { values[$0] })
      #expect(column.exceptionIndex(of: row) == index ?? -1)
    }
    for block in 0..<5 {
      let expected = distinct.indices.filter { Int(distinct[$0]) >> 10 == block }
      #expect(Array(column.exceptions(inBlock: block)) == expected)
    }
    #expect(column.exceptionRow(3) == Int(distinct[3]))
  }

  @Test func needsNoExceptions() throws {
    let bytes = Stored(
      encodeDerived(
        rowCount: 9, stored: encodeIntegers([Int64](repeating: 0, count: 9)), exceptionRows: [],
        exceptions: .integers([])))
    let column = try DerivedColumn(bytes.bytes)
    #expect(column.exceptionCount == 0)
    #expect(column.exception(at: 8) == nil)
    #expect(column.exceptions(inBlock: 0).isEmpty)
  }

  @Test func takesEveryRowAsAnException() throws {
    let rows = (0..<65_536).map { UInt16($0) }
    let bytes = Stored(
      encodeDerived(
        rowCount: 65_536, stored: encodeIntegers([Int64](repeating: 0, count: 65_536)),
        exceptionRows: rows, exceptions: .integers(rows.map { Int64($0) * 3 })))
    let column = try DerivedColumn(bytes.bytes)
    for row in stride(from: 0, to: 65_536, by: 251) {
      #expect(column.exception(at: row) == Int64(row) * 3)
    }
  }

  @Test func keepsTextsAndATable() throws {
    let bytes = Stored(
      encodeDerived(
        rowCount: 100, stored: encodeIntegers([5, 6, 7]), storedIsTable: true,
        exceptionRows: [3, 99], exceptions: .texts([1, 2, 3])))
    let column = try DerivedColumn(bytes.bytes)
    #expect(column.isTable)
    #expect(column.stored.rowCount == 3)
    #expect(column.exceptionBytes.copied == [1, 2, 3])
    #expect(column.exceptionValues == nil)
    #expect(column.exceptionIndex(of: 99) == 1)
  }

  @Test func refusesAStoredColumnOfAnotherLength() {
    let bytes = Stored(
      encodeDerived(
        rowCount: 100, stored: encodeIntegers([5, 6, 7]), exceptionRows: [],
        exceptions: .integers([])))
    #expect(throws: Corruption(.column, at: 68)) { try DerivedColumn(bytes.bytes) }
  }

  @Test func refusesUnsortedExceptions() async {
    await #expect(processExitsWith: .failure) {
      _ = encodeDerived(
        rowCount: 100, stored: encodeIntegers([Int64](repeating: 0, count: 100)),
        exceptionRows: [4, 3], exceptions: .integers([1, 2]))
    }
  }
}
