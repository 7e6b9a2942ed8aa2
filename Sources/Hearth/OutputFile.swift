// A file that is written from front to back and appears under its name once it is whole.

import Bytes
import Glibc
import Pages

/// Why a file of exported rows, a backup or a restored registry could not be written.
public struct ExportError: Error, Equatable, Sendable {
  /// The file; `-` is the standard output.
  public let path: String
  /// The system's number for the error, as in `errno.h`.
  public let systemError: Int32

  /// Names a refusal.
  public init(path: String, systemError: Int32) {
    self.path = path
    self.systemError = systemError
  }
}

/// A file that is being written: beside its place, and moved there when it is whole.
///
/// Pipes, devices and the standard output are written at once.
final class OutputFile {
  static let outOfMemory = ENOMEM

  private let path: String
  private let descriptor: Int32
  private let replaces: Bool
  /// Where the file is until it is whole; nil for what is written at once.
  private(set) var partialPath: String?

  /// Unless it `replaces` a file of this name, there must be none.
  init(_ path: String, replaces: Bool = true) throws(ExportError) {
    self.path = path
    self.replaces = replaces
    var status = stat()
    if path == "-" {
      descriptor = STDOUT_FILENO
    } else if unsafe stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
    } else if !replaces, unsafe lstat(path, &status) == 0 {
      throw ExportError(path: path, systemError: EEXIST)
    } else {
      // `mkstemp` makes it readable by its owner alone.
      var name = Array((path + ".XXXXXX").utf8CString)
      descriptor = unsafe name.withUnsafeMutableBufferPointer {
        unsafe $0.baseAddress.map { unsafe mkstemp($0) } ?? -1
      }
      if descriptor >= 0 {
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        partialPath = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
      }
    }
    guard descriptor >= 0 else { throw ExportError(path: path, systemError: errno) }
  }

  deinit {
    if descriptor >= 0, descriptor != STDOUT_FILENO { close(descriptor) }
    if let partialPath { unsafe unlink(partialPath) }
  }

  func write(_ bytes: LentBytes) throws(ExportError) {
    var offset = 0
    while offset < bytes.count {
      let count = unsafe Glibc.write(descriptor, bytes.base + offset, bytes.count - offset)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw ExportError(path: path, systemError: errno) }
      offset += count
    }
  }

  /// Makes the file durable and gives it its name.
  func finish() throws(ExportError) {
    guard let partialPath else { return }
    guard fsync(descriptor) == 0, move(partialPath) else {
      throw ExportError(path: path, systemError: errno)
    }
    self.partialPath = nil
    do throws(PageError) {
      try syncFolder(of: path)
    } catch { throw ExportError(path: path, systemError: error.systemError) }
  }

  private func move(_ partialPath: String) -> Bool {
    guard !replaces else { return unsafe rename(partialPath, path) == 0 }
    if unsafe link(partialPath, path) == 0 {
      unsafe unlink(partialPath)
      return true
    }
    // A file system without links answers so.
    guard errno == EPERM || errno == EOPNOTSUPP, unsafe access(path, F_OK) != 0 else {
      return false
    }
    return unsafe rename(partialPath, path) == 0
  }
}
