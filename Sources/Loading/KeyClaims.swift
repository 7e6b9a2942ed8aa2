// Which rows lose a unique key: as if the rows were stored one after another in the order of the
// file.
//
// A row is refused if a row that was stored before it has one of its keys. A refused row holds none
// of its keys: a later row that shares only one of those is stored.

/// A row that lost a key to an earlier one.
struct LostKey: Equatable {
  var index: Int
  var row: Int
}

/// Keys that several rows of one load have, or rows that were there before it.
struct KeyClaims {
  /// For each key whether a row holds it.
  private var isHeld: [Bool] = []
  /// By row, the keys that it shares with others, by index.
  private var keys: [Int: [(index: Int, key: Int)]] = [:]

  /// Notes that rows of the load have the same key in an index.
  mutating func add(_ rows: [Int], ofIndex index: Int) {
    for row in rows { keys[row, default: []].append((index, isHeld.count)) }
    isHeld.append(false)
  }

  /// Notes that a row of the load has a key of a row that was there before.
  mutating func addKnown(_ row: Int, ofIndex index: Int) {
    keys[row, default: []].append((index, isHeld.count))
    isHeld.append(true)
  }

  /// The rows that are refused, in the order of the file, each with the first index that refuses
  /// it.
  func settle() -> [LostKey] {
    var isHeld = isHeld
    var lost: [LostKey] = []
    for (row, claims) in keys.sorted(by: { $0.key < $1.key }) {
      if let refusing = claims.filter({ isHeld[$0.key] }).map(\.index).min() {
        lost.append(LostKey(index: refusing, row: row))
      } else {
        for claim in claims { isHeld[claim.key] = true }
      }
    }
    return lost
  }
}
