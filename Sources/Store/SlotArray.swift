// Objects that are made once, on first need, and then read without a lock.

import Synchronization

/// A fixed number of slots, each empty until an object is put in for good.
///
/// Reading is one plain load. The array keeps its objects alive, so what it lends is valid while
/// the array is.
@safe final class SlotArray<Object: AnyObject & Sendable>: @unchecked Sendable {
  let count: Int
  private let slots: UnsafeMutablePointer<Atomic<UInt>>

  init(count: Int) {
    self.count = count
    unsafe slots = .allocate(capacity: max(count, 1))
    for index in 0..<count { unsafe (slots + index).initialize(to: Atomic(0)) }
  }

  deinit {
    for index in 0..<count {
      if let address = unsafe UnsafeRawPointer(bitPattern: slots[index].load(ordering: .relaxed)) {
        unsafe Unmanaged<Object>.fromOpaque(address).release()
      }
    }
    unsafe slots.deallocate()
  }

  /// The object of a slot, or nil while it is empty.
  @inline(__always)
  subscript(index: Int) -> Object? {
    precondition(index >= 0 && index < count)
    let bits = unsafe slots[index].load(ordering: .acquiring)
    guard let address = unsafe UnsafeRawPointer(bitPattern: bits) else { return nil }
    return unsafe Unmanaged<Object>.fromOpaque(address).takeUnretainedValue()
  }

  /// Fills a slot; if another thread was first, its object stays and is returned.
  func fill(_ index: Int, with object: Object) -> Object {
    precondition(index >= 0 && index < count)
    let retained = unsafe Unmanaged.passRetained(object)
    let bits = UInt(bitPattern: unsafe retained.toOpaque())
    let (isFirst, found) = unsafe slots[index].compareExchange(
      expected: 0, desired: bits, ordering: .acquiringAndReleasing)
    guard !isFirst, let address = unsafe UnsafeRawPointer(bitPattern: found) else { return object }
    unsafe retained.release()
    return unsafe Unmanaged<Object>.fromOpaque(address).takeUnretainedValue()
  }

  /// Takes over what another array holds in its first slots but for some.
  func takeOver(from other: SlotArray, except left: Set<Int> = []) {
    for index in 0..<min(count, other.count) where !left.contains(index) {
      if let object = other[index] { _ = fill(index, with: object) }
    }
  }
}
