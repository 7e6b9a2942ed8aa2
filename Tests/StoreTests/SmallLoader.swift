// Writes a model into a registry, as a load would do it, by the store's own means.

import Bytes
import Columns
import Rows
import Segments
import Testing

@testable import Store

/// Writes a model through one load.
final class SmallLoader {
  private let model: SmallModel
  private let writer: BulkWriter
  private var codes: [[String: UInt32]]
  private var words: [[[UInt8]]]
  /// Places to remove, by table: row numbers.
  var removed: [[Int]] = [[], []]

  init(_ model: SmallModel, _ writer: BulkWriter) {
    self.model = model
    self.writer = writer
    let count = model.plan.dictionaryNames.count
    codes = Array(repeating: [:], count: count)
    words = Array(repeating: [], count: count)
  }

  /// Writes everything and publishes nothing.
  func write() throws {
    let positional = model.positionalParents()
    for table in 0...1 {
      let rows = SegmentRows(model.plan.tables[table])
      for segment in 0..<model.starts[table].count - 1 {
        rows.removeAll()
        fill(rows, table, segment, positional)
        let encoded = encodeSegment(rows)
        try writer.put(encoded)
        let first = table == 1 ? positional[model.starts[1][segment]] : nil
        #expect(encoded.firstParent == first)
        if let first { writer.catalog.tables[1].firstParents.append(first) }
      }
      writer.catalog.tables[table].segmentCount = model.starts[table].count - 1
      writer.catalog.tables[table].rowCount = model.rows[table].count - removed[table].count
      for (segment, numbers) in Dictionary(grouping: removed[table], by: { $0 >> 16 }) {
        try writer.put(
          removedPlaces: numbers.map { $0 & 0xFFFF }, segment: segment, table: table)
      }
    }
    for dictionary in words.indices where !words[dictionary].isEmpty {
      try writer.append(words[dictionary], toDictionary: dictionary)
    }
    for segment in 0..<model.starts[0].count - 1 { try writer.putLate(latePart(segment)) }
  }

  // MARK: Rows

  private func fill(_ rows: SegmentRows, _ table: Int, _ segment: Int, _ positional: [Int64]) {
    let (start, end) = (model.starts[table][segment], model.starts[table][segment + 1])
    rows.segment = segment
    rows.rowCount = end - start
    if table == 1, start > 0 { rows.parentBefore = positional[start - 1] }
    for position in start..<end {
      let row = model.rows[table][position]
      let home =
        row.parent == absentValue
        ? nil : model.rows[0][model.position(0, ofNumber: Int(row.parent))]
      if table == 1 {
        rows.parents[position - start] = row.parent
        rows.isLate[position - start] = row.isLate ? 1 : 0
      }
      for field in 0..<model.plan.tables[table].fieldCount {
        set(rows, table, field, position - start, row, home)
      }
    }
  }

  private func set(
    _ rows: SegmentRows, _ table: Int, _ field: Int, _ place: Int, _ row: ModelRow,
    _ home: ModelRow?
  ) {
    let plan = model.plan.tables[table]
    let at = field * SegmentRows.capacity + place
    guard plan.isText[field] else {
      rows.values[at] = row.values[field]
      if plan.inherited[field] >= 0 {
        rows.parentValues[at] = home?.values[plan.inherited[field]] ?? absentValue
      }
      return
    }
    let text = row.texts[field]
    if plan.alternatives[field] != nil {
      let chosen = (0...1).first { model.composed(row, $0) == text }
      rows.values[at] = text == nil ? absentValue : chosen.map { Int64($0) } ?? -1
      setText(rows, field, place, text)
    } else if let codes = rows.codes[field] {
      let isEscape = setCodes(text, codes, table, field, place, row.escapes.contains(field))
      setText(rows, field, place, isEscape ? text : nil)
      if let parents = rows.parentCodes[field], plan.inherited[field] >= 0 {
        let source = plan.inherited[field]
        _ = setCodes(
          home?.texts[source], parents, table, field, place,
          home?.escapes.contains(source) ?? false)
      }
    } else {
      setText(rows, field, place, text)
    }
  }

  private func setText(_ rows: SegmentRows, _ field: Int, _ place: Int, _ text: String?) {
    guard let text else {
      rows.texts[field]?.set(nil, row: place)
      return
    }
    Array(text.utf8).lend { rows.texts[field]?.set($0, row: place) }
  }

  /// Sets the codes of a text's words; true when it is no words.
  private func setCodes(
    _ text: String?, _ codes: ScratchView<UInt32>, _ table: Int, _ field: Int, _ place: Int,
    _ isWhole: Bool
  ) -> Bool {
    guard let text else {
      codes[place] = TokenInput.absent
      return false
    }
    let plan = model.plan.tables[table]
    guard !isWhole, let parts = plan.table.fields[field].words?.split(text) else {
      codes[place] = TokenInput.escape
      return true
    }
    for (part, word) in parts.enumerated() {
      codes[part * SegmentRows.capacity + place] = code(word, plan.dictionary[field] + part)
    }
    return false
  }

  private func code(_ word: String, _ dictionary: Int) -> UInt32 {
    if let known = codes[dictionary][word] { return known }
    let code = UInt32(words[dictionary].count)
    codes[dictionary][word] = code
    words[dictionary].append(Array(word.utf8))
    return code
  }

  // MARK: Fields that follow from the children

  private func latePart(_ segment: Int) -> SegmentPart {
    let plan = model.plan.tables[0]
    let (start, end) = (model.starts[0][segment], model.starts[0][segment + 1])
    let children = model.childPositions()
    var columns: [(field: UInt16, bytes: [UInt8])] = []
    for field in plan.lateFields {
      var exceptions: [(row: UInt16, value: Int64)] = []
      for position in start..<end {
        let range = children[Int64(model.number(0, position))] ?? 0..<0
        let isCount = field == model.field(0, "member_count")
        let expected =
          isCount
          ? Int64(range.count)
          : range.isEmpty
            ? absentValue : model.rows[1][range.lowerBound].values[model.field(1, "number")]
        let value = model.rows[0][position].values[field]
        if value != expected { exceptions.append((UInt16(position - start), value)) }
      }
      let bytes: [UInt8]
      if exceptions.count * 4 > end - start {
        bytes = encodeIntegers((start..<end).map { model.rows[0][$0].values[field] })
      } else {
        bytes = encodeDerived(
          rowCount: end - start,
          stored: encodeIntegers([Int64](repeating: 0, count: end - start)),
          exceptionRows: exceptions.map(\.row), exceptions: .integers(exceptions.map(\.value)))
      }
      columns.append((plan.table.fields[field].number, bytes))
    }
    return SegmentPart(
      table: plan.number, segment: UInt32(segment), part: 1, rowCount: end - start,
      columns: columns)
  }
}
