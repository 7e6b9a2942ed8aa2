// Reads conditions as people write them:
//
//   sex = F and birth_date < 1946-01-01 and (commune.province = 01 or ethnicity in (02, 03))
//   phone is absent, not (poverty = 0), full_name begins 'Nguyễn', member_count between 3 and 5
//
//   condition   and-part { "or" and-part }
//   and-part    single { "and" single }
//   single      "not" single | "(" condition ")" | name comparison
//   comparison  ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value | "in" "(" value { "," value } ")"
//               | "between" value "and" value | "begins" value | "is" [ "not" ] "absent"
//               | "is" [ "not" ] "present"
//   name        field | field "." attribute
//
// A value that is a keyword, or has a space or sign in it, is quoted. `!=` holds only of values
// that are there.
//
// Days: a day known to the month or the year is stored with the first day that it can be, and is
// compared by it. `=` and `in` with a whole day mean that day where it is known; with a year or
// month every day in it, however well known. `< 1946` is before 1946-01-01, `<= 1946` up to the
// last day of 1946, `> 1946` after that, and `>= 1946` from 1946-01-01 on.

import Bytes
import Rows
package import Store

extension Condition {
  /// Reads a condition on rows of a table.
  ///
  /// Throws a mistake with its place in the text.
  package init(
    _ text: String, table: Int, in snapshot: borrowing Snapshot
  ) throws(QueryError) {
    var parser = ConditionParser(tokens: try queryTokens(text), table: table)
    if parser.next.kind == .end {
      self = .everything
      return
    }
    self = try parser.condition(in: snapshot)
    guard parser.next.kind == .end else { throw parser.unexpected() }
  }
}

/// Reads one condition from its pieces.
struct ConditionParser {
  private let tokens: [QueryToken]
  private var index = 0
  private var depth = 0
  private let table: Int

  /// Deeper conditions are refused, so that none overflows the stack.
  static let depthMax = 100

  init(tokens: [QueryToken], table: Int) {
    self.tokens = tokens
    self.table = table
  }

  var next: QueryToken { tokens[index] }

  private mutating func take() -> QueryToken {
    defer { if index + 1 < tokens.count { index += 1 } }
    return tokens[index]
  }

  private mutating func takeKeyword(_ word: String) -> Bool {
    guard next.isKeyword(word) else { return false }
    _ = take()
    return true
  }

  private mutating func expectSign(_ sign: String) throws(QueryError) {
    guard next.isSign(sign) else { throw unexpected() }
    _ = take()
  }

  func unexpected() -> QueryError {
    QueryError(.unexpectedText, at: next.position, name: next.text)
  }

  mutating func condition(in snapshot: borrowing Snapshot) throws(QueryError) -> Condition {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthMax else { throw QueryError(.tooDeep, at: next.position) }
    var parts = [try conjunction(in: snapshot)]
    while takeKeyword("or") { parts.append(try conjunction(in: snapshot)) }
    return parts.count == 1 ? parts[0] : .any(parts)
  }

  private mutating func conjunction(
    in snapshot: borrowing Snapshot
  ) throws(QueryError) -> Condition {
    var parts = [try single(in: snapshot)]
    while takeKeyword("and") { parts.append(try single(in: snapshot)) }
    return parts.count == 1 ? parts[0] : .all(parts)
  }

  private mutating func single(in snapshot: borrowing Snapshot) throws(QueryError) -> Condition {
    if takeKeyword("not") {
      depth += 1
      defer { depth -= 1 }
      guard depth <= Self.depthMax else { throw QueryError(.tooDeep, at: next.position) }
      return .not(try single(in: snapshot))
    }
    if next.isSign("(") {
      _ = take()
      let inner = try condition(in: snapshot)
      try expectSign(")")
      return inner
    }
    guard next.kind == .word else { throw unexpected() }
    let operand = try Operand(take(), table: table, in: snapshot)
    return try comparison(operand)
  }

  private mutating func comparison(_ operand: Operand) throws(QueryError) -> Condition {
    let verb = take()
    if verb.kind == .sign {
      switch verb.text {
      case "=": return try operand.isIn([value()], at: verb)
      case "!=":
        let equal = try operand.isIn([value()], at: verb)
        return .all([operand.isPresent, .not(equal)])
      case "<", "<=", ">", ">=": return try operand.compares(verb, try value())
      default: break
      }
    } else if verb.isKeyword("in") {
      return try operand.isIn(try values(), at: verb)
    } else if verb.isKeyword("between") {
      let lower = try value()
      guard takeKeyword("and") else { throw unexpected() }
      return try operand.isBetween(lower, try value(), at: verb)
    } else if verb.isKeyword("begins") {
      return try operand.begins(try value(), at: verb)
    } else if verb.isKeyword("is") {
      let isNegated = takeKeyword("not")
      if takeKeyword("absent") { return isNegated ? operand.isPresent : operand.isAbsent }
      if takeKeyword("present") { return isNegated ? operand.isAbsent : operand.isPresent }
      throw unexpected()
    }
    throw QueryError(.unexpectedText, at: verb.position, name: verb.text)
  }

  private mutating func value() throws(QueryError) -> QueryToken {
    guard next.kind == .word || next.kind == .quoted else { throw unexpected() }
    return take()
  }

  private mutating func values() throws(QueryError) -> [QueryToken] {
    try expectSign("(")
    var values = [try value()]
    while next.isSign(",") {
      _ = take()
      values.append(try value())
    }
    try expectSign(")")
    return values
  }
}
