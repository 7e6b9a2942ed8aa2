// Files that the command writes whole: plans and reports.

import Foundation

/// A file that cannot be written.
struct Unwritable: Error {
  let path: String
  let systemError: Int32
}

/// Writes a file whole.
///
/// Throws `Unwritable`.
func write(_ content: Data, to path: String) throws {
  let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
  guard descriptor >= 0 else { throw Unwritable(path: path, systemError: errno) }
  do {
    try FileHandle(fileDescriptor: descriptor, closeOnDealloc: true).write(contentsOf: content)
  } catch { throw Unwritable(path: path, systemError: errno) }
}

/// Throws `Unwritable` for a file that cannot be written later either; makes none.
func requireWritable(_ path: String) throws {
  let isThere = unsafe access(path, F_OK) == 0
  let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
  guard unsafe access(isThere ? path : folder, W_OK) == 0 else {
    throw Unwritable(path: path, systemError: errno)
  }
}
