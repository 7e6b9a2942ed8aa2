// Many values of a flat column: whole blocks, and ranges for the columns that hold a flat one.

import Bytes

extension FlatColumn {
  /// Whether codes of at most 16 bits tell the values apart.
  var isNarrow: Bool {
    switch encoding {
    case .constant, .flags, .dictionary: true
    case .frameOfReference: width <= 16
    default: false
    }
  }

  /// Unpacks the codes of a narrow column; lanes past the last row are zero or padding.
  func unpackCodes(block: Int, into target: UnsafeMutablePointer<UInt16>) {
    let count = min(1024, Int(rowCount) &- block << 10)
    if encoding == .flags {
      let words = (count &+ 63) >> 6
      unsafe unpackBits(codes + block &* 128, wordCount: words, into: target)
      if words < 16 { unsafe (target + words &* 64).update(repeating: 0, count: 1024 - words * 64) }
    } else if has(.transposed) {
      let from = unsafe (codes + block &* 128 &* bitWidth).assumingMemoryBound(to: UInt16.self)
      unsafe unpackTransposed(from, width: bitWidth, into: target)
    } else {
      var done = 0
      if width != 0 {
        unsafe unpackPlain(
          codes, width: bitWidth, bit: bit(of: block << 10), stride: Int(stride), count: count,
          into: target)
        done = count
      }
      if done < 1024 { unsafe (target + done).update(repeating: 0, count: 1024 - done) }
    }
  }

  /// What a code means in a block; exceptions, which a code does not say, are absent here.
  func value(ofCode code: UInt16, block: Int) -> Int64 {
    let code = UInt64(code)
    switch encoding {
    case .constant: return base
    case .flags: return base &+ Int64(code & 1)
    case .dictionary:
      return code > ordinaryMax ? absentValue : entry(code)
    default:
      guard code <= ordinaryMax else { return absentValue }
      return base(ofBlock: block) &+ Int64(bitPattern: code &<< UInt64(shift))
    }
  }

  /// Decodes rows `first..<first + count`.
  func decode(first: Int, count: Int, into target: UnsafeMutablePointer<Int64>) {
    var row = first
    let end = first &+ count
    while row < end {
      let next = min(end, (row &+ 1024) & ~1023)
      unsafe decodePiece(first: row, count: next &- row, into: target + (row &- first))
      row = next
    }
  }

  /// Decodes rows of one block.
  private func decodePiece(first: Int, count: Int, into target: UnsafeMutablePointer<Int64>) {
    switch encoding {
    case .constant:
      unsafe target.update(repeating: base, count: count)
      unsafe patchExceptions(first: first, count: count, into: target)
    case .plain:
      unsafe UnsafeMutableRawPointer(target).copyMemory(
        from: codes + first &* 8, byteCount: count &* 8)
    case .delta:
      unsafe decodeLine(first: first, count: count, into: target)
      unsafe patchExceptions(first: first, count: count, into: target)
    case .frameOfReference where !isNarrow:
      unsafe decodeWide(first: first, count: count, into: target)
    default:
      unsafe withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 1024) { buffer in
        guard let codes = buffer.baseAddress else { return }
        unsafe unpackCodes(block: first >> 10, into: codes)
        unsafe widen(codes + (first & 1023), first: first, count: count, into: target)
      }
    }
  }

  /// Where the code of a row begins, if codes are not transposed.
  private func bit(of row: Int) -> Int { row &* Int(stride) &+ Int(firstBit) }

  private func decodeLine(first: Int, count: Int, into target: UnsafeMutablePointer<Int64>) {
    let origin = base(ofBlock: first >> 10) &+ slope &* Int64(first)
    guard width > 0 else {
      for index in 0..<count { unsafe target[index] = origin &+ slope &* Int64(index) }
      return
    }
    unsafe unpackPlain(
      codes, width: bitWidth, bit: bit(of: first), stride: Int(stride), count: count,
      base: origin, shift: 0, into: target)
    if slope == 0 { return }
    for index in 0..<count { unsafe target[index] &+= slope &* Int64(index) }
  }

  private func decodeWide(first: Int, count: Int, into target: UnsafeMutablePointer<Int64>) {
    let base = base(ofBlock: first >> 10)
    unsafe unpackPlain(
      codes, width: bitWidth, bit: bit(of: first), stride: Int(stride), count: count, base: base,
      shift: Int(shift), into: target)
    if has(.absentCode) {
      let absent = base &+ Int64(bitPattern: absentCode &<< UInt64(shift))
      for index in 0..<count where unsafe target[index] == absent {
        // The shift may have pushed bits out, so that another code looks the same.
        if code(at: first &+ index) == absentCode { unsafe target[index] = absentValue }
      }
    }
    unsafe patchExceptions(first: first, count: count, into: target)
  }

  private func widen(
    _ codes: UnsafePointer<UInt16>, first: Int, count: Int,
    into target: UnsafeMutablePointer<Int64>
  ) {
    let base = base(ofBlock: first >> 10)
    if encoding == .dictionary {
      let entries = unsafe start + Int(secondOffset)
      let last = slope &- 1
      for index in 0..<count {
        let code = unsafe min(Int64(codes[index]), last)
        unsafe target[index] = entries.loadUnaligned(
          fromByteOffset: Int(code) &* 8, as: Int64.self)
      }
    } else if has(.absentCode) {
      let absent = UInt16(truncatingIfNeeded: absentCode)
      let shift = Int64(shift)
      for index in 0..<count {
        let code = unsafe codes[index]
        let value = base &+ Int64(code) &<< shift
        unsafe target[index] = code == absent ? absentValue : value
      }
    } else {
      let shift = Int64(shift)
      for index in 0..<count { unsafe target[index] = base &+ Int64(codes[index]) &<< shift }
    }
    unsafe patchExceptions(first: first, count: count, into: target)
  }

  private func patchExceptions(first: Int, count: Int, into target: UnsafeMutablePointer<Int64>) {
    guard exceptionCount != 0 else { return }
    let rows = exceptionRows
    for index in rows.range(inBlock: first >> 10) {
      let place = rows.row(at: index) &- first
      if place >= 0, place < count { unsafe target[place] = rows.value(at: index) }
    }
  }
}
