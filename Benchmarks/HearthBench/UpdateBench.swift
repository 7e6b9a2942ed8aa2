// Changes of single persons, chosen at random over the whole country: one by one, and in groups,
// each durable when it is done.

import Glibc
import Hearth
import Rows

/// What `hearth-bench update` was asked for.
struct UpdateOptions {
  var file = ""
  var questions = ""
  var singleCount = 500
  var groupCount = 20
  var groupSize = 10_000

  init(_ arguments: ArraySlice<String>) throws {
    var rest = arguments
    func number() throws -> Int {
      guard let count = rest.popFirst().flatMap({ Int($0) }), count >= 0 else {
        throw BenchError.usage
      }
      return count
    }
    while let argument = rest.popFirst() {
      switch argument {
      case "--questions": questions = rest.popFirst() ?? ""
      case "--singles": singleCount = try number()
      case "--groups": groupCount = try number()
      case "--group-size": groupSize = try number()
      default:
        guard file.isEmpty, !argument.hasPrefix("-") else { throw BenchError.usage }
        file = argument
      }
    }
    guard !file.isEmpty, !questions.isEmpty else { throw BenchError.usage }
  }
}

/// Gives persons other phones.
struct UpdateBench {
  private let options: UpdateOptions
  private let database: Database
  private let numbers: [String]

  init(_ options: UpdateOptions) throws {
    self.options = options
    database = try Database(at: options.file, access: .readWrite)
    guard let personal = try Questions("personal", in: options.questions, as: .digits(12)) else {
      throw BenchError.noAnswer("personal.txt")
    }
    numbers = personal.all.map { question in
      let digits = String(question.value)
      return String(repeating: "0", count: 12 - digits.count) + digits
    }
  }

  func run() throws -> [BenchResult] {
    var next = 0
    func change(_ count: Int) throws {
      let first = next
      try database.write(ChangeReason(reason: "benchmark")) { change in
        for place in first..<first + count {
          try change.update(
            "person", equals: numbers[place % numbers.count],
            set: ["phone": "0990\(1_000_000 + place % 9_000_000)".prefix(10).description])
        }
      }
      next += count
    }
    try change(1)
    var (singles, syncs) = ([UInt32](), [UInt32]())
    let file = try SyncedFile(beside: options.file)
    for _ in 0..<options.singleCount {
      syncs.append(file.nanosecondsOfOneCommit())
      let start = nanoseconds()
      try change(1)
      singles.append(UInt32(clamping: nanoseconds() - start))
    }
    var results = [
      BenchResult("single").adding(times: &singles), BenchResult("sync").adding(times: &syncs),
    ]
    var seconds: [Double] = []
    for _ in 0..<options.groupCount {
      let start = nanoseconds()
      try change(options.groupSize)
      seconds.append(Double(nanoseconds() - start) / 1e9)
    }
    let start = nanoseconds()
    let sealedCount = try database.seal()
    let sealSeconds = Double(nanoseconds() - start) / 1e9
    let size = Double(options.groupSize)
    // The first groups come before anything has to be sealed.
    let burst = seconds.prefix(min(5, seconds.count)).reduce(0, +)
    results += [
      BenchResult("burst_per_second", size * Double(min(5, seconds.count)) / burst),
      BenchResult(
        "sustained_per_second",
        size * Double(seconds.count) / (seconds.reduce(0, +) + sealSeconds)),
      BenchResult("sealed_at_the_end", Double(sealedCount)),
      BenchResult("seal_seconds", sealSeconds),
    ]
    return results
  }
}

/// A file on the registry's disk that is written as a commit is: some pages and a sync, then one
/// page that is synced as it is written.
private final class SyncedFile {
  private let data: Int32
  private let meta: Int32
  private let page = [UInt8](repeating: 7, count: 8 * 4_096)
  private var count = 0

  init(beside path: String) throws {
    let name = path + ".sync"
    data = unsafe open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    meta = unsafe open(name, O_WRONLY | O_DSYNC | O_CLOEXEC)
    unsafe unlink(name)
    guard data >= 0, meta >= 0 else { throw BenchError.unreadable(name) }
    let whole = [UInt8](repeating: 1, count: 1 << 20)
    for place in 0..<64 { _ = unsafe pwrite(data, whole, whole.count, place << 20) }
    fsync(data)
  }

  deinit {
    close(data)
    close(meta)
  }

  func nanosecondsOfOneCommit() -> UInt32 {
    count += 1
    let start = nanoseconds()
    _ = unsafe pwrite(data, page, page.count, (1 + count * 37 % 60) << 20)
    fdatasync(data)
    _ = unsafe pwrite(meta, page, 4_096, count & 1 << 12)
    return UInt32(clamping: nanoseconds() - start)
  }
}
