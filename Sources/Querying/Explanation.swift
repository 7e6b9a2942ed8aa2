// How a scan went: what zones left out, and by which path each field was reached.

import Rows
import Segments
package import Store

/// How a scan went.
///
/// Its description is meant for people.
package struct Explanation: Equatable, Sendable {
  /// One field that the scan read, and how.
  package struct FieldLine: Equatable, Sendable {
    package let field: String
    /// A path and the number of segments that took it, the most frequent first.
    package let paths: [(path: String, segmentCount: Int)]

    package static func == (left: FieldLine, right: FieldLine) -> Bool {
      left.field == right.field
        && left.paths.elementsEqual(right.paths) { $0 == $1 }
    }
  }

  package let table: String
  package let segmentCount: Int
  /// Segments in which zones left no row.
  package let skippedSegmentCount: Int
  /// Segments of which zones say that every row is wanted.
  package let wholeSegmentCount: Int
  package let skippedBlockCount: Int
  package let wholeBlockCount: Int
  /// Blocks whose rows were asked one by one.
  package let askedBlockCount: Int
  package let rowCount: UInt64
  package let fields: [FieldLine]

  init(_ statistics: ScanStatistics, table: Table) {
    self.table = table.name
    segmentCount = statistics.segmentCount
    skippedSegmentCount = statistics.skippedSegmentCount
    wholeSegmentCount = statistics.wholeSegmentCount
    skippedBlockCount = statistics.skippedBlockCount
    wholeBlockCount = statistics.wholeBlockCount
    askedBlockCount = statistics.askedBlockCount
    rowCount = statistics.foundRowCount
    let pathCount = FieldPath.allCases.count
    var lines: [FieldLine] = []
    for field in 0..<statistics.pathCounts.count / pathCount {
      var paths: [(path: String, segmentCount: Int)] = []
      for path in FieldPath.allCases {
        let count = statistics.pathCounts[field * pathCount + path.rawValue]
        if count > 0 { paths.append(("\(path)", count)) }
      }
      guard !paths.isEmpty else { continue }
      paths.sort { $0.segmentCount > $1.segmentCount }
      lines.append(FieldLine(field: table.fields[field].name, paths: paths))
    }
    fields = lines
  }
}

extension Explanation: CustomStringConvertible {
  package var description: String {
    var lines = [
      "\(table): \(rowCount) rows found",
      "segments: \(segmentCount), \(skippedSegmentCount) skipped and \(wholeSegmentCount) taken"
        + " whole by their zones",
      "blocks: \(skippedBlockCount) skipped and \(wholeBlockCount) taken whole by their zones,"
        + " \(askedBlockCount) asked row by row",
    ]
    for line in fields {
      let paths = line.paths.map { "\($0.path) in \($0.segmentCount)" }
      lines.append("field \(line.field): " + paths.joined(separator: ", "))
    }
    return lines.joined(separator: "\n")
  }
}

extension Scan {
  /// Counts, by dimensions if there are any, and tells how.
  package func explain(
    by dimensions: [Dimension] = [], in snapshot: borrowing Snapshot
  ) throws(QueryError) -> Explanation {
    let statistics =
      dimensions.isEmpty
      ? try countWithStatistics(in: snapshot).statistics
      : try countCells(by: dimensions, in: snapshot).statistics
    return Explanation(statistics, table: snapshot.plan.tables[table].table)
  }
}
