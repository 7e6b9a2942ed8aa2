// Damage on purpose: as much as was asked for, of every kind, and in no other line.

import Bytes
import Foundation
import Support
import Testing

@testable import Generating

@Suite struct DamageTests {
  private func folder(_ perHundredThousand: Int, threads: Int) throws -> (
    persons: [Substring], damage: [Substring]
  ) {
    let people = try People(
      seed: 5, personCount: 40_000, schemas: schemas,
      settings: PeopleSettings(damagePerHundredThousand: perHundredThousand))
    let folder = try TemporaryFolder()
    let output = try FolderOutput(folder: folder.path, people: people)
    try people.forEachPiece(threadCount: threads) {
      (piece: borrowing PieceText) throws(GeneratingError) in try output.write(piece)
    }
    try output.finish()
    func lines(_ name: String) -> [Substring] {
      let bytes = FileManager.default.contents(atPath: folder.file(name)) ?? Data()
      return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }
    return (lines("persons.csv"), lines("damage.csv"))
  }

  @Test func damagesOnlyTheLinesThatItLists() throws {
    let clean = try folder(0, threads: 1)
    let dirty = try folder(1_000, threads: 1)
    #expect(clean.damage == [])
    #expect(dirty.damage[0] == "line,kind,field,code")
    #expect(clean.persons.count == dirty.persons.count)
    let listed = Set(dirty.damage.dropFirst().compactMap { Int($0.split(separator: ",")[0]) })
    #expect(listed.count == dirty.damage.count - 1)
    for (index, (one, other)) in zip(clean.persons, dirty.persons).enumerated() {
      #expect((one != other) == listed.contains(index + 1), "line \(index + 1)")
    }
  }

  @Test func damagesAsManyLinesOfEachKindAsItIsAsked() throws {
    let dirty = try folder(2_000, threads: 2)
    let kinds = Dictionary(grouping: dirty.damage.dropFirst()) { $0.split(separator: ",")[1] }
    #expect(kinds.count == DamageKind.allCases.count)
    for (kind, lines) in kinds { #expect((600...1_000).contains(lines.count), "\(kind)") }
  }

  @Test func isTheSameForAnyNumberOfThreads() throws {
    let (one, two) = (try folder(1_000, threads: 1), try folder(1_000, threads: 3))
    #expect(one.persons == two.persons)
    #expect(one.damage == two.damage)
  }

  @Test(arguments: [-1, 8_001])
  func refusesDamageThatLeavesNoLineWhole(_ damage: Int) {
    #expect(throws: GeneratingError(.damageOutOfRange)) {
      try People(
        seed: 1, personCount: 10, schemas: schemas,
        settings: PeopleSettings(damagePerHundredThousand: damage))
    }
  }

  /// What each kind makes of a line.
  @Test(arguments: [
    (DamageKind.exponent, "1.09671E+09,0100000004,Trần Bảo,M,1996-10-12,01,A"),
    (.leadingZeros, "1096711206,0100000004,Trần Bảo,M,1996-10-12,01,A"),
    (.pointZero, "001096711206.0,0100000004,Trần Bảo,M,1996-10-12,01,A"),
    (.impossibleDay, "001096711206,0100000004,Trần Bảo,M,1996-02-30,01,A"),
    (.twoDigitYear, "001096711206,0100000004,Trần Bảo,M,12-10-96,01,A"),
    (.lookAlike, "001096711206,0100000004,\u{D0}Trần Bảo,M,1996-10-12,01,A"),
    (.unknownCode, "001096711206,0100000004,Trần Bảo,X,1996-10-12,01,A"),
    (.fieldMissing, "001096711206,0100000004,Trần Bảo,M,1996-10-12,01"),
    (.strayQuote, "001096711206,0100000004,\"Trần Bảo\"?,M,1996-10-12,01,A"),
    (.duplicate, "001000000001,0100000004,Trần Bảo,M,1996-10-12,01,A"),
    (.missingParent, "001096711206,9900000004,Trần Bảo,M,1996-10-12,01,A"),
  ])
  func damagesALine(_ kind: DamageKind, _ damaged: String) {
    let line = Array("001096711206,0100000004,Trần Bảo,M,1996-10-12,01,A".utf8)
    var sink = TextSink(capacity: 256)
    line.lend { line in
      Array("001000000001".utf8).lend { PersonLine(line).append(kind, number: $0, to: &sink) }
    }
    #expect(sink.lend { String($0) } == damaged)
  }
}
