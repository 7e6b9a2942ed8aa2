// One pass over the values of a column, to choose how to store them.

package import Bytes
import CKernels

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
      let end = min(rowCount, first + 1024)
      let block = unsafe hearth_survey(
        values.base + first, Int64(end - first), previous, reference)
      previous = values[end - 1]
      differences |= block.differences
      absentCount += Int(block.absent)
      changeCount += Int(block.changes)
      fallCount += Int(block.falls)
      blockLeast.append(block.least)
      blockGreatest.append(block.greatest)
      least = min(least, block.least)
      greatest = max(greatest, block.greatest)
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

/// The least and greatest of some integers, and how many of them are absent; `Int64.max` and
/// `Int64.min` if all are.
package func bounds(
  of values: ScratchView<Int64>, _ rows: Range<Int>
) -> (least: Int64, greatest: Int64, absentCount: Int) {
  precondition(rows.lowerBound >= 0 && rows.upperBound <= values.count)
  let survey = unsafe hearth_survey(
    values.base + rows.lowerBound, Int64(rows.count), absentValue, 0)
  return (survey.least, survey.greatest, Int(survey.absent))
}

/// Bit v - least for each value v among integers that are absent or less than least + 64.
package func codeSet(of values: ScratchView<Int64>, count: Int, least: Int64) -> UInt64 {
  precondition(count >= 0 && count <= values.count)
  return unsafe hearth_code_set(values.base, Int64(count), least)
}

/// How many bits a code up to `codeMax` takes.
func bitCount(_ codeMax: UInt64) -> Int { UInt64.bitWidth - codeMax.leadingZeroBitCount }
