// A load plan: which columns of a file feed which fields of which tables, and how their texts are
// read.
//
// A plan is JSON that a person writes or corrects; it is read with the schema at hand, so that
// every mistake is found, with its line, before a load begins.

import Bytes
import Rows

/// Which columns of a file feed which fields, how their texts are read, and which rules hold.
public struct LoadPlan: Sendable {
  /// What is done about something that is odd.
  public enum Level: String, CaseIterable, Equatable, Sendable {
    /// The row is refused.
    case refuse
    /// The row is stored, and listed among the warnings.
    case warn
    /// The row is stored, and counted.
    case note
  }

  /// What the plan declares of the way its files are written.
  public let format: DelimitedFormat
  /// The tables that a file of this plan feeds, in the order of the plan.
  public var tableNames: [String] { tables.map(\.name) }

  let tables: [PlannedTable]
  /// The plan as it was read.
  let source: [UInt8]

  /// A file once for each table that the plan feeds.
  public func inputs(_ path: String) -> [LoadInput] {
    tables.map { LoadInput(table: $0.name, path: path, format: format, plan: self) }
  }

  func table(_ name: String) -> PlannedTable? { tables.first { $0.name == name } }
}

extension LoadPlan: Equatable {
  /// Whether two plans say the same in the same words.
  public static func == (left: LoadPlan, right: LoadPlan) -> Bool { left.source == right.source }
}

extension DelimitedFormat {
  /// These declarations, and those of another format where these say nothing.
  public func filled(from other: DelimitedFormat) -> DelimitedFormat {
    var format = self
    format.delimiter = delimiter ?? other.delimiter
    format.quotes = quotes ?? other.quotes
    format.encoding = encoding ?? other.encoding
    format.headerLine = headerLine ?? other.headerLine
    format.names = names ?? other.names
    return format
  }
}

/// What a plan says of one table.
struct PlannedTable: Sendable {
  let name: String
  let fields: [PlannedField]
  let rules: [RowRule]
  /// What is asked of the households that the rows belong to; nil asks nothing.
  let households: HouseholdRules?
  /// Whether lines may repeat a row: one is stored of those that are equal.
  let foldsRepeats: Bool
  /// Whether rows that name a parent which is not there are stored without one.
  let keepsOrphans: Bool
  /// What is done about letters that only look like Đ.
  let lookAlikeLevel: LoadPlan.Level
  /// Every column that the plan names, for any table.
  var columns: Set<String> = []
}

/// How one field is fed, and how its texts are read.
struct PlannedField: Sendable {
  enum Source: Equatable, Sendable {
    case column(String)
    /// The texts of several columns with others between them.
    case columns([String], separator: [UInt8])
    case constant([UInt8])
  }

  let field: Int
  let source: Source
  /// What is done about a text that is no value; below `refuse` the field is absent then.
  let level: LoadPlan.Level
  /// Nil where texts are read as they are.
  let conversion: FieldConversion?
}

/// How the texts of one column become those that a field is written in.
final class FieldConversion: Sendable {
  /// Texts that say that there is no value.
  let absentMarkers: [[UInt8]]
  /// Whether an empty text is a text, and not absent.
  let keepsEmptyTexts: Bool
  let map: ValueMap?
  let days: DayPatterns?
  let numbers: NumberForm?
  /// Nil where none is made.
  let repairs: TextRepairs?

  init(
    absentMarkers: [[UInt8]], keepsEmptyTexts: Bool, map: ValueMap?, days: DayPatterns?,
    numbers: NumberForm?, repairs: TextRepairs?
  ) {
    self.absentMarkers = absentMarkers
    self.keepsEmptyTexts = keepsEmptyTexts
    self.map = map
    self.days = days
    self.numbers = numbers
    self.repairs = repairs
  }

  /// Whether a text may mean something else than it does without the plan, so that no loop over
  /// plain texts may take it.
  var changesMeanings: Bool { map != nil || days != nil || numbers != nil || keepsEmptyTexts }

  func isAbsentMarker(_ text: LentBytes) -> Bool {
    absentMarkers.contains { marker in marker.lend { $0.isEqual(to: text) } }
  }
}

/// Columns whose texts together are a field's.
struct JoinedColumns: Sendable {
  let columns: [Int]
  let separator: [UInt8]
  /// Whether the field is a day, of which an empty part is not known: 00.
  let isDay: Bool

  /// One text; empty if all parts are, and without the parts that are.
  func join(_ parts: [[UInt8]]) -> [UInt8] {
    guard parts.contains(where: { !$0.isEmpty }) else { return [] }
    let kept = isDay ? parts.map { $0.isEmpty ? [0x30, 0x30] : $0 } : parts.filter { !$0.isEmpty }
    return Array(kept.joined(separator: separator))
  }
}

/// What certain texts of a column stand for.
final class ValueMap: Sendable {
  /// What a text stands for.
  enum Meaning: Equatable, Sendable {
    case absent
    case integer(Int64)
    case text([UInt8])
  }

  private let keys: CodeTable
  private let meanings: [Meaning]

  init(_ pairs: [(text: String, meaning: Meaning)]) {
    keys = CodeTable(pairs.map(\.text))
    meanings = pairs.map(\.meaning)
  }

  /// What a text stands for, or nil if it is not in the map.
  func meaning(of text: LentBytes) -> Meaning? {
    let ordinal = keys.ordinal(of: text)
    return ordinal < 0 ? nil : meanings[Int(ordinal)]
  }
}
