// Texts that a load plan reads in its own way: maps, days and numbers of other forms, repairs.

import Bytes
import Columns
import Rows
import Segments

extension PieceParser {
  /// Parses a text of a field that is stored as an integer.
  func parseInteger(
    _ text: LentBytes, _ field: Int, _ row: Int, _ parsed: ParsedPiece,
    by conversion: FieldConversion
  ) -> FieldProblem? {
    if text.count > 0, conversion.isAbsentMarker(text) {
      return parseInteger(.empty, field, row, parsed)
    }
    switch conversion.map?.meaning(of: text) {
    case .absent: return parseInteger(.empty, field, row, parsed)
    case .integer(let value):
      parsed.values[field]?[row] = value
      return nil
    case .text, nil: break
    }
    func read(_ text: LentBytes) -> ParsedField {
      guard text.count > 0 else { return parsers.parse(text, field: field) }
      if let days = conversion.days { return days.parse(text) }
      guard let numbers = conversion.numbers else { return parsers.parse(text, field: field) }
      return numbers.plain(text).map { $0.lend { parsers.parse($0, field: field) } }
        ?? ParsedField(FieldProblem(notANumber: text))
    }
    let result = read(text)
    if let problem = result.problem {
      if let (value, made) = conversion.repairs?.value(of: text, read) {
        count(made, field)
        parsed.values[field]?[row] = value
        return nil
      }
      // A new code of an open list is no repair's to change.
      return problem == .unknownCode ? parseInteger(text, field, row, parsed) : problem
    }
    parsed.values[field]?[row] = result.value
    return nil
  }

  /// Parses a text of a field that is kept as text.
  func parseText(
    _ text: LentBytes, _ feed: FieldFeed, _ row: Int, _ parsed: ParsedPiece,
    by conversion: FieldConversion
  ) -> FieldProblem? {
    if text.count == 0, conversion.keepsEmptyTexts { return setEmptyText(feed, row, parsed) }
    if conversion.isAbsentMarker(text) { return parsePlain(.empty, feed, row, parsed) }
    switch conversion.map?.meaning(of: text) {
    case .absent: return parsePlain(.empty, feed, row, parsed)
    case .text(let other): return parsePlain(withRoom(other), feed, row, parsed)
    case .integer, nil: break
    }
    guard let (bytes, made) = conversion.repairs?.repaired(text) else {
      return parsePlain(text, feed, row, parsed)
    }
    count(made, feed.field)
    return parsePlain(withRoom(bytes), feed, row, parsed)
  }

  /// Stores a text of no characters, which is not the same as none.
  private func setEmptyText(
    _ feed: FieldFeed, _ row: Int, _ parsed: ParsedPiece
  ) -> FieldProblem? {
    if case .words(let split) = feed.kind, let codes = parsed.codes[feed.field] {
      setWords(.empty, split, feed.field, row, codes, parsed, areKnown: false)
      return nil
    }
    if case .composed = feed.kind { parsed.values[feed.field]?[row] = SegmentRows.exceptionalText }
    parsed.texts[feed.field]?.set(.empty, row: row)
    return nil
  }

  private func count(_ repairs: [TextRepair], _ field: Int) {
    for repair in repairs {
      guard let position = TextRepair.allCases.firstIndex(of: repair) else { continue }
      repairCounts[field * TextRepair.allCases.count + position] += 1
    }
  }
}
