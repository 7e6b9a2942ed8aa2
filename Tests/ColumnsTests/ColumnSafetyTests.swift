// Broken column bytes are refused, or read without leaving the bytes.

import Bytes
import Foundation
import Support
import Testing

@testable import Columns

@Suite struct ColumnSafetyTests {
  /// Random flips, in the header above all: a column that still opens is read whole.
  ///
  /// A read past the end meets a page that cannot be read, and the test dies.
  @Test(arguments: ValueShape.all)
  func survivesFlippedBits(shape: ValueShape) throws {
    var random = SeededGenerator(seed: 7)
    for rowCount in [100, 3000] {
      let bytes = encodeIntegers(shape.values(rowCount: rowCount))
      let guarded = GuardedBytes(count: bytes.count)
      for round in 0..<400 {
        var broken = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          let reach = round % 3 == 0 ? broken.count : min(broken.count, 64 + round % 64)
          let at = Int.random(in: 0..<reach, using: &random)
          broken[at] =
            Bool.random(using: &random)
            ? UInt8.random(in: 0...255, using: &random)
            : broken[at] ^ (1 << UInt8.random(in: 0...7, using: &random))
        }
        readAll(guarded.fill(broken))
      }
    }
  }

  @Test(arguments: ValueShape.all)
  func survivesTruncation(shape: ValueShape) throws {
    let bytes = encodeIntegers(shape.values(rowCount: 2000))
    for count in stride(from: 0, to: bytes.count, by: max(8, bytes.count / 500 & ~7)) {
      let guarded = GuardedBytes(count: count)
      readAll(guarded.fill(Array(bytes[..<count])))
    }
  }

  @Test func survivesFlippedBitsOfADerivedColumn() {
    var random = SeededGenerator(seed: 8)
    let bytes = encodeDerived(
      rowCount: 3000, stored: encodeIntegers((0..<3000).map { Int64($0 % 77) }),
      exceptionRows: (0..<40).map { UInt16($0 * 70) },
      exceptions: .integers((0..<40).map { Int64($0) }))
    let guarded = GuardedBytes(count: bytes.count)
    for _ in 0..<2000 {
      var broken = bytes
      let reach = Bool.random(using: &random) ? 64 : broken.count
      broken[Int.random(in: 0..<reach, using: &random)] ^=
        1 << UInt8.random(in: 0...7, using: &random)
      guard let column = try? DerivedColumn(guarded.fill(broken)) else { continue }
      for row in 0..<column.rowCount {
        _ = column.exception(at: row)
        if !column.isTable { _ = column.stored.value(at: row) }
      }
      for block in 0..<(column.rowCount + 1023) >> 10 {
        for index in column.exceptions(inBlock: block) { _ = column.exceptionRow(index) }
      }
    }
  }
}

/// Reads all that a column says, if it opens.
func readAll(_ bytes: LentBytes, rowCodes: RowCodes? = nil) {
  let column: IntegerColumn
  do { column = try IntegerColumn(bytes, rowCodes: rowCodes) } catch { return }
  var sum = Int64(0)
  for row in 0..<column.rowCount {
    column.prefetch(row: row)
    sum &+= column.value(at: row)
  }
  let values = Scratch<Int64>(count: 1024)
  let codes = Scratch<UInt16>(count: 1024)
  var selection = Selection()
  for block in 0..<(column.rowCount + 1023) >> 10 {
    column.decode(block: block, into: values.view)
    selectRange(column, block: block, -9...1_000_000, into: &selection)
    selectAbsent(column, block: block, into: &selection)
    _ = column.hasExceptions(inBlock: block)
    guard column.isNarrow else { continue }
    column.unpackCodes(block: block, into: codes.view)
    let table = Scratch<UInt8>(count: column.codeCount)
    selectMembers(column, block: block, table: table.view, into: &selection)
    for index in 0..<1024 { sum &+= column.value(ofCode: codes.view[index], block: block) }
  }
  _ = column.lowerBound(of: 1000)
  guard let runs = column.runMap else { return }
  for run in 0...runs.runCount { _ = runs.firstRow(ofRun: run) }
}

/// Bytes that end where readable memory ends.
final class GuardedBytes {
  private let map: UnsafeMutableRawPointer
  private let mapSize: Int
  private let count: Int
  private let start: UnsafeMutableRawPointer

  init(count: Int) {
    let page = 4096
    mapSize = (count + page - 1) / page * page + 2 * page
    map = mmap(nil, mapSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    // A column's length is a multiple of 8, so the end can stand at the page's end.
    precondition(count % 8 == 0)
    self.count = count
    start = map + (mapSize - page - count)
    mprotect(map + (mapSize - page), page, PROT_NONE)
  }

  deinit { munmap(map, mapSize) }

  func fill(_ bytes: [UInt8]) -> LentBytes {
    precondition(bytes.count == count)
    bytes.withUnsafeBytes { from in
      if let base = from.baseAddress { start.copyMemory(from: base, byteCount: count) }
    }
    return LentBytes(start, count: count)
  }
}
