// What a registry remembers of the loads that were published.

import Rows
import Segments
import Store

/// One load that was published.
public struct PublishedLoad: Equatable, Sendable {
  /// One file of the load.
  public struct File: Equatable, Sendable {
    /// The table that the file fed.
    public let table: String
    /// Bytes of the file.
    public let byteCount: UInt64
    /// XXH3 of its bytes, by which the same file is known again.
    public let hash: UInt64
  }

  /// The load's number: the first is 1.
  public let number: Int
  /// When it was published, in seconds since 1970.
  public let secondsSince1970: UInt64
  /// Rows that were stored.
  public let stored: UInt64
  /// Rows that were refused.
  public let refused: UInt64
  /// The files, in the order in which they were loaded.
  public let files: [File]
}

extension Snapshot {
  /// The loads that were published, first to last.
  public var loads: [PublishedLoad] {
    store.catalog.loads.enumerated().map { position, load in
      PublishedLoad(
        number: position + 1, secondsSince1970: load.seconds, stored: load.storedCount,
        refused: load.refusedCount,
        files: load.files.map {
          PublishedLoad.File(table: $0.table, byteCount: $0.byteCount, hash: $0.hash)
        })
    }
  }

  /// How many codes a list has, those included that loads added.
  public func codeCount(ofList name: String) -> Int? {
    store.plan.schema.codeListPosition(name).map { store.words.lists[$0].wordCount }
  }
}
