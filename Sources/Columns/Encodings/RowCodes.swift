// The codes of several columns of a segment side by side, row after row.
//
// A row that is read whole takes one or two cache lines for all of them, where a column each would
// take one or two for each of them; a scan of one column takes the lines of all.
//
//   OFFSET  SIZE  FIELD
//        0     1  encoding: 12
//        1     1  zero
//        2     2  bits a row: 1...65,535
//        4     4  row count: 1...65,536
//        8    56  zero
//       64        the codes: those of row r begin at bit r * bits a row, low bit first; then 8
//                 zero bytes at least
//
// The codes of a column with flag `rowCodes` begin at the bit of a row's codes that the column's
// header says.

package import Bytes

/// A view over the codes of several columns, checked when made.
@safe package struct RowCodes: @unchecked Sendable {
  /// The widest code of a column that may lie here.
  static let columnWidthMax = 32

  /// Bits a row.
  let width: Int
  package let rowCount: Int
  let codes: UnsafeRawPointer

  /// Opens the stored bytes, which must outlive this value.
  package init(_ bytes: LentBytes) throws(Corruption) {
    guard bytes.count >= ColumnHeader.size else { throw Corruption(.column, at: bytes.count) }
    guard bytes[0] == Encoding.rowCodes.rawValue else { throw Corruption(.column, at: 0) }
    guard bytes[1] == 0 else { throw Corruption(.column, at: 1) }
    width = Int(bytes.load(2, as: UInt16.self))
    guard width >= 1 else { throw Corruption(.column, at: 2) }
    rowCount = Int(bytes.load(4, as: UInt32.self))
    guard rowCount >= 1, rowCount <= ColumnHeader.rowCountMax else {
      throw Corruption(.column, at: 4)
    }
    for offset in stride(from: 8, to: ColumnHeader.size, by: 8)
    where bytes.load(offset, as: UInt64.self) != 0 {
      throw Corruption(.column, at: offset)
    }
    let packed = try bytes.slice(
      ColumnHeader.size, count: Self.codesByteCount(rowCount: rowCount, width: width), of: .column)
    unsafe codes = unsafe packed.base
  }

  /// The bytes that the codes take, slack included.
  static func codesByteCount(rowCount: Int, width: Int) -> Int {
    (rowCount * width + 7) >> 3 + 8
  }

  /// Whether a column that fills `bytes`, or what a derived one stores, has its codes here; not
  /// checked otherwise.
  package static func areUsed(by bytes: LentBytes) -> Bool {
    guard bytes.count >= ColumnHeader.size else { return false }
    var at = 0
    if bytes[0] == Encoding.derived.rawValue {
      at = Int(bytes.load(24, as: UInt32.self))
      guard at <= bytes.count - ColumnHeader.size else { return false }
    }
    let flags = ColumnFlags(rawValue: bytes.load(at + 2))
    return takesPart(bytes[at]) && flags.contains(.rowCodes)
  }

  /// Whether columns of this encoding may have their codes here.
  private static func takesPart(_ encoding: UInt8) -> Bool {
    encoding == Encoding.frameOfReference.rawValue || encoding == Encoding.dictionary.rawValue
  }
}
