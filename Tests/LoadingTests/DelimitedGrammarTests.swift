// The grammar of delimited text, case by case, each under every small piece size.

import Bytes
import Support
import Testing

@testable import Loading

@Suite struct DelimitedGrammarTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The fields of every record, the same under every piece size; a malformed record is nil.
  func read(
    _ text: String, dialect: DelimitedDialect = DelimitedDialect()
  ) throws -> [[String]?] {
    let path = try folder.write(text, as: "input.csv")
    let whole = readByPieces(path, dialect: dialect)
    #expect(whole.error == nil)
    for pieceByteCount in 1...64 {
      let file = readByPieces(path, pieceByteCount: pieceByteCount, dialect: dialect)
      #expect(file == whole, "pieces of \(pieceByteCount) bytes")
    }
    return whole.records.map { $0.isMalformed ? nil : $0.fields }
  }

  @Test(arguments: [
    ("plain", "a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
    ("no line end at the end", "a,b\n1,2", [["a", "b"], ["1", "2"]]),
    ("CR LF", "a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
    (
      "mixed line ends", "a,b\r\n1,2\n3,4\r\n5,6",
      [["a", "b"], ["1", "2"], ["3", "4"], ["5", "6"]]
    ),
    ("CR at the end of the file", "a,b\n1,2\r", [["a", "b"], ["1", "2"]]),
    ("empty fields", "a,b,c\n,,\n1,\"\",3\n", [["a", "b", "c"], ["", "", ""], ["1", "", "3"]]),
    ("trailing delimiter", "a,b\n1,\n2,", [["a", "b"], ["1", ""], ["2", ""]]),
    ("delimiter in quotes", "a,b\n\"1,5\",2\n", [["a", "b"], ["1,5", "2"]]),
    ("quotes in quotes", "a,b\n\"x \"\"y\"\"\",2\n", [["a", "b"], ["x \"y\"", "2"]]),
    ("nothing but a quote", "a\n\"\"\"\"\n", [["a"], ["\""]]),
    ("newline in quotes", "a,b\n\"1\n2\",3\n", [["a", "b"], ["1\n2", "3"]]),
    ("CR LF in quotes", "a,b\r\n\"1\r\n2\",\"\n\"\r\n", [["a", "b"], ["1\r\n2", "\n"]]),
    (
      "field ends in newline", "a,b\n1,\"2\n\"\n3,\"4\r\n\"\r\n",
      [["a", "b"], ["1", "2\n"], ["3", "4\r\n"]]
    ),
    ("header with newline", "\"a\nb\",c\n1,2\n", [["a\nb", "c"], ["1", "2"]]),
    (
      "quote in a bare field", "a,b\n5\" pipe,x\"\n1,2\n",
      [["a", "b"], ["5\" pipe", "x\""], ["1", "2"]]
    ),
    ("blank before a quote", "a,b\n1, \"2\"\n", [["a", "b"], ["1", " \"2\""]]),
    ("blank lines", "\n\r\na\n\n1\n\r\n\n2\n\n", [["a"], ["1"], ["2"]]),
    ("a line of blanks", "a\n  \n1\n", [["a"], ["  "], ["1"]]),
    ("CR", "a,b\r1,\"2\"\r\"3\",4\r", [["a", "b"], ["1", "2"], ["3", "4"]]),
    (
      "CR, LF and CR LF", "a,b\r1,2\n3,4\r\n5,6\r\"7\",8",
      [["a", "b"], ["1", "2"], ["3", "4"], ["5", "6"], ["7", "8"]]
    ),
    ("CR in quotes", "a,b\r1,\"3\r4\r\n\"\r5,6\r", [["a", "b"], ["1", "3\r4\r\n"], ["5", "6"]]),
    ("two CR", "a\n1\r\r\n2\n", [["a"], ["1"], ["2"]]),
    ("blank lines of CR", "\r\ra\r\r1\r\r\r2\r\r", [["a"], ["1"], ["2"]]),
    ("NUL", "a,b\nx\0y,2\n", [["a", "b"], ["x\0y", "2"]]),
    ("ragged", "a,b\n1\n1,2,3\n4,5\n", [["a", "b"], ["1"], ["1", "2", "3"], ["4", "5"]]),
    ("byte order mark", "\u{feff}a,b\n1,\u{feff}2\n", [["a", "b"], ["1", "\u{feff}2"]]),
    ("byte order mark and quotes", "\u{feff}\"a\",b\n1,2\n", [["a", "b"], ["1", "2"]]),
    ("header only", "a,b\n", [["a", "b"]]),
    ("header only, no line end", "a,b", [["a", "b"]]),
  ])
  func reads(name: String, text: String, records: [[String]]) throws {
    #expect(try read(text) == records)
  }

  @Test func readsAnotherDelimiter() throws {
    let records = try read(
      "a;b\n\"x;y\";21.199,105\n1;\"2\"\n", dialect: DelimitedDialect(delimiter: 0x3b))

    #expect(records == [["a", "b"], ["x;y", "21.199,105"], ["1", "2"]])
  }

  @Test func readsARecordAcrossManyPieces() throws {
    let long = String(repeating: "A\n\"\"BCDE,", count: 500)
    let records = try read("a,b\n1,\"\(long)\"\n2,x\n")

    #expect(records == [["a", "b"], ["1", long.replacing("\"\"", with: "\"")], ["2", "x"]])
  }

  /// One lost quote costs the line that lost it, wherever the next quote is.
  @Test(
    arguments: [
      ("text behind a quote", "a,b\n\"x\"y,1\n2,3\n", [["a", "b"], nil, ["2", "3"]]),
      ("blank behind a quote", "a,b\n\"x\" ,1\n2,3\n", [["a", "b"], nil, ["2", "3"]]),
      ("lost quote, CR", "a,b\r\"x\"y,1\r2,3\r", [["a", "b"], nil, ["2", "3"]]),
      ("in the last field", "a,b\n1,\"x\"y\n2,3", [["a", "b"], nil, ["2", "3"]]),
      ("in the last line", "a,b\n1,\"x\"y", [["a", "b"], nil]),
      (
        "lost quote",
        "id,name,age\n2,\"Al,Doe\",30\n1,\"John, Doe,25\n3,\"Bob\",35\n4,\"Ann\",45\n",
        [
          ["id", "name", "age"], ["2", "Al,Doe", "30"], nil, ["3", "Bob", "35"],
          ["4", "Ann", "45"],
        ]
      ),
      (
        "lost quote, lines without quotes after it", "a,b\n1,\"x\n2,y\n3,z\n4,\"w\"\n",
        [["a", "b"], nil, ["2", "y"], ["3", "z"], ["4", "w"]]
      ),
      (
        "two lost quotes", "a,b\n1,\"x\n2,\"y\n3,\"z\"\n", [["a", "b"], nil, nil, ["3", "z"]]
      ),
      (
        "behind a quoted newline", "a,b\n\"p\nq\",\"x\"y\n2,3\n", [["a", "b"], nil, ["2", "3"]]
      ),
    ] as [(String, String, [[String]?])])
  func refusesOneRecord(name: String, text: String, records: [[String]?]) throws {
    #expect(try read(text) == records)
  }

  /// Lines are physical lines, those inside quotes and blank ones too; offsets count the mark.
  @Test func namesLinesAndOffsets() throws {
    let path = try folder.write(
      "\u{feff}\"a\nb\",c\r\n\r\n1,2\r\n\"x\n\ny\",3\n\"q\"z\n4,5\n", as: "input.csv")

    for pieceByteCount in 1...64 {
      let file = readByPieces(path, pieceByteCount: pieceByteCount)
      #expect(
        file.records == [
          ReadRecord(byteOffset: 3, byteCount: 9, line: 1, fields: ["a\nb", "c"]),
          ReadRecord(byteOffset: 14, byteCount: 5, line: 4, fields: ["1", "2"]),
          ReadRecord(byteOffset: 19, byteCount: 9, line: 5, fields: ["x\n\ny", "3"]),
          ReadRecord(byteOffset: 28, byteCount: 5, line: 8, fields: [], isMalformed: true),
          ReadRecord(byteOffset: 33, byteCount: 4, line: 9, fields: ["4", "5"]),
        ])
    }
  }

  /// The records before a quote that never closes are given out; the error names its line.
  @Test func refusesAQuoteOpenToTheEnd() throws {
    let rows = (3...400).map { "\($0),row\n" }.joined()
    let path = try folder.write("id,note\n1,ok\n2,\"never closed\n" + rows, as: "input.csv")

    for pieceByteCount in [1, 2, 7, 64, 1000, 2 << 20] {
      let file = readByPieces(path, pieceByteCount: pieceByteCount)
      #expect(file.error == DelimitedError(.quoteNeverClosed, line: 3, byteOffset: 15))
      #expect(file.records.map(\.fields) == [["id", "note"], ["1", "ok"]])
    }
  }

  @Test func readsEscapedQuotes() throws {
    let dialect = DelimitedDialect(hasEscapes: true)
    let records = try read(
      "a,b\n\"say \\\"x, y\\\"\",1\n\"\\\\\",\"C:\\new\\\\\"\n\\,\"\\\"\"\n", dialect: dialect)

    #expect(
      records == [
        ["a", "b"], ["say \"x, y\"", "1"], ["\\", "C:\\new\\"], ["\\", "\""],
      ])
  }

  /// Where quotes are escaped two of them are no pair, and one behind a backslash closes nothing.
  @Test func refusesDoubledQuotesWhereTheyAreEscaped() throws {
    let dialect = DelimitedDialect(hasEscapes: true)
    let path = try folder.write("a,b\n1,\"x\"\"y\"\n2,3\n4,\"z\\\"\n", as: "input.csv")

    for pieceByteCount in 1...40 {
      let file = readByPieces(path, pieceByteCount: pieceByteCount, dialect: dialect)
      #expect(file.records.map(\.isMalformed) == [false, true, false])
      #expect(file.error == DelimitedError(.quoteNeverClosed, line: 4, byteOffset: 19))
    }
  }

  /// A record that should end in a delimiter and does not has no fields at all.
  @Test func passesOverTheDelimiterThatEndsEachRecord() throws {
    let dialect = DelimitedDialect(endsInDelimiter: true)
    let records = try read("a,b,\n1,2,\n1,,\n,\n1,2\n1,2,\"\"\n1,2,3,\n", dialect: dialect)

    #expect(records == [["a", "b"], ["1", "2"], ["1", ""], [""], [], [], ["1", "2", "3"]])
  }

  /// A file of carriage returns alone is cut like any other, and its lines are counted.
  @Test func countsLinesOfCarriageReturns() throws {
    let rows = (2...3_000).map { "\($0),\"x \($0)\"\r" }.joined()
    let path = try folder.write("id,note\r" + rows + "last,\"open", as: "input.csv")

    for pieceByteCount in [1, 64, 1_000, 2 << 20] {
      let file = readByPieces(path, pieceByteCount: pieceByteCount)
      #expect(file.records.map(\.line) == Array(1...3_000))
      #expect(file.error?.code == .quoteNeverClosed)
      #expect(file.error?.line == 3_001)
    }
  }

  @Test func refusesARecordBeyondTheLimit() throws {
    for quote in ["", "\""] {
      let long = quote + String(repeating: "x", count: 2000) + quote
      let path = try folder.write("a,b\n1,2\n3,\(long)\n4,5\n", as: "input.csv")

      for pieceByteCount in [1, 2, 7, 64, 999, 1000] {
        let file = readByPieces(path, pieceByteCount: pieceByteCount, recordByteCountMax: 1000)
        #expect(file.error == DelimitedError(.recordTooLong, line: 3, byteOffset: 8))
        #expect(file.records.map(\.fields) == [["a", "b"], ["1", "2"]])
      }
      let file = readByPieces(path, pieceByteCount: 7, recordByteCountMax: 2010)
      #expect(file.records.count == 4)
    }
  }

  @Test func readsAWideField() throws {
    let wide = String(repeating: "Nguyễn, ", count: 20_000)
    let path = try folder.write("id,note\n1,\"\(wide)\"\n2,ok\n", as: "input.csv")

    for pieceByteCount in [1, 64, 65_536, 2 << 20] {
      let file = readByPieces(path, pieceByteCount: pieceByteCount)
      #expect(file.records.map(\.fields) == [["id", "note"], ["1", wide], ["2", "ok"]])
    }
  }

  /// Every worker that asks after an error is told of it.
  @Test func keepsThrowingItsError() throws {
    let path = try folder.write("id,note\n1,ok\n2,\"never closed\n", as: "input.csv")
    let source = try DelimitedSource(path: path)
    let error = LoadError.unreadable(
      path: path, DelimitedError(.quoteNeverClosed, line: 3, byteOffset: 15))

    #expect(try source.nextPiece()?.bytes.count == 5)
    #expect(throws: error) { try source.nextPiece() }
    #expect(throws: error) { try source.nextPiece() }
  }

  @Test func refusesADelimiterThatEndsLines() async {
    await #expect(processExitsWith: .failure) {
      let folder = try TemporaryFolder()
      let path = try folder.write("a\n", as: "input.csv")
      _ = readByPieces(path, dialect: DelimitedDialect(delimiter: 0x0a))
    }
  }
}
