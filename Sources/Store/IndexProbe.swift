// Asks one index for the rows that may have a key.

import Bytes

/// Finds candidates in the runs of one index, inside one snapshot at a time; used by one thread.
@safe package final class IndexProbe {
  /// What changes; not in properties of the class, each use of which is checked for exclusive
  /// access.
  @safe private struct State {
    var layout: Unmanaged<Layout>?
    /// The layout's runs, which it keeps.
    var runs: UnsafeMutablePointer<Unmanaged<IndexRunView>>
    var runCount = 0
    var rows: UnsafeMutablePointer<UInt32>
    var capacity: Int
  }

  private let table: Int
  private let index: Int
  private let state: UnsafeMutablePointer<State>

  package init(table: Int, index: Int) {
    self.table = table
    self.index = index
    unsafe state = .allocate(capacity: 1)
    unsafe state.initialize(
      to: State(
        layout: nil, runs: .allocate(capacity: 1), rows: .allocate(capacity: 256), capacity: 256))
  }

  deinit {
    unsafe state.pointee.layout?.release()
    unsafe state.pointee.runs.deallocate()
    unsafe state.pointee.rows.deallocate()
    unsafe state.deallocate()
  }

  /// The row of a candidate that `find` found.
  @inline(__always)
  package subscript(position: Int) -> Int {
    assert(unsafe position >= 0 && position < state.pointee.capacity)
    return unsafe Int(state.pointee.rows[position])
  }

  /// Finds the rows that may have a key with this hash, and returns how many there are; `isAsked`
  /// for those who have asked for its bucket.
  package func find(
    _ hash: UInt64, isAsked: Bool = false, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Int {
    enter(snapshot)
    let runCount = unsafe state.pointee.runCount
    if runCount > 2, !isAsked {
      // Several runs wait for memory together.
      try askForStart(hash, in: snapshot)
      try askForBucket(hash, in: snapshot)
    }
    var found = 0
    for run in 0..<runCount {
      guard let partition = try partition(run, hash, in: snapshot) else { continue }
      while true {
        let (rows, capacity) = unsafe (state.pointee.rows, state.pointee.capacity)
        let count = unsafe partition.candidates(
          hash: hash, into: ScratchView(rows + found, count: capacity &- found))
        if found &+ count <= capacity {
          found &+= count
          break
        }
        grow(to: found + count)
      }
    }
    return snapshot.hasFreshRows ? try addFresh(hash, to: found, in: snapshot) : found
  }

  /// Adds the fresh rows that have the key, each once.
  private func addFresh(
    _ hash: UInt64, to runCount: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Int {
    var found = runCount
    try snapshot.forEachFreshRow(withKey: hash, index: index, table: table) { row in
      for position in 0..<runCount where self[position] == row { return }
      let capacity = unsafe state.pointee.capacity
      if found == capacity { grow(to: 2 * capacity) }
      unsafe state.pointee.rows[found] = UInt32(truncatingIfNeeded: row)
      found += 1
    }
    return found
  }

  @inline(__always)
  private func partition(
    _ run: Int, _ hash: UInt64, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> IndexRunPartition? {
    unsafe try state.pointee.runs[run].lend { (run) throws(StoreError) in
      try run.partition(of: hash, snapshot.reader, snapshot.registry.keyspaces)
    }
  }

  /// Asks for the line that says where the bucket of a hash is.
  package func askForStart(_ hash: UInt64, in snapshot: borrowing Snapshot) throws(StoreError) {
    enter(snapshot)
    for run in 0..<(unsafe state.pointee.runCount) {
      try partition(run, hash, in: snapshot)?.prefetchStart(hash: hash)
    }
  }

  /// Asks for the bucket of a hash, once its start has come.
  package func askForBucket(_ hash: UInt64, in snapshot: borrowing Snapshot) throws(StoreError) {
    enter(snapshot)
    for run in 0..<(unsafe state.pointee.runCount) {
      try partition(run, hash, in: snapshot)?.prefetchBucket(hash: hash)
    }
  }

  /// Takes the runs of a snapshot's layout, which is kept: its address names no other meanwhile.
  @inline(__always)
  private func enter(_ snapshot: borrowing Snapshot) {
    let address = unsafe Unmanaged.passUnretained(snapshot.layout).toOpaque()
    if unsafe state.pointee.layout?.toOpaque() == address { return }
    begin(snapshot)
  }

  @inline(never)
  private func begin(_ snapshot: borrowing Snapshot) {
    let runs = snapshot.layout.tables[table].indexes[index]
    unsafe state.pointee.layout?.release()
    unsafe state.pointee.layout = unsafe Unmanaged.passRetained(snapshot.layout)
    unsafe state.pointee.runs.deallocate()
    unsafe state.pointee.runs = .allocate(capacity: max(1, runs.count))
    for (position, run) in runs.enumerated() {
      unsafe (state.pointee.runs + position).initialize(to: Unmanaged.passUnretained(run))
    }
    unsafe state.pointee.runCount = runs.count
  }

  @inline(never)
  private func grow(to capacity: Int) {
    let larger = UnsafeMutablePointer<UInt32>.allocate(capacity: capacity)
    unsafe larger.update(from: state.pointee.rows, count: state.pointee.capacity)
    unsafe state.pointee.rows.deallocate()
    unsafe state.pointee.rows = unsafe larger
    unsafe state.pointee.capacity = capacity
  }
}
