// Elements that stand still: read without checks of exclusive access and counts of references.

/// Elements that stand still, to be read without checks of exclusive access or counts of
/// references.
@safe package final class StandingArray<Element>: @unchecked Sendable {
  package let count: Int
  private let elements: UnsafeMutablePointer<Element>

  package init(_ elements: [Element]) {
    count = elements.count
    unsafe self.elements = .allocate(capacity: max(1, count))
    for index in elements.indices {
      unsafe (self.elements + index).initialize(to: elements[index])
    }
  }

  deinit {
    unsafe elements.deinitialize(count: count)
    unsafe elements.deallocate()
  }

  /// The elements, valid while this object lives.
  package var view: StandingView<Element> { unsafe StandingView(elements, count: count) }
}

/// Elements of a `StandingArray` that its owner keeps alive, lent without counting references.
@safe package struct StandingView<Element>: @unchecked Sendable {
  package let count: Int
  private let elements: UnsafePointer<Element>

  fileprivate init(_ elements: UnsafePointer<Element>, count: Int) {
    unsafe self.elements = unsafe elements
    self.count = count
  }

  @inline(__always)
  package subscript(index: Int) -> Element {
    precondition(index >= 0 && index < count)
    return unsafe elements[index]
  }

  /// An element in its place, for those too large to copy.
  @inline(__always)
  func address(of index: Int) -> UnsafePointer<Element> {
    assert(index >= 0 && index < count)
    return unsafe elements + index
  }
}

extension StandingView: Equatable where Element: Equatable {
  package static func == (left: StandingView, right: StandingView) -> Bool {
    left.count == right.count && (0..<left.count).allSatisfy { left[$0] == right[$0] }
  }
}
