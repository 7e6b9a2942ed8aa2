// Texts and words beyond a limit are stored otherwise and read back the same.

import Rows
import Store
import Support
import Testing

@testable import Loading

@Suite struct LoadLimitsTests {
  private func registry() throws -> LoadedRegistry {
    try LoadedRegistry(
      tables: [
        """
        {"name": "thing", "key": "number", "fields": [
          \(field(1, "number", "digits(6)")),
          \(field(2, "name", "text", #""words": "name", "dictionary": "name""#)),
          \(field(3, "street", "text", #""words": "address", "dictionary": "street""#)),
          \(field(4, "word", "text", #""words": "whole", "dictionary": "word""#)),
          \(field(5, "note", "text")),
          \(field(6, "tag", "code(tag)"))],
         "indexes": [{"name": "number", "fields": ["number"], "unique": true}]}
        """
      ],
      lists: [
        """
        {"name": "tag", "description": "", "open": true, "attributes": [], "codes": [["x"]]}
        """
      ])
  }

  private struct Made {
    var text = "number,name,street,word,note,tag\n"
    var names: [String] = []
    var streets: [String] = []
    var words: [String] = []
    var notes: [String] = []

    init(_ rows: Range<Int>) {
      for row in rows {
        names.append("Ho\(row % 50) Đệm\(row % 40) Ten\(row)")
        streets.append("\(row) ngõ \(row % 9) Phố \(row % 60)")
        words.append("từ \(row % 70)")
        notes.append("ghi chú \(row)")
        text += "\(100_000 + row),\(names[names.count - 1]),\(streets[streets.count - 1]),"
        text += "\(words[words.count - 1]),\(notes[notes.count - 1]),t\(row % 30)\n"
      }
    }
  }

  private func expectTexts(_ made: Made, in loaded: LoadedRegistry) throws {
    #expect(try loaded.texts("name", of: "thing") == made.names)
    #expect(try loaded.texts("street", of: "thing") == made.streets)
    #expect(try loaded.texts("word", of: "thing") == made.words)
    #expect(try loaded.texts("note", of: "thing") == made.notes)
  }

  @Test(arguments: [0, 1, 5, 64, 1 << 20])
  func storesWordsBeyondADictionaryAsTexts(wordCountMax: Int) throws {
    let loaded = try registry()
    var limits = LoadLimits()
    limits.wordCountMax = wordCountMax
    let made = Made(0..<300)
    try loaded.load(("thing", made.text), limits: limits)

    try expectTexts(made, in: loaded)
    for dictionary in try loaded.registry.beginSnapshot().catalog.dictionaries.dropFirst() {
      #expect(dictionary.wordCount <= wordCountMax)
    }
    // Code lists grow all the same.
    #expect(try loaded.wordCount("list:tag") == 31)
  }

  /// A dictionary of which most words are new is frozen, and stays so in later loads.
  @Test func freezesADictionaryOfNewWords() throws {
    let loaded = try registry()
    var limits = LoadLimits()
    limits.frozenCountMin = 100
    limits.pieceByteCount = 2_000
    var made = Made(0..<600)
    try loaded.load(("thing", made.text), jobs: 3, limits: limits)
    let given = try loaded.registry.beginSnapshot().catalog.dictionaries.first {
      $0.name == "words:name.3"
    }

    #expect(given?.isFrozen == true)
    #expect(given?.wordCount ?? 0 < 600)
    try expectTexts(made, in: loaded)

    let more = Made(600..<700)
    try loaded.load(("thing", more.text), limits: limits)
    let after = try loaded.registry.beginSnapshot().catalog.dictionaries.first {
      $0.name == "words:name.3"
    }
    #expect(after == given)
    made.names += more.names
    made.streets += more.streets
    made.words += more.words
    made.notes += more.notes
    try expectTexts(made, in: loaded)
  }

  @Test func doesNotFreezeADictionaryOfKnownWords() throws {
    let loaded = try registry()
    var limits = LoadLimits()
    limits.frozenCountMin = 40
    limits.pieceByteCount = 2_000
    try loaded.load(("thing", Made(0..<600).text), limits: limits)
    let surname = try loaded.registry.beginSnapshot().catalog.dictionaries.first {
      $0.name == "words:name.2"
    }

    #expect(
      surname == Catalog.DictionaryState(name: "words:name.2", wordCount: 40, isFrozen: false))
  }

  @Test(arguments: [0, 4, 11])
  func storesLongTextsApart(byteCountMax: Int) throws {
    let loaded = try registry()
    var limits = LoadLimits()
    limits.wordTextByteCountMax = byteCountMax
    let made = Made(0..<300)
    try loaded.load(("thing", made.text), limits: limits)

    try expectTexts(made, in: loaded)
    if byteCountMax == 0 { #expect(try loaded.wordCount("words:") == 0) }
  }

  /// A segment ends early where its texts are many; where, does not depend on pieces.
  @Test(arguments: [100, 1_000, 1 << 20], [1, 3])
  func endsASegmentOfManyTexts(pieceByteCount: Int, jobs: Int) throws {
    func load(_ pieceByteCount: Int, _ jobs: Int) throws -> LoadedRegistry {
      let loaded = try registry()
      var limits = LoadLimits()
      limits.segmentTextByteCountMax = 1_500
      limits.pieceByteCount = pieceByteCount
      try loaded.load(("thing", Made(0..<500).text), jobs: jobs, limits: limits)
      return loaded
    }
    let loaded = try load(pieceByteCount, jobs)
    let snapshot = try loaded.registry.beginSnapshot()

    #expect(snapshot.segmentCount(table: 0) > 3)
    #expect(snapshot.rowCount(table: 0) == 500)
    try expectTexts(Made(0..<500), in: loaded)
    #expect(differences(try load(1 << 20, 1).contents(), try loaded.contents()) == [])
  }

  /// Refused rows leave no words and no codes behind.
  @Test func forgetsTheWordsOfRefusedRows() throws {
    let loaded = try registry()
    let text = """
      number,name,word,tag
      000001,Lan,a,t1
      x,Secret Name,secret,t2
      000002,Hoa,b,t3
      000003,Mai,secret2,t4,
      000004,Lan,a,t1

      """
    try loaded.load(("thing", text))

    #expect(try loaded.wordCount("list:tag") == 3)
    #expect(try loaded.wordCount("words:word") == 2)
    #expect(try loaded.texts("word", of: "thing") == ["a", "b", "a"])
    #expect(try loaded.texts("name", of: "thing") == ["Lan", "Hoa", "Lan"])
  }
}
