// What a drafted plan says of one table: each column tried as the texts of its field.

import Bytes
import Rows
import Rules

/// The part of a draft for one table.
struct PlanSection {
  private(set) var json = ""
  private(set) var evidence: [String] = []
  private let schema: Schema
  private let table: Table
  private let sample: ColumnSample

  /// Texts that often stand for nothing.
  private static let markers = [
    "\\N", "NULL", "null", "NA", "N/A", "n/a", "#N/A", "-", "--", ".", "?", "None", "none",
  ]

  init(
    _ schema: Schema, table: Int, _ matches: [ColumnMatch], sample: ColumnSample, isRepeated: Bool
  ) {
    self.schema = schema
    self.table = schema.tables[table]
    self.sample = sample
    var fields: [String] = []
    for match in matches { fields.append(self.field(match)) }
    for field in self.table.fields
    where field.isRequired && field.defaultText == nil
      && !matches.contains(where: { self.table.fields[$0.field].name == field.name })
    {
      evidence.append(
        "table \(self.table.name): no column for \(field.name), which every row must have")
    }
    if isRepeated {
      evidence.append(
        "table \(self.table.name): each line repeats its row, so rows are folded by "
          + (self.table.key.map { self.table.fields[$0].name } ?? ""))
    }
    let rules = PlannedRules(self.table, fed: Set(matches.map(\.field))).json
    func list(_ objects: [String]) -> String {
      "[\n" + objects.map { "      " + $0 }.joined(separator: ",\n") + "\n    ]"
    }
    json =
      "    {\"table\": \(quoted(self.table.name))"
      + (isRepeated ? ", \"repeats\": \"fold\"" : "") + ", \"fields\": \(list(fields))"
      + (rules.isEmpty ? "" : ", \"rules\": \(list(rules))") + "}"
  }

  private mutating func field(_ match: ColumnMatch) -> String {
    let field = table.fields[match.field]
    let name = sample.names[match.column]
    let texts = sample.texts[match.column]
    var members = ["\"field\": \(quoted(field.name))", "\"column\": \(quoted(name))"]
    var note = "column \(name): feeds \(table.name).\(field.name), a \(field.type)"
    note += match.isExact ? "" : ", by a name that differs in marks or spaces"
    var trial = FieldTrial(field, schema, texts)
    let absent = trial.removeMarkers(Self.markers)
    if !absent.isEmpty {
      members.append(
        "\"absent\": [\"\", \(absent.map { quoted($0.text) }.joined(separator: ", "))]")
      let counts = absent.map { "\($0.text) \($0.count)" }.joined(separator: ", ")
      note += "; taken for nothing: \(counts)"
    }
    let reading = trial.reading()
    members += reading.members
    evidence.append(
      "\(note); \(reading.readCount) of \(trial.texts.count) samples \(reading.how)")
    evidence += (reading.notes + trial.problems(reading)).map { "column \(name): \($0)" }
    return "{\(members.joined(separator: ", "))}"
  }
}

/// The rules that a schema's own declarations ask for.
private struct PlannedRules {
  var json: [String] = []

  init(_ table: Table, fed: Set<Int>) {
    func name(_ position: Int) -> String { quoted(table.fields[position].name) }
    for position in fed.sorted() {
      let field = table.fields[position]
      if case .digits(let parts) = field.derivation, field.type == .digits(count: 12) {
        var members = "{\"rule\": \"personal_number\", \"field\": \(name(position))"
        for part in parts {
          switch part {
          case .code(let other, _) where fed.contains(other):
            members += ", \"birth_province\": \(name(other))"
          case .centuryAndSex(let day, let sex):
            if fed.contains(sex) { members += ", \"sex\": \(name(sex))" }
            if fed.contains(day) { members += ", \"birth_date\": \(name(day))" }
          default: break
          }
        }
        json.append(members + ", \"level\": \"warn\"}")
      }
      if case .difference(let other) = field.derivation, field.type == .day, fed.contains(other) {
        json.append(
          "{\"rule\": \"not_after\", \"field\": \(name(position)), \"other\": \(name(other)), "
            + "\"level\": \"warn\"}")
      }
      guard let rule = usualRule(ofField: field.name, field.type),
        field.words == (rule.name == "name_and_sex" ? .name : nil)
      else { continue }
      let others = rule.others.filter { table.position(of: $0).map(fed.contains) ?? false }
      guard rule.needed.allSatisfy(others.contains) else { continue }
      json.append(
        "{\"rule\": \(quoted(rule.name)), \"field\": \(name(position)), "
          + others.map { "\(quoted($0)): \(quoted($0)), " }.joined()
          + "\"level\": \(quoted(rule.level))}")
    }
  }
}
