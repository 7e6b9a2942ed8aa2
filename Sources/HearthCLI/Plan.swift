// `hearth plan`: draws up a first load plan for files, with the evidence that it rests on.

import ArgumentParser
import Foundation
import Hearth

struct Plan: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw up a first load plan from the header and the first records of files.",
    discussion: """
      The plan says which columns feed which fields and how their texts are read; correct it, and \
      give it to `hearth load --plan`. What was inferred is printed with its evidence. Repairs are \
      proposed there and never put into the plan. Texts of single persons are not shown.
      """)

  @Argument(help: "Files with the same columns.", completion: .file())
  var files: [String]

  @Option(help: "A registry whose tables the plan is for.", completion: .file())
  var registry: String?

  @Option(help: "A folder of schemas, in place of a registry.", completion: .directory)
  var schemas: String?

  @Option(help: "A table that the files feed; by default those that the columns name best.")
  var table: [String] = []

  @Option(help: "Records to look at.")
  var samples = LoadPlanDraft.sampleCount

  @Option(help: "Where the plan is written; by default the standard output.", completion: .file())
  var output: String?

  @OptionGroup var declared: DeclaredFormat

  func validate() throws {
    guard (registry == nil) != (schemas == nil) else {
      throw ValidationError("Give either --registry or --schemas.")
    }
    guard samples > 0 else { throw ValidationError("--samples must be at least 1.") }
  }

  func run() throws {
    try explaining {
      let schema =
        try schemas.map { try Schema(reading: $0) }
        ?? Database(at: registry ?? "").schema
      let draft = try LoadPlanDraft(
        files, schema: schema, format: declared.format, tables: table, sampleCount: samples)
      let evidence = draft.evidence.joined(separator: "\n") + "\n"
      if let output {
        try write(Data(draft.json.utf8), to: output)
        print(evidence, terminator: "")
      } else {
        FileHandle.standardError.write(Data(evidence.utf8))
        print(draft.json, terminator: "")
      }
    }
  }
}
