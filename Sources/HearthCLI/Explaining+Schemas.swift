// What is wrong with a schema or a load plan, for a person: where, what, its stable code, and what
// to do.

import Hearth

/// A mistake in a schema or a load plan; nothing was made or loaded by it.
func explain(_ error: SchemaError) -> String {
  var place = error.file.isEmpty ? "the schema" : error.file
  if error.line > 0 { place += " line \(error.line)" }
  if !error.path.isEmpty { place += " at \(error.path)" }
  if !error.field.isEmpty { place += ", field \(error.field)" }
  let (what, remedy) = explanation(of: error)
  return "\(place): \(what) (\(snakeCase(error.code.rawValue))); \(remedy)"
}

private func explanation(of error: SchemaError) -> (what: String, remedy: String) {
  let detail = error.detail
  return switch error.code {
  case .notReadable:
    ("it cannot be read, \(Int32(detail).map(systemText) ?? detail)", "correct the path")
  case .notJSON:
    (
      "this is no JSON, \(detail)",
      "look before it for a comma, quote or bracket that is missing or too many"
    )
  case .duplicateKey: ("a key stands here twice, \(detail)", "keep one of them")
  case .unknownKey: ("'\(detail)' is no key that can stand here", "correct or remove it")
  case .missingKey: ("the key '\(detail)' is missing", "add it")
  case .wrongType: ("this must be of another type: \(detail)", "write it so")
  case .badValue: ("this cannot stand here: \(detail)", "write what can")
  case .noTables: ("no table is named", "name one")
  case .unknownTable:
    (
      "there is no table '\(detail)'",
      "`hearth describe` lists the tables of a registry; perhaps this is for another one"
    )
  case .unknownField:
    ("the table has no field '\(detail)'", "`hearth describe` lists the fields of a table")
  case .unknownCodeList:
    ("the schema has no code list '\(detail)'", "add it under codes, for registries made then")
  case .duplicateTable: ("table '\(detail)' stands here twice", "put its fields together")
  case .duplicateField: ("field '\(detail)' is fed twice", "keep one of its feeds")
  case .doesNotFit:
    ("this is not for such a field or table: \(detail)", "take it out, or name another one")
  case .badPattern:
    (
      "'\(detail)' is no form of days",
      "write it as dd/MM/yyyy: yyyy or yy, M or MM, d or dd, excel"
    )
  case .notAValue: ("the field has no such value, \(detail)", "write one that it has")
  case .notOneSource:
    ("the field is not fed by just one thing", "give it either column, columns or constant")
  default: ("the schema contradicts itself: \(detail)", "`Schemas/README.md` says what holds")
  }
}

/// `unknownField` as `unknown_field`; `notJSON` as `not_json`.
func snakeCase(_ name: String) -> String {
  var result = ""
  var wasUpper = false
  for letter in name {
    if letter.isUppercase, !wasUpper { result += "_" }
    wasUpper = letter.isUppercase
    result += letter.lowercased()
  }
  return result
}
