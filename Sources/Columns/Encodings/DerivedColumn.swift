// What other columns do not say about a derived value: a stored column and a list of exceptions.
//
//   OFFSET  SIZE  FIELD
//       24     4  offset of the stored column
//       28     4  its byte count
//       32     4  offset of the list of exceptional rows, see `ExceptionRows` (without values)
//       36     4  exception count N
//       40     4  offset of the column of their values, N rows, in the order of the rows
//       44     4  its byte count
//
// Flag `exceptions`: there are exceptions; without it the fields from 32 on are zero. Flag
// `storedTable`: the stored column is a table with a row count of its own. Flag `textExceptions`:
// the values of the exceptions are a column of texts. Width, base and slope are zero.

package import Bytes

/// A view over a derived column; how the value is derived is known above.
@safe package struct DerivedColumn: Sendable {
  /// What is stored for each row, or a table; a constant where nothing is needed.
  package let stored: IntegerColumn
  package let rowCount: Int
  package let exceptionCount: Int
  /// The column of the exceptions' values; empty if there are none.
  package let exceptionBytes: LentBytes
  /// The exceptions' values, unless they are texts.
  package let exceptionValues: IntegerColumn?
  private let exceptionsStart: LentBytes

  /// Whether `stored` is a table that is not indexed by row.
  package let isTable: Bool

  package init(
    _ bytes: LentBytes, runs: RunMap? = nil, rowCodes: RowCodes? = nil
  ) throws(Corruption) {
    let header = try ColumnHeader(reading: bytes)
    guard header.encoding == .derived else { throw Corruption(.column, at: 0) }
    guard header.width == 0 else { throw Corruption(.column, at: 1) }
    try header.expect(flags: [.exceptions, .storedTable, .textExceptions])
    guard header.base == 0 else { throw Corruption(.column, at: 8) }
    guard header.slope == 0 else { throw Corruption(.column, at: 16) }
    guard header.secondOffset >= ColumnHeader.size else { throw Corruption(.column, at: 24) }
    let storedBytes = try bytes.slice(
      header.secondOffset, count: header.secondByteCount, of: .column)
    stored = try Self.open(storedBytes, at: header.secondOffset, runs: runs, rowCodes: rowCodes)
    isTable = header.flags.contains(.storedTable)
    guard isTable || stored.rowCount == header.rowCount else {
      throw Corruption(.column, at: header.secondOffset + 4)
    }
    rowCount = header.rowCount
    exceptionCount = header.exceptionCount
    guard header.flags.contains(.exceptions) else {
      try header.expectNone(exceptions: true)
      (exceptionBytes, exceptionsStart) = (unsafe LentBytes(bytes.base, count: 0), bytes)
      exceptionValues = nil
      return
    }
    _ = try ExceptionRows(
      bytes, at: header.exceptionsOffset, rowCount: rowCount, count: exceptionCount,
      withValues: false)
    exceptionsStart = try bytes.slice(header.exceptionsOffset, count: 0, of: .column)
    let offset = header.exceptionColumnOffset
    guard offset >= ColumnHeader.size else { throw Corruption(.column, at: 40) }
    exceptionBytes = try bytes.slice(
      offset, count: header.exceptionColumnByteCount, of: .column)
    guard !header.flags.contains(.textExceptions) else {
      exceptionValues = nil
      return
    }
    let values = try Self.open(exceptionBytes, at: offset, runs: nil, rowCodes: nil)
    guard values.rowCount == exceptionCount else { throw Corruption(.column, at: offset + 4) }
    exceptionValues = values
  }

  private static func open(
    _ bytes: LentBytes, at offset: Int, runs: RunMap?, rowCodes: RowCodes?
  ) throws(Corruption) -> IntegerColumn {
    do {
      return try IntegerColumn(bytes, runs: runs, rowCodes: rowCodes)
    } catch {
      throw Corruption(error.structure, at: offset + error.offset)
    }
  }

  /// The list of exceptional rows; there must be exceptions.
  var listedRows: ExceptionRows { rows }

  private var rows: ExceptionRows {
    unsafe ExceptionRows(
      trusting: exceptionsStart.base, rowCount: rowCount, count: exceptionCount)
  }

  /// The position of a row among the exceptions, or -1.
  package func exceptionIndex(of row: Int) -> Int {
    assert(row >= 0 && row < rowCount)
    return exceptionCount == 0 ? -1 : rows.index(of: row)
  }

  /// The value of an exceptional row; nil if the row is none.
  package func exception(at row: Int) -> Int64? {
    let index = exceptionIndex(of: row)
    return index < 0 ? nil : exceptionValues?.value(at: index)
  }

  /// The positions of the exceptions of one block.
  package func exceptions(inBlock block: Int) -> Range<Int> {
    precondition(block >= 0)
    precondition(block << 10 < rowCount)
    return exceptionCount == 0 ? 0..<0 : rows.range(inBlock: block)
  }

  /// The row of the exception at a position.
  package func exceptionRow(_ index: Int) -> Int {
    precondition(index >= 0)
    precondition(index < exceptionCount)
    return rows.row(at: index)
  }

  /// Asks for the lines that say whether the row is an exception, and what is stored for it.
  package func prefetch(row: Int) {
    if exceptionCount != 0 { rows.prefetch(row: row) }
    if !isTable { stored.prefetch(row: row) }
  }
}

/// What the exceptions of a derived column hold.
package enum DerivedExceptions {
  case integers([Int64])
  /// Column bytes of texts, one for each exceptional row.
  case texts([UInt8])
}

/// The column bytes of a derived column; `stored` is column bytes, `exceptionRows` ascends.
package func encodeDerived(
  rowCount: Int, stored: [UInt8], storedIsTable: Bool = false, exceptionRows: [UInt16],
  exceptions: DerivedExceptions
) -> [UInt8] {
  var header = ColumnHeader(.derived, rowCount: rowCount)
  if storedIsTable { header.flags.insert(.storedTable) }
  header.secondOffset = ColumnHeader.size
  header.secondByteCount = stored.count
  guard !exceptionRows.isEmpty else {
    return header.written(byteCount: ColumnHeader.size) + stored
  }
  for index in 1..<max(1, exceptionRows.count) {
    precondition(exceptionRows[index - 1] < exceptionRows[index])
  }
  let nested: [UInt8]
  switch exceptions {
  case .integers(let values):
    precondition(values.count == exceptionRows.count)
    nested = encodeIntegers(values)
  case .texts(let bytes):
    header.flags.insert(.textExceptions)
    nested = bytes
  }
  header.flags.insert(.exceptions)
  header.exceptionsOffset = padded(header.secondOffset + stored.count)
  header.exceptionCount = exceptionRows.count
  let listByteCount = ExceptionRows.byteCount(
    rowCount: rowCount, count: exceptionRows.count, valueWidth: 0)
  header.exceptionColumnOffset = padded(header.exceptionsOffset + listByteCount)
  header.exceptionColumnByteCount = nested.count
  var bytes = header.written(byteCount: ColumnHeader.size)
  bytes.append(contentsOf: stored)
  bytes.append(
    contentsOf: repeatElement(0, count: header.exceptionColumnOffset - bytes.count))
  ExceptionRows.write(
    rows: exceptionRows, values: nil, rowCount: rowCount, into: &bytes,
    at: header.exceptionsOffset)
  bytes.append(contentsOf: nested)
  return bytes
}
