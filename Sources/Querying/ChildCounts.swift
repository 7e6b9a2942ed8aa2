// How many positional children each row of a segment has, out of the runs of the children's links.

import Bytes
import Columns
import Segments
import Store

/// Numbers of positional children of the rows of one segment; used by one thread.
struct ChildCounts {
  private let storage = Scratch<UInt16>(count: 65_536 + 8)
  private let starts = Scratch<UInt16>(count: 65_536 + 16)
  private let parents = Scratch<Int64>(count: 4_096)
  /// The numbers, one a row.
  var view: ScratchView<UInt16> { storage.view }
  /// Rows whose numbers are known; children lie in the order of their parents.
  private var filledCount = 0
  /// The greatest of them.
  private(set) var greatest = 0

  /// Counts the children of a segment's rows; false where they must be looked up one by one.
  mutating func fill(
    segment: Int, rowCount: Int, childTable: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Bool {
    (filledCount, greatest) = (0, 0)
    let base = segment << 16
    let firsts = snapshot.catalog.tables[childTable].firstParents
    var (low, high) = (0, firsts.count)
    while low < high {
      let middle = (low + high) >> 1
      if firsts[middle] < Int64(base) { low = middle + 1 } else { high = middle }
    }
    // The segment before may still hold children of the first rows.
    for number in max(0, low - 1)..<firsts.count {
      guard firsts[number] < Int64(base + rowCount) else { break }
      let view = try snapshot.segment(number, table: childTable)
      do throws(Corruption) {
        try view.open(view.plan.linkColumn)
      } catch { throw .corruption(error) }
      guard add(view.positionalParents, base: base, rowCount: rowCount) else { return false }
    }
    clear(upTo: rowCount)
    return true
  }

  /// Adds the runs of one child segment that belong to the rows from `base` on.
  private mutating func add(_ link: IntegerColumn, base: Int, rowCount: Int) -> Bool {
    let first = link.lowerBound(of: Int64(base))
    let end = link.lowerBound(of: Int64(base + rowCount))
    guard first < end else { return true }
    guard let runs = link.runMap else { return false }
    let run = runs.run(ofRow: first)
    var count = runs.starts(from: first & ~7, upTo: end, into: starts.view)
    var skipped = 0
    while skipped < count, Int(starts.view[skipped]) < first { skipped += 1 }
    let rows = starts.view.from(skipped)
    count -= skipped
    // The run after the last ends it; 65,536 wraps round to 0, as the difference does.
    rows[count] = UInt16(truncatingIfNeeded: end)
    // One run of 65,536 rows would wrap round too.
    guard count > 0, count <= runs.runCount - run, count > 1 || end - first < 65_536 else {
      return false
    }
    return put(rows, count: count, run: run, of: link, base: base, rowCount: rowCount)
  }

  private mutating func put(
    _ rows: ScratchView<UInt16>, count: Int, run: Int, of link: IntegerColumn, base: Int,
    rowCount: Int
  ) -> Bool {
    let first = Int(link.value(ofRun: run)) - base
    let last = Int(link.value(ofRun: run + count - 1)) - base
    guard first >= 0, first <= last, last < rowCount, first + 1 >= filledCount else {
      return false
    }
    clear(upTo: first + 1)
    // The first parent's children may have begun in the segment before.
    let (sum, overflow) = storage.view[first].addingReportingOverflow(rows[1] &- rows[0])
    guard !overflow else { return false }
    if last - first == count - 1 {
      let longest = putLengths(rows, count: count, into: storage.view.from(first))
      greatest = max(greatest, longest)
      filledCount = max(filledCount, last + 1)
    } else {
      clear(upTo: last + 1)
      for start in stride(from: 0, to: count, by: parents.view.count) {
        let piece = min(parents.view.count, count - start)
        link.decodeRuns(first: run + start, count: piece, into: parents.view)
        for index in 0..<piece {
          let parent = Int(parents.view[index]) &- base
          guard parent >= 0, parent < rowCount else { return false }
          let length = rows[start &+ index &+ 1] &- rows[start &+ index]
          storage.view[parent] = length
          greatest = max(greatest, Int(length))
        }
      }
    }
    storage.view[first] = sum
    greatest = max(greatest, Int(sum))
    return true
  }

  /// Says that the rows before `row` of which nothing is known have no children.
  private mutating func clear(upTo row: Int) {
    guard row > filledCount else { return }
    unsafe (storage.view.base + filledCount).update(repeating: 0, count: row - filledCount)
    filledCount = row
  }
}
