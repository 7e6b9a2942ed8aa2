// What is exported is what was loaded, and loads again to the same bytes.

import Foundation
import Generating
import Hearth
import Support
import Testing

/// The schemas of this repository.
private let schemas = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Schemas").path

@Suite struct ExportTests {
  /// The fields of the persons of `hearth generate`, in the order of its columns.
  private static let personFields = [
    "personal_number", "household_number", "full_name", "sex", "birth_date", "ethnicity",
    "relation", "marital", "education", "occupation", "commune", "birth_province", "address",
    "phone", "old_number", "insurance_number", "card_number", "card_group", "card_facility",
    "card_valid_from", "card_valid_to", "card_status",
  ]

  @Test func givesBackMadeUpPeople() throws {
    let folder = try TemporaryFolder()
    let people = try made(3_000, in: folder)
    let first = try loaded(
      [
        ("household", people + "/households.csv"), ("person", people + "/persons.csv"),
        ("identifier", people + "/identifiers.csv"), ("coverage", people + "/coverages.csv"),
      ], as: "first", in: folder)

    // The same rows and fields as the generator wrote, but for the names of the columns.
    let exported = try text(of: "person", in: first, fields: Self.personFields)
    let written = try bytes(people + "/persons.csv")
    #expect(body(exported) == body(written))

    var files: [(table: String, path: String)] = []
    for table in ["household", "person", "identifier", "coverage"] {
      let path = try folder.write(try text(of: table, in: first), as: "\(table).csv")
      files.append((table, path))
    }
    let second = try loaded(files, as: "second", in: folder)
    for (table, path) in files {
      #expect(try text(of: table, in: second) == (try bytes(path)), "\(table)")
    }
    #expect(try first.verify().isSound && second.verify().isSound)
  }

  @Test func writesTheSameWithAnyNumberOfWorkers() throws {
    let folder = try TemporaryFolder()
    let people = try made(10_000, in: folder)
    let database = try loaded(
      [("household", people + "/households.csv"), ("person", people + "/persons.csv")],
      as: "one", in: folder)
    let alone = try text(of: "person", in: database, jobs: 1)
    #expect(try text(of: "person", in: database, jobs: 5) == alone)

    let women = try text(of: "person", in: database, where: "sex = F", fields: ["sex"])
    let lines = women.split(separator: 0x0A)
    let count = try database.read { try $0.count(of: "person", where: "sex = F") }
    #expect(lines.count == count + 1)
    #expect(lines.dropFirst().allSatisfy { Array($0) == Array("F".utf8) })
  }

  /// Texts that need quotes, texts that are no words, and absent values.
  @Test func quotesWhatNeedsIt() throws {
    let folder = try TemporaryFolder()
    let households = "household_number,address\n0000000001,\"1, a \"\"b\"\"\"\n"
    let persons = """
      personal_number,household_number,full_name,address,relation_typed
      001087000001,0000000001,"Ann ""A"" Bee","1, a ""b""\",
      001087000002,0000000001,  Odd   Spaces ,elsewhere,
      001087000003,,"Comma, Given",,"own, ""child""\"

      """
    let database = try loaded(
      [
        ("household", try folder.write(households, as: "h.csv")),
        ("person", try folder.write(persons, as: "p.csv")),
      ], as: "quotes", in: folder)
    #expect(
      try text(of: "household", in: database, fields: ["household_number", "address"])
        == Array(households.utf8))
    let fields = ["personal_number", "household_number", "full_name", "address", "relation_typed"]
    #expect(
      String(decoding: try text(of: "person", in: database, fields: fields), as: UTF8.self)
        == persons)
  }

  /// A text that is no words of a dictionary is not said by the words that a child has from its
  /// parent; such a text of a parent was once exported as absent.
  @Test(arguments: ["1 Low", String(repeating: "long street ", count: 1_000)])
  func writesTextsThatChildrenHaveFromTheirParents(street: String) throws {
    let trial = try FamilySchema.trial()
    try trial.load(
      ("home", "home_number,street\n0001,\(street)\n0002,2 High\n"),
      ("member", "number,home_number\n000011,0001\n000021,0002\n"))
    let exported = String(
      decoding: try text(of: "member", in: trial.database, fields: ["number", "street"]),
      as: UTF8.self)
    #expect(exported == "number,street\n000011,\(street)\n000021,2 High\n")
  }

  /// Empty texts, absent values and everything else, out and in again by a plan with the mark.
  @Test func tellsEmptyTextsFromAbsentValuesByAMark() throws {
    let columns = ThingSchema.header.split(separator: ",").map(String.init)
    let fields = columns.map { #"{"field": "\#($0)", "column": "\#($0)"}"# }
    let plan = """
      {"absent": ["\\\\N"],
       "tables": [{"table": "thing", "fields": [\(fields.joined(separator: ","))]}]}
      """
    let text = """
      \(ThingSchema.header)
      0001,"","","",\\N,\\N,\\N,\\N,\\N,\\N
      0002,\\N,\\N,\\N,A,x,1999-02,-5,0.50,1
      0003,\\Nam,N,"a, b",B,y,1957,0,-1.00,0

      """
    let trial = try ThingSchema.trial()
    try trial.load(text, plan: plan)
    func exported(_ mark: String) throws -> String {
      String(
        decoding: try self.text(of: "thing", in: trial.database, fields: columns, absentMark: mark),
        as: UTF8.self)
    }
    #expect(try exported("\\N") == text)
    #expect(try exported("") == text.replacing("\\N,", with: ",").replacing("\\N\n", with: "\n"))
    // A value is the same, or could be, or the mark would need quotes.
    for mark in ["\\Nam", "A", "x", "0", "1999", "-", "a,b", "\"", "\n"] {
      #expect(throws: QueryError(.unfitMark, name: mark)) { try exported(mark) }
    }
  }

  @Test func refusesUnknownNames() throws {
    let folder = try TemporaryFolder()
    let database = try Database.create(
      at: folder.file("empty"), schema: try Schema(reading: schemas))
    #expect(throws: QueryFailure.unknownTable("people")) {
      try text(of: "people", in: database)
    }
    #expect(throws: QueryFailure.unknownField(table: "person", field: "age")) {
      try text(of: "person", in: database, fields: ["age"])
    }
    #expect(throws: QueryFailure.fieldRepeated(table: "person", field: "sex")) {
      try text(of: "person", in: database, fields: ["sex", "phone", "sex"])
    }
    #expect(throws: QueryFailure.noFields(table: "person")) {
      try text(of: "person", in: database, fields: [])
    }
    #expect(
      try text(of: "person", in: database, fields: ["sex", "full_name"])
        == Array("sex,full_name\n".utf8))
  }

  @Test func stopsWhenTheSinkRefuses() throws {
    struct Full: Error {}
    let folder = try TemporaryFolder()
    let people = try made(1_000, in: folder)
    let database = try loaded(
      [("household", people + "/households.csv")], as: "full", in: folder)
    #expect(throws: Full.self) {
      try database.read { snapshot in
        var calls = 0
        try snapshot.export("household") { _ in
          calls += 1
          if calls == 2 { throw Full() }
        }
      }
    }
  }

  @Test func remembersLoads() throws {
    let folder = try TemporaryFolder()
    let households = "household_number\n0000000001\n0000000001\n"
    let database = try loaded(
      [("household", try folder.write(households, as: "h.csv"))], as: "loads", in: folder)
    let loads = try database.read { $0.loads }
    #expect(loads.count == 1)
    #expect(loads[0].number == 1 && loads[0].stored == 1 && loads[0].refused == 1)
    #expect(loads[0].files.map(\.table) == ["household"])
    #expect(loads[0].files[0].byteCount == UInt64(households.utf8.count))
    #expect(try database.read { $0.codeCount(ofList: "sex") } == 2)
    let report = try database.verify()
    #expect(report.isSound && report.tables[0].rows == 1)
  }

  // MARK: Files

  private func made(_ personCount: Int, in folder: TemporaryFolder) throws -> String {
    let people = try People(
      seed: 3, personCount: personCount, schemas: schemas,
      settings: PeopleSettings(cardsThousandths: 2_500, yearOnlyPerHundredThousand: 3_000))
    let output = try FolderOutput(folder: folder.file("people"), people: people)
    try people.forEachPiece(threadCount: 2) {
      (piece: borrowing PieceText) throws(GeneratingError) in
      try output.write(piece)
    }
    try output.finish()
    return folder.file("people")
  }

  private func loaded(
    _ files: [(table: String, path: String)], as name: String, in folder: TemporaryFolder
  ) throws -> Database {
    let database = try Database.create(
      at: folder.file(name), schema: try Schema(reading: schemas))
    var options = LoadOptions()
    options.rejectsPath = folder.file(name + ".rejects.csv")
    _ = try database.load(files, options: options)
    return database
  }

  private func text(
    of table: String, in database: Database, where condition: String = "",
    fields: [String]? = nil, absentMark: String = "", jobs: Int? = nil
  ) throws -> [UInt8] {
    var bytes: [UInt8] = []
    _ = try database.read { snapshot in
      try snapshot.export(
        table, where: condition, fields: fields, absentMark: absentMark, jobs: jobs
      ) { span in
        span.withUnsafeBytes { bytes.append(contentsOf: $0) }
      }
    }
    return bytes
  }

  private func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// Everything after the first line.
  private func body(_ text: [UInt8]) -> ArraySlice<UInt8> {
    text.drop { $0 != 0x0A }
  }
}
