// What one pass over integers shows, against a count by hand and against the plain definition.

import Bytes
import CKernels
import Support
import Testing

@testable import Columns

@Suite struct SurveyKernelTests {
  private func scratch(_ values: [Int64]) -> Scratch<Int64> {
    let scratch = Scratch<Int64>(count: values.count)
    for index in values.indices { scratch.view[index] = values[index] }
    return scratch
  }

  @Test func countsByHand() {
    let values = scratch([7, 7, .min, -3, 5, 5, 6, .min, .min, 7])
    let survey = unsafe hearth_survey(values.view.base, 10, 8, 7)
    #expect(survey.least == -3)
    #expect(survey.greatest == 7)
    #expect(survey.absent == 3)
    // 7 after 8, absent after 7, -3, 5, 6, absent, 7.
    #expect(survey.changes == 7)
    #expect(survey.falls == 3)
    // -3 and 7 agree in the lowest bit and 2 of the lowest 3.
    #expect(survey.differences & 7 == 3)
    #expect(bounds(of: values.view, 7..<9) == (.max, .min, 2))
    withExtendedLifetime(values) {}
  }

  @Test func agreesWithTheDefinition() {
    var random = SeededGenerator(seed: 41)
    for round in 0..<2_000 {
      let count = Int.random(in: 0...40, using: &random)
      let reach: ClosedRange<Int64> = [0...3, -100...100, (.min + 1)...(.max)][round % 3]
      let list = (0..<count).map { _ in
        UInt8.random(in: 0..<8, using: &random) == 0
          ? .min : Int64.random(in: reach, using: &random)
      }
      let values = scratch(list)
      let previous = [list.first ?? 0, 1, .min].randomElement(using: &random) ?? 0
      let survey = unsafe hearth_survey(values.view.base, Int64(count), previous, 2)
      let present = list.filter { $0 != .min }
      let before = [previous] + list.dropLast()
      #expect(survey.least == present.min() ?? .max)
      #expect(survey.greatest == present.max() ?? .min)
      #expect(survey.absent == Int64(count - present.count))
      #expect(survey.differences == present.reduce(0) { $0 | ($1 ^ 2) })
      #expect(survey.changes == Int64(zip(list, before).count { $0 != $1 }))
      #expect(survey.falls == Int64(zip(list, before).count { $0 < $1 }))
      withExtendedLifetime(values) {}
    }
  }

  @Test func gathersCodeSets() {
    var random = SeededGenerator(seed: 42)
    for _ in 0..<1_000 {
      let least = Int64.random(in: (.min + 1)...(.max - 63), using: &random)
      let list = (0..<Int.random(in: 0...30, using: &random)).map { _ in
        Bool.random(using: &random) ? .min : least + Int64.random(in: 0..<64, using: &random)
      }
      let expected = list.filter { $0 != .min }.reduce(UInt64(0)) { $0 | 1 << UInt64($1 - least) }
      let values = scratch(list)
      #expect(codeSet(of: values.view, count: list.count, least: least) == expected)
      withExtendedLifetime(values) {}
    }
  }

  @Test func givesTheValuesOfFirstRows() throws {
    var random = SeededGenerator(seed: 43)
    for runLength in [1, 3, 700, 5_000] {
      var list: [Int64] = []
      var firsts: [Int64] = []
      while list.count < 10_000 {
        firsts.append(Int64(firsts.count) * 3)
        list += Array(
          repeating: firsts[firsts.count - 1],
          count: Int.random(in: 1...runLength, using: &random))
      }
      let values = scratch(list)
      let bytes = encodeRuns(values.view)
      let stored = Scratch<UInt64>(count: bytes.count / 8 + 1)
      unsafe UnsafeMutableRawPointer(stored.view.base).copyMemory(
        from: bytes, byteCount: bytes.count)
      let column = try IntegerColumn(
        unsafe LentBytes(UnsafeRawPointer(stored.view.base), count: bytes.count))
      #expect(column.runMap?.values(ofFirstRowsIn: values.view) == firsts)
      withExtendedLifetime((values, stored)) {}
    }
  }
}
