// Whether the pages that a file lacks at its end are free: LMDB does not write a page that was
// allocated and freed in the same commit, so a sound file may end before its last page.
//
// Reads LMDB's tree of free pages without mapping the file.
//
//     OFFSET  SIZE  FIELD OF A PAGE
//     0       8     page number
//     10      2     flags: 1 branch, 2 leaf, 4 overflow
//     12      2     bytes up to here hold node offsets of two bytes from 16 on
//     16      2     offset of each node
//
//     OFFSET  SIZE  FIELD OF A NODE
//     0       4     bytes of a leaf's value; or, with the next, a branch's page number (48 bits)
//     4       2     flags of a leaf: 1 the value is on overflow pages; upper 16 bits in a branch
//     6       2     bytes of the key
//     8       n     key (a commit number), then the value: a count and as many page numbers, or,
//                   with flag 1, the number of the first overflow page

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
    return bytes.lend { page in
      let flags = page.load(10, as: UInt16.self)
      let lower = Int(page.load(12, as: UInt16.self))
      guard lower >= 16, lower <= pageByteCount else { return false }
      for index in 0..<(lower - 16) / 2 {
        let node = Int(page.load(16 + 2 * index, as: UInt16.self))
        guard node >= lower, node + 8 <= pageByteCount else { return false }
        let low = page.load(node, as: UInt32.self)
        let high = page.load(node + 4, as: UInt16.self)
        if flags & 1 != 0 {
          let child = UInt64(low) | UInt64(high) << 32
          guard walk(child, depth: depth + 1, from: first, &isFree) else { return false }
        } else {
          let value = node + 8 + Int(page.load(node + 6, as: UInt16.self))
          guard note(page, value, Int(low), isOverflow: high & 1 != 0, from: first, &isFree)
          else { return false }
        }
      }
      return true
    }
  }

  /// Notes the page numbers of one leaf value.
  private func note(
    _ page: LentBytes, _ offset: Int, _ count: Int, isOverflow: Bool, from first: Int,
    _ isFree: inout [Bool]
  ) -> Bool {
    guard count % 8 == 0, offset + (isOverflow ? 8 : count) <= page.count else { return false }
    var numbers: [UInt8]?
    if isOverflow {
      let target = page.load(offset, as: UInt64.self)
      guard target < UInt64(byteCount / pageByteCount), count <= byteCount else { return false }
      numbers = EnvironmentFile.read(
        descriptor, at: Int(target) * pageByteCount + 16, count: count)
    } else {
      numbers = (offset..<offset + count).map { page[$0] }
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
