// Compares lent bytes: whether they are the same, and which come first.

import Glibc

extension LentBytes {
  /// Whether these bytes are the same as others.
  @inlinable package func isSame(as other: LentBytes) -> Bool {
    guard count == other.count else { return false }
    var offset = 0
    while offset &+ 8 <= count {
      guard load(offset, as: UInt64.self) == other.load(offset, as: UInt64.self) else {
        return false
      }
      offset &+= 8
    }
    while offset < count {
      guard self[offset] == other[offset] else { return false }
      offset &+= 1
    }
    return true
  }

  /// Whether these bytes come before others, as keys do.
  package func precedes(_ other: LentBytes) -> Bool {
    let order = unsafe memcmp(base, other.base, min(count, other.count))
    return order == 0 ? count < other.count : order < 0
  }
}
