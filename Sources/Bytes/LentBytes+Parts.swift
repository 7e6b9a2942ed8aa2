// Parts of lent bytes whose bounds the caller has already checked.

extension LentBytes {
  /// No bytes.
  @inlinable package static var empty: LentBytes {
    unsafe LentBytes(UnsafeRawBufferPointer(start: nil, count: 0))
  }

  /// The bytes from `start` up to `end`, which the caller knows to lie inside these.
  @inlinable package func part(_ start: Int, _ end: Int) -> LentBytes {
    assert(start >= 0 && start <= end && end <= count)
    return unsafe LentBytes(base + start, count: end &- start)
  }
}

extension ScratchView where Element == UInt8 {
  /// The first `count` bytes, lent while the scratch lives and they are not overwritten.
  @inlinable package func lent(count lentCount: Int) -> LentBytes {
    assert(lentCount >= 0 && lentCount <= count)
    return unsafe LentBytes(UnsafeRawPointer(base), count: lentCount)
  }

  /// Writes eight bytes, the lowest first.
  @inlinable package func store(_ word: UInt64, at offset: Int) {
    assert(offset >= 0 && offset &+ 8 <= count)
    unsafe UnsafeMutableRawPointer(base + offset).storeBytes(
      of: word.littleEndian, as: UInt64.self)
  }

  /// Copies bytes to `offset` and returns the offset after them.
  @inlinable package func write(_ bytes: LentBytes, at offset: Int) -> Int {
    assert(offset >= 0 && offset &+ bytes.count <= count)
    unsafe UnsafeMutableRawPointer(base + offset).copyMemory(
      from: bytes.base, byteCount: bytes.count)
    return offset &+ bytes.count
  }
}

extension Array where Element == UInt8 {
  /// Appends a copy of lent bytes.
  package mutating func append(lent bytes: LentBytes) {
    unsafe append(contentsOf: bytes.buffer)
  }
}
