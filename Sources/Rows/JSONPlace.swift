// A value of a JSON text with the way to it, read strictly: no unknown key, no other type.

import Bytes

/// One value of a JSON text, and the path by which it was reached.
package struct JSONPlace {
  let text: JSONText
  let file: String
  let node: Int
  package let path: String
  /// The field that the value belongs to, for errors.
  package var field = ""

  package init(_ bytes: [UInt8], file: String) throws(SchemaError) {
    guard bytes.lend({ isUTF8($0) }) else {
      throw SchemaError(.notJSON, file: file, detail: "not UTF-8")
    }
    do {
      text = try JSONText(parsing: bytes)
    } catch {
      let line = 1 + bytes.prefix(error.offset).count { $0 == UInt8(ascii: "\n") }
      let lineStart = bytes.prefix(error.offset).lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 }
      let column = error.offset - (lineStart ?? 0) + 1
      throw SchemaError(
        error.isDuplicateKey ? .duplicateKey : .notJSON, file: file, line: line,
        detail: "column \(column)")
    }
    self.file = file
    node = 0
    path = ""
  }

  private init(_ parent: JSONPlace, node: Int, path: String) {
    text = parent.text
    file = parent.file
    field = parent.field
    self.node = node
    self.path = path
  }

  private var kind: JSONText.Kind { text.nodes[node].kind }

  package func error(_ code: SchemaError.Code, _ detail: String = "") -> SchemaError {
    SchemaError(
      code, file: file, line: text.line(of: Int(text.nodes[node].start)), path: path,
      field: field, detail: detail)
  }

  /// The members of an object that has every key of `required` and none but those and `optional`.
  package func members(
    required: [String] = [], optional: [String] = []
  ) throws(SchemaError) -> [String: JSONPlace] {
    guard kind == .object else { throw error(.wrongType, "object") }
    var members: [String: JSONPlace] = [:]
    var child = node + 1
    while child < Int(text.nodes[node].next) {
      let key = text.string(text.nodes[child])
      let memberPath = path.isEmpty ? key : "\(path).\(key)"
      let member = JSONPlace(self, node: child + 1, path: memberPath)
      guard required.contains(key) || optional.contains(key) else {
        throw JSONPlace(self, node: child, path: memberPath).error(.unknownKey, key)
      }
      members[key] = member
      child = Int(text.nodes[child + 1].next)
    }
    for key in required where members[key] == nil { throw error(.missingKey, key) }
    return members
  }

  /// The members of an object whose keys are texts of any kind, in their order.
  package func pairs() throws(SchemaError) -> [(key: String, value: JSONPlace)] {
    guard kind == .object else { throw error(.wrongType, "object") }
    var pairs: [(key: String, value: JSONPlace)] = []
    var child = node + 1
    while child < Int(text.nodes[node].next) {
      let key = text.string(text.nodes[child])
      pairs.append((key, JSONPlace(self, node: child + 1, path: "\(path).\(key)")))
      child = Int(text.nodes[child + 1].next)
    }
    return pairs
  }

  package var isNull: Bool { kind == .null }

  /// A word of a closed list.
  package func choice<Choice: RawRepresentable & CaseIterable>(
    _: Choice.Type = Choice.self
  ) throws(SchemaError) -> Choice where Choice.RawValue == String {
    let text = try string()
    guard let choice = Choice(rawValue: text) else {
      throw error(.badValue, text, of: Choice.self)
    }
    return choice
  }

  /// The error that a text is none of these choices.
  package func error<Choice: RawRepresentable & CaseIterable>(
    _ code: SchemaError.Code, _ text: String, of _: Choice.Type
  ) -> SchemaError where Choice.RawValue == String {
    let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    return error(code, "\(text) (one of \(choices))")
  }

  /// The positions of an array's elements among the nodes.
  func elementNodes() throws(SchemaError) -> [Int] {
    guard kind == .array else { throw error(.wrongType, "array") }
    var elements: [Int] = []
    var child = node + 1
    while child < Int(text.nodes[node].next) {
      elements.append(child)
      child = Int(text.nodes[child].next)
    }
    return elements
  }

  /// The place of an element that `elementNodes` named.
  func element(_ index: Int, node: Int) -> JSONPlace {
    JSONPlace(self, node: node, path: "\(path)[\(index)]")
  }

  package func elements() throws(SchemaError) -> [JSONPlace] {
    let nodes = try elementNodes()
    return nodes.indices.map { element($0, node: nodes[$0]) }
  }

  package func string() throws(SchemaError) -> String {
    guard kind == .string || kind == .escapedString else { throw error(.wrongType, "string") }
    return text.string(text.nodes[node])
  }

  /// A string, or a number as it is written.
  package func stringOrNumber() throws(SchemaError) -> String {
    guard kind == .number else { return try string() }
    let digits = text.bytes[Int(text.nodes[node].start)..<Int(text.nodes[node].end)]
    return String(decoding: digits, as: UTF8.self)
  }

  package func strings() throws(SchemaError) -> [String] {
    var result: [String] = []
    for element in try elements() { result.append(try element.string()) }
    return result
  }

  package func boolean() throws(SchemaError) -> Bool {
    guard kind == .boolean else { throw error(.wrongType, "true or false") }
    return text.bytes[Int(text.nodes[node].start)] == UInt8(ascii: "t")
  }

  package func integer(in range: ClosedRange<Int>) throws(SchemaError) -> Int {
    guard kind == .number else { throw error(.wrongType, "integer") }
    let digits = text.bytes[Int(text.nodes[node].start)..<Int(text.nodes[node].end)]
    guard let value = Int(String(decoding: digits, as: UTF8.self)) else {
      throw error(.wrongType, "integer")
    }
    guard range.contains(value) else { throw error(.badValue, "\(value)") }
    return value
  }

  /// A name: lower-case letters, digits and underscores, at most 63 of them, a letter first.
  package func name() throws(SchemaError) -> String {
    let name = try string()
    let isName =
      name.utf8.count <= 63
      && (name.utf8.first.map { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") } ?? false)
      && name.utf8.allSatisfy {
        ($0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z"))
          || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")) || $0 == UInt8(ascii: "_")
      }
    guard isName else { throw error(.badName, name) }
    return name
  }
}
