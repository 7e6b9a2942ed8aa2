// `hearth verify`: checks every promise of a registry's file.

import ArgumentParser
import Foundation
import Hearth

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check every promise of a registry's file.",
    discussion: """
      Writes one line for each broken promise: where, and what is not so. Exits with 1 when there \
      is any, or when the registry cannot be opened.
      """)

  @Argument(help: "The registry.", completion: .file())
  var file: String
  @Flag(help: "Write JSON.")
  var json = false
  @Option(help: "Workers; all processors by default.")
  var jobs: Int?

  func validate() throws {
    guard jobs.map({ $0 > 0 }) ?? true else { throw ValidationError("--jobs must be at least 1.") }
  }

  func run() throws {
    try explaining {
      let start = ContinuousClock.now
      let line = StatusLine()
      let report = try Database.verify(at: file, jobs: jobs) { progress in
        line.show("\(progress.done) of \(progress.total) parts")
      }
      line.end()
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      if json { try show(asJSON: report, seconds) } else { show(report, seconds) }
      if !report.isSound { throw ExitCode(1) }
    }
  }

  private func show(_ report: VerificationReport, _ seconds: Double) {
    for finding in report.findings {
      let offset = finding.offset > 0 ? ", offset \(finding.offset)" : ""
      print(
        "\(finding.place): \(finding.promise.explanation) "
          + "(\(finding.promise.rawValue), \(finding.structure.rawValue)\(offset))")
    }
    for skipped in report.skipped { print("not examined: \(skipped)") }
    if report.leftovers > 0 {
      print(
        "\(counted(report.leftovers, "value")) of a load that did not end; the next load removes "
          + "what it left")
    }
    for table in report.tables {
      print(
        "\(table.name): \(table.rows) rows in \(table.segments) segments, "
          + "\(table.columns) columns, \(table.entries) index entries")
    }
    let verdict = report.isSound ? "sound" : counted(report.findings.count, "broken promise")
    print(
      "\(verdict): \(report.pages) pages, \(report.words) words, \(report.bytes) bytes in "
        + "\(rounded(seconds)) s")
  }

  private func show(asJSON report: VerificationReport, _ seconds: Double) throws {
    let all: [String: Any] = [
      "sound": report.isSound, "pages": report.pages, "leftovers": report.leftovers,
      "words": report.words,
      "bytes": report.bytes, "seconds": seconds, "skipped": report.skipped,
      "tables": report.tables.map {
        [
          "name": $0.name, "rows": $0.rows, "segments": $0.segments, "columns": $0.columns,
          "entries": $0.entries,
        ] as [String: Any]
      },
      "findings": report.findings.map {
        [
          "place": $0.place, "promise": $0.promise.rawValue, "offset": $0.offset,
          "structure": $0.structure.rawValue, "explanation": $0.promise.explanation,
        ] as [String: Any]
      },
    ]
    print(try jsonText(all))
  }
}

/// An object of JSON as people read it.
func jsonText(_ value: Any) throws -> String {
  let data = try JSONSerialization.data(
    withJSONObject: value, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
  return String(decoding: data, as: UTF8.self)
}

/// One line on a terminal that changes while something is done; nothing elsewhere.
final class StatusLine {
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var isShown = false

  func show(_ text: String) {
    guard isTerminal else { return }
    isShown = true
    put("\r\u{1B}[K" + text)
  }

  func end() {
    if isShown { put("\r\u{1B}[K") }
  }

  private func put(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
