// The integer columns of a segment, arranged so that one row is decoded with few branches and its
// cache lines are asked for before they are needed.
//
// A row is read in steps, so that waiting for memory overlaps, also between rows: `prefetch` asks
// for the lines that the row number alone tells, `prefetchLists` for those that these tell;
// `findPlaces` finds the row's place in columns of runs, of present values and of exceptions;
// `prefetchPlaces` asks for the lines there; `gather` decodes. Columns that have one value for all
// rows cost a store.
//
// What the steps need lies in one piece of memory, as `RowKernels.h` says.

import Bytes
import CKernels

/// The columns of one segment, arranged for reading rows.
///
/// It points into the columns that it was made from, which must stand still and outlive it, and
/// into the memory that it was written to.
@safe package struct RowGather: @unchecked Sendable {
  private let kernelPlan: UnsafePointer<hearth_row_plan>
  private let columns: UnsafePointer<IntegerColumn>

  fileprivate init(_ memory: UnsafeRawPointer, _ columns: UnsafePointer<IntegerColumn>) {
    unsafe kernelPlan = unsafe memory.assumingMemoryBound(to: hearth_row_plan.self)
    unsafe self.columns = unsafe columns
  }

  // MARK: Asking for lines

  /// Asks for the lines of what was written, of `byteCount` bytes.
  @inline(__always)
  package func prefetchDescription(byteCount: Int) {
    let bytes = unsafe LentBytes(UnsafeRawPointer(kernelPlan), count: 0)
    var offset = 0
    while offset < byteCount {
      Bytes.prefetch(bytes, at: offset)
      offset &+= 64
    }
  }

  /// Asks for the lines that a row's number tells.
  @inline(__always)
  package func prefetch(row: Int) {
    unsafe hearth_row_ask(kernelPlan, UInt32(truncatingIfNeeded: row))
  }

  /// Asks for the lines of lists, once those that `prefetch` asked for have come.
  @inline(__always)
  package func prefetchLists(row: Int) {
    unsafe hearth_row_ask_lists(kernelPlan, UInt32(truncatingIfNeeded: row))
  }

  /// Asks for the lines at the places that `findPlaces` has found.
  @inline(__always)
  package func prefetchPlaces(_ places: UnsafePointer<Int32>) {
    unsafe hearth_row_ask_places(kernelPlan, places)
  }

  /// The addresses that reading the row at these places touches: of marks and of codes.
  package func addresses(_ places: UnsafePointer<Int32>) -> [UInt] {
    let row = unsafe Int(places[0])
    var found: [UInt] = []
    let (markCount, listCount, lineCount, columnCount) = unsafe (
      Int(kernelPlan.pointee.mark_count), Int(kernelPlan.pointee.list_count),
      Int(kernelPlan.pointee.line_count), Int(kernelPlan.pointee.column_count)
    )
    let marks = unsafe UnsafeRawPointer(kernelPlan + 1).assumingMemoryBound(to: hearth_marks.self)
    for index in 0..<markCount {
      let isListed = unsafe marks[index].is_listed != 0
      found.append(
        unsafe UInt(bitPattern: marks[index].start) + UInt(isListed ? 0 : row / 240 * 32))
    }
    let lists = unsafe UnsafeRawPointer(marks + markCount).assumingMemoryBound(
      to: hearth_list.self)
    let lines = unsafe UnsafeRawPointer(lists + listCount).assumingMemoryBound(
      to: hearth_line.self)
    let sparse = unsafe UnsafeRawPointer(lines + lineCount).assumingMemoryBound(
      to: hearth_sparse.self)
    let ordered = unsafe UnsafeRawPointer(sparse + Int(kernelPlan.pointee.sparse_count))
      .assumingMemoryBound(to: hearth_column.self)
    for position in 0..<lineCount where unsafe lines[position].width > 0 {
      let (width, place) = unsafe (lines[position].width, places[Int(lines[position].slot)])
      found.append(
        unsafe UInt(bitPattern: lines[position].codes) + UInt(max(0, place)) * UInt(width) >> 3)
    }
    for position in 0..<columnCount {
      let column = unsafe ordered[position]
      let flat = unsafe columns[Int(column.field)].flat
      let start = unsafe UInt(bitPattern: flat.codes)
      if flat.isInRowCodes {
        found.append(start + UInt((row * Int(flat.stride) + Int(flat.firstBit)) >> 3))
        continue
      }
      let (width, place) = unsafe (Int(column.width), max(0, Int(places[Int(column.slot)])))
      if flat.has(.transposed) {
        let bit = ((place >> 6) & 15) * width
        let lane = (place >> 10) * width * 128 + (place & 63) * 2
        found.append(start + UInt(lane + (bit >> 4) * 128))
        found.append(start + UInt(lane + ((bit + width - 1) >> 4) * 128))
      } else if width > 0 {
        found.append(start + UInt(place * width >> 3))
      }
    }
    return found
  }

  // MARK: Reading

  /// Finds where a row's values lie; -1 where it has none.
  @inline(__always)
  package func findPlaces(row: Int, into places: UnsafeMutablePointer<Int32>) {
    unsafe hearth_row_find(kernelPlan, UInt32(truncatingIfNeeded: row), places)
  }

  /// The value of one column, whether it is wanted or not, at its place.
  package func value(ofColumn index: Int, place: Int32) -> Int64 {
    place < 0 ? absentValue : unsafe columns[index].flat.value(at: Int(place))
  }

  /// What the column says that was named as the link, which is the one at this slot.
  @inline(__always)
  package func link(_ places: UnsafePointer<Int32>, column: Int, slot: Int) -> Int64 {
    var value: Int64 = 0
    if unsafe hearth_row_link(kernelPlan, places, &value) != 0 { return value }
    return unsafe self.value(ofColumn: column, place: places[slot])
  }

  /// Decodes the row whose places were found; columns that are not wanted read as absent.
  ///
  /// `restRoom` has room for as many numbers as there are columns.
  @inline(__always)
  package func gather(
    _ places: UnsafePointer<Int32>, into values: UnsafeMutablePointer<Int64>,
    restRoom: UnsafeMutablePointer<UInt32>
  ) {
    let rest = unsafe UnsafeMutableRawPointer(restRoom).assumingMemoryBound(to: hearth_rest.self)
    let count = unsafe hearth_row_gather(kernelPlan, places, values, rest)
    for index in 0..<Int(count) {
      let (field, slot) = unsafe (Int(rest[index].field), Int(rest[index].slot))
      unsafe values[field] = value(ofColumn: field, place: places[slot])
    }
  }
}

/// The columns of one segment while they are arranged for reading rows.
@safe package struct RowGatherDraft: ~Copyable {
  private enum Kind: Int, CaseIterable {
    case row
    case rowDictionary
    case transposed
    case plain
    case dictionary
    case flags
    case general
  }

  private typealias Arranged = (kind: Kind, isPlaced: Bool, column: hearth_column)

  private let columns: UnsafePointer<IntegerColumn>
  private var plan = unsafe hearth_row_plan()
  private var marks: [hearth_marks] = unsafe []
  private let lists: [hearth_list]
  private var lines: [hearth_line] = unsafe []
  private var sparse: [hearth_sparse] = unsafe []
  private var ordered: [hearth_column] = unsafe []
  private var constants: [hearth_constant] = []
  /// For each column, the slot of its place.
  package private(set) var slots: [Int]
  /// For each of the listed columns, the slot of its exception's index, which is -1 in rows that
  /// are none.
  package var listSlots: [Int] { listIndexes.map { unsafe 1 + marks.count + $0 } }
  private let listIndexes: Range<Int>

  /// Arranges those of `count` columns that are wanted; `link` is the one that links a row to its
  /// parent, and `listed` are derived columns with exceptions.
  package init(
    _ columns: UnsafePointer<IntegerColumn>, count: Int, isWanted: [Bool], link: Int,
    listed: [DerivedColumn]
  ) {
    unsafe self.columns = unsafe columns
    listIndexes = listed.indices
    unsafe lists = unsafe listed.map { unsafe $0.listedRows.kernelList }
    slots = [Int](repeating: 0, count: count)
    var found: [Arranged] = unsafe []
    var linkLine: Int?
    for index in 0..<count where isWanted[index] {
      let column = unsafe columns[index]
      if let value = column.constantValue {
        if value != absentValue {
          constants.append(hearth_constant(value: value, field: Int64(index)))
        }
        continue
      }
      if column.outer != .none {
        let made = unsafe column.marks.kernelMarks(isPresence: column.encoding == .presence)
        let known = unsafe marks.firstIndex {
          unsafe $0.start == made.start && $0.is_presence == made.is_presence
        }
        if known == nil { unsafe marks.append(made) }
        slots[index] = unsafe 1 + (known ?? marks.count - 1)
      }
      if column.flat.encoding == .delta, column.flat.width <= 57 {
        if index == link { linkLine = unsafe lines.count }
        unsafe lines.append(Self.line(column.flat, slot: slots[index], field: index))
      } else if column.flat.encoding == .constant, column.flat.exceptionCount > 0 {
        unsafe sparse.append(
          hearth_sparse(
            others: column.flat.exceptionRows.kernelList, value: column.flat.base,
            slot: UInt16(slots[index]), field: UInt16(index)))
      } else {
        let made = unsafe Self.arranged(column.flat, slot: slots[index], field: index)
        if column.flat.isInRowCodes {
          unsafe plan.row_codes = unsafe column.flat.codes.assumingMemoryBound(to: UInt8.self)
          unsafe plan.row_stride = column.flat.stride
        }
        unsafe found.append(made)
      }
    }
    unsafe arrange(found)
    unsafe plan.sparse_count = UInt16(sparse.count)
    unsafe plan.link_line = UInt16(linkLine ?? lines.count)
    unsafe plan.mark_count = UInt16(marks.count)
    unsafe plan.list_count = UInt16(lists.count)
    unsafe plan.line_count = UInt16(lines.count)
    unsafe plan.column_count = UInt16(ordered.count)
    unsafe plan.constant_count = UInt16(constants.count)
    unsafe plan.value_count = UInt16(count)
  }

  /// Puts columns of one kind side by side, first those that are read at the row.
  private mutating func arrange(_ found: [Arranged]) {
    var counts: [UInt16] = []
    for isPlaced in [false, true] {
      for kind in Kind.allCases {
        let part = unsafe found.filter {
          unsafe $0.kind == kind && $0.isPlaced == isPlaced
        }
        unsafe ordered += unsafe part.map { unsafe $0.column }
        counts.append(UInt16(unsafe part.count))
      }
    }
    unsafe withUnsafeMutableBytes(of: &plan.counts) { bytes in
      unsafe bytes.copyBytes(from: counts.withUnsafeBytes { unsafe Array($0) })
    }
  }

  /// The bytes that `write` writes.
  package var byteCount: Int {
    unsafe MemoryLayout<hearth_row_plan>.stride + MemoryLayout<hearth_marks>.stride * marks.count
      + MemoryLayout<hearth_list>.stride * lists.count
      + MemoryLayout<hearth_line>.stride * lines.count
      + MemoryLayout<hearth_sparse>.stride * sparse.count
      + MemoryLayout<hearth_column>.stride * ordered.count
      + MemoryLayout<hearth_constant>.stride * constants.count
  }

  /// Writes what reading rows needs to memory, which must be aligned to 8 bytes and outlive what is
  /// returned.
  package func write(to memory: UnsafeMutableRawPointer) -> RowGather {
    unsafe memory.storeBytes(of: plan, as: hearth_row_plan.self)
    var end = unsafe MemoryLayout<hearth_row_plan>.stride
    unsafe Self.copy(marks, to: memory, at: &end)
    unsafe Self.copy(lists, to: memory, at: &end)
    unsafe Self.copy(lines, to: memory, at: &end)
    unsafe Self.copy(sparse, to: memory, at: &end)
    unsafe Self.copy(ordered, to: memory, at: &end)
    unsafe Self.copy(constants, to: memory, at: &end)
    assert(end == byteCount)
    return unsafe RowGather(memory, columns)
  }

  private static func copy<Element: BitwiseCopyable>(
    _ elements: [Element], to memory: UnsafeMutableRawPointer, at end: inout Int
  ) {
    unsafe elements.withUnsafeBytes { bytes in
      guard bytes.count > 0, let start = bytes.baseAddress else { return }
      unsafe (memory + end).copyMemory(from: start, byteCount: bytes.count)
      end += bytes.count
    }
  }

  private static func line(_ flat: FlatColumn, slot: Int, field: Int) -> hearth_line {
    unsafe hearth_line(
      codes: flat.codes.assumingMemoryBound(to: UInt8.self), base: flat.base, slope: flat.slope,
      bases: flat.has(.blockBases) ? flat.secondOffset - 64 : 0, width: flat.width,
      special_count: flat.specialCount, slot: UInt16(slot), field: UInt16(field))
  }

  private static func arranged(_ flat: FlatColumn, slot: Int, field: Int) -> Arranged {
    var column = unsafe hearth_column(
      codes: flat.codes.assumingMemoryBound(to: UInt8.self), base: flat.base, width: flat.width,
      shift: flat.shift, special_count: flat.specialCount, unused: 0, slot: UInt16(slot),
      field: UInt16(field))
    let isPlaced = slot != 0
    let isPlain = flat.width >= 1 && flat.width <= 57 && !flat.has(.transposed)
    if flat.isInRowCodes {
      // Only columns without marks lie so, which are read at the row.
      precondition(!isPlaced)
      unsafe column.slot = flat.firstBit
      guard flat.encoding == .dictionary else { return unsafe (.row, false, column) }
      unsafe column.codes = unsafe (flat.start + Int(flat.secondOffset))
        .assumingMemoryBound(to: UInt8.self)
      unsafe column.base = flat.slope
      return unsafe (.rowDictionary, false, column)
    }
    switch flat.encoding {
    case .frameOfReference where !flat.has(.blockBases):
      if flat.has(.transposed) { return unsafe (.transposed, isPlaced, column) }
      return unsafe (isPlain ? .plain : .general, isPlaced, column)
    case .dictionary where flat.has(.transposed):
      unsafe column.base = flat.slope | (Int64(flat.secondOffset) - 64) << 32
      return unsafe (.dictionary, isPlaced, column)
    case .flags:
      unsafe (column.width, column.special_count) = (1, 0)
      return unsafe (.flags, isPlaced, column)
    default:
      return unsafe (.general, isPlaced, column)
    }
  }
}

extension RowMarks {
  fileprivate func kernelMarks(isPresence: Bool) -> hearth_marks {
    unsafe hearth_marks(
      start: start.assumingMemoryBound(to: UInt8.self), count: UInt32(count),
      block_count: UInt16((rowCount + 1_023) >> 10), is_listed: isListed ? 1 : 0,
      is_presence: isPresence ? 1 : 0)
  }
}

extension IntegerColumn {
  /// The one value that all rows have, if that needs no look at any row.
  package var constantValue: Int64? {
    guard outer == .none, flat.exceptionCount == 0 else { return nil }
    return flat.encoding == .constant ? flat.base : nil
  }
}
