// Tries in how many ways the sampled texts of a column can be read as values of a field.

import Bytes
import Rows
import Rules

/// The sampled texts of one column beside the field that it may feed.
struct FieldTrial {
  /// A way to read the texts.
  struct Reading {
    /// What the plan says of it, as members of a JSON object.
    var members: [String] = []
    var readCount: Int
    /// How the texts that are read are read.
    var how: String
    var notes: [String] = []
    /// Whether a text is read so.
    var reads: (LentBytes) -> Bool
  }

  /// A text that fewer samples have is not shown.
  private static let sharedCountMin = 20

  private let field: Field
  private let parser: FieldParser
  private let prefixes: [ReplacedPrefix]
  private(set) var texts: [[UInt8]]

  init(_ field: Field, _ schema: Schema, _ texts: [[UInt8]]) {
    self.field = field
    parser = FieldParser(field, in: schema)
    prefixes = ReplacedPrefix.all(in: schema) ?? []
    self.texts = texts
  }

  private func isValue(_ text: LentBytes) -> Bool {
    if field.type == .text { return TextInspection(text).problem == nil }
    let problem = parser.parse(text).problem
    return problem == nil || problem == .unknownCode && parser.acceptsNewCodes
  }

  private func count(_ reads: (LentBytes) -> Bool) -> Int { texts.count { $0.lend(reads) } }

  /// Takes out texts that stand for nothing and are no values; gives them with their numbers.
  mutating func removeMarkers(_ markers: [String]) -> [(text: String, count: Int)] {
    guard field.type != .text else { return [] }
    var found: [(text: String, count: Int)] = []
    for marker in markers {
      let bytes = Array(marker.utf8)
      let count = texts.count { $0 == bytes }
      guard count > 0, parser.acceptsNewCodes || !bytes.lend(isValue) else { continue }
      texts.removeAll { $0 == bytes }
      found.append((marker, count))
    }
    return found
  }

  /// The way in which most texts are read.
  func reading() -> Reading {
    let plain = Reading(
      readCount: count(isValue), how: "read as \(field.type)", reads: isValue)
    guard plain.readCount < texts.count else { return withNewCodes(plain) }
    switch field.type {
    case .day: return days() ?? plain
    case .integer, .decimal: return numbers(plain)
    case .code(let list): return usualMeanings(ofList: list).map { codes($0, plain) } ?? plain
    default: return plain
    }
  }

  private func withNewCodes(_ plain: Reading) -> Reading {
    guard field.type != .text else { return plain }
    let newCount = count { parser.parse($0).problem == .unknownCode }
    guard newCount > 0 else { return plain }
    var reading = plain
    reading.notes.append("\(newCount) samples are codes that the open list does not have yet")
    return reading
  }

  // MARK: Days

  private static let dayPatterns = [
    "dd/MM/yyyy", "MM/dd/yyyy", "dd-MM-yyyy", "MM-dd-yyyy", "dd.MM.yyyy", "yyyy/MM/dd",
    "yyyy-MM-dd", "yyyyMMdd", "ddMMyyyy", "yyyyMMddHHmm", "d/M/yyyy", "M/d/yyyy", "MM/yyyy",
    "yyyy-MM", "yyyy", "dd/MM/yy", "MM/dd/yy", "dd-MM-yy", "excel",
  ]

  /// The forms that together read most days, that which reads most first.
  private func days() -> Reading? {
    let pivot = (Day.today.year) % 100
    let patterns = Self.dayPatterns.compactMap { DayPattern($0, pivot: pivot) }
    var left = texts
    var chosen: [DayPattern] = []
    var notes: [String] = []
    while !left.isEmpty, chosen.count < 4 {
      let counts = patterns.map { pattern in
        left.count { $0.lend { pattern.parse($0).problem == nil } }
      }
      // Of forms that read as many, the first of the list.
      guard let most = counts.max(), most > 0, let best = counts.firstIndex(of: most) else { break }
      let pattern = patterns[best]
      if let other = Self.mirror(pattern.text).flatMap({ mirror in
        patterns.first { $0.text == mirror }
      }) {
        notes.append(Self.compare(pattern, other, left))
      }
      chosen.append(pattern)
      left.removeAll { $0.lend { pattern.parse($0).problem == nil } }
    }
    guard !chosen.isEmpty else { return nil }
    var members = ["\"days\": [\(chosen.map { quoted($0.text) }.joined(separator: ", "))]"]
    if chosen.contains(where: \.needsPivot) {
      members.append("\"pivot\": \(pivot)")
      notes.append("years of two digits: up to \(pivot) are taken as 20yy, others as 19yy; check")
    }
    let all = DayPatterns(chosen)
    return Reading(
      members: members, readCount: texts.count - left.count,
      how: "read as \(chosen.map(\.text).joined(separator: " or "))", notes: notes,
      reads: { all.parse($0).problem == nil })
  }

  /// The form in which day and month have changed places.
  private static func mirror(_ pattern: String) -> String? {
    guard let day = pattern.firstIndex(of: "d"), let month = pattern.firstIndex(of: "M"),
      !pattern.hasPrefix("yyyy")
    else { return nil }
    let swapped = pattern.map { $0 == "d" ? "M" : $0 == "M" ? "d" : $0 }
    return day == month ? nil : String(swapped)
  }

  private static func compare(
    _ pattern: DayPattern, _ other: DayPattern, _ texts: [[UInt8]]
  ) -> String {
    var (both, first, second) = (0, 0, 0)
    for text in texts {
      let reads = text.lend { (pattern.parse($0).problem == nil, other.parse($0).problem == nil) }
      switch reads {
      case (true, true): both += 1
      case (true, false): first += 1
      case (false, true): second += 1
      case (false, false): break
      }
    }
    let line =
      "\(first) samples read as \(pattern.text) only, \(second) as \(other.text) only, "
      + "\(both) as either"
    return first == 0 ? line + "; nothing decides between them: check" : line
  }

  // MARK: Numbers

  private func numbers(_ plain: Reading) -> Reading {
    var best = plain
    for (decimal, thousands) in [(",", "."), (".", ","), (",", " "), (",", nil)] {
      let form = NumberForm(
        decimal: Array(decimal.utf8)[0], thousands: thousands.map { Array($0.utf8) } ?? [])
      let reads = { [self] (text: LentBytes) in form.plain(text)?.lend(isValue) ?? false }
      let readCount = count(reads)
      guard readCount > best.readCount else { continue }
      best = Reading(
        members: ["\"decimal\": \(quoted(decimal))"]
          + (thousands.map { ["\"thousands\": \(quoted($0))"] } ?? []),
        readCount: readCount,
        how: "read as \(field.type) with decimals after \(quoted(decimal))"
          + (thousands.map { " and thousands before \(quoted($0))" } ?? ""),
        reads: reads)
    }
    return best
  }

  // MARK: Codes

  /// The codes that all texts usually stand for, if they do and the list has them.
  private func codes(_ meanings: UsualMeanings, _ plain: Reading) -> Reading {
    let known = meanings.codes.map { Array($0.text.utf8) }
    guard texts.allSatisfy(known.contains),
      meanings.codes.allSatisfy({ Array($0.code.utf8).lend(isValue) })
    else { return plain }
    let pairs = meanings.codes.map { "\(quoted($0.text)): \(quoted($0.code))" }
    return Reading(
      members: ["\"map\": {\(pairs.joined(separator: ", "))}"], readCount: texts.count,
      how: "are \(meanings.codes.map(\.text).joined(separator: " or "))",
      notes: [meanings.note + "; check"],
      reads: { text in known.contains { $0.lend { $0.isEqual(to: text) } } })
  }

  // MARK: What is not read

  /// What is wrong with texts that are not read, and what a plan can do about it.
  func problems(_ reading: Reading) -> [String] {
    let left = texts.filter { !$0.lend(reading.reads) }
    guard !left.isEmpty else { return field.type == .text ? oddTexts() : [] }
    var counts: [FieldProblem: Int] = [:]
    for text in left {
      let problem = text.lend {
        field.type == .text ? TextInspection($0).problem : parser.parse($0).problem
      }
      counts[problem ?? .notANumber, default: 0] += 1
    }
    var lines = counts.sorted { ($1.value, $0.key.code) < ($0.value, $1.key.code) }.map {
      "\($0.value) samples will be refused: \($0.key.code). \($0.key.remedy)"
    }
    if case .code = field.type { lines.append(Self.different(left)) }
    if let line = outdatedPhones(left) { lines.append(line) }
    return lines
  }

  private func outdatedPhones(_ left: [[UInt8]]) -> String? {
    guard TextRepair.outdatedPhone.fits(field.type) else { return nil }
    let repairs = TextRepairs([.outdatedPhone], of: field.type, prefixes: prefixes)
    let count = left.count { $0.lend { repairs.repaired($0) != nil } }
    return count == 0
      ? nil
      : "\(count) samples are mobile numbers of before 2018; the repair outdated_phone mends them"
  }

  /// How many texts there are that are no codes, and those that so many samples share that they
  /// say nothing of one person, even if the column is no column of codes.
  private static func different(_ left: [[UInt8]]) -> String {
    let texts = Dictionary(grouping: left) { String(decoding: $0, as: UTF8.self) }
    let shared = texts.filter { $0.value.count >= sharedCountMin }.sorted {
      ($1.value.count, $0.key) < ($0.value.count, $1.key)
    }.prefix(8).map { "\($0.key) \($0.value.count)" }
    return "\(texts.count) different texts are no code"
      + (shared.isEmpty ? "" : ", most often " + shared.joined(separator: ", "))
      + "; a map can say what they mean"
  }

  /// Texts that will be stored as they are, and may not be meant so.
  private func oddTexts() -> [String] {
    let repairs: [(TextRepair, String)] = [
      (.lookAlikeD, "have a letter that only looks like Đ"),
      (.spaces, "have spaces around them, side by side, or that do not break"),
      (.apostrophe, "have another apostrophe than '"),
    ]
    return repairs.compactMap { repair, what in
      let repairs = TextRepairs([repair], of: .text)
      let count = count { repairs.repaired($0) != nil }
      return count == 0 ? nil : "\(count) samples \(what); the repair \(repair.rawValue) mends it"
    }
  }
}
