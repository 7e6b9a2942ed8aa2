// Bytes and integers lent by an owner that outlives their use: a snapshot's map or a scratch
// buffer.
//
// The owner's scope is the promise that makes these types safe: a view out of the file is used only
// inside the open snapshot that lent it, a view of a scratch buffer only while the buffer lives.
// Offsets that come from stored bytes are checked once, when a structure is opened (`slice`
// throws); after that, reads are checked by `assert` only.
//
// The whole @inlinable set is needed: a call per value from another module costs 4 ns without it.

import Glibc

/// Read-only bytes lent by their owner.
@safe @frozen @usableFromInline
package struct LentBytes: @unchecked Sendable {
  @usableFromInline package let base: UnsafeRawPointer
  @usableFromInline package let count: Int

  @inlinable package init(_ base: UnsafeRawPointer, count: Int) {
    unsafe self.base = unsafe base
    self.count = count
  }

  @inlinable package init(_ buffer: UnsafeRawBufferPointer) {
    if let start = buffer.baseAddress {
      unsafe self.base = unsafe start
    } else {
      unsafe self.base = unsafe UnsafeRawPointer(bitPattern: 64).unsafelyUnwrapped
    }
    self.count = buffer.count
  }

  /// A little-endian integer at any offset.
  @inlinable package func load<T: FixedWidthInteger & BitwiseCopyable>(
    _ offset: Int, as type: T.Type = T.self
  ) -> T {
    assert(offset >= 0 && offset &+ MemoryLayout<T>.size <= count)
    return unsafe T(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: T.self))
  }

  /// A little-endian integer, or the corruption that its absence is.
  @inlinable package func checkedLoad<T: FixedWidthInteger & BitwiseCopyable>(
    _ offset: Int, as type: T.Type = T.self, of structure: Corruption.Structure
  ) throws(Corruption) -> T {
    guard offset >= 0, offset <= count &- MemoryLayout<T>.size else {
      throw Corruption(structure, at: offset)
    }
    return load(offset)
  }

  /// The bytes at `offset`, checked against the end of these.
  @inlinable package func slice(
    _ offset: Int, count sliceCount: Int, of structure: Corruption.Structure
  ) throws(Corruption) -> LentBytes {
    guard offset >= 0, sliceCount >= 0, offset <= count, sliceCount <= count &- offset else {
      throw Corruption(structure, at: offset)
    }
    return unsafe LentBytes(base + offset, count: sliceCount)
  }

  /// `elementCount` integers at `offset`, checked against the end of these bytes.
  @inlinable package func array<T: FixedWidthInteger & BitwiseCopyable>(
    _ offset: Int, count elementCount: Int, as type: T.Type = T.self,
    of structure: Corruption.Structure
  ) throws(Corruption) -> Lent<T> {
    guard elementCount >= 0, elementCount <= count else { throw Corruption(structure, at: offset) }
    let bytes = try slice(offset, count: elementCount &* MemoryLayout<T>.size, of: structure)
    return unsafe Lent(bytes.base, count: elementCount)
  }

  @inlinable package subscript(offset: Int) -> UInt8 {
    assert(offset >= 0 && offset < count)
    return unsafe base.load(fromByteOffset: offset, as: UInt8.self)
  }

  @inlinable package var buffer: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: base, count: count)
  }

  /// A copy that outlives the owner.
  package var copied: [UInt8] { unsafe Array(buffer) }

  @inlinable package func isEqual(to other: LentBytes) -> Bool {
    guard count == other.count else { return false }
    return unsafe buffer.elementsEqual(other.buffer)
  }
}

/// Read-only little-endian integers lent by their owner; they need not be aligned.
@safe @frozen @usableFromInline
package struct Lent<Element: FixedWidthInteger & BitwiseCopyable>: @unchecked Sendable {
  @usableFromInline package let base: UnsafeRawPointer
  @usableFromInline package let count: Int

  @inlinable package init(_ base: UnsafeRawPointer, count: Int) {
    unsafe self.base = unsafe base
    self.count = count
  }

  @inlinable package subscript(index: Int) -> Element {
    assert(index >= 0 && index < count)
    return unsafe Element(
      littleEndian: base.loadUnaligned(
        fromByteOffset: index &* MemoryLayout<Element>.stride, as: Element.self))
  }
}

/// A block of memory that one owner fills again and again; freed with the owner.
///
/// Starts zeroed, with 64 bytes behind the last element that may be read and written. `view` is the
/// way in for loops.
@safe
package final class Scratch<Element: BitwiseCopyable>: @unchecked Sendable {
  /// The memory, valid while the scratch lives.
  package let view: ScratchView<Element>

  private let memory: UnsafeMutableRawPointer

  package init(count: Int) {
    // The system gives pages of zeros only as they are touched.
    let byteCount = max(1, count) * MemoryLayout<Element>.stride + 64
    guard let memory = unsafe calloc(byteCount + 64, 1) else {
      preconditionFailure("the system has no memory left")
    }
    unsafe self.memory = unsafe memory
    view = unsafe ScratchView(
      memory.alignedUp(toMultipleOf: 64).bindMemory(to: Element.self, capacity: count),
      count: count)
  }

  deinit { unsafe free(memory) }
}

/// Memory of a `Scratch`, to read and write by position.
@safe @frozen @usableFromInline
package struct ScratchView<Element: BitwiseCopyable>: @unchecked Sendable {
  @usableFromInline package let base: UnsafeMutablePointer<Element>
  @usableFromInline package let count: Int

  @inlinable package init(_ base: UnsafeMutablePointer<Element>, count: Int) {
    unsafe self.base = unsafe base
    self.count = count
  }

  @inlinable package subscript(index: Int) -> Element {
    get {
      assert(index >= 0 && index < count)
      return unsafe base[index]
    }
    nonmutating set {
      assert(index >= 0 && index < count)
      unsafe base[index] = newValue
    }
  }

  /// The part that begins at `offset`.
  @inlinable package func from(_ offset: Int) -> ScratchView {
    assert(offset >= 0 && offset <= count)
    return unsafe ScratchView(base + offset, count: count &- offset)
  }
}

extension Array where Element == UInt8 {
  /// Lends the bytes of this array for the length of `body`.
  package func lend<Result, Failure: Error>(
    _ body: (LentBytes) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe span.bytes.withUnsafeBytes { (buffer) throws(Failure) -> Result in
      try unsafe body(LentBytes(buffer))
    }
  }
}

extension String {
  /// The UTF-8 text in lent bytes; broken sequences become U+FFFD.
  package init(_ bytes: LentBytes) {
    self = unsafe String(decoding: bytes.buffer, as: UTF8.self)
  }
}
