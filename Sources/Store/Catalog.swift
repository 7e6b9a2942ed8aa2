// What the file holds: tables, index runs, dictionaries and loads, in one small value.
//
//   OFFSET  SIZE  FIELD
//        0     8  magic: "HEARTHCT"
//        8     4  format version: 1
//       12     4  zero
//       16     8  layout number: rises with every commit that adds or removes a large value
//       24     8  change number: rises with every commit
//       32     4  number that the next index run gets
//       36     4  table count
//           then, for each table in schema order:
//            4  segment count
//            8  row count: rows that are there, removed ones not counted
//            4  count of segments with emptied places, 4 zero; then for each of them, rising:
//               4 segment, 4 places emptied in it, 1...65,536
//            4  count of segments that were written anew, 4 zero; then for each of them, rising:
//               8 segment, 8 layout number of the commit that did it last
//            4  count of first parents: the segment count if the table has a parent, else 0; then
//               for each segment 8: the parent's row by position of its first row, rising
//            4  index count (the table's indexes in schema order, then its late-child index if
//               the table has a parent), each: 4 run count, then each run:
//               4 number, 1 partition bits, 1 key bits, 2 zero,
//               4 first segment and 4 segment count of those whose keys it holds, 8 entry count
//            4  dictionary count, each: text name, 4 word count, 1 frozen, 3 zero
//            4  load count, each: 8 load number, 8 seconds since 1970, 8 rows stored,
//               8 rows refused, 4 file count, each: text table, 8 byte count,
//               8 XXH3 of the file's bytes
//     last 8      XXH3 of everything before
//
// The value is written anew by every publishing commit under the one key "catalog".

package import Bytes

/// What a registry holds, as one snapshot sees it.
package struct Catalog: Equatable, Sendable {
  package static let formatVersion: UInt32 = 1
  private static let magic: UInt64 = 0x5443_4854_5241_4548

  package var layoutNumber: UInt64 = 0
  package var changeNumber: UInt64 = 0
  package var nextRun: UInt32 = 1
  package var tables: [TableState] = []
  package var dictionaries: [DictionaryState] = []
  package var loads: [LoadRecord] = []

  package struct TableState: Equatable, Sendable {
    package var segmentCount = 0
    package var rowCount = 0
    /// The segments in which places were emptied, rising; each has a bitmap of them.
    package var emptied: [EmptiedPlaces] = []
    /// The segments that were written anew after their first time, rising.
    package var rewritten: [RewrittenSegment] = []
    package var firstParents: [Int64] = []
    package var indexes: [[RunState]]

    /// Places emptied in all segments.
    package var removedCount: Int { emptied.reduce(0) { $0 + $1.placeCount } }

    /// Places emptied in a segment.
    package func emptiedCount(ofSegment segment: Int) -> Int {
      var (low, high) = (0, emptied.count)
      while low < high {
        let middle = (low + high) / 2
        if emptied[middle].segment < segment { low = middle + 1 } else { high = middle }
      }
      return low < emptied.count && emptied[low].segment == segment ? emptied[low].placeCount : 0
    }
  }

  /// A segment that was written anew.
  package struct RewrittenSegment: Equatable, Sendable {
    package var segment: Int
    /// Of the commit that wrote it last.
    package var layoutNumber: UInt64
  }

  /// How many places of a segment hold no row any more.
  package struct EmptiedPlaces: Equatable, Sendable {
    package var segment: Int
    package var placeCount: Int

    package init(segment: Int, placeCount: Int) {
      self.segment = segment
      self.placeCount = placeCount
    }
  }

  /// One immutable part of an index.
  package struct RunState: Equatable, Sendable {
    package var number: UInt32
    package var partitionBits: UInt8
    package var keyBits: UInt8
    /// The segments whose keys it holds, all of them and no others.
    package var firstSegment: Int
    package var segmentCount: Int
    package var entryCount: UInt64

    package var segments: Range<Int> { firstSegment..<firstSegment + segmentCount }

    package init(
      number: UInt32, partitionBits: UInt8, keyBits: UInt8, firstSegment: Int, segmentCount: Int,
      entryCount: UInt64
    ) {
      self.number = number
      self.partitionBits = partitionBits
      self.keyBits = keyBits
      self.firstSegment = firstSegment
      self.segmentCount = segmentCount
      self.entryCount = entryCount
    }
  }

  /// A registry-wide list of words, or the codes that an open list grew.
  package struct DictionaryState: Equatable, Sendable {
    package var name: String
    package var wordCount: Int
    package var isFrozen: Bool

    package init(name: String, wordCount: Int, isFrozen: Bool) {
      self.name = name
      self.wordCount = wordCount
      self.isFrozen = isFrozen
    }
  }

  /// One load that was published.
  package struct LoadRecord: Equatable, Sendable {
    package var number: UInt64
    package var seconds: UInt64
    package var storedCount: UInt64
    package var refusedCount: UInt64
    package var files: [LoadedFile]

    package init(
      number: UInt64, seconds: UInt64, storedCount: UInt64, refusedCount: UInt64,
      files: [LoadedFile]
    ) {
      self.number = number
      self.seconds = seconds
      self.storedCount = storedCount
      self.refusedCount = refusedCount
      self.files = files
    }
  }

  package struct LoadedFile: Equatable, Sendable {
    package var table: String
    package var byteCount: UInt64
    package var hash: UInt64

    package init(table: String, byteCount: UInt64, hash: UInt64) {
      self.table = table
      self.byteCount = byteCount
      self.hash = hash
    }
  }

  package init() {}

  package func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.append(Self.magic)
    writer.append(Self.formatVersion)
    writer.append(UInt32(0))
    writer.append(layoutNumber)
    writer.append(changeNumber)
    writer.append(nextRun)
    writer.append(UInt32(tables.count))
    for table in tables {
      writer.append(UInt32(table.segmentCount))
      writer.append(UInt64(table.rowCount))
      writer.append(UInt32(table.emptied.count))
      writer.append(UInt32(0))
      for emptied in table.emptied {
        writer.append(UInt32(emptied.segment))
        writer.append(UInt32(emptied.placeCount))
      }
      writer.append(UInt32(table.rewritten.count))
      writer.append(UInt32(0))
      for rewritten in table.rewritten {
        writer.append(UInt64(rewritten.segment))
        writer.append(rewritten.layoutNumber)
      }
      writer.append(UInt32(table.firstParents.count))
      for parent in table.firstParents { writer.append(parent) }
      writer.append(UInt32(table.indexes.count))
      for runs in table.indexes { Self.append(runs, to: &writer) }
    }
    writer.append(UInt32(dictionaries.count))
    for dictionary in dictionaries {
      writer.append(text: dictionary.name)
      writer.append(UInt32(dictionary.wordCount))
      writer.append(UInt32(dictionary.isFrozen ? 1 : 0))
    }
    writer.append(UInt32(loads.count))
    for load in loads { Self.append(load, to: &writer) }
    writer.append(checksum(writer.bytes))
    return writer.bytes
  }

  private static func append(_ runs: [RunState], to writer: inout ByteWriter) {
    writer.append(UInt32(runs.count))
    for run in runs {
      writer.append(run.number)
      writer.append(run.partitionBits)
      writer.append(run.keyBits)
      writer.append(UInt16(0))
      writer.append(UInt32(run.firstSegment))
      writer.append(UInt32(run.segmentCount))
      writer.append(run.entryCount)
    }
  }

  private static func append(_ load: LoadRecord, to writer: inout ByteWriter) {
    writer.append(load.number)
    writer.append(load.seconds)
    writer.append(load.storedCount)
    writer.append(load.refusedCount)
    writer.append(UInt32(load.files.count))
    for file in load.files {
      writer.append(text: file.table)
      writer.append(file.byteCount)
      writer.append(file.hash)
    }
  }

  /// The format version of a whole catalog that this engine does not read, or nil.
  ///
  /// Every version has its magic, its number and its checksum at these places.
  package static func otherVersion(of bytes: LentBytes) -> UInt32? {
    guard bytes.count >= 24, bytes.load(0, as: UInt64.self) == magic else { return nil }
    let version = bytes.load(8, as: UInt32.self)
    guard version != formatVersion,
      let body = try? bytes.slice(0, count: bytes.count - 8, of: .catalog),
      bytes.load(bytes.count - 8, as: UInt64.self) == checksum(body)
    else { return nil }
    return version
  }

  /// The layout number of a catalog whose bytes were checked when a layout was made of them.
  static func layoutNumber(of bytes: LentBytes) -> UInt64? {
    bytes.count >= 48 ? bytes.load(16) : nil
  }

  package init(reading bytes: LentBytes) throws(Corruption) {
    guard bytes.count >= 48 else { throw Corruption(.catalog, at: bytes.count) }
    let body = try bytes.slice(0, count: bytes.count - 8, of: .catalog)
    guard bytes.load(bytes.count - 8, as: UInt64.self) == checksum(body) else {
      throw Corruption(.catalog, at: bytes.count - 8)
    }
    var reader = ByteReader(body, of: .catalog)
    guard try reader.next(UInt64.self) == Self.magic else { throw Corruption(.catalog, at: 0) }
    guard try reader.next(UInt32.self) == Self.formatVersion else {
      throw Corruption(.catalog, at: 8)
    }
    guard try reader.next(UInt32.self) == 0 else { throw Corruption(.catalog, at: 12) }
    layoutNumber = try reader.next()
    changeNumber = try reader.next()
    nextRun = try reader.next()
    for _ in 0..<(try reader.nextCount(byteCountEach: 32)) {
      tables.append(try Self.nextTable(from: &reader))
    }
    for _ in 0..<(try reader.nextCount(byteCountEach: 12)) {
      let name = try reader.nextText()
      let wordCount = Int(try reader.next(UInt32.self))
      let at = reader.offset
      let frozen = try reader.next(UInt32.self)
      guard frozen <= 1 else { throw Corruption(.catalog, at: at) }
      dictionaries.append(
        DictionaryState(name: name, wordCount: wordCount, isFrozen: frozen == 1))
    }
    for _ in 0..<(try reader.nextCount(byteCountEach: 36)) {
      loads.append(try Self.nextLoad(from: &reader))
    }
    guard reader.isAtEnd else { throw Corruption(.catalog, at: reader.offset) }
  }

  private static func nextTable(from reader: inout ByteReader) throws(Corruption) -> TableState {
    var table = TableState(indexes: [])
    table.segmentCount = Int(try reader.next(UInt32.self))
    table.rowCount = Int(truncatingIfNeeded: try reader.next(UInt64.self))
    table.emptied = try nextEmptied(from: &reader, segmentCount: table.segmentCount)
    table.rewritten = try nextRewritten(from: &reader, segmentCount: table.segmentCount)
    let at = reader.offset
    for _ in 0..<(try reader.nextCount(byteCountEach: 8)) {
      table.firstParents.append(try reader.next())
    }
    guard table.firstParents.isEmpty || table.firstParents.count == table.segmentCount else {
      throw Corruption(.catalog, at: at)
    }
    for _ in 0..<(try reader.nextCount(byteCountEach: 4)) {
      var runs: [RunState] = []
      for _ in 0..<(try reader.nextCount(byteCountEach: 24)) {
        let number = try reader.next(UInt32.self)
        let partitionBits = try reader.next(UInt8.self)
        let keyBits = try reader.next(UInt8.self)
        let at = reader.offset - 2
        guard partitionBits <= 16, try reader.next(UInt16.self) == 0 else {
          throw Corruption(.catalog, at: at)
        }
        runs.append(
          RunState(
            number: number, partitionBits: partitionBits, keyBits: keyBits,
            firstSegment: Int(try reader.next(UInt32.self)),
            segmentCount: Int(try reader.next(UInt32.self)),
            entryCount: try reader.next()))
      }
      table.indexes.append(runs)
    }
    return table
  }

  private static func nextEmptied(
    from reader: inout ByteReader, segmentCount: Int
  ) throws(Corruption) -> [EmptiedPlaces] {
    var all: [EmptiedPlaces] = []
    let start = reader.offset
    let count = try reader.nextCount(byteCountEach: 8)
    guard count <= segmentCount, try reader.next(UInt32.self) == 0 else {
      throw Corruption(.catalog, at: start)
    }
    for _ in 0..<count {
      let at = reader.offset
      let emptied = EmptiedPlaces(
        segment: Int(try reader.next(UInt32.self)), placeCount: Int(try reader.next(UInt32.self)))
      guard emptied.segment > all.last?.segment ?? -1, emptied.segment < segmentCount,
        (1...65_536).contains(emptied.placeCount)
      else { throw Corruption(.catalog, at: at) }
      all.append(emptied)
    }
    return all
  }

  private static func nextRewritten(
    from reader: inout ByteReader, segmentCount: Int
  ) throws(Corruption) -> [RewrittenSegment] {
    var all: [RewrittenSegment] = []
    let start = reader.offset
    let count = try reader.nextCount(byteCountEach: 16)
    guard try reader.next(UInt32.self) == 0 else { throw Corruption(.catalog, at: start) }
    for _ in 0..<count {
      let at = reader.offset
      let segment = try reader.next(UInt64.self)
      guard segment < UInt64(segmentCount), Int(segment) > all.last?.segment ?? -1 else {
        throw Corruption(.catalog, at: at)
      }
      all.append(RewrittenSegment(segment: Int(segment), layoutNumber: try reader.next()))
    }
    return all
  }

  private static func nextLoad(from reader: inout ByteReader) throws(Corruption) -> LoadRecord {
    var load = LoadRecord(
      number: try reader.next(), seconds: try reader.next(), storedCount: try reader.next(),
      refusedCount: try reader.next(), files: [])
    for _ in 0..<(try reader.nextCount(byteCountEach: 20)) {
      load.files.append(
        LoadedFile(
          table: try reader.nextText(), byteCount: try reader.next(), hash: try reader.next()))
    }
    return load
  }
}
