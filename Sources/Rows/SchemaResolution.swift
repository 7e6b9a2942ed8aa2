// Turns declared names into positions, and refuses what does not fit together.

import Bytes

extension Schema {
  /// Resolves the names of declarations, in an order in which parents come before children.
  init(resolving declarations: [TableDeclaration], codeLists: [CodeList]) throws(SchemaError) {
    guard !declarations.isEmpty else { throw SchemaError(.noTables) }
    let lists = codeLists.sorted { $0.name < $1.name }
    for (left, right) in zip(lists, lists.dropFirst()) where left.name == right.name {
      throw SchemaError(.duplicateCodeList, detail: left.name)
    }
    let ordered = try parentsFirst(declarations)
    let resolver = Resolver(declarations: ordered, codeLists: lists)
    for position in ordered.indices { try resolver.checkNames(position) }
    var tables: [Table] = []
    for position in ordered.indices { tables.append(try resolver.table(position)) }
    self.init(tables: tables, codeLists: lists)
    for position in ordered.indices {
      try checkDefaults(of: position, ordered[position])
    }
    try checkDerivationCycles(ordered)
  }

  private func checkDefaults(
    of position: Int, _ declaration: TableDeclaration
  ) throws(SchemaError) {
    for field in tables[position].fields {
      guard let text = declaration.fields.first(where: { $0.name == field.name })?.defaultText
      else { continue }
      let bytes = Array(text.name.utf8)
      let problem = bytes.lend { bytes -> FieldProblem? in
        if field.type == .text { return TextInspection(bytes).problem }
        return FieldParser(field, in: self).parse(bytes).problem
      }
      if let problem { throw text.place.error(.badDefault, problem.code) }
    }
  }

  /// Refuses a field that follows from itself, within its table or through parents and children.
  private func checkDerivationCycles(_ declarations: [TableDeclaration]) throws(SchemaError) {
    var states: [[Int]] = tables.map { Array(repeating: 0, count: $0.fields.count) }
    for table in tables.indices {
      for field in tables[table].fields.indices {
        guard follows(fromItself: (table, field), &states) else { continue }
        let declaration = declarations[table].fields[field]
        throw (declaration.derived?.place ?? declaration.place).error(.derivationCycle)
      }
    }
  }

  private func follows(fromItself node: (Int, Int), _ states: inout [[Int]]) -> Bool {
    if states[node.0][node.1] != 0 { return states[node.0][node.1] == 1 }
    states[node.0][node.1] = 1
    for source in sources(of: node) where follows(fromItself: source, &states) { return true }
    states[node.0][node.1] = 2
    return false
  }

  private func sources(of node: (table: Int, field: Int)) -> [(Int, Int)] {
    let table = tables[node.table]
    guard let derivation = table.fields[node.field].derivation else { return [] }
    switch derivation {
    case .parentKey:
      guard let parent = table.parent, let key = tables[parent.table].key else { return [] }
      return [(parent.table, key)]
    case .parent(let field): return table.parent.map { [($0.table, field)] } ?? []
    case .firstChild(let child, let field): return [(child, field)]
    default: return derivation.sources.map { (node.table, $0) }
    }
  }
}

/// Tables in an order in which parents come before children, else by name.
private func parentsFirst(
  _ declarations: [TableDeclaration]
) throws(SchemaError) -> [TableDeclaration] {
  var waiting = declarations.sorted { $0.name < $1.name }
  for (left, right) in zip(waiting, waiting.dropFirst()) where left.name == right.name {
    throw right.place.error(.duplicateTable, right.name)
  }
  for declaration in waiting {
    guard let parent = declaration.parent?.table else { continue }
    guard waiting.contains(where: { $0.name == parent.name }) else {
      throw parent.place.error(.unknownTable, parent.name)
    }
  }
  var ordered: [TableDeclaration] = []
  while !waiting.isEmpty {
    let next = waiting.firstIndex { declaration in
      guard let parent = declaration.parent?.table.name else { return true }
      return ordered.contains { $0.name == parent }
    }
    guard let next else {
      let place = waiting[0].parent?.table.place ?? waiting[0].place
      throw place.error(.parentCycle, waiting[0].name)
    }
    ordered.append(waiting.remove(at: next))
  }
  return ordered
}

/// Resolves the names of one table after the other.
private struct Resolver {
  let declarations: [TableDeclaration]
  let codeLists: [CodeList]

  func tablePosition(_ name: String) -> Int? { declarations.firstIndex { $0.name == name } }

  func field(_ name: DeclaredName, of table: Int) throws(SchemaError) -> Int {
    guard let position = declarations[table].fields.firstIndex(where: { $0.name == name.name })
    else { throw name.place.error(.unknownField, name.name) }
    return position
  }

  func codeList(of field: Int, in table: Int) -> CodeList? {
    guard case .code(let list) = declarations[table].fields[field].type else { return nil }
    return codeLists.first { $0.name == list }
  }

  /// Refuses names and numbers that occur twice, and code lists that are not there.
  func checkNames(_ table: Int) throws(SchemaError) {
    var owners: [String: String] = [:]
    var numbers: Set<Int> = []
    for field in declarations[table].fields {
      guard owners.updateValue(field.name, forKey: field.name) == nil else {
        throw field.place.error(.duplicateField, field.name)
      }
      guard numbers.insert(field.number).inserted else {
        throw field.numberPlace.error(.duplicateFieldNumber, "\(field.number)")
      }
      if case .code(let list) = field.type, !codeLists.contains(where: { $0.name == list }) {
        throw field.typePlace.error(.unknownCodeList, list)
      }
    }
    for field in declarations[table].fields {
      for alias in field.aliases {
        guard owners.updateValue(field.name, forKey: alias.name.lowercased()) == nil else {
          throw alias.place.error(.aliasCollides, alias.name)
        }
      }
    }
    var indexNames: Set<String> = []
    for index in declarations[table].indexes {
      guard indexNames.insert(index.name).inserted else {
        throw index.place.error(.duplicateIndex, index.name)
      }
    }
  }

  func table(_ position: Int) throws(SchemaError) -> Table {
    let declaration = declarations[position]
    let parent = try parentLink(position)
    var fields: [Field] = []
    for index in declaration.fields.indices {
      let field = declaration.fields[index]
      fields.append(
        Field(
          name: field.name, number: UInt16(field.number), type: field.type,
          meaning: field.meaning, sensitivity: field.sensitivity,
          aliases: field.aliases.map(\.name), isRequired: field.isRequired,
          defaultText: field.defaultText?.name, source: field.source, words: field.words,
          dictionary: field.dictionary, cut: try cut(of: field, in: position),
          derivation: try derivation(of: index, in: position, parent))
      )
    }
    var indexes: [Index] = []
    for index in declaration.indexes {
      indexes.append(try self.index(index, of: position, fields))
    }
    let key = try key(position, indexes)
    return Table(
      name: declaration.name, number: UInt16(position), version: declaration.version,
      description: declaration.description, fields: fields, key: key, parent: parent,
      indexes: indexes)
  }

  private func cut(of field: FieldDeclaration, in table: Int) throws(SchemaError) -> Cut? {
    guard let cut = field.cut else { return nil }
    let source = try self.field(cut.from, of: table)
    switch declarations[table].fields[source].type {
    case .text, .digits:
      return Cut(field: source, offset: cut.offset, count: cut.count, length: cut.length)
    default:
      throw cut.from.place.error(
        .cutFromOtherType, declarations[table].fields[source].type.description)
    }
  }

  private func key(_ table: Int, _ indexes: [Index]) throws(SchemaError) -> Int? {
    guard let key = declarations[table].key else { return nil }
    let position = try field(key, of: table)
    guard indexes.contains(where: { $0.fields == [position] && $0.isUnique }) else {
      throw key.place.error(.keyWithoutUniqueIndex, key.name)
    }
    return position
  }

  private func parentLink(_ table: Int) throws(SchemaError) -> ParentLink? {
    guard let link = declarations[table].parent else { return nil }
    let position = try field(link.field, of: table)
    guard let parent = tablePosition(link.table.name), let key = declarations[parent].key else {
      throw link.table.place.error(.parentWithoutKey, link.table.name)
    }
    let declared = declarations[table].fields[position]
    let parentKey = declarations[parent].fields[try field(key, of: parent)]
    guard declared.type == parentKey.type else {
      throw link.field.place.error(.linkTypeDiffers, parentKey.type.description)
    }
    if let derived = declared.derived { throw derived.place.error(.linkIsDerived) }
    return ParentLink(table: parent, field: position)
  }

  private func index(
    _ declaration: IndexDeclaration, of table: Int, _ fields: [Field]
  ) throws(SchemaError) -> Index {
    var positions: [Int] = []
    for name in declaration.fields { positions.append(try field(name, of: table)) }
    if declaration.isFolded, !positions.contains(where: { fields[$0].type == .text }) {
      throw declaration.place.error(.foldedWithoutText, declaration.name)
    }
    var through: Int?
    if let name = declaration.through {
      let others = declarations[table].indexes
      guard let other = others.firstIndex(where: { $0.name == name.name }) else {
        throw name.place.error(.unknownIndex, name.name)
      }
      let source = try field(others[other].fields[0], of: table)
      guard positions.count == 1, others[other].fields.count == 1, others[other].through == nil,
        case .text(let alternatives) = fields[positions[0]].derivation,
        alternatives.allSatisfy({ $0.contains(source) })
      else { throw name.place.error(.throughOtherField, name.name) }
      through = other
    }
    return Index(
      name: declaration.name, fields: positions, isUnique: declaration.isUnique,
      isFolded: declaration.isFolded, through: through)
  }
}

extension Resolver {
  fileprivate func derivation(
    of field: Int, in table: Int, _ parent: ParentLink?
  ) throws(SchemaError) -> Derivation? {
    if let parent, parent.field == field { return .parentKey }
    let target = declarations[table].fields[field]
    guard let declared = target.derived else { return nil }
    switch declared.form {
    case .parent(let name):
      guard let parent else {
        throw declared.place.error(.derivedFromParentWithoutParent)
      }
      let source = try self.field(name, of: parent.table)
      try requireEqual(target, declarations[parent.table].fields[source], name)
      return .parent(field: source)
    case .digits(let parts):
      return .digits(try digits(parts, of: target, in: table, declared.place))
    case .text(let alternatives):
      guard target.type == .text else {
        throw declared.place.error(.derivationTypeDiffers, target.type.description)
      }
      guard target.words == nil else { throw declared.place.error(.wordsOnDerivedText) }
      return .text(
        try alternatives.map { (names) throws(SchemaError) in
          try pieces(names, in: table)
        })
    case .difference(let name):
      let source = try self.field(name, of: table)
      guard target.type == .day || target.type == .integer else {
        throw declared.place.error(.derivationTypeDiffers, target.type.description)
      }
      try requireEqual(target, declarations[table].fields[source], name)
      return .difference(from: source)
    case .mapped(let name):
      let source = try self.field(name, of: table)
      guard target.type != .text, declarations[table].fields[source].type != .text else {
        throw name.place.error(.derivationTypeDiffers, "text")
      }
      return .mapped(from: source)
    case .children(let name):
      guard target.type == .integer else {
        throw declared.place.error(.derivationTypeDiffers, target.type.description)
      }
      return .children(table: try child(name, of: table))
    case .firstChild(let tableName, let fieldName):
      let childTable = try child(tableName, of: table)
      let source = try self.field(fieldName, of: childTable)
      let field = declarations[childTable].fields[source]
      try requireEqual(target, field, fieldName)
      guard target.type != .text else {
        throw fieldName.place.error(.derivationTypeDiffers, "text")
      }
      switch field.derived?.form {
      case .children, .firstChild: throw fieldName.place.error(.firstChildIsLate, fieldName.name)
      default: break
      }
      return .firstChild(table: childTable, field: source)
    }
  }

  /// The fields that a text is made of, each of which has a text of its own kind.
  private func pieces(_ names: [DeclaredName], in table: Int) throws(SchemaError) -> [Int] {
    var fields: [Int] = []
    for name in names {
      let source = try field(name, of: table)
      let type = declarations[table].fields[source].type
      switch type {
      case .digits, .code: fields.append(source)
      default: throw name.place.error(.derivationTypeDiffers, type.description)
      }
    }
    return fields
  }

  private func child(_ name: DeclaredName, of table: Int) throws(SchemaError) -> Int {
    guard let position = tablePosition(name.name) else {
      throw name.place.error(.unknownTable, name.name)
    }
    guard declarations[position].parent?.table.name == declarations[table].name else {
      throw name.place.error(.derivedFromOtherTable, name.name)
    }
    return position
  }

  private func requireEqual(
    _ target: FieldDeclaration, _ source: FieldDeclaration, _ name: DeclaredName
  ) throws(SchemaError) {
    let isEqual =
      target.type == source.type && target.words == source.words
      && target.dictionary == source.dictionary
    guard isEqual else { throw name.place.error(.derivationTypeDiffers, source.type.description) }
  }

  private func digits(
    _ parts: [DigitPartDeclaration], of target: FieldDeclaration, in table: Int, _ place: JSONPlace
  ) throws(SchemaError) -> [DigitPart] {
    guard case .digits(let count) = target.type else {
      throw place.error(.derivationTypeDiffers, target.type.description)
    }
    var resolved: [DigitPart] = []
    for part in parts { resolved.append(try digitPart(part, in: table)) }
    let storedCount = resolved.count { if case .stored = $0 { true } else { false } }
    guard resolved.reduce(0, { $0 + $1.count }) == count, storedCount <= 1 else {
      throw place.error(.digitsDoNotAddUp, "\(count)")
    }
    return resolved
  }

  private func digitPart(
    _ part: DigitPartDeclaration, in table: Int
  ) throws(SchemaError) -> DigitPart {
    let fields = declarations[table].fields
    switch part.form {
    case .code(let name):
      let source = try field(name, of: table)
      guard let list = codeList(of: source, in: table),
        list.codes.allSatisfy({ isNumber($0, countMax: part.count) })
      else { throw name.place.error(.derivationTypeDiffers, fields[source].type.description) }
      return .code(field: source, count: part.count)
    case .centuryAndSex(let dayName, let sexName):
      let (day, sex) = (try field(dayName, of: table), try field(sexName, of: table))
      guard fields[day].type == .day else {
        throw dayName.place.error(.derivationTypeDiffers, fields[day].type.description)
      }
      guard let list = codeList(of: sex, in: table), list.count >= 2 else {
        throw sexName.place.error(.derivationTypeDiffers, fields[sex].type.description)
      }
      return .centuryAndSex(day: day, sex: sex)
    case .year(let name):
      let day = try field(name, of: table)
      guard fields[day].type == .day else {
        throw name.place.error(.derivationTypeDiffers, fields[day].type.description)
      }
      return .year(day: day)
    case .attribute(let attributeName, let name):
      let source = try field(name, of: table)
      guard let list = codeList(of: source, in: table) else {
        throw name.place.error(.derivationTypeDiffers, fields[source].type.description)
      }
      guard let attribute = list.attributePosition(attributeName.name) else {
        throw attributeName.place.error(.unknownAttribute, attributeName.name)
      }
      let values = (0..<list.count).compactMap { list.attribute(attribute, of: $0) }
      guard values.allSatisfy({ isNumber($0, countMax: part.count) }) else {
        throw attributeName.place.error(.derivationTypeDiffers, attributeName.name)
      }
      return .attribute(attribute, field: source, count: part.count)
    case .leading(let name):
      let source = try field(name, of: table)
      guard case .digits(let count) = fields[source].type, count >= part.count else {
        throw name.place.error(.derivationTypeDiffers, fields[source].type.description)
      }
      return .leading(field: source, count: part.count)
    case .stored:
      return .stored(count: part.count)
    }
  }

  private func isNumber(_ text: String, countMax: Int) -> Bool {
    !text.isEmpty && text.utf8.count <= countMax
      && text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
  }
}
