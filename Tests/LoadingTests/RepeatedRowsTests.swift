// Lists whose lines repeat a household: one is stored of those that say the same, wherever the file
// is cut.

import Foundation
import Rows
import Store
import Support
import Testing

@testable import Loading

@Suite struct RepeatedRowsTests {
  private static let plan = """
    {"tables": [
      {"table": "household", "repeats": "fold", "fields": [
        {"field": "household_number", "column": "ho"}, {"field": "commune", "column": "xa"},
        {"field": "address", "column": "dia chi"}, {"field": "poverty", "column": "ngheo"},
        {"field": "registered_on", "column": "ngay"}]},
      {"table": "person", "fields": [
        {"field": "household_number", "column": "ho"},
        {"field": "personal_number", "column": "so"}]}]}
    """

  private struct Loaded {
    let report: LoadReport
    let rejects: String
    let addresses: [String?]
    let registry: LoadedRegistry

    var household: LoadReport.File { report.files[0] }

    /// Line, offset, field and code of the rejects.
    var places: [String] {
      rejects.split(separator: "\n").dropFirst().map {
        $0.split(separator: ",")[2..<6].joined(separator: ",")
      }
    }
  }

  private func load(_ text: String, pieceByteCount: Int = 1 << 20, jobs: Int = 2) throws -> Loaded {
    let loaded = try LoadedRegistry(schemas: schemasPath)
    let plan = try LoadPlan(Array(Self.plan.utf8), file: "p", schema: loaded.registry.schema)
    var limits = LoadLimits()
    limits.pieceByteCount = pieceByteCount
    let path = try loaded.folder.write(text, as: "list.csv")
    let report = try loaded.load(plan.inputs(path), jobs: jobs, limits: limits)
    return Loaded(
      report: report,
      rejects: (try? String(contentsOfFile: loaded.folder.file("rejects.csv"), encoding: .utf8))
        ?? "",
      addresses: try loaded.texts("address", of: "household"), registry: loaded)
  }

  private let header = "ho,xa,dia chi,ngheo,ngay,so\n"

  @Test func storesAHouseholdOnce() throws {
    let loaded = try load(
      header + """
        0100000001,00001,Số 1,0,2001-01-01,001096500001
        0100000001,00001,Số 1,0,2001-01-01,001096500002
        0100000001,,,,,001096500003
        0100000002,00001,Số 2,0,2001-01-01,001096500004

        """)
    #expect(loaded.addresses == ["Số 1", "Số 2"])
    #expect(loaded.household.repeats == 2)
    #expect(loaded.household.stored == 2)
    #expect(loaded.report.files[1].stored == 4)
    #expect(loaded.report.refused == 0)
  }

  @Test(arguments: [
    ("00004,Số 1,0,2001-01-01", "commune"), ("00001,Số 11,0,2001-01-01", "address"),
    ("00001,Số 1,1,2001-01-01", "poverty"), ("00001,Số 1,0,2001-01-02", "registered_on"),
  ])
  func reportsALineThatSaysSomethingElse(_ other: String, _ field: String) throws {
    let same = "0100000001,00001,Số 1,0,2001-01-01,001096500001\n"
    let loaded = try load(header + same + "0100000001,\(other),001096500002\n")
    #expect(loaded.addresses == ["Số 1"])
    #expect(loaded.household.repeats == 0)
    #expect(loaded.report.refused == 1)
    // The person of the line is stored all the same.
    #expect(loaded.report.files[1].stored == 2)
    let offset = (header + same).utf8.count
    #expect(loaded.places == ["3,\(offset),\(field),differing_repeat"])
  }

  /// A key without `repeats` is a key: a second row is a duplicate.
  @Test func refusesRepeatsWhereNoneAreDeclared() throws {
    let loaded = try LoadedRegistry(schemas: schemasPath)
    let report = try loaded.load(
      ("household", "household_id\n0100000001\n0100000001\n0100000002\n"))
    #expect(report.files[0].duplicates == 1)
    #expect(report.files[0].repeats == 0)
  }

  /// Households of one to six lines, some of which say something else, some of which come back.
  private func list(seed: UInt64) -> (text: String, repeats: Int, differing: Int, count: Int) {
    var random = SeededGenerator(seed: seed)
    var text = header
    var seen: [Int: String] = [:]
    var (repeats, differing, person) = (0, 0, 0)
    for step in 0..<400 {
      let household =
        step > 0 && Int.random(in: 0..<20, using: &random) == 0
        ? Int.random(in: 0..<step, using: &random) : step
      // Lines that follow one another are compared with the first of them, and that one with what
      // is stored.
      var runFirst: String?
      for line in 0..<Int.random(in: 1...6, using: &random) {
        var said = "00001,Số \(household) đường Láng,\(household % 3),2001-01-01"
        if Int.random(in: 0..<15, using: &random) == 0 { said = "00004" + said.dropFirst(5) }
        text += "\(1_000_000_000 + household),\(said),\(1_096_500_000 + person)\n"
          .replacingOccurrences(of: ",1096", with: ",001096")
        person += 1
        if let first = (line == 0 ? seen[household] : runFirst) {
          if first == said { repeats += 1 } else { differing += 1 }
        }
        if line == 0 { runFirst = said }
        if seen[household] == nil { seen[household] = said }
      }
    }
    return (text, repeats, differing, seen.count)
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func comparesAlikeWhereverTheFileIsCut(seed: UInt64) throws {
    let (text, repeats, differing, count) = list(seed: seed)
    let whole = try load(text)
    #expect(whole.household.stored == count)
    #expect(whole.household.repeats == repeats)
    #expect(whole.report.refused == differing)
    for (pieceByteCount, jobs) in [(60, 1), (150, 2), (1_000, 2), (5_000, 1)] {
      let cut = try load(text, pieceByteCount: pieceByteCount, jobs: jobs)
      #expect(cut.places == whole.places, "pieces of \(pieceByteCount)")
      #expect(cut.report.files.map(\.repeats) == whole.report.files.map(\.repeats))
      #expect(cut.report.files.map(\.stored) == whole.report.files.map(\.stored))
      #expect(cut.addresses == whole.addresses)
    }
  }

  /// Households that an earlier load stored.
  @Test func comparesWithHouseholdsOfEarlierLoads() throws {
    let line = "0100000001,00001,Số 1,0,2001-01-01,00109650000"
    let first = try load(header + line + "1\n")
    let plan = try LoadPlan(
      Array(Self.plan.utf8), file: "p", schema: first.registry.registry.schema)
    let path = try first.registry.folder.write(
      header + line + "2\n0100000001,00004,,,,001096500003\n", as: "more.csv")
    let report = try first.registry.load(plan.inputs(path))
    #expect(report.files[0].stored == 0)
    #expect(report.files[0].repeats == 1)
    #expect(
      report.refusals.map { "\($0.count) \($0.field) \($0.code)" } == [
        "1 commune differing_repeat"
      ])
    #expect(report.files[1].stored == 2)
  }
}
