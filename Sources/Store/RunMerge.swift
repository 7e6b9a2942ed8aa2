// Which runs of an index a load writes anew, so that look-ups have few to ask.
//
// A load brings a run of its own keys. It takes in the runs before it, latest first, each that has
// fewer keys than all that come after it. So each run has at least as many keys as all after it
// together, the first at least half of them, and a key is written anew about as often as the number
// of loads has binary digits. Where runs would still be more than four, the cheapest merge is made:
// that of the runs behind the one that is smallest compared with what is written, and of that one.

/// The rule by which runs merge.
package enum RunMerge {
  /// Runs of an index at most.
  package static let runCountMax = 4

  /// How many of an index's runs stay as they are when a load adds keys; the others are written
  /// anew together with these.
  package static func keptCount(of entryCounts: [UInt64], adding newCount: UInt64) -> Int {
    var kept = entryCounts.count
    var written = newCount
    while kept > 0, entryCounts[kept - 1] < written {
      kept -= 1
      written += entryCounts[kept]
    }
    guard kept >= runCountMax else { return kept }
    var (best, bestRatio) = (kept, Double.infinity)
    while kept > 0 {
      kept -= 1
      let ratio = Double(entryCounts[kept]) / Double(max(1, written))
      if kept < runCountMax, ratio < bestRatio { (best, bestRatio) = (kept, ratio) }
      written += entryCounts[kept]
    }
    return best
  }
}
