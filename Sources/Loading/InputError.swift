// Why an input file cannot be read.

import Compression

/// An input that cannot be read as a whole: why, and how far into its bytes.
public struct InputError: Error, Equatable, Sendable {
  /// The ways in which reading fails.
  public enum Code: Equatable, Sendable {
    /// Nothing lies at the path.
    case notFound
    /// A folder lies at the path.
    case isDirectory
    /// The system does not let this user read the file.
    case permissionDenied
    /// The system failed to open or read; the number is its `errno`.
    case systemFailed(Int32)
    /// The file grew or shrank while it was read.
    case changedWhileRead
    /// The compressed bytes end too early.
    case compressedTruncated
    /// The compressed bytes are not what their format allows.
    case compressedDamaged
    /// The decompressed bytes are not those that were compressed.
    case compressedChecksumMismatch
    /// Bytes that belong to nothing follow the compressed bytes.
    case compressedTrailingGarbage
    /// Decompressing needs more memory than the limit.
    case compressedNeedsTooMuchMemory
  }

  /// What went wrong.
  public var code: Code
  /// Bytes of the file, as it lies on disk, before the place where reading stopped.
  public var byteOffset: Int

  /// Names a failure.
  public init(_ code: Code, at byteOffset: Int = 0) {
    self.code = code
    self.byteOffset = byteOffset
  }

  init(_ error: CompressionError) {
    byteOffset = error.byteOffset
    switch error.code {
    case .truncated: code = .compressedTruncated
    case .damaged: code = .compressedDamaged
    case .checksumMismatch: code = .compressedChecksumMismatch
    case .trailingGarbage: code = .compressedTrailingGarbage
    case .windowTooLarge, .outOfMemory: code = .compressedNeedsTooMuchMemory
    case .readFailed(let number): code = .systemFailed(number)
    }
  }
}
