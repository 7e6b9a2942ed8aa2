// `hearth count`: how many rows, and how many by what.

import ArgumentParser
import Foundation
import Hearth

struct Count: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Count the rows of a table, by a condition and by up to three dimensions.",
    discussion: """
      Conditions compare fields: sex = F, birth_date < 1946-01-01, ethnicity in (02, 03), \
      phone is absent, commune.province = 01, full_name begins 'Nguyễn'; they are joined by and, \
      or and not. Several --where must all hold.

      A dimension is a field, field.attribute of a code, field:year of a day, or bands of ages: \
      birth_date:age5, or birth_date:age5@2024-12-31 for the age on that day.
      """)

  @Argument(help: "The registry.", completion: .file())
  var file: String
  @Argument(help: "The table.")
  var table: String
  @OptionGroup var rows: ConditionOptions
  @OptionGroup(title: "Moment") var moment: MomentOptions
  @Option(help: "One to three dimensions, separated by commas.")
  var by: String?
  @Option(help: "Count different values of this dimension instead of rows; with one dimension.")
  var distinct: String?
  @Option(help: "The day on which ages are counted; today by default.")
  var on: String?
  @Option(help: "Threads; all processors by default.")
  var threads: Int?
  @Option(name: .customLong("repeat"), help: "Count so many times and tell how long each took.")
  var repetitions: Int = 1
  @Flag(help: "Write JSON.")
  var json = false

  func validate() throws {
    guard threads.map({ $0 > 0 }) ?? true else {
      throw ValidationError("--threads must be at least 1.")
    }
    guard repetitions > 0 else { throw ValidationError("--repeat must be at least 1.") }
  }

  func run() throws {
    try explaining {
      let database = try Database(at: file)
      try moment.read(database) { snapshot in
        var milliseconds: [Double] = []
        var answer: Answer?
        for _ in 0..<repetitions {
          let start = ContinuousClock.now
          answer = try ask(snapshot)
          milliseconds.append((ContinuousClock.now - start) / .milliseconds(1))
        }
        guard let answer else { return }
        if json {
          try show(asJSON: answer, milliseconds)
        } else {
          show(answer)
          if repetitions > 1 {
            let times = milliseconds.map { String(format: "%.3f", $0) }
            print("milliseconds: \(times.joined(separator: " "))")
          }
        }
      }
    }
  }

  private enum Answer {
    case number(Int)
    case table(CountTable)
  }

  private func ask(_ snapshot: Snapshot) throws -> Answer {
    let condition = rows.condition
    let threadCount = threads ?? ProcessInfo.processInfo.activeProcessorCount
    let today = try on.map { try Day($0) }
    guard let by else {
      return .number(
        try snapshot.count(of: table, where: condition, threadCount: threadCount))
    }
    let dimensions = by.split(separator: ",").map { String($0) }
    if let distinct {
      guard dimensions.count == 1 else { throw ValidationError("--distinct takes one --by.") }
      return .table(
        try snapshot.distinctCounts(
          of: table, where: condition, distinct: distinct, by: dimensions[0], today: today,
          threadCount: threadCount))
    }
    return .table(
      try snapshot.counts(
        of: table, where: condition, by: dimensions, today: today, threadCount: threadCount))
  }

  private func show(_ answer: Answer) {
    switch answer {
    case .number(let count): print(count)
    case .table(let table):
      print((table.dimensions + ["count"]).joined(separator: "\t"))
      for line in table.lines { print((line.values + ["\(line.count)"]).joined(separator: "\t")) }
    }
  }

  private func show(asJSON answer: Answer, _ milliseconds: [Double]) throws {
    var object: [String: Any] = ["milliseconds": milliseconds]
    switch answer {
    case .number(let count): object["rows"] = [["count": count]]
    case .table(let table):
      object["rows"] = table.lines.map { line in
        var row: [String: Any] = ["count": line.count]
        for (dimension, value) in zip(table.dimensions, line.values) {
          row[String(dimension.split(separator: ":")[0])] = value
        }
        return row
      }
    }
    let data = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
    print(String(decoding: data, as: UTF8.self))
  }
}
