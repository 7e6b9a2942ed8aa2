// Texts made of other fields: the loop over many says the same as the comparison of one.

import Bytes
import Rows
import Segments
import Support
import Testing

@testable import Loading

@Suite struct TextComposerTests {
  private let feeds: FieldFeeds
  private let field: Int

  init() throws {
    let plan = RegistryPlan(try Schema(reading: schemasPath))
    let person = try #require(plan.schema.tables.firstIndex { $0.name == "person" })
    feeds = try FieldFeeds(
      header: ["card_number", "card_group", "card_level", "card_province", "insurance_number"],
      plan: plan, table: person, path: "persons.csv")
    field = try #require(plan.tables[person].table.position(of: "card_number"))
  }

  @Test func decidesAsTheComparisonOfOneText() throws {
    var random = SeededGenerator(seed: 3)
    let alternatives = try #require(feeds.plan.alternatives[field])
    let composer = TextComposer(alternatives, codeTexts: feeds.codeTexts)
    let count = 4_000
    let parsed = ParsedPiece(feeds, capacity: count)
    var texts: [[UInt8]] = []
    for row in 0..<count {
      var text: [UInt8] = []
      for piece in alternatives[row % 3 == 0 ? 1 : 0] {
        let isCode = piece.dictionary >= 0
        let digits = UInt64(isCode ? 2 : Rows.powerOfTen(piece.digitCount))
        let list = isCode ? feeds.codeTexts[piece.dictionary] : []
        let value = Int64(random.next() % (isCode ? UInt64(list.count) : digits))
        parsed.values[piece.field]?[row] = value
        if isCode {
          text += list[Int(value)]
        } else {
          FieldText.append(digits: value, count: piece.digitCount, to: &text)
        }
        if random.next() % 20 == 0 { parsed.values[piece.field]?[row] = [-3, .min][row & 1] }
      }
      switch random.next() % 6 {
      case 0: text[Int(random.next() % UInt64(text.count))] = UInt8(ascii: "9")
      case 1: text.removeLast()
      case 2: text.append(UInt8(ascii: "0"))
      case 3 where row % 2 == 0: text = []
      default: break
      }
      texts.append(text)
    }
    let bytes = Scratch<UInt8>(count: texts.reduce(64) { $0 + $1.count })
    let places = Scratch<TextPlace>(count: count)
    var at = 0
    for (row, text) in texts.enumerated() {
      places.view[row] = TextPlace(start: at, count: text.count)
      at = text.lend { bytes.view.write($0, at: at) }
    }
    let (values, rest) = (Scratch<Int64>(count: count), Scratch<UInt16>(count: count + 1))
    let restCount = composer.find(
      FieldTexts(bytes.view.lent(count: at), places: places.view, count: count), row: 0,
      in: parsed, into: values.view, rest: rest.view)
    let left = Set((0..<restCount).map { Int(rest.view[$0]) })
    for (row, text) in texts.enumerated() {
      let expected = text.lend { composer.alternative(of: $0, row: row, in: parsed) }
      #expect((left.contains(row) ? nil : Int(values.view[row])) == expected)
    }
    #expect(left.count > 500 && left.count < 3_500)
  }
}
