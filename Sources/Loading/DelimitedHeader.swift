// The header of delimited text: the names of its columns.

import Bytes
import Rows

/// The names of the columns, in their order.
struct DelimitedHeader: Equatable, Sendable {
  /// A column without a name is named by its position, `#3`; so are several of one name.
  ///
  /// No two are equal.
  let names: [String]
  /// The physical line on which the header begins; 0 when the names were declared.
  let line: Int

  /// The header of no file.
  static let none = DelimitedHeader()

  private init() { (names, line) = ([], 0) }

  /// Takes names that were declared.
  init(declared names: [String]) throws(DelimitedError) {
    self.names = try Self.named(names) { _ in
      true
    } failure: {
      DelimitedError($0, column: $1)
    }
    line = 0
  }

  /// Reads the header from a piece that holds nothing else; `knows` says whether a table has a
  /// field of a name.
  init(
    _ piece: DelimitedPiece, limits: DelimitedLimits, knows: (String) -> Bool
  ) throws(DelimitedError) {
    line = piece.firstLine
    func failure(_ code: DelimitedError.Code, column: Int = 0) -> DelimitedError {
      DelimitedError(
        code, line: piece.firstLine, byteOffset: piece.byteOffset, column: column)
    }
    // Whether the last column is none is seen below.
    var dialect = piece.dialect
    dialect.endsInDelimiter = false
    var records = RecordSplitter(fieldCountMax: limits.columnCountMax)
    records.begin(piece, at: 0, dialect: dialect)
    _ = records.next()
    guard records.fieldCount <= limits.columnCountMax else { throw failure(.tooManyColumns) }
    if records.isMalformed { throw failure(.headerMalformed) }
    var names: [String] = []
    for field in 0..<records.fieldCount {
      let bytes = records.text(ofField: field)
      guard let name = unsafe String(validating: bytes.buffer, as: UTF8.self) else {
        throw failure(.nameNotText, column: field + 1)
      }
      names.append(name)
    }
    if piece.dialect.endsInDelimiter, names.count > 1, names.last == "" { names.removeLast() }
    self.names = try Self.named(names, knows: knows, failure: failure)
  }

  /// The first column, from 1, that is named otherwise than in another header.
  func firstDifference(from other: DelimitedHeader) -> Int? {
    guard names != other.names else { return nil }
    let sameCount = zip(names, other.names).prefix { $0 == $1 }.count
    return sameCount + 1
  }

  private static func named(
    _ names: [String], knows: (String) -> Bool,
    failure: (DelimitedError.Code, Int) -> DelimitedError
  ) throws(DelimitedError) -> [String] {
    if names.allSatisfy(\.isEmpty) { throw failure(.nameMissing, 1) }
    var counts: [String: Int] = [:]
    for (column, name) in names.enumerated() where !name.isEmpty {
      counts[name, default: 0] += 1
      if counts[name, default: 0] > 1, knows(name) { throw failure(.nameRepeated, column + 1) }
    }
    return names.enumerated().map { column, name in
      counts[name] == 1 ? name : "#\(column + 1)"
    }
  }
}
