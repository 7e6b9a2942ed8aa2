// Counts how often each code occurs.
//
// Four counters for each code: equal neighbours would otherwise wait for each other's addition.

package import Bytes

/// Counters of codes below a limit.
@safe package struct CodeHistogram {
  /// How many codes there are.
  package let codeCount: Int
  private let lanes: Scratch<UInt32>

  package init(codeCount: Int) {
    precondition(codeCount >= 1)
    precondition(codeCount <= 65_536)
    self.codeCount = codeCount
    lanes = Scratch(count: 4 * codeCount)
  }

  /// Counts the first `count` codes, all of which are below `codeCount`.
  package func add(_ codes: ScratchView<UInt16>, count: Int) {
    precondition(count <= codes.count)
    let from = unsafe UnsafePointer(codes.base)
    let first = unsafe lanes.view.base
    let second = unsafe first + codeCount
    let third = unsafe second + codeCount
    let fourth = unsafe third + codeCount
    var index = 0
    while index &+ 4 <= count {
      unsafe first[Int(from[index])] &+= 1
      unsafe second[Int(from[index &+ 1])] &+= 1
      unsafe third[Int(from[index &+ 2])] &+= 1
      unsafe fourth[Int(from[index &+ 3])] &+= 1
      index &+= 4
    }
    while index < count {
      unsafe first[Int(from[index])] &+= 1
      index &+= 1
    }
  }

  /// Counts the codes of the selected rows of a block.
  package func add(_ codes: ScratchView<UInt16>, where selection: Selection) {
    precondition(codes.count >= Selection.rowCount)
    let from = unsafe UnsafePointer(codes.base)
    let first = unsafe lanes.view.base
    for index in 0..<16 {
      var word = selection.words[index]
      while word != 0 {
        unsafe first[Int(from[index << 6 &+ word.trailingZeroBitCount])] &+= 1
        word &= word &- 1
      }
    }
  }

  /// How often a code has occurred.
  package func count(of code: Int) -> Int {
    precondition(code >= 0)
    precondition(code < codeCount)
    var total = 0
    for lane in 0..<4 { total += Int(lanes.view[lane * codeCount + code]) }
    return total
  }

  /// Forgets all counts.
  package func clear() {
    for index in 0..<4 * codeCount { lanes.view[index] = 0 }
  }
}
