// What must hold for any bytes at all, which the fuzzer in tools/fuzz-reader tries to break.

import Bytes

@testable import Loading

/// A disagreement between two readings of the same bytes.
struct DelimitedDisagreement: Error, CustomStringConvertible {
  var description: String
}

/// Reads bytes in several ways, and throws where they do not agree.
///
/// The first byte says what is tried, the second how; the others are the file.
func requireAgreement(_ input: [UInt8], path: String) throws {
  guard input.count >= 2, (try? InputFile(path: path))?.compression == nil || input[0] % 4 == 3
  else { return }
  let (what, how) = (input[0], Int(input[1]))
  let text = Array(input.dropFirst(2))
  switch what % 4 {
  case 0: try requireGrammar(text, path: path, how: how)
  case 1: try requireRecognition(path: path, how: how)
  case 2: try requireDecoding(path: path, how: how)
  default: try requireLoads(path: path, how: how)
  }
}

private let delimiters = DelimitedFormat.Delimiter.allCases

/// The reader in pieces of two sizes, and the grammar read a byte at a time.
private func requireGrammar(_ text: [UInt8], path: String, how: Int) throws {
  let dialect = DelimitedDialect(
    delimiter: delimiters[how & 3].byte, hasEscapes: how & 4 != 0, endsInDelimiter: how & 8 != 0)
  var expected = readByReference(text, dialect: dialect)
  if expected.records.isEmpty, expected.error == nil {
    expected.error = DelimitedError(.empty)
  }
  for pieceByteCount in [1 + how >> 4, 64 + how, 4_096] {
    var found = readByPieces(path, pieceByteCount: pieceByteCount, dialect: dialect)
    if found.error?.code == .empty { found.error = DelimitedError(.empty) }
    // What begins as another encoding is refused before it is read.
    if case .otherEncoding? = found.error?.code { return }
    if case .input? = found.error?.code { return }
    guard text.starts(with: [0xef, 0xbb, 0xbf]) || found == expected else {
      throw DelimitedDisagreement(
        description: "pieces of \(pieceByteCount) bytes: \(found) is not \(expected)")
    }
  }
}

/// What is recognised, and then read, does not depend on the size of pieces.
private func requireRecognition(path: String, how: Int) throws {
  var format = DelimitedFormat()
  if how & 1 != 0 { format.delimiter = delimiters[how >> 1 & 3] }
  if how & 8 != 0 { format.headerLine = how >> 4 & 3 }
  if how & 64 != 0 || format.headerLine == 0 { format.names = ["id", "name"] }
  let small = try read(path, format, pieceByteCount: 1 + how & 31)
  let large = try read(path, format, pieceByteCount: 4_096)
  guard small == large else {
    throw DelimitedDisagreement(description: "\(small) is not \(large)")
  }
}

/// Decoded text does not depend on how many bytes are asked for at a time.
private func requireDecoding(path: String, how: Int) throws {
  let encodings = DelimitedFormat.Encoding.allCases
  var format = DelimitedFormat()
  format.encoding = encodings[how % encodings.count]
  let small = try read(path, format, pieceByteCount: 1 + how & 31)
  let large = try read(path, format, pieceByteCount: 4_096)
  guard small == large else {
    throw DelimitedDisagreement(description: "\(small) is not \(large)")
  }
}

/// Bytes that look compressed are decompressed or refused.
private func requireLoads(path: String, how: Int) throws {
  _ = try read(path, DelimitedFormat(), pieceByteCount: 1 + how)
}

/// What a source gives: its names and records, and the error that ends it.
private struct Reading: Equatable {
  var names: [String] = []
  var format: RecognisedFormat?
  var file = ReadFile()
}

private func read(
  _ path: String, _ format: DelimitedFormat, pieceByteCount: Int
) throws -> Reading {
  var reading = Reading()
  do {
    let source = try DelimitedSource(
      path: path, format: format,
      limits: DelimitedLimits(
        pieceByteCount: pieceByteCount, beginningByteCount: 256, columnCountMax: 1_000),
      knows: { ["id", "name", "a", "b"].contains($0) })
    reading.names = source.header.names
    reading.format = source.files[0].format
    var records = source.makeSplitter()
    while let piece = try source.nextPiece() {
      records.begin(piece)
      append(&records, to: &reading.file)
    }
  } catch LoadError.unreadable(_, let error) {
    reading.file.error = error
  }
  return reading
}
