// A schema as one JSON text: what a registry keeps of it.
//
//     {"tables": [table file, ...], "codeLists": [code list file, ...]}
//
// Tables and lists are in schema order, keys in the order below, members with their default value
// left out, so equal schemas give equal bytes. Codes that data added are not part of it.

extension Schema {
  /// Reads a schema that `encoded` wrote.
  public init(decoding bytes: [UInt8]) throws(SchemaError) {
    let members = try JSONPlace(bytes, file: "").members(required: ["tables", "codeLists"])
    var codeLists: [CodeList] = []
    for list in try members["codeLists"]?.elements() ?? [] { codeLists.append(try CodeList(list)) }
    var tables: [TableDeclaration] = []
    for table in try members["tables"]?.elements() ?? [] {
      tables.append(try TableDeclaration(table))
    }
    try self.init(resolving: tables, codeLists: codeLists)
  }

  /// The schema as one JSON text.
  public func encoded() -> [UInt8] {
    var writer = JSONWriter()
    writer.open("{")
    writer.key("tables")
    writer.open("[")
    for table in tables { write(table, to: &writer) }
    writer.close("]")
    writer.key("codeLists")
    writer.open("[")
    for list in codeLists { list.write(to: &writer) }
    writer.close("]")
    writer.close("}")
    return writer.bytes
  }

  private func write(_ table: Table, to writer: inout JSONWriter) {
    writer.open("{")
    writer.key("name")
    writer.string(table.name)
    writer.key("version")
    writer.integer(table.version)
    writer.key("description")
    writer.string(table.description)
    if let key = table.key {
      writer.key("key")
      writer.string(table.fields[key].name)
    }
    if let parent = table.parent {
      writer.key("parent")
      write(
        [("table", tables[parent.table].name), ("field", table.fields[parent.field].name)],
        to: &writer)
    }
    writer.key("fields")
    writer.open("[")
    for field in table.fields { write(field, of: table, to: &writer) }
    writer.close("]")
    if !table.indexes.isEmpty {
      writer.key("indexes")
      writer.open("[")
      for index in table.indexes { write(index, of: table, to: &writer) }
      writer.close("]")
    }
    writer.close("}")
  }

  private func write(_ members: [(String, String)], to writer: inout JSONWriter) {
    writer.open("{")
    for (key, value) in members {
      writer.key(key)
      writer.string(value)
    }
    writer.close("}")
  }

  private func write(_ field: Field, of table: Table, to writer: inout JSONWriter) {
    writer.open("{")
    writer.key("name")
    writer.string(field.name)
    writer.key("number")
    writer.integer(Int(field.number))
    writer.key("type")
    writer.string(field.type.description)
    writer.key("meaning")
    writer.string(field.meaning)
    writer.key("sensitivity")
    writer.string(field.sensitivity.rawValue)
    if !field.aliases.isEmpty {
      writer.key("aliases")
      writer.strings(field.aliases)
    }
    if field.isRequired {
      writer.key("required")
      writer.boolean(true)
    }
    let texts: [(String, String?)] = [
      ("default", field.defaultText), ("source", field.source.isEmpty ? nil : field.source),
      ("words", field.words?.rawValue), ("dictionary", field.dictionary),
    ]
    for (key, text) in texts {
      guard let text else { continue }
      writer.key(key)
      writer.string(text)
    }
    if let cut = field.cut { write(cut, of: table, to: &writer) }
    if let derivation = field.derivation, derivation != .parentKey {
      writer.key("derived")
      writer.open("{")
      write(derivation, of: table, to: &writer)
      writer.close("}")
    }
    writer.close("}")
  }

  private func write(_ cut: Cut, of table: Table, to writer: inout JSONWriter) {
    writer.key("cut")
    writer.open("{")
    writer.key("from")
    writer.string(table.fields[cut.field].name)
    writer.key("offset")
    writer.integer(cut.offset)
    writer.key("count")
    writer.integer(cut.count)
    if let length = cut.length {
      writer.key("length")
      writer.integer(length)
    }
    writer.close("}")
  }

  private func write(_ derivation: Derivation, of table: Table, to writer: inout JSONWriter) {
    func name(_ field: Int) -> String { table.fields[field].name }
    switch derivation {
    case .parentKey: break
    case .parent(let field):
      writer.key("parent")
      writer.string(table.parent.map { tables[$0.table].fields[field].name } ?? "")
    case .digits(let parts):
      writer.key("digits")
      writer.open("[")
      for part in parts { write(part, of: table, to: &writer) }
      writer.close("]")
    case .text(let alternatives):
      writer.key("text")
      writer.open("[")
      for alternative in alternatives { writer.strings(alternative.map(name)) }
      writer.close("]")
    case .difference(let field):
      writer.key("difference")
      writer.string(name(field))
    case .mapped(let field):
      writer.key("mapped")
      writer.string(name(field))
    case .children(let child):
      writer.key("children")
      writer.string(tables[child].name)
    case .firstChild(let child, let field):
      writer.key("firstChild")
      write(
        [("table", tables[child].name), ("field", tables[child].fields[field].name)], to: &writer)
    }
  }

  private func write(_ part: DigitPart, of table: Table, to writer: inout JSONWriter) {
    func name(_ field: Int) -> String { table.fields[field].name }
    func count(_ key: String, _ value: Int) {
      writer.key(key)
      writer.integer(value)
    }
    writer.open("{")
    switch part {
    case .code(let field, let digitCount):
      writer.key("code")
      writer.string(name(field))
      count("digits", digitCount)
    case .centuryAndSex(let day, let sex):
      writer.key("centuryAndSex")
      write([("day", name(day)), ("sex", name(sex))], to: &writer)
    case .year(let day):
      writer.key("year")
      writer.string(name(day))
    case .attribute(let attribute, let field, let digitCount):
      writer.key("attribute")
      writer.string(codeList(of: table.fields[field])?.attributes[attribute] ?? "")
      writer.key("of")
      writer.string(name(field))
      count("digits", digitCount)
    case .leading(let field, let digitCount):
      writer.key("leading")
      writer.string(name(field))
      count("digits", digitCount)
    case .stored(let digitCount):
      count("stored", digitCount)
    }
    writer.close("}")
  }

  private func write(_ index: Index, of table: Table, to writer: inout JSONWriter) {
    writer.open("{")
    writer.key("name")
    writer.string(index.name)
    writer.key("fields")
    writer.strings(index.fields.map { table.fields[$0].name })
    if index.isUnique {
      writer.key("unique")
      writer.boolean(true)
    }
    if index.isFolded {
      writer.key("folded")
      writer.boolean(true)
    }
    if let through = index.through {
      writer.key("through")
      writer.string(table.indexes[through].name)
    }
    writer.close("}")
  }
}
