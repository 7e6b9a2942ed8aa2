// What a change was refused for.

public import Rows

/// Why a change was refused: what was wrong, of which table and field; never with a value.
///
/// Nothing of the change was done.
public struct ChangeError: Error, Equatable, Sendable {
  /// What was wrong.
  public enum Code: Equatable, Sendable {
    /// Another current row has the value, which may occur once.
    case duplicateKey
    /// The row that the new or moved row is to belong to does not exist.
    case parentMissing
    /// Rows belong to the one that is to be deleted.
    case childrenRemain
    /// The row does not exist, or no longer.
    case rowMissing
    /// Several current rows have the value that is to name one.
    case rowAmbiguous
    /// The field that is to name a row has no index.
    case noIndex
    /// The text is no value of the field, or a value that it must have is absent.
    case notAValue(FieldProblem)
    /// The registry has no such table.
    case unknownTable
    /// The table has no such field.
    case unknownField
    /// More rows have changed than may lie apart from their segments; they have to be sealed.
    case tooManyFreshRows
  }

  /// What was wrong.
  public var code: Code
  /// The table.
  public var table: String
  /// The field, or empty when none is to blame.
  public var field: String

  /// Names what was wrong.
  public init(_ code: Code, table: String, field: String = "") {
    self.code = code
    self.table = table
    self.field = field
  }
}
