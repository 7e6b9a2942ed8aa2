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
    /// The file is not written in the declared encoding, which is UTF-8 unless another is declared,
    /// but in this one; nil is one that is not read.
    case otherEncoding(DelimitedFormat.Encoding?)
    /// The file is declared to be UTF-16 and does not say which byte of a pair comes first.
    case byteOrderUnknown
    /// The file ends inside a character of the declared encoding.
    case endsInsideCharacter(DelimitedFormat.Encoding)
    /// The header may be read with two delimiters, and nothing speaks for one of them.
    case delimiterUnclear
    /// The declared line of the header is not among the first 256 KiB.
    case headerLineMissing
    /// A quote that opened here is not closed before the end of the file.
    case quoteNeverClosed
    /// A record is longer than the limit. Most often a quote is lost.
    case recordTooLong
    /// In the header, a closing quote is followed by text.
    case headerMalformed
    /// No column has a name.
    case nameMissing
    /// A column has the name of an earlier one, and a field of the table has it, too.
    case nameRepeated
    /// The declared names are more or fewer than the columns of the header.
    case namesDoNotFit
    /// The header is another than that of the first file of the table.
    case headerDiffers
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
