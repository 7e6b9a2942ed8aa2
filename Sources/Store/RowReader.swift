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
  }

  /// A row that was asked for, and how it is read.
  @safe private struct Asked {
    var row = -1
    var program: Unmanaged<RowProgram>?
    var parentRow = absentValue
    /// Whether the parent is to be read.
    var needsParent = false
    /// Whether the parent was asked for, since it is not the one that was read last.
    var isParentAsked = false
  }

  /// How many rows may be asked for before the first of them is read.
  package static let askedCountMax = 16

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
  private let asked: UnsafeMutablePointer<Asked>
  private let places: UnsafeMutablePointer<RowPlaces>
  private let placesRoom: RowPlacesRoom
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
    placesRoom = RowPlacesRoom(self.plan, count: Self.askedCountMax)
    unsafe places = .allocate(capacity: Self.askedCountMax)
    unsafe asked = .allocate(capacity: Self.askedCountMax)
    unsafe asked.initialize(repeating: Asked(), count: Self.askedCountMax)
    for position in 0..<Self.askedCountMax {
      unsafe (places + position).initialize(to: placesRoom.view(position))
    }
    unsafe state = .allocate(capacity: 1)
    unsafe state.initialize(to: State())
  }

  deinit {
    unsafe state.pointee.session?.release()
    unsafe state.deallocate()
    unsafe asked.deallocate()
    unsafe places.deallocate()
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
    guard try ask(row, at: 0, in: snapshot) else { return false }
    try locate(0, in: snapshot)
    try locateParents(0, in: snapshot)
    return try finish(0, where: -1, equals: 0, in: snapshot)
  }

  /// Reads a row into `buffer` if it has an integer in a field; else it may be read in part, and
  /// what `buffer` holds means nothing.
  ///
  /// False also when the place holds none.
  package func read(
    _ row: Int, where field: Int, equals value: Int64, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Bool {
    guard try ask(row, at: 0, in: snapshot) else { return false }
    try locate(0, in: snapshot)
    try locateParents(0, in: snapshot)
    return try finish(0, where: field, equals: value, in: snapshot)
  }

  /// The addresses of the bytes that the row asked for last took in its own table.
  package var addresses: [UInt] {
    guard let program = unsafe asked[0].program else { return [] }
    return unsafe program.lend { unsafe $0.addresses(places[0]) }
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
  /// Up to `askedCountMax` rows may be asked for, located and then read, each step for all of them
  /// before the next, so that they wait for memory together. False when the place holds none.
  @inline(__always)
  package func ask(
    _ row: Int, at position: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Bool {
    assert(position >= 0 && position < Self.askedCountMax)
    let session = unsafe enter(snapshot)
    let found = unsafe try session.lend { session throws(StoreError) in
      unsafe try session.program(of: row, in: snapshot)
    }
    unsafe asked[position].program = unsafe found
    guard let program = unsafe found else { return false }
    unsafe asked[position].row = row
    unsafe program.lend { $0.ask(row: row & 0xFFFF) }
    return true
  }

  /// Finds where the values of a row lie that was asked for, and asks for those lines and for the
  /// parent's.
  @inline(__always)
  package func locate(
    _ position: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) {
    guard let program = unsafe asked[position].program else { return }
    let row = unsafe asked[position].row
    let places = unsafe places[position]
    let (parentRow, needsParent) = unsafe program.lend { program in
      program.locate(row: row & 0xFFFF, into: places)
      return (parentOwner == nil ? absentValue : program.parentRow(places), program.needsParent)
    }
    unsafe asked[position].parentRow = parentRow
    let isRead = parentRow != absentValue && (needsParent || readsEveryParent)
    unsafe asked[position].needsParent = isRead
    unsafe asked[position].isParentAsked = false
    guard isRead, let parent = unsafe parent else { return }
    unsafe asked[position].isParentAsked = unsafe try parent.lend { parent throws(StoreError) in
      guard Int64(parent.buffer.row) != parentRow else { return false }
      guard parentRow >= 0, parentRow <= Int64(UInt32.max) << 16,
        try parent.ask(Int(parentRow), at: position, in: snapshot)
      else { throw StoreError(Corruption(.column, at: 0, in: "\(plan.table.name) parent")) }
      return true
    }
  }

  /// Does for the parent of a row that was located what `locate` does, and for its parents.
  @inline(__always)
  package func locateParents(
    _ position: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) {
    guard unsafe asked[position].isParentAsked, let parent = unsafe parent else { return }
    try unsafe parent.lend { parent throws(StoreError) in
      try parent.locate(position, in: snapshot)
      if parent.parentOwner != nil { try parent.locateGrandparents(position, in: snapshot) }
    }
  }

  private func locateGrandparents(
    _ position: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) {
    try locateParents(position, in: snapshot)
  }

  /// Reads a row that was located, and its parents, into `buffer`.
  ///
  /// With a field the same as `read(_:where:equals:in:)`.
  @inline(__always)
  package func finish(
    _ position: Int, where field: Int = -1, equals value: Int64 = 0,
    in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Bool {
    guard let found = unsafe asked[position].program, let session = unsafe state.pointee.session
    else { return false }
    buffer.row = -1
    let words = unsafe session.lend { $0.words }
    let isRead = unsafe try found.lend { program throws(StoreError) in
      try finish(position, program, words, where: field, equals: value, in: snapshot)
    }
    guard isRead else { return false }
    if hasLateFields { unsafe try readLate(asked[position].row, in: snapshot) }
    return true
  }

  @inline(__always)
  private func finish(
    _ position: Int, _ program: RowProgram, _ words: StandingView<WordListView>,
    where field: Int, equals value: Int64, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Bool {
    let places = unsafe places[position]
    program.readIntegers(places, into: buffer)
    buffer.values[linkColumn] = unsafe asked[position].parentRow
    if field >= 0, !program.dependsOnParent(field), buffer.values[field] != value { return false }
    program.askWords(places, words: words)
    var parentBuffer: RowBuffer?
    if unsafe asked[position].needsParent, let parentOwner {
      parentBuffer = parentOwner.buffer
      if unsafe Int64(parentOwner.buffer.row) != asked[position].parentRow {
        try finishParent(parentOwner, position, in: snapshot)
      }
    }
    program.finishIntegers(places, into: buffer, parent: parentBuffer)
    do throws(Corruption) {
      try program.readTexts(places, into: buffer, words: words, parent: parentBuffer)
    } catch {
      throw StoreError(
        error.located("\(plan.table.name) segment \(unsafe asked[position].row >> 16)"))
    }
    buffer.row = unsafe asked[position].row
    return field < 0 || buffer.values[field] == value
  }

  /// Reads the parent, which another row that was asked for meanwhile may have replaced.
  private func finishParent(
    _ parent: RowReader, _ position: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) {
    let row = unsafe Int(asked[position].parentRow)
    if unsafe asked[position].isParentAsked {
      _ = try parent.finish(position, in: snapshot)
    } else {
      _ = try parent.read(row, in: snapshot)
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
