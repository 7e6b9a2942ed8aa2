// How long a new process takes to open a registry and answer its first question.

import Bytes
import Glibc
import Pages
import Querying
import Rows
import Store

extension HearthBench {
  /// Opens a registry, reads one person and prints the milliseconds since the process was started.
  static func answerFirst(_ arguments: ArraySlice<String>) throws {
    let words = Array(arguments)
    guard words.count == 3, let number = Int64(words[1]), let started = UInt64(words[2]) else {
      throw BenchError.usage
    }
    let registry = try Registry(at: words[0], access: .readOnly)
    let snapshot = try registry.beginSnapshot()
    let table = try position(of: "person", in: registry.schema)
    let index = try indexPosition("personal_number", of: registry.schema.tables[table])
    let lookup = Lookup(registry.plan, table: table)
    var sum = 0
    try lookup.rows(of: index, equal: number, in: snapshot) { reader throws(StoreError) in
      sum &+= consume(reader.buffer)
      return true
    }
    let taken = nanoseconds() - started
    guard sum != 0 else { throw BenchError.noAnswer(words[1]) }
    print(Double(taken) / 1e6)
  }

  /// Runs `answerFirst` in processes of their own; the median of their milliseconds.
  static func millisecondsToFirstAnswer(
    _ file: String, numbers: ArraySlice<Int64>
  ) throws -> Double {
    var times: [Double] = []
    for number in numbers {
      let arguments = ["/proc/self/exe", "first", file, String(number)]
      times.append(try output(of: arguments + [String(nanoseconds())]))
    }
    times.sort()
    guard !times.isEmpty else { throw BenchError.noAnswer(file) }
    return times[times.count / 2]
  }

  /// The number that a command prints.
  private static func output(of arguments: [String]) throws -> Double {
    var ends: (Int32, Int32) = (-1, -1)
    let isPiped = unsafe withUnsafeMutableBytes(of: &ends) { bytes in
      unsafe pipe(bytes.assumingMemoryBound(to: Int32.self).baseAddress) == 0
    }
    guard isPiped else { throw BenchError.unreadable("pipe") }
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, ends.1, 1)
    unsafe posix_spawn_file_actions_addclose(&actions, ends.0)
    var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
    defer { for place in arguments.indices { unsafe free(words[place]) } }
    var child: pid_t = 0
    let status = unsafe posix_spawn(&child, arguments[0], &actions, nil, &words, environ)
    close(ends.1)
    defer { close(ends.0) }
    guard status == 0 else { throw BenchError.unreadable(arguments[0]) }
    var printed = [UInt8](repeating: 0, count: 256)
    var count = 0
    while count < printed.count {
      let step = unsafe printed.withUnsafeMutableBytes { buffer in
        unsafe read(ends.0, buffer.baseAddress.map { unsafe $0 + count }, buffer.count - count)
      }
      guard step > 0 else { break }
      count += step
    }
    var exitStatus: Int32 = 0
    unsafe waitpid(child, &exitStatus, 0)
    let text = String(decoding: printed.prefix(count), as: UTF8.self)
    guard exitStatus == 0, let value = Double(text.filter { !$0.isWhitespace }) else {
      throw BenchError.noAnswer(arguments.joined(separator: " "))
    }
    return value
  }
}
