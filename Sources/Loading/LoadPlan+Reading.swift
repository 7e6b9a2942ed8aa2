// Reads a load plan with the schema at hand; every mistake is named with its line and path.

import Bytes
public import Rows

extension LoadPlan {
  /// Reads a plan for a schema's tables from a file.
  ///
  /// Throws `SchemaError`: what is wrong, in which line, and where in the JSON.
  public init(reading path: String, schema: Schema) throws(SchemaError) {
    try self.init(readFile(path, named: path), file: path, schema: schema)
  }

  /// Reads a plan that is in memory already, to be named in errors.
  package init(_ bytes: [UInt8], file: String, schema: Schema) throws(SchemaError) {
    let place = try JSONPlace(bytes, file: file)
    let members = try place.members(
      required: ["tables"], optional: ["description", "format", "absent"])
    _ = try members["description"]?.string()
    let markers = try members["absent"]?.strings()
    var tables: [PlannedTable] = []
    for table in try members["tables"]?.elements() ?? [] {
      let reader = try PlannedTableReader(table, schema: schema, markers: markers)
      guard !tables.contains(where: { $0.name == reader.table.name }) else {
        throw table.error(.duplicateTable, reader.table.name)
      }
      tables.append(try reader.planned())
    }
    guard !tables.isEmpty else { throw place.error(.noTables) }
    let columns = Set(tables.flatMap { $0.columns })
    for index in tables.indices { tables[index].columns = columns }
    format = try members["format"].map(DelimitedFormat.init) ?? DelimitedFormat()
    self.tables = tables
    source = bytes
  }
}

extension DelimitedFormat {
  /// The declarations of a plan.
  fileprivate init(_ place: JSONPlace) throws(SchemaError) {
    self.init()
    let members = try place.members(
      optional: ["delimiter", "quotes", "encoding", "header_line", "names"])
    if let place = members["delimiter"] {
      let text = try place.string()
      guard let delimiter = Delimiter(text) else {
        throw place.error(.badValue, text, of: Delimiter.self)
      }
      self.delimiter = delimiter
    }
    quotes = try members["quotes"]?.choice()
    encoding = try members["encoding"]?.choice()
    headerLine = try members["header_line"]?.integer(in: 0...1_000_000)
    names = try members["names"]?.strings()
  }
}

/// Reads what a plan says of one table.
private struct PlannedTableReader {
  let table: Table
  private let schema: Schema
  private let members: [String: JSONPlace]
  /// Absent markers for fields that state none.
  private let markers: [String]?

  init(_ place: JSONPlace, schema: Schema, markers: [String]?) throws(SchemaError) {
    members = try place.members(
      required: ["table", "fields"],
      optional: ["repeats", "orphans", "rules", "households", "look_alike_letters"])
    let namePlace = members["table"] ?? place
    guard let table = schema.table(try namePlace.string()) else {
      throw namePlace.error(.unknownTable, try namePlace.string())
    }
    self.table = table
    self.schema = schema
    self.markers = markers
  }

  func planned() throws(SchemaError) -> PlannedTable {
    var fields: [PlannedField] = []
    var columns: Set<String> = []
    for place in try members["fields"]?.elements() ?? [] {
      let field = try self.field(place)
      guard !fields.contains(where: { $0.field == field.field }) else {
        throw place.error(.duplicateField, table.fields[field.field].name)
      }
      switch field.source {
      case .column(let column): columns.insert(column)
      case .columns(let names, _): columns.formUnion(names)
      case .constant: break
      }
      fields.append(field)
    }
    var rules: [RowRule] = []
    for place in try members["rules"]?.elements() ?? [] {
      rules.append(try RowRule(place, of: table, schema: schema))
    }
    return PlannedTable(
      name: table.name, fields: fields, rules: rules,
      households: try members["households"].map { (place) throws(SchemaError) in
        try HouseholdRules(place, of: table, schema: schema)
      }, foldsRepeats: try foldsRepeats(), keepsOrphans: try keepsOrphans(),
      lookAlikeLevel: try members["look_alike_letters"]?.choice() ?? .warn, columns: columns)
  }

  private func keepsOrphans() throws(SchemaError) -> Bool {
    guard let place = members["orphans"] else { return false }
    guard table.parent != nil else { throw place.error(.doesNotFit, "no parent") }
    switch try place.string() {
    case "keep": return true
    case "refuse": return false
    case let other: throw place.error(.badValue, other)
    }
  }

  private func foldsRepeats() throws(SchemaError) -> Bool {
    guard let place = members["repeats"] else { return false }
    switch try place.string() {
    case "fold":
      guard table.key != nil else { throw place.error(.doesNotFit, "no key") }
      return true
    case "refuse": return false
    case let other: throw place.error(.badValue, "\(other) (one of fold, refuse)")
    }
  }

  private func field(_ place: JSONPlace) throws(SchemaError) -> PlannedField {
    let members = try place.members(
      required: ["field"],
      optional: [
        "column", "columns", "join", "constant", "absent", "map", "days", "pivot", "decimal",
        "thousands", "repairs",
        "level",
      ])
    let position = try table.position(named: members["field"] ?? place)
    let field = table.fields[position]
    return PlannedField(
      field: position, source: try source(members, field, place),
      level: try members["level"]?.choice() ?? .refuse,
      conversion: try conversion(members, field))
  }

  private func source(
    _ members: [String: JSONPlace], _ field: Field, _ place: JSONPlace
  ) throws(SchemaError) -> PlannedField.Source {
    if let join = members["join"], members["columns"] == nil {
      throw join.error(.missingKey, "columns")
    }
    switch (members["column"], members["columns"], members["constant"]) {
    case (let column?, nil, nil): return .column(try column.string())
    case (nil, let columns?, nil):
      let names = try columns.strings()
      guard names.count > 1 else { throw columns.error(.badValue, "fewer than two columns") }
      return .columns(names, separator: Array((try members["join"]?.string() ?? " ").utf8))
    case (nil, nil, let constant?):
      guard members.count == 2 else { throw place.error(.notOneSource, "a constant stands alone") }
      return .constant(try self.constant(constant, field))
    default: throw place.error(.notOneSource)
    }
  }

  private func constant(_ place: JSONPlace, _ field: Field) throws(SchemaError) -> [UInt8] {
    let bytes = Array(try place.stringOrNumber().utf8)
    _ = try value(bytes, field, place)
    return bytes
  }

  /// The stored integer of a text that a plan gives to a field.
  private func value(
    _ bytes: [UInt8], _ field: Field, _ place: JSONPlace
  ) throws(SchemaError) -> Int64 {
    let parsed = bytes.lend { bytes in
      field.type == .text
        ? TextInspection(bytes).problem.map { ParsedField($0) } ?? .absent
        : FieldParser(field, in: schema).parse(bytes)
    }
    if let problem = parsed.problem { throw place.error(.notAValue, problem.code) }
    return parsed.value
  }

  private func conversion(
    _ members: [String: JSONPlace], _ field: Field
  ) throws(SchemaError) -> FieldConversion? {
    let markers = try members["absent"]?.strings() ?? self.markers
    let conversion = FieldConversion(
      absentMarkers: (markers ?? []).filter { !$0.isEmpty }.map { Array($0.utf8) },
      keepsEmptyTexts: field.type == .text && markers.map { !$0.contains("") } ?? false,
      map: try members["map"].map { (place) throws(SchemaError) in try map(place, field) },
      days: try days(members, field), numbers: try numbers(members, field),
      repairs: try repairs(members, field))
    let isPlain =
      !conversion.changesMeanings && conversion.absentMarkers.isEmpty && conversion.repairs == nil
    return isPlain ? nil : conversion
  }

  private func map(_ place: JSONPlace, _ field: Field) throws(SchemaError) -> ValueMap {
    var pairs: [(text: String, meaning: ValueMap.Meaning)] = []
    for (key, target) in try place.pairs() {
      let meaning: ValueMap.Meaning
      if target.isNull {
        meaning = .absent
      } else {
        let bytes = Array(try target.stringOrNumber().utf8)
        let value = try self.value(bytes, field, target)
        meaning = field.type == .text ? .text(bytes) : .integer(value)
      }
      pairs.append((key, meaning))
    }
    return ValueMap(pairs)
  }

  private func days(
    _ members: [String: JSONPlace], _ field: Field
  ) throws(SchemaError) -> DayPatterns? {
    guard let place = members["days"] else {
      if let pivot = members["pivot"] { throw pivot.error(.missingKey, "days") }
      return nil
    }
    guard field.type == .day else { throw place.error(.doesNotFit, field.type.description) }
    let pivot = try members["pivot"]?.integer(in: 0...99)
    var patterns: [DayPattern] = []
    for element in try place.elements() {
      let text = try element.string()
      guard let pattern = DayPattern(text, pivot: pivot) else {
        throw element.error(.badPattern, text)
      }
      if pattern.needsPivot, pivot == nil { throw element.error(.missingKey, "pivot") }
      patterns.append(pattern)
    }
    guard !patterns.isEmpty else { throw place.error(.badPattern, "none") }
    return DayPatterns(patterns)
  }

  private func numbers(
    _ members: [String: JSONPlace], _ field: Field
  ) throws(SchemaError) -> NumberForm? {
    guard let place = members["decimal"] ?? members["thousands"] else { return nil }
    switch field.type {
    case .integer, .decimal: break
    default: throw place.error(.doesNotFit, field.type.description)
    }
    let decimal = try members["decimal"].map { (place) throws(SchemaError) in try mark(place) }
    let thousands = try members["thousands"].map { (place) throws(SchemaError) in
      try mark(place)
    }
    let point = UInt8(ascii: ".")
    guard decimal ?? point != thousands else {
      throw place.error(.badValue, "the same mark twice")
    }
    return NumberForm(decimal: decimal ?? point, thousands: thousands.map { [$0] } ?? [])
  }

  private func mark(_ place: JSONPlace) throws(SchemaError) -> UInt8 {
    let text = try place.string()
    guard text.utf8.count == 1, let mark = text.utf8.first, ".,' _".utf8.contains(mark) else {
      throw place.error(.badValue, "\(text) (one of . , ' _ and a space)")
    }
    return mark
  }

  private func repairs(
    _ members: [String: JSONPlace], _ field: Field
  ) throws(SchemaError) -> TextRepairs? {
    guard let place = members["repairs"] else { return nil }
    var repairs: [TextRepair] = []
    for element in try place.elements() {
      let repair: TextRepair = try element.choice()
      guard repair.fits(field.type) else { throw element.error(.doesNotFit, "\(field.type)") }
      repairs.append(repair)
    }
    let prefixes = ReplacedPrefix.all(in: schema)
    if prefixes == nil, repairs.contains(.outdatedPhone) {
      throw place.error(.unknownCodeList, "outdated_mobile_prefix")
    }
    return repairs.isEmpty ? nil : TextRepairs(repairs, of: field.type, prefixes: prefixes ?? [])
  }
}

extension Table {
  /// The position of the field that a plan names.
  func position(named place: JSONPlace) throws(SchemaError) -> Int {
    let name = try place.string()
    guard let position = position(of: name) else { throw place.error(.unknownField, name) }
    return position
  }
}
