// What must hold of a row to be counted: comparisons of its fields, joined by and, or, not.
//
// A comparison of an absent value is false, whatever it compares; `not` turns that round, so that
// `not(x)` holds where a field that `x` compares is absent. Only `isAbsent` asks for absence
// itself.

/// What must hold of a row; fields are positions in its table, integers as they are stored.
package indirect enum Condition: Equatable, Sendable {
  /// Holds of every row.
  case everything
  /// The value is one of these.
  case isIn(field: Int, [Int64])
  /// The value is in the range.
  case isInRange(field: Int, ClosedRange<Int64>)
  case isAbsent(field: Int)
  case isPresent(field: Int)
  /// The text has exactly these bytes.
  case isText(field: Int, [UInt8])
  /// The text begins with these bytes.
  case hasPrefix(field: Int, [UInt8])
  /// All hold; none given holds of every row.
  case all([Condition])
  /// At least one holds; none given holds of no row.
  case any([Condition])
  case not(Condition)

  /// The value is this one.
  package static func equals(field: Int, _ value: Int64) -> Condition {
    .isInRange(field: field, value...value)
  }

  /// The positions of all fields that the condition names.
  package var fields: Set<Int> {
    switch self {
    case .everything: []
    case .isIn(let field, _), .isInRange(let field, _), .isAbsent(let field),
      .isPresent(let field), .isText(let field, _), .hasPrefix(let field, _):
      [field]
    case .all(let parts), .any(let parts): parts.reduce(into: []) { $0.formUnion($1.fields) }
    case .not(let part): part.fields
    }
  }
}
