// `hearth history`: what a row was, who changed it, when and why.

import ArgumentParser
import Foundation
import Hearth

struct History: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show all versions of the rows that have a value or had it once.",
    discussion: """
      The oldest version comes first; of later ones the fields that changed are shown. A number \
      that was cancelled or merged into another finds its row. Exits with 1 when there is none.
      """)

  @OptionGroup var sought: SoughtRows
  @Flag(help: "Write each version as a JSON object on a line of its own.")
  var json = false

  func run() throws {
    try explaining {
      let rows = try Database(at: sought.file).history(
        of: sought.table, where: sought.by, equal: sought.value)
      for (position, versions) in rows.enumerated() {
        if position > 0, !json { print() }
        var before: Row?
        for version in versions {
          if json {
            print(try Line(version).json)
          } else {
            show(version, after: before)
          }
          before = version.row
        }
      }
      if rows.isEmpty {
        throw NotFound(what: "\(sought.table) that has or had this \(sought.by ?? "key")")
      }
    }
  }

  private func show(_ version: RowVersion, after before: Row?) {
    print(version.change.map(title) ?? "loaded")
    guard let row = version.row else {
      print("  deleted")
      return
    }
    for (field, value) in zip(row.table.fields, row.values) {
      let old = before?[field.name] ?? .absent
      guard value != old else { continue }
      let shown = value == .absent ? "absent" : value.description
      print("  \(field.name)  \(before == nil || old == .absent ? "" : "\(old) -> ")\(shown)")
    }
  }

  private func title(_ change: RecordedChange) -> String {
    let reason = change.reason
    var parts = ["change \(change.number)", Line.time(change)]
    if let day = reason.effectiveDay { parts.append("from \(day)") }
    for (name, text) in [
      ("by", reason.actor), ("for", reason.reason), ("source", reason.source),
    ] where !text.isEmpty {
      parts.append("\(name) \(text)")
    }
    return parts.joined(separator: ", ")
  }
}

/// A version as it is written as JSON: the change that made it, and the row.
private struct Line {
  private struct Change: Encodable {
    let number: UInt64
    let recorded: String
    let effective: String?
    let actor: String
    let reason: String
    let source: String
  }

  private let change: Change?
  private let row: String

  init(_ version: RowVersion) {
    change = version.change.map {
      Change(
        number: $0.number, recorded: Self.time($0),
        effective: $0.reason.effectiveDay?.description, actor: $0.reason.actor,
        reason: $0.reason.reason, source: $0.reason.source)
    }
    row = version.row?.json ?? "null"
  }

  var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let text = String(decoding: try encoder.encode(change), as: UTF8.self)
      return "{\"change\":\(text),\"row\":\(row)}"
    }
  }

  /// When a change was recorded, to the microsecond.
  static func time(_ change: RecordedChange) -> String {
    let seconds = Double(change.microseconds / 1_000_000)
    let date = Date(timeIntervalSince1970: seconds).formatted(.iso8601).dropLast()
    let fraction = String(change.microseconds % 1_000_000)
    return date + "." + String(repeating: "0", count: 6 - fraction.count) + fraction + "Z"
  }
}
