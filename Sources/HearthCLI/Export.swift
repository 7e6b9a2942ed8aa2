// `hearth export`: writes rows of a table as comma-separated text or as JSON.

import ArgumentParser
import Foundation
import Hearth

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write rows of a table as comma-separated text, as `load` reads it, or as JSON.",
    discussion: """
      Conditions are those of `count`. Rows are in stored order. Of csv the first line names the \
      fields, and an absent value is empty. Of ndjson each line is an object; values are strings \
      as in csv, so that no tool rounds a number or drops a zero, only flags are true or false, \
      and absent values are left out. A tree is the same with the rows that belong to each row in \
      it: households with their persons, and those with their cards and numbers.

      An output file appears under its name once it is whole, and is compressed if the name ends \
      in .gz or .zst.
      """)

  @Argument(help: "The registry.", completion: .file())
  var file: String
  @Argument(help: "The table.")
  var table: String
  @Option(help: "How rows are written; csv by default.")
  var format: Format?
  @Flag(help: "Write trees, as ndjson.")
  var tree = false
  @OptionGroup var rows: ConditionOptions
  @OptionGroup(title: "Moment") var moment: MomentOptions
  @Option(help: "Fields to write, parted by commas, in a tree also as person.full_name; or all.")
  var fields: String?
  @Option(help: "What stands for an absent value in csv, such as \\N; nothing by default.")
  var absent: String?
  @Option(help: "Where to write; the standard output by default.", completion: .file())
  var output: String?
  @Option(help: "Workers; all processors by default.")
  var jobs: Int?

  enum Format: String, CaseIterable, ExpressibleByArgument {
    case csv
    case ndjson
  }

  private var exportFormat: ExportFormat {
    if tree { return .tree }
    return format == .ndjson ? .ndjson : .csv
  }

  func validate() throws {
    guard !tree || format != .csv else {
      throw ValidationError("Trees are written as ndjson; leave out --format or --tree.")
    }
    guard absent == nil || exportFormat == .csv else {
      throw ValidationError("--absent is for csv; ndjson leaves absent values out.")
    }
    guard jobs.map({ $0 > 0 }) ?? true else { throw ValidationError("--jobs must be at least 1.") }
  }

  func run() throws {
    // A reader that has seen enough ends the command by an error of writing, not by a signal.
    signal(SIGPIPE, SIG_IGN)
    try explaining {
      let start = ContinuousClock.now
      let names = fields.map {
        $0.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
      }
      let rowCount = try moment.read(Database(at: file)) { snapshot in
        try snapshot.export(
          table, as: exportFormat, where: rows.condition, fields: names,
          absentMark: absent ?? "", jobs: jobs, toFile: output ?? "-")
      }
      if output != nil, output != "-" {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        print("\(counted(rowCount, "row")) in \(rounded(seconds)) s")
      }
    }
  }
}
