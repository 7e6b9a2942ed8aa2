// Reads whole rows of one table, with what they take from their parents.

import Bytes
import Columns
import Rows
package import Segments

/// Reads rows of one table inside one snapshot at a time; used by one thread.
///
/// Rows of the same parent that are read one after another read the parent once.
@safe package final class RowReader {
  /// What changes with each row; not in properties of the class, each use of which is checked for
  /// exclusive access.
  @safe private struct State {
    var session: Unmanaged<ReadingSession>?
    /// The layout that the session is of, which it keeps.
    var layout: UnsafeRawPointer?
    /// The row that was begun, and how it is read.
    var row = -1
    var program: Unmanaged<RowProgram>?
  }

  package let plan: TablePlan
  /// The row that was read last.
  package let buffer: RowBuffer
  private let parentOwner: RowReader?
  /// The same, to be asked without counting references.
  private let parent: Unmanaged<RowReader>?
  private let checksPresence: Bool
  private let readsEveryParent: Bool
  private let hasLateFields: Bool
  private let linkColumn: Int
  private let purpose: RowProgram.Purpose
  private let state: UnsafeMutablePointer<State>
  private let placesStorage: Scratch<Int32>
  private let places: ScratchView<Int32>
  /// Reads first children, for fields that follow from them.
  private var children: [Int: RowReader] = [:]
  private let registryPlan: RegistryPlan

  /// With `wholeParents` rows that others belong to are read with all their fields, late ones
  /// excepted, and not only with those that follow into the rows of this table.
  ///
  /// With `readsRemoved` places that were emptied are read like all others.
  package convenience init(
    _ plan: RegistryPlan, table: Int, wholeParents: Bool = false, readsRemoved: Bool = false
  ) {
    self.init(
      plan, table: table, purpose: .whole, wholeParents: wholeParents,
      checksPresence: !readsRemoved, hasLateFields: !plan.tables[table].lateFields.isEmpty)
  }

  private init(
    _ plan: RegistryPlan, table: Int, purpose: RowProgram.Purpose, wholeParents: Bool,
    checksPresence: Bool, hasLateFields: Bool
  ) {
    self.checksPresence = checksPresence
    registryPlan = plan
    self.plan = plan.tables[table]
    self.purpose = purpose
    readsEveryParent = wholeParents
    self.hasLateFields = hasLateFields
    linkColumn = self.plan.linkColumn
    buffer = RowBuffer(self.plan)
    parentOwner = self.plan.parent.map {
      RowReader(
        plan, table: $0, purpose: wholeParents ? .whole : .children, wholeParents: false,
        checksPresence: false, hasLateFields: false)
    }
    unsafe parent = unsafe parentOwner.map { unsafe Unmanaged.passUnretained($0) }
    // One place for each column's runs and one for its exceptions, at most, and one for the row.
    placesStorage = Scratch(count: 2 * (self.plan.fieldCount + 1) + 1)
    places = placesStorage.view
    unsafe state = .allocate(capacity: 1)
    unsafe state.initialize(to: State())
  }

  deinit {
    unsafe state.pointee.session?.release()
    unsafe state.deallocate()
  }

  /// The parent of the row that was read last; nil when it has none.
  ///
  /// Late fields are not read, and without `wholeParents` only the fields are that follow into its
  /// children.
  package var parentBuffer: RowBuffer? {
    guard let parentOwner, buffer.values[linkColumn] == Int64(parentOwner.buffer.row) else {
      return nil
    }
    return parentOwner.buffer
  }

  /// Forgets the rows that were read, since a new snapshot begins.
  package func reset() {
    buffer.row = -1
    parentOwner?.reset()
    for child in children.values { child.reset() }
  }

  /// Reads a row into `buffer`; false when the place holds none.
  ///
  /// Throws a corruption that names the column.
  @discardableResult
  package func read(_ row: Int, in snapshot: borrowing Snapshot) throws(StoreError) -> Bool {
    guard try ask(row, in: snapshot) else { return false }
    return try readAsked(where: -1, equals: 0, in: snapshot)
  }

  /// Reads a row into `buffer` if it has an integer in a field; else it may be read in part, and
  /// what `buffer` holds means nothing.
  ///
  /// False also when the place holds none.
  package func read(
    _ row: Int, where field: Int, equals value: Int64, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Bool {
    guard try ask(row, in: snapshot) else { return false }
    return try readAsked(where: field, equals: value, in: snapshot)
  }

  /// The addresses of the bytes that the row read last took in its own table.
  package var addresses: [UInt] {
    guard let program = unsafe state.pointee.program else { return [] }
    return unsafe program.lend { $0.addresses(places) }
  }

  // MARK: Steps

  /// Makes the session that of a snapshot.
  @inline(__always)
  private func enter(_ snapshot: borrowing Snapshot) -> Unmanaged<ReadingSession> {
    let address = unsafe UnsafeRawPointer(Unmanaged.passUnretained(snapshot.layout).toOpaque())
    if unsafe state.pointee.layout == address, let known = unsafe state.pointee.session {
      return unsafe known
    }
    return unsafe begin(snapshot)
  }

  @inline(never)
  private func begin(_ snapshot: borrowing Snapshot) -> Unmanaged<ReadingSession> {
    reset()
    unsafe state.pointee.session?.release()
    let made = unsafe Unmanaged.passRetained(
      ReadingSession(
        snapshot.layout, table: plan.position, purpose: purpose,
        checksPresence: checksPresence))
    unsafe state.pointee.session = unsafe made
    unsafe state.pointee.layout = unsafe UnsafeRawPointer(
      Unmanaged.passUnretained(snapshot.layout).toOpaque())
    return unsafe made
  }

  /// Begins to read a row: asks for the lines that its number tells.
  ///
  /// False when the place holds none.
  @inline(__always)
  package func ask(_ row: Int, in snapshot: borrowing Snapshot) throws(StoreError) -> Bool {
    let session = unsafe enter(snapshot)
    guard
      let program = unsafe try session.lend({
        session throws(StoreError) in unsafe try session.program(of: row, in: snapshot)
      })
    else {
      unsafe state.pointee.row = -1
      return false
    }
    unsafe program.lend { $0.prefetch(row: row & 0xFFFF) }
    unsafe state.pointee.row = row
    unsafe state.pointee.program = unsafe program
    return true
  }

  /// Asks for the next lines of a row whose first have been asked for, and for those of its parent.
  package func askNext(_ row: Int, in snapshot: borrowing Snapshot) throws(StoreError) -> Int64 {
    let session = unsafe enter(snapshot)
    guard
      let program = unsafe try session.lend({
        session throws(StoreError) in unsafe try session.program(of: row, in: snapshot)
      })
    else { return absentValue }
    let parentRow = unsafe program.lend { program in
      program.findPlaces(row: row & 0xFFFF, into: places)
      program.prefetchPlaces(places)
      return program.needsParent ? program.parentRow(places) : absentValue
    }
    guard let parentOwner, parentRow >= 0, parentRow <= Int64(UInt32.max) << 16 else {
      return absentValue
    }
    return try parentOwner.ask(Int(parentRow), in: snapshot) ? parentRow : absentValue
  }

  /// Asks for the next lines of a parent that `askNext` returned.
  package func askParent(_ row: Int64, in snapshot: borrowing Snapshot) throws(StoreError) {
    guard row != absentValue else { return }
    _ = try parentOwner?.askNext(Int(row), in: snapshot)
  }

  /// Reads the row that was asked for last.
  @inline(__always)
  private func readAsked(
    where field: Int, equals value: Int64, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Bool {
    guard let found = unsafe state.pointee.program, let session = unsafe state.pointee.session
    else { return false }
    let row = unsafe state.pointee.row
    buffer.row = -1
    let words = unsafe session.lend { $0.words }
    let isRead = unsafe try found.lend { program throws(StoreError) in
      try read(row, program, words, where: field, equals: value, in: snapshot)
    }
    guard isRead else { return false }
    if hasLateFields { try readLate(row, in: snapshot) }
    return true
  }

  @inline(__always)
  private func read(
    _ row: Int, _ program: RowProgram, _ words: StandingView<WordListView>,
    where field: Int, equals value: Int64, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Bool {
    program.findPlaces(row: row & 0xFFFF, into: places)
    program.prefetchPlaces(places)
    var parentRow = absentValue
    var isParentRead = false
    var isParentAsked = false
    if let parent = unsafe parent {
      parentRow = program.parentRow(places)
      isParentRead = parentRow != absentValue && (program.needsParent || readsEveryParent)
      if isParentRead {
        isParentAsked = unsafe try parent.lend { parent throws(StoreError) in
          guard Int64(parent.buffer.row) != parentRow else { return false }
          try askForParent(parent, parentRow, in: snapshot)
          return true
        }
      }
    }
    program.readIntegers(places, into: buffer)
    buffer.values[linkColumn] = parentRow
    if field >= 0, !program.dependsOnParent(field), buffer.values[field] != value { return false }
    if isParentRead, let parent = unsafe parent {
      try unsafe parent.lend { parent throws(StoreError) in
        if isParentAsked { _ = try parent.readAsked(where: -1, equals: 0, in: snapshot) }
        try finish(row, program, words, parent: parent.buffer)
      }
    } else {
      try finish(row, program, words, parent: nil)
    }
    return field < 0 || buffer.values[field] == value
  }

  @inline(__always)
  private func finish(
    _ row: Int, _ program: RowProgram, _ words: StandingView<WordListView>, parent: RowBuffer?
  ) throws(StoreError) {
    program.finishIntegers(places, into: buffer, parent: parent)
    do throws(Corruption) {
      try program.readTexts(places, into: buffer, words: words, parent: parent)
    } catch { throw StoreError(error.located("\(plan.table.name) segment \(row >> 16)")) }
    buffer.row = row
  }

  @inline(__always)
  private func askForParent(
    _ parent: RowReader, _ row: Int64, in snapshot: borrowing Snapshot
  ) throws(StoreError) {
    guard row >= 0, row <= Int64(UInt32.max) << 16, try parent.ask(Int(row), in: snapshot) else {
      throw StoreError(Corruption(.column, at: 0, in: "\(plan.table.name) parent"))
    }
  }

  // MARK: Fields that follow from the children

  private func readLate(_ row: Int, in snapshot: borrowing Snapshot) throws(StoreError) {
    let view = try snapshot.segment(row >> 16, table: plan.position)
    for step in plan.steps {
      switch step.kind {
      case .children(let table):
        guard followsFromChildren(step.field, view, row) else { continue }
        let range = try snapshot.positionalChildren(of: row, childTable: table)
        buffer.values[step.field] = Int64(try snapshot.placeCount(in: range, table: table))
      case .firstChild(let table, let field):
        guard followsFromChildren(step.field, view, row) else { continue }
        let range = try snapshot.positionalChildren(of: row, childTable: table)
        buffer.values[step.field] = try firstChild(range, table, field, in: snapshot)
      default:
        continue
      }
    }
    // Texts and parents of this row were read before; a late field is never part of them.
  }

  /// Whether the children say a late field; where it is absent all the same, that is set.
  private func followsFromChildren(_ field: Int, _ view: SegmentView, _ row: Int) -> Bool {
    guard view.followsFromOthers(field, row: row & 0xFFFF) else { return false }
    guard buffer.values[field] == 1 else { return true }
    buffer.values[field] = absentValue
    return false
  }

  private func firstChild(
    _ range: Range<Int>, _ table: Int, _ field: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Int64 {
    guard let first = range.first else { return absentValue }
    let reader =
      children[table]
      ?? RowReader(
        registryPlan, table: table, purpose: .parent, wholeParents: false, checksPresence: false,
        hasLateFields: false)
    children[table] = reader
    if reader.buffer.row != first { try reader.read(first, in: snapshot) }
    return reader.buffer.values[field]
  }
}
