// The header of delimited text: the names of its columns.

import Bytes
import Rows

/// The names of the columns, in their order.
struct DelimitedHeader: Equatable, Sendable {
  /// No name is empty and no two are equal.
  let names: [String]
  /// The physical line on which the header begins.
  let line: Int
  private let positions: [String: Int]

  /// Reads the header from a piece that holds nothing else.
  init(
    _ piece: DelimitedPiece, dialect: DelimitedDialect, limits: DelimitedLimits
  ) throws(DelimitedError) {
    line = piece.firstLine
    func failure(_ code: DelimitedError.Code, column: Int = 0) -> DelimitedError {
      DelimitedError(
        code, line: piece.firstLine, byteOffset: piece.byteOffset, column: column)
    }
    let columnCount = Self.columnCount(piece, dialect: dialect)
    guard columnCount <= limits.columnCountMax else { throw failure(.tooManyColumns) }

    var records = RecordSplitter(fieldCountMax: columnCount, delimiter: dialect.delimiter)
    records.begin(piece)
    _ = records.next()
    if records.isMalformed {
      throw failure(
        Self.hasLoneCarriageReturn(piece.bytes) ? .carriageReturnLines : .headerMalformed)
    }
    var names: [String] = []
    var positions: [String: Int] = [:]
    for field in 0..<columnCount {
      let bytes = records.text(ofField: field)
      if !records.places[field].isQuoted, Self.hasLoneCarriageReturn(bytes) {
        throw failure(.carriageReturnLines)
      }
      guard let name = unsafe String(validating: bytes.buffer, as: UTF8.self) else {
        throw failure(.nameNotText, column: field + 1)
      }
      if name.isEmpty { throw failure(.nameMissing, column: field + 1) }
      guard positions.updateValue(field, forKey: name) == nil else {
        throw failure(.nameRepeated, column: field + 1)
      }
      names.append(name)
    }
    self.names = names
    self.positions = positions
  }

  /// The position of a column, the first being 0.
  func position(of name: String) -> Int? { positions[name] }

  private static func columnCount(_ piece: DelimitedPiece, dialect: DelimitedDialect) -> Int {
    var records = RecordSplitter(fieldCountMax: 0, delimiter: dialect.delimiter)
    records.begin(piece)
    _ = records.next()
    return records.fieldCount
  }

  private static func hasLoneCarriageReturn(_ bytes: LentBytes) -> Bool {
    for index in 0..<bytes.count where bytes[index] == .carriageReturn {
      if index + 1 == bytes.count || bytes[index + 1] != .lineFeed { return true }
    }
    return false
  }
}
