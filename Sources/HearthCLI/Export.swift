// `hearth export`: writes a table as comma-separated text.

import ArgumentParser
import Foundation
import Hearth

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a table as comma-separated text, as `load` reads it.",
    discussion: """
      The first line names the fields. Rows follow in stored order; absent values are empty.
      """)

  @Argument(help: "The registry.", completion: .file())
  var file: String
  @Argument(help: "The table.")
  var table: String
  @Option(name: .customLong("where"), help: "A condition, as in `count`; several must all hold.")
  var conditions: [String] = []
  @Option(help: "Fields to write, parted by commas; all by default.")
  var fields: String?
  @Option(help: "Where to write; the standard output by default.", completion: .file())
  var output: String?
  @Option(help: "Workers; all processors by default.")
  var jobs: Int?

  func validate() throws {
    guard jobs.map({ $0 > 0 }) ?? true else { throw ValidationError("--jobs must be at least 1.") }
  }

  func run() throws {
    try explaining {
      let start = ContinuousClock.now
      let names = fields.map { $0.split(separator: ",").map(String.init) }
      let rows = try Database(at: file).read { snapshot in
        // The table and the fields are looked at before a file is made.
        _ = try snapshot.rowCount(of: table)
        let target = try OutputFile(output)
        let condition = conditions.map { "(\($0))" }.joined(separator: " and ")
        return try snapshot.export(table, where: condition, fields: names, jobs: jobs) {
          try target.write($0)
        }
      }
      if output != nil {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        print("\(rows) rows in \(rounded(seconds)) s")
      }
    }
  }
}

/// A file that is written from front to back, or the standard output.
private final class OutputFile {
  private let descriptor: Int32
  private let path: String

  init(_ path: String?) throws {
    self.path = path ?? "the standard output"
    guard let path else {
      descriptor = STDOUT_FILENO
      return
    }
    descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Unwritable(path: path, systemError: errno) }
  }

  deinit {
    if descriptor != STDOUT_FILENO { close(descriptor) }
  }

  func write(_ bytes: RawSpan) throws {
    try unsafe bytes.withUnsafeBytes { buffer in
      var offset = 0
      while offset < buffer.count {
        let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[offset...])
        let count = unsafe Foundation.write(descriptor, rest.baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw Unwritable(path: path, systemError: errno) }
        offset += count
      }
    }
  }
}

/// A file that cannot be written.
struct Unwritable: Error, CustomStringConvertible {
  let path: String
  let systemError: Int32

  var description: String {
    "\(path) cannot be written: \(unsafe String(cString: strerror(systemError)))"
  }
}
