// Look-ups by the public API, as a service asks them: texts in, values that outlive the snapshot
// out.

import Bytes
import Hearth

/// Asks a database that only this bench has open.
struct PublicBench {
  static let kinds = ["api_row", "api_record"]

  private let options: LookupOptions
  private let database: Database

  init(_ options: LookupOptions) throws {
    self.options = options
    database = try Database(at: options.file)
  }

  func run() throws -> [BenchResult] {
    var results: [BenchResult] = []
    guard let questions = try Questions("personal", in: options.questions, as: .text) else {
      return results
    }
    let numbers = questions.all.prefix(100_000).map { question in
      String(decoding: questions.bytes[question.text], as: UTF8.self)
    }
    if options.wants("api_row") {
      results.append(
        try measure("api_row", numbers) { number in
          try database.read { try $0.rows(of: "person", equal: number) }.count
        })
    }
    if options.wants("api_record") {
      results.append(
        try measure("api_record", numbers) { number in
          try database.read { snapshot in
            try snapshot[Person.self].filter { $0.personalNumber == number }.first()
          }?.personalNumber == number ? 1 : 0
        })
    }
    return results
  }

  private func measure(
    _ kind: String, _ numbers: [String], _ ask: (String) throws -> Int
  ) throws -> BenchResult {
    var times: [UInt32] = []
    var rowCount = 0
    for number in numbers.prefix(1_000) { _ = try ask(number) }
    for number in numbers {
      let before = nanoseconds()
      rowCount += try ask(number)
      times.append(UInt32(clamping: nanoseconds() - before))
    }
    return BenchResult(kind).adding("count", numbers.count).adding("rows", rowCount)
      .adding(times: &times)
  }
}
