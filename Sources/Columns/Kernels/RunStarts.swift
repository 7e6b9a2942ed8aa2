// Where the runs of a block begin, as a list, eight rows at a time and without a branch.

package import Bytes

extension RunMap {
  /// Writes the rows that begin a run in a block, ascending; returns how many.
  ///
  /// `rows` has room for 8 more than the block has rows. They are rows of the segment.
  package func starts(ofBlock block: Int, into rows: ScratchView<UInt16>) -> Int {
    precondition(block >= 0)
    precondition(block << 10 < rowCount)
    precondition(rows.count >= min(1024, rowCount - block << 10) + 8)
    return unsafe withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 16) { words in
      guard let words = words.baseAddress else { return 0 }
      unsafe starts.words(ofBlock: block, into: words)
      return unsafe listBits(words, first: block << 10, into: rows.base)
    }
  }
}

/// For each byte the places of its bits, and how many it has.
private let bitPlaces: [SIMD8<UInt16>] = (0..<256).map { byte in
  var places = SIMD8<UInt16>()
  var count = 0
  for bit in 0..<8 where byte & (1 << bit) != 0 {
    places[count] = UInt16(bit)
    count += 1
  }
  return places
}

private let bitCounts: [Int] = (0..<256).map { $0.nonzeroBitCount }

/// Lists the set bits of 16 words; writes up to 8 numbers past the last one.
private func listBits(
  _ words: UnsafePointer<UInt64>, first: Int, into target: UnsafeMutablePointer<UInt16>
) -> Int {
  unsafe bitPlaces.withUnsafeBufferPointer { places in
    unsafe bitCounts.withUnsafeBufferPointer { counts in
      guard let places = places.baseAddress, let counts = counts.baseAddress else { return 0 }
      let bytes = unsafe UnsafeRawPointer(words)
      var count = 0
      for index in 0..<128 {
        let byte = unsafe Int(bytes.load(fromByteOffset: index, as: UInt8.self))
        let start = UInt16(truncatingIfNeeded: first &+ index &* 8)
        let rows = unsafe places[byte] &+ SIMD8(repeating: start)
        unsafe UnsafeMutableRawPointer(target + count).storeBytes(of: rows, as: SIMD8<UInt16>.self)
        count &+= unsafe counts[byte]
      }
      return count
    }
  }
}
