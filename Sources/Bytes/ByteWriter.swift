// Appends little-endian integers and bytes to a growing array.

/// Appends little-endian integers and bytes; the counterpart of `LentBytes.load`.
package struct ByteWriter {
  package private(set) var bytes: [UInt8] = []

  package init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

  package var count: Int { bytes.count }

  package mutating func append<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
    unsafe withUnsafeBytes(of: value.littleEndian) { unsafe bytes.append(contentsOf: $0) }
  }

  package mutating func append(_ more: [UInt8]) { bytes.append(contentsOf: more) }

  package mutating func append(_ more: LentBytes) {
    unsafe bytes.append(contentsOf: more.buffer)
  }

  /// Appends a length in four bytes and then the text's UTF-8.
  package mutating func append(text: String) {
    append(UInt32(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  /// Appends zeros until `count` is a multiple of `alignment`.
  package mutating func pad(to alignment: Int) {
    let rest = count % alignment
    if rest != 0 { bytes.append(contentsOf: repeatElement(0, count: alignment - rest)) }
  }

  /// Replaces bytes written earlier with a value known only now.
  package mutating func overwrite<T: FixedWidthInteger & BitwiseCopyable>(
    _ value: T, at offset: Int
  ) {
    precondition(offset + MemoryLayout<T>.size <= bytes.count)
    for index in 0..<MemoryLayout<T>.size {
      bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
    }
  }
}
