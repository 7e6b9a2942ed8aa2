// A field: its name, its number for life, its type, what it means, and how it is kept.

/// One field of a table.
public struct Field: Equatable, Sendable {
  /// The name by which callers know the field.
  public let name: String
  /// The number that the field keeps for life, whatever its name or place in the file.
  public let number: UInt16
  /// What values the field holds.
  public let type: FieldType
  /// What the field means, as a sentence for people.
  public let meaning: String
  /// How carefully the field's values must be handled.
  public let sensitivity: Sensitivity
  /// Other names by which the columns of an input may call the field.
  public let aliases: [String]
  /// Whether a row without the field is refused.
  public let isRequired: Bool
  /// The text of the value that a row gets when its input has no column for the field.
  public let defaultText: String?
  /// Where the values or their meaning come from; may be empty.
  public let source: String
  /// How a text is taken apart into words of a dictionary; nil where it is kept as it is.
  public let words: WordSplit?
  /// The registry-wide dictionary of those words.
  public let dictionary: String?
  /// Where the value is taken from when an input has no column for the field.
  public let cut: Cut?
  /// What other columns say about this one.
  package let derivation: Derivation?

  /// Whether other columns already say what the field's value is, exceptions apart.
  public var isDerived: Bool { derivation != nil }
}

/// Characters of another field's text, from which a field is filled when an input has no column
/// for it.
public struct Cut: Equatable, Sendable {
  /// The position of the other field in its table.
  public let field: Int
  /// The first character taken, counted in bytes from 0.
  public let offset: Int
  /// How many bytes are taken.
  public let count: Int
  /// The length that the other text must have, if it matters; any other length gives no value.
  public let length: Int?
}
