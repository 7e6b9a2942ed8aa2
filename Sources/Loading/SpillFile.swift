// Bytes that wait outside memory, in a file that no name leads to.

import Bytes
import Glibc
import Synchronization

/// A file for one load, gone when the process is.
///
/// Threads may append at the same time, and read what was appended.
final class SpillFile: Sendable {
  /// Where what is appended begins is a multiple of this: the system keeps such bytes in fewer and
  /// larger pages.
  static let alignment = 64 << 10

  private let descriptor: Int32
  private let path: String
  private let end = Atomic<Int>(0)

  /// Makes a file in the folder of another, which has the room for its load.
  ///
  /// Throws `spillFailed`.
  init(beside path: String) throws(LoadError) {
    self.path = path
    var name = Array((path + ".sort.XXXXXX").utf8CString)
    descriptor = unsafe name.withUnsafeMutableBufferPointer { name in
      guard let start = name.baseAddress else { return -1 }
      let made = unsafe mkstemp(start)
      guard made >= 0, unsafe unlink(start) != 0 else { return made }
      close(made)
      return -1
    }
    guard descriptor >= 0 else { throw .spillFailed(path: path, errno) }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  }

  deinit { close(descriptor) }

  /// Appends bytes and says where they are.
  func append(_ bytes: LentBytes) throws(LoadError) -> Int {
    let room = (bytes.count + Self.alignment - 1) / Self.alignment * Self.alignment
    let offset = end.add(room, ordering: .relaxed).oldValue
    var done = 0
    while done < bytes.count {
      let count = unsafe pwrite(
        descriptor, bytes.base + done, bytes.count - done, offset + done)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw .spillFailed(path: path, errno) }
      done += count
    }
    return offset
  }

  /// Reads bytes that were appended.
  func read(_ offset: Int, into target: ScratchView<UInt8>) throws(LoadError) {
    var done = 0
    while done < target.count {
      let count = unsafe pread(
        descriptor, target.base + done, target.count - done, offset + done)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw .spillFailed(path: path, count < 0 ? errno : EIO) }
      done += count
    }
  }
}
