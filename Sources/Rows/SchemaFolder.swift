// Reads the files of a schema folder: one table a file, and one code list a file in `codes`.

import Glibc

extension Schema {
  /// Reads the tables in `folder/*.json` and the code lists in `folder/codes/*.json`.
  public init(reading folder: String) throws(SchemaError) {
    let tables = try readFiles(in: folder, named: "")
    let codeLists = try readFiles(in: folder + "/codes", named: "codes/", mayBeMissing: true)
    try self.init(tableFiles: tables, codeListFiles: codeLists)
  }

  /// Reads table and code list files that are already in memory, to be named in errors.
  package init(
    tableFiles: [(name: String, bytes: [UInt8])], codeListFiles: [(name: String, bytes: [UInt8])]
  ) throws(SchemaError) {
    var codeLists: [CodeList] = []
    for file in codeListFiles {
      codeLists.append(try CodeList(JSONPlace(file.bytes, file: file.name)))
    }
    var tables: [TableDeclaration] = []
    for file in tableFiles {
      tables.append(try TableDeclaration(JSONPlace(file.bytes, file: file.name)))
    }
    try self.init(resolving: tables, codeLists: codeLists)
  }
}

/// The `.json` files of a folder, ordered by name, each named with a prefix.
private func readFiles(
  in folder: String, named prefix: String, mayBeMissing: Bool = false
) throws(SchemaError) -> [(name: String, bytes: [UInt8])] {
  guard let directory = unsafe opendir(folder) else {
    if mayBeMissing, errno == ENOENT { return [] }
    throw SchemaError(.notReadable, file: folder, detail: "\(errno)")
  }
  defer { unsafe closedir(directory) }
  var names: [String] = []
  while let entry = unsafe readdir(directory) {
    let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
      unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
    }
    if name.hasSuffix(".json"), !name.hasPrefix(".") { names.append(name) }
  }
  var files: [(name: String, bytes: [UInt8])] = []
  for name in names.sorted() {
    files.append((prefix + name, try readFile(folder + "/" + name, named: prefix + name)))
  }
  return files
}

/// The bytes of a file that an error names so.
package func readFile(_ path: String, named name: String) throws(SchemaError) -> [UInt8] {
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else {
    throw SchemaError(.notReadable, file: name, detail: "\(errno)")
  }
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = unsafe chunk.withUnsafeMutableBytes {
      unsafe read(descriptor, $0.baseAddress, $0.count)
    }
    if count == 0 { return bytes }
    if count < 0 {
      if errno == EINTR { continue }
      throw SchemaError(.notReadable, file: name, detail: "\(errno)")
    }
    bytes.append(contentsOf: chunk.prefix(count))
  }
}
