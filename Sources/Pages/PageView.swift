// One page of LMDB's format, read with every bound checked: nothing in it is trusted.
//
//     OFFSET  SIZE  FIELD OF A PAGE
//     0       8     page number
//     8       2     not used
//     10      2     flags: 1 branch, 2 leaf, 4 overflow, 8 meta
//     12      2     lower: node offsets of two bytes from 16 up to here; of an overflow page, with
//                   the next, how many pages the value takes
//     14      2     upper: nodes lie from here to the end of the page, without gaps
//     16      2     offset of each node, in the order of keys
//
//     OFFSET  SIZE  FIELD OF A NODE
//     0       4     bytes of a leaf's value; or, with the next, a branch's page number (48 bits)
//     4       2     flags of a leaf: 1 the value is on overflow pages, 2 it is a tree; upper 16
//                   bits of the page number in a branch
//     6       2     bytes of the key; a branch does not use its first key
//     8       n     key, then the value: as it is, or with flag 1 the number of its first overflow
//                   page, in which it begins at byte 16
//
// A node takes an even number of bytes.

import Bytes

/// A page, valid while its bytes are lent.
struct PageView {
  static let headByteCount = 16
  static let nodeByteCount = 8
  static let branch: UInt16 = 1
  static let leaf: UInt16 = 2
  static let overflow: UInt16 = 4
  static let meta: UInt16 = 8

  let bytes: LentBytes

  var number: UInt64 { bytes.load(0) }
  var flags: UInt16 { bytes.load(10) }
  var lower: Int { Int(bytes.load(12, as: UInt16.self)) }
  var upper: Int { Int(bytes.load(14, as: UInt16.self)) }
  /// Of an overflow page.
  var overflowPageCount: Int { Int(bytes.load(12, as: UInt32.self)) }

  /// How many nodes there are, as far as the page has room for their offsets.
  var nodeCount: Int { max(0, min(lower, bytes.count) - Self.headByteCount) / 2 }

  /// A node of a branch or a leaf; nil when it is not inside the page.
  func node(_ index: Int, isBranch: Bool) -> PageNode? {
    let offset = Int(bytes.load(Self.headByteCount + 2 * index, as: UInt16.self))
    guard offset >= Self.headByteCount, offset + Self.nodeByteCount <= bytes.count else {
      return nil
    }
    let low = bytes.load(offset, as: UInt32.self)
    let high = bytes.load(offset + 4, as: UInt16.self)
    let key = offset + Self.nodeByteCount
    let value = key + Int(bytes.load(offset + 6, as: UInt16.self))
    guard value <= bytes.count else { return nil }
    if isBranch {
      return PageNode(
        offset: offset, key: bytes.part(key, value), flags: 0,
        child: UInt64(low) | UInt64(high) << 32, valueByteCount: 0, stored: .empty)
    }
    let storedCount = high & PageNode.isOnPages == 0 ? Int(low) : 8
    guard storedCount <= bytes.count - value else { return nil }
    let stored = bytes.part(value, value + storedCount)
    let child: UInt64 = high & PageNode.isOnPages == 0 ? 0 : stored.load(0)
    return PageNode(
      offset: offset, key: bytes.part(key, value), flags: high, child: child,
      valueByteCount: Int(low), stored: stored)
  }

  /// Whether nodes fill the page from `upper` to its end, each once.
  func isFilled(by nodes: [PageNode]) -> Bool {
    guard lower >= Self.headByteCount, lower % 2 == 0, lower <= upper, upper <= bytes.count,
      nodes.count == nodeCount
    else { return false }
    var end = upper
    for node in nodes.sorted(by: { $0.offset < $1.offset }) {
      guard node.offset == end else { return false }
      end += node.byteCount
    }
    return end == bytes.count
  }
}

/// One key of a page, with its value or where that is; valid while the page's bytes are lent.
struct PageNode {
  static let isOnPages: UInt16 = 1
  static let isTree: UInt16 = 2

  let offset: Int
  let key: LentBytes
  let flags: UInt16
  /// The child of a branch, or the first overflow page of a leaf's value.
  let child: UInt64
  let valueByteCount: Int
  /// What the page itself has of the value.
  let stored: LentBytes

  /// With what fills it up to an even number.
  var byteCount: Int { (PageView.nodeByteCount + key.count + stored.count + 1) & ~1 }
}

/// A tree of pages, as a meta page or a leaf of the tree of keyspaces describes it.
///
///     OFFSET  SIZE  FIELD
///     0       4     page size, in the tree of free pages
///     4       2     flags
///     6       2     depth
///     8       8     branch pages
///     16      8     leaf pages
///     24      8     overflow pages
///     32      8     entries
///     40      8     page number of the root; all bits set: none
struct PageTree: Equatable {
  static let byteCount = 48

  var flags: UInt16 = 0
  var depth: UInt16 = 0
  var branchCount: UInt64 = 0
  var leafCount: UInt64 = 0
  var overflowCount: UInt64 = 0
  var entryCount: UInt64 = 0
  var root = UInt64.max

  /// What is counted of a tree without pages.
  init() {}

  init(_ bytes: LentBytes) {
    flags = bytes.load(4)
    depth = bytes.load(6)
    branchCount = bytes.load(8)
    leafCount = bytes.load(16)
    overflowCount = bytes.load(24)
    entryCount = bytes.load(32)
    root = bytes.load(40)
  }
}
