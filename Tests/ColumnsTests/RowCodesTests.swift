// Codes of several columns side by side: they say what they said before.

import Bytes
import Support
import Testing

@testable import Columns

@Suite struct RowCodesTests {
  /// Columns whose codes can lie together, with their values, and then derived ones of them.
  private struct Sample {
    let rowCount: Int
    var values: [[Int64]] = []
    var columns: [[UInt8]] = []

    init(rowCount: Int) {
      self.rowCount = rowCount
      let encoder = RowCodesEncoder(rowCount: rowCount)
      for shape in ValueShape.all {
        let values = shape.values(rowCount: rowCount)
        let bytes = encodeIntegers(values)
        guard encoder.width(of: bytes) > 0 else { continue }
        self.values.append(values)
        columns.append(bytes)
      }
      for index in values.indices where index % 2 == 0 {
        let rows = index % 4 == 0 ? [] : stride(from: 3, to: rowCount, by: 77).map { UInt16($0) }
        values.append(values[index])
        columns.append(
          encodeDerived(
            rowCount: rowCount, stored: columns[index], exceptionRows: rows,
            exceptions: .integers(rows.map { Int64($0) << 20 })))
      }
    }

    var isDerived: [Bool] { columns.map { $0[0] == Encoding.derived.rawValue } }
  }

  private func together(_ sample: Sample, earlier: RowCodes? = nil) -> ([[UInt8]], [UInt8]) {
    var encoder = RowCodesEncoder(rowCount: sample.rowCount, earlier: earlier)
    let columns = sample.columns.map { encoder.take($0) }
    return (columns, encoder.encoded())
  }

  private func expect(_ sample: Sample, _ columns: [[UInt8]], _ codes: [UInt8]) throws {
    let storedCodes = Stored(codes)
    let rowCodes = try RowCodes(storedCodes.bytes)
    for index in columns.indices {
      let stored = Stored(columns[index])
      #expect(RowCodes.areUsed(by: stored.bytes))
      #expect(throws: Corruption.self) { try IntegerColumn(stored.bytes) }
      guard sample.isDerived[index] else {
        let column = try IntegerColumn(stored.bytes, rowCodes: rowCodes)
        expectValues(sample.values[index], in: column)
        continue
      }
      let column = try DerivedColumn(stored.bytes, rowCodes: rowCodes)
      expectValues(sample.values[index], in: column.stored)
      for position in 0..<column.exceptionCount {
        let row = column.exceptionRow(position)
        #expect(row == 3 + 77 * position)
        #expect(column.exception(at: row) == Int64(row) << 20)
      }
    }
  }

  @Test(arguments: [100, 1_024, 3_001, 65_536])
  func saysTheSame(rowCount: Int) throws {
    let sample = Sample(rowCount: rowCount)
    let (columns, codes) = together(sample)
    try expect(sample, columns, codes)
  }

  @Test func takesCodesThatLieTogetherAlready() throws {
    var sample = Sample(rowCount: 2_500)
    let kinds = Set(sample.columns.map { $0[0] })
    for encoding in [Encoding.frameOfReference, .dictionary, .flags, .derived] {
      #expect(kinds.contains(encoding.rawValue))
    }
    let (columns, codes) = together(sample)
    let stored = Stored(codes)
    // Every second column comes from where it lay, the others with codes of their own.
    for index in columns.indices where index % 2 == 1 { sample.columns[index] = columns[index] }
    let (again, codesAgain) = together(sample, earlier: try RowCodes(stored.bytes))
    #expect(again == columns)
    #expect(codesAgain == codes)
    try expect(sample, again, codesAgain)
  }

  @Test func gathersARow() throws {
    let sample = Sample(rowCount: 3_000)
    let (columns, codes) = together(sample)
    let storedCodes = Stored(codes)
    let rowCodes = try RowCodes(storedCodes.bytes)
    let plain = columns.indices.filter { !sample.isDerived[$0] }
    let stored = plain.map { Stored(columns[$0]) }
    let opened = try stored.map { try IntegerColumn($0.bytes, rowCodes: rowCodes) }
    try opened.withUnsafeBufferPointer { opened in
      let start = try #require(opened.baseAddress)
      let draft = RowGatherDraft(
        start, count: opened.count, isWanted: opened.map { _ in true }, link: 0, listed: [])
      let memory = UnsafeMutableRawPointer.allocate(byteCount: draft.byteCount, alignment: 64)
      defer { memory.deallocate() }
      let gather = draft.write(to: memory)
      var places = [Int32](repeating: 0, count: opened.count + 1)
      var row = [Int64](repeating: 0, count: opened.count)
      var rest = [UInt32](repeating: 0, count: opened.count)
      for place in 0..<sample.rowCount {
        gather.prefetch(row: place)
        gather.findPlaces(row: place, into: &places)
        gather.gather(places, into: &row, restRoom: &rest)
        #expect(row == plain.map { sample.values[$0][place] })
        #expect(gather.addresses(places).count == opened.count)
      }
    }
  }

  @Test func leavesOutWhatHasNoCodes() {
    let encoder = RowCodesEncoder(rowCount: 3_000)
    for shape in ValueShape.all {
      let bytes = encodeIntegers(shape.values(rowCount: 3_000))
      let hasCodes: [Encoding] = [.frameOfReference, .dictionary, .flags]
      let isKind = hasCodes.contains { $0.rawValue == bytes[0] }
      #expect((encoder.width(of: bytes) > 0) == (isKind && shape.name != "block bases"))
    }
    #expect(encoder.width(of: encodeIntegers((0..<2_999).map { Int64($0 * $0 % 9) })) == 0)
  }

  @Test func refusesBrokenHeaders() throws {
    let codes = together(Sample(rowCount: 100)).1
    for (offset, value) in [(0, 11), (1, 1), (2, 0), (7, 1), (9, 1), (63, 1)] {
      var broken = codes
      broken[offset] = UInt8(value)
      if offset == 2 { broken[3] = 0 }
      let stored = Stored(broken)
      let place = offset < 8 ? (offset == 7 ? 4 : offset) : offset / 8 * 8
      #expect(throws: Corruption(.column, at: place)) { try RowCodes(stored.bytes) }
    }
    let short = Stored(Array(codes.dropLast(64)))
    #expect(throws: Corruption.self) { try RowCodes(short.bytes) }
  }

  private func flip(_ bytes: inout [UInt8], using random: inout SeededGenerator) {
    let bit = UInt8.random(in: 0...7, using: &random)
    bytes[Int.random(in: 0..<64, using: &random)] ^= 1 << bit
  }

  /// As `ColumnSafetyTests`: what still opens is read without leaving the bytes.
  @Test func survivesFlippedBits() throws {
    var random = SeededGenerator(seed: 9)
    for rowCount in [100, 2_000] {
      let (columns, codes) = together(Sample(rowCount: rowCount))
      let guardedCodes = GuardedBytes(count: codes.count)
      for _ in 0..<300 {
        var broken = codes
        flip(&broken, using: &random)
        let isBroken = Bool.random(using: &random)
        guard let rowCodes = try? RowCodes(guardedCodes.fill(isBroken ? broken : codes)) else {
          continue
        }
        var column = columns[Int.random(in: columns.indices, using: &random)]
        guard column[0] != Encoding.derived.rawValue else { continue }
        for _ in 0..<Int.random(in: 0...2, using: &random) {
          flip(&column, using: &random)
        }
        let guarded = GuardedBytes(count: column.count)
        readAll(guarded.fill(column), rowCodes: rowCodes)
      }
    }
  }
}
