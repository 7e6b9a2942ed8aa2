// The JSON grammar: what it takes, what it refuses and where.

import Testing

@testable import Rows

@Suite struct JSONTextTests {
  @Test(arguments: [
    "{}", "[]", " [ ] ", #"{"a":[1,-2,0.5,1e9,-1.25E-3],"b":{"c":null},"d":true,"e":false}"#,
    "\"\u{1EA5}\"", "0", #""\u00e1\n\"\\\/\b\f\r\t""#,
  ])
  func takes(_ text: String) throws { _ = try JSONText(parsing: Array(text.utf8)) }

  @Test(arguments: [
    ("", 0), ("{", 1), ("[1,]", 3), ("[1 2]", 3), ("{\"a\"}", 4), ("{\"a\":1,}", 7), ("{a:1}", 1),
    ("01", 1), ("-", 1), ("1.", 2), ("1e", 2), (".5", 0), ("tru", 0), ("\"a", 2), ("\"\n\"", 1),
    (#""\x""#, 1), (#""\u12G4""#, 1), (#""\"#, 1), ("[] x", 3), ("'a'", 0), ("NaN", 0),
  ])
  func refuses(_ text: String, _ offset: Int) {
    #expect(throws: JSONText.Problem(offset: offset)) {
      try JSONText(parsing: Array(text.utf8))
    }
  }

  @Test func refusesAKeyThatIsWrittenTwoWays() {
    #expect(throws: JSONText.Problem(offset: 7, isDuplicateKey: true)) {
      try JSONText(parsing: Array(#"{"a":1,"\u0061":2}"#.utf8))
    }
  }

  @Test func refusesWhatIsNestedTooDeeply() throws {
    func nested(_ depth: Int) -> [UInt8] {
      Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
    }
    _ = try JSONText(parsing: nested(65))
    #expect(throws: JSONText.Problem(offset: 65)) { try JSONText(parsing: nested(66)) }
  }

  @Test func resolvesEscapes() throws {
    let text = try JSONText(
      parsing: Array(#""a\u1EA5\ud83d\ude00\ud83dx\"\\\/\b\f\n\r\t""#.utf8))
    #expect(text.string(text.nodes[0]) == "ấ😀\u{FFFD}x\"\\/\u{8}\u{c}\n\r\t".prepending("a"))
  }

  @Test func refusesBytesThatAreNotUTF8() {
    #expect(throws: SchemaError(.notJSON, file: "t.json", detail: "not UTF-8")) {
      try JSONPlace([0x22, 0xFF, 0x22], file: "t.json")
    }
  }

  @Test func writesWhatItReads() throws {
    var writer = JSONWriter()
    writer.open("{")
    writer.key("a")
    writer.strings(["\"\\\n\u{1}", "ấ"])
    writer.key("b")
    writer.integer(-3)
    writer.key("c")
    writer.boolean(false)
    writer.close("}")
    #expect(
      String(decoding: writer.bytes, as: UTF8.self)
        == #"{"a":["\"\\\u000a\u0001","ấ"],"b":-3,"c":false}"#)
    let place = try JSONPlace(writer.bytes, file: "")
    let members = try place.members(required: ["a", "b", "c"])
    #expect(try members["a"]?.strings() == ["\"\\\n\u{1}", "ấ"])
  }
}

extension String {
  fileprivate func prepending(_ prefix: String) -> String { prefix + self }
}
