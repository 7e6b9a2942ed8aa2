// A column of a segment as a few pieces of equal rows, and rows that are none of them.

import Columns

/// The values of a field in one segment: piece by piece, exceptions apart.
struct Pieces {
  /// The first row of each piece; the first is 0.
  private(set) var starts: [Int] = []
  private(set) var values: [Int64] = []
  /// Rows with a value of their own, ascending.
  var exceptionRows: [Int] = []
  var exceptionValues: [Int64] = []

  /// More pieces cost more than decoding every row.
  static let countMax = 4_096

  mutating func removeAll() {
    starts.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
    exceptionRows.removeAll(keepingCapacity: true)
    exceptionValues.removeAll(keepingCapacity: true)
  }

  var lastValue: Int64? { values.last }

  /// Adds a piece; one that begins where the last one does takes its place.
  mutating func append(start: Int, value: Int64) {
    if starts.last == start {
      starts.removeLast()
      values.removeLast()
    }
    guard values.last != value else { return }
    starts.append(starts.isEmpty ? 0 : start)
    values.append(value)
  }

  /// The piece that holds a row.
  func piece(ofRow row: Int) -> Int { lastPlace(starts, upTo: row) }

  /// The positions of the exceptions in some rows.
  func exceptions(in rows: Range<Int>) -> Range<Int> {
    guard !exceptionRows.isEmpty else { return 0..<0 }
    let lower = lastPlace(exceptionRows, upTo: rows.lowerBound - 1) + 1
    return lower..<max(lower, lastPlace(exceptionRows, upTo: rows.upperBound - 1) + 1)
  }
}

/// The place of the last number that is at most `limit` in ascending numbers, or -1.
func lastPlace(_ numbers: [Int], upTo limit: Int) -> Int {
  var (lower, upper) = (0, numbers.count)
  while lower < upper {
    let middle = (lower + upper) >> 1
    if numbers[middle] <= limit { lower = middle + 1 } else { upper = middle }
  }
  return lower - 1
}
