// Why a load as a whole failed; nothing of it is stored then.

public import Rows
public import Rules
public import Store

/// A load that failed as a whole.
///
/// The registry holds what it held before.
public enum LoadError: Error, Equatable, Sendable {
  /// The registry has no table of this name.
  case unknownTable(String)
  /// A file is given twice for one table.
  case fileRepeated(path: String)
  /// A file cannot be read to its end.
  case unreadable(path: String, DelimitedError)
  /// A file has no column for a field that every row must have.
  case columnMissing(path: String, table: String, field: String)
  /// Two columns of a file feed the same field.
  case columnRepeated(path: String, field: String)
  /// The standard input is named twice; it can be read once.
  case standardInputRepeated
  /// A file has no column of a name that its plan gives.
  case plannedColumnMissing(path: String, table: String, column: String)
  /// A file of a table has another plan than the table's first file.
  case plansDiffer(path: String, table: String)
  /// No column of a file feeds any field of its table.
  case noColumn(path: String, table: String)
  /// Too many rows of a pipe stand elsewhere than their parents' order says, behind many that do
  /// not; give the file itself, which can be read again and sorted.
  case notInParentOrder(path: String, table: String, line: Int)
  /// A file with the same content was loaded before, under any name and however compressed.
  case alreadyLoaded(path: String)
  /// More rows would replace others than one load may.
  case tooManyReplaced(count: Int, limit: Int)
  /// The rejects file cannot be written; the number is its `errno`.
  case rejectsUnwritable(path: String, Int32)
  /// Records cannot be kept beside the registry for sorting; the number is the system's `errno`.
  case spillFailed(path: String, Int32)
  /// The registry refused.
  case store(StoreError)
}

/// One refused row: where it stands, and why, never what it holds.
public struct Refusal: Equatable, Sendable {
  /// Why rows are refused, besides the problems of a single field.
  public enum Reason: Equatable, Sendable {
    /// The text of a field is not a value.
    case field(FieldProblem)
    /// The row has another number of fields than the header.
    case wrongFieldCount
    /// Text follows a closing quote.
    case malformedQuotes
    /// The row names a parent that does not exist or was refused.
    case missingParent
    /// An earlier line, or a row that is there already, has the same unique key.
    case duplicate
    /// An earlier line has the same key and says something else; it was stored.
    case differingRepeat
    /// A rule of the load's plan is broken.
    case finding(Finding)
  }

  /// The table the row was for.
  public var table: String
  /// The file the row stands in.
  public var file = ""
  /// The physical line, the first of the file being 1.
  public var line: Int
  /// The offset in the decompressed bytes of the file.
  public var byteOffset: Int
  /// The field concerned; empty when it is the whole row.
  public var field: String
  /// Why.
  public var reason: Reason

  /// The stable name of the reason, for reports and programs.
  public var code: String {
    switch reason {
    case .field(let problem): problem.code
    case .wrongFieldCount: "wrong_field_count"
    case .malformedQuotes: "malformed_quotes"
    case .missingParent: "missing_parent"
    case .duplicate: "duplicate"
    case .differingRepeat: "differing_repeat"
    case .finding(let finding): finding.code
    }
  }

  /// What a person can do about it.
  public var remedy: String {
    switch reason {
    case .field(let problem): problem.remedy
    case .wrongFieldCount:
      "Give the row one field for each column; quote fields that hold a delimiter or a newline."
    case .malformedQuotes:
      "Double quotes inside quotes, or declare them escaped; put nothing behind a closing quote."
    case .missingParent: "Load the parent with this row, or correct the number that names it."
    case .duplicate: "Keep one of the rows with this key; the first one was stored."
    case .differingRepeat: "Make the lines with this key agree; what the first one says was stored."
    case .finding(let finding): finding.remedy
    }
  }
}
