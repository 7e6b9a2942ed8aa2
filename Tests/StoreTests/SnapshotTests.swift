// One snapshot for several threads, and several snapshots one after the other.

import Bytes
import Columns
import Pages
import Rows
import Segments
import Support
import Testing

@testable import Store

@Suite struct SnapshotTests {
  private final class Shared: Sendable {
    let snapshot: Snapshot
    init(_ snapshot: consuming Snapshot) { self.snapshot = snapshot }
  }

  /// Threads open the same segments and columns at once.
  @Test(arguments: 0..<5) func isReadBySeveralThreads(round: Int) throws {
    let small = try SmallRegistry(
      ModelShape(seed: 41, homes: [300, 40, 60], members: [500, 90, 1, 9]))
    let shared = Shared(try small.registry.beginSnapshot())
    let (model, plan) = (small.model, small.registry.plan)
    runOnThreads(4) { thread in
      do {
        for table in [thread % 2, 1 - thread % 2] {
          let reader = RowReader(plan, table: table)
          for (position, row) in model.rows[table].enumerated() {
            try reader.read(model.number(table, position), in: shared.snapshot)
            for field in 0..<plan.tables[table].fieldCount where !plan.tables[table].isText[field] {
              guard reader.buffer.values[field] == row.values[field] else {
                Issue.record("thread \(thread) table \(table) row \(position) field \(field)")
                return
              }
            }
          }
        }
      } catch { Issue.record(error) }
    }
  }

  /// A reader goes from segment to segment; a block that is refused leaves it where it was.
  ///
  /// It had kept the refused segment under the number of the one before.
  @Test func staysWhereItWasAfterARefusedBlock() throws {
    let small = try SmallRegistry(ModelShape(seed: 42, homes: [1_100, 3], members: [5]))
    let snapshot = try small.registry.beginSnapshot()
    let reader = BlockReader(small.registry.plan, table: 0)
    try reader.begin(segment: 0, block: 1, in: snapshot)
    #expect(throws: StoreError.self) { try reader.begin(segment: 1, block: 1, in: snapshot) }
    try reader.begin(segment: 0, block: 1, in: snapshot)
    let numbers = try reader.values(0, in: snapshot)
    #expect(reader.rowCount == 76)
    #expect(
      (0..<76).map { numbers[$0] } == (1_024..<1_100).map { small.model.rows[0][$0].values[0] })
  }

  @Test func usesReadersAgain() throws {
    let small = try SmallRegistry(ModelShape(seed: 43, homes: [3], members: [5]))
    for _ in 0..<2_000 { _ = try small.registry.beginSnapshot() }
    let information = try small.registry.environment.information()
    #expect(information.readerCount <= 4)
  }
}
