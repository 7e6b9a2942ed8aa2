// `hearth stats`: what a registry takes on disk.

import ArgumentParser
import Foundation
import Hearth

struct Stats: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what a registry takes on disk: by table, column, index and dictionary.")

  @Argument(help: "The registry.", completion: .file())
  var file: String
  @Flag(help: "Write JSON.")
  var json = false

  func run() throws {
    try explaining {
      let statistics = try Database(at: file).read { try $0.statistics() }
      if json { try show(asJSON: statistics) } else { show(statistics) }
    }
  }

  private func show(_ statistics: Statistics) {
    for table in statistics.tables {
      print("\(table.name): \(table.rows) rows in \(table.segments) segments, \(table.bytes) bytes")
      for column in table.columns {
        let bits = 8 * Double(column.bytes) / Double(max(1, table.rows))
        let encodings = column.encodings.sorted { $0.value > $1.value }.prefix(4)
          .map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        line(column.name, column.bytes, String(format: "%7.3f bits a row", bits), encodings)
      }
      for index in table.indexes where index.entries > 0 {
        let bytes = Double(index.bytes) / Double(max(1, index.entries))
        line(
          "index \(index.name)", index.bytes, String(format: "%7.3f bytes a key", bytes),
          "\(index.entries) keys in \(index.runs) runs")
      }
    }
    for dictionary in statistics.dictionaries where dictionary.name.hasPrefix("words:") {
      line(dictionary.name, dictionary.bytes, "", "\(dictionary.words) words")
    }
    for (name, bytes) in statistics.keyspaces { line("keyspace \(name)", bytes, "", "") }
    print("file: \(statistics.fileBytes) bytes")
  }

  private func line(_ name: String, _ bytes: Int, _ rate: String, _ detail: String) {
    let columns = [
      name.padding(toLength: 34, withPad: " ", startingAt: 0),
      String(repeating: " ", count: max(0, 12 - "\(bytes)".count)) + "\(bytes)",
      rate.padding(toLength: 20, withPad: " ", startingAt: 0), detail,
    ]
    print("  " + columns.joined(separator: "  "))
  }

  private func show(asJSON statistics: Statistics) throws {
    let tables: [[String: Any]] = statistics.tables.map { table in
      [
        "name": table.name, "rows": table.rows, "removed": table.removed,
        "segments": table.segments, "bytes": table.bytes,
        "columns": table.columns.map {
          ["name": $0.name, "bytes": $0.bytes, "encodings": $0.encodings] as [String: Any]
        },
        "indexes": table.indexes.map {
          ["name": $0.name, "runs": $0.runs, "entries": $0.entries, "bytes": $0.bytes]
            as [String: Any]
        },
      ]
    }
    let all: [String: Any] = [
      "tables": tables,
      "dictionaries": statistics.dictionaries.map {
        ["name": $0.name, "words": $0.words, "bytes": $0.bytes] as [String: Any]
      },
      "keyspaces": statistics.keyspaces.map { ["name": $0.name, "bytes": $0.bytes] },
      "file_bytes": statistics.fileBytes,
    ]
    let data = try JSONSerialization.data(
      withJSONObject: all, options: [.prettyPrinted, .sortedKeys])
    print(String(decoding: data, as: UTF8.self))
  }
}
