// One pass over the values of a column, to choose how to store them.

import Bytes

/// What the encodings ask about values: bounds, absences, runs and a sample.
struct IntegerSurvey {
  static let sampleCountMax = 1_024

  let rowCount: Int
  private(set) var absentCount = 0
  /// Least and greatest of the present values; `Int64.max` and `Int64.min` if there are none.
  private(set) var least = Int64.max
  private(set) var greatest = Int64.min
  private(set) var blockLeast: [Int64] = []
  private(set) var blockGreatest: [Int64] = []
  /// The low bits in which all present values agree, 3 at most.
  private(set) var commonLowBits = 3
  /// Rows that differ from, and that are less than, the row before.
  private(set) var changeCount = 0
  private(set) var fallCount = 0

  init(_ values: ScratchView<Int64>) {
    rowCount = values.count
    var reference = Int64(0)
    for row in 0..<rowCount where values[row] != absentValue {
      reference = values[row]
      break
    }
    var differences = Int64(0)
    var previous = rowCount > 0 ? values[0] : 0
    for first in stride(from: 0, to: rowCount, by: 1024) {
      var (low, high, absent) = (Int64.max, Int64.min, 0)
      var (changes, falls) = (0, 0)
      let end = min(rowCount, first + 1024)
      let from = unsafe UnsafePointer(values.base)
      for row in first..<end {
        let value = unsafe from[row]
        let isAbsent = value == absentValue
        absent &+= isAbsent ? 1 : 0
        low = min(low, isAbsent ? Int64.max : value)
        high = max(high, value)
        differences |= isAbsent ? 0 : value ^ reference
        changes &+= value != previous ? 1 : 0
        falls &+= value < previous ? 1 : 0
        previous = value
      }
      absentCount += absent
      changeCount += changes
      fallCount += falls
      blockLeast.append(low)
      blockGreatest.append(high)
      least = min(least, low)
      greatest = max(greatest, high)
    }
    commonLowBits = min(3, (differences & 7 | 8).trailingZeroBitCount)
  }

  /// How far the greatest value is from the least; zero if there are none.
  var spread: UInt64 {
    absentCount == rowCount ? 0 : UInt64(bitPattern: greatest &- least)
  }

  /// The greatest spread inside one block.
  var blockSpread: UInt64 {
    var spread = UInt64(0)
    for block in blockLeast.indices where blockGreatest[block] >= blockLeast[block] {
      spread = max(spread, UInt64(bitPattern: blockGreatest[block] &- blockLeast[block]))
    }
    return spread
  }

  /// Values at even distances, without absent ones, ascending.
  static func sample(_ values: ScratchView<Int64>) -> [Int64] {
    let count = min(values.count, sampleCountMax)
    var sample: [Int64] = []
    sample.reserveCapacity(count)
    for index in 0..<count {
      let value = values[index * values.count / count]
      if value != absentValue { sample.append(value) }
    }
    sample.sort()
    return sample
  }
}

/// How many bits a code up to `codeMax` takes.
func bitCount(_ codeMax: UInt64) -> Int { UInt64.bitWidth - codeMax.leadingZeroBitCount }
