// Whether the pages that a file lacks at its end are free: LMDB does not write a page that was
// allocated and freed in the same commit, so a sound file may end before its last page.
//
// Reads LMDB's tree of free pages without mapping the file. Keys are the numbers of commits, a
// value is a count and as many page numbers.

import Bytes

/// The tree of free pages, read with bounds checks and a limit of depth.
struct FreePages {
  private let descriptor: Int32
  private let pageByteCount: Int
  private let byteCount: Int

  init(_ descriptor: Int32, pageByteCount: Int, byteCount: Int) {
    self.descriptor = descriptor
    self.pageByteCount = pageByteCount
    self.byteCount = byteCount
  }

  /// Whether all pages of a range are free; false when the tree cannot be read.
  func hold(from first: Int, through last: Int, root: UInt64) -> Bool {
    guard last - first < 1 << 24, root != UInt64.max else { return false }
    var isFree = [Bool](repeating: false, count: last - first + 1)
    guard walk(root, depth: 0, from: first, &isFree) else { return false }
    return isFree.allSatisfy { $0 }
  }

  private func walk(_ page: UInt64, depth: Int, from first: Int, _ isFree: inout [Bool]) -> Bool {
    guard depth < 16, page < UInt64(byteCount / pageByteCount),
      let bytes = EnvironmentFile.read(
        descriptor, at: Int(page) * pageByteCount, count: pageByteCount)
    else { return false }
    return bytes.lend { bytes in
      let page = PageView(bytes: bytes)
      let isBranch = page.flags & PageView.branch != 0
      guard page.lower >= PageView.headByteCount, page.lower <= pageByteCount else { return false }
      for index in 0..<page.nodeCount {
        guard let node = page.node(index, isBranch: isBranch),
          isBranch
            ? walk(node.child, depth: depth + 1, from: first, &isFree)
            : note(node, from: first, &isFree)
        else { return false }
      }
      return true
    }
  }

  /// Notes the page numbers of one leaf value.
  private func note(_ node: PageNode, from first: Int, _ isFree: inout [Bool]) -> Bool {
    guard node.valueByteCount % 8 == 0 else { return false }
    var numbers: [UInt8]? = node.stored.copied
    if node.flags & PageNode.isOnPages != 0 {
      guard node.child < UInt64(byteCount / pageByteCount), node.valueByteCount <= byteCount else {
        return false
      }
      numbers = EnvironmentFile.read(
        descriptor, at: Int(node.child) * pageByteCount + PageView.headByteCount,
        count: node.valueByteCount)
    }
    guard let numbers else { return false }
    numbers.lend { numbers in
      for index in 1..<max(1, numbers.count / 8) {
        let number = numbers.load(8 * index, as: UInt64.self)
        guard number >= UInt64(first), number < UInt64(first + isFree.count) else { continue }
        isFree[Int(number) - first] = true
      }
    }
    return true
  }
}
