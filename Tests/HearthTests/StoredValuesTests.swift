// Rows are stored exactly as their lines say, whatever the file looks like.

import Hearth
import Support
import Testing

@Suite struct StoredValuesTests {
  private let line =
    "0007,Nguyễn Thị Hoa,free text,12 Phố 5,B,new,2001-02-28,-12,-3.50,1"
  private let fields = [
    "number", "name", "note", "place", "level", "tag", "born", "size", "price", "good",
  ]

  @Test func storesEveryType() throws {
    let trial = try ThingSchema.trial()
    let report = try trial.load(("thing", "\(ThingSchema.header)\n\(line)\n"))

    #expect(report.stored == 1)
    #expect(report.refused == 0)
    let row = try #require(try trial.row("thing", "0007"))
    #expect(row["number"] == .digits("0007"))
    #expect(row["name"] == .text("Nguyễn Thị Hoa"))
    #expect(row["note"] == .text("free text"))
    #expect(row["place"] == .text("12 Phố 5"))
    #expect(row["level"] == .code("B"))
    #expect(row["tag"] == .code("new"))
    #expect(row["born"] == .day(try Day("2001-02-28")))
    #expect(row["size"] == .integer(-12))
    #expect(row["price"] == .decimal(unscaled: -350, scale: 2))
    #expect(row["good"] == .flag(true))
  }

  /// A column that the file lacks has the schema's default, of texts as of numbers; one that it has
  /// and leaves empty has none.
  ///
  /// A text's default was forgotten once.
  @Test func fillsDefaultsForMissingColumnsAlone() throws {
    let trial = try ThingSchema.trial()
    try trial.load(("thing", "number\n0001\n0002\n"))
    try trial.load(("thing", "number,word,kind,origin\n0003,,,\n"))

    for key in ["0001", "0002"] {
      #expect(try trial.text("thing", key, "word") == "as ever")
      #expect(try trial.text("thing", key, "kind") == "B")
      #expect(try trial.text("thing", key, "origin") == "nowhere")
      #expect(try trial.row("thing", key)?["name"] == .absent)
    }
    for name in ["word", "kind", "origin"] {
      #expect(try trial.row("thing", "0003")?[name] == .absent)
    }
  }

  @Test func storesAnEmptyFieldAsAbsent() throws {
    let trial = try ThingSchema.trial()
    try trial.load(("thing", "\(ThingSchema.header)\n0001,,,,,,,,,\n0002,\"\",\"\",,,,,,,\"\"\n"))

    for key in ["0001", "0002"] {
      let row = try #require(try trial.row("thing", key))
      for name in fields.dropFirst() { #expect(row[name] == .absent, "\(key) \(name)") }
    }
  }

  /// Zero, a space and the word null are values.
  @Test func doesNotTakeValuesForAbsent() throws {
    let trial = try ThingSchema.trial()
    try trial.load(
      ("thing", "number,name,note,size,price,good\n0000,Null,NA,0,0,0\n0001, ,\\N,-0,0.00,false\n"))

    #expect(try trial.row("thing", "0000")?["name"] == .text("Null"))
    #expect(try trial.row("thing", "0000")?["note"] == .text("NA"))
    #expect(try trial.row("thing", "0001")?["name"] == .text(" "))
    #expect(try trial.row("thing", "0001")?["note"] == .text("\\N"))
    for key in ["0000", "0001"] {
      #expect(try trial.row("thing", key)?["size"] == .integer(0))
      #expect(try trial.row("thing", key)?["price"] == .decimal(unscaled: 0, scale: 2))
      #expect(try trial.row("thing", key)?["good"] == .flag(false))
    }
  }

  @Test(arguments: ["\n", "\r\n"], [true, false])
  func readsQuotesAndLineEnds(end: String, endsWithOne: Bool) throws {
    let trial = try ThingSchema.trial()
    let lines = [
      "number,note,name",
      "0001,\"a, \"\"b\"\"\",\"x\"",
      "0002,\"two\nlines\r\nand three\",y",
      "0003,mid\"quote,z",
      "0004,\"tab\there\",\"new\nname\"",
    ]
    try trial.load(("thing", lines.joined(separator: end) + (endsWithOne ? end : "")))

    #expect(try trial.text("thing", "0001", "note") == "a, \"b\"")
    #expect(try trial.text("thing", "0001", "name") == "x")
    #expect(try trial.text("thing", "0002", "note") == "two\nlines\r\nand three")
    #expect(try trial.text("thing", "0003", "note") == "mid\"quote")
    #expect(try trial.text("thing", "0003", "name") == "z")
    #expect(try trial.text("thing", "0004", "note") == "tab\there")
    #expect(try trial.text("thing", "0004", "name") == "new\nname")
    #expect(try trial.rowCount("thing") == 4)
  }

  /// Texts and codes in decomposed form are stored, and found, in the form NFC.
  @Test func storesDecomposedTextComposed() throws {
    let trial = try ThingSchema.trial()
    let (composed, decomposed) = ("Bệnh Đặng", "Be\u{323}\u{302}nh Đa\u{306}\u{323}ng")
    try trial.load(
      (
        "thing",
        """
        number,name,note,place,tag,born,word
        0001,\(decomposed),\(decomposed),5 \(decomposed) 7,\(decomposed),1999,\(decomposed)
        0002,\(composed),\(composed),5 \(composed) 7,\(composed),1999,\(composed)

        """
      ))

    for key in ["0001", "0002"] {
      for name in ["name", "note", "tag", "word"] {
        let text = try #require(try trial.text("thing", key, name))
        #expect(Array(text.utf8) == Array(composed.utf8), "\(key) \(name)")
      }
      #expect(
        Array(try #require(try trial.text("thing", key, "place")).utf8)
          == Array("5 \(composed) 7".utf8))
    }
    for text in [composed, decomposed] {
      try trial.database.read { (snapshot: Snapshot) throws in
        #expect(try snapshot.rows(of: "thing", where: "note", equal: text).count == 2)
        let named = try snapshot.rows(
          of: "thing", index: "name_and_born", text: text, and: "1999", isExact: true)
        #expect(named.count == 2)
        let folded = try snapshot.rows(
          of: "thing", index: "name_and_born", text: "BENH  dang", and: "1999")
        #expect(folded.count == 2)
      }
    }
  }

  @Test(arguments: [
    ("1957-05-14", "1957-05-14"), ("1957-05", "1957-05"), ("1957", "1957"),
    ("2000-02-29", "2000-02-29"), ("0001-01-01", "0001-01-01"), ("9999-12-31", "9999-12-31"),
  ])
  func keepsDaysAsFarAsTheyAreKnown(written: String, stored: String) throws {
    let trial = try ThingSchema.trial()
    try trial.load(("thing", "number,born\n0001,\(written)\n"))

    #expect(try trial.text("thing", "0001", "born") == stored)
  }

  /// Names and addresses that are no plain words are kept to the letter.
  @Test(arguments: [
    "a", " a", "a ", "a b", "a  b", "a b c d", " ", "   ", "\u{1}1", "12 34 56 Phố", "123456 x",
    "0",
    "Ch'ơm", "Huyện Ia H' Drai", "Ð", "\t", "a\nb", "\"", "x,y", "👩‍👩‍👧 𝄞", "1/2/3", "\u{FEFF}a",
  ])
  func keepsOddTexts(text: String) throws {
    let trial = try ThingSchema.trial()
    let quoted = "\"" + text.replacing("\"", with: "\"\"") + "\""
    let isControl = text.contains("\u{1}")
    let report = try trial.load(
      ("thing", "number,name,note,place,word\n0001,\(quoted),\(quoted),\(quoted),\(quoted)\n"))

    #expect(report.stored == (isControl ? 0 : 1))
    guard !isControl else { return }
    for name in ["name", "note", "place", "word"] {
      let stored = try trial.text("thing", "0001", name)
      #expect(stored.map { Array($0.utf8) } == Array(text.utf8), "\(name)")
    }
    try trial.database.read { (snapshot: Snapshot) throws in
      #expect(try snapshot.rows(of: "thing", where: "note", equal: text).count == 1)
    }
  }

  @Test func dropsAByteOrderMark() throws {
    let trial = try ThingSchema.trial()
    try trial.load([("thing", try trial.file([0xEF, 0xBB, 0xBF] + Array("number\n0001\n".utf8)))])

    #expect(try trial.row("thing", "0001") != nil)
  }

  @Test(arguments: [1, 2, 7])
  func readsGzipOfSeveralMembers(memberCount: Int) throws {
    let trial = try ThingSchema.trial()
    let bytes = Array(
      ("number,note\n" + (0..<500).map { "0\(100 + $0),note \($0)\n" }.joined()).utf8)
    let size = (bytes.count + memberCount - 1) / memberCount
    let parts = stride(from: 0, to: bytes.count, by: size).map {
      Array(bytes[$0..<min($0 + size, bytes.count)])
    }
    let report = try trial.load([("thing", try trial.file(gzipped(parts)))])

    #expect(report.stored == 500)
    for number in 0..<500 {
      let text = try trial.text("thing", "0\(100 + number)", "note")
      if text != "note \(number)" { Issue.record("\(number)") }
    }
  }

  /// A gzip stream that ends early fails as a whole.
  @Test func refusesATruncatedGzip() throws {
    let trial = try ThingSchema.trial()
    let bytes = gzipped([Array("number\n0001\n".utf8), Array("0002\n".utf8)])
    let path = try trial.file(Array(bytes.dropLast(3)))

    #expect {
      try trial.load([("thing", path)])
    } throws: { error in
      guard case LoadError.unreadable(path, let cause) = error else { return false }
      guard case .input(let input) = cause.code else { return false }
      return input.code == .compressedTruncated
    }
    #expect(try trial.rowCount("thing") == 0)
  }
}
