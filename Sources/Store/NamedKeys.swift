// Which keys of the file the catalog names; any other is a leftover of a load that did not end.

import Pages
import Segments

/// The keys that a catalog names.
struct NamedKeys {
  private let catalog: Catalog
  private let keyspaces: Keyspaces
  private let runs: Set<UInt32>
  private let partCounts: [Int]

  init(_ catalog: Catalog, of registry: Registry) {
    self.catalog = catalog
    keyspaces = registry.keyspaces
    runs = Set(catalog.tables.flatMap { $0.indexes.flatMap { $0.map(\.number) } })
    partCounts = registry.plan.tables.map { $0.lateFields.isEmpty ? 1 : 2 }
  }

  func contains(_ key: NumberKey, in keyspace: Keyspace) -> Bool {
    if keyspace == keyspaces.partition { return runs.contains(key.first) }
    if keyspace == keyspaces.word {
      let dictionary = Int(key.first)
      guard dictionary < catalog.dictionaries.count else { return false }
      return Int(key.second) << WordChunk.shift < catalog.dictionaries[dictionary].wordCount
    }
    if keyspace == keyspaces.checksum, key.first >> 31 == 1 {
      return runs.contains(key.first & 0x7FFF_FFFF) && key.second == 0
    }
    let table = Int(key.first >> 16)
    if keyspace == keyspaces.removed {
      return table < catalog.tables.count && key.first & 0xFFFF == 0
        && catalog.tables[table].emptiedCount(ofSegment: Int(key.second)) > 0
    }
    let hasParts = keyspace == keyspaces.segment || keyspace == keyspaces.checksum
    return table < catalog.tables.count && Int(key.second) < catalog.tables[table].segmentCount
      && Int(key.first & 0xFFFF) < (hasParts ? partCounts[table] : 1)
  }
}
