// Reads little-endian integers and text from the front of lent bytes, one after another.

/// Reads what `ByteWriter` wrote; a read past the end throws the corruption that it is.
package struct ByteReader {
  private let bytes: LentBytes
  private let structure: Corruption.Structure
  /// Bytes read so far.
  package private(set) var offset = 0

  package init(_ bytes: LentBytes, of structure: Corruption.Structure) {
    self.bytes = bytes
    self.structure = structure
  }

  package var isAtEnd: Bool { offset == bytes.count }

  package mutating func next<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type = T.self
  ) throws(Corruption) -> T {
    let value = try bytes.checkedLoad(offset, as: T.self, of: structure)
    offset += MemoryLayout<T>.size
    return value
  }

  package mutating func nextText() throws(Corruption) -> String {
    let byteCount = Int(try next(UInt32.self))
    return String(try nextBytes(byteCount))
  }

  package mutating func nextBytes(_ byteCount: Int) throws(Corruption) -> LentBytes {
    let part = try bytes.slice(offset, count: byteCount, of: structure)
    offset += byteCount
    return part
  }

  /// A count of things that take at least `byteCountEach` bytes, so that a broken count cannot ask
  /// for more memory than the bytes could fill.
  package mutating func nextCount(byteCountEach: Int) throws(Corruption) -> Int {
    let start = offset
    let count = Int(try next(UInt32.self))
    guard count <= (bytes.count - offset) / max(1, byteCountEach) else {
      throw Corruption(structure, at: start)
    }
    return count
  }
}
