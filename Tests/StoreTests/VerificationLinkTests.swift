// Parents and indexes: each promise broken once under right checksums.

import Bytes
import Columns
import Pages
import Segments
import Testing

@testable import Store

@Suite struct VerificationLinkTests {
  // MARK: Parents

  @Test func findsAParentThatDoesNotExist() throws {
    let file = try VerificationFile()
    // The home 40 of the second segment, which has 40.
    try file.setValues(
      1, TablePlan.linkNumber, Array(repeating: 1 << 16, count: 89) + [1 << 16 + 40])
    #expect(try file.verify().lines.contains("member segment 1 column parent: parentsThere"))
  }

  @Test func findsAParentInASegmentThatDoesNotExist() throws {
    let file = try VerificationFile()
    try file.setValues(
      1, TablePlan.linkNumber, Array(repeating: 1 << 16, count: 89) + [7 << 16])
    #expect(try file.verify().lines.contains("member segment 1 column parent: parentsThere"))
  }

  @Test func findsAParentWhosePlaceIsEmptied() throws {
    let file = try VerificationFile()
    let parent = try #require(file.model.rows[1].first { !$0.isLate }?.parent)
    var bits = [UInt8](repeating: 0, count: 8_192)
    bits[Int(parent) >> 3] = 1 << UInt8(parent & 7)
    var writer = ByteWriter()
    writer.append(bits)
    writer.append(checksum(bits) ^ mix(0))
    try file.put(writer.bytes, for: file.key(0, segment: 0), in: "removed")
    try file.changeCatalog {
      $0.tables[0].emptied = [Catalog.EmptiedPlaces(segment: 0, placeCount: 1)]
      $0.tables[0].rowCount -= 1
    }
    #expect(try file.verify().lines.contains("member segment 0 column parent: parentsThere"))
  }

  @Test func findsParentsThatFall() throws {
    let file = try VerificationFile()
    try file.setValues(
      1, TablePlan.linkNumber, Array(repeating: 1 << 16 + 5, count: 89) + [1 << 16])
    #expect(try file.verify().lines.contains("member segment 1 column parent: parentsRise"))
  }

  @Test func findsAWrongFirstParent() throws {
    let file = try VerificationFile()
    try file.changeCatalog { $0.tables[1].firstParents[1] += 1 }
    let report = try file.verify()
    #expect(report.findings.allSatisfy { $0.promise == .parentsRise })
    #expect(report.lines == ["member segment 1: parentsRise"])
  }

  // MARK: Indexes

  @Test func findsAMissingEntry() throws {
    let file = try VerificationFile()
    try file.changeNumberIndex { $0.remove(at: 100) }
    let report = try file.verify()
    #expect(report.findings.count == 1)
    #expect(report.lines[0].hasPrefix("member index number run 2 partition "))
    #expect(report.findings[0].promise == .entriesComplete)
  }

  @Test func findsAnEntryOfAnotherRow() throws {
    let file = try VerificationFile()
    try file.changeNumberIndex { $0[100].row += 1 }
    #expect(try file.verify().findings.map(\.promise) == [.entriesComplete])
  }

  @Test func findsAnEntryOfAnotherKey() throws {
    let file = try VerificationFile()
    try file.changeNumberIndex { $0[100].hash ^= 1 << 50 }
    #expect(try file.verify().findings.map(\.promise) == [.entriesComplete])
  }

  @Test func findsAnEntryTooMany() throws {
    let file = try VerificationFile()
    try file.changeNumberIndex { $0.append((1 << 60, 5)) }
    #expect(try file.verify().findings.map(\.promise) == [.entriesComplete])
  }

  @Test func findsSwappedRows() throws {
    let file = try VerificationFile()
    try file.changeNumberIndex { entries in
      let row = entries[100].row
      entries[100].row = entries[200].row
      entries[200].row = row
    }
    let report = try file.verify()
    #expect(!report.isSound && report.findings.allSatisfy { $0.promise == .entriesComplete })
  }

  @Test func findsAWrongEntryCount() throws {
    let file = try VerificationFile()
    try file.changeCatalog { $0.tables[1].indexes[1][0].entryCount += 1 }
    #expect(try file.verify().lines == ["member index late_children run 3: entriesCounted"])
  }

  @Test func findsASegmentWithoutARun() throws {
    let file = try VerificationFile()
    try file.changeCatalog { $0.tables[0].indexes[0][0].segmentCount = 1 }
    let report = try file.verify()
    #expect(report.lines.contains("home index home_number: entriesComplete"))
  }

  @Test func findsARunOfAnotherKind() throws {
    let file = try VerificationFile()
    try file.changeCatalog { $0.tables[0].indexes[0][0].keyBits = 64 }
    #expect(try file.verify().lines.contains("home index home_number run 1: runsFit"))
  }

  @Test func findsRunsThatCoverASegmentTwice() throws {
    let file = try VerificationFile()
    try file.changeCatalog {
      $0.tables[0].indexes[0].append($0.tables[0].indexes[0][0])
      $0.tables[0].indexes[0][1].number = 3
    }
    #expect(try file.verify().lines.contains("home index home_number run 3: runsFit"))
  }

  @Test func findsARunBeyondTheSegments() throws {
    let file = try VerificationFile()
    try file.changeCatalog { $0.tables[0].indexes[0][0].segmentCount = 3 }
    #expect(try file.verify().lines == ["home index home_number run 1: runsFit"])
  }
}
