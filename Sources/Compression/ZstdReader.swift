// Decompresses a zstd stream of any number of frames.
//
// Promises:
//   - frames side by side are one stream, and skippable frames are skipped (RFC 8878, 3)
//   - a frame's checksum is checked where it has one; nothing after the last frame is tolerated
//   - a frame that needs a window of more than 128 MiB is refused, as zstd itself does unless told

package import Bytes
import CZstd

/// Decompresses a zstd stream that it pulls from a closure.
@safe
package final class ZstdReader {
  /// Fills a part of the view with compressed bytes and says how many; 0 is the end.
  package typealias Pull = (ScratchView<UInt8>) throws(CompressionError) -> Int

  private let pull: Pull
  private let input: Scratch<UInt8>
  private let context: OpaquePointer
  private var inputPosition = 0
  private var inputCount = 0
  private var pulledByteCount = 0
  private var isBetweenFrames = true
  private var hasReadFrame = false
  private var sourceHasEnded = false

  package init(inputByteCount: Int = 1 << 18, pull: @escaping Pull) throws(CompressionError) {
    precondition(inputByteCount > 0)
    guard let context = unsafe ZSTD_createDCtx() else {
      throw CompressionError(.outOfMemory, at: 0)
    }
    self.pull = pull
    input = Scratch(count: inputByteCount)
    unsafe self.context = unsafe context
  }

  deinit { unsafe ZSTD_freeDCtx(context) }

  /// Fills the view with decompressed bytes; fewer than its count only at the end of the stream.
  package func read(into target: ScratchView<UInt8>) throws(CompressionError) -> Int {
    var output = unsafe ZSTD_outBuffer(dst: target.base, size: target.count, pos: 0)
    while unsafe output.pos < output.size {
      if inputPosition == inputCount {
        // What the decoder still holds back comes out without more input.
        let before = unsafe output.pos
        if !isBetweenFrames { try unsafe decompress(into: &output) }
        if unsafe output.pos > before { continue }
        guard try refill() else { break }
      }
      try unsafe decompress(into: &output)
    }
    return unsafe output.pos
  }

  private func decompress(into output: inout ZSTD_outBuffer) throws(CompressionError) {
    var source = unsafe ZSTD_inBuffer(src: input.view.base, size: inputCount, pos: inputPosition)
    let result = unsafe ZSTD_decompressStream(context, &output, &source)
    if ZSTD_isError(result) != 0 { throw failure(result) }
    let consumedCount = unsafe source.pos - inputPosition
    inputPosition += consumedCount
    if result == 0 {
      isBetweenFrames = true
      hasReadFrame = true
    } else if consumedCount > 0 {
      isBetweenFrames = false
    }
  }

  /// Gets more compressed bytes; false at the end of a whole stream.
  private func refill() throws(CompressionError) -> Bool {
    let count = sourceHasEnded ? 0 : try pull(input.view)
    if count == 0 {
      sourceHasEnded = true
      guard isBetweenFrames, hasReadFrame else { throw CompressionError(.truncated, at: offset) }
      return false
    }
    pulledByteCount += count
    inputPosition = 0
    inputCount = count
    return true
  }

  private var offset: Int { pulledByteCount - (inputCount - inputPosition) }

  /// Names an error by its number, which zstd promises not to change (`zstd_errors.h`).
  private func failure(_ result: Int) -> CompressionError {
    let prefixUnknown = 10
    let windowTooLarge = 16
    let checksumWrong = 22
    let memoryAllocation = 64
    switch 0 &- result {
    case prefixUnknown where hasReadFrame: return CompressionError(.trailingGarbage, at: offset)
    case windowTooLarge: return CompressionError(.windowTooLarge, at: offset)
    case checksumWrong: return CompressionError(.checksumMismatch, at: offset)
    case memoryAllocation: return CompressionError(.outOfMemory, at: offset)
    default: return CompressionError(.damaged, at: offset)
    }
  }
}
