// The pages of a file, read by number without mapping it.

import Bytes
import Glibc

/// A file of pages, open for reading.
final class PageFile {
  let pageByteCount: Int
  /// The two meta pages; nil for one that says nothing.
  let metas: [MetaPage?]
  /// Whole pages in the file.
  let pageCount: Int
  private let descriptor: Int32

  /// Opens the file; throws `fileTooShort`, `notAFile`, `foreignFile` or what the system refused.
  convenience init(_ path: String) throws(PageError) {
    let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    try self.init(descriptor: descriptor, path)
  }

  /// Takes over an open file; a negative descriptor is thrown as the error that it is.
  init(descriptor: Int32, _ path: String) throws(PageError) {
    self.descriptor = descriptor
    guard descriptor >= 0 else { throw PageError(status: errno, in: path) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw PageError(.notAFile, in: path)
    }
    guard status.st_size >= MetaPage.byteCount else {
      close(descriptor)
      throw PageError(.fileTooShort, in: path)
    }
    // The second meta page lies where the first says that it does; or, where that is broken, at the
    // first place where there is one.
    let first = Self.meta(0, pageByteCount: 0, descriptor)
    let sizes = first.map { [$0.pageByteCount] } ?? (9...16).map { 1 << $0 }
    var second: MetaPage?
    for size in sizes where second == nil {
      second = Self.meta(1, pageByteCount: size, descriptor)
    }
    metas = [first, second]
    var hasMagic = false
    for offset in [0, 4_096] {
      let head = EnvironmentFile.read(descriptor, at: offset, count: 24)
      if let head, MetaPage.hasMagic(head) { hasMagic = true }
    }
    guard first != nil || second != nil || hasMagic else {
      close(descriptor)
      throw PageError(.foreignFile, in: path)
    }
    pageByteCount = first?.pageByteCount ?? second?.pageByteCount ?? 4_096
    pageCount = status.st_size / pageByteCount
  }

  deinit { close(descriptor) }

  /// The meta page of the last commit.
  var newest: MetaPage? {
    guard let first = metas[0] else { return metas[1] }
    guard let second = metas[1], second.commit > first.commit else { return first }
    return second
  }

  /// Pages that there can be: those of the file, and free ones behind its end.
  var pageCountMax: Int { pageCount + 1 << 24 }

  /// Whether a commit was made since the file was opened.
  func hasChanged() -> Bool {
    metas[0] != Self.meta(0, pageByteCount: pageByteCount, descriptor)
      || metas[1] != Self.meta(1, pageByteCount: pageByteCount, descriptor)
  }

  /// The bytes of a page; nil beyond the end.
  func page(_ number: Int) -> [UInt8]? {
    EnvironmentFile.read(descriptor, at: number * pageByteCount, count: pageByteCount)
  }

  /// The first bytes of a page; nil beyond the end.
  func head(of number: Int) -> [UInt8]? {
    EnvironmentFile.read(
      descriptor, at: number * pageByteCount, count: PageView.headByteCount)
  }

  /// A value; nil beyond the end.
  func bytes(of value: PageValue) -> [UInt8]? {
    switch value {
    case .here(let bytes): bytes.copied
    case .pages(let first, let byteCount):
      EnvironmentFile.read(
        descriptor, at: first * pageByteCount + PageView.headByteCount, count: byteCount)
    }
  }

  private static func meta(
    _ number: Int, pageByteCount: Int, _ descriptor: Int32
  ) -> MetaPage? {
    EnvironmentFile.read(
      descriptor, at: number * pageByteCount, count: MetaPage.byteCount
    ).flatMap { $0.lend { MetaPage($0, number: number) } }
  }
}
