// A value that a class keeps behind a pointer.
//
// Each use of a class's own variable is checked for exclusive access; of memory that it points to,
// none is. Words of pieces are looked up too often for that.

/// A value that cannot be copied, held for as long as this object lives; one thread at a time.
@safe final class Held<Value: ~Copyable>: @unchecked Sendable {
  private let pointer: UnsafeMutablePointer<Value>

  init(_ value: consuming Value) {
    unsafe pointer = .allocate(capacity: 1)
    unsafe pointer.initialize(to: value)
  }

  deinit {
    unsafe pointer.deinitialize(count: 1)
    unsafe pointer.deallocate()
  }

  var value: Value {
    _read { yield unsafe pointer.pointee }
    _modify { yield unsafe &pointer.pointee }
  }
}
