// A query over typed records: a condition, and what is wanted of the rows that satisfy it.

import Querying
public import Rows
import Store

extension Snapshot {
  /// All records of a type, to be filtered, read or counted.
  public subscript<Root: Record>(_ type: Root.Type) -> Query<Root> {
    Query(snapshot: self, condition: nil, threadCount: 1)
  }
}

/// Records of one type in one snapshot that satisfy a condition.
public struct Query<Root: Record>: Sendable {
  let snapshot: Snapshot
  let condition: RecordCondition<Root>?
  let threadCount: Int

  /// The records that satisfy one more condition.
  public func filter(
    _ condition: (Root.Fields) -> RecordCondition<Root>
  ) -> Query<Root> {
    let added = condition(Root.fields)
    return Query(
      snapshot: snapshot, condition: self.condition.map { $0 && added } ?? added,
      threadCount: threadCount)
  }

  /// The same, scanned by up to so many threads.
  public func onThreads(_ count: Int) -> Query<Root> {
    precondition(count >= 1)
    return Query(snapshot: snapshot, condition: condition, threadCount: count)
  }

  /// The first record, or nil; see `records`.
  public func first() throws -> Root? { try records(limit: 1).first }

  /// The records, in the order in which they are stored.
  ///
  /// An equality with a field that has an index is looked up, in a few microseconds; anything else
  /// is scanned, and zones skip what cannot match. Throws `QueryError`, `QueryFailure` or
  /// `StoreError`.
  public func records(limit: Int = .max) throws -> [Root] {
    if case .isIn(let field, let values) = condition?.part, values.count == 1,
      let found = try snapshot.indexedRows(of: Root.table, where: field, equal: values[0])
    {
      return found.prefix(limit).map { Root($0) }
    }
    return try snapshot.rows(
      of: Root.table, where: condition?.text ?? "", limit: limit, threadCount: threadCount
    ).map { Root($0) }
  }

  /// How many records there are.
  ///
  /// No row is built.
  public func count() throws -> Int {
    try snapshot.count(of: Root.table, where: condition?.text ?? "", threadCount: threadCount)
  }

  /// How many records there are by up to three dimensions; see `Snapshot.counts`.
  public func counts(by dimensions: [String], today: Day? = nil) throws -> CountTable {
    try snapshot.counts(
      of: Root.table, where: condition?.text ?? "", by: dimensions, today: today,
      threadCount: threadCount)
  }
}

extension Snapshot {
  /// How many rows of a table satisfy a condition.
  ///
  /// The condition is text such as `sex = F and birth_date < 1946-01-01 and commune.province = 01`;
  /// an empty one holds of every row. Throws `QueryError`.
  public func count(
    of table: String, where condition: String = "", threadCount: Int = 1
  ) throws -> Int {
    Int(try scan(table, condition, threadCount).count(in: store))
  }

  /// How many rows that satisfy a condition there are by one to three dimensions.
  ///
  /// A dimension is a field, `field.attribute` of a code, `field:year` of a day, or bands of ages
  /// such as `birth_date:age5@2024-12-31`; without a day the age is that on `today`. Throws
  /// `QueryError`.
  public func counts(
    of table: String, where condition: String = "", by dimensions: [String], today: Day? = nil,
    threadCount: Int = 1
  ) throws -> CountTable {
    let (scan, sides) = try question(table, condition, dimensions, today, threadCount)
    return CountTable(dimensions, try scan.counts(by: sides, in: store))
  }

  /// For each value of one dimension, how many different values of another occur with it.
  ///
  /// Throws `QueryError`.
  public func distinctCounts(
    of table: String, where condition: String = "", distinct other: String, by dimension: String,
    today: Day? = nil, threadCount: Int = 1
  ) throws -> CountTable {
    let (scan, sides) = try question(
      table, condition, [other, dimension], today, threadCount)
    return CountTable(
      [dimension], try scan.distinctCounts(of: sides[0], by: sides[1], in: store))
  }

  /// The rows of a table that satisfy a condition, in the order in which they are stored.
  ///
  /// Throws `QueryError`.
  public func rows(
    of table: String, where condition: String, limit: Int = .max, threadCount: Int = 1
  ) throws -> [Row] {
    let scan = try scan(table, condition, threadCount)
    let reader = RowReader(store.plan, table: scan.table)
    var rows: [Row] = []
    if let found = try Lookup.rows(scan, limit: limit, in: store) {
      for number in found where try reader.read(number, in: store) {
        rows.append(Row(reader, in: store))
      }
      return rows
    }
    for number in try scan.rows(limit: limit, in: store) {
      guard try reader.read(number, in: store) else { continue }
      rows.append(Row(reader, in: store))
    }
    return rows
  }

  func scan(_ table: String, _ condition: String, _ threadCount: Int) throws -> Scan {
    let table = try position(of: table)
    return Scan(
      table: table, condition: try Condition(condition, table: table, in: store),
      threadCount: threadCount)
  }

  private func question(
    _ table: String, _ condition: String, _ dimensions: [String], _ today: Day?,
    _ threadCount: Int
  ) throws -> (Scan, [Dimension]) {
    let scan = try scan(table, condition, threadCount)
    let day = today ?? Day.today
    var sides: [Dimension] = []
    for dimension in dimensions {
      sides.append(try Dimension(dimension, table: scan.table, today: day, in: store))
    }
    return (scan, sides)
  }
}

/// Counts by the values of dimensions, in ascending order of the values; absent ones come first.
public struct CountTable: Sendable {
  /// One line of counts.
  public struct Line: Equatable, Sendable {
    /// The values of the dimensions as text; an absent value is empty.
    public let values: [String]
    /// How many rows have them.
    public let count: Int
  }

  /// The dimensions that were asked for.
  public let dimensions: [String]
  /// The combinations of values that occur.
  public let lines: [Line]

  init(_ dimensions: [String], _ counts: Counts) {
    self.dimensions = dimensions
    lines = (0..<counts.rowCount).map { row in
      Line(
        values: dimensions.indices.map { counts.label(row: row, dimension: $0) },
        count: Int(counts.counts[row]))
    }
  }

  /// The sum of all counts.
  public var total: Int { lines.reduce(0) { $0 + $1.count } }
}
