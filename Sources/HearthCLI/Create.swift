// `hearth create`: makes an empty registry from a folder of schemas.

import ArgumentParser
import Hearth

struct Create: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make an empty registry with the tables of a folder of schemas.")

  @Argument(help: "The registry to make.", completion: .file())
  var file: String

  @Option(help: "The folder of schema files, with code lists in `codes`.", completion: .directory)
  var schemas: String = "Schemas"

  func run() throws {
    try explaining {
      let schema = try Schema(reading: schemas)
      let database = try Database.create(at: file, schema: schema)
      let tables = database.schema.tables.map(\.name).joined(separator: ", ")
      print("Made \(file) with \(tables).")
    }
  }
}
