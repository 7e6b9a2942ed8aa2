// The walk over pages finds nothing in files that LMDB wrote, and finds what was changed in them.

import Bytes
import Foundation
import Support
import Testing

@testable import Pages

@Suite struct PageWalkTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.file("file")
  }

  private func open() throws(PageError) -> Environment {
    try Environment(path: path, access: .readWrite, create: true, keyspaces: ["a", "b"])
  }

  /// Many small values and some large ones, put and removed in several commits.
  private func fill(_ environment: Environment, seed: UInt64, commits: Int) throws {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<commits {
      var change = try environment.beginWriting()
      for _ in 0..<40 {
        let key = NumberKey(7, .random(in: 0..<200, using: &generator))
        let place = environment.keyspaces[Int.random(in: 0...1, using: &generator)]
        if UInt8.random(in: 0...3, using: &generator) == 0 {
          try change.remove(key, in: place)
        } else {
          let count = [3, 700, 30_000][Int.random(in: 0...2, using: &generator)]
          let byte = UInt8.random(in: 0...255, using: &generator)
          try change.put([UInt8](repeating: byte, count: count), for: key, in: place)
        }
      }
      try change.commit()
    }
  }

  private func content() throws -> [String: [UInt8]] {
    let environment = try Environment(path: path, access: .readOnly, keyspaces: ["a", "b"])
    let transaction = try environment.beginReading()
    var content: [String: [UInt8]] = [:]
    for keyspace in environment.keyspaces {
      try transaction.forEach(in: keyspace) { key, value in
        content[keyspace.name + "\(key.copied)"] = value.copied
        return true
      }
    }
    return content
  }

  private func bytes() throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  private func overwrite(_ bytes: [UInt8], at offset: Int) throws {
    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
    try handle.seek(toOffset: UInt64(offset))
    try handle.write(contentsOf: bytes)
    try handle.close()
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func findsNothingInWhatLMDBWrote(seed: UInt64) throws {
    let environment = try open()
    #expect(try walkPages(of: path).findings == [])
    for _ in 0..<5 {
      try fill(environment, seed: seed, commits: 4)
      let report = try walkPages(of: path)
      #expect(report.findings == [], "seed \(seed)")
      #expect(report.commit == (try environment.information()).lastTransactionID)
    }
    let copy = folder.file("copy")
    try environment.copyCompact(to: copy)
    #expect(try walkPages(of: copy).findings == [])
  }

  /// A walk beside a writer whose commits use pages again does not take them for damage.
  @Test func isNotDisturbedByAWriter() throws {
    let environment = try open()
    let ends = folder.file("ends")
    let walker = startThread {
      while access(ends, F_OK) != 0 {
        #expect((try? environment.walkPages())?.findings == [])
      }
    }
    try fill(environment, seed: 5, commits: 60)
    _ = try folder.write("", as: "ends")
    joinThread(walker)
  }

  /// Whatever bit of a page of a tree is flipped: it is found, or it says nothing.
  @Test func noFlipIsMissed() throws {
    do { try fill(try open(), seed: 1, commits: 6) }
    let (sound, whole) = (try content(), try bytes())
    let file = try PageFile(path)
    let meta = try #require(file.newest)
    var generator = SeededGenerator(seed: 2)
    var (foundCount, harmlessCount) = (0, 0)
    for _ in 0..<2_000 {
      let page = Int.random(in: 0...Int(meta.lastPage), using: &generator)
      // Values on pages of their own have no checksums here: only their heads are judged.
      let flags = whole[4_096 * page + 10]
      guard flags != 0, flags < 16 else { continue }
      let reach = flags == UInt8(PageView.overflow) ? 16 : 4_096
      let offset = 4_096 * page + Int.random(in: 0..<reach, using: &generator)
      let flipped = whole[offset] ^ 1 << UInt8.random(in: 0...7, using: &generator)
      try overwrite([flipped], at: offset)
      if try walkPages(of: path).findings.isEmpty {
        harmlessCount += 1
        // Bytes of short values are not judged either, nor whose value is which.
        #expect(try content().count == sound.count, "offset \(offset)")
      } else {
        foundCount += 1
      }
      try overwrite([whole[offset]], at: offset)
    }
    #expect(try walkPages(of: path).findings == [])
    #expect(foundCount > 100 && harmlessCount > 100)
  }

  // MARK: What it finds

  /// A file with one value on pages of its own: the number of the first of them.
  private func oneLargeValue() throws -> Int {
    do {
      let environment = try open()
      var change = try environment.beginWriting()
      try change.put(
        [UInt8](repeating: 7, count: 10_000), for: NumberKey(1, 2), in: environment.keyspaces[0])
      try change.commit()
    }
    let whole = try bytes()
    return try #require(
      (2..<whole.count / 4_096).first { whole[4_096 * $0 + 10] == UInt8(PageView.overflow) })
  }

  private func codes(_ page: Int? = nil) throws -> [PageFinding.Code] {
    try walkPages(of: path).findings.filter { page == nil || $0.page == page }.map(\.code)
  }

  @Test func namesAPageAndWhatItBelongsTo() throws {
    let page = try oneLargeValue()
    try overwrite([UInt8(page + 1)], at: 4_096 * page)
    #expect(
      try walkPages(of: path).findings == [
        PageFinding(code: .numberWrong, page: page, owner: "a 1/2")
      ])
  }

  @Test func findsAPageOfAnotherKind() throws {
    let page = try oneLargeValue()
    try overwrite([UInt8(PageView.leaf)], at: 4_096 * page + 10)
    #expect(try codes() == [.kindWrong])
  }

  @Test func findsAValueThatNeedsMorePages() throws {
    let page = try oneLargeValue()
    try overwrite([2], at: 4_096 * page + 12)
    #expect(try codes(page) == [.countsWrong])
  }

  @Test func findsACutFile() throws {
    let page = try oneLargeValue()
    try #require(truncate(path, 4_096 * (page + 1)) == 0)
    #expect(try codes().contains(.beyondEnd))
    try #require(truncate(path, 4_096 * 2) == 0)
    #expect(try codes().contains(.beyondEnd))
    try #require(truncate(path, 100) == 0)
    #expect(throws: PageError(.fileTooShort, in: path)) { try walkPages(of: path) }
  }

  @Test func findsBrokenMetaPages() throws {
    _ = try oneLargeValue()
    let whole = try bytes()
    try overwrite([0], at: 16)
    #expect(try codes() == [.metaBroken])
    try overwrite([0], at: 4_096 + 16)
    #expect(throws: PageError(.foreignFile, in: path)) { try walkPages(of: path) }
    try overwrite(whole, at: 0)
    // Another commit than the one before the last.
    try overwrite([whole[144] ^ 8], at: 144)
    #expect(try codes().contains(.metaBroken))
    try overwrite(whole, at: 0)
    #expect(try codes() == [])
  }

  @Test func refusesOtherFiles() throws {
    let text = try folder.write([UInt8](repeating: 32, count: 9_000), as: "text")
    #expect(throws: PageError(.foreignFile, in: text)) { try walkPages(of: text) }
    #expect(throws: PageError(.notAFile, in: folder.path)) { try walkPages(of: folder.path) }
    #expect(throws: PageError(.fileMissing, in: path, systemError: 2)) {
      try walkPages(of: path)
    }
  }
}
