// Rules that are judged by loops find what looking at each number finds, and nothing else.

import Bytes
import Foundation
import Rows
import Rules
import Store
import Support
import Testing

@testable import Loading

@Suite struct RuleLoopTests {
  private static let rules = """
    {"rule": "personal_number", "field": "number", "sex": "sex", "birth_date": "born",
     "birth_province": "place", "level": "warn"},
    {"rule": "insurance_number", "field": "insurance"}, {"rule": "old_number", "field": "old"},
    {"rule": "tax_number", "field": "tax"}, {"rule": "mobile_phone", "field": "phone"},
    {"rule": "landline", "field": "landline"}, {"rule": "facility", "field": "facility"},
    {"rule": "range", "field": "size", "least": -3, "greatest": 4},
    {"rule": "not_after", "field": "born", "other": "until"},
    {"rule": "not_in_future", "field": "until"}
    """

  private static let fields = [
    ("number", "digits(12)"), ("sex", "code(sex)"), ("born", "day"), ("place", "code(place)"),
    ("insurance", "digits(10)"), ("old", "digits(9)"), ("tax", "digits(10)"),
    ("phone", "digits(10)"), ("landline", "digits(11)"), ("facility", "code(facility)"),
    ("size", "integer"), ("until", "day"),
  ]

  private func registry() throws -> LoadedRegistry {
    try LoadedRegistry(
      tables: [
        """
        {"name": "row", "fields": [
          \(Self.fields.enumerated().map { field($0 + 1, $1.0, $1.1) }.joined(separator: ",\n"))]}
        """
      ],
      lists: [
        list("sex", ["M", "F"]), list("place", ["01", "04", "79"]),
        list("facility", isOpen: true, ["01001", "9"]),
      ])
  }

  private func list(_ name: String, isOpen: Bool = false, _ codes: [String]) -> String {
    """
    {"name": "\(name)", "description": "", "open": \(isOpen), "attributes": [],
     "codes": [\(codes.map { "[\"\($0)\"]" }.joined(separator: ", "))]}
    """
  }

  /// Values near the edges of what is odd; some are absent.
  private func line(_ random: inout SeededGenerator) -> [String] {
    func digits(_ count: Int, _ starts: [String]) -> String {
      guard let start = starts.randomElement(using: &random), start != "-" else { return "" }
      let rest = (start.count..<count).map { _ in "\(Int.random(in: 0...9, using: &random))" }
      return start + rest.joined()
    }
    func day(_ years: ClosedRange<Int>) -> String {
      let year = Int.random(in: years, using: &random)
      return ["", "\(year)", "\(year)-12", "\(year)-12-31", "\(year)-01-01"].randomElement(
        using: &random) ?? ""
    }
    let zeros = { (count: Int) in String(repeating: "0", count: count) }
    return [
      digits(12, ["001099", "079100", "004200", "003099", "999899", "001199", zeros(12), "-"]),
      ["M", "F", ""].randomElement(using: &random) ?? "", day(1898...2001),
      ["01", "04", "79", ""].randomElement(using: &random) ?? "",
      digits(10, ["01", "03", zeros(10), "-"]), digits(9, ["27145", "2715", "39", "00", "-"]),
      digits(10, ["0100", "03", "-"]), digits(10, ["09", "012", "03", "1", "-"]),
      digits(11, ["024", "0203", "02", "1", "-"]),
      ["01001", "9", "01002", "99001", "x", ""].randomElement(using: &random) ?? "",
      ["-4", "-3", "4", "5", ""].randomElement(using: &random) ?? "", day(1998...2001),
    ]
  }

  /// What is odd about a line, found number by number.
  private func expected(_ line: [String], _ parsers: [FieldParser]) -> [String] {
    let values = zip(line, parsers).map { text, parser -> Int64? in
      let parsed = Array(text.utf8).lend { parser.parse($0) }
      return parsed.problem == nil && parsed.value != Int64.min ? parsed.value : nil
    }
    func day(_ field: Int) -> Day? { values[field].flatMap { Day(physical: $0) } }
    var found: [(Int, Findings)] = []
    if let number = values[0] {
      let province = line[3].isEmpty ? nil : Int(line[3])
      found.append(
        (
          0,
          PersonalNumber(number).findings(
            isMale: values[1].map { $0 == 0 }, birthDay: day(2), birthProvince: province)
        ))
    }
    if let number = values[4] { found.append((4, findings(insuranceNumber: number))) }
    if let number = values[5] { found.append((5, findings(oldNumber: number))) }
    if let number = values[6] { found.append((6, findings(taxNumber: number))) }
    if let number = values[7] {
      found.append((7, findings(mobilePhone: number, digitCount: 10)))
    }
    if let number = values[8] { found.append((8, findings(landline: number))) }
    if !line[9].isEmpty {
      found.append((9, Array(line[9].utf8).lend { findings(facilityCode: $0) }))
    }
    if let size = values[10] {
      found.append((10, size < -3 ? .belowLeast : size > 4 ? .aboveGreatest : []))
    }
    if let born = day(2), let until = day(11), born.daysSince1970 > until.last.daysSince1970 {
      found.append((2, .daysOutOfOrder))
    }
    return found.flatMap { field, findings in
      findings.codes.map { "\(Self.fields[field].0),\($0)" }
    }
  }

  @Test(arguments: UInt64(1)...3)
  func findsWhatLookingAtEachNumberFinds(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let loaded = try registry()
    let lines = (0..<3_000).map { _ in line(&random) }
    let header = Self.fields.map(\.0).joined(separator: ",")
    let text = ([header] + lines.map { $0.joined(separator: ",") }).joined(separator: "\n") + "\n"
    let plan = try LoadPlan(
      Array(
        """
        {"tables": [{"table": "row", "fields": [
        \(Self.fields.map { #"{"field": "\#($0.0)", "column": "\#($0.0)"}"# }
          .joined(separator: ", "))], "rules": [\(Self.rules)]}]}
        """.utf8), file: "p.json", schema: loaded.registry.schema)
    let path = try loaded.folder.write(text, as: "rows.csv")
    var options = LoadOptions()
    options.warningsPath = loaded.folder.file("warnings.csv")
    var limits = LoadLimits()
    limits.pieceByteCount = 20_000
    let report = try Loader(loaded.registry, options: options, limits: limits).load(
      plan.inputs(path))
    #expect(report.stored == lines.count)

    let table = try #require(loaded.registry.schema.table("row"))
    let parsers = table.fields.map { FieldParser($0, in: loaded.registry.schema) }
    let warnings = try String(contentsOfFile: loaded.folder.file("warnings.csv"), encoding: .utf8)
      .split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
    var found = [[String]](repeating: [], count: lines.count)
    for warning in warnings {
      let line = try #require(Int(warning[2]))
      found[line - 2].append("\(warning[4]),\(warning[5])")
    }
    for (number, line) in lines.enumerated() {
      #expect(
        found[number].sorted() == expected(line, parsers).sorted(), "seed \(seed), line \(line)")
    }
    #expect(warnings.count > 3_000)
  }
}
