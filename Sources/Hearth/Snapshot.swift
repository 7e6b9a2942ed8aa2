// One commit of a registry, and the questions that it answers.

import Bytes
import Columns
import Querying
public import Rows
import Segments
public import Store

/// One commit of a registry, as it stays while the value is held.
///
/// It is meant to live inside `Database.read`. One that is kept longer stays valid, and keeps pages
/// that later commits free from being used again.
public final class Snapshot: Sendable {
  let store: Store.Snapshot
  let lookups: LookupPool

  init(_ store: consuming Store.Snapshot, _ lookups: LookupPool) {
    self.store = store
    self.lookups = lookups
  }

  /// The tables and code lists in force.
  public var schema: Schema { store.registry.schema }

  /// Rows of a table that are there.
  ///
  /// Throws `QueryFailure.unknownTable`.
  public func rowCount(of table: String) throws -> Int {
    let position = try position(of: table)
    return store.isPast ? try count(of: table) : store.rowCount(table: position)
  }

  /// What the registry takes on disk, by table, column, index and dictionary.
  ///
  /// Throws `StoreError`.
  public func statistics() throws -> Statistics { try store.statistics() }

  func position(of table: String) throws(QueryFailure) -> Int {
    guard let position = schema.tables.firstIndex(where: { $0.name == table }) else {
      throw .unknownTable(table)
    }
    return position
  }

  // MARK: Look-ups

  /// The rows of a table in which a field has a value, given as text; the table's key without a
  /// field.
  ///
  /// The field must have an index.
  ///
  /// Takes a few microseconds, most of them to make the rows' values. Throws `QueryFailure` for an
  /// unknown table, a field without an index, or a text that is no value of the field.
  public func rows(
    of table: String, where field: String? = nil, equal text: String
  ) throws -> [Row] {
    let table = try position(of: table)
    let index = try indexPosition(of: field, table: table)
    return try rows(of: table, index: index, equal: text)
  }

  /// The rows in which a field has a value, in the order in which they are stored; nil when the
  /// field is no integer with an index, or the text none of its values.
  func indexedRows(of table: String, where field: String, equal text: String) throws -> [Row]? {
    let table = try position(of: table)
    let declared = schema.tables[table]
    guard let position = declared.position(of: field), declared.fields[position].type != .text,
      let index = declared.indexes.firstIndex(where: { $0.fields == [position] }),
      let value = try? stored(Array(text.utf8), field: declared.fields[position], table: table)
    else { return nil }
    return try rows(of: table, index: index, equal: value).sorted { $0.number < $1.number }
  }

  func indexPosition(of field: String?, table: Int) throws(QueryFailure) -> Int {
    let declared = schema.tables[table]
    let position = field.map { declared.position(of: $0) ?? declared.position(ofColumn: $0) }
    guard let wanted = field == nil ? declared.key : position ?? nil else {
      throw .unknownField(table: declared.name, field: field ?? "")
    }
    guard let index = declared.indexes.firstIndex(where: { $0.fields == [wanted] }) else {
      throw .noIndex(table: declared.name, field: declared.fields[wanted].name)
    }
    return index
  }

  /// The rows of a table in which a field has each of many values, given as texts, in the order of
  /// the texts; the table's key without a field.
  ///
  /// Keys are asked together, so that they wait for memory together: less than one after the other
  /// takes. Throws as `rows(of:where:equal:)` does, and then gives nothing.
  public func rows(
    of table: String, where field: String? = nil, equalToEach texts: [String]
  ) throws -> [[Row]] {
    let table = try position(of: table)
    let index = try indexPosition(of: field, table: table)
    let field = schema.tables[table].fields[schema.tables[table].indexes[index].fields[0]]
    guard field.type != .text else {
      return try texts.map { try rows(of: table, index: index, equal: $0) }
    }
    let keys = Scratch<Int64>(count: texts.count)
    for (position, text) in texts.enumerated() {
      keys.view[position] = try stored(Array(text.utf8), field: field, table: table)
    }
    var found = [[Row]](repeating: [], count: texts.count)
    try lookups.withLookup(of: table) { (lookup) throws(StoreError) in
      try lookup.rows(of: index, equalToAny: keys.view, count: texts.count, in: store) {
        position, reader throws(StoreError) in
        found[position].append(Row(reader, in: store))
      }
    }
    return found
  }

  private func rows(of table: Int, index: Int, equal text: String) throws -> [Row] {
    let field = schema.tables[table].fields[schema.tables[table].indexes[index].fields[0]]
    let bytes = normalText(text)
    if field.type != .text {
      return try rows(
        of: table, index: index, equal: try stored(bytes, field: field, table: table))
    }
    var found: [Row] = []
    try lookups.withLookup(of: table) { (lookup) throws(StoreError) in
      try bytes.lend { (bytes) throws(StoreError) in
        try lookup.rows(of: index, equal: bytes, in: store) { reader throws(StoreError) in
          found.append(Row(reader, in: store))
          return true
        }
      }
    }
    return found
  }

  private func rows(of table: Int, index: Int, equal value: Int64) throws(StoreError) -> [Row] {
    var found: [Row] = []
    try lookups.withLookup(of: table) { (lookup) throws(StoreError) in
      try lookup.rows(of: index, equal: value, in: store) { reader throws(StoreError) in
        found.append(Row(reader, in: store))
        return true
      }
    }
    return found
  }

  /// The stored integer of a text that a caller gave.
  func stored(_ bytes: [UInt8], field: Field, table: Int) throws(QueryFailure) -> Int64 {
    let parser = FieldParser(field, in: schema)
    let parsed = bytes.lend { parser.parse($0) }
    if let problem = parsed.problem {
      if problem == .unknownCode, let code = grownCode(bytes, field: field, table: table) {
        return code
      }
      throw .notAValue(table: schema.tables[table].name, field: field.name, problem)
    }
    return parsed.value
  }

  /// The ordinal of a code that data added to an open list.
  private func grownCode(_ bytes: [UInt8], field: Field, table: Int) -> Int64? {
    guard let position = schema.tables[table].position(of: field.name) else { return nil }
    let list = store.plan.tables[table].dictionary[position]
    guard list >= 0 else { return nil }
    let words = store.words.lists[list]
    return bytes.lend { wanted in
      for code in 0..<words.wordCount {
        if let word = words[UInt32(code)], word.isEqual(to: wanted) { return Int64(code) }
      }
      return nil
    }
  }

  /// The rows of any table in which any field that is a number or a code of its own has this text:
  /// every index of one field is tried.
  ///
  /// Texts that cannot be a value of a field are passed over. Throws `StoreError`.
  public func find(_ text: String) throws -> [Found] {
    var found: [Found] = []
    for (table, declared) in schema.tables.enumerated() {
      for (number, index) in declared.indexes.enumerated() where index.fields.count == 1 {
        let field = declared.fields[index.fields[0]]
        do {
          for row in try rows(of: table, index: number, equal: text) {
            let isKnown = found.contains {
              $0.row.table.name == declared.name && $0.row.id == row.id
            }
            if !isKnown { found.append(Found(row: row, field: field.name)) }
          }
        } catch is QueryFailure {
          continue
        }
      }
    }
    return found
  }

  /// The rows whose name and birth date, or other text and value, are these; `index` has two
  /// fields.
  ///
  /// With `isExact` the text must be equal in the normalisation form NFC; otherwise it may differ
  /// in case, marks and spaces, and rows that are equal come first.
  public func rows(
    of table: String, index name: String, text: String, and value: String, isExact: Bool = false
  ) throws -> [Row] {
    let table = try position(of: table)
    let declared = schema.tables[table]
    guard let index = declared.indexes.firstIndex(where: { $0.name == name }),
      declared.indexes[index].fields.count == 2
    else { throw QueryFailure.noIndex(table: declared.name, field: name) }
    let field = declared.fields[declared.indexes[index].fields[1]]
    let stored = try stored(Array(value.utf8), field: field, table: table)
    let bytes = normalText(text)
    let textField = declared.indexes[index].fields[0]
    var equal: [Row] = []
    var similar: [Row] = []
    try lookups.withLookup(of: table) { (lookup) throws(StoreError) in
      try bytes.lend { (text) throws(StoreError) in
        try lookup.rows(
          of: index, text: text, and: stored, isExact: isExact, in: store
        ) { reader throws(StoreError) in
          let row = Row(reader, in: store)
          if let found = reader.buffer.text(of: textField), found.isEqual(to: text) {
            equal.append(row)
          } else {
            similar.append(row)
          }
          return true
        }
      }
    }
    return equal + similar
  }

  /// The children of a row in a table, in the order in which they are stored.
  public func children(of row: Row, in table: String) throws -> [Row] {
    let table = try position(of: table)
    guard schema.tables[table].parent?.table == row.tablePosition else {
      throw QueryFailure.notAChild(table: schema.tables[table].name, parent: row.table.name)
    }
    var found: [Row] = []
    try lookups.withChildren(of: table) { (children) throws(StoreError) in
      try children.children(of: row.number, in: store) { reader throws(StoreError) in
        found.append(Row(reader, in: store))
      }
    }
    return found
  }
}

/// A row that `Snapshot.find` found, and the field by which it was.
public struct Found: Sendable {
  /// The row.
  public let row: Row
  /// The field that has the text.
  public let field: String
}

/// Why a question cannot be answered.
public enum QueryFailure: Error, Equatable, Sendable {
  /// The registry has no table of this name.
  case unknownTable(String)
  /// The table has no field of this name.
  case unknownField(table: String, field: String)
  /// The field, or the index of this name, cannot be looked up.
  case noIndex(table: String, field: String)
  /// The text is no value of the field.
  case notAValue(table: String, field: String, FieldProblem)
  /// The table's rows do not belong to rows of the other.
  case notAChild(table: String, parent: String)
  /// No table's rows belong to rows of this table.
  case notAParent(String)
  /// No field is named that could be written.
  case noFields(table: String)
  /// The field is named twice.
  case fieldRepeated(table: String, field: String)
  /// The table's rows cannot be written in rows of the other, of which a field has its name.
  case nameTaken(table: String, by: String)
}
