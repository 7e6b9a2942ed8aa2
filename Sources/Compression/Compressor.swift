// Compresses bytes to one gzip member or one zstd frame at a time.
//
// Members and frames side by side are one stream, so several threads may each make some. A zstd
// frame has a checksum, as a gzip member always does.

package import Bytes
import CZlib
import CZstd

/// Makes members or frames; used by one thread at a time.
@safe
package final class Compressor {
  // Twice as fast as the level that is usual, for a tenth more bytes.
  private static let gzipLevel: Int32 = 4
  private static let zstdLevel: Int32 = 3

  @unsafe private enum State {
    case gzip(UnsafeMutablePointer<z_stream>)
    case zstd(OpaquePointer)
  }

  private let state: State

  package init(_ format: CompressionFormat) throws(CompressionError) {
    switch format {
    case .gzip:
      let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
      unsafe stream.initialize(to: z_stream())
      // 15 bits of window, and 16 more for the gzip format.
      let status = unsafe deflateInit2_(
        stream, Self.gzipLevel, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size))
      guard status == Z_OK else {
        unsafe stream.deallocate()
        throw CompressionError(.outOfMemory, at: 0)
      }
      unsafe state = .gzip(stream)
    case .zstd:
      guard let context = unsafe ZSTD_createCCtx() else {
        throw CompressionError(.outOfMemory, at: 0)
      }
      unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Self.zstdLevel)
      unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
      unsafe state = .zstd(context)
    }
  }

  deinit {
    switch unsafe state {
    case .gzip(let stream):
      unsafe deflateEnd(stream)
      unsafe stream.deallocate()
    case .zstd(let context):
      unsafe ZSTD_freeCCtx(context)
    }
  }

  /// The most bytes that so many bytes become.
  package func byteCountMax(of byteCount: Int) -> Int {
    switch unsafe state {
    case .gzip(let stream): unsafe Int(deflateBound(stream, UInt(byteCount)))
    case .zstd: ZSTD_compressBound(byteCount)
    }
  }

  /// Compresses bytes to a member or frame of their own, in room for `byteCountMax` bytes; returns
  /// its byte count.
  package func compress(
    _ bytes: LentBytes, into room: ScratchView<UInt8>
  ) throws(CompressionError) -> Int {
    precondition(bytes.count <= Int(UInt32.max))
    precondition(room.count >= byteCountMax(of: bytes.count))
    switch unsafe state {
    case .gzip(let stream):
      unsafe stream.pointee.next_in = UnsafeMutablePointer(
        mutating: bytes.base.assumingMemoryBound(to: UInt8.self))
      unsafe stream.pointee.avail_in = UInt32(bytes.count)
      unsafe stream.pointee.next_out = unsafe room.base
      unsafe stream.pointee.avail_out = UInt32(clamping: room.count)
      // Ready for the next member at once, since only then the bound includes its header.
      defer { unsafe deflateReset(stream) }
      guard unsafe deflate(stream, Z_FINISH) == Z_STREAM_END else {
        throw CompressionError(.outOfMemory, at: 0)
      }
      return unsafe Int(stream.pointee.total_out)
    case .zstd(let context):
      let count = unsafe ZSTD_compress2(
        context, room.base, room.count, bytes.base, bytes.count)
      guard ZSTD_isError(count) == 0 else { throw CompressionError(.outOfMemory, at: 0) }
      return count
    }
  }

  /// A copy of bytes, compressed.
  package func compressed(_ bytes: [UInt8]) throws(CompressionError) -> [UInt8] {
    let room = Scratch<UInt8>(count: byteCountMax(of: bytes.count))
    let count = try bytes.lend { bytes throws(CompressionError) in
      try compress(bytes, into: room.view)
    }
    return room.view.lent(count: count).copied
  }
}
