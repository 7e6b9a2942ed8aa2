// A meta page: where the trees of one commit begin. There are two, of which the newer counts.
//
// The layout is in EnvironmentFile.swift. The page of a commit is that of its number's last bit,
// and the other page is of the commit before; a new file has commit 0 on both.

import Bytes

/// What one of the first two pages says.
struct MetaPage: Equatable {
  static let byteCount = 152
  private static let magic: UInt32 = 0xbeef_c0de
  private static let version: UInt32 = 1
  /// Of the tree of free pages: keys are integers, and the file is no folder.
  private static let freeFlags: Set<UInt16> = [0x0008, 0x4008]

  let pageByteCount: Int
  let freePages: PageTree
  let keyspaces: PageTree
  let lastPage: UInt64
  let commit: UInt64

  /// Reads the page of a number; nil when it is no meta page, or one that LMDB must not see.
  init?(_ bytes: LentBytes, number: Int) {
    guard bytes.count >= Self.byteCount else { return nil }
    let page = PageView(bytes: bytes)
    pageByteCount = Int(bytes.load(40, as: UInt32.self))
    freePages = PageTree(bytes.part(40, 88))
    keyspaces = PageTree(bytes.part(88, 136))
    lastPage = bytes.load(136)
    commit = bytes.load(144)
    guard page.number == UInt64(number), page.flags == PageView.meta,
      bytes.load(16, as: UInt32.self) == Self.magic,
      bytes.load(20, as: UInt32.self) == Self.version, bytes.load(24, as: UInt64.self) == 0,
      Self.isPageByteCount(pageByteCount), Self.freeFlags.contains(freePages.flags),
      keyspaces.flags == 0, lastPage > 0, lastPage < 1 << 40,
      commit == 0 || commit & 1 == UInt64(number)
    else { return nil }
  }

  /// Whether the beginning of a page is that of a meta page, as far as LMDB's own mark goes.
  static func hasMagic(_ bytes: [UInt8]) -> Bool {
    bytes.lend { $0.load(16, as: UInt32.self) == magic }
  }

  static func isPageByteCount(_ count: Int) -> Bool {
    count >= 512 && count <= 65_536 && count.nonzeroBitCount == 1
  }

  /// Whether this commit is the one after another's.
  func follows(_ other: MetaPage) -> Bool {
    commit == other.commit + 1 || (commit == 0 && other.commit == 0)
  }
}
