// Changes of single rows: inserted, given other values, moved, taken away; all of a change or
// nothing.

import Bytes
import Columns
import Querying
import Rows
import Rules
import Segments
public import Store

extension Database {
  /// Runs a change and returns when all that it did is on disk, together or not at all.
  ///
  /// What `body` reads is current and has what it did before. Changes of several threads and
  /// processes queue, and those that come while others are being synced are committed with one
  /// sync; `body` may therefore run several times, and should do nothing else. Readers never wait
  /// for it. Throws what `body` throws, and nothing is done then; `ChangeError`; `StoreError`, as
  /// `loadInProgress` while a load runs.
  @discardableResult
  public func write<Result>(
    _ reason: ChangeReason = ChangeReason(), _ body: (Change) throws -> Result
  ) throws -> Result {
    try registry.change(reason) { draft in try body(Change(draft, registry.schema)) }
  }
}

/// A change in progress; used inside `Database.write` alone.
///
/// Values are texts, as a load file writes them; nil is an absent value. A row is named by the
/// value of a field that has an index and occurs once among current rows.
public final class Change {
  private let draft: ChangeDraft
  private let schema: Schema

  init(_ draft: ChangeDraft, _ schema: Schema) {
    self.draft = draft
    self.schema = schema
  }

  // MARK: Changing

  /// Adds a row and returns its id.
  ///
  /// A field that mostly equals the parent row's has its value unless another is given; other
  /// fields that are not given are absent. Throws `ChangeError`.
  @discardableResult
  public func insert(into table: String, _ values: [String: String?]) throws -> Int {
    let plan = try plan(table)
    var row = WholeRow(of: plan)
    let given = try Set(values.keys.map { try field($0, plan) })
    for (name, text) in values { try set(try field(name, plan), to: text, in: &row, plan) }
    for (field, declared) in plan.table.fields.enumerated()
    where declared.isRequired && isAbsent(field, row, plan) {
      throw problem(.requiredIsAbsent, field, plan)
    }
    try link(&row, plan)
    try draft.follow(parentOf: &row, table: plan.position, except: given)
    return try draft.insert(row, table: plan.position)
  }

  /// Gives fields of one row other values and returns the row's id.
  ///
  /// A row that is given another parent moves to it; fields that equal the old parent's then follow
  /// the new one, unless they are given. Rows that took values from this one keep them. Throws
  /// `ChangeError`.
  @discardableResult
  public func update(
    _ table: String, where name: String? = nil, equals text: String, set values: [String: String?]
  ) throws -> Int {
    let id = try only(table, where: name, equals: text)
    let plan = draft.plan.tables[id.table]
    guard let old = try draft.current(id) else { throw missing(plan) }
    var row = old
    let given = try Set(values.keys.map { try field($0, plan) })
    for (name, text) in values { try set(try field(name, plan), to: text, in: &row, plan) }
    try link(&row, plan)
    if row.parentRow != old.parentRow {
      let own = given.union(try draft.ownFields(of: old, table: plan.position))
      try draft.follow(parentOf: &row, table: plan.position, except: own)
    }
    try draft.update(id, to: row)
    return id.row
  }

  /// Takes one row away; no row may belong to it.
  ///
  /// Throws `ChangeError`.
  public func delete(from table: String, where name: String? = nil, equals text: String) throws {
    try draft.delete(try only(table, where: name, equals: text))
  }

  // MARK: Reading

  /// How many current rows have a value in a field that has an index, what this change did
  /// included.
  ///
  /// Throws `ChangeError`.
  public func count(of table: String, where name: String? = nil, equals text: String) throws -> Int
  {
    try rows(of: try plan(table), where: name, equals: text).count
  }

  /// The text of a field of one current row, what this change did included; nil when absent.
  ///
  /// Throws `ChangeError`.
  public func value(
    _ wanted: String, of table: String, where name: String? = nil, equals text: String
  ) throws -> String? {
    let id = try only(table, where: name, equals: text)
    let plan = draft.plan.tables[id.table]
    let field = try field(wanted, plan)
    guard let row = try draft.current(id) else { throw missing(plan) }
    if plan.isText[field] { return row.texts[field].map { String(decoding: $0, as: UTF8.self) } }
    guard row.values[field] != absentValue else { return nil }
    if case .code = plan.table.fields[field].type {
      return draft.word(row.values[field], dictionary: plan.dictionary[field])
    }
    return Value(stored: row.values[field], type: plan.table.fields[field].type, codes: nil)?
      .description
  }

  // MARK: Rows and fields

  private func plan(_ table: String) throws(ChangeError) -> TablePlan {
    guard let plan = draft.plan.tables.first(where: { $0.table.name == table }) else {
      throw ChangeError(.unknownTable, table: table)
    }
    return plan
  }

  private func field(_ name: String, _ plan: TablePlan) throws(ChangeError) -> Int {
    guard
      let field = plan.table.position(of: name) ?? plan.table.position(ofColumn: name)
    else { throw ChangeError(.unknownField, table: plan.table.name, field: name) }
    return field
  }

  private func missing(_ plan: TablePlan) -> ChangeError {
    ChangeError(.rowMissing, table: plan.table.name)
  }

  private func problem(_ problem: FieldProblem, _ field: Int, _ plan: TablePlan) -> ChangeError {
    ChangeError(
      .notAValue(problem), table: plan.table.name, field: plan.table.fields[field].name)
  }

  private func only(
    _ table: String, where name: String?, equals text: String
  ) throws -> RowID {
    let plan = try plan(table)
    let found = try rows(of: plan, where: name, equals: text)
    guard let row = found.first else { throw missing(plan) }
    guard found.count == 1 else { throw ChangeError(.rowAmbiguous, table: plan.table.name) }
    return RowID(table: plan.position, row: row)
  }

  private func rows(of plan: TablePlan, where name: String?, equals text: String) throws -> [Int] {
    guard let field = try name.map({ try self.field($0, plan) }) ?? plan.table.key else {
      throw ChangeError(.unknownField, table: plan.table.name)
    }
    let isNaming = { (index: Index) in index.fields == [field] && index.through == nil }
    guard let index = plan.table.indexes.firstIndex(where: isNaming) else {
      throw ChangeError(.noIndex, table: plan.table.name, field: plan.table.fields[field].name)
    }
    if plan.isText[field] {
      let wanted = normalText(text)
      return try draft.rows(of: plan.position, index: index, text: wanted)
    }
    let value = try stored(text, field, plan)
    guard value != absentValue else { return [] }
    return try draft.rows(of: plan.position, field: field, equal: value)
  }

  private func isAbsent(_ field: Int, _ row: WholeRow, _ plan: TablePlan) -> Bool {
    plan.isText[field] ? row.texts[field] == nil : row.values[field] == absentValue
  }

  private func set(
    _ field: Int, to text: String?, in row: inout WholeRow, _ plan: TablePlan
  ) throws {
    guard let text, plan.isText[field] else {
      let isRequired = plan.table.fields[field].isRequired
      guard let text else {
        if isRequired { throw problem(.requiredIsAbsent, field, plan) }
        if plan.isText[field] { row.texts[field] = nil } else { row.values[field] = absentValue }
        return
      }
      row.values[field] = try stored(text, field, plan)
      return
    }
    if let found = Array(text.utf8).lend({ TextInspection($0).problem }) {
      throw problem(found, field, plan)
    }
    row.texts[field] = normalText(text)
  }

  private func stored(_ text: String, _ field: Int, _ plan: TablePlan) throws -> Int64 {
    let parser = FieldParser(plan.table.fields[field], in: schema)
    let parsed = Array(text.utf8).lend { parser.parse($0) }
    guard let found = parsed.problem else { return parsed.value }
    guard found == .unknownCode, parser.acceptsNewCodes else { throw problem(found, field, plan) }
    switch Array(text.utf8).lend({ parser.newCode($0) }) {
    case .failure(let found): throw problem(found, field, plan)
    case .success(let code): return draft.code(normalText(code), dictionary: plan.dictionary[field])
    }
  }

  // MARK: Parents

  /// Finds the row of the parent's table that the row names.
  private func link(_ row: inout WholeRow, _ plan: TablePlan) throws {
    guard let link = plan.table.parent, let key = draft.plan.tables[link.table].table.key else {
      return
    }
    let value = row.values[link.field]
    guard value != absentValue else {
      row.parentRow = absentValue
      return
    }
    let parents = try draft.rows(of: link.table, field: key, equal: value)
    guard let parent = parents.first else {
      throw ChangeError(
        .parentMissing, table: plan.table.name, field: plan.table.fields[link.field].name)
    }
    row.parentRow = Int64(parent)
  }
}

extension Database {
  /// Writes anew the parts of the file in which rows have changed, so that fewer rows lie apart;
  /// returns how many rows did.
  ///
  /// What any reader sees stays the same, and readers and writers go on. Throws `StoreError`.
  @discardableResult
  public func seal() throws -> Int { try registry.seal().rowCount }
}
