// `hearth salvage`: everything that can be read of a damaged registry, as files to load.

import ArgumentParser
import Foundation
import Hearth

struct Salvage: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write every row and value of a damaged registry that can be read.",
    discussion: """
      Writes TABLE.csv for each table to a folder, as `load` reads it; a value that is lost is \
      empty. Then one line for each loss: where, and what. The registry stays as it is. Exits with \
      1 when anything is lost. To have a registry again, make one with `hearth create` and load \
      the files.
      """)

  @Argument(help: "The damaged registry.", completion: .file())
  var file: String
  @Argument(help: "The folder to write to.", completion: .directory)
  var folder: String
  @Option(
    help: "The folder of schema files, for a registry that has lost its schema.",
    completion: .directory)
  var schemas: String?
  @Flag(help: "Write JSON.")
  var json = false

  func run() throws {
    try explaining {
      let schema = try schemas.map { try Schema(reading: $0) }
      let report = try Database.salvage(file, to: folder, schema: schema)
      if json { try show(asJSON: report) } else { show(report) }
      if !report.losses.isEmpty { throw ExitCode(1) }
    }
  }

  private func show(_ report: SalvageReport) {
    for loss in report.losses {
      let field = loss.field.isEmpty ? "" : " column \(loss.field)"
      print(
        "\(loss.place)\(field): \(explanation(of: loss.kind)) (\(snakeCase(loss.kind.rawValue)))")
    }
    for table in report.tables { print("\(table.name): \(counted(table.rows, "row"))") }
    print(
      report.losses.isEmpty ? "nothing is lost" : counted(report.losses.count, "thing") + " lost")
  }

  private func show(asJSON report: SalvageReport) throws {
    let all: [String: Any] = [
      "tables": report.tables.map { ["name": $0.name, "rows": $0.rows] as [String: Any] },
      "losses": report.losses.map {
        ["kind": snakeCase($0.kind.rawValue), "place": $0.place, "field": $0.field]
      },
    ]
    print(try jsonText(all))
  }

  private func explanation(of kind: SalvageLoss.Kind) -> String {
    switch kind {
    case .page: "the page contradicts itself; what it held may be lost"
    case .catalog: "it was made anew; rows of loads that never ended may be among those written"
    case .rows: "all rows are lost"
    case .values: "values are lost, and empty"
    case .removals: "which rows were removed is lost; they are written, too"
    case .unchecked: "the checksums are lost; nothing says that its values are right"
    case .changedRows: "rows that changed are lost"
    case .changes: "rows are written as they were before changes"
    }
  }
}
