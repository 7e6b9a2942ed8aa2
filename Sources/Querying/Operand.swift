// What a condition compares: a field, or an attribute of the code in a field.

import Bytes
import Rows
import Store

/// The left side of a comparison, and how its values are read.
struct Operand {
  let field: Int
  private let declared: Field
  private let parser: FieldParser
  private let codes: FieldCodes?
  /// The position of the attribute, if one is compared.
  private let attribute: Int?

  /// Finds the field or attribute that a word names.
  init(
    _ word: QueryToken, table: Int, in snapshot: borrowing Snapshot
  ) throws(QueryError) {
    let schema = snapshot.registry.schema
    let fields = schema.tables[table]
    let parts = word.text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard let field = fields.position(of: name) else {
      throw QueryError(.unknownField, at: word.position, name: name)
    }
    self.field = field
    declared = fields.fields[field]
    parser = FieldParser(declared, in: schema)
    codes = FieldCodes(field: field, table: table, in: snapshot)
    guard parts.count == 2 else {
      attribute = nil
      return
    }
    guard let codes else { throw QueryError(.wrongType, at: word.position, name: name) }
    guard let attribute = codes.attribute(String(parts[1])) else {
      let position = word.position + name.utf8.count + 1
      throw QueryError(.unknownAttribute, at: position, name: String(parts[1]))
    }
    self.attribute = attribute
  }

  var isAbsent: Condition {
    guard attribute != nil else { return .isAbsent(field: field) }
    return .not(isPresent)
  }

  var isPresent: Condition {
    guard let attribute, let codes else { return .isPresent(field: field) }
    return .isIn(field: field, codes.ordinals(having: attribute))
  }

  /// The value is one of those that words mean.
  func isIn(_ words: [QueryToken], at verb: QueryToken) throws(QueryError) -> Condition {
    if let attribute, let codes {
      let texts = Set(words.map(\.text))
      return .isIn(field: field, codes.ordinals(attribute: attribute, in: texts))
    }
    switch declared.type {
    case .text:
      let parts = words.map { Condition.isText(field: field, Array($0.text.utf8)) }
      return parts.count == 1 ? parts[0] : .any(parts)
    case .day:
      var parts: [Condition] = []
      for word in words { parts.append(.isInRange(field: field, try daysMeant(by: word))) }
      return parts.count == 1 ? parts[0] : .any(parts)
    default:
      var values: [Int64] = []
      for word in words { values.append(try value(word)) }
      return values.count == 1 ? .equals(field: field, values[0]) : .isIn(field: field, values)
    }
  }

  /// The value lies on one side of what a word means.
  func compares(_ verb: QueryToken, _ word: QueryToken) throws(QueryError) -> Condition {
    try expectOrder(verb)
    let range = try bounds(word)
    let (least, greatest) = (Int64.min + 1, Int64.max)
    switch verb.text {
    case "<":
      guard range.lowerBound > least else { return .any([]) }
      return .isInRange(field: field, least...range.lowerBound - 1)
    case "<=": return .isInRange(field: field, least...range.upperBound)
    case ">":
      guard range.upperBound < greatest else { return .any([]) }
      return .isInRange(field: field, range.upperBound + 1...greatest)
    default: return .isInRange(field: field, range.lowerBound...greatest)
    }
  }

  func isBetween(
    _ lower: QueryToken, _ upper: QueryToken, at verb: QueryToken
  ) throws(QueryError) -> Condition {
    try expectOrder(verb)
    let (low, high) = (try bounds(lower).lowerBound, try bounds(upper).upperBound)
    return low <= high ? .isInRange(field: field, low...high) : .any([])
  }

  func begins(_ word: QueryToken, at verb: QueryToken) throws(QueryError) -> Condition {
    guard declared.type == .text, attribute == nil else { throw wrongType(verb) }
    return .hasPrefix(field: field, Array(word.text.utf8))
  }

  private func expectOrder(_ verb: QueryToken) throws(QueryError) {
    guard attribute == nil else { throw wrongType(verb) }
    switch declared.type {
    case .text, .code, .flag: throw wrongType(verb)
    case .digits, .day, .integer, .decimal: break
    }
  }

  private func wrongType(_ verb: QueryToken) -> QueryError {
    QueryError(.wrongType, at: verb.position, name: declared.name)
  }

  private func bounds(_ word: QueryToken) throws(QueryError) -> ClosedRange<Int64> {
    if declared.type == .day { return try dayRange(word) }
    let value = try value(word)
    return value...value
  }

  private func value(_ word: QueryToken) throws(QueryError) -> Int64 {
    if let codes {
      guard let ordinal = codes.ordinal(of: word.text) else {
        throw QueryError(.unknownCode, at: word.position, name: word.text)
      }
      return Int64(ordinal)
    }
    return try parsed(word)
  }

  private func parsed(_ word: QueryToken) throws(QueryError) -> Int64 {
    let parsed = Array(word.text.utf8).lend { parser.parse($0) }
    if let problem = parsed.problem {
      throw QueryError(.badValue(problem), at: word.position, name: declared.name)
    }
    guard parsed.value != .min else {
      throw QueryError(.unexpectedText, at: word.position, name: word.text)
    }
    return parsed.value
  }

  /// A whole day alone, or everything stored that begins inside a month or year.
  private func daysMeant(by word: QueryToken) throws(QueryError) -> ClosedRange<Int64> {
    let range = try dayRange(word)
    let isWholeDay = range.upperBound - range.lowerBound == 3
    return isWholeDay ? range.lowerBound...range.lowerBound : range
  }

  /// Everything stored that begins inside a day, month or year.
  private func dayRange(_ word: QueryToken) throws(QueryError) -> ClosedRange<Int64> {
    guard let day = Day(physical: try parsed(word)) else {
      throw QueryError(.badValue(.notADay), at: word.position, name: declared.name)
    }
    let first = Int64(day.daysSince1970) * 4
    return first...Int64(day.last.daysSince1970) * 4 + 3
  }
}
