// How a file is written is recognised with evidence, or declared, and never guessed.

import Bytes
import Support
import Testing

@testable import Loading

@Suite struct DelimitedRecognitionTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The source of a text whose table has the fields id, name and size; the same for any piece.
  func source(
    _ text: String, pieceByteCount: Int = 2 << 20,
    _ declare: (inout DelimitedFormat) -> Void = { _ in }
  ) throws -> DelimitedSource {
    var format = DelimitedFormat()
    declare(&format)
    return try DelimitedSource(
      path: folder.write(text, as: "input.csv"), format: format,
      limits: DelimitedLimits(pieceByteCount: pieceByteCount),
      knows: { ["id", "name", "size"].contains($0) })
  }

  /// The fields of every record behind the header.
  func records(_ source: DelimitedSource) throws -> [[String]?] {
    var found: [[String]?] = []
    var records = source.makeSplitter()
    while let piece = try source.nextPiece() {
      records.begin(piece)
      while records.next() {
        found.append(
          records.isMalformed
            ? nil : (0..<records.fieldCount).map { String(records.text(ofField: $0)) })
      }
    }
    return found
  }

  func error(_ text: String, _ declare: (inout DelimitedFormat) -> Void = { _ in })
    -> DelimitedError?
  {
    do {
      _ = try source(text, declare)
      return nil
    } catch LoadError.unreadable(_, let error) {
      return error
    } catch {
      return nil
    }
  }

  @Test(arguments: DelimitedFormat.Delimiter.allCases)
  func recognisesTheDelimiter(delimiter: DelimitedFormat.Delimiter) throws {
    let sign = String(UnicodeScalar(delimiter.byte))
    let others = ",\t;|".filter { String($0) != sign }
    let text = [
      "id\(sign)name\(sign)size", "1\(sign)\"\(sign)\(sign)\"\(sign)5", "2\(sign)\(others)\(sign)6",
    ].joined(separator: "\n")

    for pieceByteCount in [1, 7, 2 << 20] {
      let source = try source(text, pieceByteCount: pieceByteCount)
      let format = source.files[0].format
      #expect(format.delimiter == delimiter.rawValue)
      #expect(!format.delimiterIsDeclared)
      #expect([format.sampledCount, format.agreeingCount, format.columnCount] == [2, 2, 3])
      #expect(try records(source) == [["1", sign + sign, "5"], ["2", others, "6"]])
    }
  }

  /// Names of fields weigh more than how many lines agree.
  @Test func trustsNamesMoreThanLines() throws {
    let source = try source("id;name,of;size\n1,2\n3,4\n5;a;6\n")

    #expect(source.files[0].format.delimiter == "semicolon")
    #expect(source.header.names == ["id", "name,of", "size"])
    #expect(source.files[0].format.agreeingCount == 1)
  }

  @Test func refusesAHeaderThatTwoDelimitersRead() throws {
    #expect(error("id,name;size\n1,2;3\n")?.code == .delimiterUnclear)
    #expect(error("x,y;z\n1,2;3\n")?.code == .delimiterUnclear)
    let declared = try source("id,name;size\n1,2;3\n") { $0.delimiter = .semicolon }
    #expect(declared.header.names == ["id,name", "size"])
    #expect(declared.files[0].format.delimiterIsDeclared)
  }

  @Test func readsOneColumnWithoutADelimiter() throws {
    let source = try source("id\n1\n2,3\n\"4;5\"\n")

    #expect(source.files[0].format.columnCount == 1)
    #expect(try records(source) == [["1"], ["2", "3"], ["4;5"]])
  }

  /// The header is the line that names most fields; quotes in lines before it open nothing.
  @Test(arguments: ["\n", "\r\n", "\r"])
  func findsTheHeaderBehindABanner(end: String) throws {
    let lines = [
      "Register of \"things", "", "id and more, 2024", "id,name,other", "1,Lan,x", "2,Hoa,y",
    ]
    let source = try source(lines.joined(separator: end))
    let format = source.files[0].format

    #expect([format.headerLine, format.passedLineCount, format.knownColumnCount] == [4, 2, 2])
    #expect(source.header.line == 4)
    #expect(try records(source) == [["1", "Lan", "x"], ["2", "Hoa", "y"]])
  }

  /// One name of a field among others makes no header of a line behind the first, nor does a
  /// banner that is the name of a field.
  @Test func wantsTwoNamesOfAHeaderBehindTheFirstLine() throws {
    #expect(try source("x,y\n1,2\nname,3\n").header.names == ["x", "y"])
    let source = try source("size\nid,name,more\n1,2,3\n")
    #expect(source.header.names == ["id", "name", "more"])
    #expect(source.files[0].format.passedLineCount == 1)
  }

  /// A value that is the name of a field makes no header of its line.
  @Test func takesTheFirstOfEqualHeaders() throws {
    let source = try source("id,name,x\nid,name,y\n1,2,3\n")

    #expect(source.files[0].format.headerLine == 1)
    #expect(try records(source).count == 2)
  }

  @Test func obeysADeclaredHeaderLine() throws {
    let text = "\u{feff}id,name\n1,2\nsize,id\n3,4\n"
    let declared = try source(text) { $0.headerLine = 3 }
    #expect(declared.header.names == ["size", "id"])
    #expect(try records(declared) == [["3", "4"]])
    #expect(error(text) { $0.headerLine = 9 } == DelimitedError(.headerLineMissing, line: 9))
  }

  @Test func obeysDeclaredNames() throws {
    let none = try source("\u{feff}1,2\n3,4\n") { $0.names = ["id", "name"] }
    #expect(none.header.names == ["id", "name"])
    #expect(try records(none) == [["1", "2"], ["3", "4"]])
    let piped = try source("1|2,3\n4|5\n") { $0.names = ["id", "name"] }
    #expect(try records(piped) == [["1", "2,3"], ["4", "5"]])
    let other = try source("a,b\n1,2\n") {
      $0.names = ["id", "name"]
      $0.headerLine = 1
    }
    #expect(try records(other) == [["1", "2"]])
    #expect(
      error("a,b,c\n") {
        $0.names = ["id", "name"]
        $0.headerLine = 1
      }?.code == .namesDoNotFit)
    #expect(error("1,2\n") { $0.names = ["id", "id"] }?.code == .nameRepeated)
  }

  @Test func recognisesEscapedQuotes() throws {
    let text = "id,name\n1,\"a \\\"b\\\", c\"\n2,\"d\"\n"
    let source = try source(text)
    #expect(source.files[0].format.quotes == "escaped")
    #expect(source.files[0].format.malformedIfDoubledCount == 1)
    #expect(try records(source) == [["1", "a \"b\", c"], ["2", "d"]])
    let declared = try self.source(text) { $0.quotes = .doubled }
    #expect(try records(declared) == [nil, ["2", "d"]])
  }

  /// A backslash is text where doubled quotes read every line, and where escaped ones do not.
  @Test(
    arguments: [
      ("id,name\n1,\"C:\\\"\n2,\"x \"\"y\"\"\"\n", [["1", "C:\\"], ["2", "x \"y\""]]),
      ("id,name\n1,\"a\"b\n2,\"c \\\"\"d\"\n", [nil, ["2", "c \\\"d"]]),
    ] as [(String, [[String]?])])
  func keepsBackslashesOfDoubledQuotes(text: String, expected: [[String]?]) throws {
    let source = try source(text)

    #expect(source.files[0].format.quotes == "doubled")
    #expect(try records(source) == expected)
  }

  @Test func dropsAColumnBehindDelimitersThatEndEveryLine() throws {
    for text in ["id|name|\n1|a|\n2||\n3|c|\n", "id|name\n1|a|\n2||\n3|c|\n"] {
      let source = try source(text)
      #expect(source.header.names == ["id", "name"])
      #expect(source.files[0].format.endsInDelimiter)
      #expect(try records(source) == [["1", "a"], ["2", ""], ["3", "c"]])
    }
  }

  /// A malformed record says nothing about where delimiters stand.
  @Test func passesOverMalformedRecordsAsEvidence() throws {
    let source = try source("id|name\n1|a|\n\"x\"y|b|\n2||\n3|c|\n")

    #expect(source.files[0].format.endsInDelimiter)
    #expect(try records(source) == [["1", "a"], nil, ["2", ""], ["3", "c"]])
  }

  /// An empty last name is a column where one line has a value there, and two lines that are one
  /// field too long are no evidence.
  @Test func keepsALastColumnWithoutAName() throws {
    let named = try source("id|name|\n1|a|\n2|b|x\n")
    #expect(named.header.names == ["id", "name", "#3"])
    #expect(try records(named) == [["1", "a", ""], ["2", "b", "x"]])
    let long = try source("id|name\n1|a|\n2|b|\n")
    #expect(!long.files[0].format.endsInDelimiter)
    #expect(try records(long) == [["1", "a", ""], ["2", "b", ""]])
  }

  /// What lies behind the beginning does not change what is recognised, and a record that goes on
  /// behind it is no evidence.
  @Test func looksAtTheBeginningAlone() throws {
    let wide = String(repeating: "x;", count: DelimitedLimits().beginningByteCount / 2)
    let source = try source("id,name\n1,\"\(wide)\"\n2,b\n")

    #expect(source.files[0].format.delimiter == "comma")
    #expect(source.files[0].format.sampledCount == 0)
    #expect(try records(source) == [["1", wide], ["2", "b"]])
  }

  @Test func readsSeveralFilesAsOne() throws {
    let paths = try [
      folder.write("id,name\n1,a\n2,b", as: "one.csv"),
      folder.write("\u{feff}id;name\r\n3;c\r\n", as: "two.csv"),
      folder.write("id\tname\r4\td\r", as: "three.csv"),
    ]
    for pieceByteCount in [1, 5, 2 << 20] {
      let source = try DelimitedSource(
        paths.map { LoadInput(table: "", path: $0) },
        limits: DelimitedLimits(pieceByteCount: pieceByteCount))
      var places: [[Int]] = []
      var names: [String] = []
      var records = source.makeSplitter()
      while let piece = try source.nextPiece() {
        records.begin(piece)
        while records.next() {
          places.append([piece.file, records.line])
          names.append(String(records.text(ofField: 1)))
        }
      }
      #expect(names == ["a", "b", "c", "d"])
      #expect(places == [[0, 2], [0, 3], [1, 2], [2, 2]])
    }
  }

  @Test func refusesFilesWithOtherHeaders() throws {
    let first = try folder.write("id,name,size\n1,a,2\n", as: "one.csv")
    for (header, column) in [("id,size,name", 2), ("id,name", 3), ("id,name,size,more", 4)] {
      let second = try folder.write(header + "\n", as: "two.csv")
      let error = DelimitedError(.headerDiffers, line: 1, column: column)
      #expect(throws: LoadError.unreadable(path: second, error)) {
        try DelimitedSource([first, second].map { LoadInput(table: "", path: $0) })
      }
    }
  }
}
