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
  /// A number as 1.09E+11: its last digits are lost for good.
  case exponentNotation
  /// A number of one or two digits too few, all of them digits.
  case leadingZerosLost
  /// A whole number with a point and zeros behind it.
  case trailingPointZero
  /// A day whose year has two digits.
  case twoDigitYear
  /// A day as a spreadsheet's count of days.
  case spreadsheetDay
  /// A text with a letter that only looks like Đ.
  case lookAlikeLetter

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
    case .exponentNotation: "exponent_notation"
    case .leadingZerosLost: "leading_zeros_lost"
    case .trailingPointZero: "trailing_point_zero"
    case .twoDigitYear: "two_digit_year"
    case .spreadsheetDay: "spreadsheet_day"
    case .lookAlikeLetter: "look_alike_letter"
    }
  }

  /// What a person can do about the problem.
  public var remedy: String {
    switch self {
    case .requiredIsAbsent: "Fill the field in; a row is not kept without it."
    case .notDigits:
      "Write the digits 0 to 9 alone, without spaces, points or letters."
    case .wrongLength: "Write as many digits as the number has."
    case .notANumber: "Write a plain number, such as -12 or 12.5, without an exponent or grouping."
    case .tooManyDecimals: "Round the number to the decimals that the field keeps."
    case .outOfRange: "Check the unit; the number is larger than the field can hold."
    case .notADay:
      "Write the day as 2001-12-31, 2001-12 or 2001, or in a form that the load plan names."
    case .impossibleDay: "Check the day; the calendar has none like it."
    case .unknownCode: "Use a code or a name from the field's code list."
    case .badNewCode: "Use a code of at most 63 bytes, in UTF-8 and without control characters."
    case .notAFlag: "Write 1 or true for yes, 0 or false for no."
    case .notUTF8: "Convert the file to UTF-8, or declare its encoding."
    case .controlCharacter: "Remove control characters other than tabs and line ends from the text."
    case .tooLong: "Shorten the text to 1,048,576 bytes; perhaps a quote is not closed."
    case .exponentNotation:
      "Export the column as text from where it was first written; the last digits are lost here."
    case .leadingZerosLost:
      "Write every digit, or let a load plan repair leading_zeros; a spreadsheet drops them."
    case .trailingPointZero:
      "Write the digits alone, or let a load plan repair trailing_point_zero."
    case .twoDigitYear: "Write the year with four digits, or give a load plan its form and pivot."
    case .spreadsheetDay: "Write the day as a day, or name the form excel in a load plan."
    case .lookAlikeLetter:
      "Write Đ as U+0110, or let a load plan repair look_alike_d; this letter only looks like it."
    }
  }
}
