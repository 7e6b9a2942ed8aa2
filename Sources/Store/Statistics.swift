// What a registry takes on disk: by table and column, by index, by dictionary.

import Bytes
import Columns
import Pages
import Rows
import Segments

/// What a registry holds and takes on disk.
public struct Statistics: Equatable, Sendable {
  /// One table.
  public struct OfTable: Equatable, Sendable {
    /// The table's name.
    public var name: String
    /// Rows that are there.
    public var rows: Int
    /// Places that hold no row any more.
    public var removed: Int
    /// Segments.
    public var segments: Int
    /// Bytes of columns, their directories, checksums and zone maps.
    public var bytes: Int
    /// Its columns, in the order of the fields; first the link to the parent, if there is one.
    public var columns: [OfColumn]
    /// Its indexes.
    public var indexes: [OfIndex]
  }

  /// One column.
  public struct OfColumn: Equatable, Sendable {
    /// The field's name, or `parent` for the link to the parent.
    public var name: String
    /// Bytes in all segments.
    public var bytes: Int
    /// How many segments are encoded in each way.
    public var encodings: [String: Int]
  }

  /// One index.
  public struct OfIndex: Equatable, Sendable {
    /// The index's name; `late_children` for that of rows away from their parent's place.
    public var name: String
    /// Runs.
    public var runs: Int
    /// Keys.
    public var entries: Int
    /// Bytes of partitions and their checksums.
    public var bytes: Int
  }

  /// One dictionary of words, or one code list.
  public struct OfDictionary: Equatable, Sendable {
    /// Its name.
    public var name: String
    /// Words.
    public var words: Int
    /// Bytes.
    public var bytes: Int
  }

  /// By table.
  public var tables: [OfTable] = []
  /// By dictionary.
  public var dictionaries: [OfDictionary] = []
  /// Bytes of pages in use, by keyspace.
  public var keyspaces: [(name: String, bytes: Int)] = []
  /// Bytes of the file.
  public var fileBytes = 0

  /// Whether two are equal in every figure.
  public static func == (left: Statistics, right: Statistics) -> Bool {
    left.tables == right.tables && left.dictionaries == right.dictionaries
      && left.fileBytes == right.fileBytes
      && left.keyspaces.elementsEqual(right.keyspaces) { $0 == $1 }
  }
}

extension Snapshot {
  /// What the registry takes on disk.
  ///
  /// Reads directories, not columns.
  package borrowing func statistics() throws(StoreError) -> Statistics {
    var statistics = Statistics()
    for table in plan.tables { statistics.tables.append(try self.statistics(of: table)) }
    for (number, state) in catalog.dictionaries.enumerated() {
      var bytes = 0
      let chunkCount = (state.wordCount + WordChunk.wordCountMax - 1) >> WordChunk.shift
      for chunk in 0..<chunkCount {
        let key = NumberKey(UInt32(number), UInt32(chunk))
        bytes += try get(key, in: registry.keyspaces.word)?.count ?? 0
      }
      statistics.dictionaries.append(
        Statistics.OfDictionary(name: state.name, words: state.wordCount, bytes: bytes))
    }
    for keyspace in registry.environment.keyspaces {
      statistics.keyspaces.append((keyspace.name, try byteCount(of: keyspace)))
    }
    do throws(PageError) {
      statistics.fileBytes = try registry.environment.information().byteCount
    } catch { throw StoreError(error) }
    return statistics
  }

  private borrowing func statistics(
    of plan: TablePlan
  ) throws(StoreError) -> Statistics.OfTable {
    let state = catalog.tables[plan.position]
    var columns = (0...plan.fieldCount).map { column in
      Statistics.OfColumn(
        name: column == plan.linkColumn ? "parent" : plan.table.fields[column].name, bytes: 0,
        encodings: [:])
    }
    // Codes of several columns side by side are shown like a column.
    var rowCodes = Statistics.OfColumn(name: "row codes", bytes: 0, encodings: [:])
    var total = 0
    for number in 0..<state.segmentCount {
      let view = try segment(number, table: plan.position)
      for column in view.storedColumns {
        guard let bytes = view.bytes(ofColumn: column) else { continue }
        columns[column].bytes += bytes.count
        columns[column].encodings[encodingName(of: bytes), default: 0] += 1
      }
      if let bytes = view.rowCodesBytes {
        rowCodes.bytes += bytes.count
        rowCodes.encodings[encodingName(of: bytes), default: 0] += 1
      }
      for part in 0..<(plan.lateFields.isEmpty ? 1 : 2) {
        let key = Keyspaces.segmentKey(table: plan.number, part: UInt16(part), segment: number)
        for keyspace in [
          registry.keyspaces.segment, registry.keyspaces.checksum, registry.keyspaces.zone,
          registry.keyspaces.removed,
        ] {
          total += try get(key, in: keyspace)?.count ?? 0
        }
      }
    }
    let link = columns.removeLast()
    if plan.parent != nil { columns.insert(link, at: 0) }
    if rowCodes.bytes > 0 { columns.append(rowCodes) }
    var indexes: [Statistics.OfIndex] = []
    for (number, runs) in state.indexes.enumerated() {
      let isLate = number == plan.table.indexes.count
      indexes.append(
        try statistics(
          ofIndex: isLate ? "late_children" : plan.table.indexes[number].name, runs: runs))
    }
    return Statistics.OfTable(
      name: plan.table.name, rows: state.rowCount, removed: state.removedCount,
      segments: state.segmentCount, bytes: total, columns: columns, indexes: indexes)
  }

  private borrowing func statistics(
    ofIndex name: String, runs: [Catalog.RunState]
  ) throws(StoreError) -> Statistics.OfIndex {
    var index = Statistics.OfIndex(name: name, runs: runs.count, entries: 0, bytes: 0)
    for run in runs {
      index.entries += Int(run.entryCount)
      index.bytes += 8 << Int(run.partitionBits)
      for partition in 0..<(1 << Int(run.partitionBits)) {
        let key = NumberKey(run.number, UInt32(partition))
        index.bytes += try get(key, in: registry.keyspaces.partition)?.count ?? 0
      }
    }
    return index
  }
}

/// The encoding of stored column bytes, and what it nests.
private func encodingName(of bytes: LentBytes) -> String {
  guard bytes.count >= 64, let encoding = Encoding(rawValue: bytes[0]) else { return "unknown" }
  let second = Int(bytes.load(24, as: UInt32.self))
  switch encoding {
  case .runLength, .presence, .derived:
    guard second >= 64, second < bytes.count, let nested = Encoding(rawValue: bytes[second]) else {
      return "\(encoding)"
    }
    return "\(encoding)(\(nested)\(nested == .frameOfReference ? " \(bytes[second + 1])" : ""))"
  case .frameOfReference, .dictionary, .delta:
    return "\(encoding) \(bytes[1])"
  case .rowCodes:
    return "\(encoding) \(bytes.load(2, as: UInt16.self))"
  default:
    return "\(encoding)"
  }
}
