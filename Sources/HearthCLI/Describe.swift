// `hearth describe`: what a registry is made of and where it came from.

import ArgumentParser
import Foundation
import Hearth

struct Describe: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show tables, fields, indexes, code lists and the loads that were published.")

  @Argument(help: "The registry.", completion: .file())
  var file: String
  @Flag(help: "Write JSON.")
  var json = false

  func run() throws {
    try explaining {
      try Database(at: file).read { snapshot in
        if json { try showAsJSON(snapshot) } else { try show(snapshot) }
      }
    }
  }

  // MARK: Text

  private func show(_ snapshot: borrowing Snapshot) throws {
    let schema = snapshot.schema
    for table in schema.tables {
      print("\(table.name): \(try snapshot.rowCount(of: table.name)) rows")
      print("  \(table.description)")
      if let key = table.key { print("  key \(table.fields[key].name)") }
      if let parent = table.parent {
        print("  parent \(schema.tables[parent.table].name) by \(table.fields[parent.field].name)")
      }
      for field in table.fields { show(field) }
      for index in table.indexes { print("  index \(index.name)\(detail(of: index, in: table))") }
      print("")
    }
    for list in schema.codeLists {
      print(
        "code list \(list.name): \(snapshot.codeCount(ofList: list.name) ?? list.count) codes"
          + (list.isOpen ? ", open" : "") + (list.source.isEmpty ? "" : "; \(list.source)"))
      if !list.description.isEmpty { print("  \(list.description)") }
    }
    for load in snapshot.loads {
      print(
        "\nload \(load.number) of \(moment(load.secondsSince1970)): \(load.stored) rows stored, "
          + "\(load.refused) refused")
      for file in load.files {
        print("  \(file.table): \(file.byteCount) bytes, hash \(hexadecimal(file.hash))")
      }
    }
  }

  private func show(_ field: Field) {
    var notes = ["\(field.type)", field.sensitivity.rawValue]
    if field.isRequired { notes.append("required") }
    if field.isDerived { notes.append("derived") }
    if let text = field.defaultText { notes.append("default \(text)") }
    print("  \(field.name) (\(notes.joined(separator: ", ")))")
    print("      \(field.meaning)")
    if !field.aliases.isEmpty { print("      also \(field.aliases.joined(separator: ", "))") }
    if !field.source.isEmpty { print("      source: \(field.source)") }
  }

  private func detail(of index: Index, in table: Table) -> String {
    var text = " on " + index.fields.map { table.fields[$0].name }.joined(separator: " and ")
    if index.isUnique { text += ", unique" }
    if index.isFolded { text += ", without case and marks" }
    if let through = index.through { text += ", through \(table.indexes[through].name)" }
    return text
  }

  private func moment(_ seconds: UInt64) -> String {
    Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
  }

  private func hexadecimal(_ hash: UInt64) -> String {
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  // MARK: JSON

  private func showAsJSON(_ snapshot: borrowing Snapshot) throws {
    let schema = snapshot.schema
    var tables: [[String: Any]] = []
    for table in schema.tables {
      var described: [String: Any] = [
        "name": table.name, "description": table.description, "version": table.version,
        "rows": try snapshot.rowCount(of: table.name),
        "fields": table.fields.map { object(of: $0) },
        "indexes": table.indexes.map { object(of: $0, in: table) },
      ]
      if let key = table.key { described["key"] = table.fields[key].name }
      if let parent = table.parent {
        described["parent"] = [
          "table": schema.tables[parent.table].name, "field": table.fields[parent.field].name,
        ]
      }
      tables.append(described)
    }
    var lists: [[String: Any]] = []
    for list in schema.codeLists {
      lists.append([
        "name": list.name, "description": list.description, "source": list.source,
        "open": list.isOpen, "attributes": list.attributes, "declared_codes": list.count,
        "codes": snapshot.codeCount(ofList: list.name) ?? list.count,
      ])
    }
    let loads = snapshot.loads.map { load -> [String: Any] in
      [
        "number": load.number, "published": moment(load.secondsSince1970), "stored": load.stored,
        "refused": load.refused,
        "files": load.files.map {
          ["table": $0.table, "bytes": $0.byteCount, "hash": hexadecimal($0.hash)]
            as [String: Any]
        },
      ]
    }
    print(try jsonText(["tables": tables, "code_lists": lists, "loads": loads]))
  }

  private func object(of field: Field) -> [String: Any] {
    var described: [String: Any] = [
      "name": field.name, "number": field.number, "type": "\(field.type)",
      "meaning": field.meaning, "sensitivity": field.sensitivity.rawValue,
      "aliases": field.aliases, "required": field.isRequired, "derived": field.isDerived,
    ]
    if !field.source.isEmpty { described["source"] = field.source }
    if let text = field.defaultText { described["default"] = text }
    return described
  }

  private func object(of index: Index, in table: Table) -> [String: Any] {
    var described: [String: Any] = [
      "name": index.name, "fields": index.fields.map { table.fields[$0].name },
      "unique": index.isUnique, "folded": index.isFolded,
    ]
    if let through = index.through { described["through"] = table.indexes[through].name }
    return described
  }
}
