// Reads and writes a code list as JSON.

extension CodeList {
  /// Reads a code list: `{"name", "description", "source", "open", "attributes", "codes"}`, each of
  /// the codes a row of the code and its attributes.
  init(_ place: JSONPlace) throws(SchemaError) {
    let members = try place.members(
      required: ["name", "codes"],
      optional: ["description", "source", "open", "attributes"])
    var attributes: [String] = []
    for attribute in try members["attributes"]?.elements() ?? [] {
      let name = try attribute.name()
      guard !attributes.contains(name) else { throw attribute.error(.duplicateAttribute, name) }
      attributes.append(name)
    }
    var rows = CodeRows(attributeCount: attributes.count)
    if let place = members["codes"] { try rows.read(place) }
    self.init(
      name: try members["name"]?.name() ?? "",
      description: try members["description"]?.string() ?? "",
      source: try members["source"]?.string() ?? "",
      isOpen: try members["open"]?.boolean() ?? false,
      attributes: attributes, codes: rows.codes, attributeArena: rows.arena,
      attributeEnds: rows.ends)
  }

  /// Writes the declared codes; those that data added are kept elsewhere.
  func write(to writer: inout JSONWriter) {
    writer.open("{")
    writer.key("name")
    writer.string(name)
    writer.key("description")
    writer.string(description)
    writer.key("source")
    writer.string(source)
    writer.key("open")
    writer.boolean(isOpen)
    writer.key("attributes")
    writer.strings(attributes)
    writer.key("codes")
    writer.open("[")
    for ordinal in 0..<declaredCount {
      writer.open("[")
      writer.string(codes[ordinal])
      for position in attributes.indices {
        writer.string(attributeBytes(position, of: ordinal))
      }
      writer.close("]")
    }
    writer.close("]")
    writer.close("}")
  }
}

/// The rows of a code list while they are read.
private struct CodeRows {
  let attributeCount: Int
  var codes: [String] = []
  var arena: [UInt8] = []
  var ends: [UInt32] = []
  private var seen: Set<String> = []

  init(attributeCount: Int) { self.attributeCount = attributeCount }

  mutating func read(_ place: JSONPlace) throws(SchemaError) {
    let text = place.text
    let rowNodes = try place.elementNodes()
    codes.reserveCapacity(rowNodes.count)
    ends.reserveCapacity(rowNodes.count * attributeCount)
    seen.reserveCapacity(rowNodes.count)
    for index in rowNodes.indices {
      let row = text.nodes[rowNodes[index]]
      // A row has one node of its own and one for each value, all of them strings.
      guard row.kind == .array else {
        throw place.element(index, node: rowNodes[index]).error(.wrongType, "array")
      }
      guard Int(row.next) - rowNodes[index] == attributeCount + 2 else {
        let row = place.element(index, node: rowNodes[index])
        throw row.error(.codeRowLength, "\(try row.elementNodes().count)")
      }
      for value in rowNodes[index] + 1..<Int(row.next) {
        let node = text.nodes[value]
        guard node.kind == .string || node.kind == .escapedString else {
          throw place.element(index, node: value).error(.wrongType, "string")
        }
        if value == rowNodes[index] + 1 {
          try append(code: text.string(node), place, index, value)
          continue
        }
        if node.kind == .string {
          arena.append(contentsOf: text.bytes[Int(node.start)..<Int(node.end)])
        } else {
          arena.append(contentsOf: text.stringBytes(node))
        }
        ends.append(UInt32(arena.count))
      }
    }
  }

  private mutating func append(
    code: String, _ place: JSONPlace, _ index: Int, _ node: Int
  ) throws(SchemaError) {
    let isCode =
      !code.isEmpty && code.utf8.count <= CodeList.codeByteCountMax
      && code.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    guard isCode else { throw place.element(index, node: node).error(.badCode, code) }
    guard seen.insert(code).inserted else {
      throw place.element(index, node: node).error(.duplicateCode, code)
    }
    codes.append(code)
  }
}
