// Writes the rows of one block as comma-separated text, column by column decoded.

import Bytes
import Columns
import Rows
import Segments
import Store

/// Writes blocks of one table; used by one thread inside one snapshot.
final class BlockText {
  /// How a field is written.
  private enum Form {
    case digits(Int)
    case code(list: Int)
    case day
    case integer
    case other(FieldType)
    case words(WordSplit)
    case composed([[TextPiece]])
    case text
  }

  /// A field in the block at hand.
  private struct Column {
    let field: Int
    let form: Form
    var values: ScratchView<Int64>
    var codes: ScratchView<UInt32>?
    var text: TextColumn?
    var derived: DerivedColumn?
    let chosen: Scratch<Int64>
  }

  let output = CommaSeparatedText()
  private let plan: TablePlan
  private let registryPlan: RegistryPlan
  private let reader: BlockReader
  private var columns: [Column] = []
  /// By field that a composed text is made of: its values.
  private var pieces: [Int: ScratchView<Int64>] = [:]
  private let words: [WordList]

  init(table: Int, fields: [Int], in snapshot: borrowing Snapshot) {
    registryPlan = snapshot.plan
    plan = registryPlan.tables[table]
    reader = BlockReader(registryPlan, table: table)
    words = snapshot.words.lists
    for field in fields {
      let form = Self.form(of: field, in: plan)
      var isComposed = false
      if case .composed = form { isComposed = true }
      columns.append(
        Column(
          field: field, form: form, values: Scratch<Int64>(count: 0).view,
          chosen: Scratch(count: isComposed ? BlockReader.stride : 0)))
    }
  }

  private static func form(of field: Int, in plan: TablePlan) -> Form {
    switch plan.table.fields[field].type {
    case .digits(let count): return .digits(count)
    case .code: return .code(list: plan.dictionary[field])
    case .day: return .day
    case .integer: return .integer
    case .decimal, .flag: return .other(plan.table.fields[field].type)
    case .text:
      if let alternatives = plan.alternatives[field] { return .composed(alternatives) }
      return plan.table.fields[field].words.map { .words($0) } ?? .text
    }
  }

  /// Appends the chosen rows of a block, given by their places in the segment.
  func append(
    segment: Int, block: Int, places: some Sequence<Int>, in snapshot: borrowing Snapshot
  ) throws(StoreError) {
    try reader.begin(segment: segment, block: block, in: snapshot)
    guard let view = reader.view else { return }
    for position in columns.indices {
      try decode(&columns[position], block, view, in: snapshot)
    }
    do throws(Corruption) {
      for place in places {
        let row = place & (BlockReader.stride - 1)
        for position in columns.indices {
          try append(columns[position], place: place, row: row)
          output.endField()
        }
        output.endRow()
      }
    } catch {
      throw StoreError.corruption(error.located("\(plan.table.name) segment \(segment)"))
    }
  }

  private func decode(
    _ column: inout Column, _ block: Int, _ view: SegmentView, in snapshot: borrowing Snapshot
  ) throws(StoreError) {
    guard plan.isText[column.field] else {
      column.values = try reader.values(column.field, in: snapshot)
      return
    }
    do throws(Corruption) {
      try view.open(column.field)
    } catch { throw StoreError.corruption(error) }
    column.text = view.textColumn(column.field)
    column.derived = view.derivedColumn(column.field)
    switch column.form {
    case .words:
      column.codes = try reader.wordCodes(column.field, in: snapshot)
    case .composed(let alternatives):
      guard column.derived != nil else { return }
      view.decodeStored(column.field, block: block, into: column.chosen.view)
      for piece in alternatives.joined() {
        pieces[piece.field] = try reader.values(piece.field, in: snapshot)
      }
    default:
      break
    }
  }

  // MARK: Values

  @inline(__always)
  private func append(_ column: Column, place: Int, row: Int) throws(Corruption) {
    switch column.form {
    case .words(let split): return try appendWords(column, split, place: place, row: row)
    case .composed(let alternatives):
      return try appendComposed(column, alternatives, place: place, row: row)
    case .text: return try appendStored(column, at: place)
    default: break
    }
    let value = column.values[row]
    guard value != absentValue else { return }
    switch column.form {
    case .digits(let count): output.append(digits: value, count: count)
    case .code(let list): try append(code: value, of: list)
    case .day: output.append(day: value)
    case .integer: output.append(integer: value)
    case .other(let type):
      var bytes: [UInt8] = []
      FieldText.append(value, type: type, codes: nil, to: &bytes)
      bytes.lend { output.append(plain: $0) }
    default: break
    }
  }

  private func append(code: Int64, of list: Int) throws(Corruption) {
    guard let word = word(code, of: list) else {
      throw Corruption(.codeList, at: 0)
    }
    _ = output.textRoom(word.count).write(word, at: 0)
    output.endText(word.count)
  }

  private func appendWords(
    _ column: Column, _ split: WordSplit, place: Int, row: Int
  ) throws(Corruption) {
    guard let codes = column.codes else { return }
    let first = codes[row]
    if first == TokenInput.absent { return }
    guard first != TokenInput.escape else { return try appendEscaped(column, place: place) }
    let list = plan.dictionary[column.field]
    let isSingle = split.partCount == 1
    guard let one = words[list][first],
      let two = isSingle ? one : words[list + 1][codes[BlockReader.stride + row]],
      let three = isSingle ? one : words[list + 2][codes[2 * BlockReader.stride + row]]
    else { throw Corruption(.dictionary, at: 0) }
    let room = output.textRoom(one.count + two.count + three.count + 2)
    output.endText(split.join(Words(one, two, three), into: room))
  }

  /// A text that is no words, in the column or among its exceptions.
  private func appendEscaped(_ column: Column, place: Int) throws(Corruption) {
    let own = column.derived.map { $0.exceptionIndex(of: place) } ?? place
    guard own >= 0, let text = column.text else { return }
    try put { (room) throws(Corruption) in try text.escapedText(at: own, to: room, at: 0) }
  }

  /// A text of a column that is stored as bytes, or as nothing.
  private func appendStored(_ column: Column, at place: Int) throws(Corruption) {
    guard let text = column.text, !text.isAbsent else { return }
    try put { (room) throws(Corruption) in try text.appendText(at: place, to: room, at: 0) }
  }

  private func put(
    _ body: (ScratchView<UInt8>) throws(Corruption) -> Int
  ) throws(Corruption) {
    while true {
      let room = output.textRoomLeft
      let count = try body(room)
      if count < 0 { return }
      if count <= room.count { return output.endText(count) }
      output.reserve(count)
    }
  }

  private func appendComposed(
    _ column: Column, _ alternatives: [[TextPiece]], place: Int, row: Int
  ) throws(Corruption) {
    guard let derived = column.derived else { return try appendStored(column, at: place) }
    let exception = derived.exceptionIndex(of: place)
    guard exception < 0 else { return try appendStored(column, at: exception) }
    let chosen = column.chosen.view[row]
    guard chosen >= 0, chosen < Int64(alternatives.count) else { return }
    let pieces = alternatives[Int(chosen)]
    var count = 0
    for piece in pieces {
      guard let value = self.pieces[piece.field]?[row] else { continue }
      let word = piece.dictionary >= 0 && value >= 0 ? word(value, of: piece.dictionary) : nil
      let room = output.textRoom(count + max(piece.digitCount, word?.count ?? 0)).from(count)
      if let word {
        count += room.write(word, at: 0)
      } else if piece.digitCount > 0 {
        putDigits(value, count: piece.digitCount, into: room)
        count += piece.digitCount
      }
    }
    output.endText(count)
  }

  private func word(_ code: Int64, of list: Int) -> LentBytes? {
    words[list][UInt32(truncatingIfNeeded: code)]
  }
}
