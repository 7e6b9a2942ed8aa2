// Reads blocks of 1,024 rows column by column, with what they take from their parents.

package import Bytes
import Columns
import Rows
package import Segments

/// Decodes columns of one block at a time; used by one thread inside one snapshot.
///
/// A column is decoded when it is first asked for and kept until the next block begins.
package final class BlockReader {
  package static let stride = SegmentView.blockRowCount
  package let plan: TablePlan
  private let parent: BlockReader?
  /// Read first children, for fields that follow from them.
  private var children: [Int: BlockReader] = [:]
  private let storage: Scratch<Int64>
  private let matrix: ScratchView<Int64>
  private var codes: [Scratch<UInt32>?]
  private var isDecoded: [Bool]
  private var hasCodes: [Bool]
  private let stepOfField: [Int]
  package private(set) var view: SegmentView?
  package private(set) var segment = -1
  package private(set) var block = -1
  package private(set) var rowCount = 0

  package init(_ plan: RegistryPlan, table: Int) {
    self.plan = plan.tables[table]
    let fieldCount = self.plan.fieldCount
    parent = self.plan.parent.map { BlockReader(plan, table: $0) }
    storage = Scratch(count: (fieldCount + 1) * Self.stride)
    matrix = storage.view
    codes = Array(repeating: nil, count: fieldCount)
    isDecoded = Array(repeating: false, count: fieldCount + 1)
    hasCodes = Array(repeating: false, count: fieldCount)
    var stepOfField = [Int](repeating: -1, count: fieldCount)
    for (index, step) in self.plan.steps.enumerated() { stepOfField[step.field] = index }
    self.stepOfField = stepOfField
  }

  /// Forgets what was decoded: a new snapshot begins.
  package func reset() {
    view = nil
    (segment, block) = (-1, -1)
    parent?.reset()
    for child in children.values { child.reset() }
  }

  /// Goes to a block; nothing is decoded yet.
  package func begin(
    segment: Int, block: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) {
    if segment == self.segment && block == self.block && self.view != nil { return }
    let view = try snapshot.segment(segment, table: plan.position)
    guard block >= 0, block < view.blockCount else {
      throw StoreError(Corruption(.column, at: 0, in: "\(plan.table.name) row number"))
    }
    self.view = view
    self.segment = segment
    self.block = block
    rowCount = view.rowCount(ofBlock: block)
    for index in isDecoded.indices { isDecoded[index] = false }
    for index in hasCodes.indices { hasCodes[index] = false }
  }

  /// The integers of a field, or with `plan.linkColumn` the parents' rows.
  package func values(
    _ field: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> ScratchView<Int64> {
    let target = matrix.from(field * Self.stride)
    guard !isDecoded[field], let view else { return target }
    do throws(Corruption) {
      try view.open(field)
    } catch { throw StoreError(error) }
    if field == plan.linkColumn {
      view.decodeParents(block: block, into: target)
    } else if stepOfField[field] < 0 || view.derivedColumn(field) == nil {
      view.decodeStored(field, block: block, into: target)
    } else {
      try derive(plan.steps[stepOfField[field]], view, target, in: snapshot)
    }
    isDecoded[field] = true
    return target
  }

  /// The parents' rows by position alone: rising, rows that are elsewhere not considered.
  package func positionalParents(
    in snapshot: borrowing Snapshot
  ) throws(StoreError) -> ScratchView<Int64> {
    let target = matrix.from(plan.linkColumn * Self.stride)
    guard let view else { return target }
    do throws(Corruption) {
      try view.open(plan.linkColumn)
    } catch { throw StoreError(error) }
    view.decodeStored(plan.linkColumn, block: block, into: target)
    isDecoded[plan.linkColumn] = false
    return target
  }

  private func derive(
    _ step: DerivedStep, _ view: SegmentView, _ target: ScratchView<Int64>,
    in snapshot: borrowing Snapshot
  ) throws(StoreError) {
    switch step.kind {
    case .inherited(let parentField):
      let parents = try values(plan.linkColumn, in: snapshot)
      try parent?.gather(parentField, ofRows: parents, count: rowCount, into: target, in: snapshot)
    case .children(let table):
      view.decodeStored(step.field, block: block, into: target)
      for row in 0..<rowCount {
        guard target[row] == 0 else {
          target[row] = absentValue
          continue
        }
        let number = segment << 16 + block << 10 + row
        let range = try snapshot.positionalChildren(of: number, childTable: table)
        target[row] = Int64(try snapshot.placeCount(in: range, table: table))
      }
    case .firstChild(let table, let field):
      view.decodeStored(step.field, block: block, into: target)
      try gatherFirstChildren(table, field, into: target, in: snapshot)
    case .digits, .difference, .mapped:
      for source in plan.table.fields[step.field].derivation?.sources ?? [] {
        _ = try values(source, in: snapshot)
      }
      view.decodeStored(step.field, block: block, into: target)
    }
    view.apply(step, block: block, values: matrix, stride: Self.stride)
  }

  private func gatherFirstChildren(
    _ table: Int, _ field: Int, into target: ScratchView<Int64>, in snapshot: borrowing Snapshot
  ) throws(StoreError) {
    let children = self.children[table] ?? BlockReader(snapshot.plan, table: table)
    self.children[table] = children
    for row in 0..<rowCount {
      let number = segment << 16 + block << 10 + row
      let range = try snapshot.positionalChildren(of: number, childTable: table)
      guard target[row] == 0, let first = range.first else {
        target[row] = absentValue
        continue
      }
      try children.begin(segment: first >> 16, block: (first & 0xFFFF) >> 10, in: snapshot)
      target[row] = try children.values(field, in: snapshot)[first & 1_023]
    }
  }

  /// The values of a field for rows of this table that other rows name as their parents.
  package func gather(
    _ field: Int, ofRows rows: ScratchView<Int64>, count: Int, into target: ScratchView<Int64>,
    in snapshot: borrowing Snapshot
  ) throws(StoreError) {
    var current = -1
    var source = matrix
    for index in 0..<count {
      let row = rows[index]
      guard row != absentValue else {
        target[index] = absentValue
        continue
      }
      let place = Int(row)
      if place >> 10 != current {
        try beginParent(place, in: snapshot)
        source = try values(field, in: snapshot)
        current = place >> 10
      }
      target[index] = source[place & 1_023]
    }
  }

  /// Goes to the block of a row that another table names.
  package func beginParent(_ row: Int, in snapshot: borrowing Snapshot) throws(StoreError) {
    guard row >= 0, row >> 16 < snapshot.segmentCount(table: plan.position) else {
      throw StoreError(Corruption(.column, at: 0, in: "\(plan.table.name) as a parent"))
    }
    try begin(segment: row >> 16, block: (row & 0xFFFF) >> 10, in: snapshot)
  }

  // MARK: Words

  /// Codes of a text field's words: part p of row r at `p * 1,024 + r`.
  ///
  /// Part 0 holds `TokenInput.absent` for an absent text and `TokenInput.escape` for one that is no
  /// words.
  ///
  /// Only for fields that the schema keeps as words.
  package func wordCodes(
    _ field: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> ScratchView<UInt32> {
    let partCount = plan.table.fields[field].words?.partCount ?? 1
    let owner = codes[field] ?? Scratch<UInt32>(count: partCount * Self.stride)
    codes[field] = owner
    let target = owner.view
    guard !hasCodes[field], let view else { return target }
    do throws(Corruption) {
      try view.open(field)
    } catch { throw StoreError(error) }
    if let column = view.derivedColumn(field) {
      try inheritWords(field, partCount, into: target, in: snapshot)
      let texts = view.textColumn(field)
      for index in column.exceptions(inBlock: block) {
        let row = column.exceptionRow(index) - block << 10
        let codes =
          texts.isTokens ? texts.tokenCodes(at: index) : (TokenInput.absent, 0, 0)
        target[row] = codes.0
        if partCount > 1 { target[Self.stride + row] = codes.1 }
        if partCount > 2 { target[2 * Self.stride + row] = codes.2 }
      }
    } else if view.textColumn(field).isTokens {
      _ = view.textColumn(field).decodeTokens(block: block, into: target)
    } else {
      for row in 0..<rowCount { target[row] = TokenInput.absent }
    }
    hasCodes[field] = true
    return target
  }

  private func inheritWords(
    _ field: Int, _ partCount: Int, into target: ScratchView<UInt32>,
    in snapshot: borrowing Snapshot
  ) throws(StoreError) {
    let parents = try values(plan.linkColumn, in: snapshot)
    try parent?.gatherWords(
      plan.inherited[field], ofRows: parents, count: rowCount, partCount: partCount,
      into: target, stride: Self.stride, in: snapshot)
  }

  /// The words of a field for rows of this table that other rows name as their parents.
  ///
  /// Part p of row r lies at `p * stride + r`.
  package func gatherWords(
    _ field: Int, ofRows rows: ScratchView<Int64>, count: Int, partCount: Int,
    into target: ScratchView<UInt32>, stride: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) {
    var current = -1
    var source: ScratchView<UInt32>?
    for index in 0..<count {
      let row = rows[index]
      guard row != absentValue else {
        target[index] = TokenInput.absent
        continue
      }
      let place = Int(row)
      if place >> 10 != current {
        try beginParent(place, in: snapshot)
        source = try wordCodes(field, in: snapshot)
        current = place >> 10
      }
      guard let source else { continue }
      for part in 0..<partCount {
        target[part * stride + index] = source[part * Self.stride + place & 1_023]
      }
    }
  }
}
