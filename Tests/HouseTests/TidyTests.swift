import Foundation
import Testing

/// How every file is written.
@Suite struct TidyTests {
  @Test func everyFileOpensWithASentence() throws {
    for file in try houseFiles(under: "Sources") {
      let first = file.lines.first ?? ""
      #expect(first.hasPrefix("// "), "\(file.path)")
      let sentence = file.lines.prefix { $0.hasPrefix("//") }.joined(separator: " ")
      #expect(sentence.contains("."), "\(file.path)")
    }
  }

  @Test func filesAreShort() throws {
    for file in try houseFiles(under: "Sources") {
      #expect(file.lines.count <= 501, "\(file.path) has \(file.lines.count) lines")
    }
  }

  @Test func functionsAreShort() throws {
    for file in try houseFiles(under: "Sources") {
      for (name, length) in functionLengths(of: file) where length > 70 {
        Issue.record("\(file.path): \(name) has \(length) lines")
      }
    }
  }

  @Test func linesAreShort() throws {
    for folder in ["Sources", "Tests", "Benchmarks"] {
      for file in try houseFiles(under: folder) {
        for (number, line) in file.lines.enumerated() where line.count > 100 {
          Issue.record("\(file.path):\(number + 1) has \(line.count) characters")
        }
      }
    }
  }

  @Test func namesSayWhatThingsAre() throws {
    for file in try houseFiles(under: "Sources") {
      let name = file.path.split(separator: "/").last ?? ""
      for banned in ["Util", "Helper", "Manager", "Common", "Misc", "Placeholder"] {
        #expect(!name.contains(banned), "\(file.path)")
      }
    }
  }

  @Test func nothingIsLeftBehind() throws {
    let banned = ["TO" + "DO", "FIX" + "ME", "try" + "!", "fatal" + "Error("]
    for file in try houseFiles(under: "Sources") {
      for (number, line) in file.lines.enumerated() {
        for word in banned where line.contains(word) {
          Issue.record("\(file.path):\(number + 1) holds \(word)")
        }
        if file.module != "HearthCLI" {
          #expect(!line.contains(" print("), "\(file.path):\(number + 1)")
        }
      }
    }
  }

  /// Registers need schema files and no code: no source names a table or field of Schemas/places
  /// that the people's schemas do not have.
  @Test func sourcesKnowNoRegisterOfPlaces() throws {
    let known = try quotedNames(inSchemas: "Schemas")
    // Names of one word, such as code, are words of the sources too.
    let names = try quotedNames(inSchemas: "Schemas/places").subtracting(known)
      .filter { $0.contains("_") }
    #expect(names.contains("\"administrative_unit\"") && names.count >= 8)
    for file in try houseFiles(under: "Sources") {
      for name in names { #expect(!file.text.contains(name), "\(file.path) holds \(name)") }
    }
  }

  /// The names of tables and fields of a folder of schemas, in their quotes.
  private func quotedNames(inSchemas folder: String) throws -> Set<String> {
    var names: Set<String> = []
    for text in try texts(under: folder, ending: ".json") {
      for part in text.components(separatedBy: "\"name\": ").dropFirst() {
        names.insert("\"" + part.dropFirst().prefix { $0 != "\"" } + "\"")
      }
    }
    return names
  }

  /// Lines from `func` or `init` to the brace that closes it, told by indentation.
  private func functionLengths(of file: HouseFile) -> [(String, Int)] {
    var lengths: [(String, Int)] = []
    for (start, line) in file.lines.enumerated() {
      let text = line.drop { $0 == " " }
      let words = text.split(separator: " ")
      guard !text.hasPrefix("//"), words.contains(where: { $0 == "func" || $0.hasPrefix("init(") })
      else { continue }
      let indent = String(repeating: " ", count: line.count - text.count)
      if let end = file.lines[start...].firstIndex(where: { $0 == indent + "}" }) {
        let isOneLine = line.hasSuffix("}")
        if !isOneLine { lengths.append((String(text), end - start + 1)) }
      }
    }
    return lengths
  }
}
