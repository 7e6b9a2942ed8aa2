// How a field's value follows from other columns; fields and tables are positions in the schema.

/// How a field's value follows from other columns.
///
/// A row whose value does not follow is an exception, and is stored.
package enum Derivation: Equatable, Sendable {
  /// The field holds the key of the row's parent: it follows from which row that is.
  case parentKey
  /// The value of that field of the parent row.
  case parent(field: Int)
  /// Digits side by side, the most significant first.
  case digits([DigitPart])
  /// The texts of fields side by side: the first alternative that holds, most frequent first.
  case text([[Int]])
  /// The value of that field less a number of days (or less a number) that is stored.
  case difference(from: Int)
  /// Mostly the same value for equal values of that field.
  case mapped(from: Int)
  /// The number of the row's positional children in that table.
  case children(table: Int)
  /// The value of a field of the row's first positional child in that table.
  case firstChild(table: Int, field: Int)

  /// The fields of the same table that the value follows from, in the order they are named.
  package var sources: [Int] {
    switch self {
    case .parentKey, .parent, .children, .firstChild: []
    case .digits(let parts): parts.flatMap(\.sources)
    case .text(let alternatives): alternatives.flatMap { $0 }
    case .difference(let field), .mapped(let field): [field]
    }
  }
}

/// Some digits of a derived number.
package enum DigitPart: Equatable, Sendable {
  /// The code of a field, whose code list holds numbers, with leading zeros.
  case code(field: Int, count: Int)
  /// One digit: twice the centuries after the 19th, and one more when the sex is the second code of
  /// its list. 1900 to 1999 give 0 and 1, 2000 to 2099 give 2 and 3.
  case centuryAndSex(day: Int, sex: Int)
  /// The last two digits of a day's year.
  case year(day: Int)
  /// The number in an attribute (by position in the code list) of the code of a field.
  case attribute(Int, field: Int, count: Int)
  /// The first digits of another number.
  case leading(field: Int, count: Int)
  /// Digits that nothing else says.
  case stored(count: Int)

  /// How many digits the part gives.
  package var count: Int {
    switch self {
    case .centuryAndSex: 1
    case .year: 2
    case .code(_, let count), .attribute(_, _, let count), .leading(_, let count),
      .stored(let count):
      count
    }
  }

  /// The fields that the part follows from.
  package var sources: [Int] {
    switch self {
    case .centuryAndSex(let day, let sex): [day, sex]
    case .code(let field, _), .year(let field), .attribute(_, let field, _), .leading(let field, _):
      [field]
    case .stored: []
    }
  }
}
