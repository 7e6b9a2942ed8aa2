// Which runs of an index a load writes anew, so that look-ups have few to ask.
//
// A load brings a run of its own keys. It takes in the runs before it, latest first, each that has
// less than twice as many keys as all that come after it. So each run is greater than all after it
// together, the first holds most keys, and a key is written anew about as often as the number of
// loads has binary digits. Where runs would still be more than four, the cheapest merge is made: the
// one behind which the keys to write are the most compared with those of the run before them.

/// The rule by which runs merge.
package enum RunMerge {
  /// How many times the keys after it a run has that is kept.
  private static let growth: UInt64 = 2
  /// Runs of an index at most.
  package static let runCountMax = 4

  /// How many of an index's runs stay as they are when a load adds keys; the others are written anew
  /// together with these.
  package static func keptCount(of entryCounts: [UInt64], adding newCount: UInt64) -> Int {
    var kept = entryCounts.count
    var written = max(1, newCount)
    while kept > 0, entryCounts[kept - 1] < growth * written {
      kept -= 1
      written += entryCounts[kept]
    }
    guard kept >= runCountMax else { return kept }
    var best = kept
    var bestRatio = Double.infinity
    for place in stride(from: kept - 1, through: 0, by: -1) {
      let ratio = Double(entryCounts[place]) / Double(written)
      if place < runCountMax, ratio < bestRatio { (best, bestRatio) = (place, ratio) }
      written += entryCounts[place]
    }
    return best
  }
}
