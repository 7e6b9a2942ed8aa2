// Learns the symbols of a column from a sample of its texts.
//
// In each generation the sample is written with the symbols so far; a symbol, and each pair of
// symbols met side by side, is worth the bytes that it covered. The worthiest become the next
// generation's symbols. This is the way of FSST (Boncz, Neumann, Leis, VLDB 2020).
//
// Equal texts give equal symbols: the sample is drawn at even steps, and ties are broken by bytes.

import Bytes

@safe
final class SymbolTrainer {
  static let sampleByteCountMax = 16_384
  static let generationCount = 5
  /// A pair of symbols met less often in the sample makes no new symbol.
  private static let pairCountMin = 3
  /// A single byte without a symbol costs a second byte each time it is met.
  private static let byteWeight = 8
  /// Codes of the counters: 0...255 are bytes written after an escape, then come the symbols.
  private static let codeCount = 512

  let matcher = SymbolMatcher()
  private let counts = Scratch<UInt32>(count: codeCount)
  private let pairCounts = Scratch<UInt16>(count: codeCount * codeCount)
  private let pairs = Scratch<UInt32>(count: 4 * sampleByteCountMax)
  private let sample = Scratch<UInt8>(count: 2 * sampleByteCountMax)
  private var sampleEnds: [Int] = []

  /// Learns symbols for the texts of `input`, which have `byteCount` bytes in all.
  func train(on input: TextInput, byteCount: Int) {
    let sampleByteCount = draw(from: input, byteCount: byteCount)
    guard sampleByteCount > 0 else { return }
    for generation in 0..<Self.generationCount {
      let isLast = generation == Self.generationCount - 1
      let pairCount = count(pairing: !isLast)
      // A symbol takes 9 bytes of the column and has to earn them.
      let gainMin = isLast ? 12 * sampleByteCount / max(byteCount, 1) + 1 : 1
      matcher.replace(with: worthiest(pairCount: pairCount, gainMin: gainMin))
    }
  }

  /// Copies up to `sampleByteCountMax` bytes of texts at even steps; returns how many.
  private func draw(from input: TextInput, byteCount: Int) -> Int {
    sampleEnds.removeAll(keepingCapacity: true)
    var drawn = 0
    var seen = 0
    for row in 0..<input.rowCount where input.byteCounts[row] != TextInput.absent {
      let size = Int(input.byteCounts[row])
      seen += size
      // The next text is due when the share drawn has fallen behind the share seen.
      let due =
        byteCount <= Self.sampleByteCountMax
        ? seen : seen * Self.sampleByteCountMax / byteCount
      guard size > 0, drawn < due else { continue }
      let taken = min(size, Self.sampleByteCountMax - drawn)
      for place in 0..<taken {
        sample.view[drawn + place] = input.arena[Int(input.starts[row]) + place]
      }
      drawn += taken
      sampleEnds.append(drawn)
    }
    return drawn
  }

  /// Writes the sample with the symbols so far and counts codes and, if asked, pairs of codes.
  ///
  /// Returns how many different pairs there are; they are in `pairs`.
  private func count(pairing: Bool) -> Int {
    let (counts, pairCounts, pairs) = (counts.view, pairCounts.view, pairs.view)
    let matcher = matcher.view
    let arena = unsafe LentBytes(sample.view.base, count: sample.view.count)
    for code in 0..<Self.codeCount { counts[code] = 0 }
    var pairCount = 0

    func meet(_ first: Int, _ second: Int) {
      let pair = first &* Self.codeCount &+ second
      if pairCounts[pair] == 0 {
        pairs[pairCount] = UInt32(truncatingIfNeeded: pair)
        pairCount &+= 1
      }
      pairCounts[pair] &+= 1
    }

    var next = 0
    for end in sampleEnds {
      var previous = -1
      while next < end {
        let word = textWord(arena, at: next, remaining: end &- next)
        let match = matcher.match(word, remaining: end &- next)
        let byte = Int(truncatingIfNeeded: word & 0xff)
        let code = match.storedByteCount == 2 ? byte : 256 &+ Int(match.code)
        counts[code] &+= 1
        // The first byte alone stays in the race, too: a shorter symbol may serve better.
        if match.byteCount > 1 { counts[byte] &+= 1 }
        if pairing, previous >= 0 {
          meet(previous, code)
          if match.byteCount > 1 { meet(previous, byte) }
        }
        previous = code
        next &+= match.byteCount
      }
    }
    return pairCount
  }

  /// The candidates of the counted sample, worthiest first; clears the counted pairs.
  private func worthiest(pairCount: Int, gainMin: Int) -> [Symbol] {
    var candidates: [Candidate] = []
    for code in 0..<(256 + matcher.symbols.count) where counts.view[code] > 0 {
      let symbol = symbol(ofCode: code)
      let weight = symbol.byteCount == 1 ? Self.byteWeight : symbol.byteCount
      candidates.append(Candidate(symbol: symbol, gain: Int(counts.view[code]) * weight))
    }
    for index in 0..<pairCount {
      let pair = Int(pairs.view[index])
      let count = Int(pairCounts.view[pair])
      pairCounts.view[pair] = 0
      let first = symbol(ofCode: pair / Self.codeCount)
      guard count >= Self.pairCountMin, first.byteCount < symbolSizeMax else { continue }
      let joined = first.followed(by: symbol(ofCode: pair % Self.codeCount))
      candidates.append(Candidate(symbol: joined, gain: count * joined.byteCount))
    }

    candidates.sort { $0.symbol.precedes($1.symbol) }
    var merged: [Candidate] = []
    for candidate in candidates {
      if let last = merged.indices.last, merged[last].symbol == candidate.symbol {
        merged[last].gain += candidate.gain
      } else {
        merged.append(candidate)
      }
    }
    merged.removeAll { $0.gain < gainMin }
    merged.sort { $0.gain == $1.gain ? $0.symbol.precedes($1.symbol) : $0.gain > $1.gain }
    return merged.map(\.symbol)
  }

  private func symbol(ofCode code: Int) -> Symbol {
    code < 256 ? Symbol(byte: UInt8(code)) : matcher.symbols[code - 256]
  }
}

private struct Candidate {
  var symbol: Symbol
  /// Bytes of the sample that the symbol covered.
  var gain: Int
}

extension Symbol {
  /// An order of all symbols: by bytes read as a number, then the shorter first.
  fileprivate func precedes(_ other: Symbol) -> Bool {
    value == other.value ? byteCount < other.byteCount : value < other.value
  }
}
