// Writes the rows of one block as text, column by column decoded.

import Bytes
import Columns
import Rows
import Segments
import Store

/// Writes blocks of one table; used by one thread inside one snapshot.
final class BlockText {
  /// A field in the block at hand; it holds no references, which would be counted for every value.
  private struct Column {
    enum Kind {
      /// Integers, in `values`.
      case integers(ValueForm)
      /// Words, in `codes`, and texts that are no words.
      case words(WordSplit)
      /// The texts of other fields side by side, in `values` which of the ways, and other texts.
      case composed
      /// Texts as bytes.
      case texts
    }

    let field: Int
    let label: FieldLabel
    let kind: Kind
    /// Whether no row of the block has a value.
    var isAbsent = false
    var values: ScratchView<Int64>
    var codes: ScratchView<UInt32>
    /// By row: its position among the column's exceptions, or -1; not for integers.
    var exceptions: ScratchView<Int32>
    var words: (WordListView, WordListView, WordListView)?
  }

  /// A part of a composed text in the block at hand.
  private struct Piece {
    let field: Int
    let digitCount: Int
    /// The words of a code.
    let list: WordListView?
    var values: ScratchView<Int64>
  }

  private let plan: TablePlan
  private let reader: BlockReader
  private var columns: [Column] = []
  private let labels: FieldLabels
  /// By column: its texts, and the pieces that it may be composed of.
  private var texts: [TextColumn?]
  private var pieces: [[[Piece]]]
  private let storage: [(values: Scratch<Int64>, exceptions: Scratch<Int32>)?]
  private let words: [WordList]
  private let absentWords = TokenInput.absent
  private let escape = TokenInput.escape
  /// Reads the rare rows that have texts of their parents which are no words.
  private let rowReader: RowReader
  /// Is told fields that cannot be read, whose values are then absent; nil: they are thrown.
  private let onLoss: ((Int) -> Void)?

  init(
    _ exported: ExportedTable, in snapshot: borrowing Snapshot, onLoss: ((Int) -> Void)? = nil
  ) {
    self.onLoss = onLoss
    let registryPlan = snapshot.plan
    let (plan, words) = (registryPlan.tables[exported.table], snapshot.words.lists)
    self.plan = plan
    self.words = words
    reader = BlockReader(registryPlan, table: exported.table)
    rowReader = RowReader(registryPlan, table: exported.table)
    labels = FieldLabels(exported, in: registryPlan)
    texts = exported.fields.map { _ in nil }
    storage = exported.fields.map { field in
      guard plan.isText[field] else { return nil }
      return (Scratch(count: BlockReader.stride), Scratch(count: BlockReader.stride))
    }
    pieces = exported.fields.map { field in
      (plan.alternatives[field] ?? []).map { parts in
        parts.map { part in
          Piece(
            field: part.field, digitCount: part.digitCount,
            list: part.dictionary < 0 ? nil : WordListView(words[part.dictionary]),
            values: Scratch(count: 0).view)
        }
      }
    }
    for (position, field) in exported.fields.enumerated() {
      columns.append(column(field, label: labels.labels[position], at: position))
    }
  }

  private func column(_ field: Int, label: FieldLabel, at position: Int) -> Column {
    var kind = Column.Kind.texts
    var lists: (WordListView, WordListView, WordListView)?
    if let form = ValueForm(field, of: plan, words: words) {
      kind = .integers(form)
    } else if plan.alternatives[field] != nil {
      kind = .composed
    } else if let split = plan.table.fields[field].words {
      kind = .words(split)
      let (first, last) = (plan.dictionary[field], split.partCount - 1)
      lists = (
        WordListView(words[first]), WordListView(words[first + min(1, last)]),
        WordListView(words[first + min(2, last)])
      )
    }
    return Column(
      field: field, label: label, kind: kind,
      values: storage[position]?.values.view ?? Scratch(count: 0).view,
      codes: Scratch(count: 0).view,
      exceptions: storage[position]?.exceptions.view ?? Scratch(count: 0).view, words: lists)
  }

  // MARK: Blocks

  /// Writes the wanted rows of a block; calls `handOver` when the text has become long.
  func append(
    segment: Int, block: Int, rows: Selection, to text: inout RowText,
    in snapshot: borrowing Snapshot, handOver: (inout RowText) -> Void
  ) throws(StoreError) {
    try reader.begin(segment: segment, block: block, in: snapshot)
    guard let view = reader.view else { return }
    for position in columns.indices {
      columns[position].isAbsent = false
      do throws(StoreError) {
        try decode(position, block, view, in: snapshot)
      } catch { try lose(position, error) }
    }
    let columns = columns
    var next = rows.first
    while let row = next {
      text.beginRow()
      for position in columns.indices {
        if columns[position].isAbsent {
          text.leaveOut(from: text.count)
          continue
        }
        let start = text.beginField(columns[position].label)
        var isThere = false
        do throws(StoreError) {
          isThere = try append(columns[position], position, row, to: &text, in: snapshot)
        } catch { try lose(position, error) }
        if isThere, let onLoss, text.holds(WordChunk.noText, from: start) {
          onLoss(columns[position].field)
          isThere = false
        }
        if isThere {
          text.endField(columns[position].label)
        } else {
          text.leaveOut(from: start)
        }
      }
      text.endLine()
      if text.count > TableExport.partByteCountMax { handOver(&text) }
      next = rows.next(from: row &+ 1)
    }
  }

  /// Takes a column as absent in the block, or throws.
  private func lose(_ position: Int, _ error: StoreError) throws(StoreError) {
    guard let onLoss else { throw error }
    onLoss(columns[position].field)
    columns[position].isAbsent = true
  }

  private func decode(
    _ position: Int, _ block: Int, _ view: SegmentView, in snapshot: borrowing Snapshot
  ) throws(StoreError) {
    let field = columns[position].field
    if case .integers = columns[position].kind {
      let values = try reader.values(field, in: snapshot)
      columns[position].values = values
      columns[position].isAbsent = !(0..<reader.rowCount).contains { values[$0] != absentValue }
      return
    }
    do throws(Corruption) {
      try view.open(field)
    } catch { throw StoreError.corruption(error) }
    texts[position] = view.textColumn(field)
    listExceptions(position, block, view)
    switch columns[position].kind {
    case .words: columns[position].codes = try reader.wordCodes(field, in: snapshot)
    case .composed:
      view.decodeStored(field, block: block, into: columns[position].values)
      for way in pieces[position].indices {
        for piece in pieces[position][way].indices {
          pieces[position][way][piece].values = try reader.values(
            pieces[position][way][piece].field, in: snapshot)
        }
      }
    case .texts: columns[position].isAbsent = view.textColumn(field).isAbsent
    case .integers: break
    }
  }

  /// Lists for each row of a text column where its own text is.
  private func listExceptions(_ position: Int, _ block: Int, _ view: SegmentView) {
    let target = columns[position].exceptions
    guard let derived = view.derivedColumn(columns[position].field) else {
      for row in 0..<target.count { target[row] = Int32(block << 10 + row) }
      return
    }
    for row in 0..<target.count { target[row] = -1 }
    for index in derived.exceptions(inBlock: block) {
      target[derived.exceptionRow(index) - block << 10] = Int32(index)
    }
  }

  // MARK: Values

  /// Writes a value; false if there is none.
  @inline(__always)
  private func append(
    _ column: Column, _ position: Int, _ row: Int, to text: inout RowText,
    in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Bool {
    do throws(Corruption) {
      switch column.kind {
      case .integers(let form):
        let value = column.values[row]
        return value == absentValue ? false : try form.write(value, to: &text)
      case .words(let split):
        let first = column.codes[row]
        if first == absentWords { return false }
        if first < escape {
          try appendWords(column, split, row, to: &text)
          return true
        }
        if column.exceptions[row] >= 0 {
          return try appendOwn(column, position, row, isEscaped: true, to: &text)
        }
      case .composed where column.exceptions[row] < 0:
        return try appendComposed(position, column.values[row], row, to: &text)
      case .composed, .texts:
        return try appendOwn(column, position, row, isEscaped: false, to: &text)
      }
    } catch {
      throw StoreError.corruption(error.located("\(plan.table.name) segment \(reader.segment)"))
    }
    return try appendInherited(column, row, to: &text, in: snapshot)
  }

  @inline(__always)
  private func appendWords(
    _ column: Column, _ split: WordSplit, _ row: Int, to text: inout RowText
  ) throws(Corruption) {
    guard let lists = column.words, let one = lists.0[column.codes[row]] else {
      throw Corruption(.dictionary, at: 0)
    }
    guard split.partCount > 1 else { return text.append(text: one) }
    guard let two = lists.1[column.codes[BlockReader.stride &+ row]],
      let three = lists.2[column.codes[2 &* BlockReader.stride &+ row]]
    else { throw Corruption(.dictionary, at: 0) }
    let room = text.textRoom(one.count &+ two.count &+ three.count &+ 2)
    text.endText(split.join(Words(one, two, three), into: room))
  }

  /// Writes a text that the column has as bytes.
  private func appendOwn(
    _ column: Column, _ position: Int, _ row: Int, isEscaped: Bool, to text: inout RowText
  ) throws(Corruption) -> Bool {
    let place = Int(column.exceptions[row])
    guard let texts = texts[position] else { return false }
    while true {
      let room = text.textRoomLeft
      let count =
        isEscaped
        ? try texts.escapedText(at: place, to: room, at: 0)
        : try texts.appendText(at: place, to: room, at: 0)
      if count < 0 { return false }
      if count <= room.count {
        text.endText(count)
        return true
      }
      text.reserve(count)
    }
  }

  private func appendComposed(
    _ position: Int, _ way: Int64, _ row: Int, to text: inout RowText
  ) throws(Corruption) -> Bool {
    guard way >= 0, way < Int64(pieces[position].count) else { return false }
    var count = 0
    for piece in pieces[position][Int(way)] {
      let value = piece.values[row]
      if value == absentValue { continue }
      if let list = piece.list {
        guard let word = list[UInt32(truncatingIfNeeded: value)] else {
          throw Corruption(.codeList, at: 0)
        }
        count = text.textRoom(count + word.count).write(word, at: count)
      } else {
        let room = text.textRoom(count + piece.digitCount).from(count)
        putDigits(value, count: piece.digitCount, into: room)
        count += piece.digitCount
      }
    }
    text.endText(count)
    return true
  }

  /// Writes a text that is no words and that the row has from its parent.
  private func appendInherited(
    _ column: Column, _ row: Int, to text: inout RowText, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Bool {
    let number = reader.segment << 16 + reader.block << 10 + row
    guard try rowReader.read(number, in: snapshot),
      let inherited = rowReader.buffer.text(of: column.field)
    else { return false }
    text.append(text: inherited)
    return true
  }
}
