// Marks the rows of a block whose values are wanted, on packed codes where the column is narrow.

package import Bytes

/// Selects the rows of a block whose value lies in `range`; absent rows never do.
package func selectRange(
  _ column: IntegerColumn, block: Int, _ range: ClosedRange<Int64>,
  into selection: inout Selection
) {
  let count = column.rowCount(ofBlock: block)
  precondition(block >= 0)
  precondition(count > 0)
  let flat = column.flat
  guard column.isNarrow else {
    let lower = max(range.lowerBound, absentValue + 1)
    guard lower <= range.upperBound else {
      selection = Selection()
      return
    }
    let reach = UInt64(bitPattern: range.upperBound &- lower)
    selection = selectDecoded(column, block: block, count: count) { value in
      UInt64(bitPattern: value &- lower) <= reach
    }
    return
  }
  guard let codes = flat.codes(in: range, block: block) else {
    selection = Selection()
    flat.selectExceptions(block: block, range, into: &selection)
    return
  }
  if flat.encoding == .constant {
    selection = Selection(first: count)
  } else if flat.encoding == .flags {
    flat.selectBits(block: block, count: count, codes, into: &selection)
  } else {
    unsafe withCodes(of: flat, block: block) { lanes in
      unsafe selectCodes(lanes, codes.lowerBound, codes.upperBound, into: &selection)
    }
    selection.and(Selection(first: count))
  }
  flat.selectExceptions(block: block, range, into: &selection)
}

/// Selects the rows of a block of a narrow column whose code has a nonzero entry in `table`.
///
/// The table has `codeCount` entries. Exceptional rows are not selected: ask
/// `hasExceptions(inBlock:)`.
package func selectMembers(
  _ column: IntegerColumn, block: Int, table: ScratchView<UInt8>, into selection: inout Selection
) {
  let count = column.rowCount(ofBlock: block)
  precondition(column.isNarrow)
  precondition(block >= 0)
  precondition(count > 0)
  precondition(table.count >= column.codeCount)
  let flat = column.flat
  unsafe withCodes(of: flat, block: block) { lanes in
    unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { flags in
      guard let flags = flags.baseAddress else { return }
      for word in 0..<16 {
        for lane in 0..<64 {
          let code = unsafe Int(lanes[word &* 64 &+ lane])
          unsafe flags[lane] = table.base[code] != 0 ? 1 : 0
        }
        selection.words[word] = unsafe packedBits(flags)
      }
    }
  }
  selection.and(Selection(first: count))
  guard flat.exceptionCount != 0 else { return }
  let rows = flat.exceptionRows
  for index in rows.range(inBlock: block) { selection[rows.row(at: index) & 1023] = false }
}

/// Selects the rows of a block that have no value.
package func selectAbsent(_ column: IntegerColumn, block: Int, into selection: inout Selection) {
  let count = column.rowCount(ofBlock: block)
  precondition(block >= 0)
  precondition(count > 0)
  selection = selectDecoded(column, block: block, count: count) { $0 == absentValue }
}

/// Marks the 1,024 codes that lie in `lower...upper`.
func selectCodes(
  _ codes: UnsafePointer<UInt16>, _ lower: UInt16, _ upper: UInt16,
  into selection: inout Selection
) {
  let reach = upper &- lower
  unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { flags in
    guard let flags = flags.baseAddress else { return }
    for word in 0..<16 {
      let lanes = unsafe codes + word &* 64
      for lane in 0..<64 { unsafe flags[lane] = lanes[lane] &- lower <= reach ? 1 : 0 }
      selection.words[word] = unsafe packedBits(flags)
    }
  }
}

/// 64 bytes of 0 or 1 as 64 bits.
@inline(__always) private func packedBits(_ flags: UnsafePointer<UInt8>) -> UInt64 {
  var bits = UInt64(0)
  for byte in 0..<8 {
    let eight = unsafe UnsafeRawPointer(flags).loadUnaligned(
      fromByteOffset: byte &* 8, as: UInt64.self)
    // Each byte's lowest bit is moved to its own place in the top byte.
    bits |= ((eight &* 0x0102_0408_1020_4080) >> 56) &<< UInt64(byte &* 8)
  }
  return bits
}

@inline(__always) private func withCodes(
  of flat: FlatColumn, block: Int, _ body: (UnsafePointer<UInt16>) -> Void
) {
  unsafe withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 1024) { lanes in
    guard let lanes = lanes.baseAddress else { return }
    unsafe flat.unpackCodes(block: block, into: lanes)
    unsafe body(lanes)
  }
}

@inline(__always) private func selectDecoded(
  _ column: IntegerColumn, block: Int, count: Int, _ isWanted: (Int64) -> Bool
) -> Selection {
  var selection = Selection()
  unsafe withUnsafeTemporaryAllocation(of: Int64.self, capacity: 1024) { values in
    guard let values = values.baseAddress else { return }
    column.decode(block: block, into: unsafe ScratchView(values, count: 1024))
    // Rows past the end are compared too and then left out.
    unsafe (values + count).update(repeating: 0, count: 1024 &- count)
    unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { flags in
      guard let flags = flags.baseAddress else { return }
      for word in 0..<16 {
        let from = unsafe values + word &* 64
        for lane in 0..<64 { unsafe flags[lane] = isWanted(from[lane]) ? 1 : 0 }
        selection.words[word] = unsafe packedBits(flags)
      }
    }
  }
  selection.and(Selection(first: count))
  return selection
}

extension FlatColumn {
  /// The codes that stand for values in `range` in a block of a narrow column.
  func codes(in range: ClosedRange<Int64>, block: Int) -> ClosedRange<UInt16>? {
    switch encoding {
    case .constant:
      return base != absentValue && range.contains(base) ? 0...0 : nil
    case .flags:
      return codes(in: range, base: base, codeMax: 1)
    case .dictionary:
      let lower = firstEntry(atLeast: max(range.lowerBound, absentValue + 1))
      let upper =
        range.upperBound == Int64.max
        ? Int(slope) : firstEntry(atLeast: range.upperBound + 1)
      let codeMax = min(upper - 1, Int(ordinaryMax))
      return lower > codeMax ? nil : UInt16(lower)...UInt16(codeMax)
    default:
      return codes(in: range, base: base(ofBlock: block), codeMax: ordinaryMax)
    }
  }

  private func codes(
    in range: ClosedRange<Int64>, base: Int64, codeMax: UInt64
  ) -> ClosedRange<UInt16>? {
    // With one special code of one bit there is still code 0; with two there is none.
    guard range.upperBound >= base, codeMax <= UInt64(UInt16.max) else { return nil }
    let scale = UInt64(shift)
    let upper = UInt64(bitPattern: range.upperBound &- base) >> scale
    var lower = UInt64(0)
    if range.lowerBound > base {
      let distance = UInt64(bitPattern: range.lowerBound &- base)
      lower = distance >> scale + (distance & ((1 << scale) - 1) == 0 ? 0 : 1)
    }
    let last = min(upper, codeMax)
    return lower > last ? nil : UInt16(lower)...UInt16(last)
  }

  /// The first entry of the dictionary that is at least `value`.
  private func firstEntry(atLeast value: Int64) -> Int {
    var (lower, upper) = (0, Int(slope))
    while lower < upper {
      let middle = (lower + upper) >> 1
      if entry(UInt64(middle)) < value { lower = middle + 1 } else { upper = middle }
    }
    return lower
  }

  fileprivate func selectBits(
    block: Int, count: Int, _ codes: ClosedRange<UInt16>, into selection: inout Selection
  ) {
    selection = Selection(first: count)
    guard codes.count == 1 else { return }
    let flip = codes.lowerBound == 0 ? UInt64.max : 0
    for word in 0..<(count &+ 63) >> 6 {
      let bits = unsafe self.codes.loadUnaligned(
        fromByteOffset: block &* 128 &+ word &* 8, as: UInt64.self)
      selection.words[word] &= bits ^ flip
    }
  }

  /// Selects or leaves out the exceptional rows of a block by their listed values.
  fileprivate func selectExceptions(
    block: Int, _ range: ClosedRange<Int64>, into selection: inout Selection
  ) {
    guard exceptionCount != 0 else { return }
    let rows = exceptionRows
    for index in rows.range(inBlock: block) {
      let value = rows.value(at: index)
      selection[rows.row(at: index) & 1023] = value != absentValue && range.contains(value)
    }
  }
}
