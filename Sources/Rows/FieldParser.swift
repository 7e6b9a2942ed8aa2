// The parser of one field, made once from its declaration and then called for every row.

package import Bytes

/// Turns the texts of one field into the integers that store them.
///
/// Each worker makes its own, so that no two share a count of references. A text field has no
/// stored integer; its texts go through `TextInspection`.
package struct FieldParser: Sendable {
  private enum Kind: Sendable {
    case digits
    case code
    case text
    case day
    case integer
    case decimal
    case flag
  }

  private let kind: Kind
  /// The count of digits, or the scale.
  private let argument: Int
  private let isRequired: Bool
  private let isOpen: Bool
  private let codes: CodeTableView
  private let codeTable: CodeTable
  private let names: CodeNames?

  /// The parser of a field; its code list must be in the schema, as a read schema's always are.
  package init(_ field: Field, in schema: Schema) {
    isRequired = field.isRequired
    var argument = 0
    var list: CodeList?
    switch field.type {
    case .digits(let count):
      kind = .digits
      argument = count
    case .code:
      kind = .code
      list = schema.codeList(of: field)
    case .text: kind = .text
    case .day: kind = .day
    case .integer: kind = .integer
    case .decimal(let scale):
      kind = .decimal
      argument = scale
    case .flag: kind = .flag
    }
    self.argument = argument
    isOpen = list?.isOpen ?? false
    codeTable = list.map { CodeTable($0.codes) } ?? CodeTable([])
    codes = codeTable.view
    names = list.map { CodeNames($0) }
  }

  /// The stored integer of a field's text, or why there is none; no text is an absent value.
  ///
  /// A code that is not in an open list gives the problem `unknownCode` as well; `newCode` then says
  /// whether it may be added.
  package func parse(_ text: LentBytes) -> ParsedField {
    guard text.count > 0 else {
      return isRequired ? ParsedField(.requiredIsAbsent) : .absent
    }
    switch kind {
    case .digits: return FieldText.digits(text, count: argument)
    case .code:
      let ordinal = codes.ordinal(of: text)
      return ordinal >= 0 ? ParsedField(Int64(ordinal)) : parseRareCode(text)
    case .day: return FieldText.day(text)
    case .integer: return FieldText.integer(text)
    case .decimal: return FieldText.decimal(text, scale: argument)
    case .flag: return FieldText.flag(text)
    case .text: preconditionFailure("a text has no stored integer")
    }
  }

  /// Whether the code list grows by codes that it does not have.
  package var acceptsNewCodes: Bool { isOpen }

  /// The code that an open list is to be given for a text that it does not know.
  package func newCode(_ text: LentBytes) -> Result<String, FieldProblem> {
    precondition(isOpen, "a closed code list does not grow")
    guard text.count <= CodeList.codeByteCountMax, TextInspection(text).problem == nil else {
      return .failure(.badNewCode)
    }
    return .success(String(text))
  }

  private func parseRareCode(_ text: LentBytes) -> ParsedField {
    if text.count > 8 {
      let ordinal = codeTable.ordinal(ofLong: text)
      if ordinal >= 0 { return ParsedField(Int64(ordinal)) }
    }
    if let ordinal = names?.ordinal(of: String(text)) { return ParsedField(Int64(ordinal)) }
    return ParsedField(.unknownCode)
  }
}
