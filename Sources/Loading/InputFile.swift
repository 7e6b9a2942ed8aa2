// An input file as the loader sees it: its content, decompressed when it is compressed.

import Bytes
import Compression

/// The content of a file, of a `.gz` or `.zst` file decompressed; what a file is, its bytes say,
/// not its name.
///
/// One thread reads at a time; any thread may ask for `consumedByteCount`.
final class InputFile: @unchecked Sendable {
  /// Bytes that are read and then summed while they are in the processor's cache.
  private static let partByteCount = 1 << 18

  private enum Content {
    case plain
    case gzip(GzipReader)
    case zstd(ZstdReader)
  }

  /// How the file is compressed; nil when it is not.
  let compression: CompressionFormat?
  private let source: Source
  private let content: Content
  private let checksum = StreamingChecksum()
  private var hasEnded = false
  /// Bytes of content read so far.
  private(set) var contentByteCount = 0

  /// Opens the file at a path; `-` is the standard input.
  init(path: String) throws(InputError) {
    let source = try Source(InputBytes(path: path))
    self.source = source
    compression = source.compression
    do throws(CompressionError) {
      switch compression {
      case nil: content = .plain
      case .gzip: content = .gzip(try GzipReader(pull: source.pull))
      case .zstd: content = .zstd(try ZstdReader(pull: source.pull))
      }
    } catch {
      throw InputError(error)
    }
  }

  /// The size of a regular file on disk; nil for a pipe.
  var size: Int? { source.bytes.size }

  /// Bytes of the file, as it lies on disk, that have been read so far.
  var consumedByteCount: Int { source.bytes.consumedByteCount }

  /// The checksum of the content, by which a file is known however it is compressed; nil until the
  /// end has been read.
  var contentHash: UInt64? { hasEnded ? checksum.value : nil }

  /// Fills the view with content; fewer bytes than its count only at the end of the content.
  func read(into target: ScratchView<UInt8>) throws(InputError) -> Int {
    var filledCount = 0
    while !hasEnded, filledCount < target.count {
      let rest = target.from(filledCount)
      let part = unsafe ScratchView(rest.base, count: min(rest.count, Self.partByteCount))
      let count = try readPart(into: part)
      checksum.update(part.lent(count: count))
      filledCount += count
      hasEnded = count < part.count
    }
    contentByteCount += filledCount
    return filledCount
  }

  private func readPart(into target: ScratchView<UInt8>) throws(InputError) -> Int {
    do throws(CompressionError) {
      return
        switch content
      {
      case .plain: try source.pullAll(into: target)
      case .gzip(let reader): try reader.read(into: target)
      case .zstd(let reader): try reader.read(into: target)
      }
    } catch {
      throw source.failure ?? InputError(error)
    }
  }
}

/// The bytes of a file with their first few read ahead, to see what they are.
private final class Source {
  let bytes: InputBytes
  let compression: CompressionFormat?
  /// What reading the file itself failed of; the decompressor only passes on that it did.
  private(set) var failure: InputError?
  private let ahead: Scratch<UInt8>
  private var aheadPosition = 0
  private let aheadCount: Int

  init(_ bytes: InputBytes) throws(InputError) {
    self.bytes = bytes
    ahead = Scratch(count: CompressionFormat.magicByteCount)
    aheadCount = try bytes.read(into: ahead.view)
    compression = unsafe detectCompression(first: LentBytes(ahead.view.base, count: aheadCount))
  }

  /// Fills the view, or less of it than there is left; 0 only at the end.
  func pull(into target: ScratchView<UInt8>) throws(CompressionError) -> Int {
    var count = 0
    while aheadPosition < aheadCount, count < target.count {
      target[count] = ahead.view[aheadPosition]
      aheadPosition += 1
      count += 1
    }
    if count > 0 { return count }
    do throws(InputError) {
      return try bytes.read(into: target)
    } catch {
      failure = error
      throw CompressionError(.readFailed(0), at: error.byteOffset)
    }
  }

  /// Fills the view; fewer bytes than its count only at the end.
  func pullAll(into target: ScratchView<UInt8>) throws(CompressionError) -> Int {
    let count = try pull(into: target)
    guard count > 0, count < target.count else { return count }
    return try count + pull(into: target.from(count))
  }
}
