// Look-ups of single records, households and batches, each question asked hot and timed alone.
//
// Every look-up decodes the whole record: all fields as stored integers, all texts as bytes. A
// first pass warms the file; in a second each look-up is timed by two readings of the clock, which
// are part of its time; a third without them gives the rate.

import Bytes
import Pages
import Querying
import Rows
import Segments
import Store

/// Uses every value and text of a row, so that none of them need not be decoded.
@inline(__always)
func consume(_ buffer: RowBuffer) -> Int {
  let plan = buffer.plan
  var sum: Int64 = 0
  for field in 0..<plan.fieldCount { sum &+= buffer.values[field] }
  for field in plan.textFields {
    guard let text = buffer.text(of: field) else { continue }
    sum &+= Int64(text.count)
    if text.count > 0 { sum &+= Int64(text[text.count - 1]) }
  }
  return Int(truncatingIfNeeded: sum | 1)
}

func position(of table: String, in schema: Schema) throws -> Int {
  guard let position = schema.tables.firstIndex(where: { $0.name == table }) else {
    throw BenchError.noAnswer("table \(table)")
  }
  return position
}

func indexPosition(_ name: String, of table: Table) throws -> Int {
  guard let position = table.indexes.firstIndex(where: { $0.name == name }) else {
    throw BenchError.noAnswer("index \(name)")
  }
  return position
}

/// All kinds of questions, asked of one registry.
final class LookupBench: Sendable {
  private let options: LookupOptions
  private let registry: Registry
  private let snapshot: Snapshot
  private let person: Int
  private let household: Int
  private let identifier: Int

  init(_ options: LookupOptions) throws {
    self.options = options
    registry = try Registry(at: options.file, access: .readOnly)
    snapshot = try registry.beginSnapshot()
    person = try position(of: "person", in: registry.schema)
    household = try position(of: "household", in: registry.schema)
    identifier = try position(of: "identifier", in: registry.schema)
  }

  func run() throws -> [BenchResult] {
    var results: [BenchResult] = []
    try askNumbers(into: &results)
    try askTexts(into: &results)
    try askHouseholds(into: &results)
    try countPages(into: &results)
    guard let personal = try Questions("personal", in: options.questions, as: .digits(12)) else {
      return results
    }
    if options.wants("batch1000") { try askBatches(personal, into: &results) }
    for threadCount in Set([1, options.threadCount]).sorted()
    where options.wants("threads\(threadCount)") {
      results.append(try askOnThreads(personal, threadCount))
    }
    if options.wants("open_ms") {
      let numbers = personal.all.map(\.value).prefix(9)
      results.append(
        BenchResult(
          "open_ms", try HearthBench.millisecondsToFirstAnswer(options.file, numbers: numbers)))
    }
    return results
  }

  private func questions(
    _ kind: String, _ form: Questions.Form
  ) throws -> Questions? {
    guard options.wants(kind) else { return nil }
    return try Questions(kind, in: options.questions, as: form)
  }

  private func index(_ name: String, of table: Int) throws -> Int {
    try indexPosition(name, of: registry.schema.tables[table])
  }

  // MARK: One record

  private func askNumbers(into results: inout [BenchResult]) throws {
    let kinds = [
      ("personal", "personal_number", 12), ("miss", "personal_number", 12),
      ("insurance", "insurance_number", 10), ("card10", "insurance_number", 10),
      ("old", "old_number", 9),
    ]
    for (kind, name, digitCount) in kinds {
      guard let questions = try questions(kind, .digits(digitCount)) else { continue }
      let index = try index(name, of: person)
      let lookup = Lookup(registry.plan, table: person)
      results.append(
        try measure(kind, questions) { question throws(StoreError) in
          var answer = Answer()
          try lookup.rows(of: index, equal: question.value, in: snapshot) {
            reader throws(StoreError) in
            answer.add(reader.buffer)
            return true
          }
          return answer
        })
    }
  }

  private func askTexts(into results: inout [BenchResult]) throws {
    let kinds = [("card15", person, "card_number"), ("identifier", identifier, "value")]
    for (kind, table, name) in kinds {
      guard let questions = try questions(kind, .text) else { continue }
      let index = try index(name, of: table)
      let lookup = Lookup(registry.plan, table: table, wholeParents: kind == "identifier")
      results.append(
        try questions.bytes.lend { bytes in
          try measure(kind, questions) { question throws(StoreError) in
            var answer = Answer()
            let text = bytes.part(question.text.lowerBound, question.text.upperBound)
            try lookup.rows(of: index, equal: text, in: snapshot) { reader throws(StoreError) in
              answer.add(reader.buffer)
              if kind == "identifier", let parent = reader.parentBuffer { answer.addParent(parent) }
              return true
            }
            return answer
          }
        })
    }
    guard let questions = try questions("name_birth", .nameAndDay) else { return }
    let index = try index("name_and_birth_date", of: person)
    let lookup = Lookup(registry.plan, table: person)
    results.append(
      try questions.bytes.lend { bytes in
        try measure("name_birth", questions) { question throws(StoreError) in
          var answer = Answer()
          let text = bytes.part(question.text.lowerBound, question.text.upperBound)
          try lookup.rows(
            of: index, text: text, and: question.value, isExact: false, in: snapshot
          ) { reader throws(StoreError) in
            answer.add(reader.buffer)
            return true
          }
          return answer
        }
      })
  }

  // MARK: Households

  private func askHouseholds(into results: inout [BenchResult]) throws {
    guard let questions = try questions("household", .digits(10)) else { return }
    let index = try index("household_number", of: household)
    let lookup = Lookup(registry.plan, table: household)
    let members = ChildReader(registry.plan, childTable: person, parents: lookup.reader)
    results.append(
      try measure("household", questions) { question throws(StoreError) in
        var answer = Answer()
        try lookup.rows(of: index, equal: question.value, in: snapshot) {
          reader throws(StoreError) in
          answer.add(reader.buffer)
          try members.children(of: reader.buffer.row, in: snapshot) { reader throws(StoreError) in
            answer.add(reader.buffer)
          }
          return true
        }
        return answer
      })
  }

  /// How many pages of 4 KB the rows of a household's members lie in.
  private func countPages(into results: inout [BenchResult]) throws {
    guard options.wants("household_pages"),
      let questions = try Questions("household", in: options.questions, as: .digits(10))
    else { return }
    let index = try index("household_number", of: household)
    let lookup = Lookup(registry.plan, table: household)
    let members = ChildReader(registry.plan, childTable: person, parents: lookup.reader)
    var (sum, memberCount) = (0, 0)
    let asked = questions.all.prefix(10_000)
    for question in asked {
      var pages: Set<UInt> = []
      try lookup.rows(of: index, equal: question.value, in: snapshot) {
        reader throws(StoreError) in
        try members.children(of: reader.buffer.row, in: snapshot) { reader throws(StoreError) in
          memberCount += 1
          for address in reader.addresses { pages.insert(address >> 12) }
        }
        return true
      }
      sum += pages.count
    }
    // Members are found by their places; runs of an index are asked only for those that came later.
    let table = registry.schema.tables[person]
    let lateRunCount = snapshot.catalog.tables[person].indexes[table.indexes.count].count
    results.append(
      BenchResult("household_pages").adding("mean", Double(sum) / Double(max(1, asked.count)))
        .adding("members", Double(memberCount) / Double(max(1, asked.count)))
        .adding("index_probes", 1 + lateRunCount))
  }

  // MARK: Many records

  private func askBatches(
    _ questions: Questions, into results: inout [BenchResult]
  ) throws {
    let batchCount = 1_000
    let index = try index("personal_number", of: person)
    let lookup = Lookup(registry.plan, table: person)
    let keys = Scratch<Int64>(count: questions.count)
    for (place, question) in questions.all.enumerated() { keys.view[place] = question.value }
    let starts = stride(from: 0, through: questions.count - batchCount, by: batchCount)
    guard questions.count >= batchCount else { return }
    var times: [UInt32] = []
    var answer = Answer()
    var begun = UInt64(0)
    for _ in 0..<2 {
      begun = processorNanoseconds()
      times.removeAll(keepingCapacity: true)
      answer = Answer()
      for start in starts {
        let before = nanoseconds()
        try lookup.rows(
          of: index, equalToAny: keys.view.from(start), count: batchCount, in: snapshot
        ) { _, reader throws(StoreError) in answer.add(reader.buffer) }
        times.append(UInt32(clamping: nanoseconds() - before))
      }
    }
    let processor = Double(processorNanoseconds() - begun) / Double(times.count)
    let result = BenchResult("batch1000").adding("count", times.count)
      .adding("found", times.count).adding("rows", answer.rowCount)
    results.append(result.adding(times: &times).adding("processor_ns", processor))
  }

  private func askOnThreads(
    _ questions: Questions, _ threadCount: Int
  ) throws -> BenchResult {
    let index = try index("personal_number", of: person)
    let plan = registry.plan
    let each = questions.count / threadCount
    let found = Scratch<Int>(count: threadCount * 8)
    let counts = found.view
    let started = nanoseconds()
    runOnThreads(threadCount) { [self] thread in
      let lookup = Lookup(plan, table: person)
      var answer = Answer()
      for place in thread * each..<(thread + 1) * each {
        try? lookup.rows(of: index, equal: questions.all[place].value, in: snapshot) {
          reader throws(StoreError) in
          answer.add(reader.buffer)
          return true
        }
      }
      counts[thread * 8] = answer.rowCount
    }
    let seconds = Double(nanoseconds() - started) / 1e9
    let rowCount = (0..<threadCount).reduce(0) { $0 + counts[$1 * 8] }
    withExtendedLifetime(found) {}
    return BenchResult("threads\(threadCount)").adding("count", each * threadCount)
      .adding("rows", rowCount).adding("per_second", Double(each * threadCount) / seconds)
  }

  // MARK: Measuring

  /// Asks all questions three times: to warm, with the clock around each, and without.
  private func measure(
    _ kind: String, _ questions: Questions,
    _ ask: (Question) throws(StoreError) -> Answer
  ) throws -> BenchResult {
    var times: [UInt32] = []
    times.reserveCapacity(questions.count)
    var (found, rowCount, sum) = (0, 0, 0)
    for question in questions.all { sum &+= try ask(question).sum }
    for question in questions.all {
      let before = nanoseconds()
      let answer = try ask(question)
      times.append(UInt32(clamping: nanoseconds() - before))
      found += answer.rowCount > 0 ? 1 : 0
      rowCount += answer.rowCount
    }
    let (started, begun) = (nanoseconds(), processorNanoseconds())
    for question in questions.all { sum &+= try ask(question).sum }
    let processor = Double(processorNanoseconds() - begun) / Double(questions.count)
    let seconds = Double(nanoseconds() - started) / 1e9
    return BenchResult(kind).adding("count", questions.count).adding("found", found)
      .adding("rows", rowCount).adding(times: &times)
      .adding("per_second", Double(questions.count) / seconds).adding("processor_ns", processor)
      .adding("sum", sum & 0xFFFF)
  }
}

/// What one question found.
struct Answer {
  private(set) var rowCount = 0
  private(set) var sum = 0

  @inline(__always)
  mutating func add(_ buffer: RowBuffer) {
    rowCount &+= 1
    sum &+= consume(buffer)
  }

  /// Adds the row that the found one belongs to, which is part of the answer but not found.
  @inline(__always)
  mutating func addParent(_ buffer: RowBuffer) { sum &+= consume(buffer) }
}
