// A folder holds the four files with headers, and the note.

import Foundation
import Support
import Testing

@testable import Generating

@Suite struct FolderOutputTests {
  @Test func writesHeadersLinesAndTheNote() throws {
    let folder = try TemporaryFolder()
    let people = try People(seed: 3, personCount: 500, schemas: schemas)
    let output = try FolderOutput(folder: folder.file("made"), people: people)
    try people.forEachPiece(threadCount: 2) {
      (piece: borrowing PieceText) throws(GeneratingError) in try output.write(piece)
    }
    try output.finish()

    let bytes = try people.bytes()
    for file in PeopleFile.allCases {
      let written = try Data(contentsOf: URL(fileURLWithPath: folder.file("made/" + file.name)))
      #expect(Array(written) == Array((file.header + "\n").utf8) + (bytes[file] ?? []))
    }
    let note = try String(contentsOfFile: folder.file("made/MADE-UP.txt"), encoding: .utf8)
    #expect(note.contains("500000 to 999999"))
    #expect(note.contains("--persons 500 --seed 3"))
  }

  @Test func saysWhichFolderCannotBeMade() throws {
    let people = try People(seed: 3, personCount: 1, schemas: schemas)

    #expect(throws: GeneratingError(.cannotWrite, path: "/proc/no/folder", systemError: 2)) {
      try FolderOutput(folder: "/proc/no/folder", people: people)
    }
  }

  @Test func stopsAtTheFirstPieceThatCannotBeHandedOn() throws {
    let people = try People(seed: 3, personCount: 200_000, schemas: schemas)
    let refusal = GeneratingError(.cannotWrite, path: "full")

    #expect(throws: refusal) {
      try people.forEachPiece(threadCount: 2) {
        (_: borrowing PieceText) throws(GeneratingError) in throw refusal
      }
    }
  }
}
