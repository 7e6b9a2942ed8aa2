// Where refused rows are written down: one line each, with no value of theirs.

import Bytes
import Glibc

/// Writes refusals to a file of comma-separated text and counts them by code.
final class RefusalLog: @unchecked Sendable {
  private static let bufferByteCount = 1 << 16
  private let path: String?
  private var descriptor: Int32 = -1
  private var buffer: [UInt8] = []
  /// Refusals by table, field and code.
  private(set) var counts: [RefusalCount: Int] = [:]

  init(path: String?) { self.path = path }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Refusals so far.
  var count: Int { counts.values.reduce(0, +) }

  func add(_ refusals: [Refusal]) throws(LoadError) {
    for refusal in refusals {
      counts[
        RefusalCount(table: refusal.table, field: refusal.field, code: refusal.code), default: 0] +=
        1
      guard path != nil else { continue }
      if descriptor < 0 { try openFile() }
      buffer.append(
        contentsOf: """
          \(refusal.table),\(refusal.line),\(refusal.byteOffset),\(refusal.field),\
          \(refusal.code),"\(refusal.remedy)"

          """.utf8)
      if buffer.count > Self.bufferByteCount { try flush() }
    }
  }

  /// Writes out what is gathered.
  ///
  /// Without refusals no file is made, but one that an earlier load left is emptied.
  func finish() throws(LoadError) {
    if let path, descriptor < 0, unsafe access(path, F_OK) == 0 { try openFile() }
    if descriptor >= 0 { try flush() }
  }

  private func openFile() throws(LoadError) {
    guard let path else { return }
    descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .rejectsUnwritable(path: path, errno) }
    buffer.append(contentsOf: "table,line,byte_offset,field,code,remedy\n".utf8)
  }

  private func flush() throws(LoadError) {
    var start = 0
    while start < buffer.count {
      let written = unsafe buffer.withUnsafeBytes { bytes in
        unsafe write(descriptor, bytes.baseAddress.map { unsafe $0 + start }, bytes.count - start)
      }
      guard written > 0 else { throw .rejectsUnwritable(path: path ?? "", errno) }
      start += written
    }
    buffer.removeAll(keepingCapacity: true)
  }
}

/// A kind of refusal that is counted.
struct RefusalCount: Hashable {
  var table: String
  var field: String
  var code: String
}
