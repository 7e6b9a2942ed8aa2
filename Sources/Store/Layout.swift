// Where the large values of one commit lie: segments, partitions and words, found once and kept.
//
// Values are fetched and verified when they are first needed. A later layout takes over what did
// not change, since bytes stand still while a snapshot has them.

import Bytes
import Pages
import Rows
import Segments

/// What a snapshot needs to find values without asking the file again.
final class Layout: Sendable {
  /// A load in progress: columns that wait for children may be missing.
  let isDraft: Bool
  let catalog: Catalog
  let words: WordLists
  let tables: [TableLayout]

  /// What is kept of one table.
  struct TableLayout: Sendable {
    let segments: SlotArray<SegmentView>
    let removed: SlotArray<RemovedRows>
    let zones: SlotArray<ZoneMaps>
    /// By index and run.
    let indexes: [[IndexRunView]]
  }

  /// With `tolerating` broken words are told to it, and words without letters stand for them.
  init(
    _ reader: SharedReader, registry: Registry, after known: Layout?,
    draft: Catalog? = nil, tolerating: ((Corruption) -> Void)? = nil
  ) throws(StoreError) {
    let keyspaces = registry.keyspaces
    isDraft = draft != nil
    if let draft {
      catalog = draft
    } else {
      catalog = try Self.readCatalog(reader, keyspaces)
    }
    guard catalog.tables.count == registry.plan.tables.count,
      catalog.dictionaries.map(\.name) == registry.plan.dictionaryNames
    else { throw StoreError(Corruption(.catalog, at: 32)) }
    if let known, known.catalog.layoutNumber == catalog.layoutNumber {
      (words, tables) = (known.words, known.tables)
      return
    }
    var lists: [WordList] = []
    for (number, dictionary) in catalog.dictionaries.enumerated() {
      if let known, known.catalog.dictionaries[number] == dictionary {
        lists.append(known.words.lists[number])
      } else {
        lists.append(
          try Self.readWords(reader, keyspaces, number, dictionary.wordCount, tolerating))
      }
    }
    words = WordLists(lists)
    var tables: [TableLayout] = []
    for (number, state) in catalog.tables.enumerated() {
      tables.append(Self.tableLayout(state, number, after: known))
    }
    self.tables = tables
  }

  /// Whether a later commit, which a reader sees, has all large values where they are here.
  func isStill(in reader: SharedReader, _ keyspaces: Keyspaces) throws(StoreError) -> Bool {
    guard !isDraft, let bytes = try reader.get(Keyspaces.catalogKey, in: keyspaces.catalog) else {
      return false
    }
    return Catalog.layoutNumber(of: bytes) == catalog.layoutNumber
  }

  private static func tableLayout(
    _ state: Catalog.TableState, _ number: Int, after known: Layout?
  ) -> TableLayout {
    let segments = SlotArray<SegmentView>(count: state.segmentCount)
    let removed = SlotArray<RemovedRows>(count: state.segmentCount)
    let zones = SlotArray<ZoneMaps>(count: state.segmentCount)
    if let known {
      let before = known.catalog.layoutNumber
      let rewritten = Set(
        state.rewritten.filter { $0.layoutNumber > before }.map(\.segment))
      segments.takeOver(from: known.tables[number].segments, except: rewritten)
      zones.takeOver(from: known.tables[number].zones, except: rewritten)
    }
    let old = known?.tables[number].indexes ?? []
    let indexes = state.indexes.enumerated().map { index, runs in
      runs.map { run in
        let kept = index < old.count ? old[index].first { $0.state == run } : nil
        return kept ?? IndexRunView(run)
      }
    }
    return TableLayout(
      segments: segments, removed: removed, zones: zones, indexes: indexes)
  }

  static func readCatalog(
    _ reader: SharedReader, _ keyspaces: Keyspaces
  ) throws(StoreError) -> Catalog {
    guard let bytes = try reader.get(Keyspaces.catalogKey, in: keyspaces.catalog) else {
      throw StoreError(Corruption(.catalog, at: 0))
    }
    do throws(Corruption) {
      return try Catalog(reading: bytes)
    } catch { throw StoreError(error) }
  }

  private static func readWords(
    _ reader: SharedReader, _ keyspaces: Keyspaces, _ dictionary: Int,
    _ wordCount: Int, _ tolerating: ((Corruption) -> Void)?
  ) throws(StoreError) -> WordList {
    var chunks: [WordChunk] = []
    let chunkCount = (wordCount + WordChunk.wordCountMax - 1) >> WordChunk.shift
    for chunk in 0..<chunkCount {
      let key = NumberKey(UInt32(dictionary), UInt32(chunk))
      let found = try reader.get(key, in: keyspaces.word)
      do throws(Corruption) {
        guard let found else { throw Corruption(.dictionary, at: 0) }
        let opened = try WordChunk(reading: found, key: key.combined)
        let rest = wordCount - (chunk << WordChunk.shift)
        guard opened.wordCount >= min(rest, WordChunk.wordCountMax) else {
          throw Corruption(.dictionary, at: 8)
        }
        chunks.append(opened)
      } catch {
        let located = error.located("dictionary \(dictionary) chunk \(chunk)")
        guard let tolerating else { throw StoreError(located) }
        tolerating(located)
        chunks.append(.blank)
      }
    }
    do throws(Corruption) {
      return try WordList(chunks: chunks, wordCount: wordCount)
    } catch { throw StoreError(error.located("dictionary \(dictionary)")) }
  }
}

/// Places of a segment that hold no row any more.
final class RemovedRows: Sendable {
  /// The bitmap, valid while the snapshot's bytes are; nil when every place is filled.
  let bits: LentBytes?
  private let standing: StandingBytes?

  static let byteCount = 8_192

  init(none: Void) { (bits, standing) = (nil, nil) }

  /// Checks a bitmap of `count` places, stored under `key`.
  init(reading value: LentBytes, key: UInt64, count: Int) throws(Corruption) {
    let standing = StandingBytes(value)
    let bytes = standing.bytes
    guard bytes.count == Self.byteCount + 8 else { throw Corruption(.removedRows, at: bytes.count) }
    let bits = try bytes.slice(0, count: Self.byteCount, of: .removedRows)
    guard checksum(bits) ^ mix(key) == bytes.load(Self.byteCount, as: UInt64.self) else {
      throw Corruption(.removedRows, at: Self.byteCount)
    }
    var setCount = 0
    for at in stride(from: 0, to: Self.byteCount, by: 8) {
      setCount += bits.load(at, as: UInt64.self).nonzeroBitCount
    }
    guard setCount == count else { throw Corruption(.removedRows, at: 0) }
    (self.bits, self.standing) = (bits, standing)
  }

  /// The bytes of a bitmap of places, to be stored under `key`.
  static func encoded(_ places: [Int], key: UInt64) -> [UInt8] {
    var bits = [UInt8](repeating: 0, count: byteCount)
    for place in places { bits[place >> 3] |= 1 << UInt8(place & 7) }
    var writer = ByteWriter(capacity: byteCount + 8)
    writer.append(bits)
    writer.append(checksum(bits) ^ mix(key))
    return writer.bytes
  }

  @inline(__always)
  func contains(_ place: Int) -> Bool {
    guard let bits else { return false }
    return bits[place >> 3] & (1 << UInt8(place & 7)) != 0
  }
}
