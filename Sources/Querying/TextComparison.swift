// Selects rows by a text, read row by row: only rows that nothing else has refused are read.

import Bytes
import Columns
import Segments
import Store

/// What the text of a field must be.
enum TextTest {
  case isAbsent
  case equals([UInt8])
  case begins([UInt8])

  func holds(_ text: LentBytes?) -> Bool {
    guard let text else {
      if case .isAbsent = self { return true }
      return false
    }
    switch self {
    case .isAbsent: return false
    case .equals(let bytes): return text.count == bytes.count && Self.begins(text, bytes)
    case .begins(let bytes): return text.count >= bytes.count && Self.begins(text, bytes)
    }
  }

  private static func begins(_ text: LentBytes, _ bytes: [UInt8]) -> Bool {
    for index in bytes.indices where text[index] != bytes[index] { return false }
    return true
  }
}

/// One text field and what its text must be; used by one thread.
final class TextComparison {
  private let field: Int
  private let test: TextTest
  private let reader: RowReader
  private lazy var room = Scratch<UInt8>(count: 8_192)

  init(_ field: Int, _ test: TextTest, _ plan: RegistryPlan, _ table: Int) {
    self.field = field
    self.test = test
    reader = RowReader(plan, table: table)
  }

  func select(
    block: Int, within: Selection, _ fields: SegmentFields, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Selection {
    let first = block * Selection.rowCount
    do throws(Corruption) {
      try fields.view.open(field)
    } catch { throw .corruption(error) }
    let texts = fields.view.textColumn(field)
    let isOwn = fields.view.derivedColumn(field) == nil && !texts.isTokens
    var selection = Selection()
    var next = within.next(from: 0)
    while let place = next {
      let isWanted: Bool
      if isOwn {
        isWanted = try holds(texts, row: first + place)
      } else {
        _ = try reader.read(fields.segment << 16 + first + place, in: snapshot)
        isWanted = test.holds(reader.buffer.text(of: field))
      }
      if isWanted { selection[place] = true }
      next = within.next(from: place + 1)
    }
    return selection
  }

  private func holds(_ texts: TextColumn, row: Int) throws(StoreError) -> Bool {
    do throws(Corruption) {
      var count = try texts.appendText(at: row, to: room.view, at: 0)
      if count > room.view.count {
        room = Scratch(count: count)
        count = try texts.appendText(at: row, to: room.view, at: 0)
      }
      return test.holds(count < 0 ? nil : room.view.lent(count: count))
    } catch { throw .corruption(error) }
  }
}
