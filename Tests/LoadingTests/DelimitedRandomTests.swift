// Random nasty text, read in pieces of every size, against the grammar read a character at a time.

import Bytes
import Support
import Synchronization
import Testing

@testable import Loading

import class Foundation.DispatchQueue

@Suite struct DelimitedRandomTests {
  /// Text of what readers stumble over, with now and then a stretch that is longer than a block.
  func nastyText(seed: UInt64, partCount: Int) -> [UInt8] {
    var random = SeededGenerator(seed: seed)
    // Some files are all quotes, some have few; some are well formed for long stretches.
    let quotes = Int.random(in: 0...6, using: &random)
    let parts =
      [
        "a", "b", ",", ",", "\n", "\r\n", "\r", " ", "é", "\0", "x,y\n", "1,\"2\"\n",
        ",\"p,\nq\",\r\n",
      ]
      + ["\"\"", "\",", "\"\n", ",\"", "\"\r\n"].prefix(quotes)
      + Array(repeating: "\"", count: quotes)
      + ["\\\"", "\\", "\r", "\r\"", "\"\r", ",\r"].prefix(Int.random(in: 0...6, using: &random))
    var text = Array("h,i\n".utf8)
    for _ in 0..<partCount {
      if UInt8.random(in: 0..<40, using: &random) == 0 {
        let count = Int.random(in: 1...150, using: &random)
        text += [UInt8](repeating: 0x7a, count: count)
      } else {
        text += Array((parts.randomElement(using: &random) ?? "").utf8)
      }
    }
    return text
  }

  /// Most often that of RFC 4180.
  func dialect(seed: UInt64) -> DelimitedDialect {
    DelimitedDialect(hasEscapes: seed % 4 == 1, endsInDelimiter: seed % 5 == 2)
  }

  @Test(arguments: 0..<UInt64(60))
  func readsTheSameInPiecesOfEverySize(seed: UInt64) throws {
    let folder = try TemporaryFolder()
    let text = nastyText(seed: seed, partCount: seed < 40 ? 60 : 300)
    let path = try folder.write(text, as: "input.csv")
    let dialect = dialect(seed: seed)
    let expected = readByReference(text, dialect: dialect)

    for pieceByteCount in Array(1...64) + [127, 128, 1000, 1 << 20] {
      let file = readByPieces(path, pieceByteCount: pieceByteCount, dialect: dialect)
      #expect(file == expected, "seed \(seed), pieces of \(pieceByteCount) bytes")
    }
  }

  /// Many more texts, each in pieces of a few sizes.
  @Test(arguments: 0..<UInt64(10))
  func readsManyTexts(batch: UInt64) throws {
    let folder = try TemporaryFolder()
    for seed in 1000 + batch * 150..<1150 + batch * 150 {
      let text = nastyText(seed: seed, partCount: Int(10 + seed % 200))
      let path = try folder.write(text, as: "input.csv")
      let dialect = dialect(seed: seed)
      let expected = readByReference(text, dialect: dialect)
      for pieceByteCount in [1, Int(2 + seed % 70), 1 << 20] {
        let file = readByPieces(path, pieceByteCount: pieceByteCount, dialect: dialect)
        #expect(file == expected, "seed \(seed), pieces of \(pieceByteCount) bytes")
      }
    }
  }

  @Test(arguments: [1, 2, 4, 7])
  func readsTheSameWithAnyNumberOfWorkers(workerCount: Int) throws {
    let folder = try TemporaryFolder()
    let rows = (0..<5000).map { "\($0),\"ABCDE \($0)\nKL,\"\"MNOP\"\r\n" }.joined()
    let path = try folder.write("id,address\n" + rows, as: "input.csv")
    let expected = readByReference(Array(("id,address\n" + rows).utf8))
    let source = try DelimitedSource(
      path: path, limits: DelimitedLimits(pieceByteCount: 700))
    let pieces = Mutex<[Int: [ReadRecord]]>([:])

    DispatchQueue.concurrentPerform(iterations: workerCount) { _ in
      var records = source.makeSplitter()
      while let piece = (try? source.nextPiece()) ?? nil {
        var file = ReadFile()
        records.begin(piece)
        append(&records, to: &file)
        let read = file.records
        pieces.withLock { $0[piece.number] = read }
      }
    }

    let read = pieces.withLock { pieces in pieces.sorted { $0.key < $1.key }.flatMap(\.value) }
    #expect(read == Array(expected.records.dropFirst()))
    #expect(source.content(ofFile: 0)?.hash == checksum(Array(("id,address\n" + rows).utf8)))
    #expect(source.consumedByteCount == source.byteCount)
  }
}
