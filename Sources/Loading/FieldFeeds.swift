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
  }

  let field: Int
  /// The column, or -1 where every row has the text that the schema gives to a field without one.
  let column: Int
  /// The bytes of the column's text that are taken; nil takes all.
  let cut: Cut?
  let kind: Kind
}

/// The feeds of one file.
struct FieldFeeds {
  let plan: TablePlan
  let columnCount: Int
  /// In the order in which a record is read: what others are made of comes first.
  let feeds: [FieldFeed]
  let isFed: [Bool]
  /// The integer that a field without a feed has in every row.
  let fixed: [Int64]
  /// By dictionary: whether the table adds words or codes to it.
  let usesDictionary: [Bool]
  /// By dictionary: whether several fields add words or codes to it.
  let isShared: [Bool]
  /// The bytes of each code by code list, for texts that are made of codes.
  let codeTexts: [[[UInt8]]]
  /// Columns of the file that feed no field.
  let unusedColumns: [String]
  /// The feed of the parent's key, if the table has a parent and the file a column for it.
  let parentField: Int?

  /// Matches a header with the fields of a table.
  ///
  /// Throws `columnMissing`, `columnRepeated` or `noColumn`.
  init(
    header: [String], plan: RegistryPlan, table position: Int, path: String
  ) throws(LoadError) {
    let tablePlan = plan.tables[position]
    let table = tablePlan.table
    var columns = [Int](repeating: -1, count: table.fields.count)
    var unused: [String] = []
    for (column, name) in header.enumerated() {
      guard let field = table.position(ofColumn: name) else {
        unused.append(name)
        continue
      }
      guard columns[field] < 0 else {
        throw .columnRepeated(path: path, field: table.fields[field].name)
      }
      columns[field] = column
    }
    guard columns.contains(where: { $0 >= 0 }) else {
      throw .noColumn(path: path, table: table.name)
    }
    var feeds: [FieldFeed] = []
    var fixed = [Int64](repeating: .min, count: table.fields.count)
    for (index, field) in table.fields.enumerated() {
      var (column, cut) = (columns[index], Cut?.none)
      if column < 0, let from = field.cut, columns[from.field] >= 0 {
        (column, cut) = (columns[from.field], from)
      }
      if column >= 0 {
        let kind = Self.kind(of: index, field, tablePlan)
        feeds.append(FieldFeed(field: index, column: column, cut: cut, kind: kind))
      } else if field.defaultText != nil, field.type == .text {
        let kind = Self.kind(of: index, field, tablePlan)
        feeds.append(FieldFeed(field: index, column: -1, cut: nil, kind: kind))
      } else if let text = field.defaultText {
        fixed[index] = FieldParser(field, in: plan.schema).parse(text)
      } else if field.isRequired {
        throw .columnMissing(path: path, table: table.name, field: field.name)
      }
    }
    let isFed = table.fields.indices.map { index in feeds.contains { $0.field == index } }
    var usesDictionary = [Bool](repeating: false, count: plan.dictionaryNames.count)
    var isShared = usesDictionary
    for feed in feeds {
      let first = tablePlan.dictionary[feed.field]
      guard first >= 0 else { continue }
      for part in 0..<(table.fields[feed.field].words?.partCount ?? 1) {
        isShared[first + part] = isShared[first + part] || usesDictionary[first + part]
        usesDictionary[first + part] = true
      }
    }
    codeTexts = plan.schema.codeLists.enumerated().map { number, list in
      let isNeeded = tablePlan.alternatives.values.joined().joined().contains {
        $0.dictionary == number
      }
      return isNeeded ? list.codes.map { Array($0.utf8) } : []
    }
    self.plan = tablePlan
    columnCount = header.count
    self.feeds = feeds.sorted { Self.order($0) < Self.order($1) }
    self.isFed = isFed
    self.fixed = fixed
    self.usesDictionary = usesDictionary
    self.isShared = isShared
    unusedColumns = unused
    parentField = table.parent.flatMap { isFed[$0.field] ? $0.field : nil }
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

extension FieldParser {
  /// The stored integer of a schema's own text.
  fileprivate func parse(_ text: String) -> Int64 {
    Array(text.utf8).lend { self.parse($0).value }
  }
}

/// The texts that a schema gives to text fields for which a file has no column.
final class DefaultTexts: Sendable {
  private let rooms: [Scratch<UInt8>?]

  init(_ table: Table) {
    rooms = table.fields.map { field in
      guard field.type == .text, let text = field.defaultText else { return nil }
      let bytes = Array(text.utf8)
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
