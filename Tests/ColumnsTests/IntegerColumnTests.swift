// Columns of integers give back what was encoded, one value, one block or one row at a time.

import Bytes
import Support
import Testing

@testable import Columns

@Suite struct IntegerColumnTests {
  /// Every shape of values, and the encoding that must be chosen for it.
  @Test(arguments: ValueShape.all)
  func givesBackWhatWasEncoded(shape: ValueShape) throws {
    for rowCount in [1, 2, 63, 239, 240, 241, 1023, 1024, 1025, 5000, 65_536] {
      let values = shape.values(rowCount: rowCount)
      try withColumn(values) { column in
        expectValues(values, in: column)
        if rowCount == 65_536 { #expect(column.encoding == shape.encoding, "\(shape.name)") }
      }
    }
  }

  @Test func choosesTheSameBytesForTheSameValues() {
    for shape in ValueShape.all {
      let values = shape.values(rowCount: 5000)
      #expect(encodeIntegers(values) == encodeIntegers(values))
    }
  }

  @Test func isSmallAndTrivial() {
    #expect(MemoryLayout<IntegerColumn>.size <= 72)
    #expect(_isPOD(IntegerColumn.self))
  }

  @Test func holdsNoRows() throws {
    try withColumn([]) { column in
      #expect(column.rowCount == 0)
      #expect(column.encoding == .constant)
    }
  }

  @Test(arguments: 0...64)
  func holdsEveryWidth(width: Int) throws {
    var random = SeededGenerator(seed: UInt64(width))
    let codeMax = width == 0 ? 0 : UInt64.max >> UInt64(64 - width)
    for rowCount in [700, 2500] {
      var values = (0..<rowCount).map { _ in
        max(
          absentValue + 1, -77 &+ Int64(bitPattern: UInt64.random(in: 0...codeMax, using: &random)))
      }
      values[17] = -77
      values[600] = max(absentValue + 1, -77 &+ Int64(bitPattern: codeMax))
      try withColumn(values) { expectValues(values, in: $0) }
      values[100] = absentValue
      try withColumn(values) { expectValues(values, in: $0) }
    }
  }

  @Test func gathersARowOfManyColumns() throws {
    let rowCount = 3000
    let shapes = ValueShape.all
    let all = shapes.map { $0.values(rowCount: rowCount) }
    let stored = all.map { Stored(encodeIntegers($0)) }
    let columns = try stored.map { try IntegerColumn($0.bytes) }
    try columns.withUnsafeBufferPointer { columns in
      let start = try #require(columns.baseAddress)
      // Each column once as the one that links a row to its parent.
      for link in columns.indices {
        let draft = RowGatherDraft(
          start, count: columns.count, isWanted: columns.map { _ in true }, link: link, listed: [])
        let memory = UnsafeMutableRawPointer.allocate(byteCount: draft.byteCount, alignment: 64)
        defer { memory.deallocate() }
        let gather = draft.write(to: memory)
        let slots = draft.slots
        var places = [Int32](repeating: 0, count: columns.count + 1)
        var row = [Int64](repeating: 0, count: columns.count)
        var rest = [UInt32](repeating: 0, count: columns.count)
        for place in stride(from: link, to: rowCount, by: link == 0 ? 1 : 61) {
          gather.prefetchDescription(byteCount: draft.byteCount)
          gather.prefetch(row: place)
          gather.prefetchLists(row: place)
          gather.findPlaces(row: place, into: &places)
          gather.prefetchPlaces(places)
          gather.gather(places, into: &row, restRoom: &rest)
          #expect(row == all.map { $0[place] })
          #expect(gather.link(places, column: link, slot: slots[link]) == all[link][place])
        }
      }
    }
  }

  @Test func sharesTheRunsOfAnotherColumn() throws {
    var random = SeededGenerator(seed: 5)
    var parents: [Int64] = []
    var numbers: [Int64] = []
    var number = Int64(0)
    while parents.count < 65_536 {
      number = Int64.random(in: 0...999_999, using: &random)
      for _ in 0..<Int.random(in: 1...7, using: &random) where parents.count < 65_536 {
        parents.append(Int64(parents.count) / 4 * 3 + number % 2)
        numbers.append(number)
      }
      parents[parents.count - 1] = parents[parents.count - 1]
    }
    let parentBytes = Stored(encodeRunsOf(numbers))
    let parent = try IntegerColumn(parentBytes.bytes)
    let runs = try #require(parent.runMap)
    let other = numbers.map { $0 % 5 == 0 ? absentValue : $0 / 3 }

    let shared = Stored(encodeIntegers(other, sharedRuns: runs))
    let alone = encodeIntegers(other)

    #expect(shared.bytes.count < alone.count)
    let column = try IntegerColumn(shared.bytes, runs: runs)
    #expect(column.encoding == .runLength)
    expectValues(other, in: column)
    #expect(throws: Corruption(.column, at: 2)) { try IntegerColumn(shared.bytes) }
  }

  @Test func findsTheFirstRowOfAValueInARisingColumn() throws {
    var random = SeededGenerator(seed: 9)
    for step in [1, 1, 3, 40] {
      var values: [Int64] = []
      var value = Int64(1_000)
      for _ in 0..<20_000 {
        values.append(value)
        if Int.random(in: 0..<4, using: &random) == 0 {
          value += Int64.random(in: 1...Int64(step), using: &random)
        }
      }
      try withColumn(values) { column in
        for wanted in stride(from: Int64(990), to: value + 10, by: 7) {
          #expect(column.lowerBound(of: wanted) == values.firstIndex { $0 >= wanted } ?? 20_000)
        }
        #expect(column.lowerBound(of: Int64.max) == 20_000)
        #expect(column.lowerBound(of: absentValue) == 0)
      }
    }
    let rising = (0..<3000).map { Int64($0) * 3 + Int64($0 % 3) }
    try withColumn(rising) { column in
      #expect(column.encoding == .delta)
      for wanted in Int64(-5)..<9010 {
        #expect(column.lowerBound(of: wanted) == rising.firstIndex { $0 >= wanted } ?? 3000)
      }
    }
  }
}

func encodeRunsOf(_ values: [Int64]) -> [UInt8] {
  let scratch = Scratch<Int64>(count: values.count)
  for index in values.indices { scratch.view[index] = values[index] }
  return encodeRuns(scratch.view)
}
