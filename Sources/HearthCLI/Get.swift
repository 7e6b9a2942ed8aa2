// `hearth get`, `find` and `household`: one row by any of its numbers.

import ArgumentParser
import Foundation
import Hearth

/// Rows of a table that are named by a value.
struct SoughtRows: ParsableArguments {
  @Argument(help: "The registry.", completion: .file())
  var file: String
  @Argument(help: "The table.")
  var table: String
  @Argument(help: "The value to look up.")
  var value: String
  @Option(help: "The field that has the value; by default the table's key.")
  var by: String?
}

struct Get: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the rows of a table that have a value.",
    discussion: "Exits with 1 when there is none.")

  @OptionGroup var sought: SoughtRows
  @OptionGroup(title: "Moment") var moment: MomentOptions
  @Flag(help: "Write each row as a JSON object on a line of its own.")
  var json = false

  func run() throws {
    try explaining {
      let rows = try moment.read(Database(at: sought.file)) { snapshot in
        try snapshot.rows(of: sought.table, where: sought.by, equal: sought.value)
      }
      for row in rows { print(json ? row.json : row.lines()) }
      if rows.isEmpty { throw NotFound(what: "\(sought.table) with this \(sought.by ?? "key")") }
    }
  }
}

struct Find: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Find rows by any number: every index is tried.",
    discussion: "Exits with 1 when there is none.")

  @Argument(help: "The registry.", completion: .file())
  var file: String
  @Argument(help: "A number of a person, card, household or anything else that has an index.")
  var number: String
  @OptionGroup(title: "Moment") var moment: MomentOptions
  @Flag(help: "Write each row as a JSON object on a line of its own.")
  var json = false

  func run() throws {
    try explaining {
      let found = try moment.read(Database(at: file)) { try $0.find(number) }
      for match in found {
        if !json { print("\(match.row.table.name) by \(match.field)") }
        print(json ? match.row.json : match.row.lines())
      }
      if found.isEmpty { throw NotFound(what: "row with this number") }
    }
  }
}

struct Household: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show a household with its members.",
    discussion: "Exits with 1 when there is none.")

  @Argument(help: "The registry.", completion: .file())
  var file: String
  @Argument(help: "The number of the household.")
  var number: String
  @OptionGroup(title: "Moment") var moment: MomentOptions
  @Flag(help: "Write each row as a JSON object on a line of its own.")
  var json = false

  func run() throws {
    try explaining {
      let isFound = try moment.read(Database(at: file)) { snapshot in
        let households = try snapshot.rows(of: "household", equal: number)
        for household in households {
          print(json ? household.json : household.lines())
          for member in try snapshot.children(of: household, in: "person") {
            print(json ? member.json : "\n" + member.lines())
          }
        }
        return !households.isEmpty
      }
      if !isFound { throw NotFound(what: "household with this number") }
    }
  }
}

extension Row {
  /// The fields that have values, one to a line.
  func lines() -> String {
    let width = table.fields.map(\.name.count).max() ?? 0
    var lines: [String] = []
    for (field, value) in zip(table.fields, values) where value != .absent {
      let name = field.name.padding(toLength: width, withPad: " ", startingAt: 0)
      lines.append("\(name)  \(value)")
    }
    return lines.joined(separator: "\n")
  }
}
