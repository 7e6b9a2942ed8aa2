// Shapes of values that a register has, for the tests of all encodings.

import Bytes
import Support
import Testing

@testable import Columns

/// A rule that gives the value of each row, and the encoding that suits it.
struct ValueShape: Sendable, CustomTestStringConvertible {
  let name: String
  let encoding: Encoding
  let make: @Sendable (Int, inout SeededGenerator) -> Int64

  var testDescription: String { name }

  func values(rowCount: Int) -> [Int64] {
    var random = SeededGenerator(seed: 42)
    return (0..<rowCount).map { make($0, &random) }
  }

  static let all: [ValueShape] = [
    ValueShape(name: "constant", encoding: .constant) { _, _ in -5 },
    ValueShape(name: "all absent", encoding: .constant) { _, _ in absentValue },
    ValueShape(name: "nearly constant", encoding: .constant) { row, _ in row % 700 == 3 ? 9 : 1 },
    ValueShape(name: "rarely present", encoding: .constant) { row, _ in
      row % 900 == 3 ? Int64(row) << 30 : absentValue
    },
    ValueShape(name: "sex", encoding: .flags) { _, random in Int64.random(in: 1...2, using: &random)
    },
    ValueShape(name: "province", encoding: .frameOfReference) { _, random in
      Int64.random(in: 0...62, using: &random)
    },
    ValueShape(name: "province or absent", encoding: .frameOfReference) { row, random in
      row % 19 == 4 ? absentValue : Int64.random(in: 0...61, using: &random)
    },
    ValueShape(name: "days", encoding: .frameOfReference) { _, random in
      Int64.random(in: -10_000...19_000, using: &random) * 4
    },
    ValueShape(name: "days, some only a year", encoding: .frameOfReference) { _, random in
      let day = Int64.random(in: -10_000...19_000, using: &random)
      return Int.random(in: 0..<50, using: &random) == 0 ? day * 4 + 2 : day * 4
    },
    ValueShape(name: "days, some absent, some only a year", encoding: .frameOfReference) {
      row, random in
      let day = Int64.random(in: -10_000...19_000, using: &random)
      if row % 20 == 0 { return absentValue }
      return Int.random(in: 0..<50, using: &random) == 0 ? day * 4 + 2 : day * 4
    },
    ValueShape(name: "outliers", encoding: .frameOfReference) { row, random in
      row % 2000 == 7
        ? Int64.random(in: -1 << 40...1 << 40, using: &random)
        : Int64.random(in: 0...1000, using: &random)
    },
    ValueShape(name: "numbers of a phone", encoding: .frameOfReference) { _, random in
      Int64.random(in: 0...1 << 30, using: &random)
    },
    ValueShape(name: "block bases", encoding: .frameOfReference) { row, random in
      Int64(row >> 10) * 1_000_003 + Int64.random(in: 0...500, using: &random)
    },
    ValueShape(name: "sequence", encoding: .delta) { row, _ in Int64(row) + 77 },
    ValueShape(name: "falling", encoding: .delta) { row, _ in 5 - Int64(row) * 3 },
    ValueShape(name: "rising", encoding: .delta) { row, random in
      Int64(row) * 1000 + Int64.random(in: 0...999, using: &random)
    },
    ValueShape(name: "households", encoding: .runLength) { row, _ in
      Int64(truncatingIfNeeded: mix(UInt64(row * 4 / 15)) >> 40)
    },
    ValueShape(name: "communes", encoding: .runLength) { row, _ in
      Int64(truncatingIfNeeded: mix(UInt64(row / 900)) >> 50)
    },
    ValueShape(name: "few distinct", encoding: .dictionary) { _, random in
      Int64(truncatingIfNeeded: mix(UInt64.random(in: 0..<200, using: &random))) >> 1
    },
    ValueShape(name: "few distinct or absent", encoding: .dictionary) { _, random in
      let choice = UInt64.random(in: 0..<100, using: &random)
      return choice == 7 ? absentValue : Int64(truncatingIfNeeded: mix(choice)) >> 1
    },
    ValueShape(name: "few distinct, some rare", encoding: .dictionary) { row, random in
      let choice = row % 100 == 0 ? UInt64(row) + 1000 : UInt64.random(in: 0..<30, using: &random)
      return Int64(truncatingIfNeeded: mix(choice)) >> 1
    },
    ValueShape(name: "old numbers", encoding: .presence) { row, random in
      row % 3 == 0 ? Int64.random(in: 0...1 << 29, using: &random) : absentValue
    },
    ValueShape(name: "rare numbers", encoding: .presence) { row, random in
      row % 50 == 0 ? Int64.random(in: 0...1 << 29, using: &random) : absentValue
    },
    ValueShape(name: "anything", encoding: .plain) { _, random in
      max(absentValue + 1, Int64(bitPattern: random.next()))
    },
    ValueShape(name: "anything or absent", encoding: .plain) { row, random in
      row % 100 == 0 ? absentValue : Int64(bitPattern: random.next())
    },
  ]
}

/// Column bytes at an address that suits a column.
final class Stored {
  private let scratch: Scratch<UInt64>
  let bytes: LentBytes

  init(_ bytes: [UInt8]) {
    // An exact end, so that a read past it is one past this memory's used part.
    scratch = Scratch(count: (bytes.count + 7) / 8)
    let start = UnsafeMutableRawPointer(scratch.view.base)
    bytes.withUnsafeBytes { from in
      if let base = from.baseAddress { start.copyMemory(from: base, byteCount: from.count) }
    }
    self.bytes = LentBytes(start, count: bytes.count)
  }
}

func withColumn(_ values: [Int64], _ body: (IntegerColumn) throws -> Void) throws {
  let stored = Stored(encodeIntegers(values))
  try body(IntegerColumn(stored.bytes))
}

/// All ways to read a column agree with the values.
func expectValues(_ values: [Int64], in column: IntegerColumn) {
  #expect(column.rowCount == values.count)
  #expect(values.indices.allSatisfy { column.value(at: $0) == values[$0] })
  let decoded = Scratch<Int64>(count: 1024)
  let codes = Scratch<UInt16>(count: 1024)
  for block in 0..<(values.count + 1023) >> 10 {
    let first = block << 10
    let count = column.decode(block: block, into: decoded.view)
    #expect(count == min(1024, values.count - first))
    #expect((0..<count).allSatisfy { decoded.view[$0] == values[first + $0] })
    guard column.isNarrow, !column.hasExceptions(inBlock: block) else { continue }
    column.unpackCodes(block: block, into: codes.view)
    #expect((0..<1024).allSatisfy { codes.view[$0] < column.codeCount })
    #expect(
      (0..<count).allSatisfy {
        column.value(ofCode: codes.view[$0], block: block) == values[first + $0]
      })
  }
}
