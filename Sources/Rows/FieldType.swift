// The closed list of types a field can have, and who may see a field.

/// The type of a field.
public enum FieldType: Equatable, Sendable {
  /// An identifier of exactly `count` decimal digits, 1 to 18; leading zeros are part of it.
  case digits(count: Int)
  /// One code of the code list with this name.
  case code(list: String)
  /// Any text, in the normalisation form NFC.
  case text
  /// A calendar day whose day, or day and month, may be unknown.
  case day
  /// A whole number.
  case integer
  /// A decimal number with `scale` digits after the point, 1 to 18.
  case decimal(scale: Int)
  /// Yes or no.
  case flag

  /// The most digits that an identifier or a decimal number can have.
  public static let digitCountMax = 18
}

extension FieldType: CustomStringConvertible {
  /// The type as a schema file writes it.
  public var description: String {
    switch self {
    case .digits(let count): "digits(\(count))"
    case .code(let list): "code(\(list))"
    case .text: "text"
    case .day: "day"
    case .integer: "integer"
    case .decimal(let scale): "decimal(\(scale))"
    case .flag: "flag"
    }
  }

  /// Reads a type as a schema file writes it; nil if there is none of that name.
  ///
  /// The argument's bounds are the schema's to check.
  init?(_ text: String) {
    let parts = text.split(separator: "(", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      switch text {
      case "text": self = .text
      case "day": self = .day
      case "integer": self = .integer
      case "flag": self = .flag
      default: return nil
      }
      return
    }
    guard parts[1].last == ")" else { return nil }
    let argument = parts[1].dropLast()
    switch parts[0] {
    case "digits":
      guard let count = Int(argument) else { return nil }
      self = .digits(count: count)
    case "decimal":
      guard let scale = Int(argument) else { return nil }
      self = .decimal(scale: scale)
    case "code":
      self = .code(list: String(argument))
    default:
      return nil
    }
  }
}

/// How carefully a field's values must be handled.
public enum Sensitivity: String, CaseIterable, Equatable, Sendable {
  /// Anyone may know it.
  case `public`
  /// Only for the office's own use, but about no person.
  case `internal`
  /// About a person, without naming them.
  case personal
  /// Names one person, or nearly so.
  case identifying
  /// Could harm a person who is known by it.
  case sensitive
}
