// What is checked of a file before LMDB maps it: a short file would be a bus error later.
//
// Each of the first two pages is a meta page (LMDB's own format, version 1, little-endian):
//
//     OFFSET  SIZE  FIELD
//     0       16    page header
//     16      4     magic, 0xBEEFC0DE
//     20      4     version, 1
//     24      8     address of the map, not used
//     32      8     size of the map
//     40      48    tree of free pages; its first 4 bytes are the page size
//     88      48    tree of keyspaces
//     136     8     number of the last page
//     144     8     number of the commit that wrote it
//
// The valid page with the greater commit number counts.

import Bytes
import CLMDB
import Glibc

/// What the meta pages say.
struct EnvironmentFile {
  /// Which file it is.
  var identity: FileIdentity
  /// Its length; zero for a new one.
  var byteCount: Int

  private static let magic: UInt32 = 0xbeef_c0de
  private static let metaByteCount = 152

  /// Checks the file at `path`, making an empty one of mode 0600 if `create`.
  init(path: String, access: Environment.Access, isCreating: Bool) throws(PageError) {
    // A file that may not be written is refused here, before LMDB makes its lock file. A pipe is
    // refused, too, and not waited for.
    var flags = O_CLOEXEC | O_NONBLOCK | (access == .readWrite ? O_RDWR : O_RDONLY)
    if isCreating { flags |= O_CREAT }
    let descriptor = unsafe Glibc.open(path, flags, 0o600)
    guard descriptor >= 0 else { throw PageError(status: errno, in: path) }
    defer { close(descriptor) }

    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw PageError(status: errno, in: path) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw PageError(.notAFile, in: path) }
    try EnvironmentFile.refuseNetwork(descriptor, path)
    identity = FileIdentity(status)
    byteCount = status.st_size
    if byteCount == 0 {
      guard isCreating else { throw PageError(.fileTooShort, in: path) }
      return
    }
    try EnvironmentFile.checkLength(descriptor, byteCount, path)
  }

  private static func checkLength(
    _ descriptor: Int32, _ byteCount: Int, _ path: String
  ) throws(PageError) {
    guard let first = read(descriptor, at: 0, count: metaByteCount) else {
      let magicBytes = read(descriptor, at: 16, count: 4)
      let isForeign = magicBytes.map { $0.lend { $0.load(0, as: UInt32.self) } != magic } ?? false
      throw PageError(isForeign ? .foreignFile : .fileTooShort, in: path)
    }
    try first.lend { (bytes) throws(PageError) in
      guard bytes.load(16, as: UInt32.self) == magic else {
        throw PageError(.foreignFile, in: path)
      }
      guard bytes.load(20, as: UInt32.self) == 1 else {
        throw PageError(.versionMismatch, in: path)
      }
    }
    let pageByteCount = Int(first.lend { $0.load(40, as: UInt32.self) })
    guard pageByteCount >= 512, pageByteCount <= 65_536, pageByteCount.nonzeroBitCount == 1 else {
      throw PageError(.corrupted, in: path)
    }
    guard let second = read(descriptor, at: pageByteCount, count: metaByteCount) else {
      throw PageError(.fileTooShort, in: path)
    }
    let isSecondValid = second.lend { $0.load(16, as: UInt32.self) == magic }
    guard isSecondValid else { throw PageError(.corrupted, in: path) }
    let isSecondNewer =
      second.lend { $0.load(144, as: UInt64.self) }
      > first.lend { $0.load(144, as: UInt64.self) }
    let newest = isSecondNewer ? second : first
    let pageCount = newest.lend { $0.load(136, as: UInt64.self) }
    guard pageCount < UInt64(1) << 40 else { throw PageError(.corrupted, in: path) }
    guard (Int(pageCount) + 1) * pageByteCount <= byteCount else {
      let freePages = FreePages(descriptor, pageByteCount: pageByteCount, byteCount: byteCount)
      guard
        freePages.hold(
          from: byteCount / pageByteCount, through: Int(pageCount),
          root: newest.lend { $0.load(80, as: UInt64.self) })
      else { throw PageError(.fileTooShort, in: path) }
      return
    }
  }

  /// `count` bytes at `offset`, or nil when the file ends before.
  static func read(_ descriptor: Int32, at offset: Int, count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    let readCount = unsafe bytes.withUnsafeMutableBytes {
      unsafe pread(descriptor, $0.baseAddress, count, offset)
    }
    return readCount == count ? bytes : nil
  }

  private static func refuseNetwork(
    _ descriptor: Int32, _ path: String
  ) throws(PageError) {
    var system = statfs()
    guard unsafe fstatfs(descriptor, &system) == 0 else {
      throw PageError(status: errno, in: path)
    }
    if isNetwork(system.f_type) { throw PageError(.networkFileSystem, in: path) }
  }

  /// Whether a file system is one whose maps and locks do not reach other machines.
  ///
  /// The numbers are those of `statfs(2)`: NFS, SMB (three), Ceph, AFS (two), 9P, Coda, NCP,
  /// Lustre, GFS2, OCFS2.
  static func isNetwork(_ kind: Int) -> Bool {
    [
      0x6969, 0x517b, 0xff53_4d42, 0xfe53_4d42, 0x00c3_6400, 0x5346_414f, 0x6b41_4653, 0x0102_1997,
      0x7375_7245, 0x564c, 0x0bd0_0bd0, 0x0116_1970, 0x7461_636f,
    ].contains(kind & 0xffff_ffff)
  }
}
