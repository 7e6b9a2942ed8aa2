// Headers that are read, and headers that are refused.

import Bytes
import Support
import Testing

@testable import Loading

@Suite struct DelimitedHeaderTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  func header(
    _ bytes: [UInt8], limits: DelimitedLimits = DelimitedLimits(),
    knows: @escaping (String) -> Bool = { _ in false }
  ) throws -> DelimitedHeader {
    let path = try folder.write(bytes, as: "input.csv")
    do {
      return try DelimitedSource(path: path, limits: limits, knows: knows).header
    } catch LoadError.unreadable(path: path, let error) {
      throw error
    }
  }

  @Test func keepsNamesAsTheyStand() throws {
    let header = try header(Array("\n\u{feff}, \"x\"\"y\",Họ tên\r\n1,2,3\n".utf8))

    #expect(header.names == ["\u{feff}", " \"x\"\"y\"", "Họ tên"])
    #expect(header.line == 2)
  }

  @Test func dropsTheByteOrderMark() throws {
    let header = try header([0xef, 0xbb, 0xbf] + Array("\"person_id\",name\nA1,Lan\n".utf8))

    #expect(header.names == ["person_id", "name"])
  }

  @Test(
    arguments: [
      ("nothing", [], DelimitedError(.empty, line: 1)),
      ("blank lines", Array("\n\r\n\n".utf8), DelimitedError(.empty, line: 4, byteOffset: 4)),
      ("mark alone", [0xef, 0xbb, 0xbf], DelimitedError(.empty, line: 1, byteOffset: 3)),
      (
        "UTF-16", [0xff, 0xfe, 0x61, 0, 0x0a, 0],
        DelimitedError(.otherEncoding(.utf16), line: 1)
      ),
      (
        "UTF-16, big end first", [0xfe, 0xff, 0, 0x61],
        DelimitedError(.otherEncoding(.utf16), line: 1)
      ),
      (
        "UTF-16 without a mark", Array("i\0d\0,\0n\0\n\0".utf8),
        DelimitedError(.otherEncoding(.utf16LittleEndian), line: 1)
      ),
      (
        "UTF-16 without a mark, big end first", Array("\0i\0d\0,\0n\0\n".utf8),
        DelimitedError(.otherEncoding(.utf16BigEndian), line: 1)
      ),
      ("UTF-32", [0xff, 0xfe, 0, 0, 0x61, 0, 0, 0], DelimitedError(.otherEncoding(nil), line: 1)),
      ("no name", Array(",,\n".utf8), DelimitedError(.nameMissing, line: 1, column: 1)),
      (
        "same name", Array("\na,b,a\n".utf8),
        DelimitedError(.nameRepeated, line: 2, byteOffset: 1, column: 3)
      ),
      ("Latin-1", [0x61, 0x2c, 0xe9, 0x0a], DelimitedError(.nameNotText, line: 1, column: 2)),
      ("malformed", Array("\"a\"x,b\n1,2\n".utf8), DelimitedError(.headerMalformed, line: 1)),
      (
        "open quote", Array("a,\"b\n1,2\n".utf8),
        DelimitedError(.quoteNeverClosed, line: 1, byteOffset: 2)
      ),
    ] as [(String, [UInt8], DelimitedError)])
  func refuses(name: String, bytes: [UInt8], error: DelimitedError) {
    for pieceByteCount in [1, 5, 64, 2 << 20] {
      #expect(throws: error) {
        try header(bytes, limits: DelimitedLimits(pieceByteCount: pieceByteCount)) { $0 == "a" }
      }
    }
  }

  @Test func refusesTooManyColumns() throws {
    let limits = DelimitedLimits(columnCountMax: 3)

    #expect(try header(Array("a,b,c\n".utf8), limits: limits).names.count == 3)
    #expect(throws: DelimitedError(.tooManyColumns, line: 1)) {
      try header(Array("a,b,c,d\n".utf8), limits: limits)
    }
  }

  @Test func readsTenThousandColumns() throws {
    let names = (0..<10_000).map { "column \($0)" }

    #expect(try header(Array(names.joined(separator: ",").utf8)).names == names)
  }

  /// Columns that no name tells apart are named by their positions.
  @Test func namesColumnsByPosition() throws {
    let header = try header(Array("id,,x,\" \",x,,name\n1,2,3,4,5,6,7\n".utf8)) { $0 == "id" }

    #expect(header.names == ["id", "#2", "#3", " ", "#5", "#6", "name"])
  }

  @Test func readsALongFileOfCarriageReturns() throws {
    let text = "a,b\r" + String(repeating: "1,2\r", count: 1000)
    let limits = DelimitedLimits(pieceByteCount: 64, recordByteCountMax: 1000)

    #expect(try header(Array(text.utf8), limits: limits).names == ["a", "b"])
  }
}
