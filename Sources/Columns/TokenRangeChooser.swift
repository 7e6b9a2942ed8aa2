// Cuts the ranked codes of a part into the ranges with the fewest bits; see RangedTokens.swift.
//
// A table of the least bits for every count of ranges and every place where they may end is filled
// width by width, narrow ranges first, as frequent codes come first. So a few hundred thousand
// steps find the best cut for every count of ranges.

import Bytes

/// How a part is cut into ranges.
struct TokenRangeChoice {
  /// Bits of a range number.
  var numberWidth = 0
  /// Width of each range over the dictionary, in the order of their places.
  var widths: [Int] = []
  /// Codes that the dictionary keeps; the others are in the raw range, behind all others.
  var placeCount = 0
  /// Bits of range numbers, places and dictionary entries in all.
  var bitCount = Int.max
}

/// Finds the best ranges for one part.
struct TokenRangeChooser {
  /// Rows of the codes before each place, most frequent code first.
  private let ends: [UInt32]
  private let rowCount: Int
  private let entryWidth: Int
  /// Places that the ranges may begin or end at; codes behind are raw.
  private let placeCount: Int
  private let numberWidthMax: Int
  /// Least bits of `k` ranges that end at place `p`, and the width of the last, at k * stride + p.
  private let bitCounts: Scratch<UInt32>
  private let lastWidths: Scratch<UInt8>
  private let stride: Int

  /// Above this count of codes those of a single row have no place in the dictionary.
  private static let singlesMax = 1_024
  /// Above this count the table has fewer ranges.
  private static let fineMax = 4_096
  private static let unreached = UInt32.max / 2

  init(counts: [UInt32], rowCount: Int, entryWidth: Int) {
    var ends: [UInt32] = [0]
    ends.reserveCapacity(counts.count + 1)
    for count in counts { ends.append(ends[ends.count - 1] + count) }
    var placeCount = counts.count
    if placeCount > Self.singlesMax {
      var (low, high) = (0, placeCount)
      while low < high {
        let middle = (low + high) / 2
        if counts[middle] > 1 { low = middle + 1 } else { high = middle }
      }
      placeCount = low
    }
    self.ends = ends
    self.rowCount = rowCount
    self.entryWidth = entryWidth
    self.placeCount = placeCount
    numberWidthMax = placeCount > Self.fineMax ? 3 : TokenRanges.numberWidthMax
    stride = placeCount + 1
    let size = (1 << numberWidthMax) * stride
    bitCounts = Scratch(count: size)
    lastWidths = Scratch(count: size)
    for index in 1..<max(2, size) { bitCounts.view[index] = Self.unreached }
  }

  /// The ranges with the fewest bits, of equal ones the fewest ranges.
  func choose() -> TokenRangeChoice {
    var width = 0
    while 1 << width <= placeCount {
      addRanges(ofWidth: width)
      width += 1
    }
    var best = TokenRangeChoice()
    for numberWidth in 0...numberWidthMax {
      guard let end = bestEnd(rangeCount: 1 << numberWidth) else { continue }
      let bitCount = end.bitCount + numberWidth * rowCount
      if bitCount < best.bitCount {
        best = choice(of: end)
        best.numberWidth = numberWidth
        best.bitCount = bitCount
      }
    }
    return best
  }

  /// Lets every cut so far go on with a range of 2^width places.
  private func addRanges(ofWidth width: Int) {
    let size = 1 << width
    // A range is seldom worth its number where many of its width lie before it.
    let before = width < 6 ? (1 << numberWidthMax) << width : 4 << width
    let entryBits = UInt32(size * entryWidth)
    unsafe ends.withUnsafeBufferPointer { ends in
      for count in 0..<(1 << numberWidthMax) - 1 {
        let last = min(placeCount - size, before, count << width)
        guard last >= 0 else { continue }
        let from = unsafe bitCounts.view.base + count * stride
        let to = unsafe bitCounts.view.base + (count + 1) * stride + size
        let widths = unsafe lastWidths.view.base + (count + 1) * stride + size
        for place in 0...last {
          let rows = unsafe ends[place &+ size] &- ends[place]
          let bits = unsafe from[place] &+ rows &* UInt32(width) &+ entryBits
          if unsafe bits < to[place] {
            unsafe to[place] = bits
            unsafe widths[place] = UInt8(width)
          }
        }
      }
    }
  }

  /// How the last ranges close the cut: up to the last place, or with raw codes, or both.
  private struct End {
    var bitCount: Int
    var count: Int
    var place: Int
    var closingWidth: Int?
  }

  private func bestEnd(rangeCount: Int) -> End? {
    let codeCount = ends.count - 1
    var best: End?
    func offer(_ bitCount: Int, _ count: Int, _ place: Int, _ closingWidth: Int?) {
      if bitCount < best?.bitCount ?? Int.max {
        best = End(bitCount: bitCount, count: count, place: place, closingWidth: closingWidth)
      }
    }
    let singles = (codeCount - placeCount) * entryWidth
    for count in 0..<rangeCount {
      let row = bitCounts.view.from(count * stride)
      for place in 0...placeCount where row[place] < Self.unreached {
        let bits = Int(row[place])
        let rest = placeCount - place
        offer(bits + Int(ends[codeCount] - ends[place]) * entryWidth, count, place, nil)
        guard rest > 0, singles == 0 || count + 2 <= rangeCount else { continue }
        let width = Int.bitWidth - (rest - 1).leadingZeroBitCount
        let closing = Int(ends[placeCount] - ends[place]) * width + rest * entryWidth
        offer(bits + closing + singles, count, place, width)
      }
    }
    return best
  }

  private func choice(of end: End) -> TokenRangeChoice {
    var choice = TokenRangeChoice()
    choice.placeCount = end.closingWidth == nil ? end.place : placeCount
    if let width = end.closingWidth { choice.widths.append(width) }
    var (count, place) = (end.count, end.place)
    while count > 0 {
      let width = Int(lastWidths.view[count * stride + place])
      choice.widths.append(width)
      place -= 1 << width
      count -= 1
    }
    choice.widths.reverse()
    return choice
  }
}
