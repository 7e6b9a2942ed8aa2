// One segment read in place: its columns, each verified and opened when it is first touched.
//
// A view is used inside a snapshot that has the segment; since a segment's bytes stand still while
// any snapshot has them, views are kept from snapshot to snapshot.

package import Bytes
package import Columns
import Rows
import Synchronization

/// One segment read in place.
@safe package final class SegmentView: @unchecked Sendable {
  /// What is stored for one part of the segment.
  package struct Part {
    fileprivate let standing: StandingBytes
    package let checksums: LentBytes

    package var bytes: LentBytes { standing.bytes }

    /// The checksums need to be valid only until the segment is opened.
    package init(bytes: LentBytes, checksums: LentBytes) {
      standing = StandingBytes(bytes)
      self.checksums = checksums
    }
  }

  package let plan: TablePlan
  package let rowCount: Int
  /// Where the column of each field, and then the link column, lies; nil where none is stored.
  private let places: [(bytes: LentBytes, checksum: UInt64)?]
  /// Where codes of several columns lie, if there are any.
  private let rowCodesPlace: (bytes: LentBytes, checksum: UInt64)?
  /// The same, once it is open; used under the monitor.
  private var openRowCodes: RowCodes?
  private let place: String
  private let standing: [StandingBytes]
  private let monitor = Monitor()
  private let isOpen: UnsafeMutablePointer<Atomic<Bool>>
  private let isWhole = Atomic<Bool>(false)
  // By field; for a derived column what is stored for it. Texts have an absent column here.
  let columns: UnsafeMutablePointer<IntegerColumn>
  let texts: UnsafeMutablePointer<TextColumn>
  let derived: UnsafeMutablePointer<DerivedColumn?>
  private let columnCount: Int
  private var programs: [RowProgramOwner]?

  /// Checks the header and directory of each part; columns are checked when they are touched.
  package init(_ plan: TablePlan, segment: Int, parts: [Part]) throws(Corruption) {
    self.plan = plan
    columnCount = plan.fieldCount + 1
    standing = parts.map(\.standing)
    place = "\(plan.table.name) segment \(segment)"
    var places = [(bytes: LentBytes, checksum: UInt64)?](repeating: nil, count: columnCount)
    var rowCodesPlace: (bytes: LentBytes, checksum: UInt64)?
    var rowCount = 0
    for (number, part) in parts.enumerated() {
      do throws(Corruption) {
        let header = try Self.checkedHeader(part)
        guard header.table == plan.number, Int(header.segment) == segment,
          Int(header.part) == number, number == 0 || header.rowCount == rowCount
        else { throw Corruption(.segment, at: 10) }
        rowCount = header.rowCount
        for column in 0..<header.columnCount {
          let found = try SegmentHeader.column(column, of: part.bytes)
          let stored = (found.bytes, part.checksums.load(8 + 8 * column, as: UInt64.self))
          if found.field == TablePlan.rowCodesNumber {
            guard number == 0 else { throw Corruption(.columnDirectory, at: column) }
            rowCodesPlace = stored
          } else {
            places[try Self.position(of: found.field, in: plan)] = stored
          }
        }
      } catch {
        throw error.located("\(place) part \(number)")
      }
    }
    self.rowCount = rowCount
    self.places = places
    self.rowCodesPlace = rowCodesPlace
    unsafe isOpen = .allocate(capacity: columnCount)
    for column in 0..<columnCount { unsafe (isOpen + column).initialize(to: Atomic(false)) }
    unsafe columns = .allocate(capacity: columnCount)
    unsafe texts = .allocate(capacity: columnCount)
    unsafe derived = .allocate(capacity: columnCount)
    unsafe columns.initialize(repeating: absentColumn.integers, count: columnCount)
    unsafe texts.initialize(repeating: absentColumn.texts, count: columnCount)
    unsafe derived.initialize(repeating: nil, count: columnCount)
  }

  deinit {
    unsafe derived.deinitialize(count: columnCount)
    unsafe derived.deallocate()
    unsafe texts.deallocate()
    unsafe columns.deallocate()
    unsafe isOpen.deallocate()
  }

  private static func checkedHeader(_ part: Part) throws(Corruption) -> SegmentHeader {
    let header = try SegmentHeader(reading: part.bytes)
    guard part.checksums.count == 8 * (1 + header.columnCount) else {
      throw Corruption(.checksums, at: part.checksums.count)
    }
    let directory = try part.bytes.slice(
      0, count: SegmentHeader.byteCount + SegmentHeader.entryByteCount * header.columnCount,
      of: .segment)
    guard checksum(directory) == part.checksums.load(0, as: UInt64.self) else {
      throw Corruption(.segment, at: 0)
    }
    return header
  }

  private static func position(of number: UInt16, in plan: TablePlan) throws(Corruption) -> Int {
    if number == TablePlan.linkNumber { return plan.linkColumn }
    guard let position = plan.table.fields.firstIndex(where: { $0.number == number }) else {
      throw Corruption(.columnDirectory, at: SegmentHeader.byteCount)
    }
    return position
  }

  /// Fields that have bytes here, and the link column.
  package var storedColumns: [Int] { places.indices.filter { places[$0] != nil } }

  /// The stored bytes of the codes of several columns, not verified.
  package var rowCodesBytes: LentBytes? { rowCodesPlace?.bytes }

  /// Verifies and opens the codes of several columns; nil if there are none.
  package func rowCodes() throws(Corruption) -> RowCodes? {
    try monitor.withLock { () throws(Corruption) in try checkedRowCodes() }
  }

  private func checkedRowCodes() throws(Corruption) -> RowCodes? {
    if let openRowCodes { return openRowCodes }
    guard let (bytes, sum) = rowCodesPlace else { return nil }
    do throws(Corruption) {
      guard checksum(bytes) == sum else { throw Corruption(.column, at: 0) }
      let opened = try RowCodes(bytes)
      guard opened.rowCount == rowCount else { throw Corruption(.column, at: 4) }
      openRowCodes = opened
      return opened
    } catch { throw error.located("\(place) row codes") }
  }

  /// The stored bytes of a column, not verified.
  package func bytes(ofColumn column: Int) -> LentBytes? { places[column]?.bytes }

  /// Verifies and opens every column that is not open yet.
  @inline(__always)
  package func openAll() throws(Corruption) {
    if isWhole.load(ordering: .acquiring) { return }
    try openRest()
  }

  private func openRest() throws(Corruption) {
    for column in 0..<columnCount { try open(column) }
    isWhole.store(true, ordering: .releasing)
  }

  /// Verifies and opens a column, unless it is open.
  @inline(__always)
  package func open(_ column: Int) throws(Corruption) {
    precondition(column < columnCount)
    if unsafe isOpen[column].load(ordering: .acquiring) { return }
    try openFirst(column)
  }

  @inline(never)
  private func openFirst(_ column: Int) throws(Corruption) {
    if column != plan.linkColumn && plan.parent != nil { try open(plan.linkColumn) }
    try monitor.withLock { () throws(Corruption) in
      guard unsafe !isOpen[column].load(ordering: .relaxed) else { return }
      do throws(Corruption) {
        try openChecked(column)
      } catch {
        throw error.located("\(place) column \(name(of: column))")
      }
      unsafe isOpen[column].store(true, ordering: .releasing)
    }
  }

  private func name(of column: Int) -> String {
    column == plan.linkColumn ? "parent" : plan.table.fields[column].name
  }

  private func openChecked(_ column: Int) throws(Corruption) {
    guard let (bytes, sum) = places[column] else {
      unsafe columns[column] = absentColumn.integers
      return
    }
    guard checksum(bytes) == sum else { throw Corruption(.column, at: 0) }
    let runs = column == plan.linkColumn || plan.parent == nil ? nil : runMap
    let rowCodes = RowCodes.areUsed(by: bytes) ? try checkedRowCodes() : nil
    if bytes.count > 0, bytes[0] == Encoding.derived.rawValue {
      let opened = try DerivedColumn(bytes, runs: runs, rowCodes: rowCodes)
      try openDerived(column, opened)
      return
    }
    if column < plan.fieldCount, plan.isText[column] {
      unsafe texts[column] = try TextColumn(bytes)
      guard unsafe texts[column].rowCount == rowCount else { throw Corruption(.column, at: 4) }
      return
    }
    unsafe columns[column] = try IntegerColumn(bytes, runs: runs, rowCodes: rowCodes)
    guard unsafe columns[column].rowCount == rowCount else { throw Corruption(.column, at: 4) }
  }

  private func openDerived(_ column: Int, _ opened: DerivedColumn) throws(Corruption) {
    guard opened.rowCount == rowCount else { throw Corruption(.column, at: 4) }
    let isText = column < plan.fieldCount && plan.isText[column]
    guard isText || opened.exceptionCount == 0 || opened.exceptionValues != nil else {
      throw Corruption(.column, at: 40)
    }
    if isText, opened.exceptionCount > 0 {
      unsafe texts[column] = try TextColumn(opened.exceptionBytes)
      guard unsafe texts[column].rowCount == opened.exceptionCount else {
        throw Corruption(.column, at: 40)
      }
    }
    if !opened.isTable { unsafe columns[column] = opened.stored }
    unsafe derived[column] = opened
  }

  /// How rows are read for a purpose; valid while this view is, inside a snapshot that has the
  /// segment.
  ///
  /// Opens all columns.
  package func rowProgram(for purpose: RowProgram.Purpose) throws(Corruption) -> RowProgram {
    try openAll()
    return monitor.withLock {
      let made =
        programs
        ?? RowProgram.Purpose.allCases.map {
          RowProgramOwner(self, isWanted: plan.isWanted(for: $0))
        }
      programs = made
      return made[Int(purpose.rawValue)].program
    }
  }

  /// The column of an integer field, which must be open; nil for a field that follows from others.
  ///
  /// Valid while this view is, inside a snapshot that has the segment.
  package func storedColumn(of field: Int) -> IntegerColumn? {
    unsafe derived[field] == nil ? columns[field] : nil
  }

  // MARK: The parent

  /// The runs of rows that share a parent; nil without a parent or where each row has its own.
  package var runMap: RunMap? {
    let link = plan.linkColumn
    return unsafe columns[link].runMap
  }

  /// The parent's row of a row, or `absentValue`.
  package func parentRow(of row: Int) -> Int64 {
    let link = plan.linkColumn
    if let found = unsafe derived[link]?.exception(at: row) { return found }
    return unsafe columns[link].value(at: row)
  }

  /// The positional parents of all rows: rising, exceptions not considered.
  package var positionalParents: IntegerColumn { unsafe columns[plan.linkColumn] }

  /// The rows of this segment whose parent is not the one that their position says.
  package var linkExceptions: DerivedColumn? { unsafe derived[plan.linkColumn] }
}

/// A column in which every row is absent; it stands where nothing is stored.
private let absentColumn = AbsentColumn()

private final class AbsentColumn: Sendable {
  let integers: IntegerColumn
  let texts: TextColumn
  private let bytes: Scratch<UInt64>

  init() {
    let encoded = encodeIntegers([Int64](repeating: absentValue, count: 65_536))
    bytes = Scratch(count: encoded.count / 8)
    for index in 0..<encoded.count / 8 {
      bytes.view[index] = encoded.lend { $0.load(8 * index, as: UInt64.self) }
    }
    let lent = unsafe LentBytes(UnsafeRawPointer(bytes.view.base), count: encoded.count)
    guard let integers = try? IntegerColumn(lent), let texts = try? TextColumn(lent) else {
      preconditionFailure("a column of absent values can be opened")
    }
    self.integers = integers
    self.texts = texts
  }
}
