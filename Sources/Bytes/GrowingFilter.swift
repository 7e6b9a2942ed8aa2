// A filter of hashes that grows while other threads ask it: a blocked Bloom filter.

import CKernels

/// Says of most hashes that were never added that they were not; one cache line a question.
///
/// About one in a hundred of the others is taken for one of them once it is full: with 12 bits a
/// hash.
@safe package final class GrowingFilter: @unchecked Sendable {
  private let words: UnsafeMutablePointer<UInt64>
  private let blockMask: UInt64

  /// With room for so many hashes; more can be added, and then more are taken for others.
  package init(hashCount: Int) {
    var blockCount = 1
    while blockCount * 512 < hashCount * 12 { blockCount *= 2 }
    blockMask = UInt64(blockCount - 1)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: blockCount * 64, alignment: 64)
    unsafe words = memory.bindMemory(to: UInt64.self, capacity: blockCount * 8)
    unsafe words.initialize(repeating: 0, count: blockCount * 8)
  }

  deinit { unsafe words.deallocate() }

  /// Adds a hash whose bits are all alike in use.
  package func add(_ hash: UInt64) { unsafe hearth_filter_add(words, blockMask, hash) }

  /// Whether a hash may have been added; false only if it was not.
  @inline(__always)
  package func mayHave(_ hash: UInt64) -> Bool {
    unsafe hearth_filter_may_have(words, blockMask, hash) != 0
  }
}
