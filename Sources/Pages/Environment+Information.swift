// How full the file is, who reads it, and a compact copy of it.

import CLMDB
import Glibc

/// How full the file is.
package struct EnvironmentInformation: Equatable, Sendable {
  /// Bytes of one page.
  package let pageByteCount: Int
  /// Pages in the file, free ones included.
  package let pageCount: Int
  /// Bytes the file may grow to.
  package let mapByteCount: Int
  /// The number of the last commit.
  package let lastTransactionID: Int
  /// Reader slots.
  package let readerCountMax: Int
  /// Reader slots taken since the first process opened the file; not all are in use.
  package let readerCount: Int

  /// Bytes in the file up to its last page.
  package var byteCount: Int { pageCount * pageByteCount }
}

/// One open snapshot of any process.
package struct Reader: Equatable, Sendable {
  /// The process that holds it.
  package let processID: Int
  /// The commit it shows.
  package let transactionID: Int
}

extension Environment {
  /// How full the file is.
  package func information() throws(PageError) -> EnvironmentInformation {
    var information = unsafe MDB_envinfo()
    try check(unsafe mdb_env_info(handle, &information), in: path)
    var counts = MDB_stat()
    try check(unsafe mdb_env_stat(handle, &counts), in: path)
    return unsafe EnvironmentInformation(
      pageByteCount: Int(counts.ms_psize), pageCount: information.me_last_pgno + 1,
      mapByteCount: information.me_mapsize, lastTransactionID: information.me_last_txnid,
      readerCountMax: Int(information.me_maxreaders), readerCount: Int(information.me_numreaders))
  }

  /// Frees the reader slots of processes that died; the number of slots freed.
  @discardableResult
  package func checkReaders() throws(PageError) -> Int {
    var deadCount: Int32 = 0
    try check(unsafe mdb_reader_check(handle, &deadCount), in: path)
    return Int(deadCount)
  }

  /// The open snapshots of all processes.
  package func readers() -> [Reader] {
    var lines: [String] = []
    unsafe withUnsafeMutablePointer(to: &lines) { lines in
      let collect: @convention(c) (UnsafePointer<CChar>?, UnsafeMutableRawPointer?) -> Int32 = {
        guard let line = unsafe $0, let lines = unsafe $1 else { return 0 }
        unsafe lines.assumingMemoryBound(to: [String].self).pointee.append(String(cString: line))
        return 0
      }
      _ = unsafe mdb_reader_list(handle, collect, lines)
    }
    return lines.compactMap { line in
      let words = line.split(whereSeparator: \.isWhitespace)
      guard words.count == 3, let process = Int(words[0]), let transaction = Int(words[2]) else {
        return nil
      }
      return Reader(processID: process, transactionID: transaction)
    }
  }

  /// How many commits the oldest snapshot is behind the last one; 0 without a snapshot.
  package func oldestReaderLag() throws(PageError) -> Int {
    let last = try information().lastTransactionID
    return readers().map { last - $0.transactionID }.max() ?? 0
  }

  /// Writes the last commit to a new file of mode 0600, without free pages, and syncs it.
  ///
  /// Throws `fileExists`, `diskFull` or `inputOutput`; an unfinished copy is removed.
  package func copyCompact(to target: String) throws(PageError) {
    let descriptor = unsafe Glibc.open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw PageError(status: errno, in: target) }
    var status = unsafe mdb_env_copyfd2(handle, descriptor, UInt32(MDB_CP_COMPACT))
    if status == 0, fsync(descriptor) != 0 { status = errno }
    close(descriptor)
    guard status == 0 else {
      unsafe unlink(target)
      throw PageError(status: status, in: target)
    }
    try syncFolder(of: target)
  }
}

/// Makes a new file's name durable.
package func syncFolder(of path: String) throws(PageError) {
  let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "."
  let descriptor = unsafe Glibc.open(String(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard descriptor >= 0 else { throw PageError(status: errno, in: path) }
  defer { close(descriptor) }
  guard fsync(descriptor) == 0 else { throw PageError(status: errno, in: path) }
}
