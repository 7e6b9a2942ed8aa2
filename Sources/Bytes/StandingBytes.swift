// Bytes of a stored value that are kept longer than the snapshot that found them.
//
// LMDB gives a value of more than half a page pages of its own, where it begins 16 bytes into the
// first and stands still while any commit has it. A smaller value lies among others in a page that
// is copied whenever one of them changes; its old place is then used again. So small values are
// copied here, to an address like that of a large one: 16 bytes after a multiple of 64.

/// The bytes of a value that stand still: lent by the file, or where they could move a copy.
package final class StandingBytes: Sendable {
  /// Half the largest page that LMDB knows.
  package static let copiedByteCountMax = 16_384
  private static let offset = 16

  /// Valid while this object lives and, unless they are a copy, some snapshot has the value.
  package let bytes: LentBytes
  private let copy: Scratch<UInt8>?

  package init(_ value: LentBytes) {
    guard value.count <= Self.copiedByteCountMax else {
      (bytes, copy) = (value, nil)
      return
    }
    let copy = Scratch<UInt8>(count: Self.offset + value.count)
    let room = copy.view.from(Self.offset)
    _ = room.write(value, at: 0)
    bytes = room.lent(count: value.count)
    self.copy = copy
  }
}
