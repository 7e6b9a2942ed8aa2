// The bytes of a file as they lie on disk or come through a pipe, counted as they pass.

import Bytes
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// An open file descriptor that is read once, from its beginning to its end.
///
/// One thread reads at a time; any thread may ask for `consumedByteCount`.
final class InputBytes: @unchecked Sendable {
  /// The bytes a regular file had to give when it was opened; nil for a pipe or a terminal.
  let size: Int?
  private let descriptor: Int32
  private let isOwned: Bool
  private let consumed = Atomic<Int>(0)

  /// Opens the file at a path; `-` is the standard input.
  init(path: String) throws(InputError) {
    isOwned = path != "-"
    descriptor = isOwned ? unsafe open(path, O_RDONLY | O_CLOEXEC) : 0
    if descriptor < 0 { throw InputError(Self.code(errno)) }
    var status = stat()
    let failure = unsafe fstat(descriptor, &status) == 0 ? nil : errno
    let kind = status.st_mode & S_IFMT
    // A redirected standard input need not begin at the file's first byte.
    size = kind == S_IFREG ? Int(status.st_size) - lseek(descriptor, 0, SEEK_CUR) : nil
    if let failure { throw InputError(Self.code(failure)) }
    if kind == S_IFDIR { throw InputError(.isDirectory) }
  }

  deinit { if isOwned { close(descriptor) } }

  /// Bytes read so far.
  var consumedByteCount: Int { consumed.load(ordering: .relaxed) }

  /// Fills the view; fewer bytes than its count only at the end of the file.
  func read(into target: ScratchView<UInt8>) throws(InputError) -> Int {
    var filledCount = 0
    while filledCount < target.count {
      let rest = target.from(filledCount)
      let count = unsafe systemRead(descriptor, rest.base, rest.count)
      if count < 0 {
        let number = errno
        if number == EINTR { continue }
        throw InputError(Self.code(number), at: consumedByteCount + filledCount)
      }
      if count == 0 { break }
      filledCount += count
    }
    let total = consumedByteCount + filledCount
    consumed.store(total, ordering: .relaxed)
    if filledCount < target.count, let size, size != total {
      throw InputError(.changedWhileRead, at: total)
    }
    return filledCount
  }

  private static func code(_ number: Int32) -> InputError.Code {
    switch number {
    case ENOENT, ENOTDIR: .notFound
    case EISDIR: .isDirectory
    case EACCES, EPERM: .permissionDenied
    default: .systemFailed(number)
    }
  }
}

/// The system's `read`, which a method of that name would hide.
private func systemRead(
  _ descriptor: Int32, _ target: UnsafeMutablePointer<UInt8>, _ count: Int
) -> Int {
  unsafe read(descriptor, target, count)
}
