// How the fields of a table are kept in columns: which are texts, which follow from others, and in
// which order they are computed. Made once from the schema.

import Bytes
package import Rows

/// How a registry's tables are kept, and which dictionaries they share.
package struct RegistryPlan: Sendable {
  package let schema: Schema
  package let tables: [TablePlan]
  /// Names of all dictionaries: first each code list of the schema in order, then the words of
  /// texts.
  package let dictionaryNames: [String]

  package init(_ schema: Schema) {
    self.schema = schema
    var names = schema.codeLists.map { "list:" + $0.name }
    var first: [String: Int] = [:]
    for table in schema.tables {
      for field in table.fields {
        guard let words = field.words, let name = field.dictionary, first[name] == nil else {
          continue
        }
        first[name] = names.count
        names += (1...words.partCount).map { "words:\(name).\($0)" }
      }
    }
    dictionaryNames = names
    tables = schema.tables.indices.map { TablePlan($0, schema: schema, dictionaries: first) }
  }
}

/// How one table is kept in columns.
package struct TablePlan: Sendable {
  /// The number of the column that links a row to its parent's row; no field has it.
  package static let linkNumber: UInt16 = 0xFFFF
  /// The number of the codes of several columns, which are no column by themselves.
  package static let rowCodesNumber: UInt16 = 0xFFFE

  package let position: Int
  package let table: Table
  package let fieldCount: Int
  package let isText: [Bool]
  /// For each field, the position of the first dictionary of its words or of its code list, or -1.
  package let dictionary: [Int]
  /// Fields that can be stored only when the table's children are.
  package let lateFields: [Int]
  /// Integer fields that follow from others, sources first.
  package let steps: [DerivedStep]
  /// The positions of all text fields, those made of other fields last.
  package let textFields: [Int]
  /// Text fields made of other fields' texts, by field.
  package let alternatives: [Int: [[TextPiece]]]
  /// For each field, the field of the parent that it mostly equals, or -1.
  ///
  /// A field that waits for
  /// the children says nothing of others, which are stored before it is known.
  package let inherited: [Int]
  /// For each field, whether it follows from the parent, directly or through other fields.
  package let dependsOnParent: [Bool]
  /// For each field, whether it has to be read for children's rows that take values of this one.
  private let isForChildren: [Bool]
  /// The same for a parent's row that takes values of its first child.
  private let isForParent: [Bool]
  /// The position of the parent's table, if there is one.
  package let parent: Int?
  /// How rows of this table's segments are read, shared by segments that are encoded alike.
  let shapes = RowShapes()
  /// Where what reading rows needs lies.
  let memory = RowMemory()

  package var number: UInt16 { UInt16(position) }

  /// The column after the fields' columns, which links a row to its parent's row.
  package var linkColumn: Int { fieldCount }

  init(_ position: Int, schema: Schema, dictionaries: [String: Int]) {
    let table = schema.tables[position]
    self.position = position
    self.table = table
    fieldCount = table.fields.count
    parent = table.parent?.table
    isText = table.fields.map { $0.type == .text }
    dictionary = table.fields.map { field in
      if let name = field.dictionary { return dictionaries[name] ?? -1 }
      guard case .code(let list) = field.type else { return -1 }
      return schema.codeListPosition(list) ?? -1
    }
    let parentKey =
      table.parent.flatMap { link in
        let parent = schema.tables[link.table]
        return parent.key
      } ?? -1
    let parentFields = table.parent.map { schema.tables[$0.table].fields } ?? []
    inherited = table.fields.map { field in
      switch field.derivation {
      case .parentKey: parentKey
      case .parent(let parentField): parentFields[parentField].isLate ? -1 : parentField
      default: -1
      }
    }
    lateFields = table.fields.indices.filter { table.fields[$0].isLate }
    var pieces: [Int: [[TextPiece]]] = [:]
    for (index, field) in table.fields.enumerated() {
      guard case .text(let alternatives) = field.derivation,
        !alternatives.joined().contains(where: { table.fields[$0].isLate })
      else { continue }
      pieces[index] = alternatives.map { $0.map { TextPiece($0, of: table, schema: schema) } }
    }
    alternatives = pieces
    textFields = isText.indices.filter { table.fields[$0].type == .text }.sorted {
      (pieces[$0] == nil ? 0 : 1, $0) < (pieces[$1] == nil ? 0 : 1, $1)
    }
    steps = Self.steps(of: table, schema: schema, inherited: inherited)
    var depends = inherited.map { $0 >= 0 }
    var (forChildren, forParent) = (depends.map { _ in false }, depends.map { _ in false })
    for child in schema.tables where child.parent?.table == position {
      for field in child.fields {
        switch field.derivation {
        case .parentKey: if let key = table.key { forChildren[key] = true }
        case .parent(let field): forChildren[field] = true
        default: break
        }
      }
    }
    for field in schema.tables.flatMap(\.fields) {
      if case .firstChild(position, let field) = field.derivation { forParent[field] = true }
    }
    // Sources of sources, until nothing changes: at most one round a field.
    for _ in table.fields.indices {
      for (index, field) in table.fields.enumerated() {
        for source in field.derivation?.sources ?? [] {
          if depends[source] { depends[index] = true }
          if forChildren[index] { forChildren[source] = true }
          if forParent[index] { forParent[source] = true }
        }
      }
    }
    dependsOnParent = depends
    (isForChildren, isForParent) = (forChildren, forParent)
  }

  /// For each field, whether it has to be read for a purpose.
  package func isWanted(for purpose: RowProgram.Purpose) -> [Bool] {
    switch purpose {
    case .whole: isText.map { _ in true }
    case .children: isForChildren
    case .parent: isForParent
    }
  }

  /// Steps in an order in which every source comes before what follows from it.
  private static func steps(of table: Table, schema: Schema, inherited: [Int]) -> [DerivedStep] {
    var ordered: [DerivedStep] = []
    var placed = Set(
      table.fields.indices.filter { table.fields[$0].derivation == nil || inherited[$0] >= 0 })
    for index in table.fields.indices where inherited[index] >= 0 {
      guard table.fields[index].type != .text else { continue }
      ordered.append(DerivedStep(field: index, kind: .inherited(inherited[index])))
    }
    var rest = table.fields.indices.filter { !placed.contains($0) }
    while !rest.isEmpty {
      let before = rest.count
      rest.removeAll { index in
        let field = table.fields[index]
        guard let derivation = field.derivation, derivation.sources.allSatisfy(placed.contains)
        else { return false }
        placed.insert(index)
        if !derivation.sources.contains(where: { table.fields[$0].isLate }),
          let kind = DerivedStep.Kind(derivation, of: table, schema: schema)
        {
          ordered.append(DerivedStep(field: index, kind: kind))
        }
        return true
      }
      precondition(rest.count < before, "the schema has a cycle of derivations")
    }
    return ordered
  }
}

extension Field {
  /// Whether the field can be stored only when the table's children are.
  fileprivate var isLate: Bool {
    switch derivation {
    case .children, .firstChild: true
    default: false
    }
  }
}

/// One piece of a text that is made of other fields' texts.
package struct TextPiece: Sendable {
  package let field: Int
  /// Digits that the piece has, or -1 for a code.
  package let digitCount: Int
  /// The code list's position among the dictionaries, or -1 for digits.
  package let dictionary: Int

  init(_ field: Int, of table: Table, schema: Schema) {
    self.field = field
    switch table.fields[field].type {
    case .digits(let count):
      digitCount = count
      dictionary = -1
    case .code(let list):
      digitCount = -1
      dictionary = schema.codeListPosition(list) ?? -1
    default:
      preconditionFailure("a text is made of digits and codes")
    }
  }
}
