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
    /// Where the row that was read last was asked for.
    var position = 0
  }

  /// A row that was asked for, and how it is read.
  @safe private struct Asked {
    var row = -1
    var program: UnsafePointer<RowProgram>?
    /// The row as changes left it, if they did; then there is no program.
    var stored: StoredRow?
    var parentRow = absentValue
    /// Whether the parent is to be read.
    var needsParent = false
    /// Whether it is to be asked for: it is not the one read last, nor that of the row before.
    var asksParent = false
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
  /// Whether rows are read as changes left them; else as they were when they were sealed.
  private let readsFresh: Bool
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
  /// With `readsSealed` rows are read as they were when their segments were written, and places
  /// that were emptied like all others. `parents` is a reader of whole rows of the parent's table
  /// to use: a parent that it has read is not read again, and others may replace it.
  package convenience init(
    _ plan: RegistryPlan, table: Int, wholeParents: Bool = false, readsSealed: Bool = false,
    parents: RowReader? = nil
  ) {
    precondition(parents == nil || parents?.plan.position == plan.tables[table].parent)
    self.init(
      plan, table: table, purpose: .whole, wholeParents: wholeParents,
      checksPresence: !readsSealed, readsFresh: !readsSealed,
      hasLateFields: !plan.tables[table].lateFields.isEmpty,
      parents: parents)
  }

  private init(
    _ plan: RegistryPlan, table: Int, purpose: RowProgram.Purpose, wholeParents: Bool,
    checksPresence: Bool, readsFresh: Bool, hasLateFields: Bool, parents: RowReader? = nil
  ) {
    self.checksPresence = checksPresence
    self.readsFresh = readsFresh
    registryPlan = plan
    self.plan = plan.tables[table]
    self.purpose = purpose
    readsEveryParent = wholeParents
    self.hasLateFields = hasLateFields
    linkColumn = self.plan.linkColumn
    buffer = RowBuffer(self.plan)
    parentOwner = self.plan.parent.map {
      parents
        ?? RowReader(
          plan, table: $0, purpose: wholeParents ? .whole : .children, wholeParents: false,
          checksPresence: false, readsFresh: wholeParents && readsFresh, hasLateFields: false)
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
    try read(row, where: -1, equals: 0, in: snapshot)
  }

  /// Reads a row into `buffer` if it has an integer in a field; else it may be read in part, and
  /// what `buffer` holds means nothing.
  ///
  /// False also when the place holds none.
  package func read(
    _ row: Int, where field: Int, equals value: Int64, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Bool {
    try askProgram(of: row, in: snapshot)
    guard try ask(row, at: 0, in: snapshot) else { return false }
    try locate(1, in: snapshot)
    return try finish(0, where: field, equals: value, in: snapshot)
  }

  /// The addresses of the bytes that the row read last took in its own table.
  package var addresses: [UInt] {
    let position = unsafe state.pointee.position
    guard let program = unsafe asked[position].program else { return [] }
    return unsafe program.pointee.addresses(places[position])
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

  /// Asks for the lines that reading any row of a row's segment needs: a step before `ask` for
  /// those who read rows here and there.
  @inline(__always)
  package func askProgram(of row: Int, in snapshot: borrowing Snapshot) throws(StoreError) {
    let session = unsafe enter(snapshot)
    let found = unsafe try session.lend { session throws(StoreError) in
      unsafe try session.programOfSegment(of: row, in: snapshot)
    }
    unsafe found?.pointee.askProgram()
  }

  /// Begins to read a row: asks for the lines that its number tells.
  ///
  /// Up to `askedCountMax` rows may be asked for, at positions from 0 on, then located together and
  /// then read in their order, so that they wait for memory together. False when the place holds
  /// none.
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
    unsafe asked[position].parentRow = absentValue
    unsafe asked[position].stored = nil
    if readsFresh, let stored = try snapshot.freshRow(row, table: plan.position) {
      return ask(stored, row, at: position)
    }
    guard let program = unsafe found else { return false }
    unsafe asked[position].row = row
    unsafe program.pointee.ask(row: row & 0xFFFF)
    return true
  }

  /// Takes a row as a change left it.
  private func ask(_ stored: StoredRow, _ row: Int, at position: Int) -> Bool {
    unsafe asked[position].program = nil
    guard stored.kind == .row else { return false }
    unsafe asked[position].stored = stored
    unsafe asked[position].row = row
    return true
  }

  /// Finds where the values of the first `count` rows that were asked for lie, and of their
  /// parents, and asks for these lines.
  @inline(__always)
  package func locate(_ count: Int, in snapshot: borrowing Snapshot) throws(StoreError) {
    askFurther(count)
    for position in 0..<count {
      guard let program = unsafe asked[position].program else { continue }
      unsafe program.pointee.locate(row: asked[position].row & 0xFFFF, into: places[position])
    }
    // What a parent's lines take to come, the row's words take too.
    let asksParents = unsafe try parent.map { (parent) throws(StoreError) in
      unsafe try askParents(count, parent, in: snapshot)
    }
    for position in 0..<count {
      guard let program = unsafe asked[position].program else { continue }
      unsafe program.pointee.locateWords(row: asked[position].row & 0xFFFF, into: places[position])
    }
    if let parent = unsafe parent, asksParents == true {
      try unsafe parent.lend { parent throws(StoreError) in
        try parent.locateAsParents(count, in: snapshot)
      }
    }
    guard let session = unsafe state.pointee.session else { return }
    let words = unsafe session.lend { $0.words }
    for position in 0..<count {
      guard let program = unsafe asked[position].program else { continue }
      unsafe program.pointee.askWords(places[position], words: words)
    }
  }

  /// Asks for the lines that those say which `ask` asked for.
  @inline(__always)
  private func askFurther(_ count: Int) {
    for position in 0..<count {
      guard let program = unsafe asked[position].program else { continue }
      unsafe program.pointee.askFurther(row: asked[position].row & 0xFFFF)
    }
  }

  /// The row that one that was located belongs to, or `absentValue`.
  @inline(__always)
  package func parentRow(_ position: Int) -> Int64 { unsafe asked[position].parentRow }

  /// Asks for the parents that have to be read; false when there are none.
  @inline(__always)
  private func askParents(
    _ count: Int, _ parent: Unmanaged<RowReader>, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Bool {
    try unsafe parent.lend { parent throws(StoreError) in
      var known = Int64(parent.buffer.row)
      var isAnyAsked = false
      for position in 0..<count {
        unsafe parent.asked[position].program = nil
        unsafe parent.asked[position].stored = nil
        unsafe asked[position].asksParent = false
        let row: Int64
        if let program = unsafe asked[position].program {
          row = unsafe program.pointee.parentRow(places[position])
          unsafe asked[position].needsParent =
            row != absentValue && (program.pointee.needsParent || readsEveryParent)
        } else if let stored = unsafe asked[position].stored {
          row = stored.parentRow
          unsafe asked[position].needsParent = row != absentValue && readsEveryParent
        } else {
          continue
        }
        unsafe asked[position].parentRow = row
        guard unsafe asked[position].needsParent, row != known else { continue }
        guard row >= 0, row <= Int64(UInt32.max) << 16 else { throw brokenLink }
        try parent.askProgram(of: Int(row), in: snapshot)
        unsafe asked[position].asksParent = true
        (known, isAnyAsked) = (row, true)
      }
      guard isAnyAsked else { return false }
      for position in 0..<count where unsafe asked[position].asksParent {
        let row = unsafe Int(asked[position].parentRow)
        guard try parent.ask(row, at: position, in: snapshot) else { throw brokenLink }
      }
      return true
    }
  }

  private func locateAsParents(
    _ count: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) {
    try locate(count, in: snapshot)
  }

  private var brokenLink: StoreError {
    StoreError(Corruption(.column, at: 0, in: "\(plan.table.name) parent"))
  }

  /// Reads a row that was located, and its parents, into `buffer`.
  ///
  /// With a field the same as `read(_:where:equals:in:)`.
  @inline(__always)
  package func finish(
    _ position: Int, where field: Int = -1, equals value: Int64 = 0,
    in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Bool {
    guard let program = unsafe asked[position].program, let session = unsafe state.pointee.session
    else { return try finishStored(position, where: field, equals: value, in: snapshot) }
    buffer.row = -1
    let words = unsafe session.lend { $0.words }
    let places = unsafe places[position]
    unsafe program.pointee.readIntegers(places, into: buffer)
    buffer.values[linkColumn] = unsafe asked[position].parentRow
    if field >= 0, unsafe !program.pointee.dependsOnParent(field), buffer.values[field] != value {
      return false
    }
    if unsafe asked[position].needsParent, let parent = unsafe parent {
      try unsafe parent.lend { parent throws(StoreError) in
        if unsafe Int64(parent.buffer.row) != asked[position].parentRow {
          try finishParent(parent, position, in: snapshot)
        }
        unsafe try finish(position, program, words, parent: parent.buffer)
      }
    } else {
      unsafe try finish(position, program, words, parent: nil)
    }
    let row = unsafe asked[position].row
    buffer.row = row
    unsafe state.pointee.position = position
    guard field < 0 || buffer.values[field] == value else { return false }
    if hasLateFields { try readLate(row, in: snapshot) }
    return true
  }

  /// The same for a row as a change left it, which needs its parent only for those who ask for it.
  @inline(never)
  private func finishStored(
    _ position: Int, where field: Int, equals value: Int64, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Bool {
    guard let stored = unsafe asked[position].stored else { return false }
    buffer.row = -1
    buffer.fill(from: stored)
    if unsafe asked[position].needsParent, let parent = parentOwner,
      unsafe Int64(parent.buffer.row) != asked[position].parentRow
    {
      try finishParent(parent, position, in: snapshot)
    }
    buffer.row = unsafe asked[position].row
    unsafe state.pointee.position = position
    return field < 0 || buffer.values[field] == value
  }

  @inline(__always)
  private func finish(
    _ position: Int, _ program: UnsafePointer<RowProgram>, _ words: StandingView<WordListView>,
    parent: RowBuffer?
  ) throws(StoreError) {
    let places = unsafe places[position]
    unsafe program.pointee.finishIntegers(places, into: buffer, parent: parent?.values.base)
    do throws(Corruption) {
      try unsafe program.pointee.readTexts(places, into: buffer, words: words, parent: parent)
    } catch {
      throw StoreError(
        error.located("\(plan.table.name) segment \(unsafe asked[position].row >> 16)"))
    }
  }

  /// Reads the parent, which another row that was asked for meanwhile may have replaced.
  private func finishParent(
    _ parent: RowReader, _ position: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) {
    let row = unsafe Int(asked[position].parentRow)
    let hasProgram = unsafe parent.asked[position].program != nil
    let hasStored = unsafe parent.asked[position].stored != nil
    if hasProgram || hasStored, unsafe parent.asked[position].row == row {
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
        readsFresh: false, hasLateFields: false)
    children[table] = reader
    if reader.buffer.row != first { try reader.read(first, in: snapshot) }
    return reader.buffer.values[field]
  }
}
