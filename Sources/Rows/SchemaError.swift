// A mistake in a schema file, a code list file or a load plan, found when it is read.

/// A mistake in a schema or a load plan: what is wrong, in which file, and where in it.
public struct SchemaError: Error, Equatable, Sendable {
  /// Every mistake that is looked for.
  public enum Code: String, CaseIterable, Sendable {
    /// The file or folder could not be read; the detail is the system's error number.
    case notReadable
    /// The bytes are not JSON; the detail is the column.
    case notJSON
    case duplicateKey
    case unknownKey
    case missingKey
    /// A value of another JSON type, the detail being the type that is wanted.
    case wrongType
    /// A word or number that is not one of those allowed here.
    case badValue
    /// A name that is not lower-case letters, digits and underscores, or is longer than 63.
    case badName
    case noTables
    case duplicateTable
    case duplicateCodeList
    case duplicateField
    case duplicateFieldNumber
    case duplicateIndex
    case duplicateAttribute
    case duplicateCode
    /// A code that is empty, longer than 63 bytes, or holds a control character.
    case badCode
    /// A row of a code list that has more or fewer values than its attributes ask for.
    case codeRowLength
    /// Two fields of a table answer to the same name or alias.
    case aliasCollides
    case unknownTable
    case unknownField
    case unknownCodeList
    case unknownAttribute
    case unknownIndex
    case tooManyFields
    /// A number that has more digits than an integer holds, or none.
    case digitsOutOfRange
    case scaleOutOfRange
    case badDefault
    case wordsOnOtherType
    /// `words` without `dictionary`, or the other way round.
    case wordsWithoutDictionary
    /// A `cut` out of a field that is neither a text nor an identifier.
    case cutFromOtherType
    case indexWithoutFields
    case foldedWithoutText
    /// A `through` index that does not lead to a part of the derived field.
    case throughOtherField
    case keyWithoutUniqueIndex
    case parentWithoutKey
    case parentCycle
    /// The field that holds the parent's key has another type than that key.
    case linkTypeDiffers
    /// The field that holds the parent's key states a derivation of its own.
    case linkIsDerived
    case derivedFromParentWithoutParent
    case derivedFromOtherTable
    /// A derivation between types that cannot give one another.
    case derivationTypeDiffers
    /// The first child's field follows from children itself, so it is not there in time.
    case firstChildIsLate
    /// A text that is made of other fields is not kept as words.
    case wordsOnDerivedText
    /// The parts of a derived number do not have as many digits as the field.
    case digitsDoNotAddUp
    case derivationCycle
    /// An option for fields of another type; the detail is the field's type.
    case doesNotFit
    /// A form of days that cannot be read.
    case badPattern
    /// A text that a plan gives to a field and that is no value of it; the detail is the problem.
    case notAValue
    /// A field that is fed by both a column and a constant, or by neither.
    case notOneSource
  }

  /// What is wrong.
  public var code: Code
  /// The file's name in its folder, such as `person.json`; empty for a schema kept in a registry.
  public var file: String
  /// The line of the file, the first being 1; 0 where the mistake is the file itself.
  public var line: Int
  /// The place in the JSON, such as `fields[3].type`.
  public var path: String
  /// The field that the mistake belongs to, or empty.
  public var field: String
  /// The offending or the wanted value.
  public var detail: String

  /// Names a mistake.
  public init(
    _ code: Code, file: String = "", line: Int = 0, path: String = "", field: String = "",
    detail: String = ""
  ) {
    self.code = code
    self.file = file
    self.line = line
    self.path = path
    self.field = field
    self.detail = detail
  }
}

extension SchemaError: CustomStringConvertible {
  /// The mistake in one line, as a compiler would report it.
  public var description: String {
    var text = file.isEmpty ? "schema" : file
    if line > 0 { text += ":\(line)" }
    text += ": \(code.rawValue)"
    if !path.isEmpty { text += " at \(path)" }
    if !field.isEmpty { text += " (field \(field))" }
    if !detail.isEmpty { text += ": \(detail)" }
    return text
  }
}
