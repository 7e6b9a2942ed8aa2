// Selections on packed codes agree with the values.

import Bytes
import Support
import Testing

@testable import Columns

@Suite struct SelectTests {
  @Test(arguments: ValueShape.all)
  func selectsTheRowsOfARange(shape: ValueShape) throws {
    var random = SeededGenerator(seed: 3)
    for rowCount in [1, 700, 2500] {
      let values = shape.values(rowCount: rowCount)
      var ranges: [ClosedRange<Int64>] = [
        absentValue...Int64.max, 0...0, 1...1, 3...40, -100...100_000, 2...(1 << 40),
      ]
      for _ in 0..<10 {
        let one = values[Int.random(in: 0..<rowCount, using: &random)]
        let other = values[Int.random(in: 0..<rowCount, using: &random)]
        ranges.append(min(one, other)...max(one, other))
        ranges.append(one...one)
        ranges.append(one...Int64.max)
        ranges.append(absentValue...one)
      }
      try withColumn(values) { column in
        for block in 0..<(rowCount + 1023) >> 10 {
          for range in ranges {
            var selection = Selection(first: 1024)
            selectRange(column, block: block, range, into: &selection)
            expect(selection, values, block) { $0 != absentValue && range.contains($0) }
          }
          var selection = Selection(first: 1024)
          selectAbsent(column, block: block, into: &selection)
          expect(selection, values, block) { $0 == absentValue }
        }
      }
    }
  }

  @Test(arguments: ValueShape.all)
  func selectsTheMembersOfATable(shape: ValueShape) throws {
    let values = shape.values(rowCount: 2500)
    try withColumn(values) { column in
      guard column.isNarrow else { return }
      for block in 0..<3 {
        let table = Scratch<UInt8>(count: column.codeCount)
        for code in 0..<column.codeCount {
          table.view[code] = column.value(ofCode: UInt16(code), block: block) % 3 == 0 ? 7 : 0
        }
        var selection = Selection()
        selectMembers(column, block: block, table: table.view, into: &selection)
        guard !column.hasExceptions(inBlock: block) else { continue }
        expect(selection, values, block) { $0 % 3 == 0 }
      }
    }
  }

  @Test func combinesSelections() {
    var random = SeededGenerator(seed: 4)
    var (left, right) = (Selection(), Selection())
    for row in 0..<1024 {
      left[row] = Bool.random(using: &random)
      right[row] = Int.random(in: 0..<9, using: &random) == 0
    }
    var (and, or, andNot, inverted) = (left, left, left, left)
    and.and(right)
    or.or(right)
    andNot.andNot(right)
    inverted.invert(first: 900)
    for row in 0..<1024 {
      #expect(and[row] == (left[row] && right[row]))
      #expect(or[row] == (left[row] || right[row]))
      #expect(andNot[row] == (left[row] && !right[row]))
      #expect(inverted[row] == (row < 900 && !left[row]))
    }
    #expect(and.count + or.count == left.count + right.count)
    let rows = Scratch<UInt16>(count: 1024)
    #expect(right.rows(into: rows.view) == right.count)
    #expect(right.first == Int(rows.view[0]))
    #expect(right.next(from: Int(rows.view[0]) + 1) == Int(rows.view[1]))
    #expect(Selection().isEmpty)
    #expect(Selection().first == nil)
    #expect(!right.isEmpty)
    #expect(Selection(first: 65).count == 65)
    #expect(right.next(from: 1024) == nil)
  }

  @Test func refusesARowPastTheBlock() async {
    await #expect(processExitsWith: .failure) { _ = Selection()[1024] }
  }

  @Test func countsCodes() {
    var random = SeededGenerator(seed: 6)
    let codes = Scratch<UInt16>(count: 1024)
    for index in 0..<1024 { codes.view[index] = UInt16.random(in: 0..<50, using: &random) }
    let histogram = CodeHistogram(codeCount: 50)
    histogram.add(codes.view, count: 1021)
    for code in 0..<50 {
      #expect(
        histogram.count(of: code) == (0..<1021).count { Int(codes.view[$0]) == code })
    }
    histogram.clear()
    var selection = Selection()
    for row in stride(from: 5, to: 1024, by: 3) { selection[row] = true }
    histogram.add(codes.view, where: selection)
    for code in 0..<50 {
      #expect(
        histogram.count(of: code)
          == stride(from: 5, to: 1024, by: 3).count { Int(codes.view[$0]) == code })
    }
  }

  private func expect(
    _ selection: Selection, _ values: [Int64], _ block: Int, _ isWanted: (Int64) -> Bool
  ) {
    #expect(
      (0..<1024).allSatisfy { place in
        let row = block << 10 + place
        return selection[place] == (row < values.count && isWanted(values[row]))
      })
  }
}
