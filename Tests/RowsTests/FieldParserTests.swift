// The parser of a field: absence, defaults of every type, codes and names of codes.

import Bytes
import Testing

@testable import Rows

@Suite struct FieldParserTests {
  let schema: Schema

  init() throws {
    func field(_ name: String, _ number: Int, _ type: String, _ more: String = "") -> String {
      #"{"name": "\#(name)", "number": \#(number), "type": "\#(type)", "meaning": "", "#
        + #""sensitivity": "public"\#(more)}"#
    }
    let fields = [
      field("number", 1, "digits(3)", #", "required": true"#), field("color", 2, "code(color)"),
      field("shop", 3, "code(shop)"), field("day", 4, "day"), field("count", 5, "integer"),
      field("price", 6, "decimal(2)"), field("open", 7, "flag"),
    ]
    let colors = """
      {"name": "color", "attributes": ["name_vi", "name", "hex"], "codes": [
        ["r", "Đỏ", "red", "f00"], ["g", "Xanh", "green", "0f0"], ["b", "Xanh", "blue", "00f"],
        ["longer than eight bytes", "", "", ""]]}
      """
    schema = try Schema(
      tableFiles: [
        ("t.json", Array(#"{"name": "t", "fields": [\#(fields.joined(separator: ", "))]}"#.utf8))
      ],
      codeListFiles: [
        ("color.json", Array(colors.utf8)),
        ("shop.json", Array(#"{"name": "shop", "open": true, "codes": []}"#.utf8)),
      ])
  }

  private func parse(_ field: String, _ text: String) throws -> ParsedField {
    let parser = FieldParser(try #require(schema.tables[0].field(field)), in: schema)
    return Array(text.utf8).lend { parser.parse($0) }
  }

  @Test func readsEveryType() throws {
    #expect(try parse("number", "012") == ParsedField(12))
    #expect(try parse("color", "b") == ParsedField(2))
    #expect(try parse("day", "1970-01-02") == ParsedField(4))
    #expect(try parse("count", "-5") == ParsedField(-5))
    #expect(try parse("price", "1.5") == ParsedField(150))
    #expect(try parse("open", "true") == ParsedField(1))
  }

  @Test func takesNoTextForAbsent() throws {
    #expect(try parse("count", "") == .absent)
    #expect(ParsedField.absent.value == .min)
    #expect(try parse("number", "") == ParsedField(.requiredIsAbsent))
  }

  @Test func findsCodesByNameInAnyCase() throws {
    #expect(try parse("color", "RED") == ParsedField(0))
    #expect(try parse("color", "đỏ") == ParsedField(0))
    #expect(try parse("color", "longer than eight bytes") == ParsedField(3))
    for text in ["xanh", "f00", "R", "", "longer than eight byte", "r\0", "purple"] where text != ""
    {
      #expect(try parse("color", text) == ParsedField(.unknownCode), "\(text)")
    }
  }

  @Test func offersNewCodesOfAnOpenList() throws {
    let parser = FieldParser(try #require(schema.tables[0].field("shop")), in: schema)
    #expect(parser.acceptsNewCodes)
    #expect(try parse("shop", "01001") == ParsedField(.unknownCode))
    #expect(Array("01001".utf8).lend { parser.newCode($0) } == .success("01001"))
    #expect(Array("a\nb".utf8).lend { parser.newCode($0) } == .failure(.badNewCode))
    let long = [UInt8](repeating: 0x61, count: 64)
    #expect(long.lend { parser.newCode($0) } == .failure(.badNewCode))
  }
}

@Suite struct CodeListTests {
  private func list(_ codes: [String], isOpen: Bool = true) -> CodeList {
    CodeList(
      name: "c", description: "", source: "", isOpen: isOpen, attributes: [], codes: codes,
      attributeArena: [], attributeEnds: [])
  }

  /// Codes of every length up to the longest, thousands of them, each found and no other.
  @Test func findsThousandsOfCodes() {
    let codes = (0..<12_000).map { String($0, radix: 3) } + [String(repeating: "x", count: 63)]
    let list = list(codes)
    for (ordinal, code) in codes.enumerated() { #expect(list.ordinal(ofCode: code) == ordinal) }
    for code in ["", "3", "x", "222222222222", "00"] { #expect(list.ordinal(ofCode: code) == nil) }
  }

  @Test func growsWithoutChangingItsCopies() {
    var grown = list(["a"])
    let copy = grown
    for index in 0..<100 { #expect(grown.append("n\(index)") == index + 1) }
    #expect(grown.append("a") == 0)
    #expect(grown.ordinal(ofCode: "n99") == 100)
    #expect(grown.declaredCount == 1)
    #expect(copy.ordinal(ofCode: "n0") == nil)
    #expect(copy.count == 1)
    #expect(grown.attribute(0, of: 50) == nil)
  }

  @Test func aClosedListDoesNotGrow() async {
    await #expect(processExitsWith: .failure) {
      var list = CodeList(
        name: "c", description: "", source: "", isOpen: false, attributes: [], codes: ["a"],
        attributeArena: [], attributeEnds: [])
      _ = list.append("b")
    }
  }
}
