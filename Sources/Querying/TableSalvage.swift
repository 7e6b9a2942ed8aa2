// Writes the rows of a table of which parts cannot be read: what is lost is absent, and told.

package import Bytes
import Columns
import Rows
import Segments
package import Store

/// Writes all rows of one table as comma-separated text.
package struct TableSalvage {
  private let table: Int

  package init(table: Int) { self.table = table }

  /// Gives the rows to `sink`, after a line that names the fields; returns how many rows, and what
  /// is lost of them.
  ///
  /// Rows of a segment whose header cannot be read are lost; of all others every value that can be
  /// computed is written. Throws what `sink` throws.
  package func write(
    in snapshot: borrowing Snapshot, to sink: (LentBytes) throws -> Void
  ) throws -> (rowCount: Int, losses: [SalvageLoss]) {
    let plan = snapshot.plan.tables[table]
    let exported = ExportedTable(table: table, fields: Array(plan.table.fields.indices))
    let losses = LossList(plan)
    let blocks = BlockText(exported, in: snapshot) { losses.add(field: $0) }
    var text = RowText(.csv)
    var rowCount = 0
    let names = plan.table.fields.map(\.name).joined(separator: ",") + "\n"
    try Array(names.utf8).lend { try sink($0) }
    let passed = PassedPlaces()
    for segment in 0..<snapshot.segmentCount(table: table) {
      losses.begin(segment)
      guard let view = try? snapshot.segment(segment, table: table) else {
        losses.add(.rows)
        continue
      }
      var bits: LentBytes?
      do {
        try passed.begin(segment, table: table, in: snapshot)
        bits = passed.bits
      } catch { losses.add(.removals) }
      for field in losses.lateFields where view.storedColumns.contains(field) == false {
        losses.add(field: field)
      }
      for block in 0..<view.blockCount {
        var rows = Selection(first: view.rowCount(ofBlock: block))
        if let bits { rows.remove(bits, block: block) }
        rowCount += rows.count
        try blocks.append(segment: segment, block: block, rows: rows, to: &text, in: snapshot) {
          _ in
        }
        try sink(text.bytes)
        text.removeAll()
      }
    }
    rowCount += try writeFresh(plan, exported, losses, &text, in: snapshot)
    try sink(text.bytes)
    return (rowCount, losses.all)
  }

  /// Writes rows that lie apart from their segments, one by one.
  private func writeFresh(
    _ plan: TablePlan, _ exported: ExportedTable, _ losses: LossList, _ text: inout RowText,
    in snapshot: borrowing Snapshot
  ) throws -> Int {
    let trees = TreeText(exported, in: snapshot)
    let buffer = RowBuffer(plan)
    var rowCount = 0
    for row in (try? snapshot.freshRows(ofTable: table)) ?? [] {
      losses.begin(row >> 16)
      let start = text.count
      do throws(StoreError) {
        guard let stored = try snapshot.freshRow(row, table: table), stored.kind == .row else {
          continue
        }
        buffer.fill(from: stored)
        try trees.append(buffer, to: &text)
        rowCount += 1
      } catch {
        text.removeAll(from: start)
        losses.add(.changedRows)
      }
    }
    return rowCount
  }
}

/// What is lost of one table, each thing once.
private final class LossList {
  private let plan: TablePlan
  private var segment = 0
  private var known: Set<SalvageLoss> = []
  private(set) var all: [SalvageLoss] = []
  /// Fields that every segment stores in a part of its own.
  let lateFields: [Int]

  init(_ plan: TablePlan) {
    self.plan = plan
    lateFields = Array(plan.lateFields).sorted()
  }

  func begin(_ segment: Int) { self.segment = segment }

  func add(field: Int) { add(.values, field: plan.table.fields[field].name) }

  func add(_ kind: SalvageLoss.Kind, field: String = "") {
    let loss = SalvageLoss(kind, "\(plan.table.name) segment \(segment)", field: field)
    if known.insert(loss).inserted { all.append(loss) }
  }
}
