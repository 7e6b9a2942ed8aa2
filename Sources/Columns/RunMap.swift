// Which run of equal rows a row belongs to; columns of one segment may share one.

package import Bytes

/// A view over the runs of a run-length column.
@safe package struct RunMap: @unchecked Sendable {
  let starts: RowMarks

  init(_ starts: RowMarks) { self.starts = starts }

  /// How many runs there are.
  package var runCount: Int { starts.count }

  /// How many rows the runs cover.
  package var rowCount: Int { starts.rowCount }

  /// The run that holds a row; runs count from zero.
  package func run(ofRow row: Int) -> Int {
    precondition(row >= 0)
    precondition(row < starts.rowCount)
    return starts.count(through: row) &- 1
  }

  /// The first row of a run; the row count for the run after the last.
  package func firstRow(ofRun run: Int) -> Int {
    precondition(run >= 0)
    precondition(run <= starts.count)
    return run == starts.count ? starts.rowCount : starts.row(ofMark: run)
  }

  /// The run of each row of a block; returns how many rows the block has.
  package func expand(block: Int, into runs: ScratchView<Int32>) -> Int {
    let count = min(1024, starts.rowCount - block << 10)
    precondition(block >= 0)
    precondition(count > 0)
    precondition(runs.count >= count)
    var run = block == 0 ? Int32(-1) : Int32(starts.count(through: block << 10 - 1) - 1)
    unsafe withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 16) { buffer in
      guard let words = buffer.baseAddress else { return }
      unsafe starts.words(ofBlock: block, into: words)
      for place in 0..<count {
        run &+= Int32(truncatingIfNeeded: (unsafe words[place >> 6] &>> UInt64(place & 63)) & 1)
        unsafe runs.base[place] = run
      }
    }
    return count
  }

  /// For each run the value of its first row.
  func values(ofFirstRowsIn values: ScratchView<Int64>) -> [Int64] {
    precondition(values.count >= rowCount)
    let rows = Scratch<UInt16>(count: 1_024 + 8)
    return unsafe [Int64](unsafeUninitializedCapacity: runCount) { buffer, written in
      for block in 0..<(rowCount + 1_023) >> 10 {
        let count = starts(ofBlock: block, into: rows.view)
        for index in 0..<count {
          unsafe buffer[written] = values[Int(rows.view[index])]
          written += 1
        }
      }
      precondition(written == runCount)
    }
  }

  /// Asks for the line that `run(ofRow:)` reads.
  package func prefetch(row: Int) { starts.prefetch(row: row) }
}
