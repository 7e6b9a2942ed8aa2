// Plain loops over 16-bit numbers that vectorise.

import Bytes

/// Writes how far each number is from the next; there is one number more than `count`.
func putLengths(_ rows: ScratchView<UInt16>, count: Int, into target: ScratchView<UInt16>) {
  precondition(rows.count > count)
  precondition(target.count >= count)
  let from = unsafe UnsafePointer(rows.base)
  let to = unsafe target.base
  for index in 0..<count { unsafe to[index] = from[index &+ 1] &- from[index] }
}

/// The greatest of `count` numbers; 0 of none.
func greatestNumber(_ numbers: ScratchView<UInt16>, count: Int) -> Int {
  precondition(numbers.count >= count)
  let from = unsafe UnsafePointer(numbers.base)
  var greatest: UInt16 = 0
  for index in 0..<count { greatest = unsafe max(greatest, from[index]) }
  return Int(greatest)
}
