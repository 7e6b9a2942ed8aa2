// Why an input file cannot be read, for a person: where, what, its stable code, and what to do.

import Hearth

/// What is wrong with a file, where, and what can be done.
func explain(_ error: DelimitedError, path: String) -> String {
  var place = path == "-" ? "the standard input" : path
  if error.line > 0 { place += " line \(error.line)" }
  if error.column > 0 { place += " column \(error.column)" }
  if error.byteOffset > 0 { place += " offset \(error.byteOffset)" }
  let (code, what, remedy) = explanation(of: error.code)
  return "\(place): \(what) (\(code)); \(remedy)"
}

private func explanation(
  of code: DelimitedError.Code
) -> (code: String, what: String, remedy: String) {
  switch code {
  case .input(let error): explanation(of: error)
  case .empty:
    ("empty", "the file is empty, it has no header", "ask for the file again")
  case .otherEncoding(let encoding): explanation(ofOtherEncoding: encoding)
  case .byteOrderUnknown:
    (
      "byte_order_unknown", "no byte order mark says which byte of a pair comes first",
      "declare --encoding utf-16le or --encoding utf-16be"
    )
  case .endsInsideCharacter(let encoding):
    (
      "ends_inside_character", "the file ends inside a character of \(encoding.rawValue)",
      "ask for the file again, it is cut or of another encoding"
    )
  case .delimiterUnclear:
    (
      "delimiter_unclear", "the header may be read with two delimiters",
      "declare --delimiter comma, tab, semicolon or pipe"
    )
  case .headerLineMissing:
    (
      "header_line_missing", "the first 256 KiB do not reach this line",
      "correct --header-line"
    )
  case .quoteNeverClosed:
    (
      "quote_never_closed", "a quote that opens here is not closed before the end of the file",
      "close it or double it; if a backslash stands before quotes, declare --quotes escaped"
    )
  case .recordTooLong:
    (
      "record_too_long", "a record is longer than 64 MiB",
      "look for a lost quote where it begins"
    )
  case .headerMalformed:
    (
      "header_malformed", "text follows a closing quote in the header",
      "double each quote inside quotes, or declare --quotes escaped"
    )
  case .nameMissing, .nameRepeated, .namesDoNotFit, .headerDiffers, .nameNotText,
    .tooManyColumns:
    explanation(ofNames: code)
  }
}

private func explanation(
  ofNames code: DelimitedError.Code
) -> (code: String, what: String, remedy: String) {
  let declare = "correct the header, or declare --columns with the name of each column"
  return switch code {
  case .nameRepeated:
    ("name_repeated", "an earlier column has the same name, which a field has, too", declare)
  case .namesDoNotFit:
    (
      "names_do_not_fit", "the header has more or fewer columns than --columns has names",
      "name each column once"
    )
  case .headerDiffers:
    (
      "header_differs", "its header differs here from that of the first file of the table",
      "load files with other columns in another load"
    )
  case .nameNotText:
    (
      "name_not_text", "the name of a column is not UTF-8",
      "declare the encoding, such as --encoding windows-1258, latin-1 or tcvn3"
    )
  case .tooManyColumns:
    (
      "too_many_columns", "the header has more than 65,535 columns",
      "declare another delimiter, or split the file"
    )
  default: ("name_missing", "no column has a name", declare)
  }
}

private func explanation(
  ofOtherEncoding encoding: DelimitedFormat.Encoding?
) -> (code: String, what: String, remedy: String) {
  guard let encoding else {
    return ("other_encoding", "the file is UTF-32", "convert it to UTF-8")
  }
  return (
    "other_encoding", "the file is \(encoding.rawValue), not the encoding that it is read in",
    "declare --encoding \(encoding.rawValue), or convert it to UTF-8"
  )
}

private func explanation(
  of error: InputError
) -> (code: String, what: String, remedy: String) {
  let again = "ask for the file again, or pack it anew"
  let place = "at byte \(error.byteOffset) of the file"
  return switch error.code {
  case .notFound: ("not_found", "there is no such file", "correct the path")
  case .isDirectory: ("is_directory", "this is a folder", "give the path of a file in it")
  case .permissionDenied:
    ("permission_denied", "this user may not read it", "give the right to, or ask as its owner")
  case .systemFailed(let number):
    (
      "system_failed", "reading stopped \(place), system error \(number)",
      "look at the disk or the program that writes to the pipe"
    )
  case .changedWhileRead:
    (
      "changed_while_read", "the file grew or shrank while it was read",
      "load it when its writer has ended"
    )
  case .compressedTruncated:
    ("compressed_truncated", "the compressed file ends early, \(place)", again)
  case .compressedDamaged: ("compressed_damaged", "compressed bytes are damaged \(place)", again)
  case .compressedChecksumMismatch:
    (
      "compressed_checksum_mismatch",
      "what was decompressed is not what was compressed, \(place)", again
    )
  case .compressedTrailingGarbage:
    ("compressed_trailing_garbage", "bytes that belong to nothing follow, \(place)", again)
  case .compressedNeedsTooMuchMemory:
    (
      "compressed_needs_too_much_memory", "decompressing needs more than 128 MiB",
      "pack it anew with a smaller window"
    )
  }
}
