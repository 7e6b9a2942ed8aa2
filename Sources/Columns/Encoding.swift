// The closed list of ways to store a column, as their numbers stand in the first byte of a column.

/// How a column is stored.
package enum Encoding: UInt8, CaseIterable, Sendable {
  /// One value for all rows, but for a few listed exceptions.
  case constant = 0
  /// Distances from a base, packed.
  case frameOfReference = 1
  /// Distances from a straight line, packed.
  case delta = 2
  /// One value for each run of equal rows.
  case runLength = 3
  /// Positions in a sorted list of the distinct values.
  case dictionary = 4
  /// Texts as words of a dictionary outside.
  case tokens = 5
  /// Texts through a trained table of symbols.
  case symbols = 6
  /// One bit a row.
  case flags = 7
  /// One bit a row says which rows have a value; only those values are stored.
  case presence = 8
  /// Other columns say the value; what they do not say is stored.
  case derived = 9
  /// Values as they are, 8 bytes each.
  case plain = 10
  /// Texts as they are.
  case plainText = 11
  /// The codes of several columns, row after row; no column by itself.
  case rowCodes = 12
}

/// The flags at offset 2 of a column of integers.
struct ColumnFlags: OptionSet, Sendable {
  let rawValue: UInt16

  /// Codes lie across lanes, so that a loop over a block vectorises.
  static let transposed = ColumnFlags(rawValue: 1)
  /// Each block of 1,024 rows has a base of its own.
  static let blockBases = ColumnFlags(rawValue: 2)
  /// The greatest code means absent.
  static let absentCode = ColumnFlags(rawValue: 4)
  /// Rows that the codes do not say are listed with their values.
  static let exceptions = ColumnFlags(rawValue: 8)
  /// The runs are those of another column of the segment.
  static let sharedRuns = ColumnFlags(rawValue: 16)
  /// The stored column of a derived column is a table that is not indexed by row.
  static let storedTable = ColumnFlags(rawValue: 32)
  /// The exceptions of a derived column are a column of texts.
  static let textExceptions = ColumnFlags(rawValue: 64)
  /// The marked rows of a run-length or presence column are listed, not one bit each.
  static let listedMarks = ColumnFlags(rawValue: 128)
  /// Codes lie with those of other columns, row after row, in the segment's `RowCodes`.
  static let rowCodes = ColumnFlags(rawValue: 256)
}
