// A first load plan, drawn up from a file's header and its first records, for a person to correct.
//
// Nothing is guessed without being said: each column has its lines of evidence, and what a plan
// would change silently, a repair or the meaning of a text, is proposed there and not put into it.

import Bytes
public import Rows
import Rules

/// A plan as JSON, and on what it rests.
public struct LoadPlanDraft: Equatable, Sendable {
  /// The plan.
  public let json: String
  /// One line for each thing that was inferred, found, or left to a person.
  public let evidence: [String]

  /// Records that are looked at unless more are asked for.
  public static let sampleCount = 1_000

  /// Draws up a plan for files of one form.
  ///
  /// `tables` names the tables that the files feed; those whose fields the columns name best are
  /// taken where it is empty. Throws `LoadError`; `noColumn` without a table where the columns name
  /// none.
  public init(
    _ paths: [String], schema: Schema, format: DelimitedFormat = DelimitedFormat(),
    tables: [String] = [], sampleCount: Int = Self.sampleCount
  ) throws {
    let sample = try ColumnSample(paths, format: format, schema: schema, count: sampleCount)
    var matches: [Int: [ColumnMatch]] = [:]
    for table in schema.tables.indices {
      matches[table] = ColumnMatch.all(sample.names, in: schema, table: table)
    }
    let chosen = try Self.choose(tables, matches, schema)
    guard !chosen.isEmpty else { throw LoadError.noColumn(path: paths[0], table: "") }
    var evidence = sample.evidence
    var sections: [String] = []
    for table in chosen {
      let section = PlanSection(
        schema, table: table, matches[table] ?? [], sample: sample,
        isRepeated: chosen.contains { schema.tables[$0].parent?.table == table })
      sections.append(section.json)
      evidence += section.evidence
    }
    let fed = Set(chosen.flatMap { matches[$0] ?? [] }.map(\.column))
    for column in sample.names.indices where !fed.contains(column) {
      let candidates = chosen.flatMap { table in
        sample.fieldsThatRead(column, schema, schema.tables[table])
      }
      evidence.append(
        "column \(sample.names[column]): feeds no field"
          + (candidates.isEmpty
            ? "" : "; all its samples read as \(candidates.prefix(4).joined(separator: ", "))"))
    }
    self.evidence = evidence
    json = """
      {
        "format": \(sample.formatJSON),
        "tables": [
      \(sections.joined(separator: ",\n"))
        ]
      }

      """
  }

  /// The tables that are fed, parents first.
  private static func choose(
    _ names: [String], _ matches: [Int: [ColumnMatch]], _ schema: Schema
  ) throws(LoadError) -> [Int] {
    guard names.isEmpty else {
      var tables: [Int] = []
      for name in names {
        guard let table = schema.tables.firstIndex(where: { $0.name == name }) else {
          throw .unknownTable(name)
        }
        tables.append(table)
      }
      return tables.sorted()
    }
    let main = schema.tables.indices.max {
      (matches[$0]?.count ?? 0, -$0) < (matches[$1]?.count ?? 0, -$1)
    }
    guard let main, let own = matches[main], !own.isEmpty else { return [] }
    var chosen = [main]
    // Columns that a parent has and its child does not: the lines hold both.
    var columns = Set(own.map(\.column))
    var table = main
    while let parent = schema.tables[table].parent?.table {
      let others = (matches[parent] ?? []).filter { !columns.contains($0.column) }
      let hasKey = matches[parent]?.contains { $0.field == schema.tables[parent].key } ?? false
      guard hasKey, !others.isEmpty else { break }
      chosen.append(parent)
      columns.formUnion(others.map(\.column))
      table = parent
    }
    return chosen.sorted()
  }
}

/// A column that a table has a field for.
struct ColumnMatch: Equatable {
  var column: Int
  var field: Int
  /// Whether the name is the field's or an alias as it stands, in any case.
  var isExact: Bool

  /// The columns that have fields, each field once.
  ///
  /// The field that names the parent answers to the names of the parent's key, too.
  static func all(_ names: [String], in schema: Schema, table position: Int) -> [ColumnMatch] {
    let table = schema.tables[position]
    var folded: [String: Int] = [:]
    if let link = table.parent, let key = schema.tables[link.table].key {
      let parent = schema.tables[link.table].fields[key]
      for name in [parent.name] + parent.aliases { folded[plain(name)] = link.field }
    }
    for (position, field) in table.fields.enumerated() {
      for name in [field.name] + field.aliases { folded[plain(name)] = position }
    }
    var found: [Int: ColumnMatch] = [:]
    for (column, name) in names.enumerated() {
      let exact = table.position(ofColumn: name)
      guard let field = exact ?? folded[plain(name)] else { continue }
      let match = ColumnMatch(column: column, field: field, isExact: exact != nil)
      if found[field].map({ !$0.isExact && match.isExact }) ?? true { found[field] = match }
    }
    return found.values.sorted { $0.field < $1.field }
  }

  /// A name without marks, case, spaces and punctuation.
  private static func plain(_ name: String) -> String {
    String(
      fold(name).unicodeScalars.filter {
        $0.properties.isAlphabetic || $0.properties.numericType != nil
      })
  }
}

/// The first records of a file, column by column.
struct ColumnSample {
  let names: [String]
  /// By column, the texts that are not empty.
  let texts: [[[UInt8]]]
  let recordCount: Int
  let evidence: [String]
  let formatJSON: String

  init(
    _ paths: [String], format: DelimitedFormat, schema: Schema, count: Int
  ) throws(LoadError) {
    let inputs = paths.map { LoadInput(table: "", path: $0, format: format) }
    let source = try DelimitedSource(inputs) { name in
      schema.tables.contains { $0.position(ofColumn: name) != nil }
    }
    names = source.header.names
    var texts: [[[UInt8]]] = names.map { _ in [] }
    var (recordCount, passedCount) = (0, 0)
    var splitter = source.makeSplitter()
    while recordCount < count, let piece = try source.nextPiece() {
      splitter.begin(piece)
      while recordCount < count, splitter.next() {
        guard !splitter.isMalformed, splitter.fieldCount == names.count else {
          passedCount += 1
          continue
        }
        recordCount += 1
        for column in names.indices {
          let text = splitter.text(ofField: column)
          if text.count > 0 { texts[column].append(text.copied) }
        }
      }
    }
    self.texts = texts
    self.recordCount = recordCount
    let found = source.files[0].format
    evidence = [
      "format: delimiter \(found.delimiter), quotes \(found.quotes), encoding \(found.encoding), "
        + "header on line \(found.headerLine); \(found.agreeingCount) of \(found.sampledCount) "
        + "records looked at have the header's \(names.count) columns",
      "sample: the first \(recordCount) records"
        + (passedCount > 0 ? "; \(passedCount) have another number of columns, or bad quotes" : ""),
    ]
    formatJSON =
      "{\"delimiter\": \(quoted(found.delimiter)), \"quotes\": \(quoted(found.quotes)), "
      + "\"encoding\": \(quoted(found.encoding)), \"header_line\": \(found.headerLine)"
      + (format.names == nil
        ? "}" : ", \"names\": [\(names.map { quoted($0) }.joined(separator: ", "))]}")
  }
}

extension ColumnSample {
  /// The numbers and codes of a table of which every sample of a column is one.
  fileprivate func fieldsThatRead(_ column: Int, _ schema: Schema, _ table: Table) -> [String] {
    guard !texts[column].isEmpty else { return [] }
    return table.fields.filter { field in
      switch field.type {
      case .digits(let count) where count > 2: break
      case .code where !(schema.codeList(of: field)?.isOpen ?? true): break
      default: return false
      }
      let parser = FieldParser(field, in: schema)
      return texts[column].allSatisfy { $0.lend { parser.parse($0).problem == nil } }
    }.map(\.name)
  }
}

/// A text as JSON writes it.
func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": result += "\\\(scalar)"
    case "\u{0}"..<" ":
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
