// The files of this package, as the rules of the house read them.

import Foundation

/// One source file as text.
struct HouseFile {
  let path: String
  let module: String
  let text: String
  let lines: [String]

  /// The modules that the file imports.
  var imports: [String] {
    lines.compactMap { line in
      let words = line.split(separator: " ")
      guard let at = words.firstIndex(of: "import"), at <= 2, at + 1 < words.count,
        words[..<at].allSatisfy({
          ["package", "public", "internal", "private", "fileprivate"].contains($0)
            || $0.hasPrefix("@")
        })
      else { return nil }
      return String(words[at + 1].split(separator: ".")[0])
    }
  }
}

private let root = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// The texts of the files in a folder of the package whose names end so.
func texts(under folder: String, ending: String) throws -> [String] {
  let base = root.appendingPathComponent(folder)
  return try FileManager.default.contentsOfDirectory(atPath: base.path)
    .filter { $0.hasSuffix(ending) }.sorted()
    .map { try String(contentsOf: base.appendingPathComponent($0), encoding: .utf8) }
}

/// All Swift files below a folder of the package, in order of path.
func houseFiles(under folder: String) throws -> [HouseFile] {
  let base = root.appendingPathComponent(folder)
  let paths = try FileManager.default.subpathsOfDirectory(atPath: base.path)
    .filter { $0.hasSuffix(".swift") }.sorted()
  return try paths.map { path in
    let text = try String(contentsOf: base.appendingPathComponent(path), encoding: .utf8)
    return HouseFile(
      path: "\(folder)/\(path)", module: String(path.split(separator: "/")[0]), text: text,
      lines: text.components(separatedBy: "\n"))
  }
}
