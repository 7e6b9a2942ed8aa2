// The parser of one field, made once from its declaration and then called for every row.

package import Bytes
import Synchronization

/// Turns the texts of one field into the integers that store them.
///
/// Each worker makes its own, so that no two share a count of references. A text field has no
/// stored integer; its texts go through `TextInspection`.
package struct FieldParser: Sendable {
  enum Kind: Sendable {
    case digits
    case code
    case text
    case day
    case integer
    case decimal
    case flag
  }

  let core: FieldParserCore
  private let isOpen: Bool
  private let codeTable: CodeTable
  /// The names of the codes, made when a text is first found to be no code.
  private let names: LazyCodeNames?

  /// The parser of a field; its code list must be in the schema, as a read schema's always are.
  package init(_ field: Field, in schema: Schema) {
    let kind: Kind
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
    isOpen = list?.isOpen ?? false
    codeTable = list?.codeTable ?? CodeTable([])
    core = FieldParserCore(
      kind: kind, argument: argument, isRequired: field.isRequired, codes: codeTable.view)
    names = list.map { LazyCodeNames($0) }
  }

  /// The stored integer of a field's text, or why there is none; no text is an absent value.
  ///
  /// A code that is not in an open list gives the problem `unknownCode` as well; `newCode` then
  /// says whether it may be added.
  package func parse(_ text: LentBytes) -> ParsedField {
    let parsed = core.parse(text)
    guard parsed.problem == .unknownCode else { return parsed }
    return parseRareCode(text)
  }

  /// Whether the code list grows by codes that it does not have.
  package var acceptsNewCodes: Bool { isOpen }

  /// The code that an open list is to be given for a text that it does not know.
  package func newCode(_ text: LentBytes) -> Result<String, FieldProblem> {
    precondition(isOpen, "a closed code list does not grow")
    guard text.count <= CodeList.codeByteCountMax, TextInspection(text).problem == nil,
      !(0..<text.count).contains(where: { text[$0] < 0x20 })
    else { return .failure(.badNewCode) }
    return .success(String(text))
  }

  fileprivate func parseRareCode(_ text: LentBytes) -> ParsedField {
    if text.count > 8 {
      let ordinal = codeTable.ordinal(ofLong: text)
      if ordinal >= 0 { return ParsedField(Int64(ordinal)) }
    }
    if let ordinal = names?.value.ordinal(of: String(text)) { return ParsedField(Int64(ordinal)) }
    return ParsedField(.unknownCode)
  }
}

/// What parsing most texts needs; it holds no references, so a copy of it costs nothing.
struct FieldParserCore: Sendable {
  let kind: FieldParser.Kind
  /// The count of digits, or the scale.
  let argument: Int
  let isRequired: Bool
  let codes: CodeTableView

  /// The stored integer, but for codes that are longer than 8 bytes or names.
  @inline(__always)
  func parse(_ text: LentBytes) -> ParsedField {
    guard text.count > 0 else {
      return isRequired ? ParsedField(.requiredIsAbsent) : .absent
    }
    switch kind {
    case .digits: return FieldText.digits(text, count: argument)
    case .code:
      let ordinal = codes.ordinal(of: text)
      return ordinal >= 0 ? ParsedField(Int64(ordinal)) : ParsedField(.unknownCode)
    case .day: return FieldText.day(text)
    case .integer: return FieldText.integer(text)
    case .decimal: return FieldText.decimal(text, scale: argument)
    case .flag: return FieldText.flag(text)
    case .text: preconditionFailure("a text has no stored integer")
    }
  }
}

/// The parsers of all fields of a table, to be called by field without counting references.
@safe package final class FieldParsers: @unchecked Sendable {
  private let parsers: [FieldParser]
  private let cores: UnsafeMutablePointer<FieldParserCore>

  package init(_ table: Table, in schema: Schema) {
    parsers = table.fields.map { FieldParser($0, in: schema) }
    unsafe cores = .allocate(capacity: max(parsers.count, 1))
    for index in parsers.indices { unsafe (cores + index).initialize(to: parsers[index].core) }
  }

  deinit { unsafe cores.deallocate() }

  func core(of field: Int) -> FieldParserCore {
    precondition(field >= 0 && field < parsers.count)
    return unsafe cores[field]
  }

  /// The stored integer of a text of a field; see `FieldParser.parse`.
  package func parse(_ text: LentBytes, field: Int) -> ParsedField {
    precondition(field >= 0 && field < parsers.count)
    let parsed = unsafe cores[field].parse(text)
    guard parsed.problem == .unknownCode else { return parsed }
    return parsers[field].parseRareCode(text)
  }

  package func acceptsNewCodes(_ field: Int) -> Bool { parsers[field].acceptsNewCodes }

  package func newCode(_ text: LentBytes, field: Int) -> Result<String, FieldProblem> {
    parsers[field].newCode(text)
  }
}

/// The names of a list's codes, made on first need: a list of ten thousand takes milliseconds.
final class LazyCodeNames: Sendable {
  private let list: CodeList
  private let made = Mutex<CodeNames?>(nil)

  init(_ list: CodeList) { self.list = list }

  var value: CodeNames {
    made.withLock { made in
      if let made { return made }
      let names = CodeNames(list)
      made = names
      return names
    }
  }
}
