// What was stored is read back: row by row and block by block, whatever follows from what.

import Bytes
import Columns
import Pages
import Rows
import Segments
import Support
import Testing

@testable import Store

@Suite struct RoundTripTests {
  static let shapes = [
    ModelShape(seed: 1, homes: [1500, 900], members: [1, 2000, 1024, 1500]),
    ModelShape(seed: 2, homes: [700, 300], members: [1000, 500], exceptionShare: 0),
    ModelShape(seed: 3, homes: [600], members: [1200, 3], exceptionShare: 0.4, lateShare: 0.1),
    ModelShape(seed: 4, homes: [1, 1, 1], members: [1, 1], exceptionShare: 0, absentShare: 0),
    ModelShape(seed: 5, homes: [3], members: [2, 2100, 1, 400], absentShare: 0.5),
    ModelShape(seed: 6, homes: [900], members: [5, 9, 60], lateShare: 0.7),
    ModelShape(seed: 7, homes: [2], members: [40], exceptionShare: 0, absentShare: 1),
  ]

  @Test(arguments: shapes)
  func readsEveryRow(shape: ModelShape) throws {
    let registry = try SmallRegistry(shape)
    try registry.expectRows()
  }

  @Test(arguments: shapes)
  func readsEveryBlock(shape: ModelShape) throws {
    let registry = try SmallRegistry(shape)
    try registry.expectBlocks()
  }

  @Test(arguments: shapes)
  func findsTheChildrenOfEveryParent(shape: ModelShape) throws {
    let registry = try SmallRegistry(shape)
    let model = registry.model
    let children = model.childPositions()
    let snapshot = try registry.registry.beginSnapshot()
    #expect(try snapshot.lastPositionalParent(table: 1) == model.positionalParents().last)
    for position in model.rows[0].indices {
      let number = model.number(0, position)
      let expected = children[Int64(number)] ?? 0..<0
      let found = try snapshot.positionalChildren(of: number, childTable: 1)
      #expect(found.isEmpty == expected.isEmpty)
      guard let first = expected.first, let last = expected.last else { continue }
      #expect(found.lowerBound == model.number(1, first))
      #expect(found.upperBound == model.number(1, last) + 1)
    }
  }

  @Test func readsTheSameAfterItIsOpenedAgain() throws {
    let registry = try SmallRegistry(Self.shapes[0])
    let reopened = try registry.reopened(access: .readOnly)
    try reopened.expectRows()
    try reopened.expectBlocks()
  }

  @Test func doesNotReadRemovedPlaces() throws {
    let removed = [[1, 2 << 16], [0, 5, 1 << 16 + 1023, 2 << 16 + 7]]
    let registry = try SmallRegistry(
      ModelShape(seed: 8, homes: [4, 2, 1], members: [6, 1024, 9]), removing: removed)
    let snapshot = try registry.registry.beginSnapshot()
    for table in 0...1 {
      #expect(
        snapshot.rowCount(table: table) == registry.model.rows[table].count - removed[table].count)
      let reader = RowReader(registry.registry.plan, table: table)
      for position in registry.model.rows[table].indices {
        let number = registry.model.number(table, position)
        let isPresent = !removed[table].contains(number)
        #expect(try snapshot.isPresent(row: number, table: table) == isPresent)
        #expect(try reader.read(number, in: snapshot) == isPresent)
      }
    }
    let bits = try #require(try snapshot.removedPlaces(1, table: 1))
    #expect((0..<8192).filter { bits[$0] != 0 } == [127])
    #expect(bits[127] == 0x80)
    #expect(try snapshot.removedPlaces(1, table: 0) == nil)
  }

  @Test func hasNoRowsOutsideItsSegments() throws {
    let registry = try SmallRegistry(Self.shapes[3])
    let snapshot = try registry.registry.beginSnapshot()
    for row in [-1, 1, 1 << 16 + 1, 2 << 16, Int.max] {
      #expect(try !snapshot.isPresent(row: row, table: 1))
    }
    #expect(try snapshot.isPresent(row: 1 << 16, table: 1))
  }
}
