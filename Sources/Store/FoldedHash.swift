// The hash under which an index finds a text however it was typed; that of a whole text follows
// from those of its words, so that it can be computed from codes of words without the text.
//
// With h the XXH3 of a folded word, the hash of words w0 w1 ... wn is h(w0) + h(w1) P + ... + h(wn)
// P^n modulo 2^64, for an odd P.

package import Bytes
import Rules

/// The hash of some words of a folded text, and how many they are.
@frozen @usableFromInline
package struct FoldedHash: Equatable, Sendable {
  private static let base: UInt64 = 0x9e37_79b9_7f4a_7c15

  package var sum: UInt64
  package var power: UInt64

  /// The hash of no words.
  package init() {
    sum = 0
    power = 1
  }

  /// A hash that was kept.
  package init(sum: UInt64, power: UInt64) {
    self.sum = sum
    self.power = power
  }

  /// The hash of a text as it was typed.
  package init(folding text: LentBytes) {
    let scratch = Scratch<UInt8>(count: foldedByteCountMax(of: text.count))
    self.init(folding: text, into: scratch.view)
    withExtendedLifetime(scratch) {}
  }

  /// The same, with the room to fold in given: `foldedByteCountMax` of the text's bytes.
  package init(folding text: LentBytes, into room: ScratchView<UInt8>) {
    self.init()
    let count = fold(text, into: room)
    let folded = room.lent(count: count)
    var start = 0
    for index in 0...count where index == count || folded[index] == UInt8(ascii: " ") {
      if index > start {
        sum &+= mix(folded.part(start, index)) &* power
        power = power &* Self.base
      }
      start = index + 1
    }
  }

  /// The hash of these words followed by others.
  package func followed(by other: FoldedHash) -> FoldedHash {
    var both = self
    both.sum &+= power &* other.sum
    both.power = power &* other.power
    return both
  }
}
