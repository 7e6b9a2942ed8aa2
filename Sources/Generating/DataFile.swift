// Reads the small files of Schemas/people: comma-separated, a header, no quotes.

import Glibc

/// One data file in memory.
struct DataFile {
  let path: String
  let rows: [[String]]

  /// Reads a file and holds it to the columns that it must have.
  init(_ name: String, in folder: String, columns: [String]) throws(GeneratingError) {
    path = folder + "/" + name
    let text = String(decoding: try readBytes(path), as: UTF8.self)
    var rows: [[String]] = []
    for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
      rows.append(
        line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map {
          String(Substring($0))
        })
    }
    guard let header = rows.first, header == columns else {
      throw GeneratingError(.brokenData, path: path, line: 1)
    }
    for index in rows.indices where rows[index].count != columns.count {
      throw GeneratingError(.brokenData, path: path, line: index + 1)
    }
    guard rows.count > 1 else { throw GeneratingError(.brokenData, path: path, line: 2) }
    self.rows = Array(rows.dropFirst())
  }

  /// The whole number in one field of a row.
  func number(_ row: Int, _ column: Int) throws(GeneratingError) -> Int {
    guard let number = Int(rows[row][column]), number >= 0 else { throw broken(row) }
    return number
  }

  func broken(_ row: Int) -> GeneratingError {
    GeneratingError(.brokenData, path: path, line: row + 2)
  }
}

private func readBytes(_ path: String) throws(GeneratingError) -> [UInt8] {
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw GeneratingError(.cannotRead, path: path, systemError: errno) }
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  var part = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = unsafe read(descriptor, &part, part.count)
    if count == 0 { return bytes }
    if count < 0 {
      if errno == EINTR { continue }
      throw GeneratingError(.cannotRead, path: path, systemError: errno)
    }
    bytes.append(contentsOf: part[..<count])
  }
}
