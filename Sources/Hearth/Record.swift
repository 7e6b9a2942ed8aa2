// How a Swift type says which table it is a record of, and what its fields are.

public import Rows

/// A row of one table as a typed value.
public protocol Record: Sendable {
  /// The fields of the record, as constants to make conditions of.
  associatedtype Fields: Sendable
  /// The name of the table.
  static var table: String { get }
  /// The fields.
  static var fields: Fields { get }
  /// Takes the values of a row of the table.
  init(_ row: Row)
}

/// A Swift type that a field's values can be taken as.
public protocol RecordValue: Sendable, Equatable {
  /// Takes a value; nil when it is absent or of another type.
  init?(_ value: Value)
  /// The value as text, as a load file writes it.
  var fieldText: String { get }
}

extension String: RecordValue {
  /// Takes an identifier, a code, a text or a decimal number as text.
  public init?(_ value: Value) {
    switch value {
    case .digits(let text), .code(let text), .text(let text): self = text
    case .decimal: self = value.description
    default: return nil
    }
  }

  /// The text itself.
  public var fieldText: String { self }
}

extension Int: RecordValue {
  /// Takes a whole number.
  public init?(_ value: Value) {
    guard case .integer(let number) = value else { return nil }
    self.init(number)
  }

  /// The number in digits.
  public var fieldText: String { description }
}

extension Bool: RecordValue {
  /// Takes a flag.
  public init?(_ value: Value) {
    guard case .flag(let isSet) = value else { return nil }
    self = isSet
  }

  /// 1 or 0.
  public var fieldText: String { self ? "1" : "0" }
}

extension Day: RecordValue {
  /// Takes a day.
  public init?(_ value: Value) {
    guard case .day(let day) = value else { return nil }
    self = day
  }

  /// The day as ISO 8601 writes it.
  public var fieldText: String { description }
}

extension Row {
  /// The value of a field as a Swift type; nil when absent or of another type.
  public func value<Wanted: RecordValue>(_ field: String) -> Wanted? { Wanted(self[field]) }
}

/// One field of a record: its name, and the type of its values.
public struct RecordField<Root: Record, Held: RecordValue>: Sendable {
  /// The name of the field in the table.
  public let name: String

  /// Names a field.
  public init(_ name: String) { self.name = name }

  /// The field is one of these values.
  public func isIn(_ values: [Held]) -> RecordCondition<Root> {
    RecordCondition(.isIn(name, values.map(\.fieldText)))
  }

  /// The field is absent.
  public var isAbsent: RecordCondition<Root> { RecordCondition(.isAbsent(name)) }

  /// The field has this value.
  public static func == (field: RecordField, value: Held) -> RecordCondition<Root> {
    RecordCondition(.isIn(field.name, [value.fieldText]))
  }

  /// The field has a value, and another one.
  public static func != (field: RecordField, value: Held) -> RecordCondition<Root> {
    RecordCondition(.compares(field.name, "!=", value.fieldText))
  }
}

extension RecordField where Held: Comparable {
  /// The field's value is in a range.
  public func isIn(_ range: Range<Held>) -> RecordCondition<Root> {
    self >= range.lowerBound && self < range.upperBound
  }

  /// The field's value is in a range.
  public func isIn(_ range: ClosedRange<Held>) -> RecordCondition<Root> {
    self >= range.lowerBound && self <= range.upperBound
  }

  /// The field's value is less.
  public static func < (field: RecordField, value: Held) -> RecordCondition<Root> {
    RecordCondition(.compares(field.name, "<", value.fieldText))
  }

  /// The field's value is less or equal.
  public static func <= (field: RecordField, value: Held) -> RecordCondition<Root> {
    RecordCondition(.compares(field.name, "<=", value.fieldText))
  }

  /// The field's value is greater.
  public static func > (field: RecordField, value: Held) -> RecordCondition<Root> {
    RecordCondition(.compares(field.name, ">", value.fieldText))
  }

  /// The field's value is greater or equal.
  public static func >= (field: RecordField, value: Held) -> RecordCondition<Root> {
    RecordCondition(.compares(field.name, ">=", value.fieldText))
  }
}

extension RecordField where Held == String {
  /// The field's text begins with this one.
  public func begins(with prefix: String) -> RecordCondition<Root> {
    RecordCondition(.compares(name, "begins", prefix))
  }

  /// An attribute of the field's code, such as the province of a commune, has this value.
  public func attribute(_ attribute: String, equals value: String) -> RecordCondition<Root> {
    RecordCondition(.compares("\(name).\(attribute)", "=", value))
  }
}

/// What must hold of a record: comparisons of its fields joined by `&&`, `||` and `!`.
public struct RecordCondition<Root: Record>: Sendable {
  indirect enum Part: Sendable {
    case isIn(String, [String])
    case compares(String, String, String)
    case isAbsent(String)
    case all(Part, Part)
    case any(Part, Part)
    case not(Part)
  }

  let part: Part

  init(_ part: Part) { self.part = part }

  /// Both hold.
  public static func && (left: RecordCondition, right: RecordCondition) -> RecordCondition {
    RecordCondition(.all(left.part, right.part))
  }

  /// At least one holds.
  public static func || (left: RecordCondition, right: RecordCondition) -> RecordCondition {
    RecordCondition(.any(left.part, right.part))
  }

  /// The condition does not hold.
  public static prefix func ! (condition: RecordCondition) -> RecordCondition {
    RecordCondition(.not(condition.part))
  }

  /// The condition as the text that `Snapshot.count(of:where:)` reads.
  public var text: String { Self.text(of: part) }

  private static func text(of part: Part) -> String {
    switch part {
    case .isIn(let name, let values) where values.isEmpty:
      "(\(name) is absent and \(name) is present)"
    case .isIn(let name, let values):
      values.count == 1
        ? "\(name) = \(quoted(values[0]))"
        : "\(name) in (\(values.map(quoted).joined(separator: ", ")))"
    case .compares(let name, let sign, let value): "\(name) \(sign) \(quoted(value))"
    case .isAbsent(let name): "\(name) is absent"
    case .all(let left, let right): "(\(text(of: left)) and \(text(of: right)))"
    case .any(let left, let right): "(\(text(of: left)) or \(text(of: right)))"
    case .not(let part): "not (\(text(of: part)))"
    }
  }

  private static func quoted(_ value: String) -> String {
    "'\(value.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''"))'"
  }
}
