// `hearth load`: loads files into a registry, all together or not at all.

import ArgumentParser
import CKernels
import Foundation
import Hearth

struct Load: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Load files of delimited text; all of them are stored, or none.",
    discussion: """
      Each file has a header whose names are fields of its table or their aliases. Rows that are \
      no rows of the table are refused and listed; they never stop their neighbours.

      Files may be compressed (.gz, .zst, told by their bytes). Several files of one table are one \
      file in the order they are given, and their headers are equal. What is not declared about \
      the way a file is written is recognised in its first 256 KiB, and what was recognised is \
      printed with its evidence.

      Exits with 1 when a file cannot be loaded, and nothing is stored then, or when every row is \
      refused.
      """)

  @Argument(help: "The registry.", completion: .file())
  var file: String

  @Argument(
    help: ArgumentHelp(
      "Files by table: TABLE=PATH; PATH alone feeds every table of its plan; `-` is the standard "
        + "input."))
  var files: [String] = []

  @Option(
    help: ArgumentHelp(
      "A load plan, for every file of a table that it feeds; `hearth plan` writes one. Of several, "
        + "each is for the file at its place among FILES, which are as many."),
    completion: .file())
  var plan: [String] = []

  @Option(help: "The file of households: the same as household=PATH.", completion: .file())
  var households: String?

  @Option(help: "The file of persons: the same as person=PATH.", completion: .file())
  var persons: String?

  @Option(help: "Workers; all processors by default.")
  var jobs: Int?

  @Option(help: ArgumentHelp("Bytes that a worker takes at a time.", visibility: .hidden))
  var pieceBytes: Int?

  @Option(help: "Where refused rows are listed; by default FILE.rejects.csv.", completion: .file())
  var rejects: String?

  @Option(
    help: "Where warnings about stored rows are listed; by default FILE.warnings.csv.",
    completion: .file())
  var warnings: String?

  @Option(help: "Where a report is written as JSON.", completion: .file())
  var report: String?

  @OptionGroup(title: "How the files are written")
  var declared: DeclaredFormat

  @Option(
    help: ArgumentHelp(
      "What becomes of rows whose key is in the registry: `reject` lists them, `replace` gives "
        + "their values to the rows that are there, `keep` leaves them out and counts them.",
      valueName: "policy"),
    transform: { try chosen(DuplicatePolicy(rawValue: $0), $0, "reject, replace or keep") })
  var onDuplicate = DuplicatePolicy.reject

  @Flag(help: "Load files even if they were loaded before.")
  var again = false

  @Flag(help: "Read, judge and report everything, and store nothing.")
  var dryRun = false

  func validate() throws {
    guard jobs.map({ $0 > 0 }) ?? true else { throw ValidationError("--jobs must be at least 1.") }
    guard pieceBytes.map({ $0 > 0 }) ?? true else {
      throw ValidationError("--piece-bytes must be at least 1.")
    }
    guard !files.isEmpty || households != nil || persons != nil else {
      throw ValidationError("Name at least one file, such as person=persons.csv.")
    }
    for file in files where !file.contains("=") && plan.isEmpty {
      throw ValidationError(
        "'\(file)' is not of the form TABLE=PATH, and no plan says which tables it feeds.")
    }
    guard plan.count < 2 || plan.count == files.count && households == nil && persons == nil else {
      throw ValidationError(
        "Give one --plan, or one for each of FILES in their order: \(plan.count) plans and "
          + "\(files.count) FILES are given; write --households and --persons as TABLE=PATH.")
    }
  }

  func run() throws {
    hearth_keep_freed_memory()
    try explaining {
      var options = LoadOptions()
      options.jobs = jobs
      options.rejectsPath = rejects ?? file + ".rejects.csv"
      options.warningsPath = warnings ?? file + ".warnings.csv"
      options.allowsRepeatedFiles = again
      options.onDuplicate = onDuplicate
      options.isDryRun = dryRun
      options.pieceByteCount = pieceBytes
      if let report { try requireWritable(report) }
      let database = try Database(at: file, access: .readWrite)
      let plans = try plan.map { try LoadPlan(reading: $0, schema: database.schema) }
      let meter = ProgressLine()
      let result = try database.load(inputs(plans), options: options) { meter.show($0) }
      meter.end()
      show(result, options)
      if let report { try write(result, to: report) }
      // A load of which every row is refused is no success, though it changed nothing.
      if result.stored == 0 && result.refused > 0 { throw ExitCode(1) }
    }
  }

  private func inputs(_ plans: [LoadPlan]) -> [LoadInput] {
    var inputs: [LoadInput] = []
    func add(_ table: String?, _ path: String, _ plan: LoadPlan?) {
      let planned = plan?.inputs(path).filter { table == nil || $0.table == table } ?? []
      let unplanned = table.map { [LoadInput(table: $0, path: path)] } ?? []
      for var input in planned.isEmpty ? unplanned : planned {
        input.format = declared.format.filled(from: input.format)
        inputs.append(input)
      }
    }
    if let households { add("household", households, plans.first) }
    if let persons { add("person", persons, plans.first) }
    for (place, file) in files.enumerated() {
      let parts = file.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      add(
        parts.count == 2 ? String(parts[0]) : nil, String(parts[parts.count - 1]),
        plans.count > 1 ? plans[place] : plans.first)
    }
    return inputs
  }

  private func show(_ report: LoadReport, _ options: LoadOptions) {
    if report.isDryRun { print("A dry run: nothing is stored. This is what a load would do:") }
    for file in report.files {
      for line in recognised(file) { print(line) }
      let repeats = file.repeats == 1 ? "1 repeats" : "\(file.repeats) repeat"
      print(
        "\(file.table): \(counted(file.records, "record")), \(file.stored) stored"
          + (file.repeats > 0 ? ", \(repeats) one that is stored" : "")
          + (file.kept > 0 ? ", \(file.kept) left out for rows that are there" : "")
          + (file.replaced > 0 ? ", \(file.replaced) in place of rows that are there" : "")
          + (file.isSorted ? ", sorted by parent" : "")
          + (file.late > 0 ? ", \(file.late) away from their parent's place" : ""))
      if !file.unusedColumns.isEmpty {
        print("  columns that feed no field: \(file.unusedColumns.joined(separator: ", "))")
      }
    }
    if report.refused > 0 {
      print(
        "\(counted(report.refused, "row")) refused, listed in \(options.rejectsPath ?? ""):")
      for refusal in report.refusals {
        let field = refusal.field.isEmpty ? "" : " \(refusal.field)"
        print("  \(refusal.count) \(refusal.table)\(field) \(refusal.code)")
      }
    }
    if !report.findings.isEmpty {
      print("odd in rows that are stored; warnings are listed in \(options.warningsPath ?? ""):")
      for found in report.findings {
        print("  \(found.level): \(found.count) \(found.table) \(found.field) \(found.code)")
      }
    }
    for repaired in report.repairs {
      print("repaired: \(repaired.count) \(repaired.table) \(repaired.field) \(repaired.repair)")
    }
    let seconds = report.seconds
    let rate = Int(Double(report.stored) / max(seconds.total, 0.001))
    print(
      """
      \(counted(report.stored, "row")) in \(rounded(seconds.total)) s, \(rate) a second with \
      \(counted(report.jobs, "worker")): parse \(rounded(seconds.parse)), admit \
      \(rounded(seconds.admit)), encode \(rounded(seconds.encode)), index \
      \(rounded(seconds.index)), commit \(rounded(seconds.commit)) s
      memory \(report.peakAnonymousBytes >> 20) MiB of its own, \
      \(report.peakTotalBytes >> 20) MiB with pages of files; file \(report.fileBytes) bytes
      """)
  }

  private func write(_ report: LoadReport, to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try HearthCLI.write(encoder.encode(report), to: path)
  }
}

/// A number of things, by the name of one.
func counted(_ count: Int, _ thing: String) -> String {
  count == 1 ? "1 \(thing)" : "\(count) \(thing)s"
}

func rounded(_ seconds: Double) -> String { String(format: "%.2f", seconds) }

/// Shows how far a load is: one line that changes on a terminal, a line now and then elsewhere.
final class ProgressLine {
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var isShown = false
  private var lastStage = ""
  private var lastTime = -10.0

  func show(_ progress: LoadProgress) {
    let rate = Double(progress.rowCount) / max(progress.seconds, 0.001)
    var text = "\(progress.table): \(progress.stage.rawValue)"
    if progress.stage == .rows {
      text += " \(progress.rowCount), \(Int(rate)) a second"
      if let total = progress.totalBytes, total > 0, progress.consumedBytes > 0 {
        let share = Double(progress.consumedBytes) / Double(total)
        let left = progress.seconds * (1 - share) / max(share, 0.000_1)
        text += ", \(Int(share * 100)) %, \(Int(left)) s left"
      }
    }
    if isTerminal {
      put("\r\u{1B}[K" + text)
      isShown = true
      return
    }
    let stage = progress.table + progress.stage.rawValue
    guard stage != lastStage || progress.seconds - lastTime >= 10 else { return }
    lastStage = stage
    lastTime = progress.seconds
    put(text + "\n")
  }

  func end() {
    if isShown { put("\r\u{1B}[K") }
  }

  private func put(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
