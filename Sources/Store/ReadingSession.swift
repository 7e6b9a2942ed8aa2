// What a reader of one table remembers while it reads one commit: programs and words, found once.

import Bytes
import Segments

/// Programs of one table's segments by number, and the words of all dictionaries.
///
/// Kept with the layout that it is of, so that neither moves; used by one thread.
@safe final class ReadingSession {
  let layout: Layout
  private let wordLists: StandingArray<WordListView>
  let words: StandingView<WordListView>
  let segmentCount: Int
  let hasRemovedRows: Bool
  private let table: Int
  private let purpose: RowProgram.Purpose
  /// By segment, a cache line each; only those are initialised that `isOpen` marks.
  private let programs: UnsafeMutablePointer<RowProgram>
  private let isOpen: UnsafeMutablePointer<Bool>

  /// Without `checksPresence`, rows that were removed are read too: children still take from them.
  init(_ layout: Layout, table: Int, purpose: RowProgram.Purpose, checksPresence: Bool) {
    self.layout = layout
    self.table = table
    self.purpose = purpose
    wordLists = StandingArray(layout.words.lists.map { WordListView($0) })
    words = wordLists.view
    segmentCount = layout.catalog.tables[table].segmentCount
    hasRemovedRows = checksPresence && !layout.catalog.tables[table].emptied.isEmpty
    let count = max(1, segmentCount)
    unsafe programs = UnsafeMutableRawPointer.allocate(
      byteCount: count * MemoryLayout<RowProgram>.stride, alignment: 64
    ).bindMemory(to: RowProgram.self, capacity: count)
    unsafe isOpen = .allocate(capacity: count)
    unsafe isOpen.initialize(repeating: false, count: count)
  }

  deinit {
    unsafe UnsafeMutableRawPointer(programs).deallocate()
    unsafe isOpen.deallocate()
  }

  /// The program of the segment that holds a row, or nil where the row's place holds none.
  ///
  /// Valid while this session is, which keeps the layout that keeps what is read.
  @inline(__always)
  func program(
    of row: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> UnsafePointer<RowProgram>? {
    guard let known = unsafe try programOfSegment(of: row, in: snapshot),
      unsafe row & 0xFFFF < known.pointee.rowCount
    else { return nil }
    if hasRemovedRows, !(try snapshot.isPresent(row: row, table: table)) { return nil }
    return unsafe known
  }

  /// The program of the segment that would hold a row; nil where the table has none.
  @inline(__always)
  func programOfSegment(
    of row: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> UnsafePointer<RowProgram>? {
    let number = row >> 16
    guard number >= 0, number < segmentCount else { return nil }
    if unsafe !isOpen[number] { try open(number, in: snapshot) }
    return unsafe UnsafePointer(programs + number)
  }

  @inline(never)
  private func open(_ number: Int, in snapshot: borrowing Snapshot) throws(StoreError) {
    let view = try snapshot.segment(number, table: table)
    do throws(Corruption) {
      unsafe (programs + number).initialize(to: try view.rowProgram(for: purpose))
      unsafe isOpen[number] = true
    } catch { throw StoreError(error) }
  }
}

extension Unmanaged {
  /// Lends the object without counting references; its owner must keep it meanwhile.
  @inline(__always)
  func lend<Result, Failure: Error>(
    _ body: (Instance) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let result: Swift.Result<Result, Failure> = unsafe _withUnsafeGuaranteedRef { instance in
      do throws(Failure) {
        return .success(try body(instance))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}
