// The answer of a count by dimensions: the keys that occur, in ascending order, each with its
// count.

import Rows
import Store

/// Counts by up to three dimensions.
///
/// Rows of the answer are ordered by their keys, absent first; combinations that do not occur have
/// none.
package struct Counts: Equatable, Sendable {
  /// The key of rows that have no value.
  package static let absentKey = Int64.min

  package let dimensions: [Dimension]
  /// The keys, side by side: key of dimension d of row r at `r * dimensions.count + d`.
  package let keys: [Int64]
  /// The counts, one a row.
  package let counts: [UInt64]
  private let labels: [DimensionLabels]

  init(
    dimensions: [Dimension], keys: [Int64], counts: [UInt64], labels: [DimensionLabels]
  ) {
    precondition(keys.count == counts.count * dimensions.count)
    self.dimensions = dimensions
    self.keys = keys
    self.counts = counts
    self.labels = labels
  }

  /// How many rows the answer has.
  package var rowCount: Int { counts.count }

  package func key(row: Int, dimension: Int) -> Int64 {
    precondition(dimension >= 0)
    precondition(dimension < dimensions.count)
    return keys[row * dimensions.count + dimension]
  }

  /// A key as text, as an output writes it; nothing for absent.
  package func label(row: Int, dimension: Int) -> String {
    labels[dimension].text(of: key(row: row, dimension: dimension))
  }

  /// The sum of all counts.
  package var total: UInt64 { counts.reduce(0, +) }
}

/// The texts of a dimension's keys.
struct DimensionLabels: Equatable, Sendable {
  private let dimension: Dimension
  private let type: FieldType
  private let codes: [String]
  private let texts: [String]

  init(
    _ dimension: Dimension, space: SlotSpace, table: Int, in snapshot: borrowing Snapshot
  ) {
    self.dimension = dimension
    type = snapshot.registry.schema.tables[table].fields[dimension.field].type
    texts = space.texts
    var codes: [String] = []
    if dimension.kind == .value,
      let known = FieldCodes(field: dimension.field, table: table, in: snapshot)
    {
      codes = (0..<known.count).map { known.code($0) }
    }
    self.codes = codes
  }

  func text(of key: Int64) -> String {
    guard key != Counts.absentKey else { return "" }
    switch dimension.kind {
    case .attribute: return texts.indices.contains(Int(key)) ? texts[Int(key)] : ""
    case .year: return String(key)
    case .ageBand(let width, _):
      if key < 0 { return "not born" }
      return width == 1 ? String(key) : "\(key)-\(key + Int64(width) - 1)"
    case .value:
      if case .code = type { return codes.indices.contains(Int(key)) ? codes[Int(key)] : "" }
      var bytes: [UInt8] = []
      FieldText.append(key, type: type, codes: nil, to: &bytes)
      return String(decoding: bytes, as: UTF8.self)
    }
  }
}
