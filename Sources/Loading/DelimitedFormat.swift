// How a file of delimited text is written: what its user declares of it.

/// What is declared of the way a file of delimited text is written.
///
/// What is nil is recognised in the first bytes of the file, where that can be done with evidence,
/// and the report of the load says what was recognised and on which evidence.
public struct DelimitedFormat: Equatable, Sendable {
  /// What stands between two fields.
  public enum Delimiter: String, CaseIterable, Sendable {
    /// `,`
    case comma
    /// The tabulator.
    case tab
    /// `;`
    case semicolon
    /// `|`
    case pipe
  }

  /// How a quote inside a quoted field is written.
  public enum Quotes: String, CaseIterable, Sendable {
    /// Two quotes stand for one.
    case doubled
    /// A backslash stands before a quote and before a backslash.
    case escaped
  }

  /// How the characters are written as bytes.
  public enum Encoding: String, CaseIterable, Sendable {
    /// UTF-8, with or without a byte order mark.
    case utf8 = "utf-8"
    /// UTF-16 with a byte order mark, or little-endian without one.
    case utf16 = "utf-16"
    /// UTF-16, the low byte first.
    case utf16LittleEndian = "utf-16le"
    /// UTF-16, the high byte first.
    case utf16BigEndian = "utf-16be"
    /// ISO 8859-1.
    case latin1 = "latin-1"
    /// Windows code page 1252, of western Europe.
    case windows1252 = "windows-1252"
    /// Windows code page 1258, of Vietnam.
    case windows1258 = "windows-1258"
    /// TCVN 5712 (TCVN3, "ABC"), of Vietnam before Unicode.
    case tcvn3
  }

  /// What stands between two fields.
  public var delimiter: Delimiter?
  /// How a quote inside a quoted field is written.
  public var quotes: Quotes?
  /// How the characters are written; nil is UTF-8, and a file that is surely not is refused.
  public var encoding: Encoding?
  /// The physical line on which the header begins, the first being 1; 0 when there is no header.
  ///
  /// Nil is the first line that is not blank, or the later one that names more of the table's
  /// fields; with `names` it is 0.
  public var headerLine: Int?
  /// The names of the columns, in place of those of the header.
  public var names: [String]?

  /// A format of which nothing is declared.
  public init() {}
}

extension DelimitedFormat.Delimiter {
  /// The byte itself.
  public var byte: UInt8 {
    switch self {
    case .comma: 0x2c
    case .tab: 0x09
    case .semicolon: 0x3b
    case .pipe: 0x7c
    }
  }

  /// The delimiter that a person or a plan names: by its name or as it is.
  public init?(_ text: String) {
    let found = Self.allCases.first {
      $0.rawValue == text || Array(text.utf8) == [$0.byte]
    }
    guard let found = found ?? (text == "\\t" ? .tab : nil) else { return nil }
    self = found
  }
}
