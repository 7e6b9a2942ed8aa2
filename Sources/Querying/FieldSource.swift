// How the values of one field are reached in one segment, chosen anew for each segment.

import Bytes
import Columns
import Rows
import Segments
import Store

/// The ways to a field's values.
enum FieldPath: Int, CaseIterable, Sendable {
  /// Zones say that all rows have one value; nothing is read.
  case constant
  /// Codes of at most 16 bits that mean the same in every block.
  case codes
  /// Runs of equal rows, each with a code of at most 16 bits.
  case runs
  /// A few pieces of equal rows: of the column itself, or of the parent's.
  case pieces
  /// Numbers of positional children, out of the runs of the children's link column.
  case children
  /// Every row's value is decoded from the field's own column.
  case values
  /// Every row's value is put together from other columns.
  case derived
}

/// One field in the segment that is being scanned; used by one thread.
final class FieldSource {
  let field: Int
  fileprivate(set) var path = FieldPath.constant
  fileprivate(set) var zone = FieldZone.unknown
  /// The value of all rows on the path `constant`.
  fileprivate(set) var constant: Int64 = absentValue
  /// The field's own column, where it follows from no other.
  fileprivate(set) var column: IntegerColumn?
  /// Exceptions of a derived column.
  fileprivate(set) var derived: DerivedColumn?
  var pieces = Pieces()
  /// On the path `children`, how many each row has.
  fileprivate(set) lazy var counts = ChildCounts()
  fileprivate lazy var decoded = Scratch<Int64>(count: Selection.rowCount)
  fileprivate var decodedBlock = -1
  fileprivate var isPrepared = false
  private lazy var starts = Scratch<UInt16>(count: Selection.rowCount + 8)
  private lazy var startsView = starts.view
  private var runs = BlockRuns()
  private var runsBlock = -1

  init(field: Int) { self.field = field }

  /// On the path `runs`: the rows that begin a run in a block, and the run before them.
  ///
  /// The first row of all is not among them, since no run is before it.
  func runs(ofBlock block: Int) -> (starts: ScratchView<UInt16>, count: Int, before: Int) {
    if runsBlock != block, let map = column?.runMap {
      // Blocks are mostly asked in order; then the run before is known.
      if block > 0, runsBlock == block - 1 {
        runs.before += runs.count
      } else {
        runs.before = block == 0 ? 0 : map.run(ofRow: block << 10 - 1)
      }
      runs.count = map.starts(ofBlock: block, into: startsView) - (block == 0 ? 1 : 0)
      runsBlock = block
    }
    return (startsView.from(block == 0 ? 1 : 0), runs.count, runs.before)
  }

  fileprivate func forgetBlocks() {
    decodedBlock = -1
    runsBlock = -1
  }

  private struct BlockRuns {
    var before = 0
    var count = 0
  }
}

/// The fields of the segment that is being scanned; used by one thread.
final class SegmentFields {
  let plan: TablePlan
  private let registryPlan: RegistryPlan
  private var sources: [FieldSource?]
  private var reader: BlockReader?
  private(set) var segment = -1
  private(set) var view: SegmentView
  private(set) var zones: ZoneMaps
  private(set) var rowCount = 0
  /// How often each path was chosen, by field and path.
  private(set) var pathCounts: [Int]

  /// Begins with a segment.
  init(
    table: Int, segment: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) {
    registryPlan = snapshot.plan
    plan = registryPlan.tables[table]
    sources = Array(repeating: nil, count: plan.fieldCount)
    pathCounts = Array(repeating: 0, count: plan.fieldCount * FieldPath.allCases.count)
    self.segment = segment
    view = try snapshot.segment(segment, table: table)
    zones = try snapshot.zones(segment, table: table)
    rowCount = view.rowCount
  }

  var blockCount: Int { (rowCount + Selection.rowCount - 1) / Selection.rowCount }

  func rowCount(ofBlock block: Int) -> Int {
    min(Selection.rowCount, rowCount - block * Selection.rowCount)
  }

  /// Goes to another segment.
  func begin(_ segment: Int, in snapshot: borrowing Snapshot) throws(StoreError) {
    guard segment != self.segment else { return }
    self.segment = segment
    view = try snapshot.segment(segment, table: plan.position)
    zones = try snapshot.zones(segment, table: plan.position)
    rowCount = view.rowCount
    for source in sources { source?.isPrepared = false }
  }

  /// The field's source, its path chosen.
  func source(
    _ field: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> FieldSource {
    let source = sources[field] ?? FieldSource(field: field)
    sources[field] = source
    guard !source.isPrepared else { return source }
    source.zone = FieldZone(zones, field: field)
    source.path = try choosePath(source, in: snapshot)
    source.forgetBlocks()
    source.isPrepared = true
    pathCounts[field * FieldPath.allCases.count + source.path.rawValue] += 1
    return source
  }

  private func choosePath(
    _ source: FieldSource, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> FieldPath {
    source.column = nil
    source.derived = nil
    if let constant = source.zone.constant {
      source.constant = constant
      return .constant
    }
    do throws(Corruption) {
      try view.open(source.field)
    } catch { throw .corruption(error) }
    if let column = view.direct(source.field) {
      source.column = column
      if column.isNarrow { return column.hasBlockBases ? .values : .codes }
      if source.pieces.fill(from: column) { return .pieces }
      guard let values = column.runValues, values.isNarrow, !values.hasBlockBases else {
        return .values
      }
      return .runs
    }
    source.derived = view.derivedColumn(source.field)
    if plan.inherited[source.field] >= 0 {
      let isFew = try source.pieces.fill(
        inheriting: source.field, view, parent: registryPlan, in: snapshot)
      return isFew ? .pieces : .derived
    }
    if case .children(let table) = plan.table.fields[source.field].derivation {
      let isKnown = try source.counts.fill(
        segment: segment, rowCount: rowCount, childTable: table, in: snapshot)
      return isKnown ? .children : .derived
    }
    return .derived
  }

  // MARK: Values

  /// The integers of a block of a field; valid until the field's next block.
  func values(
    _ source: FieldSource, block: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> ScratchView<Int64> {
    if source.path == .derived { return try derivedValues(source.field, block, in: snapshot) }
    let target = source.decoded.view
    guard source.decodedBlock != block else { return target }
    let first = block * Selection.rowCount
    let count = rowCount(ofBlock: block)
    switch source.path {
    case .constant:
      for row in 0..<count { target[row] = source.constant }
    case .codes, .values, .runs:
      _ = source.column?.decode(block: block, into: target)
    case .pieces:
      source.pieces.decode(first..<first + count, into: target)
    case .children:
      for row in 0..<count { target[row] = Int64(source.counts.view[first + row]) }
      if let derived = source.derived {
        view.putExceptions(of: derived, block: block, into: target)
      }
    case .derived: break
    }
    source.decodedBlock = block
    return target
  }

  private func derivedValues(
    _ field: Int, _ block: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> ScratchView<Int64> {
    let reader = self.reader ?? BlockReader(registryPlan, table: plan.position)
    self.reader = reader
    try reader.begin(segment: segment, block: block, in: snapshot)
    return try reader.values(field, in: snapshot)
  }
}

extension Pieces {
  /// Writes the values of some rows of one block.
  func decode(_ rows: Range<Int>, into target: ScratchView<Int64>) {
    var piece = piece(ofRow: rows.lowerBound)
    var row = rows.lowerBound
    while row < rows.upperBound {
      let end = piece + 1 < starts.count ? min(starts[piece + 1], rows.upperBound) : rows.upperBound
      let value = values[piece]
      while row < end {
        target[row - rows.lowerBound] = value
        row += 1
      }
      piece += 1
    }
    for index in exceptions(in: rows) {
      target[exceptionRows[index] - rows.lowerBound] = exceptionValues[index]
    }
  }
}
