// What an input file gives: plain, compressed, or through a pipe; and how it fails.

import Bytes
import Foundation
import Support
import Testing

@testable import Loading

@Suite struct InputFileTests {
  let folder: TemporaryFolder
  let text = "id,name\n1,n1\n2,n2\n3,n3\n4,n4\n5,n5\n6,n6\n7,n7\n"
  let more = "8,n8\n9,n9\n10,n10\n11,n11\n12,n12\n13,n13\n14,n14\n15,n15\n"

  init() throws { folder = try TemporaryFolder() }

  func read(_ file: InputFile, atMost step: Int = 1000) throws(InputError) -> String {
    let scratch = Scratch<UInt8>(count: step)
    var result: [UInt8] = []
    while true {
      let count = try file.read(into: scratch.view)
      for index in 0..<count { result.append(scratch.view[index]) }
      if count < step { return String(decoding: result, as: UTF8.self) }
    }
  }

  @Test(arguments: ["", "a", "abc", "abcd", "abcde", "id,name\n1,n1\n"], [1, 3, 4, 5, 1000])
  func readsAPlainFile(text: String, step: Int) throws {
    let file = try InputFile(path: folder.write(text, as: "input"))

    #expect(file.size == text.utf8.count)
    #expect(file.compression == nil)
    #expect(try read(file, atMost: step) == text)
    #expect(file.consumedByteCount == text.utf8.count)
    #expect(file.contentHash == checksum(Array(text.utf8)))
    #expect(try read(file) == "")
  }

  /// Compressed or not is seen in the bytes, not in the name; the hash is that of the content.
  @Test(arguments: [1, 3, 64, 1000])
  func readsCompressedFiles(step: Int) throws {
    for bytes in [gzipMembers[0] + gzipMembers[1], zstdFrames[0] + zstdFrames[1]] {
      let file = try InputFile(path: folder.write(bytes, as: "input.csv"))

      #expect(file.compression != nil)
      #expect(file.contentHash == nil)
      #expect(try read(file, atMost: step) == text + more)
      #expect(file.consumedByteCount == bytes.count)
      #expect(file.contentByteCount == (text + more).utf8.count)
      #expect(file.contentHash == checksum(Array((text + more).utf8)))
    }
  }

  @Test func refusesDamage() throws {
    let (gzip, zstd) = (gzipMembers[0], zstdFrames[0])
    let garbage: [UInt8] = [1, 2, 3, 4]
    var flipped = gzip
    flipped[gzip.count - 6] ^= 4
    let cases: [([UInt8], InputError.Code)] = [
      (Array(gzip.dropLast(1)), .compressedTruncated),
      (Array(zstd.dropLast(1)), .compressedTruncated),
      (flipped, .compressedChecksumMismatch),
      (gzip + garbage, .compressedTrailingGarbage),
      (zstd + garbage, .compressedTrailingGarbage),
      ([0x1f, 0x8b, 9, 9, 9, 9], .compressedDamaged),
    ]

    for (bytes, code) in cases {
      let file = try InputFile(path: folder.write(bytes, as: "input.gz"))
      #expect { try read(file) } throws: { ($0 as? InputError)?.code == code }
    }
  }

  @Test func namesWhatCannotBeOpened() throws {
    #expect(throws: InputError(.notFound)) { try InputFile(path: folder.file("none.csv")) }
    #expect(throws: InputError(.isDirectory)) { try InputFile(path: folder.path) }
    #expect(throws: InputError(.notFound)) { try InputFile(path: "") }
    let locked = try folder.write("a\n", as: "locked.csv")
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: locked)
    // The superuser reads everything.
    if getuid() != 0 {
      #expect(throws: InputError(.permissionDenied)) { try InputFile(path: locked) }
    }
  }

  @Test func refusesAFileThatGrows() throws {
    let path = try folder.write("id,name\n1,n1\n", as: "input.csv")
    let file = try InputFile(path: path)
    let handle = try #require(FileHandle(forWritingAtPath: path))
    handle.seekToEndOfFile()
    handle.write(Data("2,n2\n".utf8))
    try handle.close()

    #expect(throws: InputError(.changedWhileRead, at: 18)) { try read(file) }
  }

  @Test func readsAPipe() throws {
    for bytes in [Array((text + more).utf8), gzipMembers[0] + gzipMembers[1]] {
      let path = folder.file("pipe")
      #expect(mkfifo(path, 0o600) == 0)
      DispatchQueue.global().async {
        guard let handle = FileHandle(forWritingAtPath: path) else { return }
        for byte in bytes { handle.write(Data([byte])) }
        try? handle.close()
      }
      let file = try InputFile(path: path)

      #expect(file.size == nil)
      #expect(try read(file) == text + more)
      #expect(file.contentHash == checksum(Array((text + more).utf8)))
      try FileManager.default.removeItem(atPath: path)
    }
  }

  /// The same records from a compressed file as from a plain one, the members' seam being anywhere.
  @Test func cutsACompressedFile() throws {
    let plain = readByReference(Array((text + more).utf8))
    for bytes in [gzipMembers[0] + gzipMembers[1], zstdFrames[0] + zstdFrames[1]] {
      let path = try folder.write(bytes, as: "input.csv.gz")
      for pieceByteCount in [1, 2, 7, 45, 2 << 20] {
        #expect(readByPieces(path, pieceByteCount: pieceByteCount) == plain)
      }
      let cut = try folder.write(Array(bytes.dropLast(3)), as: "cut.csv.gz")
      let file = readByPieces(cut)
      #expect {
        if let error = file.error { throw error }
      } throws: { error in
        guard case .input(let error)? = (error as? DelimitedError)?.code else { return false }
        return error.code == .compressedTruncated
      }
    }
  }
}

/// Members that gzip's own program made of the two texts.
private let gzipMembers = [
  bytes(
    """
    1f8b080000000000020305c1a91100201003409f5a62eeaf87191008d2bf64f76e6abd03a30c4e39820a249528aad054
    63a8c107252cb0d22b000000
    """),
  bytes(
    """
    1f8b08000000000002030dc5b11100300803b1deb350e449b883a5d8bf8cd5a8635b133be2c472040e912ec575573cf7
    44b9d207832a820f34000000
    """),
]

/// Frames that zstd's own program made of the two texts.
private let zstdFrames = [
  bytes(
    """
    28b52ffd242b2d0100b242080dd05d039ac807559694a06970149a6d2cbb483671eca1d8c2b0836003d33a1ba900083d
    6923
    """),
  bytes(
    """
    28b52ffd24343501004283080cd0e70000a8121152069c8801a4af34e7eb4cf92a33bec6fceb13bec2b4abb1ae1500de
    c6d8a9
    """),
]

private func bytes(_ digits: String) -> [UInt8] {
  let nibbles = digits.compactMap(\.hexDigitValue)
  return stride(from: 0, to: nibbles.count, by: 2).map { UInt8(nibbles[$0] << 4 | nibbles[$0 + 1]) }
}
