// Why compressed bytes cannot be read, and where.

/// Compressed bytes that cannot be read: why, and how far into the compressed bytes.
package struct CompressionError: Error, Equatable, Sendable {
  package enum Code: Equatable, Sendable {
    /// The bytes end inside a member or frame.
    case truncated
    /// The bytes are not what the format allows.
    case damaged
    /// The decompressed bytes are not those that were compressed.
    case checksumMismatch
    /// A whole member or frame is followed by bytes that begin no other.
    case trailingGarbage
    /// The frame needs more memory than the limit of 128 MiB.
    case windowTooLarge
    case outOfMemory
    /// The compressed bytes could not be read; the number is the system's `errno`.
    case readFailed(Int32)
  }

  package var code: Code
  /// Compressed bytes before the place where reading stopped.
  package var byteOffset: Int

  package init(_ code: Code, at byteOffset: Int) {
    self.code = code
    self.byteOffset = byteOffset
  }
}
