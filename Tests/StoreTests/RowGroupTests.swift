// Rows that are asked for together are the same as rows that are read one by one.

import Bytes
import Columns
import Rows
import Segments
import Support
import Testing

@testable import Store

@Suite struct RowGroupTests {
  private static let shapes = [
    ModelShape(seed: 21, homes: [1500, 900], members: [1, 2000, 1024, 1500]),
    ModelShape(seed: 22, homes: [600], members: [1200, 3], exceptionShare: 0.4, lateShare: 0.3),
  ]

  /// All values and texts of the row that a reader holds.
  private func held(_ reader: RowReader) -> [String?] {
    (0..<reader.plan.fieldCount).map { field in
      guard !reader.plan.isText[field] else {
        return reader.buffer.text(of: field).map { String($0) }
      }
      return String(reader.buffer.values[field])
    } + [String(reader.buffer.values[reader.plan.linkColumn])]
  }

  @Test(arguments: shapes)
  func areReadLikeSingleRows(shape: ModelShape) throws {
    let small = try SmallRegistry(shape)
    let (plan, model) = (small.registry.plan, small.model)
    let snapshot = try small.registry.beginSnapshot()
    var random = SeededGenerator(seed: 5)
    for table in 0...1 {
      let (single, group) = (RowReader(plan, table: table), RowReader(plan, table: table))
      for _ in 0..<200 {
        let count = Int.random(in: 1...RowReader.askedCountMax, using: &random)
        // Neighbours, rows here and there, the same row twice, and rows that are not there.
        let start = Int.random(in: 0..<model.rows[table].count, using: &random)
        let rows = (0..<count).map { place in
          Bool.random(using: &random)
            ? model.number(table, min(start + place, model.rows[table].count - 1))
            : Bool.random(using: &random) ? 7 << 16 | 5 : model.number(table, start)
        }
        let areThere = try rows.enumerated().map { place, row in
          try group.ask(row, at: place, in: snapshot)
        }
        try group.locate(count, in: snapshot)
        for (place, row) in rows.enumerated() {
          let isRead = try single.read(row, in: snapshot)
          #expect(areThere[place] == isRead)
          #expect(try group.finish(place, in: snapshot) == isRead)
          if isRead { #expect(held(group) == held(single)) }
        }
      }
    }
  }

  @Test(arguments: shapes)
  func areReadWithTheReaderOfTheirParents(shape: ModelShape) throws {
    let small = try SmallRegistry(shape)
    let (plan, model) = (small.registry.plan, small.model)
    let snapshot = try small.registry.beginSnapshot()
    let parents = RowReader(plan, table: 0)
    let (single, shared) = (
      RowReader(plan, table: 1), RowReader(plan, table: 1, parents: parents)
    )
    var readCount = 0
    for position in model.rows[0].indices {
      let number = model.number(0, position)
      #expect(try parents.read(number, in: snapshot))
      let before = held(parents)
      for row in try snapshot.positionalChildren(of: number, childTable: 1) {
        _ = try shared.ask(row, at: 0, in: snapshot)
        try shared.locate(1, in: snapshot)
        guard shared.parentRow(0) == Int64(number) else { continue }
        #expect(try shared.finish(0, in: snapshot))
        #expect(try single.read(row, in: snapshot))
        #expect(held(shared) == held(single))
        readCount += 1
      }
      #expect(parents.buffer.row == number)
      #expect(held(parents) == before)
    }
    #expect(readCount > 500)
  }
}
