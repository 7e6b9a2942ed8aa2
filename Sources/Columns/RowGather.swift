// The integer columns of a segment, arranged so that one row is decoded with few branches and its
// cache lines are asked for before they are needed.
//
// A row is read in steps, so that waiting for memory overlaps, also between rows: `prefetch` asks
// for the lines that the row number alone tells; `findPlaces` finds the row's place in columns of
// runs, of present values and of exceptions; `prefetchPlaces` asks for the lines there; `gather`
// decodes. Columns that have one value for all rows cost a copy of eight bytes.

import Bytes

/// The columns of one segment, arranged for reading rows.
///
/// It points into the columns that it was made from, which must stand still and outlive it.
@safe package final class RowGather: @unchecked Sendable {
  /// Marked rows that one or more columns share.
  @safe private struct Marks {
    var start: UnsafeRawPointer
    var rowCount: Int32
    var count: Int32
    var isListed: Bool
    var isPresence: Bool

    var marks: RowMarks {
      unsafe RowMarks(
        trusting: start, rowCount: Int(rowCount), count: Int(count), isListed: isListed)
    }
  }

  private struct List {
    var rows: ExceptionRows
  }

  private enum Kind: UInt8, CaseIterable {
    case transposed
    case plain
    case dictionary
    case line
    case flags
    case general
  }

  /// One column that varies.
  @safe private struct Column {
    var codes: UnsafeRawPointer
    /// The base, or of a dictionary the number of its entries.
    var base: Int64
    /// The slope of a line, or the offset of a dictionary's entries from the codes.
    var second: Int64
    var ordinaryMax: UInt64
    var width: UInt8
    var shift: UInt8
    var slot: UInt16
    var field: UInt16
  }

  /// Columns of one kind that stand side by side, all at the row or all at places of their own.
  private struct Group {
    var kind: Kind
    var isAtRow: Bool
    var lower: UInt16
    var upper: UInt16
  }

  private let marks: UnsafeMutablePointer<Marks>
  private let lists: UnsafeMutablePointer<List>
  private let ordered: UnsafeMutablePointer<Column>
  private let groups: UnsafeMutablePointer<Group>
  private let constants: UnsafeMutablePointer<Int64>
  private let columns: UnsafePointer<IntegerColumn>
  private let markCount: Int
  private let listCount: Int
  private let groupCount: Int
  private let constantCount: Int
  private let columnCount: Int

  /// How many places `findPlaces` writes.
  package var slotCount: Int { 1 &+ markCount &+ listCount }

  /// Arranges those of `count` columns that are wanted; `listed` are derived columns with
  /// exceptions.
  ///
  /// `slots` gets, for each column, the slot of its place; `listSlots`, for each of `listed`, that
  /// of its exception's index, which is -1 in rows that are none.
  package init(
    _ columns: UnsafePointer<IntegerColumn>, count: Int, isWanted: [Bool],
    listed: [DerivedColumn], slots: inout [Int], listSlots: inout [Int]
  ) {
    var marks: [Marks] = []
    var found: [(kind: Kind, column: Column)] = []
    var constants = [Int64](repeating: absentValue, count: count)
    slots = [Int](repeating: 0, count: count)
    for index in 0..<count where isWanted[index] {
      let column = unsafe columns[index]
      if let value = column.constantValue {
        constants[index] = value
        continue
      }
      if column.outer != .none {
        let made = unsafe Marks(
          start: column.marksAddress, rowCount: Int32(column.rowCount),
          count: Int32(column.flat.rowCount), isListed: column.marks.isListed,
          isPresence: column.encoding == .presence)
        let known = marks.firstIndex {
          unsafe $0.start == made.start && $0.isPresence == made.isPresence
        }
        if known == nil { marks.append(made) }
        slots[index] = 1 + (known ?? marks.count - 1)
      }
      found.append(Self.arranged(column.flat, slot: slots[index], field: index))
    }
    var groups: [Group] = []
    var ordered: [Column] = []
    for isAtRow in [true, false] {
      for kind in Kind.allCases {
        let lower = ordered.count
        ordered += found.filter { $0.kind == kind && ($0.column.slot == 0) == isAtRow }.map(
          \.column)
        guard ordered.count > lower else { continue }
        groups.append(
          Group(
            kind: kind, isAtRow: isAtRow, lower: UInt16(lower), upper: UInt16(ordered.count)))
      }
    }
    listSlots = listed.indices.map { 1 + marks.count + $0 }
    unsafe self.columns = unsafe columns
    unsafe self.marks = unsafe Self.copied(marks)
    unsafe self.lists = unsafe Self.copied(listed.map { List(rows: $0.listedRows) })
    unsafe self.ordered = unsafe Self.copied(ordered)
    unsafe self.groups = unsafe Self.copied(groups)
    unsafe self.constants = unsafe Self.copied(constants)
    (markCount, listCount, groupCount) = (marks.count, listed.count, groups.count)
    (constantCount, columnCount) = (count, ordered.count)
  }

  private static func copied<Element: BitwiseCopyable>(
    _ elements: [Element]
  ) -> UnsafeMutablePointer<Element> {
    let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(1, elements.count))
    for index in elements.indices { unsafe (memory + index).initialize(to: elements[index]) }
    return unsafe memory
  }

  deinit {
    unsafe marks.deallocate()
    unsafe lists.deallocate()
    unsafe ordered.deallocate()
    unsafe groups.deallocate()
    unsafe constants.deallocate()
  }

  private static func arranged(
    _ flat: FlatColumn, slot: Int, field: Int
  ) -> (kind: Kind, column: Column) {
    var column = unsafe Column(
      codes: flat.codes, base: flat.base, second: flat.slope, ordinaryMax: flat.ordinaryMax,
      width: flat.width, shift: flat.shift, slot: UInt16(slot), field: UInt16(field))
    let isPlain = flat.width >= 1 && flat.width <= 57 && !flat.has(.transposed)
    switch flat.encoding {
    case .frameOfReference where !flat.has(.blockBases):
      if flat.has(.transposed) { return (.transposed, column) }
      return (isPlain ? .plain : .general, column)
    case .dictionary where flat.has(.transposed):
      column.base = flat.slope
      column.second = Int64(flat.secondOffset) - 64
      return (.dictionary, column)
    case .delta where flat.width == 0 && !flat.has(.blockBases):
      return (.line, column)
    case .flags:
      (column.ordinaryMax, column.width) = (1, 1)
      return (.flags, column)
    default:
      return (.general, column)
    }
  }

  // MARK: Asking for lines

  /// Asks for the lines that a row's number tells.
  package func prefetch(row: Int) {
    for index in 0..<markCount { unsafe marks[index].marks.prefetch(row: row) }
    for index in 0..<groupCount {
      let group = unsafe groups[index]
      guard group.isAtRow else { break }
      unsafe ask(group) { _ in row }
    }
    for index in 0..<listCount { unsafe lists[index].rows.prefetch(row: row) }
  }

  /// Asks for the lines at the places that `findPlaces` has found.
  package func prefetchPlaces(_ places: UnsafePointer<Int32>) {
    for index in 0..<groupCount {
      let group = unsafe groups[index]
      if group.isAtRow { continue }
      unsafe ask(group) { unsafe max(0, Int(places[Int($0.pointee.slot)])) }
    }
  }

  /// Asks for the lines of a group's columns, at the places that `place` tells.
  @inline(__always)
  private func ask(_ group: Group, _ place: (UnsafePointer<Column>) -> Int) {
    let columns = Int(group.lower)..<Int(group.upper)
    switch group.kind {
    case .transposed, .dictionary:
      for index in columns {
        let column = unsafe UnsafePointer(ordered + index)
        let (width, place) = unsafe (Int(column.pointee.width), place(column))
        let bit = ((place >> 6) & 15) &* width
        let lane = unsafe LentBytes(
          column.pointee.codes + ((place >> 10) &* (width &* 128) &+ (place & 63) &* 2), count: 0)
        Bytes.prefetch(lane, at: (bit >> 4) &* 128)
        Bytes.prefetch(lane, at: ((bit &+ width &- 1) >> 4) &* 128)
      }
    case .plain, .flags:
      for index in columns {
        let column = unsafe UnsafePointer(ordered + index)
        let bit = unsafe place(column) &* Int(column.pointee.width)
        unsafe Bytes.prefetch(LentBytes(column.pointee.codes, count: 0), at: bit >> 3)
      }
    case .line: break
    case .general:
      for index in columns {
        let column = unsafe UnsafePointer(ordered + index)
        unsafe self.columns[Int(column.pointee.field)].flat.prefetch(row: place(column))
      }
    }
  }

  /// The addresses that reading the row at these places touches: of marks, of codes and of lists.
  package func addresses(_ places: UnsafePointer<Int32>) -> [UInt] {
    let row = unsafe Int(places[0])
    var found: [UInt] = []
    for index in 0..<markCount {
      let marks = unsafe marks[index].marks
      found.append(unsafe UInt(bitPattern: marks.start) + UInt(marks.isListed ? 0 : row / 240 * 32))
    }
    for index in 0..<groupCount {
      let group = unsafe groups[index]
      for position in Int(group.lower)..<Int(group.upper) {
        let column = unsafe ordered[position]
        let (width, place) = unsafe (Int(column.width), max(0, Int(places[Int(column.slot)])))
        let start = unsafe UInt(bitPattern: column.codes)
        switch group.kind {
        case .line: break
        case .transposed, .dictionary:
          let bit = ((place >> 6) & 15) * width
          let lane = (place >> 10) * width * 128 + (place & 63) * 2
          found.append(start + UInt(lane + (bit >> 4) * 128))
          found.append(start + UInt(lane + ((bit + width - 1) >> 4) * 128))
        case .plain, .flags, .general: found.append(start + UInt(place * width >> 3))
        }
      }
    }
    return found
  }

  // MARK: Reading

  /// Finds where a row's values lie; -1 where it has none.
  package func findPlaces(row: Int, into places: UnsafeMutablePointer<Int32>) {
    unsafe places[0] = Int32(truncatingIfNeeded: row)
    for index in 0..<markCount {
      let marks = unsafe marks[index].marks
      var place = marks.count(through: row) &- 1
      if unsafe self.marks[index].isPresence { place = marks.isMarked(row) ? place : -1 }
      unsafe places[1 &+ index] = Int32(truncatingIfNeeded: place)
    }
    for index in 0..<listCount {
      unsafe places[1 &+ markCount &+ index] = Int32(
        truncatingIfNeeded: lists[index].rows.index(of: row))
    }
  }

  /// The value of one column, whether it is wanted or not, at its place.
  package func value(ofColumn index: Int, place: Int32) -> Int64 {
    place < 0 ? absentValue : unsafe columns[index].flat.value(at: Int(place))
  }

  /// Decodes the row whose places were found; columns that are not wanted read as absent.
  package func gather(
    _ places: UnsafePointer<Int32>, into values: UnsafeMutablePointer<Int64>
  ) {
    unsafe values.update(from: constants, count: constantCount)
    for index in 0..<groupCount {
      let group = unsafe groups[index]
      let (lower, upper) = (Int(group.lower), Int(group.upper))
      switch group.kind {
      case .transposed: unsafe gatherTransposed(lower, upper, places, values)
      case .plain: unsafe gatherPlain(lower, upper, places, values)
      case .dictionary: unsafe gatherDictionaries(lower, upper, places, values)
      case .line, .flags, .general: unsafe gatherRest(group, places, values)
      }
    }
  }

  @inline(__always)
  private func gatherTransposed(
    _ lower: Int, _ upper: Int, _ places: UnsafePointer<Int32>,
    _ values: UnsafeMutablePointer<Int64>
  ) {
    for index in lower..<upper {
      let column = unsafe ordered + index
      let place = unsafe places[Int(column.pointee.slot)]
      let code = unsafe transposedCode(
        column.pointee.codes, width: Int(column.pointee.width), at: Int(max(0, place)))
      unsafe store(column, code, place, values)
    }
  }

  @inline(__always)
  private func gatherPlain(
    _ lower: Int, _ upper: Int, _ places: UnsafePointer<Int32>,
    _ values: UnsafeMutablePointer<Int64>
  ) {
    for index in lower..<upper {
      let column = unsafe ordered + index
      let place = unsafe places[Int(column.pointee.slot)]
      let bit = unsafe Int(max(0, place)) &* Int(column.pointee.width)
      let word = unsafe column.pointee.codes.loadUnaligned(
        fromByteOffset: bit >> 3, as: UInt64.self)
      let code =
        unsafe (word &>> UInt64(truncatingIfNeeded: bit & 7))
        & (UInt64.max &>> UInt64(64 &- column.pointee.width))
      unsafe store(column, code, place, values)
    }
  }

  /// Stores what a code of a frame of reference means.
  @inline(__always)
  private func store(
    _ column: UnsafePointer<Column>, _ code: UInt64, _ place: Int32,
    _ values: UnsafeMutablePointer<Int64>
  ) {
    let field = unsafe Int(column.pointee.field)
    if unsafe code > column.pointee.ordinaryMax {
      unsafe values[field] = value(ofColumn: field, place: place)
      return
    }
    let value =
      unsafe column.pointee.base
      &+ Int64(bitPattern: code &<< UInt64(column.pointee.shift))
    unsafe values[field] = place < 0 ? absentValue : value
  }

  @inline(__always)
  private func gatherDictionaries(
    _ lower: Int, _ upper: Int, _ places: UnsafePointer<Int32>,
    _ values: UnsafeMutablePointer<Int64>
  ) {
    for index in lower..<upper {
      let column = unsafe ordered + index
      let place = unsafe places[Int(column.pointee.slot)]
      let field = unsafe Int(column.pointee.field)
      let code = unsafe transposedCode(
        column.pointee.codes, width: Int(column.pointee.width), at: Int(max(0, place)))
      let entryCount = unsafe UInt64(column.pointee.base)
      guard unsafe code <= column.pointee.ordinaryMax, code < entryCount else {
        unsafe values[field] = value(ofColumn: field, place: place)
        continue
      }
      let entry = unsafe column.pointee.codes.loadUnaligned(
        fromByteOffset: Int(column.pointee.second) &+ Int(truncatingIfNeeded: code) &* 8,
        as: Int64.self)
      unsafe values[field] = place < 0 ? absentValue : entry
    }
  }

  @inline(__always)
  private func gatherRest(
    _ group: Group, _ places: UnsafePointer<Int32>, _ values: UnsafeMutablePointer<Int64>
  ) {
    for index in Int(group.lower)..<Int(group.upper) {
      let column = unsafe ordered + index
      let place = unsafe places[Int(column.pointee.slot)]
      let field = unsafe Int(column.pointee.field)
      if group.kind == .general || place < 0 {
        unsafe values[field] = value(ofColumn: field, place: place)
      } else if group.kind == .line {
        unsafe values[field] = column.pointee.base &+ column.pointee.second &* Int64(place)
      } else {
        let byte = unsafe column.pointee.codes.load(
          fromByteOffset: Int(place) >> 3, as: UInt8.self)
        unsafe values[field] =
          column.pointee.base &+ Int64((byte &>> UInt8(truncatingIfNeeded: place & 7)) & 1)
      }
    }
  }
}

extension IntegerColumn {
  /// The one value that all rows have, if that needs no look at any row.
  package var constantValue: Int64? {
    guard outer == .none, flat.exceptionCount == 0 else { return nil }
    return flat.encoding == .constant ? flat.base : nil
  }
}
