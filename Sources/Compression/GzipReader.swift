// Decompresses a gzip stream of any number of members.
//
// Promises:
//   - members side by side are one stream (RFC 1952, 2.2)
//   - zlib checks each member's CRC and length; nothing after the last member is tolerated
//   - a stream of no bytes at all is truncated

package import Bytes
import CZlib

/// Decompresses a gzip stream that it pulls from a closure.
@safe
package final class GzipReader {
  /// Fills a part of the view with compressed bytes and says how many; 0 is the end.
  package typealias Pull = (ScratchView<UInt8>) throws(CompressionError) -> Int

  private let pull: Pull
  private let input: Scratch<UInt8>
  /// zlib keeps this address in its own state, so it must not move.
  private let stream: UnsafeMutablePointer<z_stream>
  private var pulledByteCount = 0
  private var isBetweenMembers = true
  private var hasReadMember = false
  private var sourceHasEnded = false

  package init(inputByteCount: Int = 1 << 18, pull: @escaping Pull) throws(CompressionError) {
    precondition(inputByteCount > 0)
    self.pull = pull
    input = Scratch(count: inputByteCount)
    unsafe stream = UnsafeMutablePointer.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // 15 bits of window, and 16 more for the gzip format alone.
    let status = unsafe inflateInit2_(
      stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { throw CompressionError(.outOfMemory, at: 0) }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Fills the view with decompressed bytes; fewer than its count only at the end of the stream.
  package func read(into target: ScratchView<UInt8>) throws(CompressionError) -> Int {
    unsafe stream.pointee.next_out = unsafe target.base
    unsafe stream.pointee.avail_out = UInt32(target.count)
    while unsafe stream.pointee.avail_out > 0 {
      if unsafe stream.pointee.avail_in == 0, try !refill() { break }
      if isBetweenMembers { try beginMember() }
      let status = unsafe inflate(stream, Z_NO_FLUSH)
      switch status {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END:
        isBetweenMembers = true
        hasReadMember = true
        unsafe inflateReset(stream)
      default: throw failure(status)
      }
    }
    return unsafe target.count - Int(stream.pointee.avail_out)
  }

  /// Gets more compressed bytes; false at the end of a whole stream.
  private func refill() throws(CompressionError) -> Bool {
    let count = sourceHasEnded ? 0 : try pull(input.view)
    if count == 0 {
      sourceHasEnded = true
      guard isBetweenMembers, hasReadMember else { throw CompressionError(.truncated, at: offset) }
      return false
    }
    pulledByteCount += count
    unsafe stream.pointee.next_in = unsafe input.view.base
    unsafe stream.pointee.avail_in = UInt32(count)
    return true
  }

  /// Looks at the first byte of what should be a member; zlib checks the rest of its header.
  private func beginMember() throws(CompressionError) {
    if hasReadMember, unsafe stream.pointee.next_in.pointee != 0x1f {
      throw CompressionError(.trailingGarbage, at: offset)
    }
    isBetweenMembers = false
  }

  private var offset: Int { unsafe pulledByteCount - Int(stream.pointee.avail_in) }

  private func failure(_ status: Int32) -> CompressionError {
    if status == Z_MEM_ERROR { return CompressionError(.outOfMemory, at: offset) }
    guard let message = unsafe stream.pointee.msg else {
      return CompressionError(.damaged, at: offset)
    }
    switch unsafe String(cString: message) {
    case "incorrect data check", "incorrect length check":
      return CompressionError(.checksumMismatch, at: offset)
    case "incorrect header check" where hasReadMember:
      return CompressionError(.trailingGarbage, at: offset)
    default: return CompressionError(.damaged, at: offset)
    }
  }
}
