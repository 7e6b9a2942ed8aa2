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
  private let programs: UnsafeMutablePointer<Unmanaged<RowProgram>?>

  /// Without `checksPresence`, rows that were removed are read too: children still take from them.
  init(_ layout: Layout, table: Int, purpose: RowProgram.Purpose, checksPresence: Bool) {
    self.layout = layout
    self.table = table
    self.purpose = purpose
    wordLists = StandingArray(layout.words.lists.map { WordListView($0) })
    words = wordLists.view
    segmentCount = layout.catalog.tables[table].segmentCount
    hasRemovedRows = checksPresence && !layout.catalog.tables[table].emptied.isEmpty
    unsafe programs = .allocate(capacity: max(1, segmentCount))
    unsafe programs.initialize(repeating: nil, count: segmentCount)
  }

  deinit { unsafe programs.deallocate() }

  /// The program of the segment that holds a row, or nil where the row's place holds none.
  ///
  /// The layout keeps the program; it is lent without counting references.
  @inline(__always)
  func program(
    of row: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Unmanaged<RowProgram>? {
    let number = row >> 16
    guard number >= 0, number < segmentCount else { return nil }
    let known: Unmanaged<RowProgram>
    if let found = unsafe programs[number] {
      unsafe known = unsafe found
    } else {
      unsafe known = unsafe try open(number, in: snapshot)
    }
    guard unsafe known._withUnsafeGuaranteedRef({ row & 0xFFFF < $0.rowCount }) else { return nil }
    if hasRemovedRows, !(try snapshot.isPresent(row: row, table: table)) { return nil }
    return unsafe known
  }

  @inline(never)
  private func open(
    _ number: Int, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Unmanaged<RowProgram> {
    let view = try snapshot.segment(number, table: table)
    do throws(Corruption) {
      let program = try view.rowProgram(for: purpose)
      unsafe programs[number] = unsafe Unmanaged.passUnretained(program)
      return unsafe Unmanaged.passUnretained(program)
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
