// A view over the stored bytes of a column of integers, whatever its encoding.
//
// Trivially copyable, nothing owned. `init` checks every offset, width and count, so that
// no later read leaves the bytes whatever they say; what the checks leave open can only give a
// wrong value, which the column's checksum tells.

package import Bytes

/// A column of integers: one value, or `absentValue`, a row.
@safe package struct IntegerColumn: @unchecked Sendable {
  let flat: FlatColumn
  let outer: Outer
  private let rowCountStored: UInt32
  /// Run-length and presence: the marked rows.
  private let marksStart: UnsafeRawPointer

  /// What stands between a row and its place in the flat column.
  enum Outer: UInt8 {
    case none
    case runs
    case presence
    case listedRuns
    case listedPresence
  }

  /// Opens the column that fills `bytes`; `runs` are those that it may share, and `rowCodes` where
  /// its codes may lie.
  package init(
    _ bytes: LentBytes, runs: RunMap? = nil, rowCodes: RowCodes? = nil
  ) throws(Corruption) {
    precondition(unsafe UInt(bitPattern: bytes.base) & 7 == 0)
    let header = try ColumnHeader(reading: bytes)
    rowCountStored = UInt32(header.rowCount)
    guard header.encoding == .runLength || header.encoding == .presence else {
      flat = try FlatColumn(bytes, header, rowCodes: rowCodes)
      unsafe marksStart = unsafe bytes.base
      outer = .none
      return
    }
    let isRuns = header.encoding == .runLength
    if isRuns { try RunLength.check(header) } else { try Presence.check(header) }
    try header.expectNone()
    let isShared = header.flags.contains(.sharedRuns)
    guard header.secondOffset >= ColumnHeader.size else { throw Corruption(.column, at: 24) }
    let nested = try bytes.slice(
      header.secondOffset, count: header.secondByteCount, of: .column)
    let flat: FlatColumn
    do {
      flat = try FlatColumn(nested, ColumnHeader(reading: nested))
    } catch {
      throw Corruption(error.structure, at: header.secondOffset + error.offset)
    }
    self.flat = flat
    let count = Int(flat.rowCount)
    guard count > 0 else { throw Corruption(.column, at: header.secondOffset + 4) }
    let marks: RowMarks
    if isShared {
      guard let runs, runs.rowCount == header.rowCount, runs.runCount == count else {
        throw Corruption(.column, at: 2)
      }
      marks = runs.starts
    } else {
      marks = try RowMarks(
        bytes, rowCount: header.rowCount, count: count,
        isListed: header.flags.contains(.listedMarks))
      guard !isRuns || marks.isMarked(0) else { throw Corruption(.column, at: ColumnHeader.size) }
    }
    unsafe marksStart = unsafe marks.start
    outer =
      isRuns
      ? (marks.isListed ? .listedRuns : .runs)
      : (marks.isListed ? .listedPresence : .presence)
  }

  /// A column of the values of a run-length column's runs, one a run.
  private init(runsOf column: IntegerColumn) {
    flat = column.flat
    outer = .none
    rowCountStored = column.flat.rowCount
    unsafe marksStart = unsafe column.flat.start
  }

  /// The values of the runs of a run-length column, as a column with one row for each run.
  package var runValues: IntegerColumn? {
    encoding == .runLength ? IntegerColumn(runsOf: self) : nil
  }

  /// How many rows the column has.
  package var rowCount: Int { Int(rowCountStored) }

  /// How the column is stored; for a run-length or presence column that, and not its nested one.
  package var encoding: Encoding {
    switch outer {
    case .none: flat.encoding
    case .runs, .listedRuns: .runLength
    case .presence, .listedPresence: .presence
    }
  }

  /// Rows in a block: 1,024, but for the last.
  package func rowCount(ofBlock block: Int) -> Int { min(1024, rowCount &- block << 10) }

  /// The runs of a run-length column, which other columns may share.
  package var runMap: RunMap? { encoding == .runLength ? RunMap(marks) : nil }

  /// The value of one run of a run-length column.
  package func value(ofRun run: Int) -> Int64 {
    precondition(run >= 0)
    precondition(run < Int(flat.rowCount))
    return flat.value(at: run)
  }

  @inline(__always) var marks: RowMarks {
    let isListed = outer == .listedRuns || outer == .listedPresence
    return unsafe RowMarks(
      trusting: marksStart, rowCount: Int(rowCountStored), count: Int(flat.rowCount),
      isListed: isListed)
  }
}
