// Draws positions by whole-number weights: a running total and a guide into it.

struct WeightTable {
  /// `totals[i]` is the weight of everything before position `i`; one entry more than positions.
  private let totals: [UInt32]
  /// For each slice of the total, the position in which the slice begins.
  private let guide: [UInt16]
  private let sliceShift: UInt32

  static let sliceCount = 512

  init(_ weights: [Int]) {
    precondition(!weights.isEmpty)
    precondition(weights.count <= Int(UInt16.max))
    var totals: [UInt32] = [0]
    totals.reserveCapacity(weights.count + 1)
    for weight in weights {
      precondition(weight >= 0)
      totals.append(totals[totals.count - 1] + UInt32(weight))
    }
    let total = totals[weights.count]
    precondition(total > 0)
    var shift: UInt32 = 0
    while Int((total - 1) >> shift) >= Self.sliceCount { shift += 1 }
    var guide: [UInt16] = []
    var position = 0
    for slice in 0...(total - 1) >> shift {
      while totals[position + 1] <= slice << shift { position += 1 }
      guide.append(UInt16(position))
    }
    self.totals = totals
    self.guide = guide
    sliceShift = shift
  }

  var count: Int { totals.count - 1 }
  var total: Int { Int(totals[count]) }

  func draw(_ random: inout Randomness) -> Int { position(of: random.below(total)) }

  /// Draws among `lower..<upper`; uniformly when all of these weigh nothing.
  func draw(from lower: Int, to upper: Int, _ random: inout Randomness) -> Int {
    precondition(lower >= 0)
    precondition(lower < upper)
    precondition(upper <= count)
    let before = Int(totals[lower])
    let weight = Int(totals[upper]) - before
    guard weight > 0 else { return lower + random.below(upper - lower) }
    return position(of: before + random.below(weight))
  }

  private func position(of value: Int) -> Int {
    let target = UInt32(truncatingIfNeeded: value)
    var position = Int(guide[Int(target >> sliceShift)])
    while totals[position + 1] <= target { position += 1 }
    return position
  }
}
