// Which rows lose a unique key: as if the rows were stored one after another in the order of the
// file.
//
// A row is refused if a row that was stored before it has one of its keys. A refused row holds none
// of its keys: a later row that shares only one of those is stored.

/// A row that lost a key to an earlier one.
struct LostKey: Equatable {
  var index: Int
  var row: Int
  /// The row that has the key.
  var holder: Int
}

/// Keys that several rows of one load have, or rows that were there before it.
struct KeyClaims {
  /// For each key the row that holds it.
  private var holders: [Int?] = []
  /// By row, the keys that it shares with others, by index.
  private var keys: [Int: [(index: Int, key: Int)]] = [:]

  /// Notes that rows of the load have the same key in an index.
  mutating func add(_ rows: [Int], ofIndex index: Int) {
    for row in rows { keys[row, default: []].append((index, holders.count)) }
    holders.append(nil)
  }

  /// Notes that a row of the load has a key of a row that was there before.
  mutating func addKnown(_ row: Int, holder: Int, ofIndex index: Int) {
    keys[row, default: []].append((index, holders.count))
    holders.append(holder)
  }

  /// The rows that are refused, in the order of the file, each with the first index that refuses
  /// it.
  func settle() -> [LostKey] {
    var holders = holders
    var lost: [LostKey] = []
    for (row, claims) in keys.sorted(by: { $0.key < $1.key }) {
      let refusing = claims.filter { holders[$0.key] != nil }.min { $0.index < $1.index }
      if let refusing, let holder = holders[refusing.key] {
        lost.append(LostKey(index: refusing.index, row: row, holder: holder))
      } else {
        for claim in claims { holders[claim.key] = row }
      }
    }
    return lost
  }
}
