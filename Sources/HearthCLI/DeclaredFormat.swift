// What a caller of `hearth load` declares of the way files are written, and what was recognised.

import ArgumentParser
import Hearth

/// The options that declare how the files of a call are written.
struct DeclaredFormat: ParsableArguments {
  @Option(
    help: "What stands between fields: comma, tab, semicolon or pipe; recognised by default.",
    transform: { try chosen(DelimitedFormat.Delimiter($0), $0, "comma, tab, semicolon or pipe") })
  var delimiter: DelimitedFormat.Delimiter?

  @Option(
    help: "How a quote in quotes is written: doubled, or escaped by a backslash.",
    transform: { try chosen(DelimitedFormat.Quotes(rawValue: $0), $0, "doubled or escaped") })
  var quotes: DelimitedFormat.Quotes?

  @Option(
    help: ArgumentHelp(
      "The encoding: utf-8 (the default), utf-16, utf-16le, utf-16be, latin-1, windows-1252, "
        + "windows-1258 or tcvn3."),
    transform: {
      try chosen(
        DelimitedFormat.Encoding(rawValue: $0.lowercased()), $0,
        DelimitedFormat.Encoding.allCases.map(\.rawValue).joined(separator: ", "))
    })
  var encoding: DelimitedFormat.Encoding?

  @Option(
    help: ArgumentHelp(
      "The line of the header, the first being 1; 0 for a file without one. By default the line "
        + "that names most fields of the table."))
  var headerLine: Int?

  @Option(
    help: ArgumentHelp(
      "The names of all columns, in place of those of the header; without --header-line the file "
        + "has none.", valueName: "name,name"))
  var columns: String?

  func validate() throws {
    guard headerLine.map({ $0 >= 0 }) ?? true else {
      throw ValidationError("--header-line is 0 or the number of a line.")
    }
    if headerLine == 0, columns == nil {
      throw ValidationError("A file without a header needs --columns.")
    }
  }

  var format: DelimitedFormat {
    var format = DelimitedFormat()
    format.delimiter = delimiter
    format.quotes = quotes
    format.encoding = encoding
    format.headerLine = headerLine
    format.names = columns.map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    return format
  }
}

/// What a text names, or the complaint that it names none of the choices.
func chosen<Value>(_ value: Value?, _ text: String, _ choices: String) throws -> Value {
  guard let value else { throw ValidationError("'\(text)' is not one of \(choices).") }
  return value
}

/// What was recognised of a file and not declared, with the evidence; a line each.
func recognised(_ file: LoadReport.File) -> [String] {
  let format = file.format
  var lines: [String] = []
  if format.passedLineCount > 0, !format.headerLineIsDeclared {
    lines.append(
      "header recognised on line \(format.headerLine): \(format.knownColumnCount) of its "
        + "\(format.columnCount) names are fields of \(file.table); lines before it are passed over"
    )
  }
  if !format.delimiterIsDeclared {
    let evidence =
      format.sampledCount > 0
      ? "\(format.agreeingCount) of \(format.sampledCount) lines have \(format.columnCount) fields"
      : "the header has \(format.columnCount) names, \(format.knownColumnCount) of them fields of "
        + file.table
    lines.append(
      format.columnCount > 1
        ? "delimiter '\(sign(format.delimiter))' recognised: \(evidence)"
        : "no delimiter recognised: the header has one name")
  }
  if format.quotes == DelimitedFormat.Quotes.escaped.rawValue, !format.quotesAreDeclared {
    lines.append(
      "quotes escaped by a backslash recognised: \(format.malformedIfDoubledCount) of "
        + "\(format.sampledCount) lines are malformed if they are doubled, none if they are escaped"
    )
  }
  if format.endsInDelimiter {
    lines.append(
      "no column behind the last delimiter: it ends \(format.sampledCount) of "
        + "\(format.sampledCount) lines")
  }
  let name = file.path == "-" ? "the standard input" : file.path
  return lines.map { "\(name): \($0)" }
}

private func sign(_ delimiter: String) -> String {
  switch DelimitedFormat.Delimiter(rawValue: delimiter) {
  case .tab: "tab"
  case let delimiter?: String(decoding: [delimiter.byte], as: UTF8.self)
  case nil: delimiter
  }
}
