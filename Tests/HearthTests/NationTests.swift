// 200,000 made-up people under the schemas of this repository: each is found and is as its line
// says.

import Foundation
import Generating
import Hearth
import Support
import Synchronization
import Testing

@Suite struct NationTests {
  private static let personCount = 200_000
  private static let loaded = Result { try Nation(personCount: personCount) }

  @Test func loadsEveryLine() throws {
    let nation = try Self.loaded.get()

    #expect(nation.report.refused == 0)
    #expect(nation.report.files.map(\.table) == ["household", "person", "coverage", "identifier"])
    for file in nation.report.files {
      #expect(file.stored == file.records)
      #expect(file.late == 0)
      #expect(file.unusedColumns == [])
    }
    try nation.database.read { (snapshot: Snapshot) throws in
      #expect(try snapshot.rowCount(of: "person") == Self.personCount)
      #expect(try snapshot.rowCount(of: "household") == nation.households.count)
    }
  }

  @Test func isSound() throws {
    let report = try Self.loaded.get().database.verify()

    #expect(report.findings == [])
    #expect(report.skipped == [])
    #expect(report.tables.reduce(0) { $0 + $1.segments } >= 7)
  }

  /// Every person with a personal number is found by it, and every field is the line's.
  @Test func findsEveryPersonAsItsLineSays() throws {
    let nation = try Self.loaded.get()
    let numberColumn = nation.persons.column("person_id")
    let wrong = try nation.forEachPart(of: nation.persons.count) { snapshot, records in
      var wrong: [String] = []
      for record in records {
        let fields = nation.persons[record]
        guard !fields[numberColumn].isEmpty else { continue }
        let rows = try snapshot.rows(of: "person", equal: fields[numberColumn])
        guard rows.count == 1 else {
          wrong.append("line \(record + 2): \(rows.count) rows")
          continue
        }
        wrong += nation.differences(rows[0], fields, nation.persons.header, record)
      }
      return wrong
    }
    #expect(wrong == [])
  }

  /// Every household is found, and its members are those of the file, in the file's order.
  @Test func findsEveryHouseholdWithItsMembers() throws {
    let nation = try Self.loaded.get()
    let (number, home) = (
      nation.persons.column("person_id"), nation.persons.column("household_id")
    )
    var members: [String: [Int]] = [:]
    for record in 0..<nation.persons.count {
      members[nation.persons[record][home], default: []].append(record)
    }
    let expected = members
    let wrong = try nation.forEachPart(of: nation.households.count) { snapshot, records in
      var wrong: [String] = []
      for record in records {
        let fields = nation.households[record]
        let rows = try snapshot.rows(of: "household", equal: fields[0])
        guard rows.count == 1 else {
          wrong.append("household \(record): \(rows.count) rows")
          continue
        }
        wrong += nation.differences(rows[0], fields, nation.households.header, record)
        let found = try snapshot.children(of: rows[0], in: "person").map {
          $0["personal_number"].description
        }
        let records = expected[fields[0]] ?? []
        if found != records.map({ nation.persons[$0][number] }) {
          wrong.append("members of household \(record)")
        }
      }
      return wrong
    }
    #expect(wrong == [])
  }

  /// By any other number as well: every hundredth person.
  @Test func findsPersonsByTheirOtherNumbers() throws {
    let nation = try Self.loaded.get()
    let columns = ["phone", "old_id", "insurance_no", "card_no"].map {
      (name: $0, place: nation.persons.column($0))
    }
    try nation.database.read { (snapshot: Snapshot) throws in
      for record in stride(from: 0, to: nation.persons.count, by: 100) {
        let fields = nation.persons[record]
        for column in columns where !fields[column.place].isEmpty {
          let rows = try snapshot.rows(
            of: "person", where: column.name, equal: fields[column.place])
          let isFound = rows.contains { row in
            row["personal_number"].description == fields[nation.persons.column("person_id")]
              && row["full_name"].description == fields[nation.persons.column("full_name")]
          }
          if !isFound { Issue.record("line \(record + 2) by \(column.name)") }
        }
        let named = try snapshot.rows(
          of: "person", index: "name_and_birth_date",
          text: fields[nation.persons.column("full_name")].lowercased(),
          and: fields[nation.persons.column("birth_date")])
        if named.isEmpty { Issue.record("line \(record + 2) by name") }
      }
    }
  }

  /// The cards and numbers of every fiftieth person who has some.
  @Test func findsWhatBelongsToPersons() throws {
    let nation = try Self.loaded.get()
    for (table, lines) in [("coverage", nation.coverages), ("identifier", nation.identifiers)] {
      #expect(lines.count > 1_000)
      var records: [String: [Int]] = [:]
      for record in 0..<lines.count { records[lines[record][0], default: []].append(record) }
      let owners = records.keys.filter { !$0.isEmpty }.sorted()
      try nation.database.read { (snapshot: Snapshot) throws in
        for position in stride(from: 0, to: owners.count, by: 50) {
          let owner = owners[position]
          let person = try #require(try snapshot.rows(of: "person", equal: owner).first)
          let rows = try snapshot.children(of: person, in: table)
          let expected = records[owner] ?? []
          guard rows.count == expected.count else {
            Issue.record("\(rows.count) of \(expected.count) \(table)")
            continue
          }
          for (row, record) in zip(rows, expected) {
            #expect(nation.differences(row, lines[record], lines.header, record) == [])
          }
        }
      }
    }
  }

  @Test func findsNobodyElse() throws {
    let nation = try Self.loaded.get()
    try nation.database.read { (snapshot: Snapshot) throws in
      for number in 0..<2_000 {
        // Made-up numbers end in 500000 to 999999.
        let text = String(1_000_000_000_000 + number * 1_000_003 % 400_000).dropFirst()
        #expect(try snapshot.rows(of: "person", equal: String(text)).isEmpty)
      }
      #expect(try snapshot.rows(of: "household", equal: "9999999999").isEmpty)
    }
  }
}

/// A loaded registry of made-up people, and their files.
private final class Nation: @unchecked Sendable {
  let database: Database
  let report: LoadReport
  let persons: DelimitedLines
  let households: DelimitedLines
  let coverages: DelimitedLines
  let identifiers: DelimitedLines
  private let folder: TemporaryFolder

  init(personCount: Int) throws {
    let schemas = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Schemas").path
    let folder = try TemporaryFolder()
    let people = try People(
      seed: 41, personCount: personCount, schemas: schemas,
      settings: PeopleSettings(cardsThousandths: 1_200, yearOnlyPerHundredThousand: 2_000))
    let output = try FolderOutput(folder: folder.path, people: people)
    try people.forEachPiece(threadCount: 2) {
      (piece: borrowing PieceText) throws(GeneratingError) in try output.write(piece)
    }
    try output.finish()
    func lines(_ name: String) throws -> DelimitedLines {
      DelimitedLines(Array(try Data(contentsOf: URL(fileURLWithPath: folder.file(name)))))
    }
    persons = try lines("persons.csv")
    households = try lines("households.csv")
    coverages = try lines("coverages.csv")
    identifiers = try lines("identifiers.csv")
    database = try Database.create(at: folder.file("registry"), schema: Schema(reading: schemas))
    report = try database.load([
      ("identifier", folder.file("identifiers.csv")), ("person", folder.file("persons.csv")),
      ("coverage", folder.file("coverages.csv")), ("household", folder.file("households.csv")),
    ])
    self.folder = folder
  }

  /// Runs `body` over parts of 0..<count on two threads; gives the first of what it found.
  func forEachPart(
    of count: Int,
    _ body: @escaping @Sendable (Snapshot, Range<Int>) throws -> [String]
  ) throws -> [String] {
    let found = Mutex<[String]>([])
    let partCount = 8
    DispatchQueue.concurrentPerform(iterations: partCount) { part in
      let records = part * count / partCount..<(part + 1) * count / partCount
      do {
        let wrong = try database.read { try body($0, records) }
        found.withLock { $0 += wrong }
      } catch {
        found.withLock { $0.append("\(error)") }
      }
    }
    return Array(found.withLock { $0 }.prefix(10))
  }

  /// The columns in which a row is not as its line says.
  func differences(_ row: Row, _ fields: [String], _ header: [String], _ record: Int) -> [String] {
    header.indices.compactMap { column in
      guard let position = row.table.position(ofColumn: header[column]) else {
        return "no field for \(header[column])"
      }
      let stored = row.values[position].description
      if stored == fields[column] { return nil }
      return "line \(record + 2): \(header[column]) is '\(stored)', not '\(fields[column])'"
    }
  }
}
