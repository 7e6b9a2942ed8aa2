// Why delimited text cannot be read as a whole, with the line and offset of the cause.

/// Delimited text that cannot be read to its end: why, and where.
///
/// A single bad record is none of these; it is refused and its neighbours are read.
public struct DelimitedError: Error, Equatable, Sendable {
  /// The ways in which reading fails.
  public enum Code: Equatable, Sendable {
    /// The file cannot be read.
    case input(InputError)
    /// The file holds no line, so it has no header.
    case empty
    /// The file begins with the byte order mark of UTF-16 or UTF-32.
    case notUTF8
    /// The lines end in carriage returns alone.
    case carriageReturnLines
    /// A quote that opened here is not closed before the end of the file.
    case quoteNeverClosed
    /// A record is longer than the limit. Most often a quote is lost.
    case recordTooLong
    /// In the header, a closing quote is followed by text.
    case headerMalformed
    /// A column has no name.
    case nameMissing
    /// A column has the name of an earlier one.
    case nameRepeated
    /// A column's name is not UTF-8.
    case nameNotText
    /// The header has more columns than the limit.
    case tooManyColumns
  }

  /// What went wrong.
  public var code: Code
  /// The physical line, the first being 1; 0 when the failure has no line.
  public var line: Int
  /// The offset in the decompressed bytes.
  public var byteOffset: Int
  /// The column of the header, the first being 1; 0 when the failure has no column.
  public var column: Int

  /// Names a failure.
  public init(_ code: Code, line: Int = 0, byteOffset: Int = 0, column: Int = 0) {
    self.code = code
    self.line = line
    self.byteOffset = byteOffset
    self.column = column
  }
}
