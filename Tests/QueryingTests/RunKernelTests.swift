// What scans ask of columns: starts of runs, counts of ranges, values of runs; and how runs spread.

import Bytes
import Columns
import Support
import Testing

@testable import Querying

@Suite struct RunKernelTests {
  /// Column bytes at an address that columns may have.
  private func column(_ values: [Int64]) throws -> (column: IntegerColumn, owner: AnyObject) {
    let bytes = encodeIntegers(values)
    let owner = Scratch<UInt8>(count: bytes.count)
    for index in bytes.indices { owner.view[index] = bytes[index] }
    return (try IntegerColumn(owner.view.lent(count: bytes.count)), owner)
  }

  /// Runs of random lengths, the longest given.
  private func runs(_ rowCount: Int, lengthMax: Int, seed: UInt64) -> [Int64] {
    var random = SeededGenerator(seed: seed)
    var values: [Int64] = []
    while values.count < rowCount {
      let value = Int64.random(in: 0..<50, using: &random)
      let length = Int.random(in: 1...lengthMax, using: &random)
      values += Array(repeating: value, count: length)
    }
    return Array(values.prefix(rowCount))
  }

  @Test(arguments: [(65_536, 7), (65_536, 70), (10_000, 40), (3_001, 5_000), (1_030, 20)])
  func listsAndSpreadsRuns(_ rowCount: Int, _ lengthMax: Int) throws {
    let values = runs(rowCount, lengthMax: lengthMax, seed: UInt64(rowCount + lengthMax))
    let (column, owner) = try column(values)
    try withExtendedLifetime(owner) {
      let map = try #require(column.runMap)
      let nested = try #require(column.runValues)
      let expected = values.indices.filter { $0 == 0 || values[$0] != values[$0 - 1] }
      #expect(nested.rowCount == expected.count)
      let starts = Scratch<UInt16>(count: 65_536 + 8)
      let count = map.starts(from: 0, upTo: rowCount, into: starts.view)
      #expect((0..<count).map { Int(starts.view[$0]) } == expected)
      let some = map.starts(from: 504, upTo: 1_023, into: starts.view)
      #expect(
        (0..<some).map { Int(starts.view[$0]) } == expected.filter { $0 >= 504 && $0 < 1_023 })
      let numbers = Scratch<UInt16>(count: 65_536 + 8)
      let wanted = Scratch<UInt64>(count: 1_024 + 1)
      for run in expected.indices {
        numbers.view[run] = UInt16(values[expected[run]])
        if values[expected[run]] % 3 == 0 { wanted.view[run >> 6] |= 1 << UInt64(run & 63) }
        #expect(nested.value(at: run) == values[expected[run]])
      }
      let lanes = Scratch<UInt16>(count: laneCount + expansionSlack)
      let wide = Scratch<UInt32>(count: laneCount + expansionSlack)
      for block in 0..<(rowCount + 1_023) / 1_024 {
        let first = block * 1_024
        let rows = min(1_024, rowCount - first)
        var count = map.starts(ofBlock: block, into: starts.view)
        let before = block == 0 ? 0 : map.run(ofRow: first - 1)
        var list = starts.view
        if block == 0 {
          list = list.from(1)
          count -= 1
        }
        expandRuns(
          list, count: count, firstRow: first, rowCount: rows, numbers: numbers.view.from(before),
          stride: 1 as UInt16, into: lanes.view)
        let selection = selectRuns(
          list, count: count, firstRow: first, rowCount: rows, runBefore: before,
          wanted: wanted.view)
        expandRuns(
          list, count: count, firstRow: first, rowCount: rows, numbers: numbers.view.from(before),
          stride: 7 as UInt32, into: wide.view)
        for row in 0..<rows {
          #expect(Int64(wide.view[row]) == 7 * values[first + row])
          #expect(Int64(lanes.view[row]) == values[first + row])
          #expect(selection[row] == (values[first + row] % 3 == 0))
        }
        #expect(selection.count == values[first..<first + rows].count { $0 % 3 == 0 })
      }
    }
  }

  @Test func blocksAreAsLongAsSelections() { #expect(laneCount == Selection.rowCount) }

  @Test func countsRangesLikeSelecting() throws {
    var random = SeededGenerator(seed: 5)
    for width in [2, 30, 900, 40_000] {
      let values = (0..<5_000).map { index -> Int64 in
        if index % 61 == 7 { return absentValue }
        return index % 333 == 5 ? 1 << 40 : Int64.random(in: 0..<Int64(width), using: &random)
      }
      let (column, owner) = try column(values)
      withExtendedLifetime(owner) {
        let ranges: [ClosedRange<Int64>] = [
          0...0, 1...Int64(width) / 2, -5...1 << 41, Int64.min...Int64.max, 1 << 40...1 << 40,
        ]
        for range in ranges {
          for block in 0..<5 {
            let part = values[block * 1_024..<min(values.count, block * 1_024 + 1_024)]
            let expected = part.count { $0 != absentValue && range.contains($0) }
            #expect(countRange(column, block: block, range) == expected, "\(width) \(range)")
          }
        }
      }
    }
  }

  @Test func framesSayWhatCodesMean() throws {
    let (plain, owner) = try column((0..<2_000).map { Int64($0 * 7 % 900) - 40 })
    withExtendedLifetime(owner) {
      let frame = plain.frame
      #expect(frame?.base == -40)
      #expect(frame?.shift == 0)
    }
    let (runs, other) = try column(runs(5_000, lengthMax: 60, seed: 3))
    withExtendedLifetime(other) {
      #expect(runs.frame == nil)
      #expect(runs.exceptionRange(inBlock: 0).isEmpty)
    }
  }
}
