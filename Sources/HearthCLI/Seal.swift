// `hearth seal`: writes the parts of a registry anew in which rows have changed.

import ArgumentParser
import Hearth

struct Seal: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write the parts of a registry anew in which rows have changed.",
    discussion: """
      Rows that changes left lie apart until then, which makes counts slower; what is read stays \
      the same. Loads seal by themselves before they begin.
      """)

  @Argument(help: "The registry.", completion: .file())
  var file: String

  func run() throws {
    try explaining {
      let count = try Database(at: file, access: .readWrite).seal()
      print("\(count) rows sealed")
    }
  }
}
