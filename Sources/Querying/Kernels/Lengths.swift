// Plain loops over 16-bit numbers that vectorise.

import Bytes

/// Writes how far each number is from the next, and returns the greatest distance; there is one
/// number more than `count`.
func putLengths(
  _ rows: ScratchView<UInt16>, count: Int, into target: ScratchView<UInt16>
) -> Int {
  precondition(rows.count > count)
  precondition(target.count >= count)
  let from = unsafe UnsafePointer(rows.base)
  let to = unsafe target.base
  var greatest: UInt16 = 0
  for index in 0..<count {
    let length = unsafe from[index &+ 1] &- from[index]
    unsafe to[index] = length
    greatest = max(greatest, length)
  }
  return Int(greatest)
}
