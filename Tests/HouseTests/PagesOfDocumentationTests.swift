import Foundation
import Testing

/// What the pages of documentation say, the sources say too.
@Suite struct PagesOfDocumentationTests {
  static let formatPage = "Sources/Segments/Segments.docc/Format.md"
  static let encodingsPage = "Sources/Columns/Columns.docc/Encodings.md"

  /// Every layout of the format page stands line for line in a comment of the file it names.
  @Test func layoutsAreThoseOfTheSources() throws {
    let tables = try layoutTables(of: try lines(of: Self.formatPage))
    #expect(tables.count >= 20)
    for table in tables {
      let comments = try lines(of: table.source).compactMap(comment)
      #expect(
        comments.contains(table.lines), "\(Self.formatPage):\(table.line) is not in \(table.source)"
      )
    }
  }

  /// Every layout of a file whose bytes are stored stands in the format page.
  @Test func layoutsOfSourcesAreInThePage() throws {
    let known = Set(try layoutTables(of: try lines(of: Self.formatPage)).map(\.source))
    // Of these, Pages reads what LMDB wrote; its format is LMDB's.
    let foreign = [
      "Sources/Pages/EnvironmentFile.swift", "Sources/Pages/PageView.swift",
    ]
    for folder in ["Bytes", "Columns", "Pages", "Segments", "Store", "Backups"] {
      for file in try houseFiles(under: "Sources/\(folder)") {
        let hasLayout = file.lines.compactMap(comment).contains { isLayoutHeader($0) }
        guard hasLayout, !foreign.contains(file.path) else { continue }
        #expect(known.contains(file.path), "\(file.path) has a layout that the page lacks")
      }
    }
  }

  /// A table that changed in one place only is noticed.
  @Test func aLayoutThatDiffersIsFound() {
    let comments = ["OFFSET SIZE FIELD", "0 8 magic", "8 4 version"]
    #expect(comments.contains(["0 8 magic", "8 4 version"]))
    #expect(!comments.contains(["0 8 magic", "8 2 version"]))
  }

  @Test func everyEncodingHasASection() throws {
    let cases = try lines(of: "Sources/Columns/Encoding.swift").compactMap { line -> String? in
      let words = line.split(separator: " ")
      guard words.count == 4, words[0] == "case", words[2] == "=" else { return nil }
      return words[1].lowercased()
    }
    #expect(cases.count >= 12)
    let sections = try lines(of: Self.encodingsPage).filter { $0.hasPrefix("## ") }
      .map { $0.dropFirst(3).lowercased() }
    #expect(sections.sorted() == cases.sorted())
  }

  @Test func everyEncodingSaysWhatItIsAndCosts() throws {
    let page = try lines(of: Self.encodingsPage).joined(separator: "\n")
    for section in page.components(separatedBy: "\n## ").dropFirst() {
      for part in ["**Layout.**", "**When it wins.**", "**What it costs.**"] {
        #expect(section.contains(part), "\(section.prefix { $0 != "\n" }) lacks \(part)")
      }
    }
  }
}

/// A layout in a page: the file that it names, and its lines with single spaces.
private struct LayoutTable {
  var source: String
  var line: Int
  var lines: [String]
}

/// The layouts of a page: blocks that begin with OFFSET or KEYSPACE, after a line `Source: PATH`.
private func layoutTables(of page: [String]) throws -> [LayoutTable] {
  var tables: [LayoutTable] = []
  var source = ""
  for (number, line) in page.enumerated() {
    if line.hasPrefix("Source: `") { source = String(line.dropFirst(9).prefix { $0 != "`" }) }
    guard line == "```", number + 1 < page.count, isLayoutHeader(singleSpaced(page[number + 1]))
    else { continue }
    let lines = page[(number + 1)...].prefix { $0 != "```" }.map(singleSpaced)
    #expect(!source.isEmpty, "the layout in line \(number + 1) names no source")
    tables.append(LayoutTable(source: source, line: number + 1, lines: lines))
    source = ""
  }
  return tables
}

private func isLayoutHeader(_ line: String) -> Bool {
  line.hasPrefix("OFFSET ") || line.hasPrefix("KEYSPACE ")
}

/// The text of a comment line with single spaces; nil for any other line.
private func comment(_ line: String) -> String? {
  let text = line.drop { $0 == " " }
  guard text.hasPrefix("//") else { return nil }
  return singleSpaced(String(text.drop { $0 == "/" }))
}

private func singleSpaced(_ line: String) -> String {
  line.split(separator: " ").joined(separator: " ")
}

private func lines(of path: String) throws -> [String] {
  let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  return try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    .components(separatedBy: "\n")
}
