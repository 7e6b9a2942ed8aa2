// Records parsed together, field by field, give what records parsed one by one give.

import Foundation
import Store
import Support
import Testing

@testable import Loading

@Suite struct RecordBatchTests {
  /// Persons of whom many have something that a loop leaves or a field refuses.
  private func messyPersons(seed: UInt64, count: Int) -> (text: String, names: [String?]) {
    var random = SeededGenerator(seed: seed)
    func one(_ texts: [String]) -> String { texts.randomElement(using: &random) ?? "" }
    func mostly(_ usual: String, _ others: [String]) -> String {
      Int.random(in: 0..<100, using: &random) < 96 ? usual : one(others)
    }
    let surnames = ["Nguyễn", "Trần", "Lê", "Đỗ", "Nguye\u{302}\u{303}n", "H\u{F8}y"]
    let middles = ["Văn", "Thị Thanh Bích Phương Hoài", "Minh", "", " ", "Kim  Chi", "\u{1100}"]
    let givens = ["An", "Bảo", "Cường", "Cu\u{31B}o\u{31B}\u{300}ng", ""]
    var text =
      "person_id,full_name,sex,birth_date,address,facility,occupation,insurance_no,card_no,"
      + "relation_typed\n"
    var names: [String?] = []
    for row in 0..<count {
      let name = mostly(
        one(surnames) + " " + one(middles) + " " + one(givens),
        ["An", "", " An", "An ", "bad\u{7}", String(repeating: "x", count: 70) + " y"])
      let insurance = String(10_000_000 + row) + "99"
      var fields = [
        mostly(String(100_000_000_000 + row), ["", "12", "x", "00109671120"]), name,
        mostly(one(["M", "F"]), ["", "Q", "nam"]),
        mostly("19\(10 + row % 90)-0\(1 + row % 9)-2\(row % 9)", ["", "2000-02-29", "1999-02-29"]),
        mostly(
          "\(one(["Số 1", "Số 264, ngõ 174", "số nhà 123456"])), đường \(one(givens))",
          ["", "\u{1} x", "1", String(repeating: "dài ", count: 20)]),
        mostly(one(["01001", "01002", "k\(row / 50)"]), ["", "e\u{301}", "\u{3}", "a b"]),
        mostly("", ["51", "9x"]), mostly(insurance, ["", "1"]),
        mostly("GD4\(insurance.prefix(2))\(insurance)", ["", insurance, "GD4", "XX9"]),
        mostly("", ["con", "cháu ngoại", "say \"it\""]),
      ]
      let isBroken = Int.random(in: 0..<60, using: &random) == 0
      if isBroken { fields.removeLast(Int.random(in: 1...3, using: &random)) }
      let line = fields.map { field in
        field.contains(where: { ",\"\n".contains($0) }) || Bool.random(using: &random)
          ? "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : field
      }
      text += line.joined(separator: ",")
      text += Int.random(in: 0..<80, using: &random) == 0 ? "\n\n" : "\n"
      names.append(name.isEmpty ? nil : name.precomposedStringWithCanonicalMapping)
    }
    return (text, names)
  }

  private func load(
    _ text: String, batchCount: Int, pieceByteCount: Int
  ) throws -> (contents: [String: [[UInt8]: UInt64]], rejects: String, names: [String?]) {
    let loaded = try LoadedRegistry(schemas: schemasPath)
    var limits = LoadLimits()
    limits.batchRecordCountMax = batchCount
    limits.pieceByteCount = pieceByteCount
    try loaded.load(("person", text), limits: limits)
    return (
      try loaded.contents(),
      try loaded.rejects(),
      try loaded.texts("full_name", of: "person")
    )
  }

  @Test(arguments: 0..<UInt64(4))
  func parsesAsOneByOne(seed: UInt64) throws {
    let (text, names) = messyPersons(seed: seed, count: 3_000)
    let one = try load(text, batchCount: 1, pieceByteCount: 1 << 20)
    #expect(one.rejects.split(separator: "\n").count > 300)
    // Rows that stay are in order, each with its name.
    var next = names.makeIterator()
    for name in one.names {
      while let candidate = next.next(), candidate != name {}
    }
    #expect(one.names.count > 1_000)
    for (batchCount, pieceByteCount) in [(128, 1 << 20), (128, 20_000), (7, 50_000)] {
      let many = try load(text, batchCount: batchCount, pieceByteCount: pieceByteCount)
      #expect(differences(one.contents, many.contents) == [], "batches of \(batchCount)")
      #expect(one.rejects == many.rejects)
      #expect(one.names == many.names)
    }
  }

  /// Lines are counted, not taken from the number of the record.
  @Test func saysTheLineBehindBlankLines() throws {
    let header = "person_id,full_name\n"
    let loaded = try LoadedRegistry(schemas: schemasPath)
    try loaded.load(
      ("person", header + "1,A B\n001000000001,A B\n\n\"001000000002\",\"A\nB\"\n3,A B\n4,A B"))
    let rejects = try loaded.rejects()
    let lines = rejects.split(separator: "\n").dropFirst().map { $0.split(separator: ",")[2] }
    #expect(lines == ["2", "7", "8"])
  }
}
