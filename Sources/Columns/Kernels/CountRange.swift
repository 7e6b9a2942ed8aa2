// Counts the rows of a block whose value lies in a range, without marking them.

/// How many rows of a block have a value in `range`; absent rows never do.
package func countRange(_ column: IntegerColumn, block: Int, _ range: ClosedRange<Int64>) -> Int {
  let count = column.rowCount(ofBlock: block)
  let flat = column.flat
  guard column.isNarrow, flat.has(.transposed), count == 1024 else {
    var selection = Selection()
    selectRange(column, block: block, range, into: &selection)
    return selection.count
  }
  var found = 0
  if let codes = flat.codes(in: range, block: block) {
    let from = unsafe (flat.codes + block &* 128 &* flat.bitWidth)
      .assumingMemoryBound(to: UInt16.self)
    found = unsafe countTransposed(from, width: flat.bitWidth, codes.lowerBound, codes.upperBound)
  }
  guard flat.exceptionCount != 0 else { return found }
  let rows = flat.exceptionRows
  for index in rows.range(inBlock: block) {
    let value = rows.value(at: index)
    found += value != absentValue && range.contains(value) ? 1 : 0
  }
  return found
}

/// How many of the 1,024 codes of a block of the transposed layout lie in `lower...upper`.
private func countTransposed(
  _ block: UnsafePointer<UInt16>, width: Int, _ lower: UInt16, _ upper: UInt16
) -> Int {
  let mask = UInt16.max &>> UInt16(truncatingIfNeeded: 16 &- width)
  let reach = upper &- lower
  return unsafe withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 64) { counts in
    guard let counts = counts.baseAddress else { return 0 }
    for lane in 0..<64 { unsafe counts[lane] = 0 }
    for round in 0..<16 {
      let bit = round &* width
      let shift = UInt16(truncatingIfNeeded: bit & 15)
      let words = unsafe block + (bit >> 4) &* 64
      if bit & 15 &+ width <= 16 {
        for lane in 0..<64 {
          let code = unsafe (words[lane] &>> shift) & mask
          unsafe counts[lane] &+= code &- lower <= reach ? 1 : 0
        }
      } else {
        let rest = 16 &- shift
        for lane in 0..<64 {
          let code = unsafe ((words[lane] &>> shift) | (words[lane &+ 64] &<< rest)) & mask
          unsafe counts[lane] &+= code &- lower <= reach ? 1 : 0
        }
      }
    }
    var total = 0
    for lane in 0..<64 { total &+= unsafe Int(counts[lane]) }
    return total
  }
}
