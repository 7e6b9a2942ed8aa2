// The folded hashes of whole dictionaries, from which those of names are put together.

package import Bytes
import Segments

/// The folded hashes of dictionaries' words, made when they are first asked for.
package final class WordHashes: @unchecked Sendable {
  private let shared: SharedSnapshot
  private let monitor = Monitor()
  private var made: [Int: Scratch<UInt64>] = [:]

  package init(_ shared: SharedSnapshot) { self.shared = shared }

  /// For word w its sum at 2w and its power at 2w + 1.
  package func sums(_ dictionary: Int) -> Scratch<UInt64>? {
    monitor.withLock {
      if let known = made[dictionary] { return known }
      let list = shared.snapshot.words.lists[dictionary]
      let sums = Scratch<UInt64>(count: 2 * list.wordCount)
      for code in 0..<list.wordCount {
        guard let word = list[UInt32(code)] else { continue }
        let hash = FoldedHash(folding: word)
        sums.view[2 * code] = hash.sum
        sums.view[2 * code + 1] = hash.power
      }
      made[dictionary] = sums
      return sums
    }
  }
}
