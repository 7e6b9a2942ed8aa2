// `hearth apply`: changes of single rows out of a file of JSON lines.

import ArgumentParser
import Foundation
import Hearth

struct Apply: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Insert, update and delete rows as a file of JSON lines says.",
    discussion: """
      Each line is one change, such as

        {"insert": "person", "values": {"personal_number": "001099500001", "full_name": "An"}}
        {"update": "person", "where": {"personal_number": "001099500001"}, "set": {"phone": null}}
        {"delete": "person", "where": {"personal_number": "001099500001"}}

      Values are texts as a load file writes them, null is absent. `where` names a field that has \
      an index. Lines are committed in groups; a line that is refused ends the command, and \
      neither it nor another line of its group is done. The line after the last that was done is \
      printed, so that the rest can be applied with --from.
      """)

  @Argument(help: "The registry.", completion: .file())
  var file: String
  @Argument(help: "The file of changes; `-` is the standard input.", completion: .file())
  var changes: String = "-"
  @Option(help: "Lines that are committed together.")
  var group = 1_000
  @Option(help: "The first line that is applied; those before were.")
  var from = 1
  @Option(help: "Who makes the changes.")
  var actor = ""
  @Option(help: "Why they are made.")
  var reason = ""
  @Option(help: "Where the new values come from.")
  var source = ""

  func validate() throws {
    guard group > 0 else { throw ValidationError("a group has at least one line") }
    guard from > 0 else { throw ValidationError("lines are counted from 1") }
  }

  func run() throws {
    try explaining {
      let database = try Database(at: file, access: .readWrite)
      var reader = try LineReader(changes)
      var number = 0
      var done = 0
      while true {
        var lines: [(number: Int, text: String)] = []
        while lines.count < group, let line = try reader.next() {
          number += 1
          guard number >= from, !line.allSatisfy(\.isWhitespace) else { continue }
          lines.append((number, line))
        }
        guard let first = lines.first else { break }
        do {
          try database.write(ChangeReason(actor: actor, reason: reason, source: source)) {
            change in
            for line in lines { try apply(line, to: change) }
          }
        } catch {
          print("\(done) changes done; line \(first.number) is the first that is not")
          throw error
        }
        done += lines.count
      }
      print("\(done) changes done")
    }
  }

  private func apply(_ line: (number: Int, text: String), to change: Change) throws {
    do {
      let order = try JSONDecoder().decode(Order.self, from: Data(line.text.utf8))
      try order.apply(to: change)
    } catch let error as ChangeError {
      throw LineError(path: changes, line: line.number, reason: explanation(of: error))
    } catch is DecodingError {
      throw LineError(
        path: changes, line: line.number,
        reason: "this is no change; `hearth help apply` shows how one is written (not_a_change)")
    }
  }
}

/// A line that could not be applied.
struct LineError: Error {
  let path: String
  let line: Int
  let reason: String
}

/// One line of a file of changes.
private struct Order: Decodable {
  var insert: String?
  var update: String?
  var delete: String?
  var values: [String: String?]?
  var set: [String: String?]?
  var `where`: [String: String]?

  private enum Key: String, CodingKey, CaseIterable {
    case insert, update, delete, values, set
    case `where`
  }

  /// A name that is none of those above.
  private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    for name in try decoder.container(keyedBy: AnyKey.self).allKeys
    where Key(rawValue: name.stringValue) == nil {
      throw DecodingError.dataCorrupted(
        .init(codingPath: [name], debugDescription: "an unknown name"))
    }
    let container = try decoder.container(keyedBy: Key.self)
    insert = try container.decodeIfPresent(String.self, forKey: .insert)
    update = try container.decodeIfPresent(String.self, forKey: .update)
    delete = try container.decodeIfPresent(String.self, forKey: .delete)
    values = try container.decodeIfPresent([String: String?].self, forKey: .values)
    set = try container.decodeIfPresent([String: String?].self, forKey: .set)
    self.where = try container.decodeIfPresent([String: String].self, forKey: .where)
    let isWhole =
      switch (insert, update, delete) {
      case (.some, nil, nil): values != nil && set == nil && self.where == nil
      case (nil, .some, nil): values == nil && set != nil && self.where?.count == 1
      case (nil, nil, .some): values == nil && set == nil && self.where?.count == 1
      default: false
      }
    guard isWhole else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: [], debugDescription: "not one whole change"))
    }
  }

  func apply(to change: Change) throws {
    if let insert {
      try change.insert(into: insert, values ?? [:])
    } else if let (field, value) = self.where?.first {
      if let update {
        try change.update(update, where: field, equals: value, set: set ?? [:])
      } else if let delete {
        try change.delete(from: delete, where: field, equals: value)
      }
    }
  }
}

/// Reads a file line by line.
private struct LineReader {
  private let handle: FileHandle
  private var bytes = Data()
  private var isAtEnd = false

  init(_ path: String) throws {
    if path == "-" {
      handle = .standardInput
    } else if let opened = FileHandle(forReadingAtPath: path) {
      handle = opened
    } else {
      throw NotFound(what: "file \(path) that could be read (file_missing)")
    }
  }

  /// The next line without its end, or nil at the end of the file.
  mutating func next() throws -> String? {
    while true {
      if let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
        defer { bytes = bytes[(end + 1)...] }
        return String(decoding: bytes[..<end], as: UTF8.self)
      }
      if isAtEnd {
        defer { bytes = Data() }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
      }
      let more = try handle.read(upToCount: 1 << 16) ?? Data()
      isAtEnd = more.isEmpty
      bytes = Data(bytes) + more
    }
  }
}
