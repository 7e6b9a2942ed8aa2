// Why the text of a field is not a value: a stable code and what to do about it, never the text.

/// Why the text of a field is not a value.
public enum FieldProblem: UInt8, CaseIterable, Error, Equatable, Sendable {
  /// A required field is empty or has no column.
  case requiredIsAbsent = 1
  case notDigits
  case wrongLength
  case notANumber
  case tooManyDecimals
  case outOfRange
  case notADay
  case impossibleDay
  case unknownCode
  case badNewCode
  case notAFlag
  case notUTF8
  case controlCharacter
  case tooLong

  /// The stable name of the problem, for reports and programs.
  public var code: String {
    switch self {
    case .requiredIsAbsent: "required_is_absent"
    case .notDigits: "not_digits"
    case .wrongLength: "wrong_length"
    case .notANumber: "not_a_number"
    case .tooManyDecimals: "too_many_decimals"
    case .outOfRange: "out_of_range"
    case .notADay: "not_a_day"
    case .impossibleDay: "impossible_day"
    case .unknownCode: "unknown_code"
    case .badNewCode: "bad_new_code"
    case .notAFlag: "not_a_flag"
    case .notUTF8: "not_utf8"
    case .controlCharacter: "control_character"
    case .tooLong: "too_long"
    }
  }

  /// What a person can do about the problem.
  public var remedy: String {
    switch self {
    case .requiredIsAbsent: "Fill the field in; a row is not kept without it."
    case .notDigits:
      "Write the digits 0 to 9 alone; a spreadsheet may have added a point, a space or an exponent."
    case .wrongLength:
      "Write every digit; a spreadsheet may have dropped zeros at the beginning."
    case .notANumber: "Write a plain number, such as -12 or 12.5, without an exponent or grouping."
    case .tooManyDecimals: "Round the number to the decimals that the field keeps."
    case .outOfRange: "Check the unit; the number is larger than the field can hold."
    case .notADay:
      "Write the day as 2001-12-31, or as 2001-12 or 2001 when that is all that is known."
    case .impossibleDay: "Check the day; the calendar has none like it."
    case .unknownCode: "Use a code or a name from the field's code list."
    case .badNewCode: "Use a code of at most 63 bytes, in UTF-8 and without control characters."
    case .notAFlag: "Write 1 or true for yes, 0 or false for no."
    case .notUTF8: "Convert the file to UTF-8."
    case .controlCharacter: "Remove control characters other than tabs and line ends from the text."
    case .tooLong: "Shorten the text to 1,048,576 bytes; perhaps a quote is not closed."
    }
  }
}
