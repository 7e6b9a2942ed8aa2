// Where runs begin, as a list, eight rows at a time and without a branch.

package import Bytes

extension RunMap {
  /// Writes the rows from `first` up to `end` that begin a run, ascending; returns how many.
  ///
  /// `first` is a multiple of 8. `rows` has room for 8 more than there are rows. Runs that begin
  /// just behind `end`, up to the next multiple of 8, may be written too and are not counted.
  package func starts(
    from first: Int, upTo end: Int, into rows: ScratchView<UInt16>
  ) -> Int {
    precondition(first >= 0)
    precondition(first & 7 == 0)
    precondition(end > first)
    precondition(end <= rowCount)
    precondition(rows.count >= end - first + 8)
    guard !starts.isListed else { return listedStarts(first, end, rows) }
    var byte = first >> 3
    let byteEnd = (end + 7) >> 3
    var count = 0
    while byte < byteEnd {
      // A group of the bits with ranks has 30 bytes of bits behind its rank.
      let group = byte / 30
      let groupEnd = min(byteEnd, group &* 30 &+ 30)
      let bits = unsafe starts.start + (group &* 32 &+ 2 &+ byte &- group &* 30)
      count = unsafe listBits(
        bits, byteCount: groupEnd &- byte, firstRow: byte &* 8, into: rows.base, at: count)
      byte = groupEnd
    }
    while count > 0, Int(rows[count - 1]) >= end { count -= 1 }
    return count
  }

  /// Writes the rows that begin a run in a block; `rows` has room for 8 more than the block has
  /// rows.
  package func starts(ofBlock block: Int, into rows: ScratchView<UInt16>) -> Int {
    starts(from: block << 10, upTo: min(rowCount, (block + 1) << 10), into: rows)
  }

  private func listedStarts(_ first: Int, _ end: Int, _ rows: ScratchView<UInt16>) -> Int {
    let list = unsafe ExceptionRows(
      trusting: starts.start, rowCount: starts.rowCount, count: starts.count)
    var count = 0
    for block in first >> 10...(end - 1) >> 10 {
      for index in list.range(inBlock: block) {
        let row = list.row(at: index)
        guard row >= first, row < end else { continue }
        rows[count] = UInt16(truncatingIfNeeded: row)
        count += 1
      }
    }
    return count
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

private let bitCounts: [UInt8] = (0..<256).map { UInt8($0.nonzeroBitCount) }

/// Lists the set bits of some bytes behind `count` numbers and returns how many there are then;
/// writes up to 8 numbers past the last one.
private func listBits(
  _ bytes: UnsafeRawPointer, byteCount: Int, firstRow: Int,
  into target: UnsafeMutablePointer<UInt16>, at count: Int
) -> Int {
  unsafe bitPlaces.withUnsafeBufferPointer { places in
    unsafe bitCounts.withUnsafeBufferPointer { counts in
      guard let places = places.baseAddress, let counts = counts.baseAddress else { return 0 }
      var count = count
      var first = SIMD8<UInt16>(repeating: UInt16(truncatingIfNeeded: firstRow))
      for index in 0..<byteCount {
        let byte = unsafe Int(bytes.load(fromByteOffset: index, as: UInt8.self))
        let rows = unsafe places[byte] &+ first
        unsafe UnsafeMutableRawPointer(target + count).storeBytes(of: rows, as: SIMD8<UInt16>.self)
        count &+= unsafe Int(counts[byte])
        first &+= 8
      }
      return count
    }
  }
}
