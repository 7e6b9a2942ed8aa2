// Takes the codes out of finished columns and puts them side by side; see `RowCodes`.

import Bytes

/// Columns whose codes are put side by side, while they are gathered.
package struct RowCodesEncoder: ~Copyable {
  private let rowCount: Int
  /// Codes of up to 64 bits together, and how many bits they are.
  private var chunks: [(codes: Scratch<UInt64>, width: Int)] = []
  /// Bits a row of what was taken.
  package private(set) var width = 0
  private let earlier: RowCodes?

  /// `earlier` is where codes of columns may lie that were stored before.
  package init(rowCount: Int, earlier: RowCodes? = nil) {
    (self.rowCount, self.earlier) = (rowCount, earlier)
  }

  /// How many bits a row of a column takes, if its codes can lie with those of others; else 0.
  ///
  /// Columns in which a row's value is a code of some bits can, and derived ones that store such a
  /// column.
  package func width(of column: [UInt8]) -> Int {
    column.lend { bytes in
      guard let flat = try? flatColumn(bytes).flat, flat.rowCount == rowCount,
        flat.width <= RowCodes.columnWidthMax, !flat.has(.blockBases),
        [.frameOfReference, .dictionary, .flags].contains(flat.encoding)
      else { return 0 }
      return flat.bitWidth
    }
  }

  /// Whether so many bits a row more are worth while: a row should not take many cache lines.
  package func hasRoom(_ width: Int) -> Bool { self.width + width <= 1_024 }

  /// Whether the codes of a column would be lost if they were not taken.
  package func mustTake(_ column: [UInt8]) -> Bool { column.lend { RowCodes.areUsed(by: $0) } }

  /// The column without its codes, which are taken; it must have a width.
  package mutating func take(_ column: [UInt8]) -> [UInt8] {
    column.lend { bytes in
      guard let found = try? flatColumn(bytes) else {
        preconditionFailure("a column that was just encoded can be opened")
      }
      precondition(Int(found.flat.rowCount) == rowCount)
      let firstBit = width
      add(found.flat)
      let part = bytes.part(found.start, found.end)
      let stripped = Self.withoutCodes(part, found.flat, firstBit: firstBit)
      return found.start == 0 ? stripped : Self.derived(bytes, stored: stripped)
    }
  }

  /// The stored bytes of all that were taken.
  package consuming func encoded() -> [UInt8] {
    precondition(width >= 1 && width <= Int(UInt16.max))
    let byteCount = padded(
      ColumnHeader.size + RowCodes.codesByteCount(rowCount: rowCount, width: width))
    var writer = ByteWriter(capacity: byteCount)
    writer.append(Encoding.rowCodes.rawValue)
    writer.append(UInt8(0))
    writer.append(UInt16(width))
    writer.append(UInt32(rowCount))
    var bytes = writer.bytes
    bytes.append(contentsOf: repeatElement(0, count: byteCount - bytes.count))
    let views = chunks.map { (codes: $0.codes.view, width: UInt64($0.width)) }
    unsafe bytes.withUnsafeMutableBytes { buffer in
      guard let start = buffer.baseAddress else { return }
      var packer = unsafe PlainPacker(into: start + ColumnHeader.size)
      for row in 0..<rowCount {
        for view in views { unsafe packer.append(view.codes.base[row], width: view.width) }
      }
      packer.finish()
    }
    return bytes
  }

  /// The flat column that holds the codes, and where it lies in the bytes.
  private func flatColumn(
    _ bytes: LentBytes
  ) throws(Corruption) -> (flat: FlatColumn, start: Int, end: Int) {
    let header = try ColumnHeader(reading: bytes)
    guard header.encoding == .derived, !header.flags.contains(.storedTable) else {
      return (try FlatColumn(bytes, header, rowCodes: earlier), 0, bytes.count)
    }
    let (start, end) = (header.secondOffset, header.secondOffset + header.secondByteCount)
    let stored = try bytes.slice(start, count: end - start, of: .column)
    return (try FlatColumn(stored, ColumnHeader(reading: stored), rowCodes: earlier), start, end)
  }

  private mutating func add(_ flat: FlatColumn) {
    if chunks.last.map({ $0.width + flat.bitWidth > 64 }) ?? true {
      chunks.append((Scratch(count: rowCount), 0))
      let made = chunks[chunks.count - 1].codes.view
      unsafe made.base.update(repeating: 0, count: rowCount)
    }
    let place = chunks.count - 1
    let (target, shift) = (chunks[place].codes.view, UInt64(chunks[place].width))
    let narrow = Scratch<UInt16>(count: 1_024)
    for block in 0..<(rowCount + 1_023) >> 10 {
      let first = block << 10
      let count = min(1_024, rowCount - first)
      if flat.isNarrow {
        let codes = narrow.view
        unsafe flat.unpackCodes(block: block, into: codes.base)
        for index in 0..<count {
          unsafe target.base[first &+ index] |= UInt64(codes.base[index]) &<< shift
        }
      } else {
        for row in first..<first + count {
          unsafe target.base[row] |= flat.code(at: row) &<< shift
        }
      }
    }
    chunks[place].width += flat.bitWidth
    width += flat.bitWidth
  }

  /// A flat column whose codes lie elsewhere: its header and its other parts.
  private static func withoutCodes(
    _ bytes: LentBytes, _ flat: FlatColumn, firstBit: Int
  ) -> [UInt8] {
    guard var header = try? ColumnHeader(reading: bytes) else { preconditionFailure() }
    let isFlags = header.encoding == .flags
    // Flags are a frame of one bit; their base stays.
    if isFlags { header.encoding = .frameOfReference }
    header.flags.remove(.transposed)
    header.flags.insert(.rowCodes)
    header.firstBit = firstBit
    let partsStart =
      [header.secondOffset, header.exceptionsOffset].filter { $0 > 0 }.min() ?? bytes.count
    let moved = isFlags ? bytes.count : partsStart
    if header.secondOffset > 0 { header.secondOffset -= moved - ColumnHeader.size }
    if header.exceptionsOffset > 0 { header.exceptionsOffset -= moved - ColumnHeader.size }
    var result = header.written(byteCount: ColumnHeader.size)
    result.append(contentsOf: bytes.part(moved, bytes.count).copied)
    return result
  }

  /// A derived column with other bytes for what it stores.
  private static func derived(_ bytes: LentBytes, stored: [UInt8]) -> [UInt8] {
    guard var header = try? ColumnHeader(reading: bytes) else { preconditionFailure() }
    let from = header.exceptionsOffset > 0 ? header.exceptionsOffset : bytes.count
    let start = padded(header.secondOffset + stored.count)
    header.secondByteCount = stored.count
    if header.exceptionsOffset > 0 {
      header.exceptionColumnOffset -= from - start
      header.exceptionsOffset = start
    }
    var result = header.written(byteCount: header.secondOffset)
    result.append(contentsOf: stored)
    result.append(contentsOf: repeatElement(0, count: start - result.count))
    result.append(contentsOf: bytes.part(from, bytes.count).copied)
    return result
  }
}
