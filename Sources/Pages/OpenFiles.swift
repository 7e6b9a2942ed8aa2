// The files that this process has open: LMDB's locks fail when one process opens a file twice.

import Glibc
import Synchronization

/// Which file on which disk, whatever the path.
struct FileIdentity: Hashable, Sendable {
  let device: UInt
  let inode: UInt

  init(_ status: stat) {
    device = status.st_dev
    inode = status.st_ino
  }
}

private let openFiles = Mutex<Set<FileIdentity>>([])

/// Notes a file as open; false when it was open already.
func noteOpen(_ file: FileIdentity) -> Bool { openFiles.withLock { $0.insert(file).inserted } }

/// Closes a file and forgets it, as one step: a new file with the inode of one that was deleted is
/// not taken for it.
func noteClosed(_ file: FileIdentity, closing: () -> Void = {}) {
  openFiles.withLock { files in
    closing()
    files.remove(file)
  }
}
