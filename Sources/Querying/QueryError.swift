// What is wrong with a question, and where in its text.

public import Rows
public import Store

/// Why a question makes no sense, or could not be answered.
public struct QueryError: Error, Equatable, Sendable {
  /// The kinds of mistakes.
  public enum Code: Equatable, Sendable {
    /// The table has no field of that name.
    case unknownField
    /// The field's code list has no attribute of that name.
    case unknownAttribute
    /// The field's code list has no such code and no such name.
    case unknownCode
    /// The value is none of the field's type; why is in the problem.
    case badValue(FieldProblem)
    /// The operation is not one that the field's type allows.
    case wrongType
    /// Something else was expected at this place.
    case unexpectedText
    /// A quoted text has no end.
    case unclosedQuote
    /// The condition is nested too deeply.
    case tooDeep
    /// The dimension is of no known kind, or its number is out of bounds.
    case badDimension
    /// No dimension, or more than three.
    case dimensionCount
    /// The answer has more cells than a count may have.
    case tooManyCells
    /// Absent values cannot be marked so: a value is the same text or could be, or it needs quotes.
    case unfitMark
    /// The registry could not be read.
    case store(StoreError)
  }

  /// What is wrong.
  public var code: Code
  /// Where in the text, in bytes of UTF-8 from its start; 0 where there is no text.
  public var position: Int
  /// The name of the field, attribute or code at fault, or the text found; may be empty.
  public var name: String

  /// Names a mistake.
  public init(_ code: Code, at position: Int = 0, name: String = "") {
    self.code = code
    self.position = position
    self.name = name
  }

  init(_ error: StoreError) { self.init(.store(error)) }
}
