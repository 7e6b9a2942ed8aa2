// The `hearth-bench` command: measures a registry from inside the process, as a program that links
// Hearth would see it.

import Bytes
import Glibc
import Store

@main
enum HearthBench {
  static let usage = """
    hearth-bench lookup FILE --questions DIR [--kinds LIST] [--threads N] [--json]
        Ask the questions of the files in DIR, all kinds or those listed, and time them.
    hearth-bench update FILE --questions DIR [--singles N] [--groups N] [--group-size N]
        Give random persons other phones, durably, one by one and in groups; prints JSON.
    hearth-bench first FILE NUMBER STARTED
        Open, find one person and print the milliseconds since STARTED (nanoseconds of the
        monotonic clock).
    hearth-bench damage FILE [--count N] [--seed N]
        Damage pages of the file, which is changed, until N damages counted, verify it each time
        and print how many were found, by kind.

    """

  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      switch arguments.first {
      case "lookup": try lookUp(LookupOptions(arguments.dropFirst()))
      case "update": show(try UpdateBench(UpdateOptions(arguments.dropFirst())).run())
      case "first": try answerFirst(arguments.dropFirst())
      case "damage": print(try DamageBench(DamageOptions(arguments.dropFirst())).run())
      default: throw BenchError.usage
      }
    } catch BenchError.usage {
      report(usage)
      exit(64)
    } catch {
      report("hearth-bench: \(error)\n")
      exit(1)
    }
  }

  static func lookUp(_ options: LookupOptions) throws {
    var results = try LookupBench(options).run()
    if PublicBench.kinds.contains(where: options.wants) {
      results += try PublicBench(options).run()
    }
    if options.wants("memory") {
      let memory = try MemoryBench(options.file)
      results.append(
        BenchResult("memory").adding("line_after_line_ns", memory.lineAfterLine())
          .adding("48_lines_together_ns", memory.linesTogether()))
    }
    if options.isJSON {
      show(results)
    } else {
      for result in results { print(result.line) }
    }
  }

  private static func show(_ results: [BenchResult]) {
    print("{" + results.map { "\"\($0.name)\": \($0.json)" }.joined(separator: ",\n ") + "}")
  }

  private static func report(_ text: String) {
    let bytes = Array(text.utf8)
    _ = unsafe bytes.span.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
  }
}

/// Why the command could not measure.
enum BenchError: Error {
  case usage
  case unreadable(String)
  case noQuestion(file: String, line: String)
  case noAnswer(String)
}

/// What `hearth-bench lookup` was asked for.
struct LookupOptions {
  var file = ""
  var questions = ""
  /// Kinds that are asked; empty for all.
  var kinds: Set<String> = []
  var threadCount = 2
  var isJSON = false

  func wants(_ kind: String) -> Bool { kinds.isEmpty || kinds.contains(kind) }

  init(_ arguments: ArraySlice<String>) throws {
    var rest = arguments
    while let argument = rest.popFirst() {
      switch argument {
      case "--json": isJSON = true
      case "--questions":
        guard let folder = rest.popFirst() else { throw BenchError.usage }
        questions = folder
      case "--kinds":
        guard let list = rest.popFirst() else { throw BenchError.usage }
        kinds = Set(list.split(separator: ",").map(String.init))
      case "--threads":
        guard let count = rest.popFirst().flatMap({ Int($0) }), count > 0 else {
          throw BenchError.usage
        }
        threadCount = count
      default:
        guard file.isEmpty, !argument.hasPrefix("-") else { throw BenchError.usage }
        file = argument
      }
    }
    guard !file.isEmpty, !questions.isEmpty else { throw BenchError.usage }
  }
}
