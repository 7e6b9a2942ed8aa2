// The integer columns of a segment, arranged so that one row is decoded with few branches and its
// cache lines are asked for before they are needed.
//
// A row is read in steps, so that waiting for memory overlaps, also between rows: `prefetch` asks
// for the lines that the row number alone tells; `findPlaces` finds the row's place in columns of
// runs, of present values and of exceptions; `prefetchPlaces` asks for the lines there; `gather`
// decodes. Columns that have one value for all rows cost a store.
//
// What the steps need lies in one piece of memory, as `RowKernels.h` says.

import Bytes
import CKernels

/// The columns of one segment, arranged for reading rows.
///
/// It points into the columns that it was made from, which must stand still and outlive it.
@safe package struct RowGather: ~Copyable, @unchecked Sendable {
  private enum Kind: Int, CaseIterable {
    case transposed
    case plain
    case dictionary
    case line
    case flags
    case general
  }

  private typealias Arranged = (kind: Kind, column: hearth_column)

  private let memory: UnsafeMutableRawPointer
  private let kernelPlan: UnsafePointer<hearth_row_plan>
  private let columns: UnsafePointer<IntegerColumn>
  private let ordered: UnsafePointer<hearth_column>
  /// Columns that `gather` leaves to be read one by one, of one row.
  private let columnCount: Int
  /// How many places `findPlaces` writes.
  package let slotCount: Int

  /// Arranges those of `count` columns that are wanted; `listed` are derived columns with
  /// exceptions.
  ///
  /// `slots` gets, for each column, the slot of its place; `listSlots`, for each of `listed`, that
  /// of its exception's index, which is -1 in rows that are none.
  package init(
    _ columns: UnsafePointer<IntegerColumn>, count: Int, isWanted: [Bool],
    listed: [DerivedColumn], slots: inout [Int], listSlots: inout [Int]
  ) {
    var marks: [hearth_marks] = unsafe []
    var found: [Arranged] = unsafe []
    var constants: [hearth_constant] = []
    slots = [Int](repeating: 0, count: count)
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
      unsafe found.append(Self.arranged(column.flat, slot: slots[index], field: index))
    }
    let markCount = unsafe marks.count
    listSlots = listed.indices.map { 1 + markCount + $0 }
    var plan = hearth_row_plan()
    var ordered: [hearth_column] = unsafe []
    unsafe withUnsafeMutableBytes(of: &plan.counts) { counts in
      let counts = unsafe counts.bindMemory(to: UInt16.self)
      for isPlaced in [false, true] {
        for kind in Kind.allCases {
          let part = unsafe found.filter {
            unsafe $0.kind == kind && ($0.column.slot != 0) == isPlaced
          }
          unsafe ordered += unsafe part.map { unsafe $0.column }
          unsafe counts[(isPlaced ? Kind.allCases.count : 0) + kind.rawValue] = UInt16(part.count)
        }
      }
    }
    plan.mark_count = UInt16(markCount)
    plan.list_count = UInt16(listed.count)
    let orderedCount = unsafe ordered.count
    plan.column_count = UInt16(orderedCount)
    plan.constant_count = UInt16(constants.count)
    plan.value_count = UInt16(count)

    let lists = unsafe listed.map { unsafe $0.listedRows.kernelList }
    let marksOffset = MemoryLayout<hearth_row_plan>.stride
    let listsOffset = unsafe marksOffset + MemoryLayout<hearth_marks>.stride * markCount
    let columnsOffset = unsafe listsOffset + MemoryLayout<hearth_list>.stride * listed.count
    let constantsOffset = unsafe columnsOffset + MemoryLayout<hearth_column>.stride * orderedCount
    unsafe memory = .allocate(
      byteCount: constantsOffset + MemoryLayout<hearth_constant>.stride * constants.count,
      alignment: 64)
    unsafe memory.storeBytes(of: plan, as: hearth_row_plan.self)
    unsafe Self.copy(marks, to: memory + marksOffset)
    unsafe Self.copy(lists, to: memory + listsOffset)
    unsafe Self.copy(ordered, to: memory + columnsOffset)
    unsafe Self.copy(constants, to: memory + constantsOffset)
    unsafe kernelPlan = unsafe UnsafePointer(memory.assumingMemoryBound(to: hearth_row_plan.self))
    unsafe self.ordered = unsafe UnsafePointer(
      (memory + columnsOffset).assumingMemoryBound(to: hearth_column.self))
    unsafe self.columns = unsafe columns
    columnCount = orderedCount
    slotCount = 1 + markCount + listed.count
  }

  private static func copy<Element: BitwiseCopyable>(
    _ elements: [Element], to memory: UnsafeMutableRawPointer
  ) {
    unsafe elements.withUnsafeBytes { bytes in
      guard bytes.count > 0, let start = bytes.baseAddress else { return }
      unsafe memory.copyMemory(from: start, byteCount: bytes.count)
    }
  }

  deinit { unsafe memory.deallocate() }

  private static func arranged(_ flat: FlatColumn, slot: Int, field: Int) -> Arranged {
    var column = unsafe hearth_column(
      codes: flat.codes.assumingMemoryBound(to: UInt8.self), base: flat.base, second: flat.slope,
      width: flat.width, shift: flat.shift, special_count: flat.specialCount, unused: 0,
      slot: UInt16(slot), field: UInt16(field))
    let isPlain = flat.width >= 1 && flat.width <= 57 && !flat.has(.transposed)
    switch flat.encoding {
    case .frameOfReference where !flat.has(.blockBases):
      if flat.has(.transposed) { return unsafe (.transposed, column) }
      return unsafe (isPlain ? .plain : .general, column)
    case .dictionary where flat.has(.transposed):
      unsafe column.base = flat.slope
      unsafe column.second = Int64(flat.secondOffset) - 64
      return unsafe (.dictionary, column)
    case .delta where flat.width == 0 && !flat.has(.blockBases):
      return unsafe (.line, column)
    case .flags:
      unsafe (column.width, column.special_count) = (1, 0)
      return unsafe (.flags, column)
    default:
      return unsafe (.general, column)
    }
  }

  // MARK: Asking for lines

  /// Asks for the lines that a row's number tells.
  @inline(__always)
  package func prefetch(row: Int) {
    unsafe hearth_row_ask(kernelPlan, UInt32(truncatingIfNeeded: row))
  }

  /// Asks for the lines at the places that `findPlaces` has found.
  @inline(__always)
  package func prefetchPlaces(_ places: UnsafePointer<Int32>) {
    unsafe hearth_row_ask_places(kernelPlan, places)
  }

  /// The addresses that reading the row at these places touches: of marks, of codes and of lists.
  package func addresses(_ places: UnsafePointer<Int32>) -> [UInt] {
    let row = unsafe Int(places[0])
    var found: [UInt] = []
    let marks = unsafe UnsafeRawPointer(kernelPlan + 1).assumingMemoryBound(to: hearth_marks.self)
    for index in 0..<Int(unsafe kernelPlan.pointee.mark_count) {
      let isListed = unsafe marks[index].is_listed != 0
      found.append(
        unsafe UInt(bitPattern: marks[index].start) + UInt(isListed ? 0 : row / 240 * 32))
    }
    for position in 0..<columnCount {
      let column = unsafe ordered[position]
      let (width, place) = unsafe (Int(column.width), max(0, Int(places[Int(column.slot)])))
      let start = unsafe UInt(bitPattern: column.codes)
      let flat = unsafe columns[Int(column.field)].flat
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

  /// Decodes the row whose places were found; columns that are not wanted read as absent.
  ///
  /// `rest` has room for as many numbers as there are columns.
  @inline(__always)
  package func gather(
    _ places: UnsafePointer<Int32>, into values: UnsafeMutablePointer<Int64>,
    rest: UnsafeMutablePointer<UInt16>
  ) {
    let count = unsafe hearth_row_gather(kernelPlan, places, values, rest)
    if count > 0 { unsafe readRest(Int(count), rest, places, values) }
  }

  private func readRest(
    _ count: Int, _ rest: UnsafePointer<UInt16>, _ places: UnsafePointer<Int32>,
    _ values: UnsafeMutablePointer<Int64>
  ) {
    for index in 0..<count {
      let column = unsafe ordered + Int(rest[index])
      let place = unsafe places[Int(column.pointee.slot)]
      let field = unsafe Int(column.pointee.field)
      unsafe values[field] = value(ofColumn: field, place: place)
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
