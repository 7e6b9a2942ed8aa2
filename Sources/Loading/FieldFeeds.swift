// Which columns of a file feed which fields of its table.

import Bytes
import Rows
import Segments

/// How one field of a row is filled from a record.
///
/// It holds no references, so that loops over feeds count none.
struct FieldFeed {
  enum Kind {
    /// A stored integer.
    case integer
    /// A text as words of a dictionary.
    case words(WordSplit)
    /// A text as it is.
    case text
    /// A text that is made of other fields' texts, if it is.
    case composed

    var isInteger: Bool { if case .integer = self { true } else { false } }
  }

  let field: Int
  /// The column, or -1 where every row has the text that the schema gives to a field without one.
  let column: Int
  /// The bytes of the column's text that are taken; nil takes all.
  let cut: Cut?
  let kind: Kind
  /// What is done about a text that is no value.
  var level = LoadPlan.Level.refuse
  /// Whether some texts say that there is no value.
  var hasAbsentMarkers = false
  /// Whether no loop over plain texts may take its texts.
  var changesMeanings = false
  /// Whether its texts are made of those of several columns.
  var isJoined = false
}

/// The feeds of one file.
struct FieldFeeds {
  let plan: TablePlan
  let columnCount: Int
  /// In the order in which a record is read: what others are made of comes first.
  private(set) var feeds: [FieldFeed]
  private(set) var isFed: [Bool]
  /// The integer that a field without a feed has in every row.
  let fixed: [Int64]
  /// The texts of fields that are fed by no column.
  let constants: [[UInt8]?]
  /// By field how the texts of its column are to be read; nil where they are read as they are.
  let conversions: [FieldConversion?]
  /// By field the columns whose texts together are its own, where there are several.
  let joins: [JoinedColumns?]
  /// What rows must be like.
  private(set) var rules: [RowRule]
  /// What is done about letters that only look like Đ.
  let lookAlikeLevel: LoadPlan.Level
  /// Whether of equal rows that follow one another one is stored.
  private(set) var foldsRepeats: Bool
  /// Whether rows that name a parent which is not there are stored without one.
  let keepsOrphans: Bool
  /// By dictionary: whether the table adds words or codes to it.
  private(set) var usesDictionary: [Bool]
  /// By dictionary: whether several fields add words or codes to it.
  private(set) var isShared: [Bool]
  /// The bytes of each code by code list, for texts that are made of codes.
  let codeTexts: [[[UInt8]]]
  /// Columns of the file that feed no field.
  let unusedColumns: [String]
  /// The feed of the parent's key, if the table has a parent and the file a column for it.
  let parentField: Int?

  /// Matches a header with the fields of a table, by a plan or else by their names.
  ///
  /// Throws `columnMissing`, `columnRepeated`, `noColumn` or `plannedColumnMissing`.
  init(
    header: [String], plan: RegistryPlan, table position: Int, path: String,
    planned: PlannedTable? = nil
  ) throws(LoadError) {
    let tablePlan = plan.tables[position]
    let table = tablePlan.table
    let (sources, unused) =
      if let planned {
        try planned.sources(in: header, of: table, path: path)
      } else {
        try Self.sources(named: header, of: table, path: path)
      }
    var feeds: [FieldFeed] = []
    var fixed = [Int64](repeating: .min, count: table.fields.count)
    var constants = [[UInt8]?](repeating: nil, count: table.fields.count)
    for (index, field) in table.fields.enumerated() {
      let source = sources[index]
      var (column, cut) = (source.column, Cut?.none)
      if column < 0, source.constant == nil, let from = field.cut, sources[from.field].column >= 0,
        sources[from.field].join == nil
      {
        (column, cut) = (sources[from.field].column, from)
      }
      let constant = column < 0 ? source.constant ?? field.defaultText.map { Array($0.utf8) } : nil
      if column >= 0 || constant != nil && field.type == .text {
        constants[index] = constant
        feeds.append(
          FieldFeed(
            field: index, column: column, cut: cut, kind: Self.kind(of: index, field, tablePlan),
            level: field.isRequired ? .refuse : source.level,
            hasAbsentMarkers: !(source.conversion?.absentMarkers.isEmpty ?? true),
            changesMeanings: source.conversion?.changesMeanings ?? false,
            isJoined: source.join != nil))
      } else if let constant {
        fixed[index] = constant.lend { FieldParser(field, in: plan.schema).parse($0).value }
      } else if field.isRequired {
        throw .columnMissing(path: path, table: table.name, field: field.name)
      }
    }
    self.plan = tablePlan
    columnCount = header.count
    self.feeds = feeds.sorted { Self.order($0) < Self.order($1) }
    let isFed = table.fields.indices.map { index in feeds.contains { $0.field == index } }
    self.isFed = isFed
    self.fixed = fixed
    self.constants = constants
    conversions = sources.map(\.conversion)
    joins = sources.map(\.join)
    rules = planned?.rules ?? []
    lookAlikeLevel = planned?.lookAlikeLevel ?? .warn
    foldsRepeats = planned?.foldsRepeats ?? false
    keepsOrphans = planned?.keepsOrphans ?? false
    (usesDictionary, isShared) = Self.dictionaries(of: feeds, tablePlan, plan)
    codeTexts = Self.codeTexts(for: tablePlan, plan.schema)
    unusedColumns = unused
    parentField = table.parent.flatMap { isFed[$0.field] ? $0.field : nil }
  }

  /// These feeds without all but that of one field, an integer; nil when no column says it.
  func onlyFeed(of field: Int) -> FieldFeeds? {
    guard let feed = feeds.first(where: { $0.field == field }), feed.column >= 0,
      feed.kind.isInteger
    else { return nil }
    var only = self
    only.feeds = [feed]
    only.isFed = isFed.indices.map { $0 == field }
    only.rules = []
    only.foldsRepeats = false
    only.usesDictionary = usesDictionary.map { _ in false }
    only.isShared = isShared.map { _ in false }
    return only
  }

  /// By dictionary whether the feeds add words or codes to it, and whether several of them do.
  private static func dictionaries(
    of feeds: [FieldFeed], _ table: TablePlan, _ plan: RegistryPlan
  ) -> (uses: [Bool], isShared: [Bool]) {
    var uses = [Bool](repeating: false, count: plan.dictionaryNames.count)
    var isShared = uses
    for feed in feeds {
      let first = table.dictionary[feed.field]
      guard first >= 0 else { continue }
      for part in 0..<(table.table.fields[feed.field].words?.partCount ?? 1) {
        isShared[first + part] = isShared[first + part] || uses[first + part]
        uses[first + part] = true
      }
    }
    return (uses, isShared)
  }

  private static func codeTexts(for table: TablePlan, _ schema: Schema) -> [[[UInt8]]] {
    schema.codeLists.enumerated().map { number, list in
      let isNeeded = table.alternatives.values.joined().joined().contains {
        $0.dictionary == number
      }
      return isNeeded ? list.codes.map { Array($0.utf8) } : []
    }
  }

  /// For each field the column that has its name; and the columns without a field.
  private static func sources(
    named header: [String], of table: Table, path: String
  ) throws(LoadError) -> (sources: [FieldSource], unused: [String]) {
    var sources = [FieldSource](repeating: FieldSource(), count: table.fields.count)
    var unused: [String] = []
    for (column, name) in header.enumerated() {
      guard let field = table.position(ofColumn: name) else {
        unused.append(name)
        continue
      }
      guard sources[field].column < 0 else {
        throw .columnRepeated(path: path, field: table.fields[field].name)
      }
      sources[field].column = column
    }
    guard sources.contains(where: { $0.column >= 0 }) else {
      throw .noColumn(path: path, table: table.name)
    }
    return (sources, unused)
  }

  private static func kind(
    of index: Int, _ field: Field, _ plan: TablePlan
  ) -> FieldFeed.Kind {
    guard field.type == .text else { return .integer }
    if plan.alternatives[index] != nil { return .composed }
    return field.words.map { .words($0) } ?? .text
  }

  private static func order(_ feed: FieldFeed) -> (Int, Int) {
    if case .composed = feed.kind { return (1, feed.field) }
    return (0, feed.field)
  }
}

extension PlannedTable {
  /// For each field what the plan says of it; and the columns that the plan does not name for any
  /// table.
  fileprivate func sources(
    in header: [String], of table: Table, path: String
  ) throws(LoadError) -> (sources: [FieldSource], unused: [String]) {
    var sources = [FieldSource](repeating: FieldSource(), count: table.fields.count)
    for field in fields {
      var source = FieldSource(conversion: field.conversion, level: field.level)
      func column(_ name: String) throws(LoadError) -> Int {
        guard let column = header.firstIndex(of: name) else {
          throw .plannedColumnMissing(path: path, table: table.name, column: name)
        }
        return column
      }
      switch field.source {
      case .constant(let text): source.constant = text
      case .column(let name): source.column = try column(name)
      case .columns(let names, let separator):
        var found: [Int] = []
        for name in names { found.append(try column(name)) }
        source.column = found[0]
        source.join = JoinedColumns(
          columns: found, separator: separator, isDay: table.fields[field.field].type == .day)
      }
      sources[field.field] = source
    }
    return (sources, header.filter { !columns.contains($0) })
  }
}

/// Where the texts of one field come from, and how they are read.
private struct FieldSource {
  var column = -1
  var join: JoinedColumns?
  var constant: [UInt8]?
  var conversion: FieldConversion?
  var level = LoadPlan.Level.refuse
}

/// The texts of text fields that are fed by no column.
final class ConstantTexts: Sendable {
  private let rooms: [Scratch<UInt8>?]

  init(_ constants: [[UInt8]?]) {
    rooms = constants.map { bytes in
      guard let bytes else { return nil }
      let room = Scratch<UInt8>(count: bytes.count)
      for index in bytes.indices { room.view[index] = bytes[index] }
      return room
    }
  }

  /// The text of a field; valid while this object lives.
  func text(_ field: Int) -> LentBytes {
    rooms[field].map { $0.view.lent(count: $0.view.count) } ?? LentBytes.empty
  }
}
