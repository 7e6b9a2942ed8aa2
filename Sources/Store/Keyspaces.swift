// Every keyspace of the file, with the layout of its keys and values.
//
//   KEYSPACE    KEY                                    VALUE
//   catalog     "catalog"                              Catalog.swift
//               "schema"                               the schema as JSON, then its XXH3
//               "changes"                              ChangeState.swift
//   segment     u32 table << 16 | part, u32 segment    SegmentHeader.swift
//   checksum    u32 table << 16 | part, u32 segment    u64 for the header, then one a column
//               u32 1 << 31 | run, u32 0               u64 for each partition of the run
//   zone        u32 table << 16, u32 segment           ZoneMaps.swift
//   removed     u32 table << 16, u32 segment           8,192 bytes, bit p set: place p is empty;
//                                                      then their XXH3 ^ mix(key as one u64)
//   partition   u32 run, u32 partition                 IndexRun.swift
//   fresh       u32 table << 16, u32 row               WholeRow.swift
//   freshKey    FreshRows.swift                        one byte, see there
//   change      u64 change                             ChangeRecord.swift
//   history     History.swift                          WholeRow.swift, or 8 bytes: see there
//   pastKey     FreshRows.swift                        one byte, zero
//   word        u32 dictionary, u32 chunk              WordList.swift
//
// Keys are big-endian. Whatever the catalog does not name does not exist: a load that was killed
// leaves such values behind, and the next load sweeps them.

import Bytes
package import Pages

/// The keyspaces of an open registry.
package struct Keyspaces: Sendable {
  package static let names = [
    "catalog", "segment", "checksum", "zone", "removed", "partition", "word", "fresh",
    "freshKey", "change", "history", "pastKey",
  ]

  package let catalog: Keyspace
  package let segment: Keyspace
  package let checksum: Keyspace
  package let zone: Keyspace
  package let removed: Keyspace
  package let partition: Keyspace
  package let word: Keyspace
  package let fresh: Keyspace
  package let freshKey: Keyspace
  package let change: Keyspace
  package let history: Keyspace
  package let pastKey: Keyspace

  init(of environment: Environment) {
    let all = environment.keyspaces
    precondition(all.map(\.name) == Self.names)
    (catalog, segment, checksum, zone) = (all[0], all[1], all[2], all[3])
    (removed, partition, word) = (all[4], all[5], all[6])
    (fresh, freshKey, change, history) = (all[7], all[8], all[9], all[10])
    pastKey = all[11]
  }

  package static let catalogKey = Array("catalog".utf8)
  package static let schemaKey = Array("schema".utf8)
  static let changesKey = Array("changes".utf8)

  package static func segmentKey(table: UInt16, part: UInt16 = 0, segment: Int) -> NumberKey {
    NumberKey(UInt32(table) << 16 | UInt32(part), UInt32(segment))
  }

  static func freshKey(table: Int, row: Int) -> NumberKey {
    NumberKey(UInt32(table) << 16, UInt32(row))
  }

  package static func runChecksumKey(_ run: UInt32) -> NumberKey { NumberKey(1 << 31 | run, 0) }
}
