// How a file was found to be written, and on which evidence.

/// How a file of delimited text is read: what was declared of it, and what was recognised in its
/// first 256 KiB.
public struct RecognisedFormat: Codable, Equatable, Sendable {
  /// What stands between two fields: `comma`, `tab`, `semicolon` or `pipe`.
  public var delimiter = DelimitedFormat.Delimiter.comma.rawValue
  /// Whether the delimiter was declared.
  public var delimiterIsDeclared = false
  /// How a quote in quotes is written: `doubled` or `escaped`.
  public var quotes = DelimitedFormat.Quotes.doubled.rawValue
  /// Whether that was declared.
  public var quotesAreDeclared = false
  /// How characters are written.
  public var encoding = DelimitedFormat.Encoding.utf8.rawValue
  /// Columns of the header.
  public var columnCount = 0
  /// Columns whose names are fields of the table.
  public var knownColumnCount = 0
  /// The physical line on which the header begins, the first being 1; 0 without a header.
  public var headerLine = 0
  /// Lines before the header that are not blank and were passed over.
  public var passedLineCount = 0
  /// Whether the line of the header was declared.
  public var headerLineIsDeclared = false
  /// Records after the header that were looked at, 100 at most.
  public var sampledCount = 0
  /// Those of them that have as many fields as there are columns.
  public var agreeingCount = 0
  /// Those of them that would be malformed if quotes were doubled.
  public var malformedIfDoubledCount = 0
  /// Whether a delimiter ends each line, so that the empty column behind it is none.
  public var endsInDelimiter = false

  private enum CodingKeys: String, CodingKey {
    case delimiter, quotes, encoding
    case delimiterIsDeclared = "delimiter_is_declared"
    case quotesAreDeclared = "quotes_are_declared"
    case columnCount = "columns"
    case knownColumnCount = "known_columns"
    case headerLine = "header_line"
    case passedLineCount = "passed_lines"
    case headerLineIsDeclared = "header_line_is_declared"
    case sampledCount = "sampled"
    case agreeingCount = "agreeing"
    case malformedIfDoubledCount = "malformed_if_doubled"
    case endsInDelimiter = "ends_in_delimiter"
  }
}
