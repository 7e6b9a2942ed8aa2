// Finishes the columns that follow from a table's children, once the children are stored.

import Bytes
import Columns
import Rows
import Segments
import Store

/// What a table's rows said of their late fields, kept encoded until the children are there.
struct LateColumns {
  /// By segment of the load: column bytes by late field.
  var segments: [(segment: Int, rowCount: Int, columns: [(field: Int, bytes: [UInt8])])] = []

  /// Encodes each late column as derived with exceptions and writes it.
  ///
  /// `loaded` has by table the segments that it got in this load, if any; a field that follows from
  /// another table is stored as it is, so that children of a later load cannot change it.
  func finish(
    plan: TablePlan, feeds: FieldFeeds, loaded: [Range<Int>?], writer: BulkWriter, jobs: Int
  ) throws {
    guard !plan.lateFields.isEmpty else { return }
    let draft = SharedSnapshot(try writer.draft())
    let firstRow = writer.base.tables[plan.position].segmentCount << 16
    var strays: [Int: StrayChildren] = [:]
    for step in plan.steps where plan.lateFields.contains(step.field) && !feeds.isFed[step.field] {
      let table = childTable(of: step)
      guard strays[table] == nil, let segments = loaded[table] else { continue }
      strays[table] = try StrayChildren(
        table: table, segments: segments, firstParent: firstRow, draft: draft)
    }
    let found = strays
    let position = Counter()
    let segments = segments
    let pipeline = Pipeline<SegmentPart, SegmentPart, SegmentPart>(
      jobs: jobs,
      stages: .init(
        parse: { _ in
          let index = position.next()
          guard index < segments.count else { return nil }
          let late = segments[index]
          var columns: [(field: UInt16, bytes: [UInt8])] = []
          for (field, bytes) in late.columns {
            let number = plan.table.fields[field].number
            let step = plan.steps.first { $0.field == field }
            guard let step, loaded[childTable(of: step)] != nil else {
              columns.append((number, bytes))
              continue
            }
            let said = try Said(
              plan: plan, segment: late.segment, rowCount: late.rowCount, step: step,
              draft: draft)
            columns.append(
              (
                number,
                feeds.isFed[field]
                  ? try said.encode(bytes) : try said.encode(found[childTable(of: step)])
              ))
          }
          return (
            index,
            SegmentPart(
              table: plan.number, segment: UInt32(late.segment), part: 1,
              rowCount: late.rowCount, columns: columns)
          )
        },
        admit: { [$0] }, finish: { [] }, encode: { _, part in part }))
    _ = try pipeline.run { try writer.putLate($0) }
  }
}

/// The table whose rows a late field follows from.
private func childTable(of step: DerivedStep) -> Int {
  switch step.kind {
  case .children(let table), .firstChild(let table, _): table
  default: preconditionFailure("a late field follows from children")
  }
}

/// What the children say for one late field of one segment.
private struct Said {
  private let values: Scratch<Int64>
  private let segment: Int
  private let rowCount: Int
  private let fieldOfFirst: Int?

  /// Walks the children of the segment's rows in their order.
  init(
    plan: TablePlan, segment: Int, rowCount: Int, step: DerivedStep, draft: SharedSnapshot
  ) throws {
    self.rowCount = rowCount
    values = Scratch(count: rowCount)
    let table = childTable(of: step)
    var fieldOfFirst: Int?
    if case .firstChild(_, let field) = step.kind { fieldOfFirst = field }
    self.fieldOfFirst = fieldOfFirst
    self.segment = segment
    for row in 0..<rowCount { values.view[row] = fieldOfFirst == nil ? 0 : absentValue }
    let reader = BlockReader(draft.snapshot.plan, table: table)
    let first = segment << 16
    var row = try draft.snapshot.firstPositionalChild(
      ofParentsFrom: first, childTable: table)
    var last = Int64(-1)
    while let current = row {
      let view = try draft.snapshot.segment(current >> 16, table: table)
      try reader.begin(
        segment: current >> 16, block: (current & 0xFFFF) >> 10, in: draft.snapshot)
      let parents = try reader.positionalParents(in: draft.snapshot)
      let firsts = try fieldOfFirst.map { field throws in
        try reader.values(field, in: draft.snapshot)
      }
      for place in (current & 1_023)..<reader.rowCount {
        let parent = parents[place] &- Int64(first)
        guard parent < Int64(rowCount) else { return }
        if let firsts {
          if parent != last { values.view[Int(parent)] = firsts[place] }
          last = parent
        } else {
          values.view[Int(parent)] &+= 1
        }
      }
      let next = current | 1_023 + 1
      let isInside = next >> 16 == current >> 16 && next & 0xFFFF < view.rowCount
      row = isInside ? next : nextSegment(after: current >> 16, table: table, draft)
    }
  }

  private func nextSegment(after segment: Int, table: Int, _ draft: SharedSnapshot) -> Int? {
    segment + 1 < draft.snapshot.segmentCount(table: table) ? (segment + 1) << 16 : nil
  }

  /// The column of what is true of the children, for rows that say nothing themselves: what is not
  /// so by place is an exception.
  func encode(_ strays: StrayChildren?) throws(StoreError) -> [UInt8] {
    var exceptionRows: [UInt16] = []
    var exceptions: [Int64] = []
    for parent in strays?.parents(ofSegment: segment) ?? [] where parent & 0xFFFF < rowCount {
      guard let children = try strays?.children(of: parent) else { continue }
      var value = Int64(children.count)
      if let fieldOfFirst {
        value =
          try children.first.map { (row) throws(StoreError) in
            try strays?.value(fieldOfFirst, ofRow: row) ?? absentValue
          } ?? absentValue
      }
      guard value != values.view[parent & 0xFFFF] else { continue }
      exceptionRows.append(UInt16(parent & 0xFFFF))
      exceptions.append(value)
    }
    return encodeDerived(
      rowCount: rowCount, stored: encodeIntegers([Int64](repeating: 0, count: rowCount)),
      exceptionRows: exceptionRows, exceptions: .integers(exceptions))
  }

  /// The column of what the rows themselves say, given what the children say.
  func encode(_ stated: [UInt8]) throws(StoreError) -> [UInt8] {
    let bytes = Scratch<UInt64>(count: (stated.count + 7) / 8)
    unsafe UnsafeMutableRawPointer(bytes.view.base).copyMemory(
      from: stated, byteCount: stated.count)
    var exceptionRows: [UInt16] = []
    var exceptions: [Int64] = []
    var isAbsent = [Int64](repeating: 0, count: rowCount)
    do throws(Corruption) {
      let column = try IntegerColumn(
        unsafe LentBytes(UnsafeRawPointer(bytes.view.base), count: stated.count))
      for row in 0..<rowCount {
        let value = column.value(at: row)
        if value == absentValue {
          isAbsent[row] = 1
        } else if value != values.view[row] {
          exceptionRows.append(UInt16(row))
          exceptions.append(value)
        }
      }
    } catch { throw StoreError.corruption(error) }
    withExtendedLifetime(bytes) {}
    guard exceptionRows.count * 8 <= rowCount else { return stated }
    return encodeDerived(
      rowCount: rowCount, stored: encodeIntegers(isAbsent), exceptionRows: exceptionRows,
      exceptions: .integers(exceptions))
  }
}
