// Rows of a load that give theirs to rows with the same key which were there before.
//
// They are stored at places that are emptied, as all rows that lose a key; once everything else of
// the load is stored, the rows that stand take their values as one change, which the commit that
// publishes the load has in it.

import Columns
import Segments
import Store

/// The change that a load makes of rows that were there before.
struct ReplacedRows {
  /// What the commit has to store besides the load; nil for nothing.
  private(set) var draft: ChangeDraft?
  /// Rows that could not give their values after all, by load and file.
  private(set) var refused: [[Int]]

  /// Judges the rows in the order of the files; one whose values would break what must hold is
  /// refused and listed, and the row that stands stays as it is.
  init(
    _ loads: [TableLoad], number: UInt64, writer: BulkWriter, _ refusals: RefusalLog
  ) throws {
    refused = loads.map { $0.files.map { _ in 0 } }
    let count = loads.reduce(0) { $0 + $1.replaced.count }
    guard count > 0 else { return }
    guard count <= ChangeDraft.freshRowCountMax else {
      throw LoadError.tooManyReplaced(count: count, limit: ChangeDraft.freshRowCountMax)
    }
    try writer.flush()
    let draft = try writer.changeDraft(ChangeReason(reason: "load \(number)"))
    self.draft = draft
    for (position, load) in loads.enumerated() where !load.replaced.isEmpty {
      let new = RowReader(writer.registry.plan, table: load.table, readsSealed: true)
      for lost in load.replaced {
        do {
          guard try new.read(lost.row, in: draft.snapshot.snapshot) else {
            preconditionFailure("a row that the load stored is in its segment")
          }
          try draft.replace(
            RowID(table: load.table, row: lost.holder), with: WholeRow(new.buffer),
            fields: load.feeds.isFed)
        } catch let error as ChangeError where error.code != .tooManyFreshRows {
          let place = try load.lines.place(ofRow: lost.row)
          refused[position][place.file] += 1
          try refusals.add(
            [
              Refusal(
                table: error.table, line: place.line, byteOffset: place.offset, field: error.field,
                reason: error.code == .parentMissing ? .missingParent : .duplicate)
            ], file: load.source.files[place.file].path)
        } catch is ChangeError {
          throw LoadError.tooManyReplaced(count: count, limit: ChangeDraft.freshRowCountMax)
        }
      }
    }
    draft.end()
  }
}
