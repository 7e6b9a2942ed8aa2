// The loops over texts of one field: where they decide, they decide as the parser of one text does.

import Bytes
import Support
import Testing

@testable import Rows

@Suite struct FieldColumnParserTests {
  private let schema: Schema
  private let parsers: FieldParsers

  init() throws {
    func field(_ name: String, _ number: Int, _ type: String, _ more: String = "") -> String {
      #"{"name": "\#(name)", "number": \#(number), "type": "\#(type)", "meaning": "", "#
        + #""sensitivity": "public"\#(more)}"#
    }
    let types = [
      "digits(1)", "digits(7)", "digits(8)", "digits(9)", "digits(12)", "digits(16)", "digits(17)",
      "code(color)", "day", "integer", "decimal(2)", "flag",
    ]
    var fields = types.enumerated().map { field("f\($0)", $0 + 1, $1) }
    fields.append(field("needed", 13, "digits(3)", #", "required": true"#))
    let colors = """
      {"name": "color", "attributes": ["name"], "codes": [
        ["r", "red"], ["gr", "green"], ["12345678", "blue"], ["longer than eight", ""]]}
      """
    schema = try Schema(
      tableFiles: [
        ("t.json", Array(#"{"name": "t", "fields": [\#(fields.joined(separator: ", "))]}"#.utf8))
      ],
      codeListFiles: [("color.json", Array(colors.utf8))])
    parsers = FieldParsers(schema.tables[0], in: schema)
  }

  /// Lays texts side by side with other bytes around them, as a piece of a file does.
  private func parse(
    _ texts: [String], field: Int, pairs: Set<Int> = []
  ) -> (values: [Int64], rest: Set<Int>) {
    let bytes = Scratch<UInt8>(count: texts.reduce(64) { $0 + $1.utf8.count + 1 })
    let places = Scratch<TextPlace>(count: texts.count)
    var at = 0
    for (index, text) in texts.enumerated() {
      let isMarked = pairs.contains(index)
      places.view[index] = TextPlace(
        start: at, count: text.utf8.count, isQuoted: isMarked || index % 3 == 0, hasPairs: isMarked)
      at = Array(text.utf8).lend { bytes.view.write($0, at: at) }
      bytes.view[at] = UInt8(ascii: "7")
      at += 1
    }
    let values = Scratch<Int64>(count: texts.count)
    let rest = Scratch<UInt16>(count: texts.count + 1)
    let count = parsers.parse(
      FieldTexts(bytes.view.lent(count: at), places: places.view, count: texts.count),
      field: field, into: values.view, rest: rest.view)
    return (
      texts.indices.map { values.view[$0] }, Set((0..<count).map { Int(rest.view[$0]) })
    )
  }

  @Test func decidesAsTheParserOfOneText() {
    var random = SeededGenerator(seed: 11)
    let characters = Array("0123456789012345678901234567890123456789-+. /:rgâ")
    var texts = ["", "2000-02-29", "1900-02-29", "2001-04-31", "2001-12-31", "0000-01-01"]
    texts += ["0001-01-01", "9999-12-31", "2001-13-01", "2001-00-01", "2001-01-00", "2001/01/01"]
    texts += ["r", "gr", "12345678", "green", "longer than eight", "0", "1", "2", "true", "false"]
    for _ in 0..<20_000 {
      let count = Int.random(in: 0...18, using: &random)
      let isNumber = Bool.random(using: &random)
      texts.append(
        String(
          (0..<count).map { _ in characters[random.next(below: isNumber ? 10 : characters.count)] })
      )
    }
    for _ in 0..<5_000 {
      let day = (random.next(below: 10_000), random.next(below: 14), random.next(below: 33))
      texts.append(padded(day.0, 4) + "-" + padded(day.1, 2) + "-" + padded(day.2, 2))
    }
    for field in schema.tables[0].fields.indices {
      let (values, rest) = parse(texts, field: field)
      for (index, text) in texts.enumerated() where !rest.contains(index) {
        let expected = Array(text.utf8).lend { parsers.parse($0, field: field) }
        #expect(
          ParsedField(values[index]) == expected, "\(text) of \(schema.tables[0].fields[field])")
      }
    }
  }

  /// Otherwise the loops could leave everything.
  @Test func decidesWhatIsPlain() {
    let plain: [(Int, [String])] = [
      (0, ["0", "9", ""]), (1, ["1234567"]), (2, ["12345678"]), (3, ["123456789"]),
      (4, ["001096711206", ""]), (5, ["1234567890123456"]), (7, ["r", "gr", "12345678", ""]),
      (8, ["2001-12-31", "1900-01-30", ""]), (9, ["0", "12345678", ""]), (11, ["0", "1", ""]),
      (12, ["123"]),
    ]
    for (field, texts) in plain {
      #expect(parse(texts, field: field).rest == [], "field \(field)")
    }
  }

  @Test func leavesWhatNeedsACloserLook() {
    #expect(parse(["", "12", "123"], field: 12).rest == [0, 1])
    #expect(parse(["r", "r", "red"], field: 7, pairs: [1]).rest == [1, 2])
    #expect(parse(["1", "1"], field: 0, pairs: [0]).rest == [0])
    #expect(parse(["2000-02-29", "2001"], field: 8).rest == [0, 1])
    #expect(parse(["1.5", ""], field: 10).rest == [0, 1])
  }

  private func padded(_ number: Int, _ count: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: count - text.count) + text
  }
}

extension SeededGenerator {
  fileprivate mutating func next(below bound: Int) -> Int {
    Int.random(in: 0..<bound, using: &self)
  }
}
